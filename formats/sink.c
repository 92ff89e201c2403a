#include "sink.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "arena.h"

#define SINK_BLOCK ((size_t)256 << 10)

struct sink {
	int fd;
	sink_tap *tap;			/* instead of fd, or NULL */
	void *tap_ctx;
	char *name;
	enum compression comp;
	uint64_t offset;
	unsigned char *buf;		/* SINK_BLOCK bytes: plain ones gathered, or zstd's */
	size_t have;			/* plain only */
	ZSTD_CCtx *zstd;
	struct archive *archive;
	struct error error;		/* of a write inside libarchive */
	bool aborted;			/* freeing libarchive's end writes: no more */
};

static int write_fd(struct sink *k, const void *bytes, size_t len, struct error *e)
{
	ssize_t n;

	if (k->tap != NULL)
		return len > 0 ? k->tap(k->tap_ctx, bytes, len, e) : 0;
	while (len > 0) {
		n = write(k->fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot write '%s'", k->name);
		bytes = (const char *)bytes + n;
		len -= (size_t)n;
	}
	return 0;
}

void sink_abort(struct sink *k)
{
	if (k == NULL)
		return;
	ZSTD_freeCCtx(k->zstd);
	k->aborted = true;
	if (k->archive != NULL)
		archive_write_free(k->archive);
	free(k->buf);
	free(k->name);
	free(k);
}

static int zstd_start(struct sink *k, int level, struct error *e)
{
	ZSTD_bounds b = ZSTD_cParam_getBounds(ZSTD_c_compressionLevel);

	if (level < b.lowerBound || level > b.upperBound)
		return error_set(e, E_USAGE, "zstd has no level %d", level);
	k->zstd = ZSTD_createCCtx();
	if (k->zstd == NULL)
		abort();
	(void)ZSTD_CCtx_setParameter(k->zstd, ZSTD_c_compressionLevel, level);
	(void)ZSTD_CCtx_setParameter(k->zstd, ZSTD_c_checksumFlag, 1);
	return 0;
}

/* Compresses `in` and writes what comes out; with ZSTD_e_end until all is out. */
static int zstd_put(struct sink *k, ZSTD_inBuffer in, ZSTD_EndDirective mode, struct error *e)
{
	size_t left;
	int rc;

	do {
		ZSTD_outBuffer out = { .dst = k->buf, .size = SINK_BLOCK };

		left = ZSTD_compressStream2(k->zstd, &out, &in, mode);
		if (ZSTD_isError(left))
			return error_set(e, E_LIMIT, "cannot compress '%s': %s", k->name,
					 ZSTD_getErrorName(left));
		rc = write_fd(k, k->buf, out.pos, e);
		if (rc < 0)
			return rc;
	} while (in.pos < in.size || (mode == ZSTD_e_end && left != 0));
	return 0;
}

static la_ssize_t archive_output(struct archive *a, void *ctx, const void *bytes, size_t len)
{
	struct sink *k = ctx;

	if (!k->aborted && write_fd(k, bytes, len, &k->error) < 0) {
		archive_set_error(a, EIO, "write");
		return -1;
	}
	return (la_ssize_t)len;
}

static int archive_fail(struct sink *k, struct error *e)
{
	const char *why = archive_error_string(k->archive);

	if (k->error.code == 0)
		return error_set(e, E_LIMIT, "cannot compress '%s': %s", k->name,
				 why != NULL ? why : "libarchive does not say why");
	if (e != NULL)
		*e = k->error;
	return -k->error.code;
}

static int add_filter(struct sink *k)
{
	switch (k->comp) {
	case COMPRESSION_GZIP:
		if (archive_write_add_filter_gzip(k->archive) != ARCHIVE_OK)
			return ARCHIVE_FATAL;
		return archive_write_set_filter_option(k->archive, "gzip", "timestamp", NULL);
	case COMPRESSION_BZIP2:
		return archive_write_add_filter_bzip2(k->archive);
	case COMPRESSION_COMPRESS:
		return archive_write_add_filter_compress(k->archive);
	default:
		return archive_write_add_filter_xz(k->archive);
	}
}

static int set_level(struct sink *k, int level, struct error *e)
{
	char number[16];

	if (level == 0)
		return 0;
	if (level < 1 || level > 9)
		return error_set(e, E_USAGE, "%s has no level %d", compression_name(k->comp),
				 level);
	snprintf(number, sizeof(number), "%d", level);
	if (archive_write_set_filter_option(k->archive, NULL, "compression-level", number) !=
	    ARCHIVE_OK)
		return archive_fail(k, e);
	return 0;
}

/* The format "raw" wants one entry without a header around the bytes. */
static int archive_start(struct sink *k, int level, struct error *e)
{
	struct archive_entry *entry;
	int rc;

	k->archive = archive_write_new();
	entry = archive_entry_new();
	if (k->archive == NULL || entry == NULL)
		abort();
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_pathname(entry, "data");
	if (archive_write_set_format_raw(k->archive) != ARCHIVE_OK || add_filter(k) != ARCHIVE_OK)
		rc = archive_fail(k, e);
	else
		rc = set_level(k, level, e);
	archive_write_set_bytes_per_block(k->archive, (int)SINK_BLOCK);
	archive_write_set_bytes_in_last_block(k->archive, 1); /* no padding */
	if (rc == 0 &&
	    (archive_write_open(k->archive, k, NULL, archive_output, NULL) != ARCHIVE_OK ||
	     archive_write_header(k->archive, entry) != ARCHIVE_OK))
		rc = archive_fail(k, e);
	archive_entry_free(entry);
	return rc;
}

int sink_open(int fd, const char *name, enum compression c, int level, struct sink **ret,
	      struct error *e)
{
	struct sink *k = xcalloc(1, sizeof(*k));
	int rc = 0;

	k->fd = fd;
	k->name = xstrdup(name);
	k->comp = c;
	k->buf = xmalloc(SINK_BLOCK);
	if (c == COMPRESSION_ZSTD)
		rc = zstd_start(k, level, e);
	else if (c != COMPRESSION_NONE)
		rc = archive_start(k, level, e);
	if (rc < 0) {
		sink_abort(k);
		return rc;
	}
	*ret = k;
	return 0;
}

struct sink *sink_open_tap(const char *name, sink_tap *tap, void *ctx)
{
	struct sink *k = xcalloc(1, sizeof(*k));

	k->fd = -EBADF;
	k->tap = tap;
	k->tap_ctx = ctx;
	k->name = xstrdup(name);
	k->buf = xmalloc(SINK_BLOCK);
	return k;
}

static int plain_put(struct sink *k, const void *bytes, size_t len, struct error *e)
{
	int rc;

	if (len > SINK_BLOCK - k->have) {
		rc = write_fd(k, k->buf, k->have, e);
		if (rc < 0)
			return rc;
		k->have = 0;
	}
	if (len >= SINK_BLOCK)
		return write_fd(k, bytes, len, e);
	memcpy(k->buf + k->have, bytes, len);
	k->have += len;
	return 0;
}

static int archive_put(struct sink *k, const void *bytes, size_t len, struct error *e)
{
	la_ssize_t n;

	while (len > 0) {
		n = archive_write_data(k->archive, bytes, len);
		if (n <= 0)
			return archive_fail(k, e);
		bytes = (const char *)bytes + n;
		len -= (size_t)n;
	}
	return 0;
}

int sink_write(struct sink *k, const void *bytes, size_t len, struct error *e)
{
	k->offset += len;
	if (k->zstd != NULL)
		return zstd_put(k, (ZSTD_inBuffer){ bytes, len, 0 }, ZSTD_e_continue, e);
	if (k->archive != NULL)
		return archive_put(k, bytes, len, e);
	return plain_put(k, bytes, len, e);
}

uint64_t sink_offset(const struct sink *k)
{
	return k->offset;
}

int sink_finish(struct sink *k, struct error *e)
{
	int rc = 0;

	if (k->zstd != NULL)
		rc = zstd_put(k, (ZSTD_inBuffer){ NULL, 0, 0 }, ZSTD_e_end, e);
	else if (k->archive == NULL)
		rc = write_fd(k, k->buf, k->have, e);
	else if (archive_write_close(k->archive) != ARCHIVE_OK)
		rc = archive_fail(k, e);
	sink_abort(k);
	return rc;
}
