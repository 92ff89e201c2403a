#include "medium_verify.h"

#include "medium_internal.h"
#include "package_load.h"
#include "stream_signature.h"

struct pass {
	const struct medium *m;
	const struct stream_header *h;
	struct signature *sig;
	struct digest *head;		/* of A0 up to the signature */
	struct strbuf tail;		/* the signature's member, to the end of A0 */
	uint64_t at;
	medium_watch *watch;
	void *ctx;
};

bool medium_signed(const struct medium *m)
{
	return m->kind == MEDIUM_STREAM && m->header.signature.bytes != NULL;
}

/* Where the region ends in which `at` lies. */
static uint64_t region_end(const struct pass *p)
{
	return p->at < p->h->size ? p->h->size :
	       p->at < p->h->signature.at ? p->h->signature.at :
	       p->at < p->h->head_end ? p->h->head_end : UINT64_MAX;
}

static int take_region(struct pass *p, const unsigned char *bytes, size_t len, struct error *e)
{
	if (p->at < p->h->size || p->at >= p->h->head_end)
		return signature_add(p->sig, bytes, len, e);
	if (p->at < p->h->signature.at)
		digest_add(p->head, bytes, len);
	else
		strbuf_add(&p->tail, bytes, len);
	return 0;
}

static int take_block(struct pass *p, const unsigned char *bytes, size_t len, struct error *e)
{
	int rc = 0;

	while (len > 0 && rc == 0) {
		uint64_t left = region_end(p) - p->at;
		size_t n = left < len ? (size_t)left : len;

		rc = take_region(p, bytes, n, e);
		p->at += n;
		bytes += n;
		len -= n;
	}
	return rc;
}

static int read_through(struct pass *p, struct error *e)
{
	const unsigned char *bytes;
	struct source *s;
	size_t len;
	int rc = source_open(p->m->fd, p->m->path, SOURCE_AHEAD, NULL, &s, e);

	if (rc < 0)
		return rc;
	while ((rc = source_fill(s, &bytes, &len, e)) > 0) {
		rc = take_block(p, bytes, len, e);
		source_take(s, len);
		if (rc == 0 && p->watch != NULL)
			rc = p->watch(p->ctx, p->at, p->m->stored, e);
		if (rc < 0)
			break;
	}
	source_close(s);
	return rc;
}

/* ---- a signature of ours: the rest of A0 */

static int append(void *ctx, const void *bytes, size_t len, struct error *e)
{
	(void)e;
	strbuf_add(ctx, bytes, len);
	return 0;
}

/* What our writer would have put at the end of A0. The sink begins where a block does. */
static int expected_tail(const struct pass *p, struct strbuf *ret, struct error *e)
{
	static const char filler[STREAM_BLOCK];
	const struct stream_signature *s = &p->h->signature;
	const struct entry *info = package_info_entry(&p->m->packages[0], "pkginfo");
	struct sink *k = sink_open_tap(p->m->path, append, ret);
	struct cpio_writer w;
	int rc;

	cpio_writer_begin(&w, k);
	w.ino -= s->position;
	rc = sink_write(k, filler, (size_t)(s->at % STREAM_BLOCK), e);
	if (rc == 0)
		rc = stream_signature_write(&w, s->bytes, s->len, info->mtime, e);
	if (rc < 0) {
		sink_abort(k);
		return rc;
	}
	return sink_finish(k, e);
}

static int compare_head(struct pass *p, const struct sha256 *want, struct verdict *v,
			struct error *e)
{
	AUTO_STRBUF struct strbuf tail = STRBUF_INIT;
	size_t skip = (size_t)(p->h->signature.at % STREAM_BLOCK);
	struct sha256 got;
	int rc = expected_tail(p, &tail, e);

	if (rc < 0)
		return rc;
	digest_finish(p->head, &got, NULL);
	v->whole = sha256_equal(&got, want) && tail.len - skip == p->tail.len &&
		   memcmp(tail.p + skip, p->tail.p, p->tail.len) == 0;
	if (!v->whole && v->intact) {
		v->intact = false;
		v->damage = "the head of the datastream is not the one that was signed";
	}
	return 0;
}

static int verdict_of(struct pass *p, const struct sign_keys *keys, int64_t now,
		      struct arena *a, struct verdict *ret, struct error *e)
{
	struct sha256 want;
	struct verdict v;
	int rc = read_through(p, e);

	if (rc == 0)
		rc = signature_finish(p->sig, keys, now, a, &v, e);
	if (rc == 0 && signature_head(p->sig, &want))
		rc = compare_head(p, &want, &v, e);
	if (rc == 0)
		*ret = v;
	return rc;
}

int medium_verify(const struct medium *m, const struct sign_keys *keys, int64_t now,
		  medium_watch *watch, void *ctx, struct arena *a, struct verdict *ret,
		  struct error *e)
{
	struct pass p = { .m = m, .h = &m->header, .watch = watch, .ctx = ctx };
	int rc;

	if (!medium_signed(m))
		return error_set(e, E_USAGE, "'%s' is not signed", m->path);
	rc = signature_parse(p.h->signature.bytes, p.h->signature.len, m->path, &p.sig, e);
	if (rc < 0)
		return rc;
	p.head = digest_new_sha256();
	rc = verdict_of(&p, keys, now, a, ret, e);
	digest_free(p.head);
	strbuf_free(&p.tail);
	signature_free(p.sig);
	return rc;
}
