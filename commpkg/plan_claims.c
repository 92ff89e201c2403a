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

struct claim *plan_claim_removal(struct planner *p, struct rpath real, size_t step,
				 const struct tree_look *now)
{
	struct claim *c = plan_claim(p, rpath_str(real), true);
	struct change_item *it = &c->item;

	c->client = c->real = it->path = it->real = real;
	c->exists = true;
	c->st = now->st;
	c->mount = now->mount;
	c->fixed = now->fixed;
	it->kind = CHANGE_REMOVE;
	it->step = p->plan->steps[step].step;
	it->step_index = step;
	it->ftype = it->was_type = S_ISDIR(now->st.st_mode) ? 'd' : 'f';
	it->class = "none";
	it->was_ctime = now->st.st_ctim;
	op_attr_of(&now->st, &it->was);
	return c;
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

/* Rows of packages that stay are read for the moment. */
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

static bool row_before(const struct pkgdb_file *a, const struct pkgdb_file *b)
{
	if (a->ruling != b->ruling)
		return a->ruling;
	return a->arrival != b->arrival ? a->arrival < b->arrival : a->package < b->package;
}

static struct claim_row *insert_row(struct planner *p, struct claim_row **at,
				    const struct pkgdb_file *row,
				    const struct pkgdb_package *package)
{
	struct claim_row *r = arena_alloc(p->scratch, sizeof(*r));

	*r = (struct claim_row){ .next = *at, .row = row, .package = package };
	*at = r;
	return r;
}

static void add_going(struct planner *p, struct claim *c, const struct pkgdb_file *row,
		      size_t step)
{
	struct claim_row **at = &c->going;

	while (*at != NULL)
		at = &(*at)->next;
	insert_row(p, at, row, p->plan->steps[step].step->installed)->step = step;
}

static void add_staying(struct planner *p, struct claim *c, const struct pkgdb_file *row,
			const struct pkgdb_package *package)
{
	struct claim_row **at = &c->staying;

	while (*at != NULL && !row_before(row, (*at)->row))
		at = &(*at)->next;
	(void)insert_row(p, at, row_copy(p, row), package);
}

static int gather_going(struct planner *p, size_t step, struct error *e)
{
	struct plan_step *ps = &p->plan->steps[step];
	const struct pkgdb_package *installed = ps->step->installed;
	size_t i;
	int rc;

	if (installed == NULL)
		return 0;
	rc = pkgdb_files(p->db, p->a, installed->id, PKGDB_NOW, &ps->rows, &ps->nrows, e);
	if (rc < 0)
		return rc;
	for (i = 0; i < ps->nrows; i++)
		add_going(p, plan_claim(p, ps->rows[i].path, true), &ps->rows[i], step);
	return 0;
}

const struct pkgdb_package *plan_installed(const struct planner *p, int64_t id)
{
	size_t i;

	for (i = 0; i < p->ninstalled; i++)
		if (p->installed[i].id == id)
			return &p->installed[i];
	return NULL;
}

bool plan_ends(const struct planner *p, int64_t id)
{
	size_t i;

	for (i = 0; i < p->plan->nsteps; i++) {
		const struct step *s = p->plan->steps[i].step;

		if (s->installed != NULL && s->installed->id == id)
			return true;
	}
	return false;
}

static int gather_staying_at(struct planner *p, struct claim *c, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct pkgdb_package *package;
	struct pkgdb_file *rows;
	size_t n, i;
	int rc = pkgdb_owners(p->db, a, c->path, PKGDB_NOW, &rows, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		if (plan_ends(p, rows[i].package))
			continue;
		package = plan_installed(p, rows[i].package);
		if (package == NULL)
			return error_set(e, E_DB, "the database has '/%s' for a package that is "
					 "not installed", c->path);
		add_staying(p, c, &rows[i], package);
	}
	return rc;
}

static int gather_staying_of(struct planner *p, const struct pkgdb_package *package,
			     struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct pkgdb_file *rows;
	size_t n, i;
	int rc = pkgdb_files(p->db, a, package->id, PKGDB_NOW, &rows, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct claim *c = plan_claim(p, rows[i].path, false);

		if (c != NULL)
			add_staying(p, c, &rows[i], package);
	}
	return rc;
}

static uint64_t rows_going(const struct planner *p)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < p->plan->nsteps; i++)
		n += p->plan->steps[i].nrows;
	return n;
}

