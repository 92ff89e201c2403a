/*
 * What the verify*.c files share and nobody else sees.
 *
 *	verify.c		which paths, threads, findings put together
 *	verify_path.c		one path against its row
 *	verify_effects.c	what scripts made, and no package owns
 *	verify_unowned.c	what lies in packages' own directories and is nobody's
 */
#ifndef COMMPKG_VERIFY_INTERNAL_H
#define COMMPKG_VERIFY_INTERNAL_H

#include "formats/str.h"
#include "verify.h"

struct shared;

/* One thread. */
struct checker {
	struct shared *shared;
	struct tree *tree;
	const struct owners *owners;	/* NULL: owners are not compared */
	bool set_owners;
	struct arena *arena;		/* texts of findings */
	struct digest *digest;
	VEC(struct finding) findings;
	uint64_t bytes;
	bool leads;			/* the calling thread: progress, signals */
	bool times;			/* findings of kind VERIFY_TIME too */
	bool gave_xattrs;		/* scripts did, to something */
	const struct strmap *effects;	/* canonical path -> struct expected, or NULL */
};

/* Returns the bytes that were digested. */
uint64_t checker_path(struct checker *c, const struct expected *x);

/* v: all rows looked at, by path. Whole strange trees are named once. */
int verify_unowned(struct arena *a, struct root *root, struct pkgdb *db,
		   const struct expected *v, size_t n, const struct strmap *effects,
		   const char ***ret, size_t *ret_n, struct error *e);

#endif
