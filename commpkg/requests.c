/* Requests of installf and removef: as text, and as rows. */
#include "requests.h"

#include "formats/lines.h"
#include "root.h"

static const char *const words[] = {
	[REQUEST_ADD] = "add", [REQUEST_FINISH] = "finish", [REQUEST_DROP] = "drop",
	[REQUEST_FORGET] = "forget",
};

/* ---- out */

static bool word_ok(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	return true;
}

static bool add_word(struct strbuf *out, const char *s)
{
	strbuf_addf(out, " %s", s != NULL ? s : "?");
	return s == NULL || word_ok(s);
}

static void add_number(struct strbuf *out, bool octal, uint32_t n)
{
	if (n == NUM_UNSET)
		strbuf_adds(out, " ?");
	else if (octal)
		strbuf_addf(out, " %o", n);
	else
		strbuf_addf(out, " %u", n);
}

static bool add_row(struct strbuf *out, const struct pkgdb_file *f)
{
	bool ok = add_word(out, f->path);

	strbuf_addf(out, " %c", f->ftype);
	ok = add_word(out, f->class) && ok;
	ok = add_word(out, f->target) && ok;
	add_number(out, false, f->major);
	add_number(out, false, f->minor);
	add_number(out, true, f->mode);
	ok = add_word(out, f->owner) && ok;
	return add_word(out, f->group) && ok;
}

bool request_render(const struct request *q, struct strbuf *out)
{
	size_t before = out->len;
	bool ok;

	strbuf_adds(out, words[q->kind]);
	ok = add_word(out, q->instance);
	if (q->kind == REQUEST_ADD)
		ok = add_row(out, &q->row) && ok;
	else if (q->kind == REQUEST_DROP)
		ok = add_word(out, q->row.path) && ok;
	strbuf_addch(out, '\n');
	if (!ok)
		out->len = before;
	return ok;
}

/* ---- in */

struct parse {
	struct arena *a;
	struct lines l;
	struct span rest;
	struct error *e;
};

static int bad(struct parse *p)
{
	return lines_error(&p->l, p->e, "not a request of installf or removef");
}

/* NULL for `?`. */
static int take_word(struct parse *p, const char **ret)
{
	struct span word;

	if (!span_word(&p->rest, &word) || span_has_control(word))
		return bad(p);
	*ret = span_eq(word, "?") ? NULL : span_dup(p->a, word);
	return 0;
}

static int take_field(struct parse *p, const char **ret)
{
	int rc = take_word(p, ret);

	if (rc == 0 && *ret != NULL && strlen(*ret) > PKGMAP_MAX_FIELD)
		return bad(p);
	return rc;
}

static int take_number(struct parse *p, int base, uint64_t max, uint32_t *ret)
{
	const char *s;
	uint64_t n;
	int rc = take_word(p, &s);

	if (rc < 0)
		return rc;
	*ret = NUM_UNSET;
	if (s == NULL)
		return 0;
	if (!str_to_u64(s, strlen(s), base, max, &n))
		return bad(p);
	*ret = (uint32_t)n;
	return 0;
}

static int take_path(struct parse *p, const char **ret)
{
	const char *s;
	struct rpath path;
	int rc = take_word(p, &s);

	if (rc == 0 && s == NULL)
		return bad(p);
	if (rc == 0)
		rc = rpath_parse(p->a, s, &path, p->e);
	if (rc < 0)
		return rc;
	if (str_eq(rpath_str(path), ROOT_STATE_DIR) ||
	    str_has_prefix(rpath_str(path), ROOT_STATE_DIR "/"))
		return lines_error(&p->l, p->e, "'/%s' is commpkg's own", rpath_str(path));
	*ret = rpath_str(path);
	return 0;
}

static int take_type(struct parse *p, char *ret)
{
	const char *s;
	int rc = take_word(p, &s);

	if (rc < 0)
		return rc;
	if (s == NULL || strlen(s) != 1 || strchr("fevdxpcbsl", *s) == NULL)
		return bad(p);
	*ret = *s;
	return 0;
}

/* Classes are parts of file names, and of lines that the SVR4 view has. */
static bool name_ok(const char *class)
{
	return class[0] != '.' && strpbrk(class, "/:\\") == NULL;
}

static int take_row(struct parse *p, struct pkgdb_file *f)
{
	int rc = take_path(p, &f->path);

	if (rc == 0)
		rc = take_type(p, &f->ftype);
	if (rc == 0)
		rc = take_field(p, &f->class);
	if (rc == 0)
		rc = take_word(p, &f->target);
	if (rc == 0)
		rc = take_number(p, 10, UINT32_MAX - 1, &f->major);
	if (rc == 0)
		rc = take_number(p, 10, UINT32_MAX - 1, &f->minor);
	if (rc == 0)
		rc = take_number(p, 8, 07777, &f->mode);
	if (rc == 0)
		rc = take_field(p, &f->owner);
	if (rc == 0)
		rc = take_field(p, &f->group);
	if (rc < 0)
		return rc;
	if (f->class == NULL || !name_ok(f->class))
		return bad(p);
	if ((f->ftype == 's' || f->ftype == 'l') && f->target == NULL)
		return bad(p);
	f->content_unknown = true;
	return 0;
}

static int take_request(struct parse *p, struct request *q)
{
	struct span word;
	int rc;

	*q = (struct request){ .kind = 0 };
	if (!span_word(&p->rest, &word))
		return bad(p);
	for (int i = REQUEST_ADD; i <= REQUEST_FORGET; i++)
		if (span_eq(word, words[i]))
			q->kind = (enum request_kind)i;
	if (q->kind == 0)
		return bad(p);
	rc = take_field(p, &q->instance);
	if (rc == 0 && q->instance == NULL)
		return bad(p);
	if (rc == 0 && q->kind == REQUEST_ADD)
		rc = take_row(p, &q->row);
	if (rc == 0 && q->kind == REQUEST_DROP)
		rc = take_path(p, &q->row.path);
	return rc;
}

