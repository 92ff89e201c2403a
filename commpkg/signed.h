/*
 * The database of a root beside the packages that somebody signed.
 *
 * verify.h compares a root with its database: whoever can write to both is not found out. Here the
 * database is compared with signed packages (evidence.h), read from end to end: each object's type,
 * class, mode, owner, group, size, sum, target and device, the SHA-256 of its contents, and each
 * script and other file of install/. The two together say: what is there is what was signed.
 *
 * Contents of files are compared where they lie, too: a record of a script's effect, which the
 * database may have been made to hold, explains a difference and excuses none. Allowed is, with the
 * note of it, what installf and removef changed of the list of objects and of their attributes, for
 * this instance, since it came; what a request or checkinstall script may have chosen; and modes
 * without the set-id bits that pkgadd(8) was told to take away.
 */
#ifndef COMMPKG_SIGNED_H
#define COMMPKG_SIGNED_H

#include "evidence.h"
#include "pkgdb/journal.h"
#include "root.h"

enum signed_state {
	SIGNED_SAME = 1,
	SIGNED_DIFFERS,
	SIGNED_NOT_SEEN,	/* there is no evidence */
};

struct signed_difference {
	const char *what;	/* "/opt/x/bin/y", "install/preremove" */
	const char *kind;	/* "content", "on-disk", "mode", "missing", "added", ... */
	const char *recorded;	/* in the database, or ("on-disk") in the root; NULL: "missing" */
	const char *packaged;	/* and in the signed package; NULL with "added" */
	const char *by;		/* "by installf for PKG"; NULL: nobody said why */
	bool allowed;
};

struct signed_package {
	const struct pkgdb_package *package;
	enum signed_state state;
	struct evidence evidence;
	struct signed_difference *v;	/* allowed ones as well */
	size_t n;
	size_t nobjects;	/* compared */
};

struct signed_check {
	struct arena *a;		/* results live here */
	struct root *root;
	struct pkgdb *db;
	struct evidence_search *search;
	const struct txn **in_force;	/* transactions that nobody took back */
	size_t nin_force;
};

/* All stay the caller's. */
int signed_begin(struct arena *a, struct root *root, struct pkgdb *db,
		 struct evidence_search *search, struct signed_check *ret, struct error *e);
int signed_compare(const struct signed_check *s, const struct pkgdb_package *p,
		   struct signed_package *ret, struct error *e);

#endif
