#include "catalog_package.h"

#include <stdlib.h>

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
	to->priority = p->priority;
	copy_depends(a, &p->depend, &to->depend);
	copy_compver(a, &p->compver, &to->compver);
	copy_relations(a, &p->relations, &to->relations);
	ret->has_files = p->pkgmap_bytes != NULL;
	if (ret->has_files)
		sha256_of(p->pkgmap_bytes, p->pkgmap_len, &ret->files);
}

/* ---- one order */

static int compare_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

static int compare_depends(const void *x, const void *y)
{
	const struct depend *a = x, *b = y;
	size_t i;
	int c = a->type - b->type;

	if (c == 0)
		c = strcmp(a->pkg, b->pkg);
	for (i = 0; c == 0 && i < a->n && i < b->n; i++) {
		c = compare_text(a->alts[i].arch, b->alts[i].arch);
		if (c == 0)
			c = compare_text(a->alts[i].version, b->alts[i].version);
	}
	return c != 0 ? c : (a->n > b->n) - (a->n < b->n);
}

static int compare_relations(const void *x, const void *y)
{
	const struct relation *a = x, *b = y;
	size_t i;
	int c = (int)a->kind - (int)b->kind;

	for (i = 0; c == 0 && i < a->n && i < b->n; i++) {
		c = strcmp(a->alts[i].name, b->alts[i].name);
		if (c == 0)
			c = (int)a->alts[i].op - (int)b->alts[i].op;
		if (c == 0)
			c = compare_text(a->alts[i].version, b->alts[i].version);
	}
	return c != 0 ? c : (a->n > b->n) - (a->n < b->n);
}

static int compare_versions(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

void catalog_package_sort(struct catalog_package *cp)
{
	struct package *p = &cp->package;

	if (p->depend.n > 1)
		qsort(p->depend.v, p->depend.n, sizeof(*p->depend.v), compare_depends);
	if (p->relations.n > 1)
		qsort(p->relations.v, p->relations.n, sizeof(*p->relations.v), compare_relations);
	if (p->compver.n > 1)
		qsort(p->compver.versions, p->compver.n, sizeof(*p->compver.versions),
		      compare_versions);
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

int catalog_of_index(struct arena *a, const char *file, const struct catalog_medium *media,
		     const struct catalog_package *packages, size_t n, struct catalog *ret,
		     struct error *e)
{
	if (n == 0)
		return error_set(e, E_FORMAT, "%s: no packages", file);
	*ret = (struct catalog){
		.media = arena_memdup(a, media, n, sizeof(*media)), .nmedia = n,
		.packages = arena_memdup(a, packages, n, sizeof(*packages)), .npackages = n,
	};
	return 0;
}
