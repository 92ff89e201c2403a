/*
 * A directory moved by its names, where it can't be renamed: on an overlay, in a container, one
 * that was in the image. (Of such a file the kernel makes a copy; of a directory it does not.)
 *
 *	ROOT/P -> old/MOVING/P, name by name, and P last of all; then old/MOVING/P -> old/P
 *
 * So old/P is there when all of it is, as after a rename. MOVING is a directory in which nothing
 * of a root can be. Each of both may be done again at any time, as other ops.
 */
#ifndef COMMPKG_APPLY_MOVE_H
#define COMMPKG_APPLY_MOVE_H

#include "apply.h"

/* After a rename said -EXDEV, or that there is nothing, which may be because this has ended but for
 * the last rename. */
int apply_move(struct apply *ap, struct arena *a, struct rpath p, struct error *e);
/* When old/P is not there: what has been moved, if anything, is moved back. */
int apply_move_back(struct apply *ap, struct arena *a, struct rpath p, struct error *e);

#endif
