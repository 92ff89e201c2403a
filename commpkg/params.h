/*
 * The parameters of a package that comes: as scripts and mappings see them, and as the
 * SVR4 view keeps them (svr4.md 8.3, 10.5).
 *
 * They are the package's own; then, when the same version is installed again, those of the
 * installed one that it does not have; then the answers (questions.h), which win.
 */
#ifndef COMMPKG_PARAMS_H
#define COMMPKG_PARAMS_H

#include "formats/package.h"

struct params_source {
	const struct package *package;
	const char *instance;
	const struct pkginfo *old;		/* of the installed one, or NULL */
	const struct pkginfo *answers;		/* or NULL */
	const struct pkginfo *environment;	/* LC_*, LANG, TZ, or NULL */
	bool update;				/* the instance is installed already */
};

/* With PKGINST. */
void params_effective(struct arena *a, const struct params_source *from,
		      struct pkginfo *ret);
/* In the order in which SVR4 writes them. basedir: client path, or NULL. */
void params_view(struct arena *a, const struct params_source *from, const char *basedir,
		 struct pkginfo *ret);
/* CLASSES of those, `none` first; "none" without. */
const char *params_classes(struct arena *a, const struct pkginfo *effective);
/* May an answer have that name? An identifier that begins with an upper-case letter, and is
 * none of those that identify the package. */
bool params_answerable(const char *name);
/* Those that no answer may change, though their names would do. */
bool params_fixed(const char *name);

#endif
