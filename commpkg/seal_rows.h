/*
 * Between seal.c and seal_rows.c: rows of the database that scripts decide.
 */
#ifndef COMMPKG_SEAL_ROWS_H
#define COMMPKG_SEAL_ROWS_H

#include "stage.h"

/* What installf and removef of scripts said of the path of *f: 1 *f is its row now, -1 none is
 * left, 0 nothing. */
int seal_registered_row(const struct stage *s, const char *instance, struct pkgdb_file *f);
/* Paths that a package of this plan did not bring, and that its scripts registered. */
int seal_registered_add(struct stage *s, struct pkgdb *db, const struct plan_step *ps,
			int64_t package, struct error *e);
/* The same of packages that stay. */
int seal_registered(struct stage *s, struct pkgdb *db, struct error *e);
/* The package that goes is there all the same, marked (`!R-Lock!`); with its paths when one of
 * its scripts ended it, without them when one warned. */
int seal_lingers(struct stage *s, struct pkgdb *db, const struct plan_step *ps, struct error *e);

#endif
