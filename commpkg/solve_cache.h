/*
 * A catalog in the form libsolv reads fast: a .solv file, in the cache by the digest of the
 * catalog (never by its time or name).
 *
 *	rc = solve_cache_load(&sha, &catalog, &held);	0: *catalog is filled
 *	...						its texts live in `held`
 *	solve_cache_free(held);
 *	solve_cache_store(&sha, &catalog);
 *
 * What the solver needs lies in it as libsolv has it: name, evr (VERSION as it is), arch,
 * requires (P lines, or `requires` of relations; alternatives as OR), conflicts, provides,
 * obsoletes (`replaces`), recommends, enhances (R lines), suggests (versions of compver); vendor
 * is the scheme of relations, if there are any. Behind libsolv's part, which ends where it
 * says, stand media, components, and what else is known of the packages, in fields of our own
 * (in libsolv's data such long texts take many times as long to read). Titles of depend lines
 * are not kept, nor is depend beside relations, which nobody reads then, nor the order of
 * dependencies (libsolv sorts them): they are in that of catalog_package_sort().
 *
 * libsolv trusts what it reads, so the last line of the file has our version, libsolv's, the
 * digest of the catalog, the length of libsolv's part and the digest of all in front of that
 * line: what does not fit is no cache, and is made anew.
 */
#ifndef COMMPKG_SOLVE_CACHE_H
#define COMMPKG_SOLVE_CACHE_H

#include "formats/catalog.h"

struct solve_cache;

/* True: there was one, and it is right. */
bool solve_cache_load(const struct sha256 *catalog, struct catalog *ret,
		      struct solve_cache **ret_held);
void solve_cache_free(struct solve_cache *c); /* takes NULL */
/* Best effort. */
void solve_cache_store(const struct sha256 *sha, const struct catalog *c);

#endif
