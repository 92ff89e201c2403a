/* `replaces` of install/relations: who may take over whose files. */
#include "commpkg/solve.h"

#include "formats/debversion.h"
#include "formats/version.h"

static int compare(enum version_scheme scheme, const char *a, const char *b)
{
	return scheme == SCHEME_DEB ? debversion_compare(a, b) : version_compare(a, b);
}

static bool fits(const struct relations *r, const struct relation_alt *alt, const char *version)
{
	int c;

	if (alt->op == CMP_ANY || alt->version == NULL)
		return true;
	if (version == NULL)
		return false;
	c = compare(r->scheme, version, alt->version);
	switch (alt->op) {
	case CMP_LT:
		return c < 0;
	case CMP_LE:
		return c <= 0;
	case CMP_GE:
		return c >= 0;
	case CMP_GT:
		return c > 0;
	default:
		return c == 0;
	}
}

static bool replaces_name(const struct relations *r, const char *name, const char *version)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; r->v[i].kind == REL_REPLACES && k < r->v[i].n; k++)
			if (str_eq(r->v[i].alts[k].name, name) &&
			    fits(r, &r->v[i].alts[k], version))
				return true;
	return false;
}

bool solve_replaces(const struct package *p, const char *pkg, const char *version,
		    const struct relations *relations)
{
	if (!p->relations.present)
		return false;
	if (replaces_name(&p->relations, pkg, version))
		return true;
	for (size_t i = 0; relations != NULL && relations->present && i < relations->n; i++) {
		const struct relation *x = &relations->v[i];

		for (size_t k = 0; x->kind == REL_PROVIDES && k < x->n; k++)
			if (replaces_name(&p->relations, x->alts[k].name, x->alts[k].version))
				return true;
	}
	return false;
}
