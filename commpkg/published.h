/*
 * A published distribution, read: repo.xml, what belongs to it, and its catalog; or a foreign
 * catalog (catalog_foreign.h), that has none of this but the index.
 *
 *	rc = published_probe("/dist")			is there a repo.xml? (or a URL)
 *	rc = published_open("/dist", &p, e);		read; every digest is right
 *	rc = trust_published(t, p, ..., e);		trust.h: whose it is
 *	use(&p->catalog.packages[i].package);
 *	published_close(p);
 *
 * What published_open() gives agrees with itself: the catalog and the certificates have the
 * sizes and digests that repo.xml says. That repo.xml is what it should be is for the
 * signature to say.
 */
#ifndef COMMPKG_PUBLISHED_H
#define COMMPKG_PUBLISHED_H

#include "formats/catalog_foreign.h"
#include "formats/medium_verify.h"

struct solve_cache;

struct published_medium {
	struct medium *medium;		/* NULL: not taken yet */
	struct sha256 looks;		/* when it was compared (medium_digest.h) */
};

struct published {
	struct arena *a;
	const char *place;		/* as given, for people */
	enum foreign_kind foreign;	/* a catalog of others, without repo.xml */
	bool remote;			/* it is a URL: files are in the cache, by their digests */
	bool offline;			/* and can't be reached: as it was the last time */
	const char *bytes;		/* of repo.xml */
	size_t len;
	const char *signature;		/* of repo.xml.p7s; NULL: it is not signed */
	size_t signature_len;
	const char *certificates;	/* of repo.certs, or NULL */
	size_t certificates_len;
	struct repo repo;
	struct catalog catalog;
	struct solve_cache *held;	/* what its texts live in, when it came from the cache */
	struct published_medium *taken;	/* one for each medium of the catalog */
	bool vouched;			/* for the root at hand its signature is trusted: what it
					 * names needs none of its own */
};

bool published_probe(const char *place);
/* -E_DIGEST, -E_FORMAT, with the file; -ENOENT: one is missing. */
int published_open(const char *place, struct published **ret, struct error *e);
void published_close(struct published *p); /* takes NULL */
/* A medium opened, its size, SHA-256 and packages compared with the catalog: before anything of
 * it is unpacked or run. It stays open. Several threads may take different media. -E_DIGEST. */
int published_take(struct published *p, size_t medium, medium_watch *watch, void *ctx,
		   struct medium **ret, struct error *e);
/* The package of that entry in its medium, which was taken. */
const struct package *published_package(const struct published *p,
					const struct catalog_package *cp);
/* Has nobody touched what was taken, since it was compared? -E_DIGEST. */
int published_untouched(const struct published *p, struct error *e);
/* These files are on this host afterwards; nothing to do for a directory. */
int published_fetch(const struct published *p, const struct catalog_file *const *files, size_t n,
		    medium_watch *watch, void *ctx, struct error *e);
/* What a file of it is called, for people; in its arena. */
const char *published_origin(struct published *p, const struct catalog_file *f);
/* Where it lies on this host. */
const char *published_file(const struct published *p, struct arena *a,
			   const struct catalog_file *f);
/* One in the cache that is not what it should be is no use. */
void published_forget(const struct published *p, const struct catalog_file *f);
/* A small file of it, compared: a manifest. */
int published_read(struct published *p, struct arena *a, const struct catalog_file *f,
		   size_t max, char **ret, struct error *e);

#endif
