/*
 * From what libsolv decided to steps: kinds, reasons, what nobody needs any more, and
 * notes for the user.
 */
#include "commpkg/solve_pool.h"

#include <stdlib.h>

struct build {
	struct attempt *t;
	struct solve_pool *sp;
	VEC(struct step) steps;
	VEC(const struct member *) members;
	VEC(const char *) notes;
};

static bool stays(const struct attempt *t, const struct member *m)
{
	return m->id != 0 && MAPTST(&t->result, m->id);
}

/* ---- what nobody needs any more */

struct sweep {
	struct attempt *t;
	Map suspect;		/* may go */
	Queue todo, deps;
};

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

			if (to == NULL || !stays(w->t, to) || to->installed == NULL ||
			    member_manual(to) || !!MAPTST(&w->suspect, *p) != suspected)
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

		if (!stays(w->t, m))
			spread(w, m, false);
		else if (w->t->ngoals == 0 && !member_manual(m))
			MAPSET(&w->suspect, m->id);
	}
	spread_all(w, false);
	for (size_t i = 0; i < w->t->ngoals; i++) {
		const struct goal *g = &w->t->goals[i];

		if (g->wish->kind != WISH_REMOVE && g->target != NULL)
			MAPCLR(&w->suspect, g->target->id);
	}
}

static void autoremove(struct attempt *t)
{
	struct sweep w = { .t = t };
	struct solve_pool *sp = t->sp;

	map_init(&w.suspect, sp->pool->nsolvables);
	queue_init(&w.todo);
	queue_init(&w.deps);
	suspects(&w);
	for (size_t i = 0; i < sp->n; i++)
		if (stays(t, &sp->members[i]) && !MAPTST(&w.suspect, sp->members[i].id))
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

static const struct goal *goal_of(const struct attempt *t, const struct member *m)
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

		if (!stays(b->t, m))
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
	const struct goal *g = goal_of(b->t, m);

	*ret_manual = g != NULL && g->wish->kind == WISH_INSTALL;
	if (g != NULL)
		return "named";
	if (needer != NULL)
		return arena_printf(b->sp->a, "needed by %s", needer->name);
	g = virtual_goal(b->t, m);
	if (g != NULL) {
		*ret_manual = g->wish->kind == WISH_INSTALL;
		return arena_printf(b->sp->a, "provides %s", g->name);
	}
	return solve_pool_find_installed(b->sp, m->name) != NULL ? "newer" : "needed";
}

