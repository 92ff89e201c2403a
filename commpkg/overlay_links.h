/*
 * Files with several names, as a script finds them.
 *
 * To write to a file that is in a lower layer the kernel copies it under the one name it is opened
 * by, and its other names stay what they were: on no real root would they. Nothing tells afterwards
 * whether the file was written to or another one was put in its place. (With `index=on` the
 * kernel would keep names together; but not in a user namespace, nor where a lower layer is an
 * overlay.)
 *
 * So a file of which several names are known is put into the catching layer under all of them
 * before the script starts, as one file. What the script does to it is done to all its
 * names, and a name that it replaces or removes goes its own way.
 */
#ifndef COMMPKG_OVERLAY_LINKS_H
#define COMMPKG_OVERLAY_LINKS_H

#include "overlay.h"

/* Bytes of such files that are copied for one script; larger ones are left to the kernel. */
#define OVERLAY_LINKS_MAX ((uint64_t)64 << 20)

/* Puts those of the paths into fx that are names of one file, over new and ROOT. What can't be
 * read is left out. */
int overlay_links(struct root *root, struct tree *new, struct tree *fx, const struct rpath *paths,
		  size_t n, struct error *e);

#endif
