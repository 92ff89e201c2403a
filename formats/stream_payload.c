/*
 * The payload of a stream: part after part, member after member.
 *
 * Hard links in newc: every name but the last one of an inode has size 0, the last one
 * carries the data (svr4.md 2.2). Names without data wait until the data comes; it is
 * then copied into an unnamed temporary file while the reader reads it, and the waiting
 * ones are given from there.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "carrier.h"
#include "cleanup.h"
#include "cpio.h"

#define SPILL_BLOCK ((size_t)64 << 10)

struct link_waiting {
	const struct entry *en;
	uint64_t dev, ino;
};

struct stream_carrier {
	const struct medium *m;
	struct source *s;
	struct cpio *c;			/* the part being read */
	struct listing *l;
	uint32_t part, nparts;
	VEC(struct link_waiting) waiting;	/* their data has not come */
	VEC(const struct entry *) ready;	/* their data is in the spill */
	int spill;			/* open while `ready` is not empty */
	uint64_t spill_size, spill_at;
	bool from_spill;		/* the present entry is read from there */
	bool to_spill;			/* the present entry is copied there */
	unsigned char *buf;
};

static int carrier_open(const struct medium *m, void **ret, struct error *e)
{
	struct stream_carrier *sc = xcalloc(1, sizeof(*sc));
	int rc;

	sc->m = m;
	sc->spill = -EBADF;
	rc = source_open(m->fd, m->path, SOURCE_AHEAD, NULL, &sc->s, e);
	if (rc < 0) {
		free(sc);
		return rc;
	}
	*ret = sc;
	return 0;
}

static void spill_close(struct stream_carrier *sc)
{
	cleanup_fd(&sc->spill);
	sc->spill = -EBADF;
	sc->from_spill = sc->to_spill = false;
}

static void carrier_close(void *p)
{
	struct stream_carrier *sc = p;

	spill_close(sc);
	cpio_close(sc->c);
	source_close(sc->s);
	VEC_FREE(&sc->waiting);
	VEC_FREE(&sc->ready);
	free(sc->buf);
	free(sc);
}

/* For file systems without O_TMPFILE. */
static int spill_named(const char *dir)
{
	AUTO_STRBUF struct strbuf path = STRBUF_INIT;
	int fd;

	strbuf_addf(&path, "%s/commpkg-XXXXXX", dir);
	fd = mkostemp(path.p, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path.p); /* at worst an empty name stays */
	return fd;
}

