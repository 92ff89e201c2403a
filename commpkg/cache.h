/*
 * The cache of the host or the user (places_cache()): what can be made or fetched anew at any
 * time. Named by digests, written beside and renamed; nothing here is believed without being
 * compared.
 *
 *	rc = cache_open("catalogs", &c, e);	made when it is not there
 *	rc = cache_read(c, a, name, max, &bytes, &len, e);
 *	rc = cache_write(c, name, bytes, len, e);
 *	cache_close(c);
 *
 * A cache that can't be used (no rights, no space) is no failure of anything: callers go on
 * without. From the first cache_open() on nobody prunes the cache (turns.h), until cache_end_use().
 */
#ifndef COMMPKG_CACHE_H
#define COMMPKG_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/arena.h"
#include "formats/error.h"

struct cache;

/* A directory of it: ours (or root's), written to by nobody else; -E_TRUST otherwise. */
int cache_open(const char *part, struct cache **ret, struct error *e);
void cache_close(struct cache *c); /* takes NULL */
const char *cache_path(const struct cache *c); /* absolute */
/* -ENOENT. */
int cache_read(struct cache *c, struct arena *a, const char *name, size_t max, char **ret,
	       size_t *ret_len, struct error *e);
int cache_write(struct cache *c, const char *name, const void *bytes, size_t len,
		struct error *e);
/* Of a regular file, or -1. */
int64_t cache_size(struct cache *c, const char *name);
/* A file that becomes whole piece by piece, maybe in several runs: for reading and writing, at
 * its beginning, locked. -EWOULDBLOCK: another run has it. */
int cache_open_part(struct cache *c, const char *part, int *ret_fd, struct error *e);
/* Whole now. */
int cache_keep_part(struct cache *c, const char *part, const char *name, struct error *e);
/* Nothing that this process took from the cache is needed any more: others may remove it. True:
 * it was used. */
bool cache_end_use(void);
/* What is not there is fine. */
int cache_remove(struct cache *c, const char *name, struct error *e);

#endif