int requests_parse(struct arena *a, const char *bytes, size_t len, struct request **ret,
		   size_t *ret_n, struct error *e)
{
	struct parse p = { .a = a, .e = e };
	VEC(struct request) v = VEC_INIT;
	int rc = lines_open(&p.l, bytes, len, REQUESTS_MAX_BYTES, "requests", e);

	while (rc == 0 && lines_next(&p.l, &p.rest)) {
		struct request q;

		rc = take_request(&p, &q);
		if (rc == 0)
			*VEC_PUSH(&v) = q;
	}
	if (rc == 0) {
		*ret = arena_memdup(a, v.v, v.n, sizeof(*v.v));
		*ret_n = v.n;
	}
	VEC_FREE(&v);
	return rc;
}

/* ---- rows */

void registry_open(struct arena *a, struct registry *ret)
{
	*ret = (struct registry){ .a = a, .by_key = strmap_new(16) };
}

void registry_close(struct registry *r)
{
	if (r->by_key != NULL)
		strmap_free(r->by_key);
	VEC_FREE(&r->v);
	*r = (struct registry){ .a = NULL };
}

/* An instance has no blank. */
static const char *key_of(const struct registry *r, const char *instance, const char *path)
{
	return arena_printf(r->a, "%s %s", instance, path);
}

struct registered *registry_find(const struct registry *r, const char *instance,
				 const char *path)
{
	return r->v.n > 0 ? strmap_find(r->by_key, key_of(r, instance, path)) : NULL;
}

static struct registered *find_or_add(struct registry *r, const char *instance,
				      const char *path)
{
	struct registered *found = registry_find(r, instance, path);

	if (found != NULL)
		return found;
	found = arena_alloc(r->a, sizeof(*found));
	*found = (struct registered){ .instance = instance };
	*VEC_PUSH(&r->v) = found;
	(void)strmap_put(r->by_key, key_of(r, instance, path), found);
	return found;
}

static const char *copy(struct registry *r, const char *s)
{
	return s != NULL ? arena_strdup(r->a, s) : NULL;
}

void registry_load(struct registry *r, const char *instance, const struct pkgdb_file *row)
{
	struct registered *it = find_or_add(r, instance, copy(r, row->path));

	it->row = *row;
	it->row.path = copy(r, row->path);
	it->row.class = copy(r, row->class);
	it->row.target = copy(r, row->target);
	it->row.owner = copy(r, row->owner);
	it->row.group = copy(r, row->group);
}

static void tell(const struct registry_ops *ops, const struct registered *r)
{
	if (ops->changed != NULL)
		ops->changed(ops->ctx, r);
}

/* What is not said is as it was; else it is taken from the object. */
static int inherit(struct pkgdb_file *f, const char *instance, const struct registry_ops *ops,
		   struct error *e)
{
	struct pkgdb_file old;
	int rc = ops->find(ops->ctx, instance, f->path, &old, e);

	if (rc <= 0)
		return rc;
	if (f->mode == MODE_UNSET)
		f->mode = old.mode;
	if (f->owner == NULL)
		f->owner = old.owner;
	if (f->group == NULL)
		f->group = old.group;
	return 0;
}

static int apply_add(struct registry *r, const struct request *q, const struct registry_ops *ops,
		     struct error *e)
{
	struct registered *it;
	struct pkgdb_file row = q->row;
	int rc = inherit(&row, q->instance, ops, e);

	if (rc < 0)
		return rc;
	it = find_or_add(r, q->instance, q->row.path);
	it->row = row;
	it->row.status = '+';
	it->row.ruling = true;
	it->gone = false;
	rc = ops->look(ops->ctx, &it->row, e); /* it may come later */
	tell(ops, it);
	return rc < 0 ? rc : 0;
}

static int finish_one(struct registered *it, const struct registry_ops *ops, struct error *e)
{
	int rc = ops->look(ops->ctx, &it->row, e);

	if (rc < 0)
		return rc;
	it->row.status = rc > 0 ? 0 : '!';
	if (rc == 0) {
		it->row.content_unknown = true;
		it->row.has_sha256 = false;
	}
	tell(ops, it);
	return 0;
}

static int apply_drop(struct registry *r, const struct request *q,
		      const struct registry_ops *ops, struct error *e)
{
	struct registered *it = registry_find(r, q->instance, q->row.path);
	struct pkgdb_file row;
	int rc;

	if (it == NULL) {
		rc = ops->find(ops->ctx, q->instance, q->row.path, &row, e);
		if (rc <= 0)
			return rc; /* not the package's: nothing to drop */
		it = find_or_add(r, q->instance, q->row.path);
		it->row = row;
	}
	if (it->gone)
		return 0;
	it->row.status = '-';
	tell(ops, it);
	return 0;
}

int registry_apply(struct registry *r, const struct request *q, const struct registry_ops *ops,
		   struct error *e)
{
	int rc = 0;

	if (q->kind == REQUEST_ADD)
		return apply_add(r, q, ops, e);
	if (q->kind == REQUEST_DROP)
		return apply_drop(r, q, ops, e);
	for (size_t i = 0; rc == 0 && i < r->v.n; i++) {
		struct registered *it = r->v.v[i];

		if (it->gone || !str_eq(it->instance, q->instance))
			continue;
		if (q->kind == REQUEST_FINISH && it->row.status == '+') {
			rc = finish_one(it, ops, e);
		} else if (q->kind == REQUEST_FORGET && it->row.status == '-') {
			it->gone = true;
			tell(ops, it);
		}
	}
	return rc;
}
