/* Lines of contents, word by word. */
#include "contents.h"

#include <stdlib.h>

#include "lines.h"

struct reader {
	struct arena *a;
	struct lines l;
	struct span rest;	/* of the line at hand */
	VEC(struct contents_line) v;
	VEC(struct contents_owner) owners;	/* of the line at hand */
	struct error *e;
};

static int missing(const struct reader *r, const char *what)
{
	return lines_error(&r->l, r->e, "%s is missing", what);
}

static int bad(const struct reader *r, const char *what, struct span word)
{
	return lines_error(&r->l, r->e, "bad %s " SPAN_FMT, what, SPAN_ARG(word));
}

static bool is_unset(struct span word)
{
	return span_eq(word, "?");
}

/* The next word without taking it. */
static bool peek(const struct reader *r, struct span *ret)
{
	struct span rest = r->rest;

	return span_word(&rest, ret);
}

static bool is_digits(struct span word)
{
	size_t i;

	for (i = 0; i < word.len; i++)
		if (word.p[i] < '0' || word.p[i] > '9')
			return false;
	return word.len > 0;
}

/* `X==X=` is the name `X=`, and so is `X=`: see pkgmap.c. */
static bool ends_in_equals(struct span *path, size_t equals)
{
	size_t half = path->len / 2;

	if (equals + 1 == path->len)
		return true;
	if (half < 2 || path->p[half] != '=' || path->p[half - 1] != '=' ||
	    path->len != 2 * half + 1 || memcmp(path->p, path->p + half + 1, half) != 0)
		return false;
	path->len = half;
	return true;
}

/* Of a file what stands behind '=' is where pkgmk had it from. */
static int set_path(struct reader *r, struct entry *en, struct span word)
{
	bool link = en->ftype == 's' || en->ftype == 'l';
	const char *eq = memchr(word.p, '=', word.len);
	struct span target = { word.p, 0 };

	if (eq != NULL && (link || !ends_in_equals(&word, (size_t)(eq - word.p)))) {
		target = (struct span){ eq + 1, word.len - (size_t)(eq - word.p) - 1 };
		word.len = (size_t)(eq - word.p);
	}
	if (link && target.len == 0)
		return lines_error(&r->l, r->e, SPAN_FMT " is a link to nothing", SPAN_ARG(word));
	if (word.len == 0 || word.p[0] != '/' || word.len > PKGMAP_MAX_PATH * 4 ||
	    span_has_control(word))
		return bad(r, "path", word);
	if (target.len > PKGMAP_MAX_PATH * 4 || span_has_control(target))
		return bad(r, "target", target);
	en->path = span_dup(r->a, word);
	en->target = link ? span_dup(r->a, target) : NULL;
	return 0;
}

static int read_ftype(struct reader *r, struct entry *en)
{
	struct span word;

	if (!span_word(&r->rest, &word))
		return missing(r, "the file type");
	if (word.len != 1 || strchr("?fevdxpcbsl", word.p[0]) == NULL)
		return lines_error(&r->l, r->e, "unknown file type " SPAN_FMT, SPAN_ARG(word));
	en->ftype = word.p[0];
	return 0;
}

static int read_class(struct reader *r, struct entry *en)
{
	struct span word;

	if (!span_word(&r->rest, &word))
		return missing(r, "the class");
	if (word.len > PKGMAP_MAX_FIELD || span_has_control(word) ||
	    memchr(word.p, '/', word.len) != NULL)
		return bad(r, "class", word);
	en->class = span_dup(r->a, word);
	return 0;
}

static int read_part(struct reader *r, struct entry *en)
{
	struct span word;
	uint64_t part;

	if (!peek(r, &word) || !is_digits(word))
		return 0;
	if (!str_to_u64(word.p, word.len, 10, UINT32_MAX, &part))
		return bad(r, "part number", word);
	en->part = (uint32_t)part;
	(void)span_word(&r->rest, &word);
	return 0;
}

static int read_device_number(struct reader *r, const char *what, uint32_t *ret)
{
	struct span word;
	uint64_t n;

	if (!span_word(&r->rest, &word))
		return missing(r, what);
	*ret = NUM_UNSET;
	if (is_unset(word))
		return 0;
	if (!str_to_u64(word.p, word.len, 10, NUM_UNSET - 1, &n))
		return bad(r, what, word);
	*ret = (uint32_t)n;
	return 0;
}

/* Octal digits of any number: what is wider than 07777 was never known. */
static int read_mode(struct reader *r, struct entry *en)
{
	struct span word;
	uint64_t mode;
	size_t i;

	if (!span_word(&r->rest, &word))
		return missing(r, "the mode");
	for (i = 0; i < word.len; i++)
		if ((word.p[i] < '0' || word.p[i] > '7') && !is_unset(word))
			return bad(r, "mode", word);
	if (str_to_u64(word.p, word.len, 8, 07777, &mode))
		en->mode = (uint32_t)mode;
	return 0;
}

static int read_account(struct reader *r, const char *what, const char **ret)
{
	struct span word;

	if (!span_word(&r->rest, &word))
		return missing(r, what);
	if (word.len > PKGMAP_MAX_FIELD || span_has_control(word))
		return bad(r, what, word);
	*ret = is_unset(word) ? NULL : span_dup(r->a, word);
	return 0;
}

static int read_attributes(struct reader *r, struct entry *en)
{
	int rc = read_mode(r, en);

	if (rc == 0)
		rc = read_account(r, "owner", &en->owner);
	return rc == 0 ? read_account(r, "group", &en->group) : rc;
}

