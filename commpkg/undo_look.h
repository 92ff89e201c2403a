/*
 * What the files of undo share; nobody else includes this.
 *
 *	undo_look()	the ops of N, backwards, against what is there now: actions
 *	undo_stage()	what comes back, linked or copied from undo/N/old into a stage
 *	undo_seal()	rows, history and journal in one commit
 */
#ifndef COMMPKG_UNDO_LOOK_H
#define COMMPKG_UNDO_LOOK_H

#include "dirs.h"
#include "session.h"
#include "stagedir.h"
#include "undo.h"
#include "volumes.h"

struct undo_action {
	enum op_kind kind;	/* what M's journal will have */
	const char *path;
	bool from_old;		/* PUT, TREE: linked from undo/N/old */
	bool alone;		/* TREE: only the directory, not what is in it */
	const char *copy_of;	/* PUT: a copy of this live path (NAME.after-N) */
	uint32_t mode;		/* PUT from_old: set-id bits to give back, else 0 */
	struct op_attr was, now;
};

struct undo {
	struct arena *a;
	struct session *session;
	struct tree *root;	/* of the session */
	struct txn txn;		/* the one that is taken back */
	int64_t m;		/* the number of the new one */
	struct op *ops;
	size_t nops;
	struct volumes then;	/* of N */
	struct tree *old;	/* undo/N/old */
	struct strmap *mine;	/* path -> row of a package that N added */
	struct strmap *effects;	/* path -> note: what scripts of N did, by canonical path */
	struct strmap *gone;	/* paths that an earlier action of M takes away */
	struct strmap *instances; /* directories of the SVR4 view that N made */
	struct dirs *dirs;
	const char *contents;	/* canonical path of the SVR4 contents file */
	bool is_last;		/* nothing that came later is in force */
	bool contents_goes;	/* N made it: it goes with what N made */
	bool contents_stays;	/* it is written anew from the rows */
	struct txn_volume *volumes;	/* of M; none when it is just one */
	size_t nvolumes;
	VEC(struct undo_action) actions;
	VEC(struct undo_item) items;
	VEC(const char *) stays;	/* what can't be brought back, in words */
	struct stagedir stage;
	struct strmap *made;	/* directories made in the stage */
	struct strmap *placed;	/* topmost new directories that have their op */
	struct txn_change *changes;
	size_t nchanges;
	struct txn_change *components;
	size_t ncomponents;
};

int undo_look(struct undo *u, struct error *e);
/* Fills stays. */
int undo_late(struct undo *u, struct error *e);
/* Which volumes M changes; -E_CONFLICT: what is mounted is not what was when N was done. */
int undo_mounts(struct undo *u, struct error *e);
int undo_stage(struct undo *u, struct error *e);
int undo_seal(struct undo *u, const char *command, struct error *e);
/* Makes a directory and those above it in the stage, once. */
int undo_mkdirs(struct undo *u, const char *dir, struct error *e);
void undo_free(struct undo *u);

#endif
