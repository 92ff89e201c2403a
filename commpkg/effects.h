/*
 * What a script did to the root: read from the layer that caught it, and folded into the
 * stage. See overlay.h for the calling sequence.
 *
 * Every path whose state differs from what the script found is listed once, parents before
 * children; of what was removed, children first. What a script opened for writing, or
 * moved away and back, and left as it was is no effect. The state before is that of the
 * stage over the root.
 *
 * Names of one file of which mode or owner were changed are one file afterwards, though the kernel
 * parts them (effects_links.c). Names of one file that were in the layer before
 * (overlay_links.h) are effects all together, or none is. Where some names of another file have
 * other contents nobody can tell whether it was written to, so that the others should have
 * changed as well: a note says that.
 *
 * Refused (-E_UNSUPPORTED with words), because it could not be kept, or not truly:
 *	anything in our own state directory
 *	device files, unless the rules allow them
 *	names with control bytes, or too long for a path
 *	extended attributes that an overlay would take for its own
 *	more than rules.max paths (-E_LIMIT)
 * A socket is dropped, with a note: it is nothing without the process that listens on it.
 */
#ifndef COMMPKG_EFFECTS_H
#define COMMPKG_EFFECTS_H

#include "cage.h"
#include "formats/digest.h"

#define EFFECTS_MAX ((size_t)1 << 20)

enum effect_kind {
	EFFECT_ADDED,
	EFFECT_CHANGED,		/* contents, target, device number, or its type */
	EFFECT_ATTRIBUTES,	/* mode, owner, time, extended attributes, or a new hard link */
	EFFECT_REMOVED,
};

struct effect {
	enum effect_kind kind;
	const char *path;	/* canonical, below the root */
	mode_t mode;		/* type and permissions; 0: removed */
	mode_t old_mode;	/* 0: added */
	uid_t uid;
	gid_t gid;
	uint64_t size;		/* of regular files */
	struct timespec mtime;
	dev_t rdev;
	bool digested;
	struct sha256 digest;	/* of regular files */
	const char *target;	/* of symbolic links */
	const char *link_to;	/* hard link to this path, listed before it */
	/* for effects_read() */
	bool same;		/* all but its other names, perhaps */
	const struct link_group *group; /* that it is a name of, in the layer */
	/* for effects_fold() */
	bool relink;		/* what the layer has there, if anything, is not taken: it is
				 * link_to once more */
	bool top;		/* removed, and what it was in was not */
	bool over_dir;		/* ROOT has a directory of that path */
};

struct effects {
	struct effect *v;
	size_t n;
	const char **notes;	/* for people */
	size_t nnotes;
};

struct effects_rules {
	bool devices;
	unsigned layers;	/* as the script's result has them */
	size_t max;		/* 0: EFFECTS_MAX */
};

int effects_read(struct arena *a, struct root *root, struct tree *new, struct tree *fx,
		 const struct effects_rules *rules, struct effects *ret, struct error *e);
/* Moves them into new/, which is again a correct layer then: files are renamed, removals
 * become whiteouts where ROOT has the name, directories that the script emptied or replaced
 * hide each name of ROOT's that is gone. No attribute of the overlay comes along. */
int effects_fold(const struct effects *effects, struct root *root, struct tree *new,
		 struct tree *fx, struct error *e);
const char *effect_kind_word(enum effect_kind kind);	/* "added", "changed", ... */

#endif