/* Asking path by path is quick for small plans, and package by package for those that leave
 * little as it is. */
static int gather_staying(struct planner *p, struct error *e)
{
	uint64_t rows, going = rows_going(p);
	size_t i;
	int rc = 0;

	if (p->db == NULL || p->ninstalled == 0)
		return 0;
	rc = pkgdb_count_files(p->db, &rows, e);
	if (rc < 0)
		return rc;
	if (rows < going + 2 * (uint64_t)p->claims.n) {
		for (i = 0; rc == 0 && i < p->ninstalled; i++)
			if (!plan_ends(p, p->installed[i].id))
				rc = gather_staying_of(p, &p->installed[i], e);
		return rc;
	}
	for (i = 0; rc == 0 && i < p->claims.n; i++)
		rc = gather_staying_at(p, p->claims.v[i], e);
	return rc;
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
	if (other == NULL || other == c)
		return;
	plan_twins(other, c);
	if (other->news == NULL || c->news == NULL ||
	    (ftype_is_dir(c->news->what->entry->ftype) &&
	     ftype_is_dir(other->news->what->entry->ftype)))
		return;
	plan_problem(p, c, NULL, "leave one of the packages out", "'/%s' and '/%s' are the same "
		     "place: a directory above them is a link", c->path, other->path);
}

static bool is_state(const char *path)
{
	size_t len = strlen(ROOT_STATE_DIR);

	return str_has_prefix(path, ROOT_STATE_DIR) && (path[len] == '/' || path[len] == '\0');
}

static int look(struct planner *p, struct claim *c, struct error *e)
{
	struct tree_look now;
	int rc;

	rc = c->news != NULL ? plan_real(p, c->client, &c->real, e) :
			       plan_real_now(p, c->client, &c->real, e);
	if (rc < 0)
		return error_prefix(e, "planning '/%s'", c->path);
	if (c->news != NULL && is_state(rpath_str(c->real)))
		return error_set(e, E_UNSUPPORTED, "'/%s' leads into " ROOT_STATE_DIR ", which is "
				 "commpkg's own", c->path);
	note_real(p, c);
	if (!dirs_exists(p->plan->dirs, dirs_parent(p->plan->dirs, rpath_str(c->real))))
		return 0;
	rc = tree_look(p->root->tree, c->real, &now, e);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	c->st = now.st;
	c->mount = now.mount;
	c->fixed = now.fixed;
	c->exists = true;
	return 0;
}

void plan_claims_sort(struct planner *p, size_t n)
{
	if (p->claims.n > n)
		qsort(p->claims.v, p->claims.n, sizeof(*p->claims.v), claim_order);
}

/* No step ends a package that another ends. */
static bool anyone_stays(const struct planner *p)
{
	size_t ending = 0, i;

	for (i = 0; i < p->plan->nsteps; i++)
		ending += p->plan->steps[i].step->installed != NULL;
	return ending < p->ninstalled;
}

int plan_claims(struct planner *p, struct error *e)
{
	size_t i;
	int rc;

	p->anyone_stays = anyone_stays(p);

	for (i = 0; i < p->plan->nsteps; i++) {
		gather_new(p, i);
		rc = gather_going(p, i, e);
		if (rc < 0)
			return rc;
	}
	rc = gather_staying(p, e);
	if (rc < 0)
		return rc;
	plan_claims_sort(p, 0);
	for (i = 0; i < p->claims.n; i++) {
		struct claim *c = p->claims.v[i];

		rc = rpath_borrow(c->path, &c->client, e);
		if (rc == 0)
			rc = look(p, c, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

const struct claim_row *plan_going_last(const struct claim *c)
{
	const struct claim_row *r = c->going;

	while (r != NULL && r->next != NULL)
		r = r->next;
	return r;
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
