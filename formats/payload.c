/*
 * The pass over the payload, whatever carries it: sizes and sums are compared here.
 */
#include <stdlib.h>

#include "carrier.h"
#include "digest.h"

struct payload {
	const struct medium *m;
	const struct carrier_ops *ops;
	void *carrier;
	bool *wanted;
	size_t index;			/* package to look at next */
	bool in_package, finished;
	struct listing l;
	payload_note *note;
	void *note_ctx;
	bool pass;
	payload_note *passed;
	void *passed_ctx;

	const struct entry *en;		/* being read, or NULL */
	uint64_t got;
	uint32_t sum;
};

int payload_open(const struct medium *m, const bool *wanted, struct payload **ret,
		 struct error *e)
{
	struct payload *p;
	size_t i;
	int rc;

	if (m->depth != MEDIUM_ALL)
		return error_set(e, E_USAGE, "'%s' was opened for its head only", m->path);
	for (i = 0; i < m->n; i++)
		if ((wanted == NULL || wanted[i]) && m->packages[i].broken != NULL)
			return error_set(e, m->packages[i].broken->code, "'%s': %s", m->path,
					 m->packages[i].broken->text);
	p = xcalloc(1, sizeof(*p));
	p->m = m;
	p->ops = m->kind == MEDIUM_STREAM ? &stream_carrier :
		 m->kind == MEDIUM_ZIP ? &zip_carrier : &spool_carrier;
	rc = p->ops->open(m, &p->carrier, e);
	if (rc < 0) {
		free(p);
		return rc;
	}
	p->wanted = xcalloc(m->n, sizeof(*p->wanted));
	for (i = 0; i < m->n; i++)
		p->wanted[i] = wanted == NULL || wanted[i];
	*ret = p;
	return 0;
}

void payload_tolerate(struct payload *p, payload_note *note, void *ctx)
{
	p->note = note;
	p->note_ctx = ctx;
}

void payload_pass_unlisted(struct payload *p, payload_note *note, void *ctx)
{
	p->pass = true;
	p->passed = note;
	p->passed_ctx = ctx;
}

void payload_close(struct payload *p)
{
	if (p == NULL)
		return;
	p->ops->close(p->carrier);
	listing_free(&p->l);
	free(p->wanted);
	free(p);
}

static int payload_prefix(const struct payload *p, struct error *e)
{
	return error_prefix(e, "'%s'", p->m->path);
}

/* The package itself says of which classes the contents are no business of pkgmap's
 * (svr4.md 8.4). */
static bool is_unverified(const struct payload *p)
{
	return p->en->class != NULL &&
	       str_has_word(pkginfo_get(&p->l.p->info, "PKG_SRC_NOVERIFY"), p->en->class);
}

/* Noted instead of refused when the caller tolerates. */
static int mismatch(struct payload *p, enum payload_fault fault, uint64_t got, uint64_t want,
		    struct error *e)
{
	const struct package *pkg = p->l.p;

	if (is_unverified(p))
		return 0;
	if (p->note != NULL) {
		p->note(pkg, p->en, fault, p->en->path, p->note_ctx);
		return 0;
	}
	if (fault == PAYLOAD_SIZE)
		error_set(e, E_DIGEST, "%s: '%s' has %llu bytes, pkgmap says %llu", pkg->dirname,
			  p->en->path, (unsigned long long)got, (unsigned long long)want);
	else
		error_set(e, E_DIGEST, "%s: '%s' has the sum %llu, pkgmap says %llu", pkg->dirname,
			  p->en->path, (unsigned long long)got, (unsigned long long)want);
	(void)payload_prefix(p, e);
	return -E_DIGEST;
}

static int drain_package(struct payload *p, struct error *e)
{
	const struct entry *en;
	int rc = 0;

	while (p->in_package && (rc = payload_next(p, &en, e)) > 0)
		;
	return rc;
}

static int enter_package(struct payload *p, size_t i, struct error *e)
{
	int rc;

	listing_free(&p->l);
	rc = listing_init(&p->l, &p->m->packages[i], e);
	if (rc < 0)
		return payload_prefix(p, e);
	p->l.note = p->note;
	p->l.note_ctx = p->note_ctx;
	p->l.pass = p->pass;
	p->l.passed = p->passed;
	p->l.passed_ctx = p->passed_ctx;
	rc = p->ops->package(p->carrier, i, &p->l, e);
	if (rc < 0)
		return payload_prefix(p, e);
	p->in_package = true;
	p->index = i + 1;
	return 1;
}

int payload_next_package(struct payload *p, size_t *ret_index, struct error *e)
{
	bool last = p->m->n > 0 && p->wanted[p->m->n - 1];
	size_t i;
	int rc;

	rc = drain_package(p, e);
	if (rc < 0)
		return rc;
	for (i = p->index; i < p->m->n; i++) {
		if (!p->wanted[i])
			continue;
		*ret_index = i;
		return enter_package(p, i, e);
	}
	if (p->finished)
		return 0;
	p->finished = true;
	rc = p->ops->finish(p->carrier, last, e);
	return rc < 0 ? payload_prefix(p, e) : 0;
}

int payload_next(struct payload *p, const struct entry **ret, struct error *e)
{
	uint64_t size;
	int rc;

	if (!p->in_package)
		return 0;
	rc = p->ops->next(p->carrier, &p->en, &size, e);
	if (rc < 0)
		return payload_prefix(p, e);
	if (rc == 0) {
		p->in_package = false;
		p->en = NULL;
		return 0;
	}
	p->got = 0;
	p->sum = 0;
	if (size != p->en->size && p->note == NULL && !is_unverified(p))
		return mismatch(p, PAYLOAD_SIZE, size, p->en->size, e);
	*ret = p->en;
	return 1;
}

static int check_end(struct payload *p, struct error *e)
{
	uint32_t sum = svr4_sum_fold(p->sum);
	int rc = 0;

	if (p->got != p->en->size)
		rc = mismatch(p, PAYLOAD_SIZE, p->got, p->en->size, e);
	else if (sum != p->en->sum)
		rc = mismatch(p, PAYLOAD_SUM, sum, p->en->sum, e);
	p->en = NULL;
	return rc;
}

int payload_read(struct payload *p, const void **ret_bytes, size_t *ret_len,
		 struct error *e)
{
	int rc;

	if (p->en == NULL)
		return 0;
	rc = p->ops->read(p->carrier, ret_bytes, ret_len, e);
	if (rc < 0)
		return payload_prefix(p, e);
	if (rc == 0)
		return check_end(p, e);
	p->got += *ret_len;
	if (p->got > p->en->size && p->note == NULL && !is_unverified(p))
		return mismatch(p, PAYLOAD_SIZE, p->got, p->en->size, e);
	p->sum = svr4_sum_add(p->sum, *ret_bytes, *ret_len);
	return 1;
}
