/*
 * Which directories a root has now, and which a plan will bring.
 *
 * A fresh directory is moved into the root whole, in one rename; so for every path that
 * is staged it must be known where the topmost directory is that is not there yet.
 * Answers are remembered: a root is asked once per directory.
 *
 * Paths are canonical (no component is a link), as text below the root.
 */
#ifndef COMMPKG_DIRS_H
#define COMMPKG_DIRS_H

#include "root.h"

struct dirs;

struct dirs *dirs_new(struct arena *a, struct tree *root);
void dirs_free(struct dirs *d); /* the memory is the arena's; frees the map */
/* The plan replaces what is at `dir` by a directory: as if it were not there. */
void dirs_replace(struct dirs *d, const char *dir);
/* Is `dir` a directory in the root now (and stays one)? "" always is. */
bool dirs_exists(struct dirs *d, const char *dir);
/* Something that is no directory is in the way at `dir` or above: its path, or NULL. */
const char *dirs_in_the_way(struct dirs *d, const char *dir);
/* The topmost directory at or above `dir` that is not there yet, or NULL. */
const char *dirs_topmost_new(struct dirs *d, const char *dir);
/* Where what `dir` lies on is mounted: "" for the mount of the root itself. Nothing is renamed
 * between two of them, also where they show one file system. Where a directory is not there
 * yet, those above it count. *ret_id as tree_look() gives it. */
const char *dirs_mount(struct dirs *d, const char *dir, uint64_t *ret_id);
/* Is it immutable or append-only? */
enum tree_fixed dirs_fixed(struct dirs *d, const char *dir);
/* The directory part of a path: "" for a single component. In the arena, once. */
const char *dirs_parent(struct dirs *d, const char *path);

#endif
