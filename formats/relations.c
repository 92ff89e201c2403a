/*
 * install/relations: what depend(4) can't say. The grammar is in the header and
 * in commpkg-relations(5); it is ours, so whatever is not in it is refused.
 */
#include "depend.h"
#include "lines.h"

#define NAME_MAX_BYTES 255u
#define VERSION_MAX_BYTES 256u

static const char *const kind_names[] = {
	[REL_PROVIDES] = "provides",
	[REL_REQUIRES] = "requires",
	[REL_RECOMMENDS] = "recommends",
	[REL_CONFLICTS] = "conflicts",
	[REL_REPLACES] = "replaces",
};
#define KINDS (sizeof(kind_names) / sizeof(*kind_names))

static const char *const op_names[] = {
	[CMP_LT] = "<<", [CMP_LE] = "<=", [CMP_EQ] = "=", [CMP_GE] = ">=", [CMP_GT] = ">>",
};
#define OPS (sizeof(op_names) / sizeof(*op_names))

struct reader {
	struct arena *a;
	struct lines l;
	VEC(struct relation) v;
	VEC(struct relation_alt) alts;	/* of the line at hand */
	size_t count;			/* all alternatives */
	enum version_scheme scheme;
	bool scheme_said;
	struct error *e;
};

static bool name_char_ok(char c, bool first)
{
	bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

	return alnum || (!first && memchr("+-._:", c, 5) != NULL);
}

static bool name_ok(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!name_char_ok(s.p[i], i == 0))
			return false;
	return s.len > 0 && s.len <= NAME_MAX_BYTES;
}

static int read_version(struct reader *r, struct span s, const char **ret)
{
	const char *version;

	s = span_trim(s);
	version = span_squeeze(r->a, s);
	if (version == NULL)
		return lines_error(&r->l, r->e, "a version is missing");
	if (strlen(version) > VERSION_MAX_BYTES)
		return lines_error(&r->l, r->e, "a version of %zu bytes, at most %u are allowed",
				   strlen(version), VERSION_MAX_BYTES);
	s = (struct span){ version, strlen(version) };
	if (strpbrk(version, "()|") != NULL || span_has_control(s))
		return lines_error(&r->l, r->e, "bad version " SPAN_FMT, SPAN_ARG(s));
	*ret = version;
	return 0;
}

/* The operator at the start of *s, which is moved behind it. */
static bool read_op(struct span *s, enum relation_op *ret)
{
	size_t n = 0, op;

	*s = span_trim(*s);
	while (n < s->len && memchr("<=>", s->p[n], 3) != NULL)
		n++;
	for (op = CMP_LT; op < OPS; op++) {
		if (!span_eq((struct span){ s->p, n }, op_names[op]))
			continue;
		*ret = (enum relation_op)op;
		s->p += n;
		s->len -= n;
		return true;
	}
	return false;
}

/* `OP VERSION` and nothing else. */
static int read_constraint(struct reader *r, struct span s, struct relation_alt *alt)
{
	if (!read_op(&s, &alt->op))
		return lines_error(&r->l, r->e, "no << <= = >= or >> before " SPAN_FMT,
				   SPAN_ARG(s));
	return read_version(r, s, &alt->version);
}

/* `NAME [(OP VERSION)]`. */
static int read_alternative(struct reader *r, struct span s)
{
	struct relation_alt *alt = VEC_PUSH(&r->alts);
	struct span name = { "", 0 };

	s = span_trim(s);
	(void)span_word(&s, &name); /* an empty name is a bad one */
	if (!name_ok(name))
		return lines_error(&r->l, r->e, "bad name " SPAN_FMT, SPAN_ARG(name));
	alt->name = span_dup(r->a, name);
	s = span_trim(s);
	if (s.len == 0)
		return 0;
	if (s.p[0] != '(' || s.p[s.len - 1] != ')')
		return lines_error(&r->l, r->e, "not '(OP VERSION)': " SPAN_FMT, SPAN_ARG(s));
	return read_constraint(r, (struct span){ s.p + 1, s.len - 2 }, alt);
}

