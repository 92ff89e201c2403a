/*
 * `A | B`, and B comes only because A needs it as well (`gnupg | gpg`): libsolv, which favored A,
 * then sees that B alone would do and drops A. Who wrote the alternatives meant A. So the solution
 * is walked: what is needed without a choice comes first; a choice that nothing of that satisfies
 * has to have its first alternative in the solution. Those that are not there are wished for,
 * weakly, in another round.
 */
#include "commpkg/solve_pool.h"

#define MAX_ROUNDS 8	/* each is a solve of its own; hardly ever is there a second */

struct first {
	struct attempt *t;
	Map marked;		/* there for a reason of its own */
	Queue todo, choices, deps;
	Queue *ret;
};

static void mark(struct first *f, Id id)
{
	if (MAPTST(&f->marked, id))
		return;
	MAPSET(&f->marked, id);
	queue_push(&f->todo, id);
}

/* Something of it is there in any case. */
static bool is_met(const struct first *f, Id dep)
{
	const struct solve_pool *sp = f->t->sp;

	for (const Id *p = pool_whatprovides_ptr(sp->pool, dep); *p != 0; p++) {
		const struct member *m = solve_pool_member(sp, *p);

		if (m != NULL && attempt_stays(f->t, m) &&
		    (m->installed != NULL || MAPTST(&f->marked, *p)))
			return true;
	}
	return false;
}

static void mark_provider(struct first *f, Id dep)
{
	for (const Id *p = pool_whatprovides_ptr(f->t->sp->pool, dep); *p != 0; p++)
		if (MAPTST(&f->t->result, *p))
			mark(f, *p);
}

static void follow(struct first *f, Id dep)
{
	if (dep_is_choice(f->t->sp, dep))
		queue_push(&f->choices, dep);
	else
		mark_provider(f, dep);
}

static void follow_all(struct first *f)
{
	const struct solve_pool *sp = f->t->sp;

	for (; f->todo.count > 0; queue_empty(&f->deps)) {
		solve_pool_requires(sp, solve_pool_member(sp, queue_shift(&f->todo)), &f->deps);
		for (int i = 0; i < f->deps.count; i++)
			follow(f, f->deps.elements[i]);
	}
}

/* One that can't come (it was wished for already, or libsolv knows better) leaves the others, and
 * another version of what is installed is none of our business. */
static void choose(struct first *f, Id dep)
{
	const struct member *m;

	if (is_met(f, dep))
		return;
	m = dep_first_choice(f->t->sp, dep);
	if (m != NULL && attempt_stays(f->t, m))
		mark(f, m->id);
	else if (m != NULL && m->id != 0 &&
		 solve_pool_find_installed(f->t->sp, m->name) == NULL)
		queue_pushunique(f->ret, m->id);
	if (!is_met(f, dep))
		mark_provider(f, dep);
}

/* What was asked for, and what takes the place of something. */
static void begin(struct first *f)
{
	const struct solve_pool *sp = f->t->sp;

	for (size_t i = sp->ninstalled; i < sp->n; i++) {
		const struct member *m = &sp->members[i];

		if (attempt_stays(f->t, m) &&
		    (attempt_goal_of(f->t, m) != NULL ||
		     solve_pool_find_installed(sp, m->name) != NULL))
			mark(f, m->id);
	}
}

static void walk(struct first *f, struct attempt *t, Queue *ret)
{
	*f = (struct first){ .t = t, .ret = ret };
	map_init(&f->marked, t->sp->pool->nsolvables);
	queue_init(&f->todo);
	queue_init(&f->choices);
	queue_init(&f->deps);
	begin(f);
	follow_all(f);
	while (f->choices.count > 0) {
		choose(f, queue_shift(&f->choices));
		follow_all(f);
	}
	queue_free(&f->todo);
	queue_free(&f->choices);
	queue_free(&f->deps);
}

#define WISH (SOLVER_INSTALL | SOLVER_SOLVABLE | SOLVER_WEAK)

/* Once: what could not come the last time can't the next. */
static bool add_wish(Queue *job, int first, Id id)
{
	for (int i = first; i + 1 < job->count; i += 2)
		if (job->elements[i + 1] == id)
			return false;
	queue_push2(job, WISH, id);
	return true;
}

/* Has one that was wished for come, and nothing that is there needs it? */
static bool any_idle(const struct first *f, const Queue *job, int first)
{
	for (int i = first; i + 1 < job->count; i += 2)
		if (MAPTST(&f->t->result, job->elements[i + 1]) &&
		    !MAPTST(&f->marked, job->elements[i + 1]))
			return true;
	return false;
}

/* One more solve; false: there is nothing more to wish for. */
static bool next_round(struct attempt *t, Queue *job, int first, Map *good)
{
	Queue missing;
	struct first f;
	bool more = false, idle;

	queue_init(&missing);
	walk(&f, t, &missing);
	idle = any_idle(&f, job, first);
	for (int i = 0; i < missing.count && !idle; i++)
		more = add_wish(job, first, missing.elements[i]) || more;
	map_free(&f.marked);
	queue_free(&missing);
	if (!idle) {
		MAPZERO(good);
		map_or(good, &t->result);
	}
	if (!more || solver_solve(t->solver, job) != 0)
		return false;
	attempt_take_result(t);
	return true;
}

void first_alternatives_prefer(struct attempt *t, Queue *job)
{
	int first = job->count;
	Map good;

	map_init_clone(&good, &t->result);
	for (int round = 0; round < MAX_ROUNDS && next_round(t, job, first, &good); round++)
		;
	MAPZERO(&t->result);
	map_or(&t->result, &good);
	map_free(&good);
}
