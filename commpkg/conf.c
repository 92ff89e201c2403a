/* Lines of commpkg.conf. */
#include "conf.h"

#include <string.h>

#include "formats/str.h"
#include "script.h"

struct reading {
	struct arena *a;
	const char *file;
	unsigned line;
	bool of_host;
	struct conf *c;
	struct error *e;
};

static bool is_word(const char *value, const char *yes, const char *no, bool *ret)
{
	*ret = str_eq(value, yes);
	return *ret || str_eq(value, no);
}

static char *trimmed(char *s)
{
	char *end = s + strlen(s);

	while (*s == ' ' || *s == '\t')
		s++;
	while (end > s && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		*--end = '\0';
	return s;
}

static int take_signature(struct reading *r, const char *value)
{
	bool on;

	if (!is_word(value, "yes", "no", &on))
		return error_set(r->e, E_FORMAT, "%s:%u: 'require-signature' is yes or no, not "
				 "'%s'", r->file, r->line, value);
	if (on && r->c->required == NULL)
		r->c->required = arena_strdup(r->a, r->file);
	return 0;
}

static int take_distributions(struct reading *r, const char *value)
{
	bool on;

	if (!is_word(value, "accept", "refuse", &on))
		return error_set(r->e, E_FORMAT, "%s:%u: 'unsigned-distributions' is accept or "
				 "refuse, not '%s'", r->file, r->line, value);
	if (on && r->of_host && r->c->accepting == NULL)
		r->c->accepting = arena_strdup(r->a, r->file);
	r->c->refusing |= !on;
	return 0;
}

static int take_timeout(struct reading *r, const char *value)
{
	uint64_t n;

	if (!str_to_u64(value, strlen(value), 10, CONF_TIMEOUT_MAX, &n) || n == 0)
		return error_set(r->e, E_FORMAT, "%s:%u: 'script-timeout' is a number of seconds "
				 "from 1 to %u, not '%s'", r->file, r->line, CONF_TIMEOUT_MAX,
				 value);
	if (r->of_host || n < (r->c->script_timeout != 0 ? r->c->script_timeout :
							    SCRIPT_TIME_LIMIT))
		r->c->script_timeout = (unsigned)n;
	return 0;
}

static int take_cache(struct reading *r, const char *value)
{
	uint64_t n = UINT64_MAX;

	if (!str_eq(value, "all") && (!str_to_size(value, INT64_MAX, &n) || n == 0))
		return error_set(r->e, E_FORMAT, "%s:%u: 'cache-size' is a size, as 500M or 2G, or "
				 "all, not '%s'", r->file, r->line, value);
	if (r->of_host)
		r->c->cache_size = n;
	return 0;
}

static const struct {
	const char *name;
	int (*take)(struct reading *r, const char *value);
} settings[] = {
	{ "cache-size", take_cache },
	{ "require-signature", take_signature },
	{ "script-timeout", take_timeout },
	{ "unsigned-distributions", take_distributions },
};

static int take(struct reading *r, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		if (str_eq(settings[i].name, name))
			return settings[i].take(r, value);
	return error_set(r->e, E_FORMAT, "%s:%u: unknown setting '%s' (there is "
			 "'cache-size', 'require-signature', 'script-timeout' and "
			 "'unsigned-distributions')",
			 r->file, r->line, name);
}

static int take_line(struct reading *r, char *text)
{
	char *equal;

	text = trimmed(text);
	if (*text == '\0' || *text == '#')
		return 0;
	equal = strchr(text, '=');
	if (equal == NULL)
		return error_set(r->e, E_FORMAT, "%s:%u: no '=' in '%s'", r->file, r->line, text);
	*equal = '\0';
	return take(r, trimmed(text), trimmed(equal + 1));
}

int conf_parse(struct arena *a, const char *file, bool of_host, char *bytes, struct conf *c,
	       struct error *e)
{
	struct reading r = { .a = a, .file = file, .of_host = of_host, .c = c, .e = e };
	char *next;
	int rc = 0;

	for (; bytes != NULL && rc == 0; bytes = next) {
		next = strchr(bytes, '\n');
		if (next != NULL)
			*next++ = '\0';
		r.line++;
		rc = take_line(&r, bytes);
	}
	return rc;
}
