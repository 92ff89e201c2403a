/*
 * The SVR4 view of a root against its database. `contents` is compared line by line without
 * regard to order (files that others wrote need not be sorted) and without comments; pkginfo
 * by its parameters.
 */
#include "dbcheck_view.h"

#include <errno.h>
#include <stdlib.h>

#include "formats/cleanup.h"
#include "formats/pkginfo.h"
#include "pkgdb/svr4view.h"

#define CONTENTS "var/sadm/install/contents"
#define CONTENTS_MAX ((size_t)1 << 30)
#define SHOWN 3			/* lines that are shown of each kind */

static const char *fix_view(struct dbcheck *c)
{
	return arena_printf(c->a, "write the view anew: commpkg repair -R %s",
			    str_shell(c->a, c->root->path));
}

/* ---- contents */

/* -ENOENT without. */
static int read_contents(struct root *root, struct arena *a, char **ret, size_t *ret_len,
			 struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(a, CONTENTS, &p, e);

	return rc < 0 ? rc : tree_read(root->tree, a, p, CONTENTS_MAX, ret, ret_len, e);
}

int dbcheck_view_is_ours(struct root *root, struct pkgdb *db, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct sha256 recorded, found;
	const char *hex;
	char *text;
	size_t len;
	int rc = pkgdb_setting_get(db, a, SVR4VIEW_DIGEST, &hex, e);

	if (rc < 0)
		return rc;
	if (hex == NULL || sha256_from_hex(hex, &recorded) < 0)
		return 1; /* taken over, or taken back: it is not ours to compare */
	rc = read_contents(root, a, &text, &len, e);
	if (rc < 0) /* what can't be read can't be told apart */
		return error_clear(e), rc != -ENOENT && rc != -E_UNSUPPORTED;
	sha256_of(text, len, &found);
	return sha256_equal(&recorded, &found);
}

struct line {
	const char *p;
	size_t len;
};

struct line_list {
	VEC(struct line) v;
};

static int line_order(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->len < y->len ? x->len : y->len);

	return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

static void split(const char *text, size_t len, struct line_list *ret)
{
	const char *end = text + len;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = nl != NULL ? (size_t)(nl - text) : (size_t)(end - text);

		if (n > 0 && text[0] != '#')
			*VEC_PUSH(&ret->v) = (struct line){ text, n };
		text += n + 1;
	}
	if (ret->v.n > 0)
		qsort(ret->v.v, ret->v.n, sizeof(*ret->v.v), line_order);
}

static void odd_line(struct dbcheck *c, const struct line *l, const char *words, size_t *count)
{
	if (++*count <= SHOWN)
		dbcheck_add(c, CONTENTS, fix_view(c),
			    arena_printf(c->a, CONTENTS ": %s: %.*s", words,
					 (int)(l->len < 200 ? l->len : 200), l->p));
}

static void add_rest(struct dbcheck *c, const char *words, size_t count)
{
	if (count > SHOWN)
		dbcheck_add(c, CONTENTS, fix_view(c),
			    arena_printf(c->a, CONTENTS ": and %zu more lines %s", count - SHOWN,
					 words));
}

static void compare_lines(struct dbcheck *c, const struct line_list *right,
			  const struct line_list *is)
{
	size_t i = 0, k = 0, missing = 0, strange = 0;

	while (i < right->v.n || k < is->v.n) {
		int order = i == right->v.n ? 1 : k == is->v.n ? -1 :
			    line_order(&right->v.v[i], &is->v.v[k]);

		if (order < 0)
			odd_line(c, &right->v.v[i], "a line is missing", &missing);
		else if (order > 0)
			odd_line(c, &is->v.v[k], "a line is not the database's", &strange);
		i += order <= 0;
		k += order >= 0;
	}
	add_rest(c, "are missing", missing);
	add_rest(c, "are not the database's", strange);
}

