/*
 * Checked relative paths. Whatever gets past check_component() is safe to hand to an
 * *at call: it names something in the directory it is used with, and one line of text.
 */
#include "root.h"

#include <limits.h>

static int refuse(const char *text, struct error *e, const char *why)
{
	return error_set(e, E_FORMAT, "path '%.1000s' %s", text, why);
}

static int check_component(const char *text, const char *s, size_t len, struct error *e)
{
	if (len == 0)
		return refuse(text, e, "has an empty component");
	if (len > NAME_MAX)
		return error_set(e, E_LIMIT, "path '%.1000s' has a component over %d bytes", text,
				 NAME_MAX);
	if (s[0] == '.' && (len == 1 || (len == 2 && s[1] == '.')))
		return refuse(text, e, "has a '.' or '..' component");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return refuse(text, e, "has a control byte");
	return 0;
}

/* s is text without its leading slash. */
static int check_relative(const char *text, const char *s, struct error *e)
{
	if (strnlen(s, RPATH_MAX + 1) > RPATH_MAX)
		return error_set(e, E_LIMIT, "path '%.1000s...' is over %d bytes", text, RPATH_MAX);
	for (;;) {
		size_t len = strcspn(s, "/");
		int rc = check_component(text, s, len, e);

		if (rc < 0)
			return rc;
		if (s[len] == '\0')
			return 0;
		s += len + 1;
	}
}

int rpath_borrow(const char *text, struct rpath *ret, struct error *e)
{
	const char *s = text[0] == '/' ? text + 1 : text;
	int rc;

	if (text[0] == '\0')
		return error_set(e, E_FORMAT, "path is empty");
	if (*s == '\0') {
		*ret = rpath_root();
		return 0;
	}
	rc = check_relative(text, s, e);
	if (rc < 0)
		return rc;
	ret->s = s;
	return 0;
}

int rpath_parse(struct arena *a, const char *text, struct rpath *ret, struct error *e)
{
	struct rpath p = rpath_root();
	int rc = rpath_borrow(text, &p, e);

	if (rc < 0)
		return rc;
	*ret = rpath_is_root(p) ? p : (struct rpath){ .s = arena_strdup(a, p.s) };
	return 0;
}

struct rpath rpath_root(void)
{
	return (struct rpath){ .s = "" };
}

int rpath_join(struct arena *a, struct rpath dir, const char *name, struct rpath *ret,
	       struct error *e)
{
	char *s;
	int rc;

	rc = check_relative(name, name, e);
	if (rc < 0)
		return rc;
	if (strlen(dir.s) + 1 + strlen(name) > RPATH_MAX + (size_t)rpath_is_root(dir))
		return error_set(e, E_LIMIT, "path '%.1000s...' is over %d bytes", dir.s,
				 RPATH_MAX);
	s = rpath_is_root(dir) ? arena_strdup(a, name) : arena_printf(a, "%s/%s", dir.s, name);
	ret->s = s;
	return 0;
}

struct rpath rpath_parent(struct arena *a, struct rpath p)
{
	const char *slash = strrchr(p.s, '/');

	if (slash == NULL)
		return rpath_root();
	return (struct rpath){ .s = arena_strndup(a, p.s, (size_t)(slash - p.s)) };
}

const char *rpath_name(struct rpath p)
{
	const char *slash = strrchr(p.s, '/');

	return slash != NULL ? slash + 1 : p.s;
}

bool rpath_below(struct rpath p, struct rpath dir)
{
	size_t len = strlen(dir.s);

	if (len == 0)
		return !rpath_is_root(p);
	return strncmp(p.s, dir.s, len) == 0 && p.s[len] == '/';
}
