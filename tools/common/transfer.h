/*
 * Packages from a medium to a spool directory, as pkgtrans and pkgadd -s do it.
 *
 * A package appears whole or not at all. One that the directory holds already with the
 * same PKG, ARCH and VERSION is refused unless `overwrite`; the others are still done.
 */
#ifndef TOOLS_COMMON_TRANSFER_H
#define TOOLS_COMMON_TRANSFER_H

#include "formats/medium.h"

struct transfer {
	const struct medium *from;
	const bool *wanted;	/* one per package of `from` */
	const char *directory;
	bool overwrite;		/* -o */
	bool rename;		/* -n: the next free PKG.n when the name is taken */
	bool info_only;		/* -i: pkginfo and pkgmap alone */
};
/* 0; 2 when the last one was refused as a duplicate (said already); negative: failed. */
int transfer_to_spool(const struct transfer *t, struct error *e);

/* Which packages the operands name (none or `all`: all). -E_NOT_FOUND: one names
 * nothing. The result lives in a. */
int transfer_select(struct arena *a, const struct medium *m, char *const *operands,
		    size_t n, bool **ret, struct error *e);
/* Of those wanted, the packages that can't be read are named, and wanted no more. False: all
 * can. */
bool transfer_leave_broken(const struct medium *m, bool *wanted);

#endif
