/*
 * Which file systems a plan changes: gathered path by path, while it is made.
 */
#ifndef COMMPKG_VOLUMES_FIND_H
#define COMMPKG_VOLUMES_FIND_H

#include "dirs.h"
#include "mounts.h"
#include "volumes.h"

struct volumes_found {
	struct arena *a;
	struct root *root;
	struct dirs *dirs;
	const char *store;
	struct mount *mounts;
	size_t nmounts;
	VEC(struct txn_volume) v;	/* [0]: where our state directory lies; then the root's own
					 * mount, if that is another one; then what was added */
};

/* Results live in a; VEC_FREE(&ret->v) when done. db may be NULL. */
int volumes_find_begin(struct arena *a, struct root *root, struct dirs *dirs, struct pkgdb *db,
		       struct volumes_found *ret, struct error *e);
/* Names in directory dir change. The volume's place in v. */
size_t volumes_find_add(struct volumes_found *f, const char *dir);
/* Further ones below the root that a script may want to write to: file systems of disks and of
 * memory, mounted to be written; not what a host has there for itself. */
void volumes_find_writable(struct volumes_found *f);

#endif
