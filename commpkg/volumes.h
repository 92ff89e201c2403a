/*
 * The file systems of one root that a transaction changes.
 *
 * Nothing is renamed from one mount to another, so a transaction has a part of its stage and of
 * its undo store on each that it changes. On the one that our state directory lies on, that is
 * the state directory, as ever. On another one it is
 *
 *	MOUNT/.commpkg/STORE/txn/N-RANDOM.K/	as ROOT/var/lib/commpkg/txn/N-RANDOM/
 *	MOUNT/.commpkg/STORE/undo/N.K/		as ROOT/var/lib/commpkg/undo/N/
 *
 * at the top of what is mounted, because only there it is certain to be on the same mount as
 * all else, and not in the way of what is below. STORE is 64 random bits of this root's, as two
 * roots may have the same file system mounted; K is the volume's number in the transaction.
 * .commpkg and STORE are directories (no links), ours, 0700: else they are refused, because
 * whoever could write there could have us do what they like.
 *
 * The parts are put together to one tree, shaped like ROOT (tree_graft()); what works on a
 * stage knows nothing of volumes.
 *
 * A transaction with more than one volume has them in the database (txn_volumes()), before
 * anything is made there. With one, on which ROOT itself lies, it has none.
 */
#ifndef COMMPKG_VOLUMES_H
#define COMMPKG_VOLUMES_H

#include "pkgdb/journal.h"
#include "root.h"

#define VOLUME_DIR ".commpkg"

struct volume {
	struct txn_volume row;
	struct tree *top;	/* the mount itself */
	struct tree *dir;	/* STORE; of volume 0 the state directory, borrowed */
};

struct volumes {
	struct volume *v;	/* one at least; [0] is where the state directory lies */
	size_t n;
};

/* Of those rows (none: the state directory alone). With `make` what is not there is made.
 * Without: -ENOENT, with words that name what is not mounted; the others are open all the same
 * (dir is NULL where one is not). Close in any case. */
int volumes_open(struct arena *a, struct root *root, struct tree *state,
		 const struct txn_volume *rows, size_t n, bool make, struct volumes *ret,
		 struct error *e);
/* Those of transaction n, by the database (NULL: none has been written). */
int volumes_open_txn(struct arena *a, struct root *root, struct tree *state, struct pkgdb *db,
		     int64_t n, struct volumes *ret, struct error *e);
/* All that this root has stores on, whatever transaction: volume 0, and every other once. */
int volumes_open_all(struct arena *a, struct root *root, struct tree *state, struct pkgdb *db,
		     struct volumes *ret, struct error *e);
void volumes_close(struct volumes *vs);

/* The path of a volume, which may be "". */
int volumes_place(struct arena *a, const char *path, struct rpath *ret, struct error *e);
/* What "undo/N" or "txn/NAME" is called on a volume. */
const char *volumes_name(struct arena *a, const struct volume *v, const char *name);

/* "txn/NAME" or "undo/N" of each volume, put together. Its own directory and its parts are for
 * tree_open_each(); as a tree of ROOT's shape use what that gives. */
int volumes_tree(const struct volumes *vs, const char *name, mode_t mode, bool exclusive,
		 struct tree **ret, struct error *e);
/* Its directory `below` ("new", "old"), of ROOT's shape. */
int volumes_tree_below(const struct volumes *vs, const char *name, const char *below, mode_t mode,
		       struct tree **ret, struct error *e);
/* Removes it on each, and directories of ours that are empty then. The first error is told,
 * after all was tried. */
int volumes_remove(const struct volumes *vs, const char *name, struct error *e);
/* Removes directories of ours that are empty from volumes other than the first. */
void volumes_tidy(const struct volumes *vs);

/* The volume that changes of a path are staged on. */
const struct volume *volumes_of(const struct volumes *vs, const char *path);
/* The same by rows as in the database: its k. */
uint32_t volumes_at(const struct txn_volume *rows, size_t n, const char *path);
/* A name for what this root has on other volumes: the one that it has, or a new one. */
int volumes_store(struct arena *a, struct pkgdb *db, const char **ret, struct error *e);
/* Why something of ours could not be made at the top of a mount; 0: it could. Looks only. */
int volumes_may_make(struct root *root, struct rpath mount, struct error *e);
/* Is the path VOLUME_DIR of that mount, or below it? */
bool volumes_is_ours(const char *path, const char *mount);

#endif
