/*
 * Why a wish can't be: libsolv's proof as lines a stranger can follow. The fixes are
 * in solve_fix.c.
 */
#include "commpkg/solve_pool.h"

#include <stdlib.h>

struct chain {
	struct attempt *t;
	struct blame *blame;
	VEC(const char *) lines;
};

static void line(struct chain *c, const char *text)
{
	text = str_escaped(c->t->a, text);
	for (size_t i = 0; i < c->lines.n; i++)
		if (str_eq(c->lines.v[i], text))
			return;
	*VEC_PUSH(&c->lines) = text;
}

static const char *with_origin(struct chain *c, Id id)
{
	const struct member *m = solve_pool_member(c->t->sp, id);

	if (m != NULL && m->installed != NULL)
		MAPSET(&c->blame->installed, id);
	return m != NULL ? member_text_origin(c->t->a, m) : "this root";
}

static const char *bare(struct chain *c, Id id)
{
	const struct member *m = solve_pool_member(c->t->sp, id);

	(void)with_origin(c, id); /* for the blame */
	return m != NULL ? member_text(c->t->a, m) : "this root";
}

/* "only X 1.0 (from ...)", or the first few. */
static const char *providers(struct chain *c, Id dep)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	const Id *p = pool_whatprovides_ptr(c->t->sp->pool, dep);
	unsigned n = 0;

	for (; *p != 0; p++)
		if (n++ < 3)
			strbuf_addf(&b, "%s%s", n > 1 ? ", " : "", with_origin(c, *p));
	if (n == 0)
		return "which nothing provides";
	return arena_printf(c->t->a, "%s %s%s", n == 1 ? "only" : "one of",
			    strbuf_str(&b), n > 3 ? ", ..." : "");
}

/* Versions of the same name that are there, for "nothing provides X = 3". */
static const char *others(struct chain *c, Id dep)
{
	struct solve_pool *sp = c->t->sp;
	Id name = dep;

	while (ISRELDEP(name))
		name = GETRELDEP(sp->pool, name)->name;
	if (name == dep || *pool_whatprovides_ptr(sp->pool, name) == 0)
		return "";
	return arena_printf(c->t->a, "; there is %s", providers(c, name));
}

static void asked(struct chain *c, const struct goal *g)
{
	struct arena *a = c->t->a;

	c->blame->goals[g - c->t->goals] = true;
	if (g->wish->kind == WISH_REMOVE && g->target != NULL)
		line(c, arena_printf(a, "you asked to remove %s",
				     member_text_origin(a, g->target)));
	else if (g->target != NULL)
		line(c, arena_printf(a, "you asked for %s", member_text_origin(a, g->target)));
	else if (g->name != NULL)
		line(c, arena_printf(a, "you asked for %s", g->name));
}

/* The goals a job of this selection stands for. */
static bool goal_selected(const struct attempt *t, const struct goal *g, Id how, Id what)
{
	if (g->target != NULL && (how & SOLVER_SELECTMASK) == SOLVER_SOLVABLE)
		return g->target->id == what;
	return g->target == NULL && g->name != NULL &&
	       (how & SOLVER_SELECTMASK) == SOLVER_SOLVABLE_PROVIDES &&
	       pool_str2id(t->sp->pool, g->name, 0) == what;
}

/* A package of a component that is to come once more, or NULL. */
static const struct goal *again_with(const struct attempt *t, const struct member *m)
{
	for (size_t i = 0; i < t->ngoals && m != NULL; i++) {
		const struct goal *g = &t->goals[i];

		if (!g->again || g->target->component == NULL)
			continue;
		for (size_t k = 0; k < g->target->component->npackages; k++)
			if (str_eq(g->target->component->packages[k], m->name))
				return g;
	}
	return NULL;
}

static void again_lines(struct chain *c, Id id)
{
	const struct goal *g = again_with(c->t, solve_pool_member(c->t->sp, id));

	if (g == NULL)
		return;
	asked(c, g);
	line(c, arena_printf(c->t->a, "%s comes again with it (--reinstall)", with_origin(c, id)));
}

static void lock_line(struct chain *c, Id id)
{
	const struct member *m = solve_pool_member(c->t->sp, id);

	const char *held = m != NULL ? hold_reason(c->t->a, m) : NULL;

	if (m == NULL)
		return;
	if (held != NULL) {
		MAPSET(&c->blame->held, id);
		line(c, arena_printf(c->t->a, "%s stays: %s", with_origin(c, id), held));
		return;
	}
	c->blame->locked = true;
	line(c, arena_printf(c->t->a, "%s stays: %s", with_origin(c, id),
			     m->component == NULL ? "it belongs to a shared component" :
			     c->t->ask->options->exclude_shared ?
			     "shared components are left out (--excludeSC)" :
			     "a shared component is upgraded only with --upgradeSC y"));
}

