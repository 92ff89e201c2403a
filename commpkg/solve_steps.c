/* From what libsolv decided to steps: kinds, reasons, and what nobody needs any more. */
#include "commpkg/solve_pool.h"

#include <stdlib.h>

struct build {
	struct attempt *t;
	struct solve_pool *sp;
	VEC(struct step) steps;
	VEC(const struct member *) members;
};

/* ---- what nobody needs any more */

struct sweep {
	struct attempt *t;
	Map suspect;		/* may go */
	Queue todo, deps;
};

/* Is it needed for this? Not where another instance of the same package serves. */
static bool spared(const struct sweep *w, const struct member *to, Id dep)
{
	const Id *p = pool_whatprovides_ptr(w->t->sp->pool, dep);

	for (; *p != 0; p++) {
		const struct member *other = solve_pool_member(w->t->sp, *p);

		if (other != NULL && other != to && attempt_stays(w->t, other) &&
		    !MAPTST(&w->suspect, *p) && str_eq(member_pkg(other), member_pkg(to)))
			return false;
	}
	return true;
}

/* Adds the providers of m's requirements that are in the result, and in or not in
 * `suspect` as asked, to the list, and flips their membership. */
static void spread(struct sweep *w, const struct member *m, bool suspected)
{
	struct solve_pool *sp = w->t->sp;

	solve_pool_requires(sp, m, &w->deps);
	for (int i = 0; i < w->deps.count; i++) {
		const Id *p = pool_whatprovides_ptr(sp->pool, w->deps.elements[i]);

		for (; *p != 0; p++) {
			const struct member *to = solve_pool_member(sp, *p);

			if (to == NULL || !attempt_stays(w->t, to) || to->installed == NULL ||
			    member_kept(to) || !!MAPTST(&w->suspect, *p) != suspected)
				continue;
			if (suspected && !spared(w, to, w->deps.elements[i]))
				continue;
			if (suspected)
				MAPCLR(&w->suspect, *p);
			else
				MAPSET(&w->suspect, *p);
			queue_push(&w->todo, *p);
		}
	}
}

static void spread_all(struct sweep *w, bool suspected)
{
	while (w->todo.count > 0)
		spread(w, solve_pool_member(w->t->sp, queue_pop(&w->todo)), suspected);
}

/* Suspects are what the packages that go needed; without any wish, all that came
 * uncalled. */
static void suspects(struct sweep *w)
{
	struct solve_pool *sp = w->t->sp;

	for (size_t i = 0; i < sp->ninstalled; i++) {
		const struct member *m = &sp->members[i];

		if (!attempt_stays(w->t, m))
			spread(w, m, false);
		else if (w->t->ngoals == 0 && !member_kept(m))
			MAPSET(&w->suspect, m->id);
	}
	spread_all(w, false);
	for (size_t i = 0; i < w->t->ngoals; i++) {
		const struct goal *g = &w->t->goals[i];

		if (g->wish->kind != WISH_REMOVE && g->target != NULL)
			MAPCLR(&w->suspect, g->target->id);
	}
}

/* The packages of components that go, or have others in their new version. */
static void component_suspects(struct sweep *w)
{
	struct solve_pool *sp = w->t->sp;

	for (size_t i = 0; i < sp->ninstalled; i++) {
		const struct member *c = &sp->members[i];

		if (c->component == NULL || attempt_stays(w->t, c))
			continue;
		for (size_t k = 0; k < c->component->row->npackages; k++) {
			const struct member *m = solve_pool_find_instance(sp,
					c->component->row->packages[k]);

			if (m != NULL && attempt_stays(w->t, m) && !member_kept(m))
				MAPSET(&w->suspect, m->id);
		}
	}
}

/* What is suspected and needed by nobody who is not. */
static void sweep(struct attempt *t, void (*find)(struct sweep *w))
{
	struct sweep w = { .t = t };
	struct solve_pool *sp = t->sp;

	map_init(&w.suspect, sp->pool->nsolvables);
	queue_init(&w.todo);
	queue_init(&w.deps);
	find(&w);
	for (size_t i = 0; i < sp->n; i++)
		if (attempt_stays(t, &sp->members[i]) && !MAPTST(&w.suspect, sp->members[i].id))
			queue_push(&w.todo, sp->members[i].id);
	spread_all(&w, true);
	for (size_t i = 0; i < sp->ninstalled; i++)
		if (MAPTST(&w.suspect, sp->members[i].id))
			MAPCLR(&t->result, sp->members[i].id);
	queue_free(&w.todo);
	queue_free(&w.deps);
	map_free(&w.suspect);
}

/* ---- reasons */

const struct goal *attempt_goal_of(const struct attempt *t, const struct member *m)
{
	for (size_t i = 0; i < t->ngoals; i++)
		if (t->goals[i].target == m)
			return &t->goals[i];
	return NULL;
}

