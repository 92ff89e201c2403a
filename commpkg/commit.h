/*
 * From a full stage to a changed root:
 *
 *	commit_seal()	rows, history and journal in one SQLite commit: the moment
 *	commit_apply()	the ops; on an error that is no crash, everything back
 *	commit_settle()	synced, marked, the stage deleted
 *
 * After commit_seal() gave 0 nothing is lost whatever happens: recovery goes on from the
 * journal. Before it, stage_discard() is all there is to do.
 */
#ifndef COMMPKG_COMMIT_H
#define COMMPKG_COMMIT_H

#include "stage.h"

struct procedures_watch;

/* Any member may be NULL. */
struct commit_watch {
	void *ctx;
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void (*told)(void *ctx, const char *words);	/* what can't be taken back */
	const struct procedures_watch *scripts;
	const enum cage_policy *policy;	/* for late scripts, in place of what was sealed */
};

/* What the plan looked at is looked at again; -E_STALE when somebody was quicker. An error when
 * the system failed in between (tree_trouble()). */
int commit_check(const struct plan *plan, struct error *e);
/* 0: sealed. Negative: not sealed, and the stage may be thrown away. -E_RECOVERY: it can't
 * be told (the disk failed in the very moment of the commit): the stage must stay, and
 * recovery decides by what is in the database then. */
int commit_seal(struct stage *s, struct pkgdb *db, struct error *e);
/* The row of one mapped object: as it is on disk where its package rules, else as that says. */
void commit_row(const struct stage *s, size_t step, const struct mapped *m, int64_t package,
		struct pkgdb_file *f);
/* Is what was to be committed there? 1 it is, 0 it is not, negative: that can't be told. */
typedef int commit_answer(struct pkgdb *db, const void *ctx, struct error *e);
/* Commits what was begun. Where that gives an error, `there` is asked which side of it we are on;
 * the same answers. */
int commit_ask(struct pkgdb *db, commit_answer *there, const void *ctx, struct tree *on,
	       struct error *e);
/* The commit of what brings transaction n into a state. */
int commit_moment(struct pkgdb *db, int64_t n, enum txn_state state, struct tree *on,
		  struct error *e);

/* Carries out a sealed (or half reversed) transaction, whoever sealed it, with the scripts that
 * are to run on the root itself (late.h): the same for the first run and for recovery. 0:
 * settled. 1: it was taken back (*why says what made it; the root is as before, but for what
 * such scripts changed). -E_RECOVERY: neither worked; words say what is where. */
int commit_carry_out(struct root *root, struct tree *state, struct pkgdb *db, int64_t n,
		     const struct commit_watch *watch, struct error *why, struct error *e);

#endif