/* Does one that comes conflict with, or obsolete, this one? */
static const struct member *displacer(const struct build *b, const struct member *m)
{
	for (size_t i = b->sp->ninstalled; i < b->sp->n; i++) {
		const struct member *by = &b->sp->members[i];
		Solvable *s;

		if (!stays(b->t, by))
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

/* Needed by one of those that go with it, or nobody's? */
static const char *why_goes(const struct build *b, const struct member *m)
{
	const struct goal *g = goal_of(b->t, m);
	const struct member *by;

	if (g != NULL && g->wish->kind == WISH_REMOVE)
		return "named";
	by = displacer(b, m);
	if (by != NULL)
		return arena_printf(b->sp->a, "%s takes its place", by->name);
	for (size_t i = 0; i < b->sp->ninstalled; i++) {
		by = &b->sp->members[i];
		if (by != m && !stays(b->t, by) && needs(b->sp, m, by) &&
		    b->t->ask->options->dependents && !MAPTST(&b->t->swept, m->id))
			return arena_printf(b->sp->a, "needs %s", by->name);
	}
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

static void come(struct build *b, const struct member *m, const struct member *needer)
{
	const struct member *there = solve_pool_find_installed(b->sp, m->name);
	const struct goal *g = goal_of(b->t, m);
	struct step s = { .kind = STEP_INSTALL, .package = m->package };

	s.why = why_comes(b, m, needer, &s.manual);
	s.choice = g != NULL ? g->wish->choice : NULL;
	if (there != NULL) {
		s.kind = kind_of(m, there);
		s.installed = there->installed->row;
	} else {
		s.installed = partial_row(b, m->name);
		s.kind = s.installed != NULL ? STEP_REINSTALL : STEP_INSTALL;
	}
	s.manual = s.manual || (s.installed != NULL && s.installed->manual);
	if (s.kind == STEP_DOWNGRADE)
		*VEC_PUSH(&b->notes) = arena_printf(b->sp->a, "%s goes back from %s to %s",
						    m->name, there->version, m->version);
	push(b, &s, m);
}

static bool replaced(const struct build *b, const struct member *m)
{
	size_t n;
	const struct member *other = solve_pool_available(b->sp, m->name, &n);

	for (size_t i = 0; i < n; i++)
		if (stays(b->t, &other[i]))
			return true;
	return false;
}

static void go(struct build *b, const struct member *m)
{
	const struct goal *g = goal_of(b->t, m);
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

		if (m->installed == NULL && stays(b->t, m))
			come(b, m, by[m->id]);
		else if (m->installed != NULL && !stays(b->t, m) && !replaced(b, m))
			go(b, m);
	}
}

/* ---- notes */

static void note_reverse(struct build *b, const struct member *m)
{
	const struct depends *d = member_depend(m);

	for (size_t i = 0; i < d->n; i++) {
		const struct member *other;

		if (d->v[i].type != 'R')
			continue;
		other = solve_pool_find_installed(b->sp, d->v[i].pkg);
		if (other != NULL && stays(b->t, other))
			*VEC_PUSH(&b->notes) = arena_printf(b->sp->a,
				"%s goes, and says that %s needs it",
				member_text(b->sp->a, m), member_text(b->sp->a, other));
	}
}

static bool recommended_there(struct build *b, const struct relation *r)
{
	for (size_t k = 0; k < r->n; k++) {
		Id id = pool_str2id(b->sp->pool, r->alts[k].name, 0);
		const Id *p;

		if (id == 0)
			continue;
		for (p = pool_whatprovides_ptr(b->sp->pool, id); *p != 0; p++)
			if (MAPTST(&b->t->result, *p))
				return true;
	}
	return false;
}

static void note_recommended(struct build *b, const struct member *m)
{
	const struct relations *r = member_relations(m);
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	unsigned n = 0;

	for (size_t i = 0; r->present && i < r->n; i++) {
		if (r->v[i].kind != REL_RECOMMENDS || recommended_there(b, &r->v[i]))
			continue;
		if (n++ < 6)
			strbuf_addf(&out, "%s%s", n > 1 ? ", " : "", r->v[i].alts[0].name);
	}
	if (n > 0)
		*VEC_PUSH(&b->notes) = arena_printf(b->sp->a, "%s recommends %s%s",
			m->name, strbuf_str(&out), n > 6 ? ", ..." : "");
}

static void note_passed_over(struct build *b)
{
	const struct dist *d = b->t->ask->dist;
	size_t n = d != NULL ? dist_note_count(d) : 0;

	for (size_t i = 0; i < n && i < 3; i++)
		*VEC_PUSH(&b->notes) = dist_note(d, i);
	if (n > 3)
		*VEC_PUSH(&b->notes) = arena_printf(b->sp->a, "%zu more packages are in the "
			"distribution twice", n - 3);
}

static bool upgrades_all(const struct attempt *t)
{
	for (size_t i = 0; i < t->ngoals; i++)
		if (t->goals[i].name == NULL)
			return true;
	return false;
}

/* What an upgrade of everything passes over. */
static void note_left(struct build *b)
{
	struct strbuf absent = STRBUF_INIT;
	unsigned nabsent = 0;

	for (size_t i = 0; i < b->sp->ninstalled; i++) {
		const struct member *m = &b->sp->members[i], *last;
		size_t n;

		if (!stays(b->t, m))
			continue;
		last = solve_pool_available(b->sp, m->name, &n);
		if (n == 0) {
			if (nabsent++ < 6)
				strbuf_addf(&absent, "%s%s", nabsent > 1 ? ", " : "", m->name);
		} else if (last[n - 1].rank > m->rank && last[n - 1].id != 0) {
			*VEC_PUSH(&b->notes) = arena_printf(b->sp->a,
				"%s stays: %s does not go together with the rest",
				member_text(b->sp->a, m),
				member_text_origin(b->sp->a, &last[n - 1]));
		}
	}
	if (nabsent > 0)
		*VEC_PUSH(&b->notes) = arena_printf(b->sp->a,
			"not in the distribution, left alone: %s%s", strbuf_str(&absent),
			nabsent > 6 ? ", ..." : "");
	strbuf_free(&absent);
}

static int compare_notes(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void make_notes(struct build *b, struct solution *ret)
{
	for (size_t i = 0; i < b->t->notes.n; i++)
		*VEC_PUSH(&b->notes) = b->t->notes.v[i];
	for (size_t i = 0; i < b->steps.n; i++) {
		if (b->steps.v[i].kind == STEP_REMOVE)
			note_reverse(b, b->members.v[i]);
		else if (goal_of(b->t, b->members.v[i]) != NULL)
			note_recommended(b, b->members.v[i]); /* of others: too much */
	}
	note_passed_over(b);
	if (upgrades_all(b->t))
		note_left(b);
	if (b->notes.n > 1)
		qsort(b->notes.v, b->notes.n, sizeof(*b->notes.v), compare_notes);
	ret->notes = arena_calloc(b->sp->a, b->notes.n, sizeof(*ret->notes));
	for (size_t i = 0; i < b->notes.n; i++)
		if (i == 0 || !str_eq(b->notes.v[i], b->notes.v[i - 1]))
			ret->notes[ret->nnotes++] = str_escaped(b->sp->a, b->notes.v[i]);
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
	if (t->ask->options->autoremove)
		autoremove(t);
	map_subtract(&t->swept, &t->result);
	collect(&b);
	ret->steps = arena_calloc(t->a, t->ngoals + b.steps.n, sizeof(*ret->steps));
	npartial = partial_removals(&b, ret->steps);
	make_notes(&b, ret);
	if (b.steps.n > 0) {
		steps_order(t->sp, b.steps.v, b.members.v, b.steps.n);
		memcpy(ret->steps + npartial, b.steps.v, b.steps.n * sizeof(*b.steps.v));
	}
	ret->nsteps = npartial + b.steps.n;
	VEC_FREE(&b.steps);
	VEC_FREE(&b.members);
	VEC_FREE(&b.notes);
}

/* ---- nodeps */

static const struct pkgdb_package *row_of(const struct solve_ask *ask, const char *instance)
{
	for (size_t i = 0; i < ask->ninstalled; i++)
		if (str_eq(ask->installed[i].row->instance, instance))
			return ask->installed[i].row;
	return NULL;
}

static const struct package *newest_named(const struct solve_ask *ask, const char *name)
{
	size_t n = ask->dist != NULL ? dist_count(ask->dist) : 0, len = strcspn(name, "=");
	const struct package *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct package *p = dist_package(ask->dist, i)->package;

		if (strlen(p->pkg) != len || strncmp(p->pkg, name, len) != 0)
			continue;
		if (name[len] == '=' && !depend_version_equal(p->version, name + len + 1))
			continue;
		if (best == NULL || package_version_compare(p, best->version) > 0)
			best = p;
	}
	return best;
}

static int step_as_wished(const struct solve_ask *ask, const struct wish *w, struct step *ret,
			  struct error *e)
{
	const char *instance = w->choice != NULL ? w->choice->instance : NULL;
	int c;

	*ret = (struct step){ .kind = STEP_REMOVE, .choice = w->choice, .manual = true,
			      .why = "named" };
	if (w->kind == WISH_REMOVE) {
		ret->installed = w->name != NULL ? row_of(ask, w->name) : NULL;
		return ret->installed != NULL ? 0 :
		       error_set(e, E_NOT_FOUND, "'%s' is not installed",
				 w->name != NULL ? w->name : "");
	}
	ret->package = w->package != NULL ? w->package :
		       w->name != NULL ? newest_named(ask, w->name) : NULL;
	if (ret->package == NULL)
		return error_set(e, E_NOT_FOUND, "'%s' is not in the distribution",
				 w->name != NULL ? w->name : "");
	ret->installed = row_of(ask, instance != NULL ? instance : ret->package->pkg);
	ret->kind = STEP_INSTALL;
	if (ret->installed == NULL)
		return 0;
	c = package_version_compare(ret->package, ret->installed->version);
	ret->kind = c == 0 ? STEP_REINSTALL : c > 0 ? STEP_UPGRADE : STEP_DOWNGRADE;
	return 0;
}

int steps_as_wished(struct arena *a, const struct solve_ask *ask, struct solution *ret,
		    struct error *e)
{
	int rc = 0;

	ret->steps = arena_calloc(a, ask->nwishes, sizeof(*ret->steps));
	for (size_t i = 0; i < ask->nwishes && rc == 0; i++)
		rc = step_as_wished(ask, &ask->wishes[i], &ret->steps[ret->nsteps++], e);
	return rc;
}