/* A wish for a virtual name, which this package provides. */
static const struct goal *virtual_goal(const struct attempt *t, const struct member *m)
{
	for (size_t i = 0; i < t->ngoals; i++) {
		const struct goal *g = &t->goals[i];
		const Id *p;

		if (g->name == NULL || g->target != NULL || g->wish->kind == WISH_REMOVE)
			continue;
		p = pool_whatprovides_ptr(t->sp->pool, pool_str2id(t->sp->pool, g->name, 1));
		for (; *p != 0; p++)
			if (*p == m->id)
				return g;
	}
	return NULL;
}

static bool satisfies(const struct solve_pool *sp, Id dep, const struct member *m)
{
	const Id *p = pool_whatprovides_ptr(sp->pool, dep);

	while (*p != 0 && *p != m->id)
		p++;
	return *p != 0;
}

static bool needs(const struct solve_pool *sp, const struct member *from,
		  const struct member *to)
{
	bool yes = false;
	Queue deps;

	queue_init(&deps);
	solve_pool_requires(sp, from, &deps);
	for (int i = 0; i < deps.count && !yes; i++)
		yes = satisfies(sp, deps.elements[i], to);
	queue_free(&deps);
	return yes;
}

/*
 * For every package that comes: the first, by name, that comes too and needs it.
 * One pass over the requirements of those that come.
 */
static const struct member **needers(const struct build *b)
{
	const struct solve_pool *sp = b->sp;
	const struct member **by = arena_calloc(sp->a, (size_t)sp->pool->nsolvables,
						sizeof(*by));
	Queue deps;

	queue_init(&deps);
	for (size_t i = sp->ninstalled; i < sp->n; i++) {
		const struct member *m = &sp->members[i];

		if (!attempt_stays(b->t, m))
			continue;
		solve_pool_requires(sp, m, &deps);
		for (int k = 0; k < deps.count; k++) {
			const Id *p = pool_whatprovides_ptr(sp->pool, deps.elements[k]);

			for (; *p != 0; p++)
				if (by[*p] == NULL && *p != m->id)
					by[*p] = m;
		}
	}
	queue_free(&deps);
	return by;
}

static const char *why_comes(const struct build *b, const struct member *m,
			     const struct member *needer, bool *ret_manual)
{
	const struct goal *g = attempt_goal_of(b->t, m);

	*ret_manual = g != NULL && g->wish->kind == WISH_INSTALL;
	if (g != NULL)
		return "named";
	if (needer != NULL)
		return arena_printf(b->sp->a, "needed by %s", member_words(needer));
	g = virtual_goal(b->t, m);
	if (g != NULL) {
		*ret_manual = g->wish->kind == WISH_INSTALL;
		return arena_printf(b->sp->a, "provides %s", solve_plain(g->name));
	}
	return solve_pool_find_installed(b->sp, m->name) != NULL ? "newer" : "needed";
}

/* Does one that comes conflict with, or obsolete, this one? */
static const struct member *displacer(const struct build *b, const struct member *m)
{
	for (size_t i = b->sp->ninstalled; i < b->sp->n; i++) {
		const struct member *by = &b->sp->members[i];
		Solvable *s;

		if (!attempt_stays(b->t, by))
			continue;
		s = pool_id2solvable(b->sp->pool, by->id);
		if (s->obsoletes == 0)
			continue;
		for (const Id *o = s->repo->idarraydata + s->obsoletes; *o != 0; o++)
			if (satisfies(b->sp, *o, m))
				return by;
	}
	return NULL;
}

/* The component that goes, or changes, whose package it was. */
static const struct member *lost_component(const struct build *b, const struct member *m)
{
	for (size_t i = 0; i < b->sp->ninstalled; i++) {
		const struct member *c = &b->sp->members[i];

		if (c->component == NULL || attempt_stays(b->t, c) || m->component != NULL)
			continue;
		if (pkgdb_component_has(c->component->row, m->installed->row->instance))
			return c;
	}
	return NULL;
}

/* Needed by one of those that go with it, or nobody's? */
static const char *why_goes(const struct build *b, const struct member *m)
{
	const struct goal *g = attempt_goal_of(b->t, m);
	const struct member *by;

	if (g != NULL && g->wish->kind == WISH_REMOVE)
		return "named";
	by = displacer(b, m);
	if (by != NULL)
		return arena_printf(b->sp->a, "%s takes its place", member_words(by));
	for (size_t i = 0; i < b->sp->ninstalled; i++) {
		by = &b->sp->members[i];
		if (by != m && !attempt_stays(b->t, by) && needs(b->sp, m, by) &&
		    b->t->ask->options->dependents && !MAPTST(&b->t->swept, m->id))
			return arena_printf(b->sp->a, "needs %s", member_words(by));
	}
	by = lost_component(b, m);
	if (by != NULL)
		return arena_printf(b->sp->a, "belonged to %s", member_text(b->sp->a, by));
	return "nobody needs it any more";
}

