/* compver(4). */
#include "formats/depend.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct error e = ERROR_INIT;
	struct compver c;
	size_t i;
	int rc;

	rc = compver_parse(a, (const char *)data, size, "compver", &c, &e);
	if (rc < 0) {
		must_explain(rc, &e);
		return 0;
	}
	for (i = 0; i < c.n; i++) {
		must(c.versions[i][0] != '\0' && c.versions[i][0] != ' ', "a version is a word");
		must(strstr(c.versions[i], "  ") == NULL, "one blank between words");
		must(depend_version_equal(c.versions[i], c.versions[i]), "equal to itself");
	}
	return 0;
}
