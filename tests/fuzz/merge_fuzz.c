/* Three texts, NUL between them: the laws of the merge, and no mark in a clean result. */
#include "commpkg/merge.h"
#include "fuzz.h"

static bool same(struct text x, struct text y)
{
	return x.len == y.len && memcmp(x.bytes, y.bytes, x.len) == 0;
}

static void laws(struct arena *a, struct text b, struct text x, struct text y)
{
	struct merge_result r, back;

	merge_lines(a, b, b, x, &r);
	must(r.outcome == MERGE_CLEAN && same(r.text, x), "merge(b, b, x) = x");
	merge_lines(a, b, x, b, &r);
	must(r.outcome == MERGE_CLEAN && same(r.text, x), "merge(b, x, b) = x");
	merge_lines(a, b, x, x, &r);
	must(r.outcome == MERGE_CLEAN && same(r.text, x), "merge(b, x, x) = x");
	merge_lines(a, b, x, y, &r);
	merge_lines(a, b, y, x, &back);
	must(r.outcome == back.outcome && r.conflicts == back.conflicts, "symmetric");
	if (r.outcome == MERGE_CLEAN)
		must(same(r.text, back.text), "symmetric text");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct text t[3] = { { "", 0 }, { "", 0 }, { "", 0 } };
	const char *at = (const char *)data, *end = at + size;
	struct merge_result r;
	size_t i;

	for (i = 0; i < 3 && at < end; i++) {
		const char *nul = memchr(at, '\0', (size_t)(end - at));

		t[i] = (struct text){ at, (size_t)((nul != NULL ? nul : end) - at) };
		at += t[i].len + 1;
	}
	laws(a, t[0], t[1], t[2]);
	merge_keys(a, t[0], t[1], t[2], &r);
	merge_keys(a, t[0], t[1], t[1], &r);
	if (r.outcome == MERGE_CLEAN)
		must(same(r.text, t[1]), "both the same: nothing moves");
	merge_marked(a, t[0], t[1], t[2], &t[0]);
	return 0;
}
