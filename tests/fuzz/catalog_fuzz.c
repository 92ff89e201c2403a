/* catalog.xml and repo.xml: what is accepted is written and read back to the same bytes. */
#include "formats/catalog.h"
#include "fuzz.h"

static void catalog_again(struct arena *a, const struct catalog *c)
{
	AUTO_STRBUF struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;
	struct error e = ERROR_INIT;
	struct catalog again;
	size_t i;

	for (i = 0; i < c->nmedia; i++)
		must(catalog_path_ok(c->media[i].file.path), "paths stay in the distribution");
	for (i = 0; i < c->npackages; i++)
		must(c->packages[i].medium < c->nmedia &&
		     c->packages[i].package.pkg[0] != '\0', "packages are of a medium");
	if (catalog_render(c, &one, &e) < 0)
		return; /* what XML can say in references, and we don't write */
	must(catalog_parse(a, strbuf_str(&one), one.len, "fuzz", &again, &e) == 0,
	     "what is written can be read");
	must(catalog_validate(strbuf_str(&one), one.len, "fuzz", &e) == 0, "by the schema too");
	must(catalog_render(&again, &two, &e) == 0, "and written");
	must(one.len == two.len && memcmp(one.p, two.p, one.len) == 0, "to the same bytes");
}

static void repo_again(struct arena *a, const struct repo *r)
{
	AUTO_STRBUF struct strbuf one = STRBUF_INIT;
	struct error e = ERROR_INIT;
	struct repo again;

	must(repo_id_ok(r->id) && r->serial > 0 && catalog_path_ok(r->catalog.path), "whole");
	if (repo_render(r, &one, &e) == 0)
		must(repo_parse(a, strbuf_str(&one), one.len, "fuzz", &again, &e) == 0 &&
		     again.serial == r->serial && again.expires == r->expires, "there and back");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct error e = ERROR_INIT;
	struct catalog c;
	struct repo r;
	int rc = catalog_parse(a, (const char *)data, size, "fuzz", &c, &e);

	if (rc == 0)
		catalog_again(a, &c);
	else
		must_explain(rc, &e);
	error_clear(&e);
	rc = repo_parse(a, (const char *)data, size, "fuzz", &r, &e);
	if (rc == 0)
		repo_again(a, &r);
	else
		must_explain(rc, &e);
	return 0;
}
