/*
 * The end of a solution: steps of components apart from those of packages, and where the
 * packages of components have their base directories.
 */
#include "commpkg/solve_pool.h"

struct split {
	struct attempt *t;
	struct solve_pool *sp;
	VEC(struct component_step) v;
};

/* ---- components */

/* The installed or coming package that stands for that name. */
static const char *instance_of(const struct split *s, const char *name)
{
	Id id = pool_str2id(s->sp->pool, name, 0);
	const char *found = NULL;

	if (id == 0)
		return NULL;
	for (const Id *p = pool_whatprovides_ptr(s->sp->pool, id); *p != 0; p++) {
		const struct member *m = solve_pool_member(s->sp, *p);

		if (m == NULL || !attempt_stays(s->t, m) || !str_eq(member_pkg(m), name))
			continue;
		if (found == NULL || str_eq(m->name, name))
			found = m->name;
	}
	return found;
}

static void take_packages(struct split *s, const struct solve_component *c,
			  struct component_step *cs)
{
	cs->packages = arena_calloc(s->sp->a, c->npackages, sizeof(*cs->packages));
	for (size_t i = 0; i < c->npackages; i++) {
		const char *instance = instance_of(s, c->packages[i]);

		if (instance != NULL)
			cs->packages[cs->npackages++] = instance;
	}
}

/* A translation goes where what it translates is. */
static const char *translated_base(const struct split *s, const char *id)
{
	for (size_t i = 0; i < s->v.n; i++)
		if (str_eq(s->v.v[i].name, id) && s->v.v[i].kind != STEP_REMOVE)
			return s->v.v[i].base;
	for (size_t i = 0; i < s->t->ask->ncomponents; i++)
		if (str_eq(s->t->ask->components[i].name, id))
			return s->t->ask->components[i].base;
	return NULL;
}

/* What is upgraded stays where it is. */
static const char *base_of(struct split *s, const struct component_step *cs)
{
	const char *root = s->t->ask->options->installroot;

	if (cs->installed != NULL && cs->installed->base != NULL)
		return cs->installed->base;
	if (cs->manifest->base == NULL)
		return cs->manifest->translates == NULL || cs->kind == STEP_REMOVE ? NULL :
		       translated_base(s, cs->manifest->translates);
	root = root != NULL ? root : SOLVE_INSTALLROOT;
	return arena_printf(s->sp->a, "%s/%s", str_eq(root, "/") ? "" : root,
			    cs->manifest->base);
}

static void add_component(struct split *s, const struct step *step, const struct member *m)
{
	const struct member *there = m->installed != NULL ? m :
				     solve_pool_find_installed(s->sp, m->name);
	struct component_step *cs = VEC_PUSH(&s->v);

	*cs = (struct component_step){
		.kind = step->kind, .manifest = m->component->manifest,
		.name = solve_plain(m->name), .version = m->version, .comes = m->component->dist,
		.installed = there != NULL ? there->component->row : NULL,
		.manual = step->manual, .why = step->why,
	};
	cs->base = base_of(s, cs);
	if (step->kind != STEP_REMOVE) {
		take_packages(s, m->component, cs);
		return;
	}
	cs->packages = cs->installed->packages;
	cs->npackages = cs->installed->npackages;
}

/* ---- base directories of packages */

static bool listed(const char *const *v, size_t n, const char *instance)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], instance))
			return true;
	return false;
}

static bool relocatable(const struct package *p)
{
	for (size_t i = 0; i < p->map.n; i++)
		if (p->map.entries[i].ftype != 'i' && p->map.entries[i].path[0] != '/')
			return true;
	return p->basedir != NULL;
}

static const char *component_base(const struct split *s, const char *instance)
{
	for (size_t i = 0; i < s->v.n; i++) {
		const struct component_step *cs = &s->v.v[i];

		if (cs->kind != STEP_REMOVE && cs->base != NULL && !cs->manifest->fixed_base &&
		    listed(cs->packages, cs->npackages, instance))
			return cs->base;
	}
	for (size_t i = 0; i < s->sp->ninstalled; i++) {
		const struct member *m = &s->sp->members[i];

		if (m->component != NULL && attempt_stays(s->t, m) &&
		    m->component->row->base != NULL && !m->component->manifest->fixed_base &&
		    listed(m->component->row->packages, m->component->row->npackages, instance))
			return m->component->row->base;
	}
	return NULL;
}

static void place(struct split *s, struct step *step)
{
	const char *instance = step->installed != NULL ? step->installed->instance :
			       step->package != NULL ? step->package->pkg : NULL;
	struct step_choice *choice;
	const char *base;

	if (step->package == NULL || !relocatable(step->package))
		return;
	if (step->choice != NULL && step->choice->basedir != NULL)
		return;
	base = component_base(s, instance);
	if (base == NULL)
		return;
	choice = arena_alloc(s->sp->a, sizeof(*choice));
	if (step->choice != NULL)
		*choice = *step->choice;
	choice->basedir = step->installed != NULL && step->installed->basedir != NULL ?
			  step->installed->basedir : base;
	step->choice = choice;
}

void components_split(struct attempt *t, struct step *steps, const struct member **members,
		      size_t *n, struct solution *ret)
{
	struct split s = { .t = t, .sp = t->sp };
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		if (members[i]->component != NULL && members[i]->component->needs_only)
			continue;
		if (members[i]->component != NULL)
			add_component(&s, &steps[i], members[i]);
		else
			steps[kept++] = steps[i];
	}
	*n = kept;
	for (size_t i = 0; i < kept; i++)
		place(&s, &steps[i]);
	ret->components = arena_memdup(t->a, s.v.v, s.v.n, sizeof(*s.v.v));
	ret->ncomponents = s.v.n;
	VEC_FREE(&s.v);
}
