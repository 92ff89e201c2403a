/*
 * Is what we keep about a root whole, and does the root show what the database says?
 *
 *	the database	SQLite's own checks, and our rules about its rows
 *	undo stores	there for every transaction that says it can be undone, with what its
 *			journal says was kept
 *	the SVR4 view	contents, and pkginfo and install/ of every instance
 *
 * Each problem is named with a way out. Nothing is changed, and neither lock nor rights are
 * needed (stores that may not be looked at are passed over).
 */
#ifndef COMMPKG_DBCHECK_H
#define COMMPKG_DBCHECK_H

#include "pkgdb/pkgdb.h"
#include "root.h"

struct dbproblem {
	const char *text;
	const char *fix;	/* what to type */
	const char *path;	/* below the root, or NULL */
};

struct dbcheck_result {
	struct dbproblem *v;
	size_t n;
	size_t packages, transactions;	/* looked at */
};

/* Results live in a. 0 also with problems. */
int dbcheck_run(struct arena *a, struct root *root, struct tree *state, struct pkgdb *db,
		struct dbcheck_result *ret, struct error *e);

/* The SVR4 view alone. */
int dbcheck_view_run(struct arena *a, struct root *root, struct pkgdb *db,
		     struct dbcheck_result *ret, struct error *e);

/* Is var/sadm/install/contents the file that the database last wrote? 1 yes (or there is
 * none, and none was written), 0: another program changed or removed it since. */
int dbcheck_view_is_ours(struct root *root, struct pkgdb *db, struct error *e);

#endif
