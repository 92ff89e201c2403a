/*
 * deb-control(5): `Name: value`, continued by indented lines; names without regard to
 * case. A binary package has one paragraph.
 */
#include "deb.h"

#include <strings.h>

#include "lines.h"
#include "str.h"

struct reader {
	struct arena *a;
	struct lines l;
	VEC(struct deb_pair) v;
	struct strbuf value;	/* of the last field */
	struct error *e;
};

static bool value_ok(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
			return false;
	return true;
}

static bool name_ok(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == ':')
			return false;
	return s.len > 0 && s.p[0] != '#' && s.p[0] != '-';
}

static void end_field(struct reader *r)
{
	if (r->v.n > 0)
		r->v.v[r->v.n - 1].value = arena_strdup(r->a, strbuf_str(&r->value));
	strbuf_reset(&r->value);
}

static int begin_field(struct reader *r, struct span line)
{
	const char *colon = memchr(line.p, ':', line.len);
	struct span name = { line.p, colon != NULL ? (size_t)(colon - line.p) : 0 }, value;
	const char *text;

	if (colon == NULL || !name_ok(name))
		return lines_error(&r->l, r->e, "not 'Field: value': " SPAN_FMT, SPAN_ARG(line));
	if (r->v.n == DEB_MAX_FIELDS)
		return error_set(r->e, E_LIMIT, "%s:%u: more than %u fields", r->l.file, r->l.line,
				 DEB_MAX_FIELDS);
	text = span_dup(r->a, name);
	end_field(r);
	for (size_t i = 0; i < r->v.n; i++)
		if (strcasecmp(r->v.v[i].name, text) == 0)
			return lines_error(&r->l, r->e, "field '%s' is there twice", text);
	VEC_PUSH(&r->v)->name = text;
	value = span_trim((struct span){ colon + 1, line.len - name.len - 1 });
	strbuf_add(&r->value, value.p, value.len);
	return 0;
}

static int read_line(struct reader *r, struct span line)
{
	if (!value_ok(span_trim(line)))
		return lines_error(&r->l, r->e, "a control byte");
	if (line.p[0] != ' ' && line.p[0] != '\t')
		return begin_field(r, line);
	if (r->v.n == 0)
		return lines_error(&r->l, r->e, "a continuation without a field");
	line = span_trim(line);
	strbuf_addch(&r->value, '\n');
	strbuf_add(&r->value, line.p, line.len);
	return 0;
}

/* Empty lines may end the paragraph; nothing may follow. */
static int read_all(struct reader *r)
{
	struct span line;
	bool ended = false;
	int rc = 0;

	while (rc == 0 && lines_next(&r->l, &line)) {
		if (span_trim(line).len == 0) {
			ended = r->v.n > 0;
			continue;
		}
		if (ended)
			return lines_error(&r->l, r->e, "a second paragraph");
		rc = read_line(r, line);
	}
	end_field(r);
	if (rc == 0 && r->v.n == 0)
		return error_set(r->e, E_FORMAT, "%s: no fields", r->l.file);
	return rc;
}

int deb_control_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		      struct deb_control *ret, struct error *e)
{
	struct reader r = { .a = a, .e = e };
	int rc = lines_open(&r.l, bytes, len, DEB_MAX_CONTROL_BYTES, file, e);

	if (rc == 0)
		rc = read_all(&r);
	if (rc == 0) {
		ret->n = r.v.n;
		ret->v = arena_calloc(a, r.v.n, sizeof(*ret->v));
		memcpy(ret->v, r.v.v, r.v.n * sizeof(*ret->v));
	}
	VEC_FREE(&r.v);
	strbuf_free(&r.value);
	return rc;
}

const char *deb_control_get(const struct deb_control *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcasecmp(c->v[i].name, name) == 0)
			return c->v[i].value;
	return NULL;
}

/* deb-control(5) Package: at least two of lower case letters, digits + - . */
static bool package_name_ok(const char *s)
{
	static const char alnum[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n = strlen(s);

	return n >= 2 && n <= 128 && strchr(alnum, s[0]) != NULL &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.") == n;
}

static bool version_ok(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n <= 256 &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			 ".+-~:") == n;
}

int deb_control_check(const struct deb_control *c, const char *file, struct error *e)
{
	const char *name = deb_control_get(c, "Package"), *version = deb_control_get(c, "Version"),
		   *arch = deb_control_get(c, "Architecture");

	if (name == NULL || !package_name_ok(name))
		return error_set(e, E_FORMAT, "'%s': control: bad or no Package", file);
	if (version == NULL || !version_ok(version))
		return error_set(e, E_FORMAT, "'%s': control: bad or no Version", file);
	if (arch == NULL || arch[0] == '\0' || strlen(arch) > 64 ||
	    strspn(arch, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(arch))
		return error_set(e, E_FORMAT, "'%s': control: bad or no Architecture", file);
	return 0;
}
