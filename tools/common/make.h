/*
 * The steps of pkgmk: parameters, parts, directory.
 *
 *	make_params()	pkginfo of the package from file, options, variables and defaults
 *	make_parts()	part numbers, and the blocks each part takes
 *	make_write()	<device>/<instance>/, at once or not at all
 *
 * The sizes of parts are reckoned with a fragment of 4096 bytes whatever the file
 * system is, so that the same input gives the same bytes (svr4.md 4.5).
 */
#ifndef TOOLS_COMMON_MAKE_H
#define TOOLS_COMMON_MAKE_H

#include "formats/prototype.h"

struct make_params {
	const struct pkginfo *file;	/* pkginfo as read */
	const struct pkginfo *options;	/* -a -p -v, in the order given */
	const struct pkginfo *given;	/* NAME=value operands */
	const struct pkginfo *vars;	/* all variables of the prototype */
	const struct pkgmap *map;	/* for the default of CLASSES */
	int64_t now;			/* seconds since 1970 */
	bool reproducible;		/* no host name in PSTAMP */
	const char *instance;		/* operand, or NULL */
};
/* Warnings (without "WARNING: ") for what was set by default are appended to *notes, also
 * when it fails; errors are in SVR4's words. */
int make_params(struct arena *a, const struct make_params *m, struct pkginfo *ret,
		struct strbuf *notes, struct error *e);

/* Zones: parameters (of pkginfo as read) that exclude each other (svr4.md 3.2). */
int make_zones_check(const struct pkginfo *info, const struct pkgmap *map, struct error *e);

struct make_part {
	uint64_t blocks;	/* of 512 bytes */
	unsigned entries;
};
struct make_parts {
	struct make_part *v;	/* v[0] is part 1 */
	uint32_t n;
};
/* Gives every entry a part, and sets nparts and maxblocks. limit in blocks, 0 = none;
 * order: classes, blank separated, or NULL. */
int make_parts(struct arena *a, struct pkgmap *map, uint64_t limit, const char *order,
	       struct make_parts *ret, struct error *e);

struct make_write {
	const char *device, *instance;
	const struct pkgmap *map;
	const char **source;		/* one per entry */
	const char *pkginfo;
	size_t pkginfo_len;
	int64_t pkginfo_mtime;
	bool overwrite;			/* -o */
	bool link;			/* -s: payload is linked to, not copied */
	/* told before each file is written: part, path; part changes from 1 upward */
	void (*told)(void *ctx, uint32_t part, const char *path);
	void *ctx;
};
int make_write(const struct make_write *w, struct error *e);

#endif
