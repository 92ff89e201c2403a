/*
 * The root as it will be: what is there now, with what was decided so far.
 *
 * Several transactions are taken back as one, from the last on. Each is looked at as if those
 * that came after it were taken back already; nothing is, so what they bring back is looked at
 * where it lies, in undo/N/old.
 *
 *	w = world_new(a, root);
 *	world_stat(w, path, &st, e);		and the others, in place of those on the root
 *	world_take(w, &action);			for each action, when a transaction is looked at
 *	world_outcome(w, i, ...)		at the end, of each path that an action was about
 *
 * Paths are canonical, as text. What is decided of a directory as a whole covers what was decided
 * before of paths in it. Everything lives in the arena; world_free() frees the maps.
 */
#ifndef COMMPKG_UNDO_WORLD_H
#define COMMPKG_UNDO_WORLD_H

#include "pkgdb/journal.h"
#include "root.h"

struct undo_action;
struct world;

/* Where something lies that will be at a path. */
struct world_source {
	struct tree *tree;	/* the root's, or an undo/N/old; NULL: a directory made anew */
	const char *path;
	bool copy;		/* to be copied, not linked */
	uint32_t mode;		/* set-id bits to give back, else 0 */
};

struct world *world_new(struct arena *a, struct tree *root);
void world_free(struct world *w);

/* As tree_stat(): -ENOENT when nothing will be there. */
int world_stat(struct world *w, const char *path, struct stat *ret, struct error *e);
/* As tree_list(). */
int world_list(struct world *w, const char *dir, const char ***ret, size_t *ret_n,
	       struct error *e);
/* As world_stat(), of what lies at the source: without attributes that it has only there. */
int world_source(struct world *w, const char *path, struct world_source *ret, struct stat *ret_st,
		 struct error *e);
/* As tree_canonical(). */
int world_canonical(struct world *w, struct rpath p, struct rpath *ret, struct error *e);
/* The attributes that it is to have, other than those at its source; NULL: none. */
const struct op_attr *world_attr(struct world *w, const char *path);
void world_take(struct world *w, const struct undo_action *act);

/* What has become of a path that actions were about. */
struct world_fate {
	const char *path;
	bool parent_stays;	/* its directory is the one that is in the root now */
	bool stays;		/* and so is itself */
	bool there;		/* something will be there */
};
/* In the order of paths; their number. */
int world_fates(struct world *w, struct world_fate **ret, size_t *ret_n, struct error *e);

#endif
