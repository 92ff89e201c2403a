/*
 * The cache of the host or the user (cache.h), as a whole: how much there is, and giving up what
 * was not used for the longest time.
 *
 *	rc = cache_measure(a, &c, e);		what there is
 *	rc = cache_prune(&c, &(struct cache_pruning){ .limit = limit }, e);
 *						what goes is marked, and removed
 *	cache_settle();				at the end of a run
 *
 * Nothing here is needed: what goes is fetched or made again. While another run uses the cache
 * nothing goes.
 */
#ifndef COMMPKG_CACHE_PRUNE_H
#define COMMPKG_CACHE_PRUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/arena.h"
#include "formats/error.h"

#define CACHE_SIZE_DEFAULT ((uint64_t)2 << 30)	/* bytes; commpkg.conf(5), cache-size */
#define CACHE_UNLIMITED UINT64_MAX

struct cache_entry {
	const char *part, *name;	/* "files", "3b52..." */
	uint64_t bytes;
	int64_t used;			/* seconds since 1970; to the day where the file system
					 * notes that (relatime), else when it came */
	bool gone;
};

struct cache_contents {
	const char *path;		/* of the directory, absolute; it may be missing */
	struct cache_entry *entries;	/* by part and name */
	size_t n;
	uint64_t bytes;			/* of those that are not gone */
};

struct cache_pruning {
	uint64_t limit;	/* bytes that may stay; the least recently used go first */
	bool all;	/* none stays, not even what takes no space; limit says nothing then */
	bool dry;	/* what would go is only marked */
};

int cache_measure(struct arena *a, struct cache_contents *ret, struct error *e);
/* -E_LOCKED: another run uses the cache. */
int cache_prune(struct cache_contents *c, const struct cache_pruning *p, struct error *e);
/* What the host's commpkg.conf says, or CACHE_SIZE_DEFAULT. */
int cache_limit(uint64_t *ret, struct error *e);
/* If this run used the cache: down to its limit. Best effort, and says nothing: what stays because
 * another run uses it too goes when the next one that uses it ends. */
void cache_settle(void);

#endif
