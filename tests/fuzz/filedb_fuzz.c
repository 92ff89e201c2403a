/* contents of SVR4. */
#include "formats/filedb.h"
#include "fuzz.h"

static void must_be_clean(const struct filedb_entry *en)
{
	size_t i;

	must(en->path[0] != '/' && strstr(en->path, "//") == NULL, "a relative path");
	must(!str_has_prefix(en->path, "../") && strstr(en->path, "/../") == NULL &&
	     !str_has_suffix(en->path, "/..") && !str_eq(en->path, ".."), "no way up");
	must((en->target != NULL) == (en->ftype == 's' || en->ftype == 'l'), "links have a target");
	must(en->nowners > 0 && en->line > 0, "somebody's, and from a line");
	for (i = 0; i < en->nowners; i++)
		must(strchr(en->owners[i].instance, '/') == NULL, "an instance is no path");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct error e = ERROR_INIT;
	struct filedb f;
	size_t i;
	int rc = filedb_parse(a, (const char *)data, size, "contents", &f, &e);

	if (rc < 0) {
		must_explain(rc, &e);
		return 0;
	}
	for (i = 0; i < f.n; i++) {
		must_be_clean(&f.v[i]);
		must(i == 0 || strcmp(f.v[i - 1].path, f.v[i].path) < 0, "in order, each once");
	}
	return 0;
}
