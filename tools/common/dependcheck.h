/*
 * depend(4) against what is installed, as pkgadd and pkgrm look at it (svr4.md 5.2).
 *
 * Both give the number of warnings, which they have said on stderr (lists of
 * allowable instances on stdout), or a negative error.
 */
#ifndef TOOLS_COMMON_DEPENDCHECK_H
#define TOOLS_COMMON_DEPENDCHECK_H

#include "formats/package.h"
#include "tools/common/installed.h"

/* P and I lines of a package to be installed. */
int dependcheck_install(const struct installed *in, const struct package *p,
			struct error *e);
/* P lines of others that name it, and its own R lines. */
int dependcheck_remove(const struct installed *in, const struct pkgdb_package *p,
		       struct error *e);

#endif
