/*
 * What SVR4's own tools recorded below var/sadm of a root, as they left it: read, never
 * written. Our own view there is generated from our database and not read back; this is
 * for roots that real SVR4 tools made.
 *
 *	if (sadm_exists(root))
 *		rc = sadm_load(root, db, SADM_ALL, told, ctx, e);
 *
 * Everything there is input from strangers: read below the root, with limits. Lines and
 * packages that can't be right one by one are told and left out; a contents file that
 * is garbled as a whole is -E_DB.
 */
#ifndef COMMPKG_SADM_H
#define COMMPKG_SADM_H

#include "commpkg/root.h"
#include "pkgdb/pkgdb.h"

enum sadm_what {
	SADM_PACKAGES,		/* pkg/INST: parameters, install files, state */
	SADM_ALL,		/* and contents */
};

/* Is there anything that an SVR4 tool would look at? */
bool sadm_exists(const struct root *root);

/* Is some package recorded there? */
bool sadm_in_use(const struct root *root);

/* Into an empty database that lives in memory (pkgdb_open_memory(): its commit is there or not,
 * and nobody has to ask which), as one transaction. A package that only contents names gets a
 * row with an empty title. `told` (may be NULL) hears what is left out, and why. */
int sadm_load(const struct root *root, struct pkgdb *db, enum sadm_what what,
	      void (*told)(void *ctx, const char *text), void *ctx, struct error *e);

#endif
