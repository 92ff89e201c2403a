#include "commpkg/hold.h"
#include "commpkg/solve_pool.h"

#include <stdlib.h>

/* ---- jobs for libsolv */

static bool removal_only(const struct solve_ask *ask)
{
	for (size_t i = 0; i < ask->nwishes; i++)
		if (ask->wishes[i].kind != WISH_REMOVE)
			return false;
	return true;
}

static void upgrade_all(struct attempt *t, Queue *job)
{
	struct solve_pool *sp = t->sp;

	queue_push2(job, SOLVER_UPDATE | SOLVER_SOLVABLE_ALL, 0);
	if (!t->ask->options->allow_downgrade)
		return;
	for (size_t i = 0; i < sp->ninstalled; i++) {
		size_t n;
		struct member *m = solve_pool_available(sp, sp->members[i].name, &n);

		while (n > 0 && m[n - 1].id == 0)
			n--;
		if (n > 0 && m[n - 1].rank < sp->members[i].rank)
			queue_push2(job, SOLVER_INSTALL | SOLVER_SOLVABLE | SOLVER_WEAK,
				    m[n - 1].id);
	}
}

static void goal_job(struct attempt *t, const struct goal *g, Queue *job)
{
	if (g->name == NULL)
		upgrade_all(t, job);
	else if (g->wish->kind == WISH_REMOVE && g->target != NULL)
		queue_push2(job, SOLVER_ERASE | SOLVER_SOLVABLE, g->target->id);
	else if (g->wish->kind == WISH_REMOVE)
		return;
	else if (g->target != NULL)
		queue_push2(job, SOLVER_INSTALL | SOLVER_SOLVABLE, g->target->id);
	else
		queue_push2(job, SOLVER_INSTALL | SOLVER_SOLVABLE_PROVIDES,
			    pool_str2id(t->sp->pool, g->name, 1));
}

static int compare_jobs(const void *x, const void *y)
{
	const Id *a = x, *b = y;
	int c = (a[0] > b[0]) - (a[0] < b[0]);

	return c != 0 ? c : (a[1] > b[1]) - (a[1] < b[1]);
}

static bool provides(const struct solve_pool *sp, Id dep, Id id)
{
	for (const Id *p = pool_whatprovides_ptr(sp->pool, dep); *p != 0; p++)
		if (*p == id)
			return true;
	return false;
}

/* Would m do for what the component asks for? */
static bool is_asked_for(const struct solve_pool *sp, const struct member *component,
			 const struct member *m)
{
	bool asked = false;
	Queue deps;

	queue_init(&deps);
	solve_pool_requires(sp, component, &deps);
	for (int i = 0; i < deps.count && !asked; i++)
		asked = provides(sp, deps.elements[i], m->id);
	queue_free(&deps);
	return asked;
}

/* The newest that the component takes, and that is no older than what is there; NULL: none. */
static const struct member *newest_for(const struct solve_pool *sp, const struct member *component,
				       const struct member *there)
{
	size_t n;
	const struct member *m = solve_pool_available(sp, there->name, &n), *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (m[i].id != 0 && m[i].rank >= there->rank &&
		    is_asked_for(sp, component, &m[i]) && (best == NULL || m[i].rank > best->rank))
			best = &m[i];
	return best;
}

/* With its component (--reinstall). */
static void come_again(struct attempt *t, const struct goal *g, const struct member *there,
		       Queue *job)
{
	const struct member *m = newest_for(t->sp, g->target, there);

	if (m != NULL && m->rank == there->rank && str_eq(m->arch, there->arch))
		queue_push2(job, SOLVER_INSTALL | SOLVER_SOLVABLE, m->id);
	else
		queue_push2(job, SOLVER_UPDATE | SOLVER_SOLVABLE, there->id);
	if (m == NULL)
		*VEC_PUSH(&t->notes) = arena_printf(
			t->a, "%s is left as it is: the distribution does not have it",
			member_text_origin(t->a, there));
}

/* The packages of a component that comes are as new as they can be, where its manifest says no
 * version; and come again when the component does. */
