/*
 * The database of a root beside the packages that somebody signed.
 *
 * verify.h compares a root with its database: whoever can write to both is not found out. Here the
 * database is compared with signed packages (evidence.h), read from end to end: each object's type,
 * class, mode, owner, group, size, sum, target and device, the SHA-256 of its contents, and each
 * script and other file of install/. The two together say: what is there is what was signed.
 *
 * What installf and removef changed, in scripts or on the command line, is allowed to differ: no
 * signature speaks of it, and transactions have a note of it. So are modes without the set-id bits
 * that pkgadd(8) was told to take away.
 */
#ifndef COMMPKG_SIGNED_H
#define COMMPKG_SIGNED_H

#include "evidence.h"

enum signed_state {
	SIGNED_SAME = 1,
	SIGNED_DIFFERS,
	SIGNED_NOT_SEEN,	/* there is no evidence */
};

struct signed_difference {
	const char *what;	/* "/opt/x/bin/y", "install/preremove" */
	const char *kind;	/* "content", "mode", "missing", "added", ... */
	const char *recorded;	/* in the database; NULL with "missing" */
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
	struct pkgdb *db;
	struct evidence_search *search;
	struct strmap *registered;	/* path -> the note on it */
};

/* search stays the caller's. */
int signed_begin(struct arena *a, struct pkgdb *db, struct evidence_search *search,
		 struct signed_check *ret, struct error *e);
int signed_compare(const struct signed_check *s, const struct pkgdb_package *p,
		   struct signed_package *ret, struct error *e);
void signed_end(struct signed_check *s);

#endif
