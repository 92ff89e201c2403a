/* The table of a manifest: from which version, and how. */
#include "strategy.h"

#include "formats/str.h"

static const enum manifest_strategy all[] = {
	STRATEGY_IN_PLACE, STRATEGY_SIDE_BY_SIDE, STRATEGY_COEXISTENT,
};
#define NALL (sizeof(all) / sizeof(all[0]))

static const struct manifest_path *first_path(const struct manifest *to, const char *from)
{
	size_t i;

	for (i = 0; i < to->npaths; i++)
		if (version_range_holds(&to->paths[i].from, from))
			return &to->paths[i];
	return NULL;
}

unsigned strategy_allowed(const struct manifest *to, const char *from)
{
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < to->npaths; i++)
		if (version_range_holds(&to->paths[i].from, from))
			bits |= to->paths[i].strategies;
	return to->npaths == 0 ? STRATEGY_IN_PLACE : bits;
}

enum manifest_strategy strategy_recommended(const struct manifest *to, const char *from)
{
	const struct manifest_path *p = first_path(to, from);

	if (to->npaths == 0)
		return STRATEGY_IN_PLACE;
	return p != NULL ? p->recommended : 0;
}

const char *strategy_name(enum manifest_strategy s)
{
	switch (s) {
	case STRATEGY_IN_PLACE:
		return "in-place";
	case STRATEGY_SIDE_BY_SIDE:
		return "side-by-side";
	case STRATEGY_COEXISTENT:
		return "coexistent";
	}
	return NULL;
}

const char *const *strategy_list(struct arena *a, unsigned bits)
{
	const char **list = arena_calloc(a, NALL + 1, sizeof(*list));
	size_t i, n = 0;

	for (i = 0; i < NALL; i++)
		if (bits & all[i])
			list[n++] = strategy_name(all[i]);
	return list;
}

const char *strategy_words(struct arena *a, unsigned bits)
{
	const char *const *list = strategy_list(a, bits);
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	for (i = 0; list[i] != NULL; i++)
		strbuf_addf(&b, "%s%s", i > 0 ? ", " : "", list[i]);
	return arena_strdup(a, strbuf_str(&b));
}
