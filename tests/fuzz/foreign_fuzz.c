/* Catalogs of others: what is accepted is whole, and every refusal has words. */
#include "formats/catalog_foreign.h"
#include "formats/debindex.h"
#include "formats/manifest.h"
#include "fuzz.h"

static void must_be_whole(const struct catalog *c)
{
	size_t i;

	must(c->npackages > 0 && c->npackages == c->nmedia, "a package in each medium");
	for (i = 0; i < c->npackages; i++) {
		must(catalog_path_ok(c->media[i].file.path), "paths stay in the distribution");
		must(c->packages[i].medium == i && c->packages[i].package.pkg[0] != '\0' &&
		     c->packages[i].package.arch != NULL, "packages are of a medium");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *text = (const char *)data, *xml;
	size_t half = size / 2;
	struct error e = ERROR_INIT;
	struct manifest m;
	struct catalog c;
	int rc = catalog_foreign_parse(a, text, size, "fuzz", &c, &e);

	(void)catalog_foreign_probe(text, size);
	if (rc == 0)
		must_be_whole(&c);
	else
		must_explain(rc, &e);
	error_clear(&e);
	rc = debindex_parse(a, text, size, "fuzz", &c, &e);
	if (rc == 0)
		must_be_whole(&c);
	else
		must_explain(rc, &e);
	error_clear(&e);
	rc = catalog_overlay(a, "fuzz", text, half, text + half, size - half, &xml, &e);
	if (rc < 0)
		must_explain(rc, &e);
	else /* well-formed at least */
		must(manifest_parse(a, xml, strlen(xml), "fuzz", &m, &e) == 0 ||
		     strstr(e.text, "fuzz:") != NULL, "a manifest");
	return 0;
}
