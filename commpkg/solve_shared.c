/* Shared components stay as they are, unless their upgrade was allowed or they were named. */
#include "commpkg/solve_pool.h"

static bool is_named(const struct attempt *t, const struct member *m)
{
	for (size_t i = 0; i < t->ngoals; i++)
		if (t->goals[i].name != NULL && str_eq(t->goals[i].name, m->name))
			return true;
	return false;
}

static bool is_allowed(const struct solve_options *o, const char *id)
{
	for (size_t i = 0; i < o->nupgrade_these; i++)
		if (str_eq(o->upgrade_these[i], id))
			return true;
	return o->upgrade_shared;
}

static bool stays(const struct attempt *t, const struct member *m)
{
	const struct solve_options *o = t->ask->options;

	return member_shared(m) && !is_named(t, m) &&
	       (o->exclude_shared || !is_allowed(o, m->component->manifest->id));
}

/* Its packages stay with it, but for those that others have as well. */
static bool is_part(const struct attempt *t, const struct member *m)
{
	bool part = false;

	for (size_t i = 0; i < t->sp->ninstalled; i++) {
		const struct member *c = &t->sp->members[i];

		if (c->component == NULL ||
		    !pkgdb_component_has(c->component->row, m->installed->row->instance))
			continue;
		if (!stays(t, c))
			return false;
		part = true;
	}
	return part;
}

void shared_lock(struct attempt *t, Queue *job)
{
	for (size_t i = 0; i < t->sp->ninstalled; i++) {
		const struct member *m = &t->sp->members[i];

		if (m->component != NULL ? stays(t, m) : is_part(t, m) && !is_named(t, m))
			queue_push2(job, SOLVER_LOCK | SOLVER_SOLVABLE, m->id);
	}
}