/* ---- steps */

static enum step_kind kind_of(const struct member *m, const struct member *there)
{
	if (m->rank == there->rank)
		return STEP_REINSTALL;
	return m->rank > there->rank ? STEP_UPGRADE : STEP_DOWNGRADE;
}

static void push(struct build *b, const struct step *step, const struct member *m)
{
	*VEC_PUSH(&b->steps) = *step;
	*VEC_PUSH(&b->members) = m;
}

/* An installation cut short has no member, but its files are there. */
static const struct pkgdb_package *partial_row(const struct build *b, const char *name)
{
	const struct solve_ask *ask = b->t->ask;

	for (size_t i = 0; i < ask->ninstalled; i++)
		if (ask->installed[i].row->state != 0 &&
		    str_eq(ask->installed[i].row->instance, name))
			return ask->installed[i].row;
	return NULL;
}

static const struct step_choice *choice_of_copy(const struct build *b, const struct member *m)
{
	struct step_choice *choice = arena_alloc(b->sp->a, sizeof(*choice));

	choice->instance = m->name;
	return choice;
}

static void come(struct build *b, const struct member *m, const struct member *needer)
{
	const struct member *there = solve_pool_find_installed(b->sp, m->name);
	const struct goal *g = attempt_goal_of(b->t, m);
	struct step s = { .kind = STEP_INSTALL, .package = m->package };

	s.why = why_comes(b, m, needer, &s.manual);
	s.choice = g != NULL ? g->wish->choice : m->copy ? choice_of_copy(b, m) : NULL;
	if (there != NULL) {
		s.kind = kind_of(m, there);
		s.installed = there->installed->row;
	} else {
		s.installed = partial_row(b, m->name);
		s.kind = s.installed != NULL ? STEP_REINSTALL : STEP_INSTALL;
	}
	s.manual = s.manual || (s.installed != NULL && s.installed->manual);
	push(b, &s, m);
}

static bool replaced(const struct build *b, const struct member *m)
{
	size_t n;
	const struct member *other = solve_pool_available(b->sp, m->name, &n);

	for (size_t i = 0; i < n; i++)
		if (attempt_stays(b->t, &other[i]))
			return true;
	return false;
}

static void go(struct build *b, const struct member *m)
{
	const struct goal *g = attempt_goal_of(b->t, m);
	struct step s = {
		.kind = STEP_REMOVE, .installed = m->installed->row,
		.choice = g != NULL ? g->wish->choice : NULL,
	};

	s.why = why_goes(b, m);
	s.manual = g != NULL;
	push(b, &s, m);
}

static void collect(struct build *b)
{
	const struct member **by = needers(b);

	for (size_t i = 0; i < b->sp->n; i++) {
		const struct member *m = &b->sp->members[i];

		if (m->installed == NULL && attempt_stays(b->t, m))
			come(b, m, by[m->id]);
		else if (m->installed != NULL && !attempt_stays(b->t, m) && !replaced(b, m))
			go(b, m);
	}
}

/* ---- all together */

/* Rows without a member go first: nobody's requirement hangs on them. */
static size_t partial_removals(struct build *b, struct step *steps)
{
	size_t n = 0;

	for (size_t i = 0; i < b->t->ngoals; i++) {
		const struct goal *g = &b->t->goals[i];

		if (g->wish->kind != WISH_REMOVE || g->target != NULL)
			continue;
		steps[n++] = (struct step){
			.kind = STEP_REMOVE, .installed = partial_row(b, g->name),
			.choice = g->wish->choice, .manual = true, .why = "named",
		};
	}
	return n;
}

void steps_make(struct attempt *t, struct solution *ret)
{
	struct build b = { .t = t, .sp = t->sp };
	size_t npartial;

	map_init_clone(&t->swept, &t->result);
	sweep(t, component_suspects);
	if (t->ask->options->autoremove)
		sweep(t, suspects);
	map_subtract(&t->swept, &t->result);
	collect(&b);
	ret->steps = arena_calloc(t->a, t->ngoals + b.steps.n, sizeof(*ret->steps));
	npartial = partial_removals(&b, ret->steps);
	notes_make(t, b.steps.v, b.members.v, b.steps.n, ret);
	if (b.steps.n > 0) {
		steps_order(t->sp, b.steps.v, b.members.v, b.steps.n);
		components_split(t, b.steps.v, b.members.v, &b.steps.n, ret);
		memcpy(ret->steps + npartial, b.steps.v, b.steps.n * sizeof(*b.steps.v));
	}
	ret->nsteps = npartial + b.steps.n;
	VEC_FREE(&b.steps);
	VEC_FREE(&b.members);
}
