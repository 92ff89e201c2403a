/*
 * Published distributions in one change: who signed them, which serial the root has seen, and
 * whether what was taken from them stays what it was. For change.c only.
 */
#ifndef COMMPKG_CHANGE_DIST_H
#define COMMPKG_CHANGE_DIST_H

#include "change.h"
#include "pkgdb/pkgdb.h"

/* Each is accepted, or refused (-E_TRUST). What the root is to remember of them is added to *o.
 * db is NULL for a root that is not there yet. */
int change_dist_believe(struct arena *a, const struct dist *d, struct trust *t,
			struct pkgdb *db, const struct change_watch *watch,
			struct plan_options *o, struct error *e);
/* Is that medium covered by the signature of a distribution? */
bool change_dist_vouches(const struct dist *d, const struct medium *m);
int change_dist_untouched(const struct dist *d, struct error *e);

#endif
