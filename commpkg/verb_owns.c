/*
 * owns: which package a path belongs to, and of which components that is.
 *
 * The path may be as seen from inside the root, or with the root in front. When nobody
 * owns it as written, links in its parents are followed: `opt -> export/opt` makes
 * /export/opt/x and /opt/x the same.
 */
#include "formats/pkgmap.h"
#include "formats/str.h"
#include "places.h"
#include "show.h"
#include "verb_info_components.h"

static const struct column columns[] = {
	{ "path", "PATH", COLUMN_TEXT },
	{ "package", "PACKAGE", COLUMN_TEXT },
	{ "version", "VERSION", COLUMN_TEXT },
	{ "type", "TYPE", COLUMN_TEXT },
	{ "components", "COMPONENTS", COLUMN_LIST },
	{ "ruling", NULL, COLUMN_FLAG },
};
#define NCOLUMNS (sizeof(columns) / sizeof(columns[0]))

struct search {
	struct run *r;
	const struct view *v;
	const struct pkgdb_package *packages;
	size_t npackages;
	struct pkgdb_component *components;
	size_t ncomponents;
	struct table *t;
};

static const struct pkgdb_package *package_of(const struct search *s, int64_t id)
{
	size_t i;

	for (i = 0; i < s->npackages; i++)
		if (s->packages[i].id == id)
			return &s->packages[i];
	return NULL;
}

/* 1 somebody owns it, 0 nobody. */
static int owners_of(struct search *s, const char *path, struct error *e)
{
	struct arena *a = s->r->arena;
	struct pkgdb_file *rows;
	size_t n, i;
	int rc = pkgdb_owners(s->v->db, a, path, PKGDB_NOW, &rows, &n, e);

	if (rc < 0)
		return rc;
	for (i = 0; i < n; i++) {
		const struct pkgdb_package *p = package_of(s, rows[i].package);
		const char type[2] = { rows[i].ftype, '\0' };

		table_add(s->t, (struct cell[]){ CELL_S(arena_printf(a, "/%s", path)),
				CELL_S(p != NULL ? p->instance : NULL),
				CELL_S(p != NULL ? p->version : NULL),
				CELL_S(arena_strdup(a, type)),
				CELL_L(info_users(a, s->components, s->ncomponents,
						  p != NULL ? p->instance : "")),
				CELL_N(rows[i].ruling) });
	}
	return n > 0;
}

/* ---- the same place by another name */

struct alias {
	struct arena *a;
	struct tree *tree;
	const char *name;	/* last component */
	struct rpath real;
	const char *found;
};

static int try_alias(const struct pkgdb_file *f, void *ctx, struct error *e)
{
	struct alias *x = ctx;
	const char *slash = strrchr(f->path, '/');
	struct rpath p, real;

	(void)e;
	if (x->found != NULL || !str_eq(slash != NULL ? slash + 1 : f->path, x->name))
		return 0;
	if (rpath_parse(x->a, f->path, &p, NULL) == 0 &&
	    tree_canonical(x->tree, x->a, p, &real, NULL) == 0 &&
	    str_eq(rpath_str(real), rpath_str(x->real)))
		x->found = rpath_str(p);
	return 0;
}

static int alias_of(struct search *s, const char *path, const char **ret, struct error *e)
{
	struct alias x = { .a = s->r->arena, .tree = s->v->root->tree };
	struct rpath p;
	int rc = rpath_parse(x.a, path, &p, e);

	*ret = NULL;
	if (rc == 0 && rpath_is_root(p))
		return 0;
	if (rc == 0)
		rc = tree_canonical(x.tree, x.a, p, &x.real, e);
	if (rc < 0)
		return rc;
	x.name = rpath_name(x.real);
	rc = pkgdb_walk(s->v->db, PKGDB_NOW, try_alias, &x, e);
	*ret = x.found;
	return rc < 0 ? rc : 0;
}

/* ---- one operand */

/* path below the root, if the operand is one with the root in front; else NULL. */
static const char *without_root(const char *path, const char *root)
{
	size_t n = strlen(root);

	if (str_eq(root, "/") || strncmp(path, root, n) != 0)
		return NULL;
	return path[n] == '/' ? path + n + 1 : path[n] == '\0' ? path + n : NULL;
}

static int find_owner(struct search *s, const char *word, struct error *e)
{
	const char *path, *below, *other;
	int rc;

	rc = places_absolute(s->r->arena, word, &path, e);
	if (rc < 0 || s->v->db == NULL)
		return rc;
	below = without_root(path, s->v->root->path);
	rc = below != NULL ? owners_of(s, below, e) : 0;
	if (rc == 0 && word[0] != '/') /* as below the root, too */
		rc = path_canonical(s->r->arena, word, &path, e);
	if (rc == 0)
		rc = owners_of(s, path + (path[0] == '/'), e);
	if (rc != 0)
		return rc;
	rc = alias_of(s, below != NULL ? below : path + (path[0] == '/'), &other, e);
	return rc < 0 || other == NULL ? rc : owners_of(s, other, e);
}

int verb_owns(struct run *r, struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	struct search s = { .r = r, .v = &v };
	struct pkgdb_package *p;
	struct table *nobody;
	size_t i;
	int rc;

	if (r->operands->nnames == 0)
		return error_set(e, E_USAGE, "'owns' wants a path");
	rc = view_open(r->target->path, &v, e);
	if (rc == 0)
		rc = view_packages(&v, r->arena, &p, &s.npackages, e);
	if (rc == 0)
		rc = view_components(&v, r->arena, &s.components, &s.ncomponents, e);
	if (rc < 0)
		return rc;
	s.packages = p;
	s.t = table_new(r->arena, "owners", columns, NCOLUMNS);
	nobody = table_new(r->arena, "nobody", columns, 1);
	for (i = 0; i < r->operands->nnames; i++) {
		rc = find_owner(&s, r->operands->names[i], e);
		if (rc < 0)
			return rc;
		if (rc == 0) {
			report_marked(MARK_UNKNOWN, "%s: nobody", r->operands->names[i]);
			table_add(nobody, (struct cell[]){ CELL_S(r->operands->names[i]) });
		}
	}
	show_table(s.t);
	show_json_table(nobody);
	return nobody->nrows > 0 ? EXIT_FAILED : EXIT_DONE;
}
