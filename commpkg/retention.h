/*
 * How long the way back is kept.
 *
 * What a transaction replaced lies in undo/N. It is given up
 *
 *  - with all before it, when more than `transactions` came after it that are in force, or when
 *    the stores between it and the last take more than `bytes`: the oldest are forgotten, which
 *    takes their old rows and their journal too; their line in the history stays;
 *  - by itself, when nobody can use it any more: an undo can be undone only while it is the last.
 *
 *	planning n:	retention_foretell(): said, and exact, because n's own store counts for
 *			nothing
 *	settling n:	retention_look(); retention_write() in the commit that settles;
 *			retention_sweep() after it
 *
 * The directories are garbage as soon as the rows say so: recovery deletes what sweeping left.
 */
#ifndef COMMPKG_RETENTION_H
#define COMMPKG_RETENTION_H

#include "pkgdb/journal.h"
#include "root.h"

#define RETENTION_TRANSACTIONS 20u	/* unless the root says otherwise */
#define RETENTION_UNLIMITED UINT64_MAX

struct retention {
	uint64_t transactions;
	uint64_t bytes;			/* on disk */
};

/* The root's own settings (undo.keep, undo.keep-bytes), or what is usual. */
int retention_get(struct pkgdb *db, struct retention *ret, struct error *e);
int retention_set(struct pkgdb *db, const struct retention *r, struct error *e);

struct retention_due {
	int64_t upto;			/* all up to this are forgotten; 0: none */
	int64_t *dead;			/* stores after it that nobody can use */
	size_t ndead;
	uint64_t bytes;			/* what all that takes on disk ... */
	size_t n;			/* ... in so many stores */
};

/* What is due now that the last transaction is there. Results live in a. */
int retention_look(struct arena *a, struct root *root, struct pkgdb *db, struct tree *state,
		   const struct retention *r, struct retention_due *ret, struct error *e);
/* Fills bytes and n. */
int retention_measure(struct root *root, struct pkgdb *db, struct tree *state,
		      struct retention_due *due, struct error *e);
/* For a plan that will be that transaction (its number, and what it undoes): the last of those
 * that can be undone now and can't any more then; 0: none; its number: not even itself. */
int retention_foretell(struct root *root, struct pkgdb *db, struct tree *state,
		       const struct txn *coming, int64_t *ret, struct error *e);
/* Within a write that the caller has begun. */
int retention_write(struct pkgdb *db, const struct retention_due *due, struct error *e);
/* Deletes the stores, on all volumes, when the write is committed. Best effort. */
void retention_sweep(struct root *root, struct tree *state, struct pkgdb *db,
		     const struct retention_due *due);

#endif
