/* A Debian control file, and what becomes of it. */
#include "formats/debpkg.h"
#include "fuzz.h"

static void check_relations(struct arena *a, const struct relations *r)
{
	AUTO_STRBUF struct strbuf first = STRBUF_INIT, second = STRBUF_INIT, text = STRBUF_INIT;
	struct error e = ERROR_INIT;
	struct relations again;
	struct depends d, d2;
	int rc;

	relations_render(r, &first);
	rc = relations_parse(a, strbuf_str(&first), first.len, "relations", &again, &e);
	must(rc == 0, e.text);
	relations_render(&again, &second);
	must_equal(&first, &second);
	debpkg_depend(a, r, "own", &d);
	depend_render(&d, &text);
	rc = depend_parse(a, strbuf_str(&text), text.len, "depend", &d2, &e);
	must(rc == 0, e.text);
	must(d.n == d2.n, "as many depend lines are read as were written");
}

static void check_pkginfo(struct arena *a, const struct pkginfo *info)
{
	AUTO_STRBUF struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	struct error e = ERROR_INIT;
	struct pkginfo again;
	int rc;

	pkginfo_render(info, &first);
	rc = pkginfo_parse(a, strbuf_str(&first), first.len, "pkginfo", &again, &e);
	must(rc == 0, e.text);
	pkginfo_render(&again, &second);
	must_equal(&first, &second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct error e = ERROR_INIT;
	struct deb_control c;
	struct relations r;
	struct pkginfo info;
	int rc = deb_control_parse(a, (const char *)data, size, "control", &c, &e);

	if (rc < 0) {
		must_explain(rc, &e);
		return 0;
	}
	if (deb_control_check(&c, "control", &e) < 0)
		return 0;
	rc = debpkg_relations(a, &c, "control", &r, &e);
	if (rc < 0)
		must_explain(rc, &e);
	else
		check_relations(a, &r);
	rc = debpkg_pkginfo(a, &c, NULL, 0, "control", &info, &e);
	if (rc < 0)
		must_explain(rc, &e);
	else
		check_pkginfo(a, &info);
	return 0;
}
