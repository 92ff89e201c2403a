/*
 * Taking a transaction back, as a new transaction.
 *
 * Its stage is what undo/N/old kept, its removals are what N added. It needs neither
 * network nor media. Edits made since N are kept beside (NAME.after-N) and said; what no
 * package owns stays. Undoing an undo is a redo.
 *
 * N must be the last transaction that is not undone; an earlier one only when nothing
 * that came later touched the same paths or packages.
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
	struct txn undone;		/* the one that is taken back */
	struct txn_change *changes;	/* from (now) and to (then), per instance */
	size_t nchanges;
	struct undo_item *items;
	size_t nitems;
};

struct undo_request {
	const char *root_path;
	int64_t n;			/* 0: the last that is not undone */
	const char *command;
	int lock_wait;
	bool dry_run;
};

struct undo_watch {
	void *ctx;
	void (*waiting)(void *ctx, const char *holder);
	void (*recovered)(void *ctx, const char *words);
	/* 1 go on, 0 stop, negative error. */
	int (*plan)(void *ctx, const struct undo_plan *plan, struct error *e);
};

/* 0: done, *ret_txn is the new transaction (0: stopped, or a dry run). -E_NOT_FOUND: no
 * such transaction, nothing to undo, or nothing kept; -E_CONFLICT: a later transaction is
 * in the way (named). */
int undo_run(const struct undo_request *req, const struct undo_watch *watch, int64_t *ret_txn,
	     struct error *e);

/* Was what transaction all[i] did taken back by a later one (all: as txn_list() gives them)?
 * An undo that was undone itself is another one's business: that one stands for it. */
bool undo_was_undone(const struct txn *all, size_t n, size_t i);
/* Can it be undone, as far as its own state tells? */
bool undo_possible(const struct txn *all, size_t n, size_t i);

/* The last transaction that is not undone: 1, or 0 when there is none. For `--to`. */
int undo_last(struct pkgdb *db, struct arena *a, struct txn *ret, struct error *e);

#endif
