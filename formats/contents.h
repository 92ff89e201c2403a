/*
 * var/sadm/install/contents, the file database of SVR4's own tools.
 *
 *	/path[=target] [part] ftype class [major minor] [mode owner group] [size sum mtime] pkg...
 *	ftype class path[=target] ...		as tools before SVR4 wrote it
 *
 *	pkg = [status]instance[\][:class]
 *
 * Source: svr4.md 10.2 and 10.3; contents(4) of illumos. Golden ones in
 * tests/corpus/svr4/contents. Lines that begin with '#', ':' or a blank say nothing. Lines
 * may stand in any order, and a path may stand there twice: what that means is the reader's.
 *
 *	rc = contents_parse(a, bytes, len, "contents", &c, e);
 *	for (i = 0; i < c.n; i++)
 *		use(&c.v[i].entry, c.v[i].owners, c.v[i].n);
 *
 * Paths are kept as written, with their leading slash, and may have components like
 * `..`, which some tools recorded. All strings live in the arena.
 */
#ifndef FORMATS_CONTENTS_H
#define FORMATS_CONTENTS_H

#include "pkgmap.h"

#define CONTENTS_MAX_BYTES ((size_t)512 << 20)
#define CONTENTS_MAX_LINES 4000000u
#define CONTENTS_MAX_INSTANCE 64u

struct contents_owner {
	const char *instance;
	const char *class;	/* said behind ':', or NULL: that of the line */
	char status;		/* one of + - * ~ ! %, or 0 */
	bool edited;		/* the flag `\` */
};

/* entry.line is set; entry.part as written; ftype may also be '?'. */
struct contents_line {
	struct entry entry;
	struct contents_owner *owners;
	size_t n;
};

struct contents {
	struct contents_line *v;	/* in file order */
	size_t n;
};

/* -E_FORMAT with FILE:LINE: unknown type, missing field, a word that is no number, a name
 * with control bytes, a link to nothing; -E_LIMIT. */
int contents_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		   struct contents *ret, struct error *e);

#endif
