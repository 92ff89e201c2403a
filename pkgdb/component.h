/*
 * Components that are installed, and the packages that belong to them.
 *
 * A component row is one version of one component, with its manifest as it was installed:
 * what stops, starts and migrates *that* version. It is temporal like a package (pkgdb.h):
 * `added` and `removed` are transactions, a change of anything is a new row. Packages are
 * named by instance, and one may belong to several components; whether it is there is the
 * business of the package rows.
 */
#ifndef PKGDB_COMPONENT_H
#define PKGDB_COMPONENT_H

#include "pkgdb/journal.h"

/*
 * Side by side: the row of a component that is not the current one of its name is called
 * NAME+VERSION. So NAME is the current one always, and a switch changes two rows by name.
 */
static inline bool pkgdb_component_beside(const char *name)
{
	return strchr(name, '+') != NULL;
}
/* NAME. */
const char *pkgdb_component_plain(struct arena *a, const char *name);

#define PKGDB_MAX_MANIFEST ((size_t)256 << 10)

struct pkgdb_component {
	int64_t id;
	const char *name, *version, *title;
	char kind;		/* 'P' product, 'S' shared, 'L' translation */
	const char *base;	/* client path of its base directory, or NULL */
	bool manual;		/* named by a user, not pulled in */
	int64_t added, removed;	/* transactions; removed = 0 while installed */
	const char *manifest;	/* NUL added after manifest_len */
	size_t manifest_len;
	const char **packages;	/* instances, sorted */
	size_t npackages;
};

/* NAME=VERSION: is that this one, current or beside? */
bool pkgdb_component_is(const struct pkgdb_component *c, const char *word);
/* Does it have this package? */
bool pkgdb_component_has(const struct pkgdb_component *c, const char *instance);
/* The one of this name among them, or NULL. */
const struct pkgdb_component *pkgdb_component_named(const struct pkgdb_component *v, size_t n,
						    const char *name);
/* Its manifest as it was installed, in a. The database of a root is input: it may be none. */
struct manifest;
int pkgdb_component_manifest(struct arena *a, const struct pkgdb_component *c,
			     struct manifest *ret, struct error *e);
/* By name. */
int pkgdb_components(struct pkgdb *db, struct arena *a, int64_t at,
		     struct pkgdb_component **ret, size_t *ret_n, struct error *e);
/* 1 found, 0 not. */
int pkgdb_component_find(struct pkgdb *db, struct arena *a, const char *name, int64_t at,
			 struct pkgdb_component *ret, struct error *e);
/* Fills c->id. At commit there is one live row per name, or it is refused (-EEXIST). */
int pkgdb_component_add(struct pkgdb *db, struct pkgdb_component *c, struct error *e);
/* One that came and goes in one transaction never was. */
int pkgdb_component_end(struct pkgdb *db, int64_t component, int64_t txn, struct error *e);

/* What a transaction did to components; `instance` is their name. */
int txn_component_changes(struct pkgdb *db, struct arena *a, int64_t n, struct txn_change **ret,
			  size_t *ret_n, struct error *e);

#endif
