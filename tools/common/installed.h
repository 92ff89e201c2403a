/*
 * What the SVR4 commands read of a root: which root, its packages, its database.
 *
 *	rc = altroot_choose(option_R, &path, e);
 *	rc = installed_open(path, &in, e);
 *	...
 *	installed_close(&in);
 *
 * A root without a database has no packages, and that is no error.
 */
#ifndef TOOLS_COMMON_INSTALLED_H
#define TOOLS_COMMON_INSTALLED_H

#include "commpkg/root.h"
#include "pkgdb/pkgdb.h"

/* -R, else PKG_INSTALL_ROOT, else "/". Refused: relative ones, and two that differ. */
int altroot_choose(const char *option, const char **ret, struct error *e);
/* The same with trailing slashes dropped and "" for "/": to put before client paths. */
const char *altroot_prefix(struct arena *a, const char *path);

struct installed {
	struct arena *arena;
	struct root *root;
	struct tree *state;		/* NULL without a database */
	struct pkgdb *db;		/* NULL without a database */
	const char *prefix;		/* "" or /altroot */
	bool foreign;			/* recorded by other tools */
	struct pkgdb_package *v;	/* by instance as strcmp */
	size_t n;
};

int installed_open(const char *path, struct installed *ret, struct error *e);
/* For looking only: a root without a database of ours, where SVR4's own tools recorded
 * something, is shown as they recorded it (in memory; state stays NULL, foreign is set).
 * `files`: their contents file too. What can't be right in it is told as warnings. */
int installed_look(const char *path, bool files, struct installed *ret, struct error *e);
void installed_close(struct installed *in);
/* Says when a transaction is not finished, so what is shown may not be on disk yet. */
void installed_warn_pending(const struct installed *in);
const struct pkgdb_package *installed_find(const struct installed *in, const char *instance);

#endif
