/*
 * Which packages a solve can have to do with. A distribution may be a hundred times as
 * large as what one wish touches; only what can be reached by requirements, from the
 * installed packages, their other versions and the wishes, goes into the pool. Only
 * names are looked at here, so this takes too many rather than too few.
 */
#include "commpkg/solve_pool.h"

struct names {
	VEC(struct member *) v;
};

struct reach {
	struct solve_pool *sp;
	struct strmap *providers;	/* name to struct names */
	VEC(struct member *) todo;
};

static void provide(struct reach *r, const char *name, struct member *m)
{
	struct names *n = strmap_find(r->providers, name);

	if (n == NULL) {
		n = arena_alloc(r->sp->a, sizeof(*n));
		(void)strmap_put(r->providers, name, n); /* was not there */
	}
	*VEC_PUSH(&n->v) = m;
}

static void index_member(struct reach *r, struct member *m)
{
	const struct relations *rel = member_relations(m);

	provide(r, m->name, m);
	if (!str_eq(member_pkg(m), m->name))
		provide(r, member_pkg(m), m);
	for (size_t i = 0; rel->present && i < rel->n; i++)
		for (size_t k = 0; rel->v[i].kind == REL_PROVIDES && k < rel->v[i].n; k++)
			provide(r, rel->v[i].alts[k].name, m);
}

static void visit(struct reach *r, struct member *m)
{
	if (m->reached)
		return;
	m->reached = true;
	*VEC_PUSH(&r->todo) = m;
}

static void visit_name(struct reach *r, const char *name)
{
	struct names *n = strmap_find(r->providers, rank_name(r->sp->a, name));

	for (size_t i = 0; n != NULL && i < n->v.n; i++)
		visit(r, n->v.v[i]);
	if (n != NULL)
		n->v.n = 0; /* all of them are reached: never again */
}

static void follow(struct reach *r, const struct member *m)
{
	const struct relations *rel = member_relations(m);
	const struct depends *d = member_depend(m);

	for (size_t i = 0; rel->present && i < rel->n; i++)
		for (size_t k = 0; rel->v[i].kind == REL_REQUIRES && k < rel->v[i].n; k++)
			visit_name(r, rel->v[i].alts[k].name);
	for (size_t i = 0; !rel->present && i < d->n; i++)
		if (d->v[i].type == 'P')
			visit_name(r, d->v[i].pkg);
}

static void begin(struct reach *r, const struct solve_ask *ask)
{
	struct solve_pool *sp = r->sp;

	for (size_t i = 0; i < sp->ninstalled; i++) {
		visit(r, &sp->members[i]);
		visit_name(r, sp->members[i].name);
	}
	for (size_t i = 0; i < ask->nwishes; i++) {
		const struct wish *w = &ask->wishes[i];

		if (w->package != NULL)
			visit_name(r, w->package->pkg);
		else if (w->name != NULL)
			visit_name(r, arena_strndup(sp->a, w->name, strcspn(w->name, "=")));
	}
}

void solve_pool_reach(struct solve_pool *sp, const struct solve_ask *ask)
{
	struct reach r = { .sp = sp, .providers = strmap_new(sp->n) };
	struct names *n;
	size_t i;

	for (i = 0; i < sp->n; i++)
		index_member(&r, &sp->members[i]);
	begin(&r, ask);
	while (r.todo.n > 0)
		follow(&r, r.todo.v[--r.todo.n]);
	i = 0;
	while ((n = strmap_next(r.providers, &i, NULL)) != NULL)
		VEC_FREE(&n->v);
	strmap_free(r.providers);
	VEC_FREE(&r.todo);
}
