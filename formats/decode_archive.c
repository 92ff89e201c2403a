/*
 * gzip, bzip2, xz and compress by the filters of libarchive, in front of its "raw" format.
 *
 * The filter is appended, not bid for, so that exactly one layer is taken off.
 * Measured with libarchive 3.6.2: bzip2 and xz compare their checksums, gzip does
 * not, so its trailer (RFC 1952 2.3.1: CRC-32 and size mod 2^32, little endian) is
 * compared here. With several members only the last one's trailer is at the end, and
 * its size then differs from ours: such files pass with the sums of pkgmap alone.
 * Bytes after the compressed data are ignored by the filters; we refuse them.
 */
#include "decode.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

#include "arena.h"
#include "crc32.h"

struct archive_decoder {
	struct input *in;
	struct archive *a;
	enum compression comp;
	unsigned char *bytes;
	struct error input_error;
	bool started;
	uint32_t crc;
	uint64_t out;
};

static la_ssize_t archive_input(struct archive *a, void *ctx, const void **ret)
{
	struct archive_decoder *d = ctx;
	size_t len;
	int rc;

	rc = input_read(d->in, d->bytes, INPUT_BLOCK, &len, &d->input_error);
	if (rc < 0) {
		archive_set_error(a, EIO, "read");
		return -1;
	}
	*ret = d->bytes;
	return (la_ssize_t)len;
}

static int filter_of(enum compression c)
{
	switch (c) {
	case COMPRESSION_GZIP:
		return ARCHIVE_FILTER_GZIP;
	case COMPRESSION_BZIP2:
		return ARCHIVE_FILTER_BZIP2;
	default:
		return ARCHIVE_FILTER_XZ;
	}
}

static void *archive_decoder_open(struct input *in, enum compression c)
{
	struct archive_decoder *d = xcalloc(1, sizeof(*d));

	d->in = in;
	d->comp = c;
	d->bytes = xmalloc(INPUT_BLOCK);
	d->a = archive_read_new();
	if (d->a == NULL)
		abort();
	return d;
}

static void archive_decoder_close(void *p)
{
	struct archive_decoder *d = p;

	archive_read_free(d->a);
	free(d->bytes);
	free(d);
}

static int archive_fail(struct archive_decoder *d, struct error *e)
{
	const char *why = archive_error_string(d->a);

	if (d->input_error.code != 0) {
		if (e != NULL)
			*e = d->input_error;
		return -d->input_error.code;
	}
	return error_cut_off(e, "%s data of '%s' is cut off or broken near byte %llu%s%s",
			 compression_name(d->comp), d->in->name,
			 (unsigned long long)archive_filter_bytes(d->a, -1),
			 why != NULL ? ": " : "", why != NULL ? why : "");
}

/* The one of compress reads its header when it is appended, which is before there is
 * anything to read: it must be bid for. */
static int add_filter(struct archive_decoder *d)
{
	if (d->comp == COMPRESSION_COMPRESS)
		return archive_read_support_filter_compress(d->a);
	return archive_read_append_filter(d->a, filter_of(d->comp));
}

static int archive_start(struct archive_decoder *d, struct error *e)
{
	struct archive_entry *entry;

	d->started = true;
	if (add_filter(d) != ARCHIVE_OK ||
	    archive_read_support_format_raw(d->a) != ARCHIVE_OK ||
	    archive_read_open(d->a, d, NULL, archive_input, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(d->a, &entry) != ARCHIVE_OK)
		return archive_fail(d, e);
	return 0;
}

static int gzip_check_trailer(struct archive_decoder *d, struct error *e)
{
	struct input tail = *d->in;
	unsigned char t[8];
	uint32_t crc, size;
	size_t len;
	int rc;

	tail.at = d->in->size < sizeof(t) ? 0 : d->in->size - sizeof(t);
	rc = input_read(&tail, t, sizeof(t), &len, e);
	if (rc < 0)
		return rc;
	if (len < sizeof(t))
		return archive_fail(d, e);
	crc = t[0] | (uint32_t)t[1] << 8 | (uint32_t)t[2] << 16 | (uint32_t)t[3] << 24;
	size = t[4] | (uint32_t)t[5] << 8 | (uint32_t)t[6] << 16 | (uint32_t)t[7] << 24;
	if (size == (uint32_t)d->out && crc != d->crc)
		return error_set(e, E_FORMAT, "gzip data of '%s' is broken: its checksum is "
				 "%08x, should be %08x", d->in->name, d->crc, crc);
	return 0;
}

static int archive_end(struct archive_decoder *d, struct error *e)
{
	la_int64_t used = archive_filter_bytes(d->a, -1);

	if ((uint64_t)used != d->in->size)
		return error_set(e, E_FORMAT,
				 "'%s' goes on after the end of its %s data at byte %lld",
				 d->in->name, compression_name(d->comp), (long long)used);
	if (d->comp == COMPRESSION_GZIP)
		return gzip_check_trailer(d, e);
	return 0;
}

static int archive_decoder_fill(void *p, void *buf, size_t cap, size_t *ret_len,
				struct error *e)
{
	struct archive_decoder *d = p;
	size_t have = 0;
	la_ssize_t n = 1;
	int rc;

	if (!d->started) {
		rc = archive_start(d, e);
		if (rc < 0)
			return rc;
	}
	while (have < cap && n > 0) {
		n = archive_read_data(d->a, (char *)buf + have, cap - have);
		if (n < 0)
			return archive_fail(d, e);
		have += (size_t)n;
	}
	if (d->comp == COMPRESSION_GZIP)
		d->crc = crc32_add(d->crc, buf, have);
	d->out += have;
	if (n == 0) {
		rc = archive_end(d, e);
		if (rc < 0)
			return rc;
	}
	*ret_len = have;
	return 0;
}

const struct decoder decoder_archive = {
	archive_decoder_open, archive_decoder_fill, archive_decoder_close
};
