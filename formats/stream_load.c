/*
 * The metadata of a stream: A0 first, then install/ out of the parts.
 */
#include "stream.h"

#include <string.h>
#include <sys/stat.h>

#include "cpio.h"
#include "listing.h"
#include "package_load.h"
#include "sign.h"

struct loader {
	struct arena *a;
	struct source *s;
	const char *name;
	struct stream_header *header;
	struct package *packages;
	struct text *pkginfo, *pkgmap;	/* of A0, by package */
	struct strmap *by_name;		/* to struct stream_package */
	uint64_t metadata;		/* bytes kept so far */
	bool each;			/* a package that can't be read is set aside */
};

static int at_member(const struct cpio_member *m, struct error *e)
{
	return error_prefix(e, "at byte %llu", (unsigned long long)m->offset);
}

/* The member whole, into the arena. */
static int read_text(struct loader *l, struct cpio *c, const struct cpio_member *m,
		     uint64_t max, struct text *ret, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	const void *bytes;
	size_t len;
	int rc;

	l->metadata += m->size;
	if (m->size > max)
		return error_set(e, E_LIMIT, "'%s' is larger than %llu bytes", m->name,
				 (unsigned long long)max);
	if (l->metadata > STREAM_MAX_METADATA)
		return error_set(e, E_LIMIT, "'%s' has more than %llu bytes of metadata", l->name,
				 (unsigned long long)STREAM_MAX_METADATA);
	while ((rc = cpio_read(c, &bytes, &len, e)) > 0)
		strbuf_add(&text, bytes, len);
	if (rc < 0)
		return rc;
	*ret = (struct text){ arena_strndup(l->a, strbuf_str(&text), text.len), text.len };
	return 0;
}

/* The last member of A0, when it is there. */
static int load_signature(struct loader *l, struct cpio *c, const struct cpio_member *m,
			  struct error *e)
{
	struct stream_signature *s = &l->header->signature;
	struct text text;
	int rc;

	rc = read_text(l, c, m, SIGN_MAX_BYTES, &text, e);
	if (rc < 0)
		return rc;
	s->bytes = text.bytes;
	s->len = text.len;
	s->at = m->offset;
	return 0;
}

/* Where a member of A0 belongs: NULL text for `signature`. */
static int head_member(struct loader *l, const struct cpio_member *m, struct text **ret,
		       uint64_t *ret_max, struct error *e)
{
	const char *slash = strchr(m->name, '/');
	const struct stream_package *sp = NULL;
	char pkg[64];
	size_t i;

	if (!S_ISREG(m->mode))
		return error_set(e, E_FORMAT, "'%s' is not a regular file", m->name);
	*ret = NULL;
	if (l->header->signature.bytes != NULL)
		return error_set(e, E_FORMAT, "'%s' comes behind the signature, which is the last",
				 m->name);
	if (str_eq(m->name, STREAM_SIGNATURE))
		return 0;
	if (slash != NULL && (size_t)(slash - m->name) < sizeof(pkg)) {
		memcpy(pkg, m->name, (size_t)(slash - m->name));
		pkg[slash - m->name] = '\0';
		sp = strmap_find(l->by_name, pkg);
	}
	if (sp == NULL)
		return error_set(e, E_FORMAT, "'%s' belongs to no package of the header", m->name);
	i = (size_t)(sp - l->header->v);
	*ret_max = str_eq(slash + 1, "pkginfo") ? PKGINFO_MAX_BYTES : PKGMAP_MAX_BYTES;
	if (str_eq(slash + 1, "pkginfo"))
		*ret = &l->pkginfo[i];
	else if (str_eq(slash + 1, "pkgmap"))
		*ret = &l->pkgmap[i];
	else
		return error_set(e, E_FORMAT, "'%s' does not belong into the head", m->name);
	if ((*ret)->bytes != NULL)
		return error_set(e, E_FORMAT, "'%s' comes twice", m->name);
	return 0;
}

static int read_head(struct loader *l, struct cpio *c, struct error *e)
{
	struct cpio_member m;
	struct text *text = NULL;
	uint64_t max = 0;
	int rc;

	while ((rc = cpio_next(c, &m, e)) > 0) {
		rc = head_member(l, &m, &text, &max, e);
		if (rc == 0)
			rc = text != NULL ? read_text(l, c, &m, max, text, e) :
					    load_signature(l, c, &m, e);
		if (rc < 0)
			return at_member(&m, e);
		if (text != NULL)
			l->header->signature.position++;
	}
	l->header->head_end = source_offset(l->s);
	l->header->head_end += -l->header->head_end % STREAM_BLOCK;
	return rc;
}

/* What is wrong with package i: `why` is kept and the rest goes on, or is the end of it. */
static int set_aside(struct loader *l, size_t i, int rc, const struct error *why,
		     struct error *e)
{
	struct package *p = &l->packages[i];

	if (l->each && package_load_is_fault(rc)) {
		if (p->broken == NULL)
			package_load_broken(l->a, p, l->header->v[i].name, why);
		return 0;
	}
	if (e != NULL)
		*e = *why;
	return rc;
}

