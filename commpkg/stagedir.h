/*
 * The directory of a stage: ROOT/var/lib/commpkg/txn/N-RANDOM/new, 0700, ours alone; with
 * parts on other file systems, if the transaction changes those (volumes.h).
 * A directory there without a sealed transaction of that name is garbage.
 */
#ifndef COMMPKG_STAGEDIR_H
#define COMMPKG_STAGEDIR_H

#include "volumes.h"

struct stagedir {
	const char *name;	/* "N-RANDOM" */
	struct volumes volumes;
	struct tree *txn;	/* the directory itself, for tree_open_each() */
	struct tree *new;	/* what will be moved into the root */
	/* With scripts (stagedir_add_scripts()), else NULL: */
	struct tree *pay;	/* payload that waits for its package's turn */
	struct tree *data;	/* payload for class action scripts: PKG/reloc/... */
};

/* Where it is to be: rows of volumes.h, none for the state directory alone. */
struct stagedir_place {
	struct root *root;
	struct tree *state;	/* borrowed */
	struct pkgdb *db;
	const struct txn_volume *volumes;
	size_t nvolumes;
};

/* On failure nothing is left. */
int stagedir_make(struct arena *a, const struct stagedir_place *place, int64_t n,
		  struct stagedir *ret, struct error *e);
int stagedir_add_scripts(struct stagedir *d, struct error *e);
/* Deletes it with all below; what can't be deleted, recovery deletes. */
void stagedir_discard(struct stagedir *d);
void stagedir_close(struct stagedir *d);

#endif
