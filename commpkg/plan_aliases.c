/*
 * Other names of the place of a claim, where a directory above it is a link (bin -> usr/bin).
 *
 * Twins are claims of this plan that end at one place. An alias is who stays and has the place
 * under another name. Which names those are, the records don't say: links come and go without us.
 * So they are looked for in the directories above the place, where such a link is one; a link
 * elsewhere is found only by who has a path through it.
 */
#include "planner.h"

#include "formats/cleanup.h"

/* A link to a directory below the one that it is in. */
struct link {
	struct rpath path, target;	/* both canonical */
};

struct links {
	struct link *v;
	size_t n;
	const struct links *above;	/* of the next directory above that has any; or NULL */
};

/* ---- twins */

void plan_twins(struct claim *a, struct claim *b)
{
	struct claim *next = a->twin != NULL ? a->twin : a;
	const struct claim *c;

	for (c = b->twin; c != NULL && c != b; c = c->twin)
		if (c == a)
			return;
	a->twin = b->twin != NULL ? b->twin : b;
	b->twin = next;
}

bool plan_twin_goes(const struct claim *c)
{
	const struct claim *t;

	for (t = c->twin; t != NULL && t != c; t = t->twin)
		if (t->going != NULL && t->news == NULL)
			return true;
	return false;
}

bool plan_twin_comes(const struct claim *c)
{
	const struct claim *t;

	for (t = c->twin; t != NULL && t != c; t = t->twin)
		if (t->news != NULL && t->item.lost == NULL)
			return true;
	return false;
}

/* ---- links */

/* Does a name in a canonical directory lead to a directory below that, and to which? */
static bool leads_below(struct planner *p, struct rpath dir, const char *name, struct link *ret)
{
	struct rpath inside, real;

	if (rpath_join(p->a, dir, name, &ret->path, NULL) < 0 ||
	    rpath_join(p->a, ret->path, "x", &inside, NULL) < 0 ||
	    plan_real_now(p, inside, &real, NULL) < 0)
		return false;
	ret->target = rpath_parent(p->a, real);
	return rpath_below(ret->target, dir);
}

static int links_read(struct planner *p, struct rpath dir, struct links *ret, struct error *e)
{
	const char **names;
	size_t n, i;
	int rc = tree_links(p->root->tree, p->scratch, dir, &names, &n, e);

	if (rc < 0)
		return rc;
	ret->v = arena_calloc(p->scratch, n, sizeof(*ret->v));
	for (i = 0; i < n; i++)
		ret->n += leads_below(p, dir, names[i], &ret->v[ret->n]);
	return 0;
}

/* Those in a canonical directory and the ones above it; NULL: there are none. */
static int links_from(struct planner *p, struct rpath dir, const struct links **ret,
		      struct error *e)
{
	struct links *links = strmap_find(p->links, rpath_str(dir));
	int rc = 0;

	if (links == NULL) {
		links = arena_calloc(p->scratch, 1, sizeof(*links));
		if (!rpath_is_root(dir))
			rc = links_from(p, rpath_parent(p->a, dir), &links->above, e);
		if (rc == 0)
			rc = links_read(p, dir, links, e);
		if (rc < 0)
			return rc;
		(void)strmap_put(p->links, rpath_str(dir), links);
	}
	*ret = links->n > 0 ? links : links->above;
	return 0;
}

/* ---- who has it */

/* Of those that stay, one that has a path. */
static int find_owner(struct planner *p, const char *path, struct alias *ret, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct pkgdb_file *rows;
	size_t n, i;
	int rc = pkgdb_owners(p->db, a, path, PKGDB_NOW, &rows, &n, e);

	for (i = 0; rc == 0 && i < n && ret->package == NULL; i++)
		if (!plan_ends(p, rows[i].package)) {
			ret->package = plan_installed(p, rows[i].package);
			ret->path = arena_strdup(p->a, path);
		}
	return rc;
}

/* Under the names that links in one directory above give it. */
static int find_through(struct planner *p, const struct claim *c, const struct links *links,
			struct alias *ret, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < links->n && ret->package == NULL; i++) {
		const struct link *l = &links->v[i];
		const char *path;

		if (!rpath_below(c->real, l->target))
			continue;
		path = arena_printf(p->scratch, "%s%s", rpath_str(l->path),
				    rpath_str(c->real) + strlen(rpath_str(l->target)));
		if (!str_eq(path, c->path))
			rc = find_owner(p, path, ret, e);
	}
	return rc;
}

/* A link beside the object, or below, is none that leads to it. */
static int find_above(struct planner *p, const struct claim *c, struct alias *ret, struct error *e)
{
	const char *dir = dirs_parent(p->plan->dirs, rpath_str(c->real));
	const struct links *links = NULL;
	struct rpath above = rpath_root();
	int rc = 0;

	if (dir[0] == '\0')
		return 0;
	dir = dirs_parent(p->plan->dirs, dir);
	if (dir[0] != '\0')
		rc = rpath_borrow(dir, &above, e);
	if (rc == 0)
		rc = links_from(p, above, &links, e);
	for (; rc == 0 && links != NULL && ret->package == NULL; links = links->above)
		rc = find_through(p, c, links, ret, e);
	return rc;
}

static void find_twin(const struct claim *c, struct alias *ret)
{
	const struct claim *t;

	for (t = c->twin; t != NULL && t != c && ret->package == NULL; t = t->twin)
		if (t->staying != NULL)
			*ret = (struct alias){ t->staying->package, t->path };
}

static int alias_find(struct planner *p, const struct claim *c, struct alias *ret,
		      struct error *e)
{
	int rc = 0;

	if (!p->anyone_stays)
		return 0;
	find_twin(c, ret);
	if (ret->package == NULL && !str_eq(rpath_str(c->real), c->path))
		rc = find_owner(p, rpath_str(c->real), ret, e);
	return rc < 0 || ret->package != NULL ? rc : find_above(p, c, ret, e);
}

int plan_alias(struct planner *p, struct claim *c, const struct alias **ret, struct error *e)
{
	int rc;

	if (c->alias == NULL) {
		struct alias *alias = arena_calloc(p->scratch, 1, sizeof(*alias));

		rc = alias_find(p, c, alias, e);
		if (rc < 0)
			return rc;
		c->alias = alias;
	}
	*ret = c->alias;
	return 0;
}
