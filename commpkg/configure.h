/*
 * Carrying out what somebody decided about editable files, as a transaction like any other:
 * looked at, shown, staged, sealed, applied; undo takes it back, decision and all.
 *
 *	TAKE_NEW	the packaged text is put there; the edit is kept as NAME.saved
 *	KEEP		what is there stays
 *	MERGED		a text that the caller has is put there
 *	RESTORE		as TAKE_NEW, also where no decision waits
 *
 * In each case the packaged text of now is the accepted one afterwards, so that the next upgrade
 * merges against it, and NAME.new goes, unless somebody changed it.
 */
#ifndef COMMPKG_CONFIGURE_H
#define COMMPKG_CONFIGURE_H

#include "editable.h"

enum configure_kind {
	CONFIGURE_TAKE_NEW = 1, CONFIGURE_KEEP, CONFIGURE_MERGED, CONFIGURE_RESTORE,
};

struct configure_item {
	const char *path, *real;	/* below the root: as the package has it, canonical */
	const char *instance;
	const char *what;		/* "stays as it is", "the packaged text is put there" */
	const char *saved;		/* where the edit is kept, or NULL */
	const char *gone;		/* NAME.new that goes, or NULL */
};

struct configure_plan {
	int64_t txn;
	const struct configure_item *items;
	size_t n;			/* 0: nothing to do */
	int64_t forgets;		/* as in struct plan */
	const char *warning;		/* what the real run does first, or NULL */
};

struct configure_request {
	const char *root_path;
	enum configure_kind kind;
	const char *const *paths;	/* below the root, as packages have them */
	size_t npaths;
	/* MERGED, of one path: the text, and what it was made from, or NULL. */
	struct text merged;
	const struct sha256 *from_live, *from_packaged;
	const char *command;
	int lock_wait;
	bool dry_run;
};

struct configure_watch {
	void *ctx;
	void (*waiting)(void *ctx, const char *holder);
	void (*recovered)(void *ctx, const char *words);
	/* 1 go on, 0 stop, negative error. */
	int (*plan)(void *ctx, const struct configure_plan *plan, struct error *e);
	/* What a validator said of a merged text; from outside. May be NULL. */
	void (*line)(void *ctx, const char *component, const char *text);
};

struct configure_result {
	int64_t txn;		/* 0: nothing was done */
	size_t changed;		/* files; of a dry run, that would be */
	size_t left;		/* decisions that wait still */
};

/* -E_NOT_FOUND: no decision waits for a path. -E_STALE: it is not what the merged text was made
 * from. Any negative code but -E_RECOVERY means: the root is as it was. */
int configure_run(const struct configure_request *req, const struct configure_watch *watch,
		  struct configure_result *ret, struct error *e);

#endif
