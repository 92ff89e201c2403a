/*
 * Editable files (type `e`) as they are now, and the decisions about them that wait for somebody.
 *
 *	editable_pending(&view, a, &v, &n, e);		all that wait
 *	if (editable_look(&view, a, "etc/x.conf", &ed, e) > 0)
 *		editable_packaged(&view, a, &ed, &text, e);
 *
 * Nothing of this is written down by itself. The database has, of each path, the digest of the
 * packaged text (file row), and the packaged text that the administrator last accepted (pristine):
 * a decision waits where they differ, and what lies there is neither. So undo and redo need no
 * thought, and an upgrade that merges ends the waiting. Of a path with no pristine text, because a
 * file was there before, NAME.new with the packaged text in it tells.
 *
 * Reads only, from a view or the view of a session.
 */
#ifndef COMMPKG_EDITABLE_H
#define COMMPKG_EDITABLE_H

#include "merge.h"
#include "view.h"

#define EDITABLE_MAX ((size_t)1 << 20)	/* larger texts are neither kept nor merged */

enum editable_pending {
	PENDING_NONE,
	PENDING_CONFLICT,	/* edited, and the packaged text changed in the same place */
	PENDING_REMOVED,	/* removed by the administrator, and the packaged text changed */
	PENDING_FOREIGN,	/* it was there before, and is another one */
};

struct editable {
	const char *path;		/* below the root, as the package has it */
	struct rpath real;		/* canonical */
	struct pkgdb_file row;		/* of who rules it */
	const char *instance, *version;	/* that one, */
	int64_t txn;			/* and the transaction that brought it */
	bool there;			/* something is, as st says */
	bool regular;
	struct stat st;
	struct sha256 digest;		/* regular: of what is there */
	bool edited;			/* regular, and other than the packaged text */
	bool scripted;			/* a class action script makes its contents: no text of the
					 * package's is the one to be there */
	bool has_pristine;
	struct text pristine;
	enum editable_pending pending;
	const char *why;		/* pending: in words */
	struct rpath beside;		/* canonical NAME.new */
	bool queued;			/* the packaged text lies there, as beside_st says */
	struct stat beside_st;
};

/* 1; 0: no package has the path as an `e`. */
int editable_look(const struct view *v, struct arena *a, const char *path, struct editable *ret,
		  struct error *e);
/* All with a decision that waits, by path. */
int editable_pending(const struct view *v, struct arena *a, struct editable **ret, size_t *ret_n,
		     struct error *e);
/* Says how many wait, if any: for verbs that look at a root. What can't be read is not counted. */
void editable_mention(const struct view *v, struct arena *a);
/* "conflict", "removed", "foreign": for JSON. */
const char *editable_pending_name(enum editable_pending p);

/* The packaged text of now, wherever a copy is, by its digest. -E_NOT_FOUND with what to type. */
int editable_packaged(const struct view *v, struct arena *a, const struct editable *ed,
		      struct text *ret, struct error *e);
/* What is there, of a regular file. -E_LIMIT. */
int editable_live(const struct view *v, struct arena *a, const struct editable *ed,
		  struct text *ret, struct error *e);

#endif