static int parse_package(struct loader *l, size_t i, struct error *e)
{
	const struct stream_package *sp = &l->header->v[i];
	struct package *p = &l->packages[i];
	int rc;

	if (l->pkginfo[i].bytes == NULL || l->pkgmap[i].bytes == NULL)
		return error_set(e, E_FORMAT, "'%s' has no %s of package %s in its head", l->name,
				 l->pkginfo[i].bytes == NULL ? "pkginfo" : "pkgmap", sp->name);
	rc = package_load_head(l->a, p, sp->name, l->pkginfo[i], l->pkgmap[i], e);
	if (rc == 0 && p->map.nparts != sp->nparts)
		return error_set(e, E_FORMAT, "%s: the datastream header says %u parts, pkgmap "
				 "says %u", sp->name, sp->nparts, p->map.nparts);
	return rc;
}

static int parse_packages(struct loader *l, struct error *e)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < l->header->n && rc == 0; i++) {
		struct error why = ERROR_INIT;

		rc = parse_package(l, i, &why);
		if (rc < 0)
			rc = set_aside(l, i, rc, &why, e);
	}
	return rc;
}

static int load_head(struct loader *l, struct error *e)
{
	struct cpio *c;
	size_t i;
	int rc;

	for (i = 0; i < l->header->n; i++)
		strmap_put(l->by_name, l->header->v[i].name, &l->header->v[i]);
	rc = cpio_open(l->s, l->name, &c, e);
	if (rc == 0)
		return error_cut_off(e, "'%s' is cut off behind its header", l->name);
	if (rc < 0)
		return rc;
	rc = read_head(l, c, e);
	cpio_close(c);
	return rc < 0 ? rc : parse_packages(l, e);
}

/* The copy of pkginfo and pkgmap in a part is the one of A0, byte for byte. */
static int compare_meta(struct cpio *c, const struct cpio_member *m, const struct text *head,
			struct error *e)
{
	const void *bytes;
	size_t len, at = 0;
	int rc;

	if (m->size != head->len)
		return error_set(e, E_FORMAT, "'%s' differs from the one in the head", m->name);
	while ((rc = cpio_read(c, &bytes, &len, e)) > 0) {
		if (len > head->len - at || memcmp(bytes, head->bytes + at, len) != 0)
			return error_set(e, E_FORMAT, "'%s' differs from the one in the head",
					 m->name);
		at += len;
	}
	return rc;
}

/* A name of an inode whose data comes with the last of its names (svr4.md 2.2). */
struct info_link {
	const char *name;
	uint64_t dev, ino;
};

struct part_state {
	size_t i;		/* package */
	uint32_t part;
	bool pkginfo, pkgmap;	/* seen */
	VEC(struct info_link) links;
};

static int load_info(struct loader *l, struct part_state *st, struct cpio *c,
		     const struct cpio_member *m, const char *name, struct error *e)
{
	struct package *p = &l->packages[st->i];
	const struct infofile *f = package_infofile(p, name);
	struct text bytes;
	size_t i;
	int rc;

	if (m->size == 0 && m->nlink > 1 && f != NULL && f->entry->size > 0) {
		if (st->links.n == PACKAGE_MAX_INFOFILES)
			return error_set(e, E_LIMIT, "%s: too many information files", p->dirname);
		*VEC_PUSH(&st->links) = (struct info_link){ f->name, m->dev, m->ino };
		return 0;
	}
	rc = read_text(l, c, m, INFOFILE_MAX_BYTES, &bytes, e);
	if (rc == 0)
		rc = package_load_infofile(p, name, bytes, e);
	for (i = 0; i < st->links.n && rc == 0 && m->nlink > 1; i++)
		if (st->links.v[i].dev == m->dev && st->links.v[i].ino == m->ino)
			rc = package_load_infofile(p, st->links.v[i].name, bytes, e);
	return rc;
}

static int part_member(struct loader *l, struct part_state *st, struct cpio *c,
		       const struct cpio_member *m, enum name_kind *ret_kind, struct error *e)
{
	struct package *p = &l->packages[st->i];
	bool is_info = str_eq(m->name, "pkginfo");
	bool *seen = is_info ? &st->pkginfo : &st->pkgmap;
	const char *rest;
	int rc;

	rc = name_classify(p->dirname, m->name, m->mode, st->part, ret_kind, &rest, e);
	if (rc < 0)
		return rc;
	switch (*ret_kind) {
	case NAME_META:
		if (*seen)
			return error_set(e, E_FORMAT, "%s: '%s' comes twice", p->dirname, m->name);
		*seen = true;
		rc = compare_meta(c, m, is_info ? &l->pkginfo[st->i] : &l->pkgmap[st->i], e);
		return rc < 0 ? error_prefix(e, "%s", p->dirname) : 0;
	case NAME_INFO:
		return load_info(l, st, c, m, rest, e);
	case NAME_ARCHIVE:
		return name_refuse_archive(p->dirname, m->name, e);
	default:
		return 0;
	}
}

