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
/* All are written beside and synced, then renamed one after the other. The caller has the turn to
 * write (turns.h), since before he read what is there: readers of this host wait meanwhile, and so
 * does another who publishes. */
int publish_write(struct tree *dir, struct arena *a, const struct publication *p,
		  struct error *e);
struct sealer;
/* Reads the keys, and refuses those that can't sign: before the work is done that is to be signed.
 * k and `a` stay the caller's, until it is freed. */
int sealer_new(const struct publish_keys *k, struct arena *a, struct sealer **ret,
	       struct error *e);
void sealer_free(struct sealer *s); /* takes NULL */
/* Signs, once: repo says afterwards which certificates are shipped, and all of *ret but the
 * catalog is filled, in `a`. *ret_doubt: what those who verify will not like, or NULL. */
int sealer_seal(struct sealer *s, struct repo *repo, struct publication *ret,
		const char **ret_doubt, struct error *e);

#endif
