#include "catalog_package.h"

static const char *copy(struct arena *a, const char *s)
{
	return s != NULL ? arena_strdup(a, s) : NULL;
}

static void copy_depends(struct arena *a, const struct depends *from, struct depends *to)
{
	size_t i, k;

	to->n = from->n;
	to->v = arena_memdup(a, from->v, from->n, sizeof(*to->v));
	for (i = 0; i < to->n; i++) {
		struct depend *d = &to->v[i];

		d->pkg = copy(a, d->pkg);
		d->name = copy(a, d->name);
		d->alts = arena_memdup(a, d->alts, d->n, sizeof(*d->alts));
		for (k = 0; k < d->n; k++) {
			d->alts[k].arch = copy(a, d->alts[k].arch);
			d->alts[k].version = copy(a, d->alts[k].version);
		}
	}
}

static void copy_compver(struct arena *a, const struct compver *from, struct compver *to)
{
	size_t i;

	to->n = from->n;
	to->versions = arena_calloc(a, from->n, sizeof(*to->versions));
	for (i = 0; i < from->n; i++)
		to->versions[i] = copy(a, from->versions[i]);
}

static void copy_relations(struct arena *a, const struct relations *from, struct relations *to)
{
	size_t i, k;

	*to = *from;
	to->v = arena_memdup(a, from->v, from->n, sizeof(*to->v));
	for (i = 0; i < to->n; i++) {
		struct relation *r = &to->v[i];

		r->alts = arena_memdup(a, r->alts, r->n, sizeof(*r->alts));
		for (k = 0; k < r->n; k++) {
			r->alts[k].name = copy(a, r->alts[k].name);
			r->alts[k].version = copy(a, r->alts[k].version);
		}
	}
}

void catalog_package_of(struct arena *a, const struct package *p, size_t medium,
			struct catalog_package *ret)
{
	struct package *to = &ret->package;

	*ret = (struct catalog_package){ .medium = medium };
	to->pkg = to->dirname = copy(a, p->pkg);
	to->title = copy(a, p->title);
	to->arch = copy(a, p->arch);
	to->version = copy(a, p->version);
	to->category = copy(a, p->category);
	to->basedir = copy(a, p->basedir);
	to->payload_bytes = p->payload_bytes;
	copy_depends(a, &p->depend, &to->depend);
	copy_compver(a, &p->compver, &to->compver);
	copy_relations(a, &p->relations, &to->relations);
	ret->has_files = p->pkgmap_bytes != NULL;
	if (ret->has_files)
		sha256_of(p->pkgmap_bytes, p->pkgmap_len, &ret->files);
}

static int differs(const struct package *p, const char *what, struct error *e)
{
	return error_set(e, E_DIGEST, "package '%s': its %s is not what the catalog says", p->pkg,
			 what);
}

int catalog_package_check(const struct catalog_package *cp, const struct package *p,
			  struct error *e)
{
	struct sha256 files;

	if (!str_eq(cp->package.pkg, p->pkg))
		return error_set(e, E_DIGEST, "package '%s' is there, where the catalog says '%s'",
				 p->pkg, cp->package.pkg);
	if (!str_eq(cp->package.version, p->version))
		return error_set(e, E_DIGEST, "package '%s' has version '%s', and the catalog says "
				 "'%s'", p->pkg, p->version, cp->package.version);
	if (!str_eq(cp->package.arch, p->arch))
		return differs(p, "architecture", e);
	if (!cp->has_files)
		return 0;
	sha256_of(p->pkgmap_bytes, p->pkgmap_len, &files);
	return sha256_equal(&files, &cp->files) ? 0 : differs(p, "file list (pkgmap)", e);
}
