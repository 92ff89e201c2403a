/* Gathering what is said about each path: by the packages that come, by those that go,
 * and by those that stay. */
#include "planner.h"

#include "formats/cleanup.h"

#include <stdlib.h>

struct claim *plan_claim(struct planner *p, const char *path, bool make)
{
	struct claim *c = strmap_find(p->by_path, path);

	if (c != NULL || !make)
		return c;
	c = arena_alloc(p->scratch, sizeof(*c));
	c->path = path;
	c->client = c->real = c->item.path = c->item.real = rpath_root();
	c->item.link = c->item.beside = rpath_root();
	(void)strmap_put(p->by_path, path, c);
	*VEC_PUSH(&p->claims) = c;
	return c;
}

struct claim *plan_claim_real(const struct planner *p, const char *real)
{
	struct claim *c = strmap_find(p->by_real, real);

	if (c != NULL)
		return c;
	c = strmap_find(p->by_path, real);
	return c != NULL && str_eq(rpath_str(c->real), real) ? c : NULL;
}

static void gather_new(struct planner *p, size_t step)
{
	const struct mapping *m = &p->plan->steps[step].mapping;
	size_t i;

	for (i = 0; i < m->n; i++) {
		struct claim *c = plan_claim(p, rpath_str(m->v[i].path), true);
		struct claim_new **tail = &c->news;

		while (*tail != NULL)
			tail = &(*tail)->next;
		*tail = arena_alloc(p->scratch, sizeof(**tail));
		(*tail)->step = step;
		(*tail)->what = &m->v[i];
		c->client = m->v[i].path;
	}
}

static void add_row(struct planner *p, struct claim_row **list,
		    const struct pkgdb_file *row, const struct pkgdb_package *package)
{
	struct claim_row *r;

	while (*list != NULL)
		list = &(*list)->next;
	r = arena_alloc(p->scratch, sizeof(*r));
	r->row = row;
	r->package = package;
	*list = r;
}

static int gather_going(struct planner *p, struct plan_step *ps, struct error *e)
{
	const struct pkgdb_package *installed = ps->step->installed;
	size_t i;
	int rc;

	if (installed == NULL)
		return 0;
	rc = pkgdb_files(p->db, p->a, installed->id, PKGDB_NOW, &ps->rows, &ps->nrows, e);
	if (rc < 0)
		return rc;
	for (i = 0; i < ps->nrows; i++)
		add_row(p, &plan_claim(p, ps->rows[i].path, true)->going, &ps->rows[i],
			installed);
	return 0;
}

static const struct pkgdb_package *package_of(const struct planner *p, int64_t id)
{
	size_t i;

	for (i = 0; i < p->ninstalled; i++)
		if (p->installed[i].id == id)
			return &p->installed[i];
	return NULL;
}

static bool package_goes(const struct planner *p, int64_t id)
{
	size_t i;

	for (i = 0; i < p->plan->nsteps; i++) {
		const struct step *s = p->plan->steps[i].step;

		if (s->installed != NULL && s->installed->id == id)
			return true;
	}
	return false;
}

/* Copies what a walk shows only for the moment. */
static const struct pkgdb_file *row_copy(struct planner *p, const struct pkgdb_file *f)
{
	struct pkgdb_file *r = arena_alloc(p->a, sizeof(*r));

	*r = *f;
	r->path = arena_strdup(p->a, f->path);
	r->class = f->class != NULL ? arena_strdup(p->a, f->class) : NULL;
	r->target = f->target != NULL ? arena_strdup(p->a, f->target) : NULL;
	r->owner = f->owner != NULL ? arena_strdup(p->a, f->owner) : NULL;
	r->group = f->group != NULL ? arena_strdup(p->a, f->group) : NULL;
	return r;
}

static int gather_staying_row(const struct pkgdb_file *f, void *ctx, struct error *e)
{
	struct planner *p = ctx;
	struct claim *c = plan_claim(p, f->path, false);
	const struct pkgdb_package *package;

	if (c == NULL || package_goes(p, f->package))
		return 0;
	package = package_of(p, f->package);
	if (package == NULL)
		return error_set(e, E_DB, "the database has '/%s' for a package that is "
				 "not installed", f->path);
	add_row(p, &c->staying, row_copy(p, f), package);
	return 0;
}

