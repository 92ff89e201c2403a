/* pkginfo(4), admin and response files. */
#include "formats/pkginfo.h"
#include "fuzz.h"

static void must_have_same_values(const struct pkginfo *x, const struct pkginfo *y)
{
	size_t i;

	for (i = 0; i < x->n; i++) {
		must(str_eq(x->params[i].name, y->params[i].name), "a name survives");
		must(str_eq(x->params[i].value, y->params[i].value), "a value survives");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STRBUF struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	struct error e = ERROR_INIT;
	struct pkginfo x, y;
	int rc;

	rc = pkginfo_parse(a, (const char *)data, size, "pkginfo", &x, &e);
	if (rc < 0) {
		must_explain(rc, &e);
		return 0;
	}
	pkginfo_render(&x, &first);
	rc = pkginfo_parse(a, strbuf_str(&first), first.len, "pkginfo", &y, &e);
	must(rc == 0, e.text);
	must(x.n == y.n, "as many are read as were written");
	must_have_same_values(&x, &y);
	(void)pkginfo_check_new(&x, "pkginfo", &e);
	pkginfo_render(&y, &second);
	must_equal(&first, &second);
	return 0;
}
