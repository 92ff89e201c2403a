/*
 * pkgmap(4): what a package delivers, one object a line.
 *
 *	: nparts maxblocks [maxcompressed]
 *	[part] i name size sum mtime
 *	[part] ftype class path[=target] [major minor] [mode owner group] [size sum mtime]
 *
 * Source: pkgmap(4) of illumos and svr4.md 4.1. Golden ones in tests/corpus.
 */
#ifndef FORMATS_PKGMAP_H
#define FORMATS_PKGMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"
#include "str.h"

#define PKGMAP_MAX_BYTES ((size_t)256 << 20)
#define PKGMAP_MAX_ENTRIES 2000000u
#define PKGMAP_MAX_PATH 1023u	/* PATH_MAX of Solaris less the NUL */
#define PKGMAP_MAX_FIELD 63u	/* class, owner, group */
#define PKGMAP_MAX_PARTS 1000u

#define MODE_UNSET UINT32_MAX	/* '?', or wider than 07777 */
#define NUM_UNSET UINT32_MAX	/* '?' as a device number */

struct entry {
	char ftype;		/* one of f e v d x p c b s l i */
	uint32_t part;		/* 0 = not said */
	const char *class;	/* NULL for i */
	const char *path;	/* as written, before '=' */
	const char *target;	/* s l: where to; f e v i: =local; else NULL */
	uint32_t major, minor;	/* c b */
	uint32_t mode;		/* bits of 07777, or MODE_UNSET */
	const char *mode_var;	/* `$mode` of a prototype, else NULL */
	const char *owner, *group;	/* NULL = '?' or not said */
	bool has_content;	/* size, sum and mtime were said */
	uint64_t size;		/* bytes */
	uint32_t sum;		/* System V sum */
	int64_t mtime;		/* seconds since 1970 */
	unsigned line;		/* where it stood; 0 when made by us */
};

struct pkgmap {
	uint32_t nparts;	/* 1 when not said */
	uint64_t maxblocks;	/* 512-byte blocks of the largest part */
	uint64_t maxcompressed;	/* 0 when not said */
	struct entry *entries;	/* in file order */
	size_t n;
};

/* Is there payload in the package for this type? f e v and i. */
static inline bool ftype_has_payload(char t)
{
	return t == 'f' || t == 'e' || t == 'v' || t == 'i';
}
static inline bool ftype_is_dir(char t)
{
	return t == 'd' || t == 'x';
}

/* Refused with file:line: unknown types, missing fields, names with control
 * bytes, over-long ones, numbers that are not numbers, duplicate paths (a
 * directory twice with compatible attributes is merged), an absurd count. Paths
 * are kept as written; mapping them below a root is the top floor's. */
int pkgmap_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		 struct pkgmap *ret, struct error *e);
/* One line with its newline; part printed first when non-zero. */
void pkgmap_render_entry(const struct entry *en, struct strbuf *out);
/* The ':' line, then all entries in their order. */
void pkgmap_render(const struct pkgmap *map, struct strbuf *out);
/* Sorts by path as strcmp does, `i` by their names, as pkgmk writes them. */
void pkgmap_sort(struct pkgmap *map);

/* The canonical form of svr4.md 4.3: `//` becomes `/`, `.` and a trailing `/` are
 * dropped, a leading `/` is kept. A `..` is refused (-E_FORMAT), because SVR4 tools
 * leave the base directory, and the root, with it. */
int path_canonical(struct arena *a, const char *path, const char **ret, struct error *e);

#endif
