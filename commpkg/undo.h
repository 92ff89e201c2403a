/*
 * Taking a transaction back, as a new transaction.
 *
 * Its stage is what undo/N/old kept, its removals are what N added. It needs neither
 * network nor media. Edits made since N are kept beside (NAME.after-N) and said; what no
 * package owns stays. Undoing an undo is a redo.
 *
 * N must be the last transaction that is not undone; an earlier one only when nothing
 * that came later touched the same paths or packages.
 *
 * All that came after N can be taken back at once, as one transaction: what several did to a
 * path becomes one op (undo_world.h).
 */
#ifndef COMMPKG_UNDO_H
#define COMMPKG_UNDO_H

#include "change.h"

struct undo_item {
	enum { UNDO_RESTORE = 1, UNDO_REMOVE, UNDO_ATTR, UNDO_SAVE, UNDO_LEAVE } kind;
	const char *path;	/* below the root */
	const char *beside;	/* SAVE: NAME.after-N */
	const char *why;
};

/* What is going to be done, for show: whole directories count as one item. */
struct undo_plan {
	int64_t txn;			/* the number the undo will have */
	const struct txn *undone;	/* what is taken back, the last first */
	size_t nundone;
	struct txn_change *changes;	/* from (now) and to (then), per instance */
	size_t nchanges;
	struct txn_change *components;	/* the same of components */
	size_t ncomponents;
	struct undo_item *items;
	size_t nitems;
	const char **stays;		/* what it can't bring back, in words */
	size_t nstays;
	const struct service *services;	/* of components, as in struct plan */
	size_t nservices;
	const char *services_why;
	int64_t forgets;	/* as in struct plan */
};

struct undo_request {
	const char *root_path;
	bool back_to;			/* all that came after n (0: all) */
	int64_t n;			/* else this one; 0: the last that is not undone */
	const char *command;
	int lock_wait;
	enum services_policy services;
	const enum cage_policy *policy;	/* of scripts that recovery runs first; or NULL */
	bool dry_run;
};

struct undo_watch {
	void *ctx;
	void (*waiting)(void *ctx, const char *holder);
	void (*recovered)(void *ctx, const char *words);
	/* 1 go on, 0 stop, negative error. */
	int (*plan)(void *ctx, const struct undo_plan *plan, struct error *e);
};

/* 0: done, *ret_txn is the new transaction (0: stopped, a dry run, or, with back_to, it is so
 * already: then the plan was not shown). -E_NOT_FOUND: no such transaction, nothing to undo, or
 * nothing kept; -E_CONFLICT: a later transaction is in the way (named). */
int undo_run(const struct undo_request *req, const struct undo_watch *watch, int64_t *ret_txn,
	     struct error *e);

/* The transactions whose effects are there now, oldest first: all as txn_list() gives them, and
 * room for n in stack; their number. An undo takes off what it undoes; the undo of an undo does
 * the same again as that one had taken back, and stands for it. */
size_t undo_effective(const struct txn *all, size_t n, const struct txn **stack);
/* The same, read from the database. */
int undo_in_force(struct pkgdb *db, struct arena *a, const struct txn ***ret, size_t *ret_n,
		  struct error *e);
/* What the undo all[i] took back, oldest first; room for n in stack; their number. */
size_t undo_undone_by(const struct txn *all, size_t n, size_t i, const struct txn **stack);
/* Was what transaction all[i] did taken back by a later one (all: as txn_list() gives them)?
 * An undo that was undone itself is another one's business: that one stands for it. */
bool undo_was_undone(const struct txn *all, size_t n, size_t i);
/* Can it be undone, as far as its own state tells? */
bool undo_possible(const struct txn *all, size_t n, size_t i);

/* What has to be undone, in this order, for the root to be as it was after transaction `to`
 * (0: before the first). -E_NOT_FOUND: there is no such transaction, or it was undone itself, so
 * that there is no way back to it; -E_CONFLICT: one of them can't be undone (named). */
int undo_list_to(struct pkgdb *db, struct arena *a, int64_t to, struct txn **ret, size_t *ret_n,
		 struct error *e);

#endif
