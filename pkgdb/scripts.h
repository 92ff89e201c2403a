/*
 * The scripts of a transaction: that they are to run, that they ran, what they said; and the
 * hooks of components, which stop and start services around it.
 *
 * A script that was staged (commpkg/procedures.h) has a row when the transaction is sealed:
 * DONE, phase 0. One that is to run on the root itself is sealed as PENDING, with all that it
 * takes to run it, and in a phase of the journal (journal.h): it runs before the ops of that
 * phase, and after those of the phase before.
 *
 *	PENDING --txn_script_begin()--> STARTED --txn_script_end()--> DONE or FAILED
 *	                                  ^   |
 *	                                  +---+ begun again, after a crash: `runs` counts
 *
 *	PENDING --txn_script_skip(), txn_scripts_over()--> SKIPPED
 *
 * One that waits for the first boot of the root is of no phase of its transaction, which is over
 * without it; a transaction of the booted root runs it (commpkg/boot.h).
 *
 *	WAITING --txn_script_waited()--> SKIPPED
 *
 * Each arrow is a commit of its own, so that what is known of a script is never more than
 * what happened.
 */
#ifndef PKGDB_SCRIPTS_H
#define PKGDB_SCRIPTS_H

#include "pkgdb.h"

enum script_state {
	SCRIPT_PENDING = 1, SCRIPT_STARTED, SCRIPT_DONE, SCRIPT_FAILED, SCRIPT_SKIPPED,
	SCRIPT_WAITING,		/* for the first boot of the root */
};

/* Whose it is: of a package, or of a service of a component (commpkg/services.h). The instance is
 * the component then, the name that of the service. */
enum script_role {
	ROLE_PACKAGE,
	ROLE_WAS,		/* does it run? Asked before it is stopped */
	ROLE_STOP, ROLE_START, ROLE_CHECK,
	ROLE_MIGRATE,		/* of the component itself (commpkg/migrate.h) */
	ROLE_BACK_STOP,		/* when the transaction is taken back: what was started, */
	ROLE_BACK_START,	/* and what was stopped. Not part of any phase */
};

/* All that it takes to run it later; NULL once the transaction is over. */
struct txn_script_job {
	const char *arg;	/* its only argument, or NULL */
	const char *bytes;	/* the script */
	size_t len;
	const char *input;	/* standard input */
	size_t input_len;
	const char *env;	/* NAME=VALUE, each ended by a NUL */
	size_t env_len;
	const char *cwd;	/* below the root */
	int64_t gid;		/* it runs in */
	bool trace;		/* with sh -x */
	int policy;		/* enum cage_policy */
	bool inside;		/* the root is its `/` */
	unsigned time_limit;	/* seconds; 0: the usual */
};

struct txn_script {
	int64_t seq;		/* in the order they run, from 1 */
	int64_t phase;		/* 0: staged */
	const char *instance, *name;
	enum script_role role;
	enum script_state state;
	int64_t runs;		/* how often it was begun */
	int status;		/* of commpkg/script.h; -1: none yet */
	int64_t began, ended;	/* seconds since 1970; 0: not */
	const char *output;	/* its lines, from outside */
	const struct txn_script_job *job;
};

int txn_script_add(struct pkgdb *db, int64_t n, const struct txn_script *s, struct error *e);
/* In order of seq. */
int txn_scripts(struct pkgdb *db, struct arena *a, int64_t n, struct txn_script **ret,
		size_t *ret_n, struct error *e);
int txn_script_begin(struct pkgdb *db, int64_t n, int64_t seq, int64_t now, struct error *e);
int txn_script_end(struct pkgdb *db, int64_t n, int64_t seq, enum script_state state, int status,
		   int64_t now, const char *output, struct error *e);
/* It is not to run after all. */
int txn_script_skip(struct pkgdb *db, int64_t n, int64_t seq, struct error *e);
/* Those of all transactions that wait, in the order they came. */
struct txn_waiting {
	int64_t n;
	struct txn_script script;
};
int txn_scripts_waiting(struct pkgdb *db, struct arena *a, struct txn_waiting **ret,
			size_t *ret_n, struct error *e);
/* It waits no more; `words` become its output. */
int txn_script_waited(struct pkgdb *db, int64_t n, int64_t seq, const char *words,
		      struct error *e);
/* The jobs are not needed any more, and what is pending is skipped. What waits goes on waiting. */
int txn_scripts_over(struct pkgdb *db, int64_t n, struct error *e);

#endif
