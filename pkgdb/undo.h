/*
 * The rows of an undo: instances that transaction n changed are what they were before it,
 * as transaction m.
 *
 * Each instance that n added, ended or replaced loses the row it has now and gets the one
 * it had at n - 1 (as a new row, with its parameters and files). It goes by instance, not
 * by row: what came later and was undone itself has made new rows of the same contents.
 * Rows that n changed while their package stayed, components, and pristine texts, likewise. History
 * keeps all states apart.
 *
 * Several are taken back, as one m, by calls for each, from the last on: what m itself made in
 * between leaves no rows.
 *
 * The caller has begun a write, and sees to it that nothing that is still in force came
 * later and touched the same instances.
 */
#ifndef PKGDB_UNDO_H
#define PKGDB_UNDO_H

#include "pkgdb.h"

int pkgdb_undo(struct pkgdb *db, int64_t n, int64_t m, struct error *e);

#endif
