/*
 * What scripts of packages find in their environment beside the parameters of their
 * package (svr4.md 8.3), and how paths are named to them.
 *
 *	environment_path()	/opt/x as it is called for a script: with the root in front
 *	environment_add()	PKG_INSTALL_ROOT, PKG_CLIENT_*, PKG_ULIMIT, and the caller's flags
 *	environment_flags()	what the caller's own environment says about scripts
 *
 * PKG_CLIENT_OS, _VERSION and _REVISION come from the root's INST_RELEASE, which is from
 * strangers: a file that can't be read or parsed says nothing.
 */
#ifndef COMMPKG_ENVIRONMENT_H
#define COMMPKG_ENVIRONMENT_H

#include <stdint.h>

#include "formats/pkginfo.h"
#include "root.h"

#define INST_RELEASE "var/sadm/system/admin/INST_RELEASE"

/* `root_path` is where the root is, or will be (it may have a stand-in); NULL: the script has it
 * as its `/`. */
const char *environment_path(struct arena *a, const struct root *root, const char *root_path,
			     const char *client);
/* flags: further variables of this run, not of the package, or NULL. */
void environment_add(struct arena *a, struct root *root, const char *root_path,
		     const struct pkginfo *flags, struct pkginfo *env);
/* ULIMIT as bytes of the largest file a script may write; 0: none. */
uint64_t environment_file_limit(const struct pkginfo *env);
/* NONABI_SCRIPTS, PKG_NONABI_SYMLINKS and PKG_ABI_NAMELENGTH, where the caller has set them
 * to TRUE. */
void environment_flags(struct arena *a, struct pkginfo *ret);
/* LC_* LANG TZ as the caller has them: scripts see them, and the SVR4 view stores them. */
void environment_locale(struct arena *a, struct pkginfo *ret);

#endif