/* size, sum and time; '?' in any of them: none is known. */
static int read_content(struct reader *r, struct entry *en)
{
	static const char *const names[] = { "size", "sum", "modification time" };
	int64_t v[3] = { 0, 0, 0 };
	struct span word;
	size_t i;

	en->has_content = true;
	for (i = 0; i < 3; i++) {
		if (!span_word(&r->rest, &word))
			return missing(r, names[i]);
		if (is_unset(word))
			en->has_content = false;
		else if (!str_to_i64(word.p, word.len, &v[i]) || (i < 2 && v[i] < 0) ||
			 (i == 1 && v[1] > UINT32_MAX))
			return bad(r, names[i], word);
	}
	if (en->has_content) {
		en->size = (uint64_t)v[0];
		en->sum = (uint32_t)v[1];
		en->mtime = v[2];
	}
	return 0;
}

static int read_owner(struct reader *r, struct span word)
{
	struct contents_owner o = { .status = 0 };
	size_t i, n = word.len;

	if (strchr("+-*~!%", word.p[0]) != NULL) {
		o.status = word.p[0];
		word.p++;
		word.len--;
		n--;
	}
	for (i = 0; i < word.len && word.p[i] != ':' && word.p[i] != '\\'; i++)
		;
	n = i;
	if (i < word.len && word.p[i] == '\\') {
		o.edited = true;
		i++;
	}
	if (i < word.len && (word.p[i] != ':' || word.len - i - 1 > PKGMAP_MAX_FIELD ||
			     memchr(word.p + i, '/', word.len - i) != NULL))
		return bad(r, "package", word);
	if (i + 1 < word.len)
		o.class = span_dup(r->a, (struct span){ word.p + i + 1, word.len - i - 1 });
	if (n == 0 || n > CONTENTS_MAX_INSTANCE || word.p[0] == '.' || span_has_control(word) ||
	    memchr(word.p, '/', n) != NULL)
		return bad(r, "package", word);
	o.instance = span_dup(r->a, (struct span){ word.p, n });
	*VEC_PUSH(&r->owners) = o;
	return 0;
}

static int read_owners(struct reader *r, struct contents_line *line)
{
	struct span word;
	int rc = 0;

	r->owners.n = 0;
	while (rc == 0 && span_word(&r->rest, &word))
		rc = read_owner(r, word);
	line->n = r->owners.n;
	line->owners = arena_memdup(r->a, r->owners.v, r->owners.n, sizeof(*r->owners.v));
	return rc;
}

static int read_fields(struct reader *r, struct entry *en)
{
	int rc = 0;

	if (en->ftype == 'c' || en->ftype == 'b') {
		rc = read_device_number(r, "major number", &en->major);
		if (rc == 0)
			rc = read_device_number(r, "minor number", &en->minor);
	}
	if (rc == 0 && strchr("sl?", en->ftype) == NULL)
		rc = read_attributes(r, en);
	if (rc == 0 && ftype_has_payload(en->ftype))
		rc = read_content(r, en);
	return rc;
}

static int read_new(struct reader *r, struct entry *en)
{
	struct span path;
	int rc;

	(void)span_word(&r->rest, &path);
	rc = read_part(r, en);
	if (rc == 0)
		rc = read_ftype(r, en);
	if (rc == 0)
		rc = read_class(r, en);
	return rc == 0 ? set_path(r, en, path) : rc;
}

static int read_old(struct reader *r, struct entry *en)
{
	struct span path;
	int rc = read_ftype(r, en);

	if (rc == 0)
		rc = read_class(r, en);
	if (rc < 0)
		return rc;
	if (!span_word(&r->rest, &path))
		return missing(r, "the path");
	return set_path(r, en, path);
}

/* Before SVR4 packages alone could stand behind the path. */
static bool fields_left_out(const struct reader *r, const struct entry *en)
{
	struct span word;

	if (!peek(r, &word))
		return true;
	return en->ftype != 'c' && en->ftype != 'b' && !is_digits(word) && !is_unset(word);
}

static int read_line(struct reader *r, struct span text)
{
	struct contents_line line = { .entry = { .mode = MODE_UNSET, .major = NUM_UNSET,
		.minor = NUM_UNSET, .line = r->l.line } };
	bool old = text.len > 0 && text.p[0] != '/';
	int rc;

	if (text.len == 0 || strchr("#: \t\r\f\v", text.p[0]) != NULL)
		return 0;
	if (r->v.n == CONTENTS_MAX_LINES)
		return error_set(r->e, E_LIMIT, "%s:%u: more than %u lines", r->l.file, r->l.line,
				 CONTENTS_MAX_LINES);
	r->rest = text;
	rc = old ? read_old(r, &line.entry) : read_new(r, &line.entry);
	if (rc == 0 && !(old && fields_left_out(r, &line.entry)))
		rc = read_fields(r, &line.entry);
	if (rc == 0)
		rc = read_owners(r, &line);
	if (rc == 0)
		*VEC_PUSH(&r->v) = line;
	return rc;
}

int contents_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		   struct contents *ret, struct error *e)
{
	struct reader r = { .a = a, .e = e };
	struct span line;
	int rc = lines_open(&r.l, bytes, len, CONTENTS_MAX_BYTES, file, e);

	while (rc == 0 && lines_next(&r.l, &line))
		rc = read_line(&r, line);
	if (rc == 0) {
		ret->v = arena_memdup(a, r.v.v, r.v.n, sizeof(*r.v.v));
		ret->n = r.v.n;
	}
	VEC_FREE(&r.v);
	VEC_FREE(&r.owners);
	return rc;
}
