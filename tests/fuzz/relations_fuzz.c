/* install/relations. */
#include "formats/depend.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STRBUF struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	struct error e = ERROR_INIT;
	struct relations x, y;
	int rc;

	rc = relations_parse(a, (const char *)data, size, "relations", &x, &e);
	if (rc < 0) {
		must_explain(rc, &e);
		return 0;
	}
	relations_render(&x, &first);
	rc = relations_parse(a, strbuf_str(&first), first.len, "relations", &y, &e);
	must(rc == 0, e.text);
	must(x.n == y.n, "as many are read as were written");
	relations_render(&y, &second);
	must_equal(&first, &second);
	return 0;
}