static void job_lines(struct chain *c, Id rule)
{
	Id what, how = solver_rule2job(c->t->solver, rule, &what);

	if ((how & SOLVER_JOBMASK) == SOLVER_LOCK) {
		lock_line(c, what);
		return;
	}
	for (size_t i = 0; i < c->t->ngoals; i++)
		if (goal_selected(c->t, &c->t->goals[i], how, what)) {
			asked(c, &c->t->goals[i]);
			return;
		}
	if ((how & (SOLVER_JOBMASK | SOLVER_SELECTMASK)) == (SOLVER_INSTALL | SOLVER_SOLVABLE))
		again_lines(c, what);
}

static void requires_line(struct chain *c, Id from, Id dep)
{
	line(c, arena_printf(c->t->a, "%s needs %s: %s", with_origin(c, from),
			     solve_pool_text(c->t->sp, dep), providers(c, dep)));
}

/* A component, and what the root is. */
static bool system_line(struct chain *c, Id from, Id dep)
{
	const struct solve_system *s = c->t->ask->options->system;
	const char *name = ISRELDEP(dep) ? "" : pool_id2str(c->t->sp->pool, dep);
	struct arena *a = c->t->a;

	if (!str_has_prefix(name, SYSTEM_PREFIX) || s == NULL)
		return false;
	c->blame->system = true;
	line(c, arena_printf(a, "%s runs on %s", with_origin(c, from),
			     name + strlen(SYSTEM_PREFIX)));
	line(c, arena_printf(a, "this root is %s%s%s%s%s (etc/os-release)", s->name,
			     s->version != NULL ? " " : "", s->version != NULL ? s->version : "",
			     s->arch != NULL ? " on " : "", s->arch != NULL ? s->arch : ""));
	return true;
}

/* It is there, but can't take the place of what is installed: why, in words of its manifest. */
static void barred_lines(struct chain *c, Id dep)
{
	struct solve_pool *sp = c->t->sp;
	const struct member *m;
	size_t n;

	while (ISRELDEP(dep))
		dep = GETRELDEP(sp->pool, dep)->name;
	m = solve_pool_available(sp, pool_id2str(sp->pool, dep), &n);
	for (size_t i = 0; i < n; i++)
		if (m[i].barred != NULL)
			line(c, m[i].barred);
}

static void nothing_line(struct chain *c, Id from, Id dep)
{
	if (system_line(c, from, dep))
		return;
	c->blame->nothing = true;
	line(c, arena_printf(c->t->a, "%s needs %s, which nothing here provides%s",
			     with_origin(c, from), solve_pool_text(c->t->sp, dep),
			     others(c, dep)));
	barred_lines(c, dep);
}

static void conflict_line(struct chain *c, Id from, Id to, Id dep)
{
	line(c, arena_printf(c->t->a, "%s can't be together with %s: it says so of %s",
			     with_origin(c, from), with_origin(c, to),
			     solve_pool_text(c->t->sp, dep)));
}

static void rule_line(struct chain *c, Id rule, int type, Id from, Id to, Id dep)
{
	struct arena *a = c->t->a;

	switch (type) {
	case SOLVER_RULE_JOB:
		job_lines(c, rule);
		return;
	case SOLVER_RULE_PKG_REQUIRES:
		requires_line(c, from, dep);
		return;
	case SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP:
		nothing_line(c, from, dep);
		return;
	case SOLVER_RULE_PKG_CONFLICTS:
		conflict_line(c, from, to, dep);
		return;
	case SOLVER_RULE_PKG_SAME_NAME:
	case SOLVER_RULE_PKG_IMPLICIT_OBSOLETES:
		line(c, str_eq(bare(c, from), bare(c, to)) ?
			arena_printf(a, "%s can be there only once", bare(c, from)) :
			arena_printf(a, "%s and %s can't both be there", bare(c, from),
				     bare(c, to)));
		return;
	case SOLVER_RULE_PKG_OBSOLETES:
	case SOLVER_RULE_PKG_INSTALLED_OBSOLETES:
		line(c, arena_printf(a, "%s takes the place of %s", with_origin(c, from),
				     with_origin(c, to)));
		return;
	case SOLVER_RULE_UPDATE:
	case SOLVER_RULE_FEATURE:
		line(c, arena_printf(a, "%s is to stay%s", with_origin(c, from),
				     c->t->ask->dist != NULL ? ", or to be upgraded" : ""));
		return;
	default:
		return; /* what the solver learned follows from the other lines */
	}
}