static int gather_staying_of(struct planner *p, struct claim *c, struct error *e)
{
	struct pkgdb_file *rows;
	size_t n, i;
	int rc = pkgdb_owners(p->db, p->a, c->path, PKGDB_NOW, &rows, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		rc = gather_staying_row(&rows[i], p, e);
	return rc;
}

/* Asking path by path is quick for small plans; one walk is for large ones. */
static int gather_staying(struct planner *p, struct error *e)
{
	uint64_t rows;
	size_t i;
	int rc;

	if (p->db == NULL || p->ninstalled == 0)
		return 0;
	rc = pkgdb_count_files(p->db, &rows, e);
	if (rc < 0)
		return rc;
	if (rows < 4 * (uint64_t)p->claims.n)
		return pkgdb_walk(p->db, PKGDB_NOW, gather_staying_row, p, e);
	for (i = 0; i < p->claims.n; i++) {
		rc = gather_staying_of(p, p->claims.v[i], e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int claim_order(const void *a, const void *b)
{
	return strcmp((*(struct claim *const *)a)->path, (*(struct claim *const *)b)->path);
}

/* Two client paths that end at the same place can't both be carried out, unless both
 * mean the directory that is there. */
static void note_real(struct planner *p, struct claim *c)
{
	struct claim *other;

	if (str_eq(rpath_str(c->real), c->path)) {
		other = strmap_find(p->by_real, c->path);
	} else {
		other = plan_claim_real(p, rpath_str(c->real));
		if (other == NULL)
			(void)strmap_put(p->by_real, rpath_str(c->real), c);
	}
	if (other == NULL || other == c || other->news == NULL || c->news == NULL ||
	    (ftype_is_dir(c->news->what->entry->ftype) &&
	     ftype_is_dir(other->news->what->entry->ftype)))
		return;
	plan_problem(p, c, NULL, NULL, "'/%s' and '/%s' are the same place: a directory "
		     "above them is a link", c->path, other->path);
}

static int look(struct planner *p, struct claim *c, struct error *e)
{
	int rc;

	rc = c->news != NULL ? plan_real(p, c->path, &c->real, e) :
			       plan_real_now(p, c->path, &c->real, e);
	if (rc < 0)
		return error_prefix(e, "planning '/%s'", c->path);
	if (c->news != NULL && str_has_prefix(rpath_str(c->real), ROOT_STATE_DIR))
		return error_set(e, E_UNSUPPORTED, "'/%s' leads into " ROOT_STATE_DIR ", which is "
				 "commpkg's own", c->path);
	note_real(p, c);
	if (!dirs_exists(p->plan->dirs, dirs_parent(p->plan->dirs, rpath_str(c->real))))
		return 0;
	rc = tree_stat(p->root->tree, c->real, &c->st, e);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	c->exists = true;
	return 0;
}

int plan_claims(struct planner *p, struct error *e)
{
	size_t i;
	int rc;

	for (i = 0; i < p->plan->nsteps; i++) {
		gather_new(p, i);
		rc = gather_going(p, &p->plan->steps[i], e);
		if (rc < 0)
			return rc;
	}
	rc = gather_staying(p, e);
	if (rc < 0)
		return rc;
	if (p->claims.n > 0)
		qsort(p->claims.v, p->claims.n, sizeof(*p->claims.v), claim_order);
	for (i = 0; i < p->claims.n; i++) {
		struct claim *c = p->claims.v[i];

		rc = rpath_parse(p->a, c->path, &c->client, e);
		if (rc == 0)
			rc = look(p, c, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

const struct pkgdb_file *plan_ruling_row(const struct claim *c)
{
	const struct claim_row *lists[2] = { c->going, c->staying }, *r;
	const struct pkgdb_file *first = NULL;
	size_t i;

	for (i = 0; i < 2; i++)
		for (r = lists[i]; r != NULL; r = r->next) {
			if (r->row->ruling)
				return r->row;
			if (first == NULL)
				first = r->row;
		}
	return first;
}
