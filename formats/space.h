/*
 * space(4): what a package needs beyond its pkgmap: `path blocks inodes`, blocks
 * of 512 bytes. `#` comments. A wrong number of fields is an error (svr4.md 6).
 */
#ifndef FORMATS_SPACE_H
#define FORMATS_SPACE_H

#include <stdint.h>

#include "arena.h"
#include "error.h"

#define SPACE_MAX_BYTES ((size_t)1 << 20)

struct space_line {
	const char *path;	/* as written: relative ones are below BASEDIR */
	uint64_t blocks;	/* 512-byte blocks */
	uint64_t inodes;
	unsigned line;
};
struct space {
	struct space_line *v;
	size_t n;
};
int space_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		struct space *ret, struct error *e);

#endif
