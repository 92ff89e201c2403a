/*
 * Set-id bits of what a transaction keeps. A kept file must not stay a way to other rights for who
 * holds a hard link to it, so it loses them (apply.c), and the journal has them for undo. But a
 * file has one mode for all its names: where another name of it stays in the root, by right of a
 * package, the bits stay with it.
 */
#ifndef COMMPKG_SETID_H
#define COMMPKG_SETID_H

#include "pkgdb/journal.h"
#include "root.h"

#define SETID_BITS 06000u

/* Of a transaction that is written, with its rows, and not committed yet: which of its ops are on
 * files that keep such a name. */
int setid_share(struct arena *a, struct root *root, struct pkgdb *db, int64_t txn,
		struct error *e);

#endif
