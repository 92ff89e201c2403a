/* What a value may be, going in and coming out. */
#include "internal.h"

/* No empty, `.` or `..` component and no control bytes; as rpath_parse() above. */
bool path_ok(const char *path)
{
	const char *start = path, *s;

	if (path[0] == '\0')
		return true;
	for (s = path;; s++) {
		unsigned char c = (unsigned char)*s;

		if (c != '\0' && c != '/') {
			if (c < 0x20 || c == 0x7f)
				return false;
			continue;
		}
		if (s == start || (s - start == 1 && start[0] == '.') ||
		    (s - start == 2 && start[0] == '.' && start[1] == '.'))
			return false;
		if (c == '\0')
			return (size_t)(s - path) <= DB_MAX_PATH;
		start = s + 1;
	}
}

int path_check(const char *path, struct error *e)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	if (path != NULL && path_ok(path))
		return 0;
	strbuf_add_escaped(&b, path != NULL ? path : "");
	return error_set(e, EINVAL, "cannot record '%.200s': not a clean path below a root",
			 strbuf_str(&b));
}

int text_check(const char *text, size_t max, const char *what, struct error *e)
{
	if (text == NULL || strnlen(text, max + 1) <= max)
		return 0;
	return error_set(e, E_LIMIT, "cannot record %s: longer than %zu bytes", what, max);
}
