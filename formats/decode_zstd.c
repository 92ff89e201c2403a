/*
 * zstd, RFC 8878: frames one after the other, skippable ones between them. The
 * frame's checksum is compared by libzstd when there is one.
 */
#include "decode.h"

#include <stdlib.h>
#include <zstd.h>

#include "arena.h"

#define ZSTD_MAX_WINDOW_LOG 27

struct zstd_decoder {
	struct input *in;
	ZSTD_DCtx *ctx;
	unsigned char *bytes;
	ZSTD_inBuffer buf;
	bool input_ended;
	size_t pending;		/* what libzstd still expects of the frame; 0 between frames */
};

static void *zstd_open(struct input *in, enum compression c)
{
	struct zstd_decoder *d = xcalloc(1, sizeof(*d));

	(void)c;
	d->in = in;
	d->bytes = xmalloc(INPUT_BLOCK);
	d->ctx = ZSTD_createDCtx();
	if (d->ctx == NULL)
		abort();
	(void)ZSTD_DCtx_setParameter(d->ctx, ZSTD_d_windowLogMax, ZSTD_MAX_WINDOW_LOG);
	return d;
}

static void zstd_close(void *p)
{
	struct zstd_decoder *d = p;

	ZSTD_freeDCtx(d->ctx);
	free(d->bytes);
	free(d);
}

static uint64_t zstd_at(const struct zstd_decoder *d)
{
	return d->in->at - (d->buf.size - d->buf.pos);
}

static int zstd_refill(struct zstd_decoder *d, struct error *e)
{
	size_t len;
	int rc;

	if (d->input_ended || d->buf.pos < d->buf.size)
		return 0;
	rc = input_read(d->in, d->bytes, INPUT_BLOCK, &len, e);
	if (rc < 0)
		return rc;
	d->input_ended = len < INPUT_BLOCK;
	d->buf = (ZSTD_inBuffer){ .src = d->bytes, .size = len };
	return 0;
}

static int zstd_fill(void *p, void *buf, size_t cap, size_t *ret_len, struct error *e)
{
	struct zstd_decoder *d = p;
	ZSTD_outBuffer out = { .dst = buf, .size = cap };
	size_t had;
	int rc;

	while (out.pos < out.size) {
		rc = zstd_refill(d, e);
		if (rc < 0)
			return rc;
		if (d->buf.pos == d->buf.size && d->pending == 0)
			break;
		had = out.pos;
		d->pending = ZSTD_decompressStream(d->ctx, &out, &d->buf);
		if (ZSTD_isError(d->pending))
			return error_set(e, E_FORMAT,
					 "zstd data of '%s' is broken near byte %llu: %s",
					 d->in->name, (unsigned long long)zstd_at(d),
					 ZSTD_getErrorName(d->pending));
		if (d->pending != 0 && d->buf.pos == d->buf.size && d->input_ended &&
		    out.pos == had)
			return error_cut_off(e, "zstd data of '%s' is cut off at byte %llu",
					 d->in->name, (unsigned long long)d->in->at);
	}
	*ret_len = out.pos;
	return 0;
}

const struct decoder decoder_zstd = { zstd_open, zstd_fill, zstd_close };
