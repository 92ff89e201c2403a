/* Lines of contents, read. */
#include "filedb.h"

#include <stdlib.h>

#include "lines.h"
#include "pkginfo.h"
#include "str.h"

#define FTYPES "fevdxpcbsl"
#define STATUSES "+-*~!%"

struct reader {
	struct arena *a;
	struct lines l;
	struct span rest;		/* of the line */
	VEC(struct filedb_entry) v;
	VEC(struct filedb_owner) owners; /* of the line */
	const char *last[3];		/* owner, group and class repeat: stored once */
	size_t edited;
	struct error *e;
};

static int bad(const struct reader *r, const char *what, struct span word)
{
	return lines_error(&r->l, r->e, "bad %s " SPAN_FMT, what, SPAN_ARG(word));
}

static int next(struct reader *r, const char *what, struct span *ret)
{
	if (span_word(&r->rest, ret))
		return 0;
	return lines_error(&r->l, r->e, "%s is missing", what);
}

static bool is_unknown(struct span word)
{
	return span_eq(word, "?");
}

/* ---- words */

static const char *dup_like(struct reader *r, unsigned which, struct span word)
{
	if (r->last[which] == NULL || !span_eq(word, r->last[which]))
		r->last[which] = span_dup(r->a, word);
	return r->last[which];
}

/* The class names scripts, so it is no path. */
static bool class_ok(struct span s)
{
	return s.len > 0 && s.len <= PKGMAP_MAX_FIELD && !span_has_control(s) &&
	       memchr(s.p, '/', s.len) == NULL && memchr(s.p, ':', s.len) == NULL;
}

static int read_class(struct reader *r, const char **ret)
{
	struct span word;
	int rc = next(r, "the class", &word);

	if (rc == 0 && !class_ok(word))
		rc = bad(r, "class", word);
	if (rc == 0)
		*ret = dup_like(r, 2, word);
	return rc;
}

static int read_account(struct reader *r, const char *what, unsigned which, const char **ret)
{
	struct span word;
	int rc = next(r, what, &word);

	if (rc < 0)
		return rc;
	if (word.len > PKGMAP_MAX_FIELD || span_has_control(word) ||
	    memchr(word.p, ':', word.len) != NULL || memchr(word.p, '/', word.len) != NULL)
		return bad(r, what, word);
	*ret = is_unknown(word) ? NULL : dup_like(r, which, word);
	return 0;
}

/* *ret stays as it is for '?', and *ret_known says so. */
static int read_number(struct reader *r, const char *what, uint64_t max, uint64_t *ret,
		       bool *ret_known)
{
	struct span word;
	int rc = next(r, what, &word);

	if (rc < 0)
		return rc;
	if (is_unknown(word)) {
		*ret_known = false;
		return 0;
	}
	return str_to_u64(word.p, word.len, 10, max, ret) ? 0 : bad(r, what, word);
}

/* ---- path */

static bool text_ok(struct span s)
{
	return s.len > 0 && s.len <= PKGMAP_MAX_PATH && !span_has_control(s);
}

static int read_path(struct reader *r, struct span word, struct filedb_entry *en)
{
	struct span path = word, target = { NULL, 0 };
	const char *equals = memchr(word.p, '=', word.len);
	bool link = en->ftype == 's' || en->ftype == 'l';
	const char *clean;

	if (link && equals == NULL)
		return lines_error(&r->l, r->e, SPAN_FMT " is a link to nothing", SPAN_ARG(word));
	if (link) {
		path.len = (size_t)(equals - word.p);
		target = (struct span){ equals + 1, word.len - path.len - 1 };
		if (!text_ok(target))
			return bad(r, "target", target);
		en->target = span_dup(r->a, target);
	}
	if (!text_ok(path) || path.p[0] != '/')
		return bad(r, "path", path);
	if (path_canonical(r->a, span_dup(r->a, path), &clean, NULL) < 0)
		return lines_error(&r->l, r->e, "the path " SPAN_FMT " leads out of its place",
				   SPAN_ARG(path));
	en->path = clean + 1;
	if (en->path[0] == '\0' && !ftype_is_dir(en->ftype))
		return bad(r, "path", path);
	return 0;
}

/* ---- fields by type */

/* A character device 0,0 is a whiteout to overlayfs. */
static int read_device(struct reader *r, struct filedb_entry *en)
{
	uint64_t major = NUM_UNSET, minor = NUM_UNSET;
	bool known = true;
	int rc = read_number(r, "major number", NUM_UNSET - 1, &major, &known);

	if (rc == 0)
		rc = read_number(r, "minor number", NUM_UNSET - 1, &minor, &known);
	if (rc < 0)
		return rc;
	if (en->ftype == 'c' && major == 0 && minor == 0)
		return lines_error(&r->l, r->e, "character device 0,0 is a whiteout");
	en->major = (uint32_t)major;
	en->minor = (uint32_t)minor;
	return 0;
}

