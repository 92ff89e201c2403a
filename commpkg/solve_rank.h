/*
 * Versions as ranks.
 *
 * libsolv compares versions by one set of rules per pool and takes no comparison of
 * ours, but a pool may hold SVR4 versions, which depend(4) knows only as equal or not,
 * and Debian ones. So no version goes into the pool. All versions spoken of under a
 * name are gathered first, ordered by the rules of that name, and what libsolv gets
 * is their rank, a plain number, which compares alike under all of its rules.
 *
 *	ranks_add(r, "SUNWa", "1.0,REV=2009.01.01");	every mention
 *	ranks_mark_deb(r, "deb:libc6");			provided by a package of scheme deb
 *	ranks_settle(r);
 *	ranks_find(r, "SUNWa", "1.0,REV=2009.01.01");	1 .. number of versions
 *
 * A name follows Debian's rules when a package of scheme deb provides it, else
 * version_compare(). There, versions that differ only in ways the comparison ignores
 * keep different ranks (side by side, by strcmp), because depend(4) tells them apart;
 * under Debian's rules equal is equal.
 *
 * Everything lives in the arena given.
 */
#ifndef COMMPKG_SOLVE_RANK_H
#define COMMPKG_SOLVE_RANK_H

#include <stdbool.h>

#include "formats/arena.h"

struct ranks;

/* names: about how many there will be. */
struct ranks *ranks_new(struct arena *a, size_t names);
void ranks_free(struct ranks *r);	/* the maps; takes NULL */
void ranks_add(struct ranks *r, const char *name, const char *version);
void ranks_mark_deb(struct ranks *r, const char *name);
void ranks_settle(struct ranks *r);

/* Of a version that was added; 0 when it was not. */
unsigned ranks_find(const struct ranks *r, const char *name, const char *version);
/* The lowest and highest rank that compares equal to that version. */
void ranks_range(const struct ranks *r, const char *name, const char *version,
		 unsigned *ret_low, unsigned *ret_high);
/* The version behind a rank, or NULL. */
const char *ranks_version(const struct ranks *r, const char *name, unsigned rank);

#endif
