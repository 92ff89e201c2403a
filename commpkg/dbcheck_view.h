/* What the files of dbcheck share; nobody else includes this. */
#ifndef COMMPKG_DBCHECK_VIEW_H
#define COMMPKG_DBCHECK_VIEW_H

#include "dbcheck.h"
#include "formats/str.h"

struct dbcheck {
	struct arena *a;
	struct root *root;
	struct tree *state;
	struct pkgdb *db;
	size_t packages, transactions;
	VEC(struct dbproblem) problems;
};

/* Strings are the arena's. */
void dbcheck_add(struct dbcheck *c, const char *path, const char *fix, const char *text);
int dbcheck_view(struct dbcheck *c, struct error *e);

#endif
