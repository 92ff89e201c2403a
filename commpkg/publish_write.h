/* The files of a published distribution, exchanged for others; for publish*.c. */
#ifndef COMMPKG_PUBLISH_WRITE_H
#define COMMPKG_PUBLISH_WRITE_H

#include "formats/catalog.h"
#include "publish.h"
#include "root.h"

struct publish_text {
	const char *bytes;	/* NULL: none */
	size_t len;
};

/* What is there afterwards; without a catalog the one there is stays. */
struct publication {
	struct publish_text repo, catalog, certificates, signature;
};

/* -ENOENT: there is none. */
int publish_read_repo(struct tree *dir, struct arena *a, struct repo *ret, struct error *e);
/* All are written beside and synced, then renamed one after the other, while readers of this
 * host wait (turns.h). */
int publish_write(struct tree *dir, struct arena *a, const struct publication *p,
		  struct error *e);
/* Signs: repo says afterwards which certificates are shipped, and all of *ret but the catalog
 * is filled, in `a`. *ret_doubt: what those who verify will not like, or NULL. */
int publish_seal(const struct publish_keys *k, struct arena *a, struct repo *repo,
		 struct publication *ret, const char **ret_doubt, struct error *e);

#endif
