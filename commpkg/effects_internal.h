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

/* A file with several names in the layer. */
struct link_group {
	const char *first;
	const struct tree *tree;	/* where they were one file before, and which */
	dev_t dev;
	ino_t ino;
	bool changed;			/* the file, or which names it has */
};

struct walk {
	struct arena *a;
	struct root *root;
	struct tree *new, *fx;
	const struct effects_rules *rules;
	struct digest *digest;
	struct strmap *links;	/* "dev:ino" -> struct link_group */
	struct strmap *copies;	/* "dev:ino" of what was below -> struct copied */
	struct strmap *parted;	/* the same -> struct parted */
	VEC(struct effect) effects;
	VEC(const char *) notes;
};

/* The first name of a file with several that was copied up, and changed. */
struct copied {
	struct effect effect;
	dev_t dev;
	ino_t ino;
};

/* A file that had several names before the script. */
struct parted {
	const char *path;		/* one that has other contents now; NULL: none */
	size_t names, touched;
};

int effects_push(struct walk *w, const struct effect *ef, struct error *e);
/* Of a changed file, before it is pushed: it may be a link to one that was. */
void effects_note_copy(struct walk *w, const struct stat *st, const struct lower *low,
		       struct effect *ef);
/* Of a file that is in the layer with several names: the first is the file, the others are links
 * to it. Also one that is `same`. */
void effects_note_link(struct walk *w, const struct stat *st, const struct lower *low,
		       struct effect *ef);
/* Counts a name that is in the layer, or gone; `written`: with other contents. */
void effects_note_parted(struct walk *w, const char *path, const struct lower *low, bool written);
/* At the end: names that the script did not touch follow those that it did; files with several
 * names that are what they were are no effects; and of what was parted there is a note. */
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