static int read_alternatives(struct reader *r, struct span s)
{
	const char *bar;
	size_t n;
	int rc;

	do {
		if (r->count++ == DEPEND_MAX_ENTRIES)
			return error_set(r->e, E_LIMIT, "%s:%u: more than %u relations",
					 r->l.file, r->l.line, DEPEND_MAX_ENTRIES);
		bar = s.len > 0 ? memchr(s.p, '|', s.len) : NULL;
		n = bar != NULL ? (size_t)(bar - s.p) : s.len;
		rc = read_alternative(r, (struct span){ s.p, n });
		if (rc < 0 || bar == NULL)
			return rc;
		s.p += n + 1;
		s.len -= n + 1;
	} while (true);
}

/* `NAME [= VERSION]`. */
static int read_provided(struct reader *r, struct span s)
{
	struct span name = { "", 0 };
	int rc;

	(void)span_word(&s, &name);
	rc = read_alternatives(r, name);
	s = span_trim(s);
	if (rc < 0 || s.len == 0)
		return rc;
	rc = read_constraint(r, s, &r->alts.v[0]);
	if (rc == 0 && r->alts.v[0].op != CMP_EQ)
		return lines_error(&r->l, r->e, "only '=' may stand in 'provides'");
	return rc;
}

static int read_scheme(struct reader *r, struct span s)
{
	s = span_trim(s);
	if (r->scheme_said)
		return lines_error(&r->l, r->e, "a second 'scheme'");
	if (!span_eq(s, "svr4") && !span_eq(s, "deb"))
		return lines_error(&r->l, r->e, "unknown scheme " SPAN_FMT, SPAN_ARG(s));
	r->scheme = span_eq(s, "deb") ? SCHEME_DEB : SCHEME_SVR4;
	r->scheme_said = true;
	return 0;
}

static int read_relation(struct reader *r, enum relation_kind kind, struct span s)
{
	struct relation *rel;
	int rc;

	r->alts.n = 0;
	rc = kind == REL_PROVIDES ? read_provided(r, s) : read_alternatives(r, s);
	if (rc < 0)
		return rc;
	if (r->alts.n > 1 && kind != REL_REQUIRES && kind != REL_RECOMMENDS)
		return lines_error(&r->l, r->e, "no alternatives are possible in '%s'",
				   kind_names[kind]);
	rel = VEC_PUSH(&r->v);
	rel->kind = kind;
	rel->line = r->l.line;
	rel->alts = arena_memdup(r->a, r->alts.v, r->alts.n, sizeof(*rel->alts));
	rel->n = r->alts.n;
	return 0;
}

static int read_line(struct reader *r, struct span line)
{
	struct span word;
	size_t kind;

	line = span_trim(line);
	if (line.len == 0 || line.p[0] == '#')
		return 0;
	(void)span_word(&line, &word); /* there is one: the line is not empty */
	if (span_eq(word, "scheme"))
		return read_scheme(r, line);
	for (kind = 0; kind < KINDS; kind++)
		if (span_eq(word, kind_names[kind]))
			return read_relation(r, (enum relation_kind)kind, line);
	return lines_error(&r->l, r->e, "unknown relation " SPAN_FMT, SPAN_ARG(word));
}

int relations_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		    struct relations *ret, struct error *e)
{
	struct reader r = { .a = a, .e = e };
	struct span line;
	int rc;

	rc = lines_open(&r.l, bytes, len, DEPEND_MAX_BYTES, file, e);
	while (rc == 0 && lines_next(&r.l, &line))
		rc = read_line(&r, line);
	if (rc == 0)
		*ret = (struct relations){
			.present = true,
			.scheme = r.scheme,
			.v = arena_memdup(a, r.v.v, r.v.n, sizeof(*r.v.v)),
			.n = r.v.n,
		};
	VEC_FREE(&r.v);
	VEC_FREE(&r.alts);
	return rc;
}

static void render_alternatives(const struct relation *rel, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < rel->n; i++) {
		const struct relation_alt *alt = &rel->alts[i];

		strbuf_addf(out, "%s%s", i > 0 ? " | " : " ", alt->name);
		if (alt->op != CMP_ANY)
			strbuf_addf(out, rel->kind == REL_PROVIDES ? " %s %s" : " (%s %s)",
				    op_names[alt->op], alt->version);
	}
}

void relations_render(const struct relations *r, struct strbuf *out)
{
	size_t i;

	if (r->scheme == SCHEME_DEB)
		strbuf_adds(out, "scheme deb\n");
	for (i = 0; i < r->n; i++) {
		strbuf_adds(out, kind_names[r->v[i].kind]);
		render_alternatives(&r->v[i], out);
		strbuf_addch(out, '\n');
	}
}
