/*
 * What is on one file system, on another: the stage as a layer in memory, and what a script
 * wrote there (overlay.h).
 *
 * Names of one inode in the source are one in the copy. Attributes of an overlay's own don't
 * come along. An ordinary user's copies are his own.
 */
#ifndef COMMPKG_OVERLAY_COPY_H
#define COMMPKG_OVERLAY_COPY_H

#include "root.h"

/* p of one tree, which is no directory, as p of another, where nothing is: with its attributes
 * and contents. Also what its owner can't read. */
int overlay_copy_leaf(struct tree *from, struct tree *to, struct rpath p, bool owners,
		      struct error *e);
/* new/, of all its parts, into memory: K/new, with whiteouts as the kernel knows them, and K/work,
 * K/fx (see cage.h). *ret_fx: the layers that catch, one tree of ROOT's shape; to be closed. */
int overlay_copy_stage(struct tree *new, struct tree *memory, bool owners, struct tree **ret_fx,
		       struct error *e);

#endif
