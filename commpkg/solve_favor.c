/*
 * `A | B` means A when there is a choice, and a plain name means the package of that
 * name rather than another that provides it. libsolv chooses by name otherwise, so
 * the requirements of what is wished for are walked, and each first choice is favored.
 */
#include "commpkg/solve_pool.h"

#include "formats/debpkg.h"

struct walk {
	struct attempt *t;
	Queue todo, deps;
	Map seen;
	Queue *job;
};

static bool any_installed(const struct solve_pool *sp, Id dep)
{
	const Id *p = pool_whatprovides_ptr(sp->pool, dep);

	for (; *p != 0; p++)
		if (solve_pool_member(sp, *p) != NULL &&
		    solve_pool_member(sp, *p)->installed != NULL)
			return true;
	return false;
}

/* The first leaf that anybody provides. */
static Id first_leaf(Pool *pool, Id dep)
{
	while (ISRELDEP(dep) && GETRELDEP(pool, dep)->flags == REL_OR) {
		const Reldep *rd = GETRELDEP(pool, dep);

		dep = *pool_whatprovides_ptr(pool, rd->name) != 0 ? rd->name : rd->evr;
	}
	return dep;
}

static const char *leaf_name(Pool *pool, Id leaf)
{
	while (ISRELDEP(leaf))
		leaf = GETRELDEP(pool, leaf)->name;
	return pool_id2str(pool, leaf);
}

static unsigned priority(const struct member *m)
{
	return m->package != NULL ? m->package->priority : 0;
}

/* The more wanted one first; the same name: 0. */
static int compare_names(const struct member *a, const struct member *b)
{
	int c = strcmp(a->name, b->name);

	if (c == 0 || priority(a) == priority(b))
		return c;
	return priority(a) > priority(b) ? -1 : 1;
}

/* Of those that provide the leaf: the package of that name, then that of the highest priority,
 * then the first by name; the newest of it. */
static const struct member *pick(const struct solve_pool *sp, Id leaf)
{
	const char *name = leaf_name(sp->pool, leaf), *deb = debpkg_provider(sp->a, name);
	const struct member *best = NULL;

	/* what Debian calls NAME provides deb:NAME, as its virtual packages do */
	name = deb != NULL ? deb : name;

	for (const Id *p = pool_whatprovides_ptr(sp->pool, leaf); *p != 0; p++) {
		const struct member *m = solve_pool_member(sp, *p);
		int c;

		if (m == NULL)
			continue;
		c = best == NULL ? -1 : compare_names(m, best);
		if (c != 0 && best != NULL && str_eq(best->name, name))
			c = 1;
		else if (c != 0 && str_eq(m->name, name))
			c = -1;
		if (c < 0 || (c == 0 && m->rank > best->rank))
			best = m;
	}
	return best;
}

/* A choice is one between names; versions libsolv chooses well. */
bool dep_is_choice(const struct solve_pool *sp, Id dep)
{
	const Id *p = pool_whatprovides_ptr(sp->pool, dep);
	const struct member *first = solve_pool_member(sp, *p);

	for (; *p != 0; p++) {
		const struct member *m = solve_pool_member(sp, *p);

		if (m != NULL && first != NULL && !str_eq(m->name, first->name))
			return true;
	}
	return false;
}

const struct member *dep_first_choice(const struct solve_pool *sp, Id dep)
{
	return pick(sp, first_leaf(sp->pool, dep));
}

static void visit(struct walk *w, const struct member *m)
{
	if (m == NULL || m->id == 0 || MAPTST(&w->seen, m->id))
		return;
	MAPSET(&w->seen, m->id);
	queue_push(&w->todo, m->id);
}

static void follow(struct walk *w, Id dep)
{
	const struct solve_pool *sp = w->t->sp;
	const struct member *m;

	if (any_installed(sp, dep))
		return;
	m = dep_first_choice(sp, dep);
	if (m == NULL)
		return;
	if (dep_is_choice(sp, dep) && !MAPTST(&w->seen, m->id))
		queue_push2(w->job, SOLVER_FAVOR | SOLVER_SOLVABLE, m->id);
	visit(w, m);
}

static void begin(struct walk *w)
{
	const struct solve_pool *sp = w->t->sp;

	for (size_t i = 0; i < w->t->ngoals; i++) {
		const struct goal *g = &w->t->goals[i];

		if (g->wish->kind != WISH_REMOVE && g->target != NULL)
			visit(w, g->target);
		if (g->name != NULL)
			continue;
		for (size_t k = 0; k < sp->ninstalled; k++) {
			size_t n;
			const struct member *m =
				solve_pool_available(sp, sp->members[k].name, &n);

			if (n > 0)
				visit(w, &m[n - 1]);
		}
	}
}

static int compare_ids(const void *x, const void *y, void *unused)
{
	const Id *a = x, *b = y;

	(void)unused;
	return (*a > *b) - (*a < *b);
}

void favor_first_alternatives(struct attempt *t, Queue *job)
{
	const struct solve_pool *sp = t->sp;
	struct walk w = { .t = t, .job = job };

	queue_init(&w.todo);
	queue_init(&w.deps);
	map_init(&w.seen, sp->pool->nsolvables);
	begin(&w);
	if (w.todo.count > 1)
		solv_sort(w.todo.elements, (size_t)w.todo.count, sizeof(Id), compare_ids, NULL);
	for (int i = 0; i < w.todo.count; i++) {
		solve_pool_requires(sp, solve_pool_member(sp, w.todo.elements[i]), &w.deps);
		for (int k = 0; k < w.deps.count; k++)
			follow(&w, w.deps.elements[k]);
	}
	queue_free(&w.todo);
	queue_free(&w.deps);
	map_free(&w.seen);
}