static int read_attributes(struct reader *r, struct filedb_entry *en)
{
	struct span word;
	uint64_t mode = MODE_UNSET;
	int rc = next(r, "the mode", &word);

	if (rc == 0 && !is_unknown(word) && !str_to_u64(word.p, word.len, 8, 07777, &mode))
		rc = bad(r, "mode", word);
	if (rc == 0)
		rc = read_account(r, "owner", 0, &en->owner);
	if (rc == 0)
		rc = read_account(r, "group", 1, &en->group);
	en->mode = (uint32_t)mode;
	return rc;
}

static int read_content(struct reader *r, struct filedb_entry *en)
{
	uint64_t sum = 0;
	struct span word;
	int rc;

	en->has_content = true;
	rc = read_number(r, "size", INT64_MAX, &en->size, &en->has_content);
	if (rc == 0)
		rc = read_number(r, "sum", UINT16_MAX, &sum, &en->has_content);
	if (rc == 0)
		rc = next(r, "modification time", &word);
	if (rc < 0)
		return rc;
	en->sum = (uint32_t)sum;
	if (is_unknown(word))
		en->has_content = false;
	else if (!str_to_i64(word.p, word.len, &en->mtime))
		return bad(r, "modification time", word);
	return 0;
}

/* ---- packages */

static int add_owner(struct reader *r, const struct filedb_owner *o, struct span word)
{
	size_t i;

	for (i = 0; i < r->owners.n; i++)
		if (str_eq(r->owners.v[i].instance, o->instance))
			return lines_error(&r->l, r->e, "package " SPAN_FMT " is there twice",
					   SPAN_ARG(word));
	if (r->owners.n == FILEDB_MAX_OWNERS)
		return lines_error(&r->l, r->e, "more than %u packages", FILEDB_MAX_OWNERS);
	*VEC_PUSH(&r->owners) = *o;
	return 0;
}

/* [status]instance[\][:class] */
static int read_owner(struct reader *r, struct span word, const char *class)
{
	struct span name = word;
	struct filedb_owner o = { .class = class };
	const char *colon = memchr(word.p, ':', word.len);

	if (colon != NULL) {
		struct span own = { colon + 1, (size_t)(word.p + word.len - colon) - 1 };

		if (!class_ok(own))
			return bad(r, "class", own);
		o.class = span_dup(r->a, own);
		name.len = (size_t)(colon - word.p);
	}
	if (name.len > 0 && strchr(STATUSES, name.p[0]) != NULL) {
		o.status = name.p[0];
		name.p++;
		name.len--;
	}
	if (name.len > 0 && name.p[name.len - 1] == '\\') {
		r->edited++;
		name.len--;
	}
	if (name.len == 0 || name.len > PKGMAP_MAX_FIELD || span_has_control(name))
		return bad(r, "package", word);
	o.instance = span_dup(r->a, name);
	if (!pkginfo_instance_ok(o.instance))
		return bad(r, "package", word);
	return add_owner(r, &o, word);
}

static int read_owners(struct reader *r, const char *class)
{
	struct span word;
	int rc = 0;

	r->owners.n = 0;
	while (rc == 0 && span_word(&r->rest, &word))
		rc = read_owner(r, word, class);
	if (rc == 0 && r->owners.n == 0)
		rc = lines_error(&r->l, r->e, "no package has it");
	return rc;
}

/* ---- lines */

static bool is_ftype(struct span s)
{
	return s.len == 1 && strchr(FTYPES, s.p[0]) != NULL;
}

static int read_old(struct reader *r, char ftype, struct filedb_entry *en, const char **ret_class)
{
	struct span word;
	int rc = read_class(r, ret_class);

	en->ftype = ftype;
	if (rc == 0)
		rc = next(r, "the path", &word);
	return rc == 0 ? read_path(r, word, en) : rc;
}

static int read_new(struct reader *r, struct span path, struct filedb_entry *en,
		    const char **ret_class)
{
	struct span word;
	uint64_t part;
	int rc = next(r, "the file type", &word);

	if (rc == 0 && str_to_u64(word.p, word.len, 10, PKGMAP_MAX_PARTS, &part))
		rc = next(r, "the file type", &word);
	if (rc < 0)
		return rc;
	if (!is_ftype(word))
		return lines_error(&r->l, r->e, "unknown file type " SPAN_FMT, SPAN_ARG(word));
	en->ftype = word.p[0];
	rc = read_path(r, path, en);
	if (rc == 0)
		rc = read_class(r, ret_class);
	if (rc == 0 && (en->ftype == 'c' || en->ftype == 'b'))
		rc = read_device(r, en);
	if (rc == 0 && en->ftype != 's' && en->ftype != 'l')
		rc = read_attributes(r, en);
	if (rc == 0 && ftype_has_payload(en->ftype))
		rc = read_content(r, en);
	return rc;
}

