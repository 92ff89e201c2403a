/*
 * The bytes of a file, decompressed, as a sequence of blocks.
 *
 *	rc = source_open(fd, "foo.pkg.zst", SOURCE_AHEAD, NULL, &s, e);
 *	while ((rc = source_fill(s, &bytes, &len, e)) > 0) {
 *		use(bytes, len);	what source_fill() shows stays there ...
 *		source_take(s, n);	... until n (<= len) of it is taken
 *	}
 *	source_close(s);
 *
 * Recognised by the first bytes, never by the name: plain, zstd (RFC 8878, read by
 * libzstd), gzip (RFC 1952), bzip2, xz and compress(1) (read by libarchive). Only one
 * layer is taken off. The checksums of zstd, bzip2 and xz are compared (compress has
 * none); libarchive does not compare that of gzip, so we do for files of one member,
 * which are nearly all.
 *
 * A compressed file is hostile: what it may become is limited (source_limits), and
 * a zstd window over 128 MiB is refused. Otherwise a source needs one block of
 * SOURCE_BLOCK bytes, or SOURCE_RING of them with SOURCE_AHEAD, where a thread of
 * its own decompresses ahead of the reader (only for files over SOURCE_AHEAD_MIN
 * that are compressed; plain ones are left to the kernel).
 *
 * The descriptor is borrowed and read by pread(), so several sources may share it.
 * Errors name the source and the offset: -E_FORMAT broken or cut off, -E_LIMIT,
 * -errno when reading fails.
 */
#ifndef FORMATS_COMPRESS_H
#define FORMATS_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define SOURCE_BLOCK ((size_t)256 << 10)
#define SOURCE_RING 8
#define SOURCE_AHEAD_MIN ((uint64_t)4 << 20)

enum compression {
	COMPRESSION_NONE,
	COMPRESSION_ZSTD,
	COMPRESSION_GZIP,
	COMPRESSION_BZIP2,
	COMPRESSION_XZ,
	COMPRESSION_COMPRESS,	/* compress(1): .Z */
};

/* "zstd", "gzip", "bzip2", "xz", "compress", or NULL for none. */
const char *compression_name(enum compression c);
/* False for an unknown name; "none" is known. */
bool compression_from_name(const char *name, enum compression *ret);
#define COMPRESSION_MAGIC_LEN 10
enum compression compression_detect(const void *bytes, size_t len);

struct source_limits {
	uint64_t total;		/* decompressed bytes altogether */
	uint64_t slack;		/* up to here any ratio is fine */
	uint32_t ratio;		/* decompressed : stored */
};
/* 4 TiB, 64 MiB, 1500. Zeros compress 1030 : 1 by gzip, and such files are real. */
extern const struct source_limits source_limits_default;

enum source_flags {
	SOURCE_AHEAD = 1,	/* decompress in a thread when that is worth it */
};

struct source;

/* `name` is for messages and copied. limits NULL = the default ones. */
int source_open(int fd, const char *name, unsigned flags, const struct source_limits *limits,
		struct source **ret, struct error *e);
void source_close(struct source *s); /* takes NULL */

enum compression source_compression(const struct source *s);
uint64_t source_stored_bytes(const struct source *s);
/* Decompressed offset of the next byte that is not taken. */
uint64_t source_offset(const struct source *s);

/* 1: *ret_len (> 0) untaken bytes at *ret_bytes, valid until all are taken and the
 * next call; 0: the end, and checksums were right. */
int source_fill(struct source *s, const unsigned char **ret_bytes, size_t *ret_len,
		struct error *e);
void source_take(struct source *s, size_t n);
/* Takes up to n bytes unseen: 0, also when the end comes first (source_offset() tells).
 * Cheap when plain. */
int source_skip(struct source *s, uint64_t n, struct error *e);
/* All of the next `len` bytes, or -E_FORMAT "cut off". */
int source_read(struct source *s, void *buf, size_t len, struct error *e);

#endif