/* The eight numbers of one decision with SOLVER_DECISIONLIST_WITHINFO. */
enum { AT_ID, AT_REASON, AT_RULE, AT_BITS, AT_TYPE, AT_FROM, AT_TO, AT_DEP, DECISION };

/* Something the user asked for, and no lock of ours. */
static bool is_asked(struct chain *c, const Id *d)
{
	Id what;

	return d[AT_TYPE] == SOLVER_RULE_JOB &&
	       (solver_rule2job(c->t->solver, d[AT_RULE], &what) & SOLVER_JOBMASK) != SOLVER_LOCK;
}

/* libsolv's proof in its order; jobs first, as they are what the user knows. */
static void proof(struct chain *c, Id problem)
{
	Queue q;

	queue_init(&q);
	solver_get_decisionlist(c->t->solver, problem, SOLVER_DECISIONLIST_PROBLEM |
				SOLVER_DECISIONLIST_WITHINFO | SOLVER_DECISIONLIST_SORTED, &q);
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i + DECISION <= q.count; i += DECISION) {
			const Id *d = q.elements + i;

			if (is_asked(c, d) == (pass == 0))
				rule_line(c, d[AT_RULE], d[AT_TYPE], d[AT_FROM], d[AT_TO],
					  d[AT_DEP]);
		}
	queue_free(&q);
}

/* When the sorted proof had no words for it: all rules of the problem. */
static void all_rules(struct chain *c, Id problem)
{
	Queue rules;
	Id from, to, dep;

	queue_init(&rules);
	solver_findallproblemrules(c->t->solver, problem, &rules);
	for (int i = 0; i < rules.count; i++) {
		Id rule = rules.elements[i];
		int type = solver_ruleinfo(c->t->solver, rule, &from, &to, &dep);

		rule_line(c, rule, type, from, to, dep);
	}
	queue_free(&rules);
}

static void take_lines(struct chain *c, struct solve_problem *p)
{
	p->nchain = c->lines.n;
	p->chain = arena_calloc(c->t->a, c->lines.n, sizeof(*p->chain));
	for (size_t i = 0; i < c->lines.n; i++)
		p->chain[i] = c->lines.v[i];
	VEC_FREE(&c->lines);
}

static void refused(struct attempt *t, const struct refusal *r, struct blame *blame,
		    struct solve_problem *p)
{
	struct chain c = { .t = t, .blame = blame };

	for (size_t i = 0; i < sizeof(r->chain) / sizeof(*r->chain); i++)
		if (r->chain[i] != NULL)
			line(&c, r->chain[i]);
	blame->goals[r->goal - t->goals] = true;
	if (r->there != NULL && r->there->id != 0)
		MAPSET(&blame->installed, r->there->id);
	if (r->held != NULL && r->held->id != 0)
		MAPSET(&blame->held, r->held->id);
	blame->nothing = r->foreign;
	blame->shared = r->shared;
	take_lines(&c, p);
}

static void unsolved(struct attempt *t, Id problem, struct blame *blame,
		     struct solve_problem *p)
{
	struct chain c = { .t = t, .blame = blame };

	proof(&c, problem);
	if (c.lines.n < 2)
		all_rules(&c, problem);
	take_lines(&c, p);
}

void explain_problems(struct attempt *t, struct solution *ret)
{
	size_t nsolver = t->refusals.n == 0 ? solver_problem_count(t->solver) : 0;

	ret->nproblems = t->refusals.n + nsolver;
	ret->problems = arena_calloc(t->a, ret->nproblems, sizeof(*ret->problems));
	for (size_t i = 0; i < ret->nproblems; i++) {
		struct solve_problem *p = &ret->problems[i];
		struct blame blame = { .only = ret->nproblems == 1 };

		blame.goals = arena_calloc(t->a, t->ngoals, sizeof(*blame.goals));
		map_init(&blame.installed, t->sp->pool->nsolvables);
		map_init(&blame.held, t->sp->pool->nsolvables);
		if (i < t->refusals.n)
			refused(t, &t->refusals.v[i], &blame, p);
		else
			unsolved(t, (Id)(i - t->refusals.n) + 1, &blame, p);
		fixes_find(t, &blame, p);
		map_free(&blame.installed);
		map_free(&blame.held);
	}
}
