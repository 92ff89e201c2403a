/*
 * What an earlier run left behind: finished, taken back, or thrown away.
 *
 * Every writing verb does this first, with the lock held. It needs nothing but the root,
 * and may itself be killed at any instant.
 */
#ifndef COMMPKG_RECOVER_H
#define COMMPKG_RECOVER_H

#include "cage.h"
#include "pkgdb/journal.h"
#include "root.h"

/* `told` is called for each thing that was done, with words. `policy`: how scripts that still
 * have to run are caged, in place of how it was meant; or NULL. 0, or -E_RECOVERY. */
int recover_root(struct root *root, struct tree *state, struct pkgdb *db,
		 const enum cage_policy *policy, void (*told)(void *ctx, const char *words),
		 void *ctx, struct error *e);

/* For queries: 1 when a sealed transaction waits for recovery, 0 when not. */
int recover_needed(struct pkgdb *db, struct arena *a, struct txn *ret, struct error *e);

/* `commpkg recover`: opens the root, waits for the lock, recovers. A root without a
 * database has nothing to recover. */
int recover_run(const char *root_path, int lock_wait, const enum cage_policy *policy,
		void (*waiting)(void *ctx, const char *holder),
		void (*told)(void *ctx, const char *words), void *ctx, struct error *e);

#endif
