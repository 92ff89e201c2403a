/*
 * The message store. A line protocol on one port:
 *
 *	+OK store 7.0 ready, format 7		the greeting
 *	DELIVER NAME SIZE, then SIZE bytes	+OK UID
 *	MAILBOXES				+OK, names, a line with a dot
 *	LIST NAME				+OK, lines "UID SIZE SUBJECT", a line with a dot
 *	FETCH NAME UID				+OK SIZE SUM, then SIZE bytes
 *	NOOP, QUIT				+OK
 *
 * What fails is answered with "-ERR CODE words": SYNTAX, NOUSER, NOBOX, NOMSG, TOOBIG, DAMAGED,
 * FAILED.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <commldap.h>
#include <commnss.h>
#include "mailbox.h"
#include "server.h"

static const struct conf_key keys[] = {
	CONF_LISTEN_KEYS("10143"),
#if SUITE_RELEASE < 70
	{ "storedir", CONF_PATH, "store" },
#else
	{ "partition", CONF_PATH, "store" },
	{ "digest", CONF_WORD, "sha256" },
#endif
	{ "greeting", CONF_TEXT, "ready" },
	{ "maxsize", CONF_NUMBER, "1048576" },
	{ "directory", CONF_PATH, "" },
	{ 0 }
};

static const char *store_dir(const struct server_run *r)
{
	static char dir[SERVER_PATH_MAX];

	return server_path(r, conf_text(&r->conf, SUITE_RELEASE < 70 ? "storedir" : "partition"),
			   dir, sizeof(dir));
}

static int prepare(struct server_run *r)
{
	return mailbox_open(store_dir(r)) < 0 ? 3 : 0;
}

/* Without a directory everybody is a user. */
static const char *refused(const struct server_run *r, const char *name)
{
	const char *directory = conf_text(&r->conf, "directory");
	char path[SERVER_PATH_MAX];
	int rc;

	if (!mailbox_name_ok(name))
		return "SYNTAX no such name";
	if (*directory == '\0')
		return NULL;
	server_path(r, directory, path, sizeof(path));
#if SUITE_RELEASE < 70
	rc = commldap_has_user(path, name);
#else
	rc = commldap_find_user(path, name);
#endif
	if (rc < 0)
		server_log("cannot read the directory '%s': %s", path, strerror(errno));
	return rc == 1 ? NULL : rc < 0 ? "FAILED no directory" : rc == 2 ? "NOUSER not active" :
		"NOUSER no such user";
}

/* ---- commands; each answers. -1 ends the connection. */

static int failed(struct conn *c, const char *what)
{
	server_log("cannot %s: %s", what, strerror(errno));
	return conn_printf(c, "-ERR FAILED cannot %s\r\n", what);
}

static int deliver(struct server_run *r, struct conn *c, char *name, const char *size)
{
	long most = conf_number(&r->conf, "maxsize");
	char *end, *text;
	long n = strtol(size, &end, 10);
	unsigned long uid;
	const char *why;
	int rc;

	if (end == size || *end != '\0' || n < 1)
		return conn_printf(c, "-ERR SYNTAX no size\r\n"), -1;
	if (n > most)
		return conn_printf(c, "-ERR TOOBIG at most %ld bytes\r\n", most), -1;
	text = malloc((size_t)n);
	if (text == NULL || conn_bytes(c, text, (size_t)n) < 0) {
		free(text);
		return -1;
	}
	why = refused(r, name);
	if (why != NULL) {
		free(text);
		return conn_printf(c, "-ERR %s\r\n", why);
	}
	rc = mailbox_deliver(
		store_dir(r), name, text, (size_t)n,
		SUITE_RELEASE >= 70 && strcmp(conf_text(&r->conf, "digest"), "none") != 0, &uid);
	free(text);
	if (rc < 0)
		return failed(c, "deliver");
	server_log("delivered %lu to %s, %ld bytes", uid, name, n);
	return conn_printf(c, "+OK %lu\r\n", uid);
}

static int say_name(void *arg, const char *name, const struct message *m)
{
	(void)m;
	return conn_printf(arg, "%s\r\n", name);
}

static int mailboxes(struct server_run *r, struct conn *c)
{
	if (conn_printf(c, "+OK\r\n") < 0 || mailbox_names(store_dir(r), say_name, c) < 0)
		return -1;
	return conn_printf(c, ".\r\n");
}

static void find_subject(const char *text, size_t n, char *subject, size_t size)
{
	const char *end = text + n, *p = text, *eol;

	snprintf(subject, size, "-");
	for (; p < end && *p != '\n' && *p != '\r'; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		if (eol - p < 9 || strncasecmp(p, "Subject: ", 9) != 0)
			continue;
		snprintf(subject, size, "%.*s", (int)(eol - p - 9), p + 9);
		subject[strcspn(subject, "\r\n")] = '\0';
		return;
	}
}

