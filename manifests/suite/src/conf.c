#include "conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_text(struct conf *c)
{
	FILE *f = fopen(c->file, "re");
	size_t n;
	int bad;

	if (f == NULL) {
		fprintf(stderr, "cannot read '%s': %s\n", c->file, strerror(errno));
		return -1;
	}
	n = fread(c->text, 1, sizeof(c->text), f);
	bad = ferror(f);
	(void)fclose(f);
	if (bad || n > CONF_MAX_BYTES || memchr(c->text, '\0', n) != NULL) {
		fprintf(stderr, "'%s' is no configuration: %s\n", c->file,
			bad ? "it cannot be read" : n > CONF_MAX_BYTES ? "too long" : "a NUL byte");
		return -1;
	}
	c->text[n] = '\0';
	return 0;
}

static const struct conf_key *find_key(const struct conf_key *keys, const char *name)
{
	for (; keys->name != NULL; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

static const char *find_value(const struct conf *c, const char *key)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].key, key) == 0)
			return c->v[i].value;
	return NULL;
}

static int number_of(const char *s, long most, long *ret)
{
	char *end;

	errno = 0;
	*ret = strtol(s, &end, 10);
	return errno != 0 || end == s || *end != '\0' || *ret < 0 || *ret > most ? -1 : 0;
}

static int word_ok(const char *s)
{
	return *s != '\0' && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-")] == '\0';
}

static int path_ok(const char *s)
{
	return *s != '/' && strlen(s) <= 512;
}

/* What it is to be, or NULL when it is. */
static const char *wrong_value(enum conf_kind kind, const char *value)
{
	struct address a;
	long n;

	switch (kind) {
	case CONF_TEXT:
		return NULL;
	case CONF_WORD:
		return word_ok(value) ? NULL : "a word of small letters and digits";
	case CONF_NUMBER:
		return number_of(value, 1000000000, &n) < 0 ? "a number" : NULL;
	case CONF_PORT:
		return number_of(value, 65535, &n) < 0 || n == 0 ? "a port from 1 to 65535" : NULL;
	case CONF_HOST:
		return address_set(&a, value, 1) < 0 ? "an address like 127.0.0.1" : NULL;
	case CONF_ADDRESS:
		return address_parse(&a, value) < 0 ? "an address and port: 127.0.0.1:10143" : NULL;
	case CONF_PATH:
		return path_ok(value) ? NULL : "a path relative to the server's base";
	}
	return NULL;
}

static int wrong(const struct conf *c, unsigned line, const char *what, const char *key,
		 const char *why)
{
	fprintf(stderr, "%s:%u: %s '%s'%s%s\n", c->file, line, what, key,
		*why ? ": it is to be " : "", why);
	return -1;
}

static int take_line(struct conf *c, char *s, unsigned line)
{
	const struct conf_key *k;
	char *value, *end;
	const char *why;

	s += strspn(s, " \t");
	if (*s == '\0' || *s == '#')
		return 0;
	for (end = s + strlen(s); end > s && isspace((unsigned char)end[-1]);)
		*--end = '\0';
	value = strchr(s, '=');
	if (value == NULL)
		return wrong(c, line, "no KEY=value:", s, "");
	*value++ = '\0';
	k = c->keys == NULL ? NULL : find_key(c->keys, s);
	if (c->keys != NULL && k == NULL)
		return wrong(c, line, "unknown key", s, "");
	if (c->keys != NULL && find_value(c, s) != NULL)
		return wrong(c, line, "twice the key", s, "");
	why = k == NULL ? NULL : wrong_value(k->kind, value);
	if (why != NULL)
		return wrong(c, line, "the value of", s, why);
	if (c->n == CONF_MAX_ITEMS)
		return wrong(c, line, "too many keys at", s, "");
	c->v[c->n++] = (struct conf_item){ s, value };
	return 0;
}

int conf_load(struct conf *c, const char *file, const struct conf_key *keys)
{
	unsigned line = 0;
	int rc = 0;

	c->keys = keys;
	c->file = file;
	c->n = 0;
	if (read_text(c) < 0)
		return -1;
	for (char *s = c->text, *next; s != NULL; s = next) {
		next = strchr(s, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (take_line(c, s, ++line) < 0)
			rc = -1;	/* the others are said as well */
	}
	for (; keys != NULL && keys->name != NULL; keys++) {
		if (keys->preset != NULL || find_value(c, keys->name) != NULL)
			continue;
		fprintf(stderr, "%s: '%s' is missing\n", file, keys->name);
		rc = -1;
	}
	return rc;
}

const char *conf_text(const struct conf *c, const char *key)
{
	const char *s = find_value(c, key);
	const struct conf_key *k;

	if (s != NULL || c->keys == NULL)
		return s;
	k = find_key(c->keys, key);
	return k == NULL ? NULL : k->preset;
}

long conf_number(const struct conf *c, const char *key)
{
	const char *s = conf_text(c, key);
	long n = 0;

	return s == NULL || number_of(s, 1000000000, &n) < 0 ? 0 : n;
}

/* In one key (7.0) or in two (6.3; the calendar in both). */
static struct address address_of(const struct conf *c, const char *both, const char *host,
				 const char *port)
{
	struct address a = { .port = 0 };
	const char *s = conf_text(c, both);

	if (s != NULL)
		(void)address_parse(&a, s);
	else
		(void)address_set(&a, conf_text(c, host), conf_number(c, port));
	return a;
}

struct address conf_listen(const struct conf *c)
{
	return address_of(c, "listen", "bind", "port");
}

struct address conf_store(const struct conf *c)
{
	return address_of(c, "store", "storehost", "storeport");
}