/* 1: everything there is to know has been read and `stop` allows to leave the part. */
static int walk_part(struct loader *l, struct part_state *st, struct cpio *c, bool stop,
		     struct error *e)
{
	const struct package *p = &l->packages[st->i];
	enum name_kind kind;
	struct cpio_member m;
	int rc;

	while ((rc = cpio_next(c, &m, e)) > 0) {
		rc = part_member(l, st, c, &m, &kind, e);
		if (rc < 0)
			return at_member(&m, e);
		if (stop && kind == NAME_PAYLOAD && st->pkginfo && st->pkgmap &&
		    package_load_complete(p))
			return 1;
	}
	if (rc == 0 && (!st->pkginfo || (st->part == 1 && !st->pkgmap)))
		return error_set(e, E_FORMAT, "%s: part %u has no %s", p->dirname, st->part,
				 st->pkginfo ? "pkgmap" : "pkginfo");
	return rc;
}

/* To the end of an archive that nobody wants to know more of. */
static int skip_part(struct cpio *c, struct error *e)
{
	struct cpio_member m;
	int rc;

	while ((rc = cpio_next(c, &m, e)) > 0)
		;
	return rc;
}

/* A package that is wrong is set aside, an archive that is wrong is an error. */
static int look_at_part(struct loader *l, struct part_state *st, struct cpio *c, bool stop,
			struct error *e)
{
	struct error why = ERROR_INIT;
	int rc = 0;

	if (l->packages[st->i].broken == NULL)
		rc = walk_part(l, st, c, stop, &why);
	if (rc < 0)
		rc = set_aside(l, st->i, rc, &why, e);
	return rc == 0 && l->packages[st->i].broken != NULL ? skip_part(c, e) : rc;
}

static int load_part(struct loader *l, size_t i, uint32_t part, bool stop, struct error *e)
{
	struct part_state st = { .i = i, .part = part };
	struct cpio *c;
	int rc;

	rc = cpio_open(l->s, l->name, &c, e);
	if (rc == 0)
		return error_cut_off(e, "'%s' is cut off at byte %llu: part %u of package %s "
				 "is missing", l->name, (unsigned long long)source_offset(l->s),
				 part, l->header->v[i].name);
	if (rc < 0)
		return rc;
	rc = look_at_part(l, &st, c, stop, e);
	cpio_close(c);
	VEC_FREE(&st.links);
	return rc;
}

/* Reads all parts, also of a package that is broken: the next one is behind them. */
static int load_package(struct loader *l, size_t i, struct error *e)
{
	struct stream_package *sp = &l->header->v[i];
	struct error why = ERROR_INIT;
	bool stop = l->header->n == 1;
	uint32_t part;
	int rc = 0;

	/* between archives there is nothing but padding, so any offset in it will do */
	sp->first = source_offset(l->s);
	for (part = 1; part <= sp->nparts && rc == 0; part++)
		rc = load_part(l, i, part, stop && part == 1, e);
	if (rc < 0 || l->packages[i].broken != NULL)
		return rc < 0 ? rc : 0;
	rc = package_load_done(l->a, &l->packages[i], &why);
	return rc < 0 ? set_aside(l, i, rc, &why, e) : 0;
}

/* Behind the first archive that is none there is no way to the next. */
static int load_packages(struct loader *l, struct error *e)
{
	struct error why = ERROR_INIT;
	size_t i;
	int rc = 0;

	for (i = 0; i < l->header->n && rc == 0; i++)
		rc = load_package(l, i, &why);
	for (; rc < 0 && i <= l->header->n; i++) {
		int left = set_aside(l, i - 1, rc, &why, e);

		if (left < 0)
			return left;
	}
	return 0;
}

static void loader_init(struct loader *l)
{
	size_t n = l->header->n;

	l->packages = arena_calloc(l->a, n, sizeof(*l->packages));
	l->pkginfo = arena_calloc(l->a, n, sizeof(*l->pkginfo));
	l->pkgmap = arena_calloc(l->a, n, sizeof(*l->pkgmap));
	l->by_name = strmap_new(n);
}

int stream_load(struct arena *a, struct source *s, const char *name, enum medium_depth depth,
		bool each, struct stream_header *ret, struct package **ret_packages,
		struct error *e)
{
	struct loader l = { .a = a, .s = s, .name = name, .header = ret, .each = each };
	size_t i;
	int rc;

	rc = stream_header_read(a, s, name, ret, e);
	if (rc < 0)
		return rc;
	loader_init(&l);
	rc = load_head(&l, e);
	if (rc == 0 && depth == MEDIUM_ALL)
		rc = load_packages(&l, e);
	for (i = 0; i < ret->n && depth == MEDIUM_HEAD; i++)
		l.packages[i].ninfofiles = 0;
	strmap_free(l.by_name);
	if (rc == 0)
		*ret_packages = l.packages;
	return rc;
}
