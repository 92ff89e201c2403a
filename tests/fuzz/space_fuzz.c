/* space(4). */
#include "formats/space.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct error e = ERROR_INIT;
	uint64_t bytes = 0, part;
	struct space s;
	size_t i;
	int rc;

	rc = space_parse(a, (const char *)data, size, "space", &s, &e);
	if (rc < 0) {
		must_explain(rc, &e);
		return 0;
	}
	for (i = 0; i < s.n; i++) {
		must(s.v[i].path[0] != '\0' && s.v[i].line > 0, "a path and a line");
		must(!__builtin_mul_overflow(s.v[i].blocks, (uint64_t)512, &part) &&
		     !__builtin_add_overflow(bytes, part, &bytes), "bytes can be added up");
	}
	return 0;
}
