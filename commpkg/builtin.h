/*
 * Files that the program carries in itself: what SVR4 systems have in
 * /usr/sadm/install/scripts, and the shims of commpkg-shims(7). Their sources are
 * tools/classes and tools/shims; tools/embed makes the table of them at build time, so
 * that a program that was moved, or never installed, has them too.
 */
#ifndef COMMPKG_BUILTIN_H
#define COMMPKG_BUILTIN_H

#include <sys/types.h>

#include "formats/package.h"

struct builtin_file {
	const char *name;	/* "classes/i.sed", "shims/usr/sbin/svccfg" */
	const char *bytes;	/* NUL added after len; NULL: a symbolic link */
	size_t len;
	const char *target;	/* of a link */
	mode_t mode;
};

extern const struct builtin_file builtin_files[];	/* by name, as strcmp */
extern const size_t builtin_nfiles;

/* The class action script of that name ("i.sed"), or NULL: SVR4 has none by default. */
const struct infofile *builtin_class_script(struct arena *a, const char *name);

#endif