static int read_line(struct reader *r, struct span line)
{
	struct filedb_entry en = { .major = NUM_UNSET, .minor = NUM_UNSET, .mode = MODE_UNSET,
				   .line = r->l.line };
	const char *class;
	struct span word;
	int rc;

	if (line.len > FILEDB_MAX_LINE)
		return lines_error(&r->l, r->e, "a line of %zu bytes", line.len);
	r->rest = line;
	if (!span_word(&r->rest, &word) || word.p[0] == '#')
		return 0;
	if (r->v.n == FILEDB_MAX_ENTRIES)
		return lines_error(&r->l, r->e, "more than %u paths", FILEDB_MAX_ENTRIES);
	rc = is_ftype(word) ? read_old(r, word.p[0], &en, &class) : read_new(r, word, &en, &class);
	if (rc == 0)
		rc = read_owners(r, class);
	if (rc < 0)
		return rc;
	en.owners = arena_memdup(r->a, r->owners.v, r->owners.n, sizeof(*en.owners));
	en.nowners = r->owners.n;
	*VEC_PUSH(&r->v) = en;
	return 0;
}

/* ---- lines that are there twice */

static int by_path(const void *a, const void *b)
{
	const struct filedb_entry *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	return c != 0 ? c : (x->line > y->line) - (x->line < y->line);
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : str_eq(a, b);
}

static bool same_object(const struct filedb_entry *x, const struct filedb_entry *y)
{
	return x->ftype == y->ftype && same_text(x->target, y->target) && x->major == y->major &&
	       x->minor == y->minor && x->mode == y->mode && same_text(x->owner, y->owner) &&
	       same_text(x->group, y->group) && x->has_content == y->has_content &&
	       x->size == y->size && x->sum == y->sum && x->mtime == y->mtime;
}

static int merge(struct reader *r, struct filedb_entry *to, const struct filedb_entry *from)
{
	size_t i, k;

	r->l.line = from->line;
	if (!same_object(to, from))
		return lines_error(&r->l, r->e, "'/%.200s' is another object in line %u", to->path,
				   to->line);
	r->owners.n = 0;
	for (i = 0; i < to->nowners; i++)
		*VEC_PUSH(&r->owners) = to->owners[i];
	for (i = 0; i < from->nowners; i++) {
		for (k = 0; k < to->nowners &&
		     !str_eq(to->owners[k].instance, from->owners[i].instance); k++)
			;
		if (k == to->nowners)
			*VEC_PUSH(&r->owners) = from->owners[i];
	}
	if (r->owners.n > FILEDB_MAX_OWNERS)
		return lines_error(&r->l, r->e, "more than %u packages", FILEDB_MAX_OWNERS);
	if (r->owners.n > to->nowners)
		to->owners = arena_memdup(r->a, r->owners.v, r->owners.n, sizeof(*to->owners));
	to->nowners = r->owners.n;
	return 0;
}

static int put_in_order(struct reader *r, struct filedb *ret)
{
	struct filedb_entry *v;
	size_t i, n = 0;
	int rc = 0;

	if (r->v.n > 0)
		qsort(r->v.v, r->v.n, sizeof(*r->v.v), by_path);
	v = arena_memdup(r->a, r->v.v, r->v.n, sizeof(*v));
	for (i = 0; rc == 0 && i < r->v.n; i++) {
		if (n > 0 && str_eq(v[n - 1].path, v[i].path))
			rc = merge(r, &v[n - 1], &v[i]);
		else
			v[n++] = v[i];
	}
	*ret = (struct filedb){ .v = v, .n = n, .twice = r->v.n - n, .edited = r->edited };
	return rc;
}

int filedb_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		 struct filedb *ret, struct error *e)
{
	struct reader r = { .a = a, .e = e };
	struct filedb found;
	struct span line;
	int rc = lines_open(&r.l, bytes, len, FILEDB_MAX_BYTES, file, e);

	while (rc == 0 && lines_next(&r.l, &line))
		rc = read_line(&r, line);
	if (rc == 0)
		rc = put_in_order(&r, &found);
	if (rc == 0)
		*ret = found;
	VEC_FREE(&r.v);
	VEC_FREE(&r.owners);
	return rc;
}
