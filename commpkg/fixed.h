/*
 * What the file system lets nobody change: immutable and append-only files and directories
 * (chattr(1)), and files that this host swaps to. A rename would find it out, when half of the
 * others are done.
 *
 * plan_fixed.c asks it of what a plan changes; other transactions before their seal.
 */
#ifndef COMMPKG_FIXED_H
#define COMMPKG_FIXED_H

#include "pkgdb/journal.h"
#include "root.h"

/* For people: "'/opt/x' can't be changed: it is immutable", and what to type. */
const char *fixed_words(struct arena *a, const char *path, enum tree_fixed how);
const char *fixed_way(struct arena *a, const struct root *root, const char *path,
		      enum tree_fixed how);
const char *fixed_swap_words(struct arena *a, const char *path);
const char *fixed_swap_way(struct arena *a, const struct root *root, const char *path);

/* The ops of a transaction that is written and not committed yet. -E_CONFLICT: the first that
 * can't be done, with the way out as a hint. */
int fixed_check(struct arena *a, struct root *root, struct pkgdb *db, int64_t txn,
		struct error *e);

#endif
