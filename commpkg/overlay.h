/*
 * The stage as a layer of an overlay file system, so that a script sees the outcome.
 *
 *	ROOT/var/lib/commpkg/txn/N-RANDOM/
 *		new/		layer over ROOT: what will be moved into the root
 *		fx/		layer over both: what the running script wrote
 *		work/1 work/2	scratch of the kernel, one for each
 *
 * The kernel refuses a lower layer that lies below another one, so new/ can't be a lower
 * layer beside ROOT; it is the upper layer of a read-only overlay, on which the second is
 * mounted (tried on Linux 6.18; see cage_layers.c). In a layer, a character device 0,0 (a
 * whiteout) hides the name below it.
 *
 * Where ROOT or the stage is on a file system that can't hold layers (an overlay itself),
 * the layers are in memory, for each script anew: new/ is copied there, and what the script
 * wrote is copied back. Nobody can make a whiteout in new/ then: a socket without any
 * permissions is one. (No package and no script brings a socket into it.)
 *
 * Calling sequence, between filling the stage and seal:
 *
 *	overlay_dress(root, new, e);		directories as they are in ROOT
 *	overlay_whiteout(root, new, path, e);	for each path that goes
 *	for each script, in order:
 *		overlay_begin(root, txn, new, &wish, &stage, e);
 *		script_run(a, &script, &place, &result, e);	place.stage = &stage
 *		if it may go on (script.h):
 *			effects_read(a, root, new, stage.fx, &rules, &effects, e);
 *			effects_fold(&effects, root, new, stage.fx, e);
 *		overlay_end(&stage);
 *	overlay_clean(new, e);			no whiteout and no mark of the kernel is left
 *
 * Afterwards new/ holds what is to be put, and the effects' EFFECT_REMOVED what is to be
 * removed besides. A failure anywhere: discard the stage; ROOT was only read.
 *
 * An ordinary user can't give files to others: directories keep the user's own owner in
 * new/ then.
 */
#ifndef COMMPKG_OVERLAY_H
#define COMMPKG_OVERLAY_H

#include "cage.h"

/* Mode, owner and further attributes (ACLs) of every directory in new/ that is a directory
 * in ROOT too, the top included. Otherwise the script would see wrong ones. Once, before
 * the first script: it would take back what scripts did to directories. */
int overlay_dress(struct root *root, struct tree *new, struct error *e);
/* The path goes. What new/ has there is removed; a whiteout is made when ROOT has the
 * name. Directories above it are made as they are in ROOT. A directory goes with all
 * below it. Where something above it is gone, or no directory any more, it is gone already. */
int overlay_whiteout(struct root *root, struct tree *new, struct rpath p, struct error *e);
/* Takes all whiteouts and overlay attributes out again. Directories that hold nothing stay. */
int overlay_clean(struct tree *new, struct error *e);

/* What a script's layer is to be like; all of it may be 0. */
struct overlay_wish {
	uint64_t memory;		/* in memory it may take so many bytes (0, and more than
					 * there can be: cage_memory_usual()) */
	const struct rpath *links;	/* paths, some of which may be names of one file */
	size_t nlinks;			/* (overlay_links.h); they outlive the layer */
};

/* A layer for the next script, over new, empty but for `links`; what an earlier one left is
 * removed. The wish outlives it. End it also after a failure. */
int overlay_begin(struct root *root, struct tree *txn, struct tree *new,
		  const struct overlay_wish *wish, struct cage_stage *ret, struct error *e);
#define OVERLAY_MEMORY_HINT "--script-memory SIZE gives it more; with --script-memory none " \
	"scripts run after the commit, on the root itself"
/* Is it in memory, and no room left there? Then the script may have lost what it wrote. */
bool overlay_is_full(const struct cage_stage *s);
/* Closes fx and removes the layer. What stays goes with the stage. */
void overlay_end(struct cage_stage *s);

/* ---- for effects*.c and tests */

bool overlay_is_whiteout(const struct stat *st);
/* The same of new/, where it may be the socket. */
bool overlay_marks_gone(const struct stat *st);
/* Makes one in new/, where nothing is. */
int overlay_hide(struct tree *new, struct rpath p, struct error *e);
/* Is it an attribute that overlayfs keeps for itself: trusted.overlay.*, user.overlay.*? */
bool overlay_owns_xattr(const char *name);
/* Removes those of p. */
int overlay_strip(struct tree *t, struct rpath p, struct error *e);
/* p in `to` gets the extended attributes that p in `from` has, the overlay's apart. */
int overlay_copy_xattrs(struct tree *from, struct tree *to, struct rpath p, struct error *e);
/* Does ROOT have a real directory there, reached through no link? */
bool overlay_root_dir(struct root *root, struct arena *a, struct rpath p);
/* The directory and those above it in new/, made as they are in ROOT. A whiteout or a file
 * in the way is an error (-EEXIST, -ENOTDIR). */
int overlay_mkdirs(struct root *root, struct tree *new, struct rpath p, struct error *e);
/* The same, but what a whiteout hides is made anew: a plain directory of root's, in which
 * nothing of ROOT's is seen. Something else in the way is -EEXIST, with words. */
int overlay_remake(struct root *root, struct tree *new, struct rpath p, struct error *e);
/* A directory of new/ that did not let ROOT's be seen until now must not begin to. */
int overlay_hide_below(struct root *root, struct tree *new, struct rpath p, struct error *e);
/* Is what ROOT has at p hidden: by a whiteout there, or by something above it in new/ that is
 * no directory? */
bool overlay_hides(struct tree *new, struct rpath p);
/* The same in fx, as they are in new, or else in ROOT. */
int overlay_mkdirs_over(struct root *root, struct tree *new, struct tree *fx, struct rpath p,
			struct error *e);

#endif
