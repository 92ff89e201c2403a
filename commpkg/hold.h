/*
 * Holds: what a user said is to stay as it is, whatever is upgraded, removed or needed. Names of
 * components and packages that are installed, noted in the settings of the root; they are no part
 * of its history, so an undo does not lift them.
 *
 *	"component:ID"		and with it the packages it has
 *	"package:INSTANCE"
 */
#ifndef COMMPKG_HOLD_H
#define COMMPKG_HOLD_H

#include "pkgdb/pkgdb.h"

#define HOLD_COMPONENT "component:"
#define HOLD_PACKAGE "package:"

/* All of them, sorted; results live in a. */
int holds_read(struct pkgdb *db, struct arena *a, const char *const **ret, size_t *ret_n,
	       struct error *e);
/* kind: HOLD_COMPONENT or HOLD_PACKAGE. */
bool holds_have(const char *const *holds, size_t n, const char *kind, const char *name);
/* Within a write that the caller has begun. */
int hold_set(struct pkgdb *db, const char *name, bool on, struct error *e);

#endif
