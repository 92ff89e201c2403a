/*
 * Why something is installed: who named it, or who needs it and who named those.
 *
 * Only what is installed is looked at.
 */
#ifndef COMMPKG_SOLVE_WHY_H
#define COMMPKG_SOLVE_WHY_H

#include "solve.h"

#define SOLVE_WHY_PATHS 20

/* A component or an instance. */
struct why_node {
	const char *name, *version;
	bool component, shared;
	bool manual;		/* a user named it */
	int64_t txn;		/* that brought it as it is */
};

/* From what needs the one in question up to what a user named (or nobody needs). */
struct why_path {
	struct why_node *v;
	size_t n;
};

struct why {
	struct why_node what;
	struct why_path *paths;	/* shortest first, by name; none: nobody needs it */
	size_t npaths;
	bool more;		/* than SOLVE_WHY_PATHS */
};

/* name: of a component, else an instance or PKG; `component:` and `package:` as in wishes.
 * -E_NOT_FOUND: it is not installed. */
int solve_why(struct arena *a, struct pkgdb *db, const char *name, struct why *ret,
	      struct error *e);

#endif