static void update_packages(struct attempt *t, const struct goal *g, Queue *job)
{
	const struct solve_component *c = g->target != NULL ? g->target->component : NULL;

	for (size_t i = 0; c != NULL && c->dist != NULL && i < c->npackages; i++) {
		const struct member *m = solve_pool_find_installed(t->sp, c->packages[i]);

		if (m != NULL && g->again)
			come_again(t, g, m, job);
		else if (m != NULL)
			queue_push2(job, SOLVER_UPDATE | SOLVER_SOLVABLE, m->id);
	}
}

/* Ids follow from sorted members, so sorted jobs do not know the order of the wishes. */
static void make_jobs(struct attempt *t, Queue *job)
{
	for (size_t i = 0; i < t->ngoals; i++)
		goal_job(t, &t->goals[i], job);
	for (size_t i = 0; i < t->ngoals; i++)
		update_packages(t, &t->goals[i], job);
	if (!removal_only(t->ask)) {
		shared_lock(t, job);
		beside_lock(t, job);
	}
	holds_lock(t, job);
	if (job->count > 0)
		qsort(job->elements, (size_t)job->count / 2, 2 * sizeof(Id), compare_jobs);
	favor_first_alternatives(t, job);
}

/* ---- one attempt */

static void set_flags(const struct attempt *t)
{
	const struct solve_options *o = t->ask->options;
	Solver *s = t->solver;

	(void)solver_set_flag(s, SOLVER_FLAG_ALLOW_DOWNGRADE, o->allow_downgrade);
	(void)solver_set_flag(s, SOLVER_FLAG_ALLOW_UNINSTALL, o->dependents);
	(void)solver_set_flag(s, SOLVER_FLAG_ALLOW_ARCHCHANGE, 1);
	(void)solver_set_flag(s, SOLVER_FLAG_ALLOW_VENDORCHANGE, 1);
	(void)solver_set_flag(s, SOLVER_FLAG_NO_INFARCHCHECK, 1);
	(void)solver_set_flag(s, SOLVER_FLAG_IGNORE_RECOMMENDED, 1);
	/* a package takes another one's place only when it comes for a reason of its own */
	(void)solver_set_flag(s, SOLVER_FLAG_ALLOW_NAMECHANGE, 0);
}

void attempt_take_result(struct attempt *t)
{
	Queue decisions;

	MAPZERO(&t->result);
	queue_init(&decisions);
	solver_get_decisionqueue(t->solver, &decisions);
	for (int i = 0; i < decisions.count; i++)
		if (solve_pool_member(t->sp, decisions.elements[i]) != NULL)
			MAPSET(&t->result, decisions.elements[i]);
	queue_free(&decisions);
}

int attempt_run(struct arena *a, const struct solve_ask *ask, struct attempt *t,
		struct error *e)
{
	struct solve_ask *mine = arena_alloc(a, sizeof(*mine));
	Queue job;
	int rc;

	memset(t, 0, sizeof(*t));
	*mine = *ask;
	/* removing never installs something else instead */
	if (removal_only(ask))
		mine->dist = NULL;
	t->a = a;
	t->ask = mine;
	rc = solve_pool_new(a, mine, &t->sp, e);
	if (rc < 0)
		return rc;
	map_init(&t->result, t->sp->pool->nsolvables);
	rc = goals_make(t, e);
	if (rc < 0 || t->refusals.n > 0)
		return rc;
	queue_init(&job);
	make_jobs(t, &job);
	t->solver = solver_create(t->sp->pool);
	set_flags(t);
	t->problems = solver_solve(t->solver, &job);
	if (t->problems == 0) {
		attempt_take_result(t);
		first_alternatives_prefer(t, &job);
	}
	queue_free(&job);
	return 0;
}

void attempt_close(struct attempt *t)
{
	if (t->solver != NULL)
		solver_free(t->solver);
	if (t->result.map != NULL)
		map_free(&t->result);
	if (t->swept.map != NULL)
		map_free(&t->swept);
	solve_pool_free(t->sp);
	VEC_FREE(&t->refusals);
	VEC_FREE(&t->notes);
}

/* ---- the door */

int solve_ask(struct arena *a, const struct solve_ask *ask, struct solution *ret,
	      struct error *e)
{
	return ask->options->beside != NULL ? solve_ask_beside(a, ask, ret, e) :
					      solve_attempt(a, ask, ret, e);
}

