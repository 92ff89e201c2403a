/* Media of a published distribution, opened and compared. */
#include <errno.h>
#include <fcntl.h>

#include "formats/catalog_package.h"
#include "formats/medium_digest.h"
#include "published.h"

static int changed(const char *path, const char *what, struct error *e)
{
	error_set(e, E_DIGEST, "'%s' is not what the catalog says: its %s differs", path, what);
	return error_hint(e, "somebody changed it, or it is being published right now: 'commpkg "
			  "repo check' tells more");
}

/* Foreign catalogs do not know the architecture. */
static const struct package *find(const struct medium *m, const struct package *want, bool foreign)
{
	size_t i;

	for (i = 0; i < medium_count(m); i++) {
		const struct package *p = medium_package(m, i);

		if (str_eq(p->pkg, want->pkg) && str_eq(p->version, want->version) &&
		    (foreign || str_eq(p->arch, want->arch)))
			return p;
	}
	return NULL;
}

static int compare_package(const struct medium *m, const struct catalog_package *cp, bool foreign,
			   struct error *e)
{
	const struct package *p = find(m, &cp->package, foreign);

	if (p != NULL)
		return foreign ? 0 : catalog_package_check(cp, p, e);
	return error_set(e, E_DIGEST, "'%s' has no package %s %s (%s), which the catalog promises",
			 medium_path(m), cp->package.pkg, cp->package.version, cp->package.arch);
}

struct comparing {
	const struct catalog_medium *want;
	medium_watch *watch;
	void *ctx;
	struct sha256 looks;
};

/* Before anything in it is believed to be a package. */
static int compare_bytes(void *ctx, const struct medium *m, struct error *e)
{
	struct comparing *c = ctx;
	struct medium_stored stored;
	int rc = c->want->file.md5 ? medium_digest_md5(m, c->watch, c->ctx, &stored, e) :
				     medium_digest(m, c->watch, c->ctx, &stored, e);

	if (rc < 0)
		return rc;
	if (stored.tree != c->want->tree)
		return changed(medium_path(m), "form", e);
	if (stored.size != c->want->file.size)
		return changed(medium_path(m), "size", e);
	if (!sha256_equal(&stored.sha, &c->want->file.sha))
		return changed(medium_path(m), c->want->file.md5 ? "MD5 sum" : "SHA-256", e);
	c->looks = stored.looks;
	return 0;
}

static int open_compared(const struct published *p, const char *path, struct comparing *c,
			 struct medium **ret, struct error *e)
{
	struct medium *m;
	size_t i;
	int rc = medium_open_after(AT_FDCWD, path, compare_bytes, c, &m, e);

	if (rc == -ENOENT) {
		error_set(e, E_NOT_FOUND, "'%s' is missing: the catalog names it", path);
		return error_hint(e, "'commpkg repo check' tells what else is");
	}
	if (rc < 0)
		return rc;
	for (i = 0; rc == 0 && i < c->want->npackages; i++)
		rc = compare_package(m, &p->catalog.packages[c->want->first + i],
				     p->foreign != FOREIGN_NONE, e);
	if (rc < 0) {
		medium_close(m);
		return rc;
	}
	*ret = m;
	return 0;
}

int published_take(struct published *p, size_t medium, medium_watch *watch, void *ctx,
		   struct medium **ret, struct error *e)
{
	struct published_medium *t = &p->taken[medium];
	AUTO_ARENA struct arena *a = arena_new(); /* p's own is for one thread */
	const struct catalog_file *f = &p->catalog.media[medium].file;
	const char *path = published_file(p, a, f);
	struct comparing c = { .want = &p->catalog.media[medium], .watch = watch, .ctx = ctx };
	int rc = 0;

	if (p->remote && p->catalog.media[medium].tree) {
		error_set(e, E_UNSUPPORTED, "'%s/%s' is a package directory, and those can't be "
			  "fetched", p->place, f->path);
		return error_hint(e, "its publisher makes a datastream of it: pkgtrans -s");
	}
	if (t->medium == NULL) {
		rc = published_fetch(p, &f, 1, NULL, NULL, e);
		if (rc == 0)
			rc = open_compared(p, path, &c, &t->medium, e);
		if (rc == -E_DIGEST && p->remote) { /* it rotted in the cache */
			error_clear(e);
			published_forget(p, f);
			rc = published_fetch(p, &f, 1, NULL, NULL, e);
			if (rc == 0)
				rc = open_compared(p, path, &c, &t->medium, e);
		}
		t->looks = c.looks;
	}
	if (rc == 0)
		*ret = t->medium;
	return rc;
}

const struct package *published_package(const struct published *p,
					const struct catalog_package *cp)
{
	return find(p->taken[cp->medium].medium, &cp->package, p->foreign != FOREIGN_NONE);
}

int published_untouched(const struct published *p, struct error *e)
{
	struct sha256 now;
	size_t i;
	int rc;

	for (i = 0; i < p->catalog.nmedia; i++) {
		const struct published_medium *t = &p->taken[i];

		if (t->medium == NULL)
			continue;
		rc = medium_looks(t->medium, &now, e);
		if (rc < 0)
			return rc;
		if (!sha256_equal(&now, &t->looks))
			return error_set(e, E_DIGEST, "'%s' was changed while it was read",
					 medium_path(t->medium));
	}
	return 0;
}
