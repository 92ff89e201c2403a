/*
 * The datastream: a header of text, then cpio archives, each at a multiple of 512.
 *
 *	# PaCkAgE DaTaStReAm
 *	PKG nparts maxblocks [parts on this volume, on the next, ...]
 *	# end of header
 *	NUL to the next multiple of 512
 *	A0: PKG/pkginfo and PKG/pkgmap of every package [signature]
 *	the parts of the first package, of the second, ...
 *
 * Source: svr4.md 2 (pkgtrans and libpkg's dstream as observed); golden streams in
 * tests/corpus/svr4/packages/stream.
 */
#ifndef FORMATS_STREAM_H
#define FORMATS_STREAM_H

#include "arena.h"
#include "compress.h"
#include "medium.h"

#define STREAM_BLOCK 512u
#define STREAM_MAGIC "# PaCkAgE DaTaStReAm"
#define STREAM_MAGIC_LEN 20u	/* all that is compared: a suffix may follow */
#define STREAM_END "# end of header"
#define STREAM_MAX_HEADER ((size_t)8 << 20)
#define STREAM_MAX_LINE 1024u
/* pkginfo and pkgmap of all packages together */
#define STREAM_SIGNATURE "signature"
#define STREAM_MAX_METADATA ((uint64_t)512 << 20)

struct stream_package {
	const char *name;	/* PKG or PKG.n */
	uint32_t nparts;
	uint64_t maxblocks;
	uint64_t first;		/* offset of its first part; 0 = not looked for */
};

/*
 * The signature of a stream is the last member of A0 (svr4.md 2.4). What it signs is the
 * header, all blocks of it, and everything behind A0; A0 itself is not, but its texts
 * are the same as those in the parts, which stream_load() makes sure of.
 */
struct stream_signature {
	const char *bytes;	/* NULL: the stream is not signed */
	size_t len;
	uint64_t at;		/* offset of its member in A0 */
	unsigned position;	/* how many members come before it */
};

struct stream_header {
	struct stream_package *v;
	size_t n;
	uint64_t size;		/* bytes, a multiple of STREAM_BLOCK: A0 begins there */
	uint64_t head_end;	/* where A0 ends, a multiple too; from stream_load() */
	struct stream_signature signature;
};

/* Reads the header from the start of s. Refused: what is no header (with its line),
 * a name twice, parts that are on another volume, the zip variant. */
int stream_header_read(struct arena *a, struct source *s, const char *name,
		       struct stream_header *ret, struct error *e);

/* Header, A0 and (MEDIUM_ALL) the install files of all packages. A stream of a single
 * package is only read until the last of them; of several every part is walked through
 * and its offset noted in the header. `each` is medium_open_each()'s. */
int stream_load(struct arena *a, struct source *s, const char *name, enum medium_depth depth,
		bool each, struct stream_header *ret, struct package **ret_packages,
		struct error *e);

#endif
