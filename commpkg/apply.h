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
 *
 * "Already done" is seen by new/P being gone, or old/P being there.
 */
#ifndef COMMPKG_APPLY_H
#define COMMPKG_APPLY_H

#include "pkgdb/journal.h"
#include "root.h"

struct apply {
	struct root *root;
	struct tree *new;		/* txn/N-RANDOM/new */
	struct tree *old;		/* undo/N/old */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

/* Opens both trees for a transaction, makes undo/N/old when it is not there. A stage that
 * is gone (crash after settle began) is fine: `new` is then NULL. */
int apply_open(struct root *root, struct tree *state, int64_t n, const char *stage,
	       struct apply *ret, struct error *e);
void apply_close(struct apply *a);
int apply_forward(struct apply *a, const struct op *ops, size_t n, struct error *e);
int apply_back(struct apply *a, const struct op *ops, size_t n, struct error *e);

#endif
