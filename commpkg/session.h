/*
 * A root opened for work: its tree, state directory, lock, database and owners, in the
 * right order, recovered. What every verb that writes (and a dry run) begins with.
 *
 *	rc = session_open(path, &options, &s, e);
 *	...
 *	session_close(&s);		also after a failure
 *
 * A root that had no state directory, and in which nothing was recorded until session_close(),
 * gets its directories and its database taken away again, and is itself removed when it was not
 * there: what was refused leaves nothing.
 */
#ifndef COMMPKG_SESSION_H
#define COMMPKG_SESSION_H

#include "cage.h"
#include "owners.h"
#include "pkgdb/journal.h"
#include "root.h"

struct session_options {
	const char *who;		/* for the lock: "commpkg install" */
	int lock_wait;			/* seconds; -1 for ever */
	bool create;			/* make the root and its database when missing; without
					 * it a root that has none is -E_NOT_FOUND */
	bool read_only;			/* no lock, no recovery, nothing is written: dry runs.
					 * With `create` what is missing is taken as empty */
	const char *word;		/* taken for a package, as no root has that name; or NULL */
	const enum cage_policy *policy;	/* for recovery: see recover.h */
	void (*waiting)(void *ctx, const char *holder);
	void (*told)(void *ctx, const char *words);
	void *ctx;
};

struct session {
	struct root *root;
	struct tree *state;
	struct pkgdb_lock *lock;
	struct pkgdb *db;		/* NULL: read-only, and there is none */
	struct owners *owners;
	struct session_made {
		bool root;
		unsigned dirs;		/* how many of the last directories of ROOT_STATE_DIR */
	} made;				/* by session_open() */
	char *stand_in;			/* an empty directory in place of a root to be made */
	struct error cannot;		/* read-only: why the real run could not be; code 0: it
					 * could. A dry run says so beside what it has to show */
};

int session_open(const char *root_path, const struct session_options *o, struct session *ret,
		 struct error *e);
void session_close(struct session *s);
/* What other tools recorded below var/sadm, or we with a database that is lost, and our database
 * does not know: -E_CONFLICT. Their packages would be lost from sight, and their files be
 * nobody's. */
int session_check_adopted(const struct session *s, struct error *e);
/* What to type where the database of the root at `path` can't be used (rc -E_DB); hands rc on. */
int session_hint(const char *path, int rc, struct error *e);

#endif
