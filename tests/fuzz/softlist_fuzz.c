/* The software list: what is read, written and read again is the same. */
#include "fuzz.h"
#include "pkgdb/softlist_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STRBUF struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	struct error e = ERROR_INIT;
	struct softlist x, y;
	size_t i, k;
	int rc = softlist_parse(a, (const char *)data, size, "softlist", &x, &e);

	if (rc < 0) {
		must_explain(rc, &e);
		return 0;
	}
	for (i = 0; i < x.nroots; i++) {
		must(softlist_name_ok(x.roots[i].name), "a root has a good name");
		must(softlist_path_ok(x.roots[i].path), "a root has a clean path");
		must(softlist_find(&x, x.roots[i].name) == &x.roots[i], "names are unique");
		must(softlist_find_path(&x, x.roots[i].path) == &x.roots[i], "so are paths");
		must(softlist_find_group(&x, x.roots[i].name) == NULL, "also over groups");
	}
	for (i = 0; i < x.ngroups; i++)
		for (k = 0; k < x.groups[i].n; k++)
			must(softlist_find(&x, x.groups[i].roots[k]) != NULL, "groups hold roots");
	if (x.nroots > 0)
		must(softlist_close(&x, x.roots[0].name) == x.roots[0].name, "closest to itself");
	softlist_render(&x, &first);
	must(softlist_parse(a, first.p, first.len, "again", &y, &e) == 0, "what we write we read");
	softlist_render(&y, &second);
	must_equal(&first, &second);
	return 0;
}
