/* The table of a manifest: from which version, and how. */
#include "strategy.h"

#include "formats/str.h"

static const enum manifest_strategy all[] = {
	STRATEGY_IN_PLACE, STRATEGY_SIDE_BY_SIDE, STRATEGY_COEXISTENT,
};
#define NALL (sizeof(all) / sizeof(all[0]))

/* ---- of what */

/* Is it one of a list with commas? */
static bool has_word(const char *list, const char *word, size_t len)
{
	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

const char *strategy_arch(struct arena *a, const char *known, const struct pkgdb_component *c,
			  const struct pkgdb_package *p)
{
	if (p->arch == NULL || !pkgdb_component_has(c, p->instance) ||
	    has_word(known, p->arch, strlen(p->arch)))
		return known;
	return known == NULL ? p->arch : arena_printf(a, "%s,%s", known, p->arch);
}

struct strategy_from strategy_from(struct arena *a, const struct pkgdb_component *c,
				   const struct pkgdb_package *v, size_t n)
{
	struct strategy_from from = { .version = c->version };

	for (size_t i = 0; i < n; i++)
		from.arch = strategy_arch(a, from.arch, c, &v[i]);
	return from;
}

/* ---- the table */

/* Of several architectures in a row (with blanks or commas) one is enough. */
static bool holds(const struct manifest_path *p, struct strategy_from from)
{
	const char *arch = p->arch;

	if (!version_range_holds(&p->from, from.version))
		return false;
	while (arch != NULL && *arch != '\0') {
		size_t n = strcspn(arch, " ,");

		if (n > 0 && has_word(from.arch, arch, n))
			return true;
		arch += n + (arch[n] != '\0');
	}
	return arch == NULL;
}

static const struct manifest_path *first_path(const struct manifest *to,
					      struct strategy_from from)
{
	size_t i;

	for (i = 0; i < to->npaths; i++)
		if (holds(&to->paths[i], from))
			return &to->paths[i];
	return NULL;
}

unsigned strategy_allowed(const struct manifest *to, struct strategy_from from)
{
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < to->npaths; i++)
		if (holds(&to->paths[i], from))
			bits |= to->paths[i].strategies;
	return to->npaths == 0 ? STRATEGY_IN_PLACE : bits;
}

enum manifest_strategy strategy_recommended(const struct manifest *to, struct strategy_from from)
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
