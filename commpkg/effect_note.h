/*
 * Notes of what was put somewhere for which no row speaks: undo knows later changes by them, verify
 * what is to be there. Each begins with the digest of a regular file, or "-".
 */
#ifndef COMMPKG_EFFECT_NOTE_H
#define COMMPKG_EFFECT_NOTE_H

#include "pkgdb/journal.h"
#include "root.h"

/* Of p as it is in that tree. words: "added by the migration". */
int effect_note(struct pkgdb *db, struct arena *a, int64_t txn, struct tree *t, struct rpath p,
		const struct stat *st, const char *words, struct error *e);

#endif