struct listing {
	const char *dir;
	struct conn *c;
};

static int say_message(void *arg, const char *name, const struct message *m)
{
	struct listing *l = arg;
	char *text = mailbox_fetch(l->dir, name, m), subject[128] = "(damaged)";

	if (text != NULL)
		find_subject(text, m->size, subject, sizeof(subject));
	free(text);
	return conn_printf(l->c, "%lu %zu %s\r\n", m->uid, m->size, subject);
}

static int list(struct server_run *r, struct conn *c, const char *name)
{
	struct listing l = { store_dir(r), c };

	if (!mailbox_name_ok(name) || mailbox_has(l.dir, name) != 1)
		return conn_printf(c, "-ERR NOBOX no such mailbox\r\n");
	if (conn_printf(c, "+OK\r\n") < 0 ||
	    (mailbox_list(l.dir, name, say_message, &l) < 0 && errno != ENOENT))
		return -1;
	return conn_printf(c, ".\r\n");
}

static int fetch(struct server_run *r, struct conn *c, const char *name, const char *uid)
{
	const char *dir = store_dir(r);
	struct message m = { .uid = 0 };
	char *text;
	int rc;

	if (!mailbox_name_ok(name) || mailbox_find(dir, name, strtoul(uid, NULL, 10), &m) < 0)
		return conn_printf(c, "-ERR NOMSG no such message\r\n");
	text = mailbox_fetch(dir, name, &m);
	if (text == NULL && errno == EBADMSG) {
		server_log("message %lu of %s is not what arrived", m.uid, name);
		return conn_printf(c, "-ERR DAMAGED the message is not what arrived\r\n");
	}
	if (text == NULL)
		return failed(c, "read the message");
	rc = conn_printf(c, "+OK %zu %08x\r\n", m.size, commnss_sum(text, m.size));
	if (rc == 0)
		rc = conn_write(c, text, m.size);
	free(text);
	return rc;
}

static int command(struct server_run *r, struct conn *c, char *line)
{
	char *save, *verb = strtok_r(line, " ", &save), *a = NULL, *b = NULL;

	if (verb != NULL && (a = strtok_r(NULL, " ", &save)) != NULL)
		b = strtok_r(NULL, " ", &save);
	if (verb == NULL)
		return conn_printf(c, "-ERR SYNTAX nothing to do\r\n");
	if (strcasecmp(verb, "QUIT") == 0)
		return conn_printf(c, "+OK bye\r\n"), -1;
	if (strcasecmp(verb, "NOOP") == 0)
		return conn_printf(c, "+OK\r\n");
	if (strcasecmp(verb, "MAILBOXES") == 0)
		return mailboxes(r, c);
	if (strcasecmp(verb, "LIST") == 0 && a != NULL)
		return list(r, c, a);
	if (strcasecmp(verb, "FETCH") == 0 && b != NULL)
		return fetch(r, c, a, b);
	if (strcasecmp(verb, "DELIVER") == 0 && b != NULL)
		return deliver(r, c, a, b);
	return conn_printf(c, "-ERR SYNTAX commands: DELIVER MAILBOXES LIST FETCH NOOP QUIT\r\n");
}

static void session(struct server_run *r, struct conn *c)
{
	char line[256];
	int rc = conn_printf(c, "+OK store %s %s, format %d\r\n", SUITE_VERSION,
			     conf_text(&r->conf, "greeting"), MAILBOX_FORMAT);

	while (rc >= 0) {
		rc = conn_line(c, line, sizeof(line));
		if (rc == CONN_LONG)
			rc = conn_printf(c, "-ERR SYNTAX too long a line\r\n");
		else if (rc >= 0)
			rc = command(r, c, line);
	}
}

/* -R: reconstruct; -C FROM [NAME...]: convert */
static int other(struct server_run *r, int option, int argc, char **argv)
{
	unsigned long found;

	if (option == 'R' && argc == 0) {
		if (mailbox_open(store_dir(r)) < 0)
			return 3;
		if (mailbox_reconstruct(store_dir(r), &found) < 0)
			return fprintf(stderr, "cannot reconstruct: %s\n", strerror(errno)), 1;
		return printf("%lu messages found\n", found) < 0;
	}
#if SUITE_RELEASE >= 70
	if (option == 'C' && argc > 0)
		return mailbox_convert(argv[0], store_dir(r), argv + 1) < 0;
#else
	(void)argv;
#endif
	fprintf(stderr, "usage: store -R | store -C FROM [NAME...] (from 7.0 on)\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct server me = {
		"store", SUITE_VERSION, keys, prepare, session, NULL, other,
	};

	return server_main(&me, argc, argv);
}
