/*
 * The rows of an undo: what transaction n did to packages, files and pristine texts is
 * done the other way round, as transaction m.
 *
 * Packages that n added are ended by m; those that n ended are there again, as new rows
 * with the same instance, parameters and files. Rows that n changed while their package
 * stayed are put back. History keeps all three states apart.
 *
 * The caller has begun a write, and sees to it that nothing later touched the same rows.
 */
#ifndef PKGDB_UNDO_H
#define PKGDB_UNDO_H

#include "pkgdb.h"

int pkgdb_undo(struct pkgdb *db, int64_t n, int64_t m, struct error *e);

#endif
