/*
 * Putting damaged objects back, as a transaction like any other: looked at, staged, sealed,
 * applied; what was damaged is kept in its undo store.
 *
 * What is wrong is what verify finds. Contents are chosen by the SHA-256 of what was put there,
 * never by name alone, from, in this order:
 *
 *	another name of the same file (hard link) that is whole
 *	undo/N/old of transactions that still keep something, newest first
 *	var/sadm/pkg/INST/save/pspool (pristine `e` and `v`)
 *	the pristine text in the database
 *	the same contents at another path of the root that a package owns
 *	the distribution, and package files that were given
 *
 * A file that was damaged before its digest was ever known (a root that was taken over) comes
 * from a package of that PKG and VERSION whose size and sum of SVR4 agree.
 *
 * Edited configuration is no damage and stays, as does what nobody owns; a missing `e` or `v`
 * comes back as it was packaged. The SVR4 view is written anew where it differs from the
 * database, unless packages are named.
 */
#ifndef COMMPKG_REPAIR_H
#define COMMPKG_REPAIR_H

#include "dist.h"
#include "pkgdb/pkgdb.h"

enum repair_kind {
	REPAIR_PUT = 1,		/* made anew: a file, a link, a device */
	REPAIR_DIRECTORY,
	REPAIR_ATTR,		/* mode, owner, group */
	REPAIR_GONE,		/* what the caller wanted away; kept for undo */
	REPAIR_CANNOT,
	REPAIR_EDITED,		/* left alone */
};

struct repair_item {
	enum repair_kind kind;
	const char *path;	/* below the root */
	const char *damage;	/* "missing", "content, mode" */
	const char *source;	/* where it comes from; CANNOT: why not */
	const char *fix;	/* CANNOT: what to type */
	const char *instance;	/* or NULL: the SVR4 view */
};

struct repair_plan {
	int64_t txn;		/* the number it will have */
	struct repair_item *items; /* by path */
	size_t nitems;
	size_t nput, nattr, ncannot, nedited;
	uint64_t bytes;		/* to be written */
	int64_t forgets;	/* as in struct plan */
	const char *warning;	/* what the real run does first, or NULL */
};

struct repair_request {
	const char *root_path;
	const char *const *names;	/* components, packages or instances; n = 0: all */
	size_t n;
	const struct dist *dist;	/* may be NULL */
	const char *command;
	int lock_wait;
	unsigned threads;
	bool dry_run;
	/* Contents of files stay as they are, and so does the SVR4 view: attributes, links,
	 * directories, pipes and devices alone, as pkgchk -f has it. */
	bool attributes;
	/* NULL, or: is this path (below the root) to be repaired? */
	bool (*wants)(void *ctx, const char *path);
	void *ctx;
	/* Paths that no package owns and that are to go: files and empty directories. */
	const char *const *gone;
	size_t ngone;
};

struct repair_watch {
	void *ctx;
	void (*waiting)(void *ctx, const char *holder);
	void (*recovered)(void *ctx, const char *words);
	void (*progress)(void *ctx, uint64_t done, uint64_t total);	/* of looking */
	/* 1 go on, 0 stop, negative error. Called also when nothing can be done. */
	int (*plan)(void *ctx, const struct repair_plan *plan, struct error *e);
};

struct repair_result {
	int64_t txn;		/* 0: nothing was done */
	size_t repaired;	/* paths; of a dry run, that would be */
	size_t left;		/* damaged, and not to be repaired */
};

/* 0: done, or nothing to do, or a dry run; look at left. Any negative code but -E_RECOVERY
 * means: the root is as it was. */
int repair_run(const struct repair_request *req, const struct repair_watch *watch,
	       struct repair_result *ret, struct error *e);

#endif
