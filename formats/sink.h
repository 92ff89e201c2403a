/*
 * Bytes written to a file descriptor, compressed on the way when asked for.
 *
 *	rc = sink_open(fd, "foo.pkg.zst", COMPRESSION_ZSTD, 0, &k, e);
 *	sink_write(k, bytes, len, e) ...
 *	rc = sink_finish(k, e);		or sink_abort(k)
 *
 * The same bytes give the same file: one thread, no time and no name in it. zstd has a
 * checksum; its window never exceeds what compress.h reads. The descriptor is borrowed
 * and neither synced nor closed. Errors: -errno, naming `name`; -E_USAGE for a level that
 * the compression does not have.
 */
#ifndef FORMATS_SINK_H
#define FORMATS_SINK_H

#include "compress.h"

struct sink;
typedef int sink_tap(void *ctx, const void *bytes, size_t len, struct error *e);
/* No file: all bytes, as they are and in pieces of any size, go to `tap`. */
struct sink *sink_open_tap(const char *name, sink_tap *tap, void *ctx);
/* level 0 = the usual one of the compression */
int sink_open(int fd, const char *name, enum compression c, int level, struct sink **ret,
	      struct error *e);
int sink_write(struct sink *k, const void *bytes, size_t len, struct error *e);
/* Bytes given to sink_write() so far. */
uint64_t sink_offset(const struct sink *k);
/* Ends the compressed data; frees k also when that fails. */
int sink_finish(struct sink *k, struct error *e);
void sink_abort(struct sink *k); /* takes NULL */

#endif
