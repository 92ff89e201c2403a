/*
 * Where the objects of a package go: pkgmap entries to paths below a root.
 *
 * Install variables ($NAME as a component, owner or group) come from the parameters of
 * the package; relative paths go below BASEDIR; absolute ones stand for themselves.
 * Objects of classes that are not in CLASSES are left out (without CLASSES none is). An
 * undefined variable leaves the text as it is (svr4.md 4.3).
 *
 * Refused (-E_FORMAT with pkgmap's line): a `..` in a path, two objects in one place, an
 * object below one that is no directory (it would go through a link), a hard link to the
 * outside, and what lies in our own state directory.
 */
#ifndef COMMPKG_MAPPING_H
#define COMMPKG_MAPPING_H

#include "formats/package.h"
#include "root.h"

struct mapped {
	const struct entry *entry;
	struct rpath path;		/* below the root, as SVR4 names it (client path) */
	const char *target;		/* s: text of the link, squeezed; l: as contents says */
	struct rpath link;		/* l: what it is linked to, below the root */
	const char *owner, *group;	/* expanded; NULL = '?' */
};

struct mapping {
	const char *basedir;		/* client path ("/opt/x", "/"), NULL: not relocatable */
	struct mapped *v;		/* in pkgmap order, without `i` */
	size_t n;
};

/* params: of the package, with answers; basedir: overrides the parameter, or NULL. */
int mapping_build(struct arena *a, const struct package *p, const struct pkginfo *params,
		  const char *basedir, struct mapping *ret, struct error *e);

#endif
