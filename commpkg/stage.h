/*
 * The stage: everything new, built on the file systems where it will be, before anything in the
 * root changes.
 *
 *	ROOT/var/lib/commpkg/txn/N-RANDOM/new/		shaped like ROOT, only what changes
 *
 * With several file systems it has a part on each (volumes.h), and is one tree all the same.
 *
 *	rc = stage_open(plan, state, &stage, e);
 *	rc = stage_fill(stage, threads, progress, ctx, e);	payload, links, devices
 *	rc = stage_view(stage, e);				var/sadm/pkg/INST
 *	...commit_*()...
 *	stage_discard(stage);		on failure: deletes it; the root was never touched
 *	stage_close(stage);
 *
 * While payload streams through, every file is digested and compared with what its
 * package promised and, where the plan says that nothing changes, with what the database
 * recorded: only what differs is written. A signal ends the filling with -E_INTERRUPTED.
 */
#ifndef COMMPKG_STAGE_H
#define COMMPKG_STAGE_H

#include "plan.h"
#include "stagedir.h"

struct staged_text {
	const char *path;	/* client path of an `e` whose text was accepted */
	const char *bytes;
	size_t len;
};

struct procedures;

struct stage {
	struct arena *a;
	const struct plan *plan;
	struct tree *state;		/* borrowed */
	struct stagedir dir;
	struct tree *new;		/* where things are staged now: dir.new, or dir.pay until
					 * a package's turn comes (procedures.h) */
	struct strmap *made;		/* directories made in the stage, canonical */
	struct strmap *items;		/* client path -> change_item */
	struct strmap *coming;		/* canonical path -> change_item that brings something */
	struct change_item ***by_entry;	/* [step][entry]: what the plan does with it */
	struct sha256 **digests;	/* [step][entry] */
	bool **digested;
	bool *promoted;			/* [item]: SAME by record, and other contents came */
	bool *anew;			/* [item]: SAME, and brought all the same */
	bool *missing;			/* [item]: its class script did not make it */
	bool *settled;			/* [item]: with scripts: its turn came, and it is there */
	VEC(struct staged_text) texts;
	VEC(struct rpath) views;	/* further non-directories staged: the SVR4 view */
	struct late_recorder *late;	/* scripts that run later (late.h), or NULL */
	struct procedures *procedures;	/* what scripts did (procedures.h), or NULL */
	bool folded;			/* what hooks wrote is in new/ */
	bool partial;			/* packages that come are marked (plan_options) */
	VEC(struct op) attrs;		/* what scripts left with wrong attributes in the root */
};

typedef void (*stage_progress)(void *ctx, uint64_t done, uint64_t total);

int stage_open(struct arena *a, const struct plan *plan, struct tree *state,
	       struct stage **ret, struct error *e);
int stage_fill(struct stage *s, unsigned threads, stage_progress progress, void *ctx,
	       struct error *e);
/* Everything of the view but `contents`, which needs the rows. */
int stage_view(struct stage *s, struct error *e);
/* The view of one step, and what every view has. */
int stage_view_step(struct stage *s, const struct plan_step *ps, struct error *e);
int stage_view_furniture(struct stage *s, struct error *e);
/* What no package brings: when scripts have run. */
int stage_puts(struct stage *s, struct error *e);
int stage_puts_notes(struct stage *s, struct pkgdb *db, struct error *e);
/* What is there came with this, for undo. */
int stage_note(struct stage *s, struct pkgdb *db, const char *path, struct error *e);
/* What says that an installation is not finished (svr4.md 10.1): !I-Lock!. */
int stage_view_partial(struct stage *s, struct error *e);
/* Modes and owners of the staged directories: last, because they may forbid writing. */
int stage_directories(struct stage *s, struct error *e);
/* Writes a whole file: mode, root's own owner. For the view. */
int stage_text(struct stage *s, struct rpath path, const void *bytes, size_t len, mode_t mode,
	       struct error *e);
/* A file where nothing is, with mode, owner, group and time of `as`; its directory is there. */
int stage_file(struct stage *s, struct rpath path, const void *bytes, size_t len,
	       const struct stat *as, struct error *e);
void stage_discard(struct stage *s);	/* best effort: recovery deletes leavings */
void stage_close(struct stage *s);	/* takes NULL */

/* The text that the plan made of an `e`, in place of what is staged there. */
int stage_put_merged(struct stage *s, const struct change_item *it, struct error *e);

/* ---- for the files of this room, and for procedures.c */

/* Owner and mode of what an item brings, in the stage. */
int stage_dress(struct stage *s, const struct change_item *it, struct error *e);

/* Makes a directory and those above it in the stage, once. */
int stage_mkdirs(struct stage *s, const char *dir, struct error *e);
int stage_parent(struct stage *s, struct rpath path, struct error *e);
/* Does the plan write what comes there? */
bool stage_writes(const struct stage *s, const struct change_item *it);
/* A hard link to what a class action script makes: not before that has run. */
bool stage_link_waits(const struct stage *s, const struct change_item *it);
int stage_payload(struct stage *s, unsigned threads, stage_progress progress, void *ctx,
		  struct error *e);
/* Where payload for a class action script lies, in dir.data. */
int stage_data_path(struct stage *s, struct arena *a, size_t step, const struct entry *en,
		    struct rpath *ret, struct error *e);
/* Where the SVR4 view keeps the pristine copy of an `e` or `v`. */
int stage_pspool_path(struct stage *s, struct arena *a, size_t step, const struct entry *en,
		      struct rpath *ret, struct error *e);

#endif
