/*
 * Key by key. A file is read into rows, one for each line; a key is known by its section and its
 * name. What both changed to different values is a conflict, as is a key that one removed and
 * the other changed.
 */
#include "merge.h"

#include <ctype.h>

#include "diff.h"

struct row {
	const struct diff_line *line;
	const char *key;	/* "section\nname"; NULL: comment, blank, or the section itself */
	const char *section;
	bool header;		/* [section] */
	size_t mark;		/* how many lines of comment and blank stand right above */
	bool dropped;
	const struct row *instead;	/* of `new`: its line stands here */
	VEC(const struct row *) after;	/* of `new`: come behind this one */
};

struct keyfile {
	struct diff_text lines;
	struct row *rows;
	struct strmap *keys;		/* key -> row */
	struct strmap *sections;	/* name -> last row of it that is no blank */
	struct row top;			/* before the first line */
	bool fit;
};

/* ---- reading */

static struct text trimmed(const char *s, size_t len)
{
	while (len > 0 && isspace((unsigned char)s[len - 1]))
		len--;
	while (len > 0 && isspace((unsigned char)*s)) {
		s++;
		len--;
	}
	return (struct text){ s, len };
}

static bool is_comment(struct text t)
{
	return t.len == 0 || t.bytes[0] == '#' || t.bytes[0] == ';' || t.bytes[0] == '!';
}

static bool key_name(struct text t, struct text *ret)
{
	const char *eq = memchr(t.bytes, '=', t.len);
	size_t i;

	if (eq == NULL)
		return false;
	*ret = trimmed(t.bytes, (size_t)(eq - t.bytes));
	for (i = 0; i < ret->len; i++)
		if (!isalnum((unsigned char)ret->bytes[i]) &&
		    strchr("._-/:@*%", ret->bytes[i]) == NULL)
			return false;
	return ret->len > 0;
}

/* A line that ends in a backslash goes on in the next: that is beyond this reading. */
static bool read_row(struct arena *a, struct keyfile *f, struct row *r, const char **section)
{
	struct text t = trimmed(r->line->s, r->line->len), name;

	if (t.len > 0 && t.bytes[t.len - 1] == '\\')
		return false;
	if (t.len >= 2 && t.bytes[0] == '[' && t.bytes[t.len - 1] == ']') {
		*section = arena_strndup(a, t.bytes, t.len);
		r->section = *section;
		r->header = true;
		return strmap_put(f->sections, *section, r) == NULL;
	}
	r->section = *section;
	if (is_comment(t)) {
		if (t.len > 0)
			(void)strmap_put(f->sections, *section, r);
		return true;
	}
	if (!key_name(t, &name))
		return false;
	r->key = arena_printf(a, "%s\n%.*s", *section, (int)name.len, name.bytes);
	(void)strmap_put(f->sections, *section, r);
	return strmap_put(f->keys, r->key, r) == NULL;
}

static void read_file(struct arena *a, struct text t, struct keyfile *f)
{
	const char *section = "";
	size_t i, run = 0;

	diff_split(a, t.bytes, t.len, &f->lines);
	f->rows = arena_calloc(a, f->lines.n, sizeof(*f->rows));
	f->keys = strmap_new(f->lines.n);
	f->sections = strmap_new(8);
	(void)strmap_put(f->sections, "", &f->top);
	f->fit = memchr(t.bytes, '\0', t.len) == NULL;
	for (i = 0; f->fit && i < f->lines.n; i++) {
		struct row *r = &f->rows[i];

		r->line = &f->lines.v[i];
		f->fit = read_row(a, f, r, &section);
		r->mark = run;
		run = r->key != NULL || r->header ? 0 : run + 1;
	}
}

static void close_file(struct keyfile *f)
{
	size_t i;

	strmap_free(f->keys);
	strmap_free(f->sections);
	VEC_FREE(&f->top.after);
	for (i = 0; i < f->lines.n; i++)
		VEC_FREE(&f->rows[i].after);
}

/* ---- deciding */

static bool same_value(const struct row *x, const struct row *y)
{
	struct text s = trimmed(x->line->s, x->line->len), t = trimmed(y->line->s, y->line->len);

	return s.len == t.len && memcmp(s.bytes, t.bytes, s.len) == 0;
}

