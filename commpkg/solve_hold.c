/* What a user holds stays as it is: it neither goes nor changes its version. */
#include "commpkg/hold.h"
#include "commpkg/solve_pool.h"

static bool is_held(const struct solve_ask *ask, const struct member *m)
{
	return m->component != NULL ?
	       holds_have(ask->holds, ask->nholds, HOLD_COMPONENT,
			       m->component->row->name) :
	       holds_have(ask->holds, ask->nholds, HOLD_PACKAGE,
			       m->installed->row->instance);
}

void holds_mark(struct solve_pool *sp, const struct solve_ask *ask)
{
	if (ask->nholds == 0)
		return;
	for (size_t i = 0; i < sp->ninstalled; i++)
		sp->members[i].held = is_held(ask, &sp->members[i]);
	for (size_t i = 0; i < sp->ninstalled; i++) {
		const struct member *c = &sp->members[i];

		for (size_t k = 0; c->held && c->component != NULL && k < sp->ninstalled; k++) {
			struct member *m = &sp->members[k];

			if (m->component == NULL && m->holder == NULL &&
			    pkgdb_component_has(c->component->row, m->installed->row->instance))
				m->holder = c;
		}
	}
}

void holds_lock(struct attempt *t, Queue *job)
{
	for (size_t i = 0; i < t->sp->ninstalled; i++) {
		const struct member *m = &t->sp->members[i];

		if ((m->held || m->holder != NULL) && m->id != 0)
			queue_push2(job, SOLVER_LOCK | SOLVER_SOLVABLE, m->id);
	}
}

const char *hold_reason(struct arena *a, const struct member *m)
{
	if (m->held)
		return "it is held";
	return m->holder != NULL ? arena_printf(a, "it belongs to %s, which is held",
						member_text(a, m->holder)) : NULL;
}

bool hold_is_to_blame(const struct solve_pool *sp, const Map *blamed, const char *hold)
{
	for (size_t i = 0; i < sp->ninstalled; i++) {
		const struct member *m = &sp->members[i];
		const struct member *by = m->held ? m : m->holder;

		if (m->id == 0 || by == NULL || !MAPTST(blamed, m->id))
			continue;
		if (by->component != NULL ? holds_have(&hold, 1, HOLD_COMPONENT,
							    by->component->row->name) :
					    holds_have(&hold, 1, HOLD_PACKAGE,
							    by->installed->row->instance))
			return true;
	}
	return false;
}

int holds_refuse(const struct solve_ask *ask, const char *instance, struct error *e)
{
	const char *root = ask->options->root;
	const char *of = NULL;

	if (holds_have(ask->holds, ask->nholds, HOLD_PACKAGE, instance))
		of = instance;
	for (size_t i = 0; of == NULL && i < ask->ncomponents; i++)
		if (pkgdb_component_has(&ask->components[i], instance) &&
		    holds_have(ask->holds, ask->nholds, HOLD_COMPONENT,
				    ask->components[i].name))
			of = ask->components[i].name;
	if (of == NULL)
		return 0;
	(void)error_set(e, E_CONFLICT, str_eq(of, instance) ? "'%s' is held" :
			"'%s' belongs to '%s', which is held", instance, of);
	return error_hint(e, "'commpkg hold%s%s --remove %s' lifts it", root != NULL ? " -R " : "",
			  root != NULL ? root : "", of);
}
