/* depend(4). */
#include "formats/depend.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STRBUF struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	struct error e = ERROR_INIT;
	struct depends x, y;
	int rc;

	rc = depend_parse(a, (const char *)data, size, "depend", &x, &e);
	if (rc < 0) {
		must_explain(rc, &e);
		return 0;
	}
	depend_render(&x, &first);
	rc = depend_parse(a, strbuf_str(&first), first.len, "depend", &y, &e);
	must(rc == 0, e.text);
	must(x.n == y.n, "as many are read as were written");
	depend_render(&y, &second);
	must_equal(&first, &second);
	return 0;
}