/* Where a key of `new` that is not in `live` goes: behind the nearest key above it that is. */
static struct row *place_for(const struct keyfile *new, const struct row *r,
			     const struct keyfile *live)
{
	const struct row *up;
	struct row *there;

	for (up = r; up-- > new->rows && str_eq(up->section, r->section);) {
		there = up->key != NULL ? strmap_find(live->keys, up->key) : NULL;
		if (there != NULL)
			return there;
	}
	there = strmap_find(live->sections, r->section);
	return there;
}

/* A section that live does not have comes whole, at the end. */
static void add_section(const struct keyfile *new, const struct row *r, struct keyfile *live)
{
	struct row *last = live->lines.n > 0 ? &live->rows[live->lines.n - 1] : &live->top;

	while (r > new->rows && !r->header)
		r--;
	*VEC_PUSH(&last->after) = r;
	(void)strmap_put(live->sections, r->section, last);
}

static void add_key(const struct keyfile *new, const struct row *r, struct keyfile *live)
{
	struct row *place = place_for(new, r, live);
	const struct row *from = r - r->mark;

	if (place == NULL) {
		add_section(new, r, live);
		place = strmap_find(live->sections, r->section);
	}
	for (; from <= r; from++)
		*VEC_PUSH(&place->after) = from;
}

/* False: a conflict. */
static bool decide_key(const struct keyfile *base, struct keyfile *live,
		       const struct keyfile *new, const struct row *n)
{
	const struct row *b = strmap_find(base->keys, n->key);
	struct row *l = strmap_find(live->keys, n->key);

	if (l == NULL && b == NULL) {
		add_key(new, n, live);
		return true;
	}
	if (l == NULL)
		return same_value(b, n);	/* removed, and it stays so */
	if (same_value(l, n) || (b != NULL && same_value(b, n)))
		return true;
	if (b == NULL || !same_value(b, l))
		return false;
	l->instead = n;
	return true;
}

/* Keys that the packager removed. */
static bool decide_gone(const struct keyfile *base, struct keyfile *live,
			const struct keyfile *new)
{
	size_t i;

	for (i = 0; i < live->lines.n; i++) {
		struct row *l = &live->rows[i];
		const struct row *b = l->key != NULL ? strmap_find(base->keys, l->key) : NULL;

		if (b == NULL || strmap_find(new->keys, l->key) != NULL)
			continue;
		if (!same_value(b, l))
			return false;
		l->dropped = true;
	}
	return true;
}

/* ---- writing */

static void put_line(struct strbuf *out, const struct diff_line *l)
{
	if (out->len > 0 && out->p[out->len - 1] != '\n')
		strbuf_addch(out, '\n');
	strbuf_add(out, l->s, l->len);
}

static void put_row(struct strbuf *out, const struct row *r)
{
	size_t i;

	if (r->line != NULL && !r->dropped)
		put_line(out, r->instead != NULL ? r->instead->line : r->line);
	for (i = 0; i < r->after.n; i++)
		put_line(out, r->after.v[i]->line);
}

static void put_file(struct arena *a, const struct keyfile *live, struct text *ret)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	size_t i;

	put_row(&out, &live->top);
	for (i = 0; i < live->lines.n; i++)
		put_row(&out, &live->rows[i]);
	ret->len = out.len;
	ret->bytes = arena_strndup(a, strbuf_str(&out), out.len);
}

void merge_keys(struct arena *a, struct text base, struct text live, struct text new,
		struct merge_result *ret)
{
	AUTO_ARENA struct arena *scratch = arena_new();
	struct keyfile b = { 0 }, l = { 0 }, n = { 0 };
	size_t i;

	*ret = (struct merge_result){ .outcome = MERGE_UNFIT };
	read_file(scratch, base, &b);
	read_file(scratch, live, &l);
	read_file(scratch, new, &n);
	if (b.fit && l.fit && n.fit) {
		for (i = 0; i < n.lines.n; i++)
			if (n.rows[i].key != NULL && !decide_key(&b, &l, &n, &n.rows[i]))
				ret->conflicts++;
		if (!decide_gone(&b, &l, &n))
			ret->conflicts++;
		ret->outcome = ret->conflicts > 0 ? MERGE_CONFLICT : MERGE_CLEAN;
	}
	if (ret->outcome == MERGE_CLEAN)
		put_file(a, &l, &ret->text);
	close_file(&b);
	close_file(&l);
	close_file(&n);
}
