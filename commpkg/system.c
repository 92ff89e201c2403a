/* What a root says of its system. */
#include "system.h"

#include <sys/utsname.h>

#define MAX_BYTES ((size_t)64 << 10)
#define MAX_VALUE 256u

/* A value as a shell would take it: in quotes of either kind, or none; `\` before a letter. */
static const char *value_of(struct arena *a, const char *s, size_t len)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	char quote = len > 0 && (*s == '"' || *s == '\'') ? *s : '\0';

	for (size_t i = quote != '\0'; i < len && s[i] != quote && b.len < MAX_VALUE; i++) {
		if (s[i] == '\\' && quote != '\'' && i + 1 < len)
			i++;
		strbuf_addch(&b, s[i]);
	}
	return b.len > 0 ? arena_strdup(a, strbuf_str(&b)) : NULL;
}

static void take_line(struct arena *a, const char *line, size_t len, struct solve_system *s)
{
	const struct { const char *key; const char **value; } keys[] = {
		{ "ID=", &s->name }, { "ID_LIKE=", &s->like }, { "VERSION_ID=", &s->version },
		{ "PRETTY_NAME=", &s->pretty },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t n = strlen(keys[i].key);

		if (len >= n && memcmp(line, keys[i].key, n) == 0)
			*keys[i].value = value_of(a, line + n, len - n);
	}
}

void system_parse(struct arena *a, const char *text, size_t len, struct solve_system *ret)
{
	*ret = (struct solve_system){ .name = NULL };
	for (size_t i = 0; i < len;) {
		const char *end = memchr(text + i, '\n', len - i);
		size_t n = end != NULL ? (size_t)(end - text) - i : len - i;

		take_line(a, text + i, n, ret);
		i += n + 1;
	}
}

int system_read(struct arena *a, struct root *root, struct solve_system *ret, struct error *e)
{
	static const char *const files[] = { "etc/os-release", "usr/lib/os-release" };
	struct solve_system s = { .name = NULL };
	struct utsname machine;

	for (size_t i = 0; s.name == NULL && i < sizeof(files) / sizeof(files[0]); i++) {
		struct rpath p;
		char *text;
		size_t len;
		int rc = rpath_parse(a, files[i], &p, e);

		if (rc < 0)
			return rc;
		if (tree_read(root->tree, a, p, MAX_BYTES, &text, &len, NULL) == 0)
			system_parse(a, text, len, &s);
	}
	if (root->live && uname(&machine) == 0)
		s.arch = arena_strdup(a, machine.machine);
	*ret = s;
	return 0;
}
