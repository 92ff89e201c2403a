/*
 * depend(4) and compver(4): who must be there, and in whose stead we stand.
 *
 *	P SUNWcsu Core Solaris, (Usr)
 *		(sparc)11.10.0,REV=2005.01.21.15.53
 *
 * Source: svr4.md 5, after some 2,000 real files: tabs between fields, blanks at
 * line ends and lines of blanks only are common. The latter would be "any
 * version" when taken by the letter; they are skipped.
 */
#include "depend.h"

#include "lines.h"
#include "pkginfo.h"

struct reader {
	struct arena *a;
	struct lines l;
	VEC(struct depend) v;
	VEC(struct depend_alt) alts;	/* of the last entry of v */
	size_t count;			/* entries and alternatives */
	struct error *e;
};

static int too_many(const struct reader *r)
{
	return error_set(r->e, E_LIMIT, "%s:%u: more than %u entries", r->l.file, r->l.line,
			 DEPEND_MAX_ENTRIES);
}

/* The alternatives gathered so far belong to the last entry. */
static void close_entry(struct reader *r)
{
	struct depend *d;

	if (r->v.n == 0)
		return;
	d = &r->v.v[r->v.n - 1];
	d->alts = arena_memdup(r->a, r->alts.v, r->alts.n, sizeof(*d->alts));
	d->n = r->alts.n;
	r->alts.n = 0;
}

static int read_entry(struct reader *r, struct span line)
{
	struct span type, pkg;
	struct depend *d;

	if (!span_word(&line, &type) || !span_word(&line, &pkg))
		return lines_error(&r->l, r->e, "not 'TYPE PKG NAME'");
	if (type.len != 1 || memchr("PIR", type.p[0], 3) == NULL)
		return lines_error(&r->l, r->e, "unknown dependency type " SPAN_FMT,
				   SPAN_ARG(type));
	close_entry(r);
	d = VEC_PUSH(&r->v);
	d->type = type.p[0];
	d->pkg = span_dup(r->a, span_trim(pkg));
	d->name = span_dup(r->a, span_trim(line));
	d->line = r->l.line;
	if (!pkginfo_name_ok(d->pkg))
		return lines_error(&r->l, r->e, "bad package abbreviation " SPAN_FMT,
				   SPAN_ARG(pkg));
	return 0;
}

/* `(ARCH)VERSION`, both may be missing; s is trimmed. */
static int read_alternative(struct reader *r, struct span s)
{
	struct depend_alt *alt;
	const char *close;

	if (r->v.n == 0)
		return lines_error(&r->l, r->e, "an indented line before any entry");
	alt = VEC_PUSH(&r->alts);
	if (s.p[0] == '(') {
		close = memchr(s.p, ')', s.len);
		if (close == NULL)
			return lines_error(&r->l, r->e, "no ')' in " SPAN_FMT, SPAN_ARG(s));
		alt->arch = span_squeeze(r->a, (struct span){ s.p + 1,
							      (size_t)(close - s.p) - 1 });
		s.len -= (size_t)(close - s.p) + 1;
		s.p = close + 1;
	}
	alt->version = span_squeeze(r->a, s);
	return 0;
}

static int read_line(struct reader *r, struct span line)
{
	struct span trimmed = span_trim(line);
	bool indented = trimmed.p != line.p;

	if (trimmed.len == 0 || trimmed.p[0] == '#')
		return 0;
	if (r->count++ == DEPEND_MAX_ENTRIES)
		return too_many(r);
	return indented ? read_alternative(r, trimmed) : read_entry(r, trimmed);
}

int depend_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		 struct depends *ret, struct error *e)
{
	struct reader r = { .a = a, .e = e };
	struct span line;
	int rc;

	rc = lines_open(&r.l, bytes, len, DEPEND_MAX_BYTES, file, e);
	while (rc == 0 && lines_next(&r.l, &line))
		rc = read_line(&r, line);
	if (rc == 0) {
		close_entry(&r);
		ret->v = arena_memdup(a, r.v.v, r.v.n, sizeof(*ret->v));
		ret->n = r.v.n;
	}
	VEC_FREE(&r.v);
	VEC_FREE(&r.alts);
	return rc;
}

/* "()" says "any architecture" where the version alone would read as something
 * else: as one, as a comment, or as an empty line. */
static void render_alternative(const struct depend_alt *alt, struct strbuf *out)
{
	const char *version = alt->version != NULL ? alt->version : "";

	if (alt->arch != NULL)
		strbuf_addf(out, "\t(%s)%s\n", alt->arch, version);
	else if (version[0] == '\0' || version[0] == '(' || version[0] == '#')
		strbuf_addf(out, "\t()%s\n", version);
	else
		strbuf_addf(out, "\t%s\n", version);
}

void depend_render(const struct depends *d, struct strbuf *out)
{
	size_t i, k;

	for (i = 0; i < d->n; i++) {
		strbuf_addf(out, "%c %s%s%s\n", d->v[i].type, d->v[i].pkg,
			    d->v[i].name[0] != '\0' ? " " : "", d->v[i].name);
		for (k = 0; k < d->v[i].n; k++)
			render_alternative(&d->v[i].alts[k], out);
	}
}

int compver_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		  struct compver *ret, struct error *e)
{
	VEC(const char *) v = VEC_INIT;
	struct lines l;
	struct span line;
	int rc;

	rc = lines_open(&l, bytes, len, DEPEND_MAX_BYTES, file, e);
	while (rc == 0 && lines_next(&l, &line)) {
		line = span_trim(line);
		if (line.len == 0 || line.p[0] == '#')
			continue;
		if (v.n == DEPEND_MAX_ENTRIES)
			rc = error_set(e, E_LIMIT, "%s:%u: more than %u versions", file, l.line,
				       DEPEND_MAX_ENTRIES);
		else
			*VEC_PUSH(&v) = span_squeeze(a, line);
	}
	if (rc == 0) {
		ret->versions = arena_memdup(a, v.v, v.n, sizeof(*v.v));
		ret->n = v.n;
	}
	VEC_FREE(&v);
	return rc;
}

bool depend_version_equal(const char *a, const char *b)
{
	struct span x = { a, strlen(a) }, y = { b, strlen(b) }, wx, wy;
	bool more_x, more_y;

	for (;;) {
		more_x = span_word(&x, &wx);
		more_y = span_word(&y, &wy);
		if (!more_x || !more_y)
			return more_x == more_y;
		if (wx.len != wy.len || memcmp(wx.p, wy.p, wx.len) != 0)
			return false;
	}
}
