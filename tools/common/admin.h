/*
 * admin(4): what to do when something is not plain (svr4.md 7).
 *
 *	rc = admin_load(a, "-a's operand or NULL", root, &admin, e);
 *
 * Looked for: an absolute path as it is; else in the working directory (if named), then in
 * var/sadm/install/admin below the root, then on this host. `none` asks about everything.
 * Without -a it is `default`, and when there is no such file either, what SVR4 systems ship as
 * default: instance=unique, basedir=default, ask about the rest.
 */
#ifndef TOOLS_COMMON_ADMIN_H
#define TOOLS_COMMON_ADMIN_H

#include "formats/pkginfo.h"

enum admin_policy {
	ADMIN_ASK,
	ADMIN_NOCHECK,
	ADMIN_QUIT,
	ADMIN_NOCHANGE,		/* setuid, conflict */
	ADMIN_UNIQUE,		/* instance */
	ADMIN_OVERWRITE,	/* instance */
};

struct admin {
	enum admin_policy instance, partial, runlevel, idepend, rdepend, space, setuid,
		conflict, action;
	const char *basedir;	/* "default", "ask", "update", or a path */
	bool request_as_root;	/* rscriptalt=root */
	enum admin_policy authentication; /* ADMIN_NOCHECK: signatures are not looked at */
	const char *keystore;	/* a file or directory, or NULL */
	const char *mail;	/* whom to tell, or NULL; never what an alternate root says, which
				 * has nobody to write to on this host */
};

/* -E_NOT_FOUND: no such file. Unknown keywords are told on stderr and passed over;
 * unknown values are -E_FORMAT. */
int admin_load(struct arena *a, const char *name, const char *root_path, struct admin *ret,
	       struct error *e);

#endif
