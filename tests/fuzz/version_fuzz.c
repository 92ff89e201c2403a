/* The order of versions: three lines are three versions. */
#include "formats/lines.h"
#include "formats/version.h"
#include "fuzz.h"

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *v[3] = { "", "", "" };
	struct lines l;
	struct span line;
	size_t i;

	if (lines_open(&l, (const char *)data, size, 65536, "version", NULL) < 0)
		return 0;
	for (i = 0; i < 3 && lines_next(&l, &line); i++)
		v[i] = span_dup(a, line);
	for (i = 0; i < 3; i++) {
		const char *evr = version_evr(a, v[i]);

		must(version_compare(v[i], v[i]) == 0, "equal to itself");
		must(evr[0] != '\0' && strpbrk(evr, " \t:^()<>") == NULL, "a word of libsolv's");
		must(strchr(evr, '-') == strrchr(evr, '-'), "one release");
	}
	must(sign(version_compare(v[0], v[1])) == -sign(version_compare(v[1], v[0])),
	     "the other way round is the opposite");
	if (version_compare(v[0], v[1]) <= 0 && version_compare(v[1], v[2]) <= 0)
		must(version_compare(v[0], v[2]) <= 0, "transitive");
	return 0;
}
