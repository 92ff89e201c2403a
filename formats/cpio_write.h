/*
 * One "newc" cpio archive (magic 070701, 110-byte headers of hexadecimal, names and data
 * padded to 4) into a sink, ended by TRAILER!!! and NUL to a multiple of 512.
 *
 *	cpio_writer_begin(&w, sink);
 *	cpio_writer_member(&w, name, S_IFREG | 0644, size, mtime, e);
 *	cpio_writer_data(&w, bytes, len, e);	exactly size bytes
 *	cpio_writer_end(&w, e);
 */
#ifndef FORMATS_CPIO_WRITE_H
#define FORMATS_CPIO_WRITE_H

#include "sink.h"

#define CPIO_MAX_SIZE UINT32_MAX /* eight hexadecimal digits */

struct cpio_writer {
	struct sink *k;
	uint32_t ino;
	uint64_t left;		/* bytes of the member still to come */
};

void cpio_writer_begin(struct cpio_writer *w, struct sink *k);
/* -E_UNSUPPORTED, naming it, for a size over CPIO_MAX_SIZE. */
int cpio_writer_member(struct cpio_writer *w, const char *name, uint32_t mode, uint64_t size,
		       int64_t mtime, struct error *e);
int cpio_writer_data(struct cpio_writer *w, const void *bytes, size_t len, struct error *e);
int cpio_writer_end(struct cpio_writer *w, struct error *e);
/* NUL to a multiple of `unit` (a power of two up to 512) of the sink's offset. */
int cpio_pad(struct sink *k, unsigned unit, struct error *e);

#endif
