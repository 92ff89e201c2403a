/*
 * The directory of a stage: ROOT/var/lib/commpkg/txn/N-RANDOM/new, 0700, ours alone.
 * A directory there without a sealed transaction of that name is garbage.
 */
#ifndef COMMPKG_STAGEDIR_H
#define COMMPKG_STAGEDIR_H

#include "root.h"

struct stagedir {
	const char *name;	/* "N-RANDOM" */
	struct tree *txn;	/* the directory itself */
	struct tree *new;	/* what will be moved into the root */
	/* With scripts (stagedir_add_scripts()), else NULL: */
	struct tree *pay;	/* payload that waits for its package's turn */
	struct tree *data;	/* payload for class action scripts: PKG/reloc/... */
};

/* On failure nothing is left. */
int stagedir_make(struct arena *a, struct tree *state, int64_t n, struct stagedir *ret,
		  struct error *e);
int stagedir_add_scripts(struct arena *a, struct stagedir *d, struct error *e);
/* Deletes it with all below; what can't be deleted, recovery deletes. */
void stagedir_discard(struct stagedir *d, struct tree *state);
void stagedir_close(struct stagedir *d);

#endif
