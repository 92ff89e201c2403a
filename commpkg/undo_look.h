/*
 * What the files of undo share; nobody else includes this.
 *
 *	undo_choose()	which ones
 *	for each of them, the last first:
 *		undo_begin()	what it did, and what it kept
 *		undo_look()	its ops, backwards, against what is there then: actions
 *	undo_compose()	all actions together
 *	undo_stage()	what comes back, linked or copied from undo/N/old into a stage
 *	undo_seal()	rows, history and journal in one commit
 */
#ifndef COMMPKG_UNDO_LOOK_H
#define COMMPKG_UNDO_LOOK_H

#include "dirs.h"
#include "session.h"
#include "stagedir.h"
#include "undo.h"
#include "undo_world.h"
#include "volumes.h"

struct undo_action {
	enum op_kind kind;	/* what M's journal will have */
	const char *path;
	struct world_source source; /* PUT, TREE: what comes */
	bool alone;		/* TREE: only the directory, not what is in it */
	struct op_attr was, now;
};

struct undo_changes {	/* as VEC(struct txn_change) */
	struct txn_change *v;
	size_t n, cap;
};

/* What one of them kept, until the end. */
struct undo_store {
	struct volumes volumes;
	struct tree *old;
};

struct undo {
	struct arena *a;
	struct session *session;
	struct tree *root;	/* of the session */
	struct txn *list;	/* what is taken back, the last first */
	size_t nlist;
	int64_t m;		/* the number of the new one */
	struct world *world;	/* the root with those taken back that were looked at */

	/* Of the one that is being looked at (undo_begin()): */
	size_t at;		/* its place in the list */
	struct txn txn;
	struct op *ops;
	size_t nops;
	struct volumes then;	/* of N */
	struct tree *old;	/* undo/N/old */
	struct strmap *mine;	/* path -> row of a package that N added */
	struct strmap *effects;	/* path -> note: what scripts of N did, by canonical path */
	struct strmap *gone;	/* paths that an earlier action takes away */
	struct strmap *instances; /* directories of the SVR4 view that N made */
	struct undo_changes changes; /* by N, turned: from (now) and to (then) */
	struct undo_changes components;

	/* Of all: */
	struct strmap *touched;	/* path -> it: what is in effects of any */
	struct dirs *dirs;
	const char *contents;	/* canonical path of the SVR4 contents file */
	bool ran_late;		/* scripts of N ran on the root itself */
	bool is_last;		/* nothing that came later is in force */
	bool contents_goes;	/* N made it: it goes with what N made */
	bool contents_stays;	/* it is written anew from the rows */
	struct txn_volume *volumes;	/* of M; none when it is just one */
	size_t nvolumes;
	VEC(struct undo_action) actions; /* of N; since undo_compose() of all */
	VEC(struct undo_store) stores;
	struct undo_changes turned;	/* from what there is now to what there will be */
	struct undo_changes turned_components;
	struct service *services;
	size_t nservices;
	const char *services_why;	/* they are left alone; NULL: stopped and started */
	VEC(struct undo_item) items;
	VEC(const char *) stays;	/* what can't be brought back, in words */
	struct stagedir stage;
	struct strmap *made;	/* directories made in the stage */
	struct strmap *anew;	/* files made in it, by what was kept and their attributes */
	VEC(const char *) brought; /* regular files, and empty directories, from stores */
	struct strmap *placed;	/* topmost new directories that have their op */
};

int undo_choose(struct undo *u, const struct undo_request *req, struct error *e);
int undo_begin(struct undo *u, size_t at, struct error *e);

int undo_look(struct undo *u, struct error *e);
/* Fills stays. */
int undo_late(struct undo *u, struct error *e);
/* The same, when the actions of N are taken: of packages that come back, what does not. */
int undo_late_lost(struct undo *u, struct error *e);
/* -E_CONFLICT: what is mounted is not what was when N was done. */
int undo_mounts(struct undo *u, struct error *e);
/* -E_CONFLICT: something of it is held. */
int undo_holds(struct undo *u, struct error *e);
int undo_compose(struct undo *u, struct error *e);
int undo_services(struct undo *u, enum services_policy policy, struct error *e);
/* Which volumes M changes. */
int undo_volumes(struct undo *u, struct error *e);
int undo_stage(struct undo *u, struct error *e);
int undo_seal(struct undo *u, const char *command, struct error *e);
/* Makes a directory and those above it in the stage, once. */
int undo_mkdirs(struct undo *u, const char *dir, struct error *e);
void undo_free(struct undo *u);

#endif