static int spill_open(struct stream_carrier *sc, struct error *e)
{
	const char *dir = getenv("TMPDIR");

	if (dir == NULL || dir[0] != '/')
		dir = "/var/tmp";
	sc->spill = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (sc->spill < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		sc->spill = spill_named(dir);
	if (sc->spill < 0)
		return error_errno(e, errno, "cannot make a temporary file in '%s'", dir);
	sc->spill_size = 0;
	sc->to_spill = true;
	return 0;
}

static int spill_write(struct stream_carrier *sc, const void *bytes, size_t len,
		       struct error *e)
{
	ssize_t n;

	while (len > 0) {
		n = write(sc->spill, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot write a temporary file");
		bytes = (const char *)bytes + n;
		len -= (size_t)n;
		sc->spill_size += (uint64_t)n;
	}
	return 0;
}

static int spill_read(struct stream_carrier *sc, const void **ret, size_t *ret_len,
		      struct error *e)
{
	ssize_t n;

	if (sc->buf == NULL)
		sc->buf = xmalloc(SPILL_BLOCK);
	do
		n = pread(sc->spill, sc->buf, SPILL_BLOCK, (off_t)sc->spill_at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(e, errno, "cannot read a temporary file");
	sc->spill_at += (uint64_t)n;
	*ret = sc->buf;
	*ret_len = (size_t)n;
	return n > 0;
}

static int carrier_read(void *p, const void **ret, size_t *ret_len, struct error *e)
{
	struct stream_carrier *sc = p;
	int rc, written;

	if (sc->from_spill)
		return spill_read(sc, ret, ret_len, e);
	rc = cpio_read(sc->c, ret, ret_len, e);
	if (rc <= 0 || !sc->to_spill)
		return rc;
	written = spill_write(sc, *ret, *ret_len, e);
	return written < 0 ? written : rc;
}

/* Those that wait for this inode become ready, to be given behind it. */
static int links_resolve(struct stream_carrier *sc, const struct cpio_member *m,
			 struct error *e)
{
	size_t i, kept = 0;

	for (i = 0; i < sc->waiting.n; i++) {
		struct link_waiting *w = &sc->waiting.v[i];

		if (w->ino == m->ino && w->dev == m->dev)
			*VEC_PUSH(&sc->ready) = w->en;
		else
			sc->waiting.v[kept++] = *w;
	}
	sc->waiting.n = kept;
	return sc->ready.n > 0 ? spill_open(sc, e) : 0;
}

/* 1: hand out *ret; 0: nothing to hand out for this member. */
static int payload_member(struct stream_carrier *sc, const struct cpio_member *m,
			  const char *path, const struct entry **ret, struct error *e)
{
	uint32_t part = sc->nparts > 1 ? sc->part : 0;
	int rc;

	rc = listing_see_payload(sc->l, m->name, path, part, ret, e);
	if (rc <= 0 || m->nlink <= 1)
		return rc;
	if (m->size == 0 && (*ret)->size > 0) {
		*VEC_PUSH(&sc->waiting) = (struct link_waiting){ *ret, m->dev, m->ino };
		return 0;
	}
	rc = m->size > 0 ? links_resolve(sc, m, e) : 0;
	return rc < 0 ? rc : 1;
}

static int next_member(struct stream_carrier *sc, const struct cpio_member *m,
		       const struct entry **ret, struct error *e)
{
	const char *rest;
	enum name_kind kind;
	int rc;

	rc = name_classify(sc->l->p->dirname, m->name, m->mode, sc->part, &kind, &rest, e);
	if (rc < 0)
		return rc;
	switch (kind) {
	case NAME_META:
		return listing_see_meta(sc->l, rest, e);
	case NAME_INFO:
		return listing_see_info(sc->l, rest, e);
	case NAME_PAYLOAD:
		return payload_member(sc, m, rest, ret, e);
	case NAME_ARCHIVE:
		return name_refuse_archive(sc->l->p->dirname, m->name, e);
	default:
		return 0;
	}
}

/* The rest of a member that others are waiting for, when its reader did not want it. */
static int spill_finish(struct stream_carrier *sc, struct error *e)
{
	const void *bytes;
	size_t len;
	int rc = 0;

	while (sc->to_spill && (rc = carrier_read(sc, &bytes, &len, e)) > 0)
		;
	sc->to_spill = false;
	return rc;
}

/* A ready link, or at the end of the part one whose data never came (it is then empty,
 * which payload.c refuses). */
static bool next_link(struct stream_carrier *sc, bool part_ended, const struct entry **ret,
		      uint64_t *ret_size)
{
	if (sc->ready.n > 0) {
		*ret = sc->ready.v[--sc->ready.n];
		*ret_size = sc->spill_size;
	} else if (part_ended && sc->waiting.n > 0) {
		*ret = sc->waiting.v[--sc->waiting.n].en;
		*ret_size = 0;
		sc->spill_size = 0;
	} else {
		return false;
	}
	sc->from_spill = true;
	sc->spill_at = 0;
	return true;
}

/* 1: a part is open; 0: there are no more. */
static int next_part(struct stream_carrier *sc, struct error *e)
{
	int rc;

	if (sc->part == sc->nparts)
		return 0;
	sc->part++;
	rc = cpio_open(sc->s, sc->m->path, &sc->c, e);
	if (rc == 0)
		return error_cut_off(
			e, "cut off at byte %llu: part %u of package %s is missing",
			(unsigned long long)source_offset(sc->s), sc->part, sc->l->p->dirname);
	return rc;
}

static int end_part(struct stream_carrier *sc, struct error *e)
{
	cpio_close(sc->c);
	sc->c = NULL;
	return listing_check_part(sc->l, sc->part, e);
}

static int carrier_next(void *p, const struct entry **ret, uint64_t *ret_size, struct error *e)
{
	struct stream_carrier *sc = p;
	struct cpio_member m;
	int rc;

	rc = spill_finish(sc, e);
	if (rc < 0)
		return rc;
	if (next_link(sc, false, ret, ret_size))
		return 1;
	spill_close(sc);
	while (sc->c != NULL || (rc = next_part(sc, e)) > 0) {
		rc = cpio_next(sc->c, &m, e);
		if (rc < 0)
			return rc;
		if (rc == 0) {
			if (next_link(sc, true, ret, ret_size))
				return 1;
			rc = end_part(sc, e);
			if (rc < 0)
				return rc;
			continue;
		}
		*ret_size = m.size;
		rc = next_member(sc, &m, ret, e);
		if (rc < 0)
			return error_prefix(e, "at byte %llu", (unsigned long long)m.offset);
		if (rc > 0)
			return 1;
	}
	return rc;
}

static int carrier_package(void *p, size_t index, struct listing *l, struct error *e)
{
	struct stream_carrier *sc = p;
	const struct stream_package *sp = &sc->m->header.v[index];
	uint64_t at = source_offset(sc->s);

	cpio_close(sc->c);
	sc->c = NULL;
	sc->l = l;
	sc->part = 0;
	sc->nparts = sp->nparts;
	sc->waiting.n = sc->ready.n = 0;
	spill_close(sc);
	return source_skip(sc->s, sp->first > at ? sp->first - at : 0, e);
}

static bool same_time(const struct timespec *x, const struct timespec *y)
{
	return x->tv_sec == y->tv_sec && x->tv_nsec == y->tv_nsec;
}

/* A signature was compared with what the file was then, and its owner may be anybody. The
 * time of change is the kernel's: who writes to the file can't set it back. */
static int check_unchanged(const struct medium *m, struct error *e)
{
	struct stat st;

	if (m->header.signature.bytes == NULL)
		return 0;
	if (fstat(m->fd, &st) < 0)
		return error_errno(e, errno, "cannot look at it");
	if (st.st_size == m->st.st_size && same_time(&st.st_ctim, &m->st.st_ctim))
		return 0;
	return error_set(e, E_DIGEST, "it is signed, and was changed while it was read");
}

/* Behind the last part there is padding at most; reading it all makes the checksum of a
 * compressed stream be compared. */
static int carrier_finish(void *p, bool last, struct error *e)
{
	struct stream_carrier *sc = p;
	const unsigned char *bytes;
	size_t len, i;
	int rc = check_unchanged(sc->m, e);

	if (rc < 0 || !last)
		return rc;
	/* what fills the last block may be anything */
	rc = source_skip(sc->s, -source_offset(sc->s) % STREAM_BLOCK, e);
	if (rc < 0)
		return rc;
	while ((rc = source_fill(sc->s, &bytes, &len, e)) > 0) {
		for (i = 0; i < len; i++)
			if (bytes[i] != 0)
				return error_set(e, E_FORMAT, "there is more at byte %llu, behind "
						 "the last package", (unsigned long long)
						 (source_offset(sc->s) + i));
		source_take(sc->s, len);
	}
	return rc;
}

const struct carrier_ops stream_carrier = {
	.open = carrier_open,
	.close = carrier_close,
	.package = carrier_package,
	.next = carrier_next,
	.read = carrier_read,
	.finish = carrier_finish,
};