int solve_attempt(struct arena *a, const struct solve_ask *asked, struct solution *ret,
		  struct error *e)
{
	struct solve_ask resolved, *ask = &resolved;
	struct attempt t;
	const char **notes;
	size_t nnotes;
	int rc = wishes_resolve(a, asked, ask, &notes, &nnotes, e);

	memset(ret, 0, sizeof(*ret));
	if (rc < 0)
		return rc;
	if (ask->options->nodeps)
		return steps_as_wished(a, ask, ret, e);
	rc = attempt_run(a, ask, &t, e);
	for (size_t i = 0; i < nnotes; i++)
		*VEC_PUSH(&t.notes) = notes[i];
	if (rc == 0 && attempt_solved(&t)) {
		steps_make(&t, ret);
	} else if (rc == 0) {
		explain_problems(&t, ret);
		rc = error_set(e, E_NO_SOLUTION, "cannot do that here: %zu problem%s",
			       ret->nproblems, ret->nproblems == 1 ? "" : "s");
	}
	attempt_close(&t);
	return rc;
}

static int parse_infofile(struct arena *a, const struct infofile *f, struct solve_installed *in,
			  struct error *e)
{
	const char *file = arena_printf(a, "%s/install/%s", in->row->instance, f->name);

	if (str_eq(f->name, "depend"))
		return depend_parse(a, f->bytes, f->len, file, &in->depend, e);
	if (str_eq(f->name, "compver"))
		return compver_parse(a, f->bytes, f->len, file, &in->compver, e);
	if (str_eq(f->name, "relations"))
		return relations_parse(a, f->bytes, f->len, file, &in->relations, e);
	return 0;
}

static int read_installed(struct arena *a, struct pkgdb *db, struct solve_installed *in,
			  struct error *e)
{
	struct infofile *files;
	size_t n;
	int rc = pkgdb_infofiles(db, a, in->row->id, &files, &n, e);

	for (size_t i = 0; rc >= 0 && i < n; i++)
		rc = parse_infofile(a, &files[i], in, e);
	return rc < 0 ? error_prefix(e, "installed '%s'", in->row->instance) : 0;
}

static int read_components(struct pkgdb *db, struct arena *a, struct solve_ask *ret,
			   struct error *e)
{
	struct pkgdb_component *components;
	int rc = pkgdb_components(db, a, PKGDB_NOW, &components, &ret->ncomponents, e);

	ret->components = rc < 0 ? NULL : components;
	return rc < 0 ? rc : 0;
}

int solve_ask_read(struct arena *a, const struct pkgdb_package *installed, size_t n,
		   struct pkgdb *db, struct solve_ask *ret, struct error *e)
{
	struct solve_installed *in = arena_calloc(a, n, sizeof(*in));
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		in[i].row = &installed[i];
	ret->installed = in;
	ret->ninstalled = n;
	if (db == NULL)
		return 0;
	rc = pkgdb_setting_get(db, a, "arch", &ret->arches, e);
	if (rc >= 0)
		rc = read_components(db, a, ret, e);
	for (size_t i = 0; rc >= 0 && i < n; i++)
		rc = read_installed(a, db, &in[i], e);
	return rc < 0 ? rc : 0;
}

int solve(struct arena *a, const struct pkgdb_package *installed, size_t ninstalled,
	  struct pkgdb *db, const struct dist *dist, const struct wish *wishes,
	  size_t nwishes, const struct solve_options *options, struct solution *ret,
	  struct error *e)
{
	struct solve_ask ask = {
		.dist = dist, .wishes = wishes, .nwishes = nwishes, .options = options,
	};
	int rc = solve_ask_read(a, installed, ninstalled, options->nodeps ? NULL : db, &ask, e);

	if (rc == 0 && db != NULL && !options->any_hold)
		rc = holds_read(db, a, &ask.holds, &ask.nholds, e);
	if (rc == 0 && options->nodeps && ask.nholds > 0) /* whose packages they are */
		rc = read_components(db, a, &ask, e);
	return rc < 0 ? rc : solve_ask(a, &ask, ret, e);
}
