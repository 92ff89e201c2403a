/*
 * One cpio archive out of the several that a datastream strings together.
 *
 *	while ((rc = cpio_open(s, "foo.pkg", &c, e)) > 0) {
 *		while ((rc = cpio_next(c, &m, e)) > 0)
 *			while ((rc = cpio_read(c, &bytes, &len, e)) > 0)
 *				...
 *		cpio_close(c);
 *	}
 *
 * Reads "newc" (070701), its sibling with a checksum (070702) and "odc" (070707),
 * by libarchive, and only these. An archive begins at a multiple of 512 bytes; whole
 * blocks of NUL before it are skipped (svr4.md 2.2). When cpio_next() has given 0 the
 * source stands behind the archive; a cpio closed earlier leaves it somewhere inside.
 *
 * libarchive goes on behind garbage with a warning; here every warning is an error.
 * Errors name the source and the offset of the member or of the damage.
 */
#ifndef FORMATS_CPIO_H
#define FORMATS_CPIO_H

#include "compress.h"

#define CPIO_BLOCK 512u
#define CPIO_MAX_NAME 4096u

struct cpio_member {
	const char *name;	/* as written, leading "./" dropped; valid until the next */
	uint32_t mode;		/* with type bits of stat(2) */
	uint32_t nlink;
	uint64_t dev, ino;
	uint64_t size;
	int64_t mtime;
	uint64_t offset;	/* of its header in the (decompressed) stream */
};

struct cpio;

/* 1: an archive begins here; 0: the source ends. `s` and `name` are borrowed. */
int cpio_open(struct source *s, const char *name, struct cpio **ret, struct error *e);
void cpio_close(struct cpio *c); /* takes NULL */
/* 1: at a member; what is left of the one before is skipped. 0: the end. */
int cpio_next(struct cpio *c, struct cpio_member *ret, struct error *e);
/* 1: bytes of the member, not copied, valid until the next call; 0: no more. */
int cpio_read(struct cpio *c, const void **ret, size_t *ret_len, struct error *e);

#endif
