/*
 * var/sadm/install/contents as SVR4 tools write it: which path belongs to which packages, with
 * everything that was recorded of it.
 *
 *	path[=target] [part] ftype class [major minor] [mode owner group] [size sum mtime] pkg...
 *	ftype class path [pkg...]			(before SVR4)
 *	pkg	[status]instance[\][:class]
 *
 * Source: contents(4) of illumos and svr4.md 10.2, 10.3. Golden ones in tests/corpus/svr4.
 *
 * The file comes from a root that others made, so it is read with limits, and refused with its
 * line where it can't be what SVR4 tools write. Comments and empty lines are skipped; lines need
 * not be sorted; a line that is there twice counts once, with the packages of both.
 */
#ifndef FORMATS_FILEDB_H
#define FORMATS_FILEDB_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"
#include "pkgmap.h"

#define FILEDB_MAX_BYTES ((size_t)512 << 20)
#define FILEDB_MAX_LINE ((size_t)64 << 10)
#define FILEDB_MAX_ENTRIES 2000000u
#define FILEDB_MAX_OWNERS 4096u		/* of one path */

struct filedb_owner {
	const char *instance;	/* PKG or PKG.n */
	const char *class;	/* in which this one has the path */
	char status;		/* 0, or one of + - * ~ ! % */
};

struct filedb_entry {
	const char *path;	/* canonical, without the leading slash; "" is the root */
	const char *target;	/* s l: as written; else NULL */
	char ftype;		/* one of f e v d x p c b s l */
	uint32_t major, minor;	/* c b; NUM_UNSET */
	uint32_t mode;		/* bits of 07777, or MODE_UNSET */
	const char *owner, *group; /* NULL = '?' */
	bool has_content;	/* f e v: size, sum and mtime are said */
	uint64_t size;
	uint32_t sum;
	int64_t mtime;
	struct filedb_owner *owners; /* at least one; in order of arrival, each once */
	size_t nowners;
	unsigned line;		/* where it stood first */
};

struct filedb {
	struct filedb_entry *v;	/* by path, each once */
	size_t n;
	size_t twice;		/* lines that were there again */
	size_t edited;		/* marks of installf ('\') that were dropped */
};

/* -E_FORMAT or -E_LIMIT with "FILE:LINE: ". */
int filedb_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		 struct filedb *ret, struct error *e);

#endif
