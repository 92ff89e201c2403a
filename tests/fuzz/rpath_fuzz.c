/* rpath_parse(): what passes is what the header promises, whatever came in. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "commpkg/root.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_promise(const char *s)
{
	char *copy = strdup(s), *save = NULL;
	size_t slashes = 0, components = 0;

	check(copy != NULL && strlen(s) <= RPATH_MAX);
	for (const char *p = s; *p != '\0'; p++) {
		check((unsigned char)*p >= 0x20 && *p != 0x7f);
		slashes += *p == '/';
	}
	for (char *c = strtok_r(copy, "/", &save); c != NULL; c = strtok_r(NULL, "/", &save)) {
		check(!str_eq(c, ".") && !str_eq(c, "..") && strlen(c) <= 255);
		components++;
	}
	check(*s == '\0' || components == slashes + 1);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *text = arena_strndup(a, (const char *)data, size);
	struct rpath p, joined;
	struct error e;

	if (rpath_parse(a, text, &p, &e) == 0) {
		check_promise(rpath_str(p));
		check(rpath_is_root(p) || rpath_below(p, rpath_parent(a, p)));
		if (rpath_join(a, p, rpath_is_root(p) ? "x" : rpath_str(p), &joined, &e) == 0)
			check_promise(rpath_str(joined));
	}
	if (rpath_join(a, rpath_root(), text, &joined, &e) == 0)
		check_promise(rpath_str(joined));
	arena_free(a);
	return 0;
}