static int check_contents(struct dbcheck *c, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct line_list right = { .v = VEC_INIT }, is = { .v = VEC_INIT };
	char *found = NULL;
	size_t len = 0;
	int rc = svr4view_contents(c->db, "commpkg", "no", 0, &text, e);

	if (rc < 0)
		return rc;
	split(strbuf_str(&text), text.len, &right);
	rc = read_contents(c->root, c->a, &found, &len, e);
	if (rc == 0) {
		split(found, len, &is);
		compare_lines(c, &right, &is);
	} else if (right.v.n > 0) {
		dbcheck_add(c, CONTENTS, fix_view(c),
			    rc == -ENOENT ? CONTENTS ": is missing" :
			    arena_printf(c->a, CONTENTS ": can't be read: %s",
					 e != NULL ? e->text : "an error"));
	}
	if (rc == -ENOENT || right.v.n > 0) {
		error_clear(e);
		rc = 0;
	}
	VEC_FREE(&right.v);
	VEC_FREE(&is.v);
	return rc;
}

/* ---- var/sadm/pkg/INST */

static void odd_file(struct dbcheck *c, const char *path, const char *words)
{
	dbcheck_add(c, path, fix_view(c), arena_printf(c->a, "%s: %s", path, words));
}

static bool same_params(const struct pkginfo *x, const struct pkginfo *y)
{
	size_t i;

	if (x->n != y->n)
		return false;
	for (i = 0; i < x->n; i++)
		if (!str_eq(x->params[i].name, y->params[i].name) ||
		    !str_eq(x->params[i].value, y->params[i].value))
			return false;
	return true;
}

/* 1 read, 0 not (said). */
static int read_view(struct dbcheck *c, const char *path, size_t max, char **ret, size_t *ret_len,
		     struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(c->a, path, &p, e);

	if (rc == 0)
		rc = tree_read(c->root->tree, c->a, p, max, ret, ret_len, e);
	if (rc == 0)
		return 1;
	odd_file(c, path, rc == -ENOENT || rc == -ENOTDIR ? "is missing" : "can't be read");
	return error_clear(e), 0;
}

/* What the database has, as the file that is written from it would be read again. */
static int params_of(struct dbcheck *c, const struct pkgdb_package *p, struct pkginfo *ret,
		     struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct pkginfo params;
	int rc = pkgdb_params(c->db, c->a, p->id, &params, e);

	if (rc < 0)
		return rc;
	pkginfo_render(&params, &text);
	if (pkginfo_parse(c->a, strbuf_str(&text), text.len, "pkginfo", ret, NULL) < 0)
		*ret = params;
	return 0;
}

static int check_pkginfo(struct dbcheck *c, const struct pkgdb_package *p, struct error *e)
{
	const char *path = arena_printf(c->a, "var/sadm/pkg/%s/pkginfo", p->instance);
	struct pkginfo right, is;
	char *text;
	size_t len;
	int rc = params_of(c, p, &right, e);

	if (rc == 0)
		rc = read_view(c, path, PKGINFO_MAX_BYTES, &text, &len, e);
	if (rc <= 0)
		return rc;
	if (pkginfo_parse(c->a, text, len, path, &is, NULL) < 0 || !same_params(&right, &is))
		odd_file(c, path, "differs from the database");
	return 0;
}

/* Deleted when the installation was done, as SVR4 has it. */
static bool is_for_installation(const char *name)
{
	return str_eq(name, "preinstall") || str_eq(name, "postinstall") ||
	       str_has_prefix(name, "i.");
}

static int check_install(struct dbcheck *c, const struct pkgdb_package *p, struct error *e)
{
	struct infofile *v;
	size_t n, i, len;
	char *text;
	int rc = pkgdb_infofiles(c->db, c->a, p->id, &v, &n, e);

	for (i = 0; rc >= 0 && i < n; i++) {
		const char *path = arena_printf(c->a, "var/sadm/pkg/%s/install/%s", p->instance,
						v[i].name);

		if (is_for_installation(v[i].name))
			continue;
		rc = read_view(c, path, INFOFILE_MAX_BYTES, &text, &len, e);
		if (rc > 0 && (len != v[i].len || memcmp(text, v[i].bytes, len) != 0))
			odd_file(c, path, "differs from the database");
	}
	return rc < 0 ? rc : 0;
}

int dbcheck_view(struct dbcheck *c, struct error *e)
{
	struct pkgdb_package *p;
	size_t i;
	int rc = pkgdb_packages(c->db, c->a, PKGDB_NOW, &p, &c->packages, e);

	if (rc == 0)
		rc = check_contents(c, e);
	for (i = 0; rc == 0 && i < c->packages; i++) {
		rc = check_pkginfo(c, &p[i], e);
		if (rc == 0)
			rc = check_install(c, &p[i], e);
	}
	return rc;
}
