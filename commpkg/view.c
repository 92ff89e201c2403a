/* A root opened to be looked at. */
#include "view.h"

#include <errno.h>

#include "options.h"
#include "report.h"
#include "session.h"

static int view_database(struct view *v, struct error *e)
{
	int rc = root_state(v->root, false, &v->state, e);

	if (rc == -ENOENT)
		return 0;
	if (rc == 0)
		rc = root_sets_owners(v->state, &v->root->owners, e);
	if (rc == 0)
		rc = pkgdb_open(tree_fd(v->state), PKGDB_READ, &v->db, e);
	return rc == -E_NOT_FOUND ? 0 : rc;
}

static int warn_pending(const struct view *v, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct txn t;
	int rc = txn_pending(v->db, a, &t, e);

	if (rc > 0)
		report_warning("transaction %lld of '%s' was interrupted: 'commpkg recover -R "
			       "%s' finishes it", (long long)t.n, v->root->path, v->root->path);
	return rc < 0 ? rc : 0;
}

int view_open(const char *path, struct view *ret, struct error *e)
{
	struct view v = { .root = NULL };
	int rc = root_open(path, false, &v.root, e);

	if (rc == -ENOENT) {
		error_set(e, E_NOT_FOUND, "there is no root '%s'", path);
		return error_hint(e, "'commpkg root list' shows the known ones");
	}
	if (rc < 0)
		return rc;
	rc = view_database(&v, e);
	if (rc == 0 && v.db != NULL)
		rc = warn_pending(&v, e);
	if (rc < 0) {
		error_prefix(e, "root '%s'", path);
		view_close(&v);
		return session_hint(path, rc, e);
	}
	*ret = v;
	return 0;
}

void view_close(struct view *v)
{
	pkgdb_close(v->db);
	tree_close(v->state);
	root_close(v->root);
	*v = (struct view){ .root = NULL };
}

int view_packages(const struct view *v, struct arena *a, struct pkgdb_package **ret,
		  size_t *ret_n, struct error *e)
{
	if (v->db != NULL)
		return pkgdb_packages(v->db, a, PKGDB_NOW, ret, ret_n, e);
	*ret = NULL;
	*ret_n = 0;
	return 0;
}

int view_components(const struct view *v, struct arena *a, struct pkgdb_component **ret,
		    size_t *ret_n, struct error *e)
{
	if (v->db != NULL)
		return pkgdb_components(v->db, a, PKGDB_NOW, ret, ret_n, e);
	*ret = NULL;
	*ret_n = 0;
	return 0;
}

int view_component_of(const struct view *v, const struct pkgdb_component *c, size_t n,
		      const char *word, struct pkgdb_component *ret, struct error *e)
{
	bool sure = str_has_prefix(word, "component:");
	const char *name = sure ? strchr(word, ':') + 1 : word;
	size_t i;

	for (i = 0; i < n; i++)
		if (str_eq(c[i].name, name) || pkgdb_component_is(&c[i], name)) {
			*ret = c[i];
			return 1;
		}
	if (!sure)
		return 0;
	error_set(e, E_NOT_FOUND, "component '%s' is not installed in '%s'", name,
		  v->root->path);
	return error_hint(e, "'commpkg info -R %s' shows what is", v->root->path);
}

int view_component(const struct view *v, struct arena *a, const char *word,
		   struct pkgdb_component *ret, struct error *e)
{
	struct pkgdb_component *c;
	size_t n;
	int rc = view_components(v, a, &c, &n, e);

	return rc < 0 ? rc : view_component_of(v, c, n, word, ret, e);
}

struct closest {
	const char *name;	/* as it was typed */
	size_t most;		/* edits: never more than half of the word */
	const char *best;
};

static void closer(struct closest *c, const char *known)
{
	size_t d = options_distance(c->name, known, c->most);

	if (d <= c->most && (c->best == NULL || d < options_distance(c->name, c->best, c->most)))
		c->best = known;
}

static int unknown(const struct view *v, const struct pkgdb_package *p, size_t n,
		   const char *name, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct closest c = { .name = name, .most = strlen(name) / 2 < 2 ? strlen(name) / 2 : 2 };
	struct pkgdb_component *components;
	size_t ncomponents, i;

	if (view_components(v, a, &components, &ncomponents, NULL) == 0)
		for (i = 0; i < ncomponents; i++)
			closer(&c, components[i].name);
	for (i = 0; i < n; i++)
		closer(&c, p[i].instance);
	error_set(e, E_NOT_FOUND, "package '%s' is not installed in '%s'", name, v->root->path);
	if (c.best != NULL)
		return error_hint(e, "did you mean '%s'?", c.best);
	return error_hint(e, "'commpkg info -R %s' shows what is", v->root->path);
}

int view_package_of(const struct view *v, const struct pkgdb_package *p, size_t n,
		    const char *name, struct pkgdb_package *ret, struct error *e)
{
	size_t i, found = 0, at = 0;

	name += str_has_prefix(name, "package:") ? strlen("package:") : 0;
	for (i = 0; i < n; i++)
		if (str_eq(p[i].instance, name)) {
			*ret = p[i];
			return 0;
		}
	for (i = 0; i < n; i++)
		if (str_eq(p[i].pkg, name)) {
			found++;
			at = i;
		}
	if (found == 0)
		return unknown(v, p, n, name, e);
	if (found > 1) {
		error_set(e, E_NOT_FOUND, "'%s' is installed %zu times in '%s'", name, found,
			  v->root->path);
		return error_hint(e, "name one instance, as '%s'", p[at].instance);
	}
	*ret = p[at];
	return 0;
}

int view_package(const struct view *v, struct arena *a, const char *name,
		 struct pkgdb_package *ret, struct error *e)
{
	struct pkgdb_package *p;
	size_t n;
	int rc = view_packages(v, a, &p, &n, e);

	return rc < 0 ? rc : view_package_of(v, p, n, name, ret, e);
}
