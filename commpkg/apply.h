/*
 * Ops made real, forward or back. Each may be done again, at any time, any number of
 * times: so recovery is the same code as the first run.
 *
 *	op		forward						back
 *	PUT		link ROOT/P to old/P, then			rename old/P to ROOT/P, or
 *			rename new/P to ROOT/P				to new/P if it was new
 *	TREE		rename new/P to ROOT/P				rename ROOT/P to new/P
 *	ATTR		set `now`					set `was`
 *	REMOVE[_TREE]	rename ROOT/P to old/P				rename old/P to ROOT/P
 *			(REMOVE_TREE where the file system does not rename
 *			directories: apply_move.h)
 *	COPY		link ROOT/P to old/P, then a copy to ROOT/P	rename old/P to ROOT/P, or
 *									remove it if it was new
 *	RMDIR		attributes to old/P, then rmdir ROOT/P		mkdir ROOT/P
 *
 * "Already done" is seen by new/P being gone, or old/P being there. COPY and RMDIR go with
 * scripts that run on the root itself: what they find there, they may change in place or
 * remove, and the way back must not depend on them.
 */
#ifndef COMMPKG_APPLY_H
#define COMMPKG_APPLY_H

#include "pkgdb/journal.h"
#include "volumes.h"

struct apply {
	struct root *root;
	struct volumes volumes;
	int64_t n;
	struct tree *new;		/* txn/N-RANDOM/new, on all volumes */
	struct tree *old;		/* undo/N/old, the same; NULL: nothing was kept yet */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
	/* How much of a file is copied that what starts may change, at most once for each percent;
	 * NULL: nobody asks. */
	void (*copying)(void *ctx, const char *path, unsigned percent);
	void *copying_ctx;
};

/* For a transaction that is sealed and not settled: opens its volumes (-E_RECOVERY: one is
 * not mounted), its stage, which must be there (the same: without it nobody knows how far it
 * came), and what was kept so far. Results live in a, until apply_close(). */
int apply_open(struct arena *a, struct root *root, struct tree *state, struct pkgdb *db,
	       int64_t n, const char *stage, struct apply *ret, struct error *e);
void apply_close(struct apply *a);
/* Makes undo/N/old first when it is not there. */
int apply_forward(struct apply *a, const struct op *ops, size_t n, struct error *e);
int apply_back(struct apply *a, const struct op *ops, size_t n, struct error *e);

#endif
