/*
 * What the words of the command line mean: roots, packages, package files.
 *
 *	operands_sort()		words to roots, files and names, by their look
 *	(the caller loads the distribution with ops.files)
 *	resolve_roots()		the root resolution table of CLI.md
 *
 * A word is a root when it begins with '/' (and is no package file), or is @NAME. A bare
 * word that is a name of the software list is a root too, unless a package has the same
 * name (then it is ambiguous) or a root was said without doubt. A word with a '/', one that
 * ends in .pkg, or that is no package name and a file, is a package file. Everything else
 * names a package.
 *
 * Results live in the arena.
 */
#ifndef COMMPKG_RESOLVE_H
#define COMMPKG_RESOLVE_H

#include "formats/arena.h"
#include "formats/error.h"
#include "pkgdb/softlist.h"

struct options;

struct target {
	const char *path;	/* absolute, canonical */
	const char *name;	/* in the software list, or NULL */
	bool given;		/* the user said it (false: the default root) */
	const char *installroot; /* the default root: components go below it; or NULL */
	bool registers;		/* to be added to the software list under name */
};

struct operands {
	const char **names, **files, **roots;	/* roots: "/path" or "@name" */
	size_t nnames, nfiles, nroots;
};

int operands_sort(struct arena *a, const struct options *o, struct operands *ret,
		  struct error *e);

struct resolve_help {
	const struct softlist *list;
	/* Is the word a package of the distribution, or installed in the root? */
	bool (*is_package)(void *ctx, const char *word, const char *root_path);
	void *ctx;
};

/* At least one target. Bare words that turn out to be roots leave ops->names. */
int resolve_roots(struct arena *a, const struct options *o, struct operands *ops,
		  const struct resolve_help *help, struct target **ret, size_t *ret_n,
		  struct error *e);

/* One row of the table. word: "/path", "name", "@name", or NULL for nothing given. */
struct resolve_given {
	const char *word;
	const char *installroot;	/* NULL: none */
	bool altroot;			/* --altroot without a name */
	bool may_register;		/* the verb is install */
};
/* Groups are not expanded here. */
int resolve_one(struct arena *a, const struct softlist *list, const struct resolve_given *g,
		struct target *ret, struct error *e);

#endif
