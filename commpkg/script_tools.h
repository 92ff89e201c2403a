/*
 * The commands a script of a package may call, beside those of the host: ours that read or
 * register (pkginfo, installf, ...), the shims of commpkg-shims(7), and the class scripts
 * every SVR4 system has in /usr/sadm/install/scripts.
 *
 *	CAGE_DIR/bin		where our programs are
 *	CAGE_DIR/tools/usr	links to them: before the host's of the same name
 *	CAGE_DIR/over/usr	shims before the host's: only under an alternate root
 *	CAGE_DIR/first		the same, found by name only, so that they can call the host's
 *	CAGE_DIR/under/usr	shims for what the host has not
 *
 * In a cage of an alternate root they are laid over /usr (cage_layers.c); and everywhere they
 * are on the PATH. For script.c only.
 */
#ifndef COMMPKG_SCRIPT_TOOLS_H
#define COMMPKG_SCRIPT_TOOLS_H

#include "script.h"

struct script_tools {
	struct cage_file *files;
	size_t nfiles;
	struct cage_bind bin;	/* tree NULL: not found; closed by script_tools_close() */
};

void script_tools_open(struct arena *a, struct script_tools *ret);
void script_tools_close(struct script_tools *t);
/* Before and behind SCRIPT_PATH, with their colons. The live root keeps its own useradd. */
const char *script_tools_before(bool alternate);
const char *script_tools_behind(void);

#endif
