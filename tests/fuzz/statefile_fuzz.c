/* State files: what can be read can be written, and reads the same. */
#include "formats/statefile.h"
#include "formats/str.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct error e = ERROR_INIT;
	struct statefile s, t;
	const char *text, *again;
	int rc = statefile_parse(a, (const char *)data, size, "state", &s, &e);

	if (rc < 0) {
		must_explain(rc, &e);
		return 0;
	}
	must(statefile_text(a, "", &s, &text, &e) == 0, "what was read can be written");
	must(statefile_parse(a, text, strlen(text), "again", &t, &e) == 0, "and read again");
	must(statefile_text(a, "", &t, &again, &e) == 0 && str_eq(text, again), "as the same");
	return 0;
}
