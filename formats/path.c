/* The canonical form of a path in a pkgmap or prototype (svr4.md 4.3). */
#include "pkgmap.h"

/* Appends the component of n bytes; false for '..'. */
static bool put_component(char **out, const char *start, const char *s, size_t n)
{
	if (n == 0 || (n == 1 && s[0] == '.'))
		return true;
	if (n == 2 && s[0] == '.' && s[1] == '.')
		return false;
	if (*out != start && (*out)[-1] != '/')
		*(*out)++ = '/';
	memcpy(*out, s, n);
	*out += n;
	return true;
}

int path_canonical(struct arena *a, const char *path, const char **ret, struct error *e)
{
	char *start, *out;
	const char *p;
	size_t n;

	if (path[0] == '\0')
		return error_set(e, E_FORMAT, "empty path");
	start = out = arena_alloc(a, strlen(path) + 1);
	if (path[0] == '/')
		*out++ = '/';
	for (p = path; *p != '\0'; p += n + (p[n] == '/')) {
		n = strcspn(p, "/");
		if (!put_component(&out, start, p, n))
			return error_set(e, E_FORMAT, "'..' in path '%.1023s'", path);
	}
	if (out == start)
		*out++ = '.'; /* the base directory itself */
	*out = '\0';
	*ret = start;
	return 0;
}
