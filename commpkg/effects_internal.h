/*
 * What the effects*.c files share and nobody else sees.
 *
 *	effects.c	the walk through the layer
 *	effects_same.c	is it what it was?
 *	effects_fold.c	into the stage
 */
#ifndef COMMPKG_EFFECTS_INTERNAL_H
#define COMMPKG_EFFECTS_INTERNAL_H

#include "effects.h"
#include "formats/str.h"

/* What a path was before the script: in new/, else in ROOT, else nothing. */
struct lower {
	struct tree *tree;	/* NULL: nothing */
	struct stat st;
	bool new_dir, root_dir;	/* directories there that can be seen through this path */
	bool over_dir;		/* ROOT has a directory, seen or not */
};

struct walk {
	struct arena *a;
	struct root *root;
	struct tree *new, *fx;
	const struct effects_rules *rules;
	struct digest *digest;
	struct strmap *links;	/* "dev:ino" -> path */
	VEC(struct effect) effects;
	VEC(const char *) notes;
};

/* Regular files: contents. Links: target. Others: type and device number. Fills digest and
 * target of the effect. 1 the same, 0 not. */
int effects_same_content(struct walk *w, struct rpath p, const struct stat *st,
			 const struct lower *low, struct effect *ef, struct error *e);
/* Mode, owner, time (not of directories) and extended attributes. 1 the same, 0 not. */
int effects_same_attributes(struct walk *w, struct rpath p, const struct stat *st,
			    const struct lower *low, struct error *e);
/* Opaque: what was below it is gone. Attributes that only an overlay may have, set by the
 * script, are refused. */
int effects_is_opaque(struct walk *w, struct rpath p, bool *ret, struct error *e);

#endif
