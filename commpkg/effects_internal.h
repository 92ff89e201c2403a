/*
 * What the effects*.c files share and nobody else sees.
 *
 *	effects.c	the walk through the layer
 *	effects_same.c	is it what it was?
 *	effects_links.c	files with several names
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
	struct strmap *copies;	/* "dev:ino" of what was below -> struct copied */
	VEC(struct effect) effects;
	VEC(const char *) notes;
};

/* The first name of a file with several that was copied up, and changed. */
struct copied {
	struct effect effect;
	dev_t dev;
	ino_t ino;
};

int effects_push(struct walk *w, const struct effect *ef, struct error *e);
/* Of a changed file, before it is pushed: it may be a link to one that was. */
void effects_note_copy(struct walk *w, const struct stat *st, const struct lower *low,
		       struct effect *ef);
/* At the end: names that the script did not touch follow those that it did. */
int effects_link_others(struct walk *w, struct error *e);

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
