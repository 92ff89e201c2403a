/* pkgmap(4). */
#include "formats/pkgmap.h"
#include "fuzz.h"

/* The canonical path of every entry is there, has no '..' and is canonical itself. */
static void must_stay_below(struct arena *a, const struct pkgmap *map)
{
	const char *path, *again;
	size_t i;

	for (i = 0; i < map->n; i++) {
		must(path_canonical(a, map->entries[i].path, &path, NULL) == 0, "canonical");
		must(path_canonical(a, path, &again, NULL) == 0, "canonical again");
		must(str_eq(path, again), "the canonical form is its own");
		must(!str_has_prefix(path, "../") && strstr(path, "/../") == NULL &&
		     !str_has_suffix(path, "/..") && !str_eq(path, ".."), "no way up");
		must(strstr(path, "//") == NULL, "no empty component");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STRBUF struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	struct error e = ERROR_INIT;
	struct pkgmap x, y;
	int rc;

	rc = pkgmap_parse(a, (const char *)data, size, "pkgmap", &x, &e);
	if (rc < 0) {
		must_explain(rc, &e);
		return 0;
	}
	pkgmap_render(&x, &first);
	rc = pkgmap_parse(a, strbuf_str(&first), first.len, "pkgmap", &y, &e);
	must(rc == 0, e.text);
	must(x.n == y.n, "as many are read as were written");
	pkgmap_render(&y, &second);
	must_equal(&first, &second);
	must_stay_below(a, &x);
	pkgmap_sort(&y);
	must(x.n == y.n, "sorting loses nothing");
	return 0;
}
