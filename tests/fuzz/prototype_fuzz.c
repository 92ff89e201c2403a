/* prototype(4). Includes lead back to the same bytes, so nesting is exercised too. */
#include <stdio.h>
#include <stdlib.h>

#include "formats/prototype.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const char *p;
	size_t n;
};

static int read_same(void *ctx, struct arena *a, const char *path, const char **ret_bytes,
		     size_t *ret_len, struct error *e)
{
	const struct bytes *b = ctx;

	(void)a;
	if (strlen(path) > 40)
		return error_set(e, E_NOT_FOUND, "no such file");
	*ret_bytes = b->p;
	*ret_len = b->n;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { (const char *)data, size < 4096 ? size : 4096 };
	struct proto_files files = { .read = read_same, .ctx = &b };
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	AUTO_ARENA struct arena *a = arena_new();
	struct pkginfo given = { .n = 0 };
	struct proto_notes notes;
	struct error e = ERROR_INIT;
	struct prototype p;
	struct pkgmap map;
	const char **source;

	if (prototype_parse(a, "prototype", &files, &given, &p, NULL, &e) < 0 ||
	    prototype_map(a, &p, &map, &source, &e) < 0)
		return 0;
	prototype_missing_dirs(a, &map, &notes);
	map.nparts = PKGMAP_MAX_PARTS;
	pkgmap_render(&map, &out);
	/* what we write, we must be able to read */
	if (pkgmap_parse(a, strbuf_str(&out), out.len, "pkgmap", &map, &e) < 0)
		{
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	return 0;
}
