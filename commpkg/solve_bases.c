/*
 * The end of a solution: steps of components apart from those of packages, and where the
 * packages of components have their base directories.
 */
#include "commpkg/solve_pool.h"

#include "commpkg/beside.h"
#include "formats/version.h"

struct split {
	struct attempt *t;
	struct solve_pool *sp;
	VEC(struct component_step) v;
};

/* ---- components */

/* As it is called in the root. */
static const char *instance_name(const struct split *s, const struct member *m)
{
	const struct member *there = m->installed != NULL ? m :
				     solve_pool_find_installed(s->sp, m->name);

	return there != NULL ? there->installed->row->instance : m->name;
}

/* The installed or coming package that stands for that name, of a component. */
static const char *instance_of(const struct split *s, const struct solve_component *c,
			       const char *name)
{
	Id id = pool_str2id(s->sp->pool, name, 0);
	const struct member *found = NULL;

	if (id == 0)
		return NULL;
	for (const Id *p = pool_whatprovides_ptr(s->sp->pool, id); *p != 0; p++) {
		const struct member *m = solve_pool_member(s->sp, *p);

		if (m == NULL || !attempt_stays(s->t, m) || !str_eq(member_pkg(m), name) ||
		    (c->beside != NULL && str_eq(m->name, name)))
			continue;
		if (found == NULL || str_eq(m->name, name) ||
		    (m->copy && c->beside != NULL))
			found = m;
	}
	return found != NULL ? instance_name(s, found) : NULL;
}

static void take_packages(struct split *s, const struct solve_component *c,
			  struct component_step *cs)
{
	cs->packages = arena_calloc(s->sp->a, c->npackages, sizeof(*cs->packages));
	for (size_t i = 0; i < c->npackages; i++) {
		const char *instance = instance_of(s, c, c->packages[i]);

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
static const char *base_of(struct split *s, const struct component_step *cs,
			   const struct beside_one *beside)
{
	const char *root = s->t->ask->options->installroot;

	if (cs->installed != NULL && cs->installed->base != NULL)
		return cs->installed->base;
	if (beside != NULL && beside->base != NULL)
		return beside->base;
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
	cs->base = base_of(s, cs, m->component->beside);
	if (step->kind != STEP_REMOVE) {
		take_packages(s, m->component, cs);
		return;
	}
	cs->packages = cs->installed->packages;
	cs->npackages = cs->installed->npackages;
}

/* ---- the current version */

/* The newest that stays of those beside it. */
static const struct member *heir(const struct split *s, const struct member *gone)
{
	const struct member *best = NULL;

	for (size_t i = 0; i < s->sp->ninstalled; i++) {
		const struct member *m = &s->sp->members[i];

		if (m->component != NULL && m != gone && attempt_stays(s->t, m) &&
		    pkgdb_component_beside(m->component->row->name) &&
		    str_eq(member_pkg(m), member_pkg(gone)) &&
		    (best == NULL || version_compare(m->version, best->version) > 0))
			best = m;
	}
	return best;
}

/* What was beside a version that goes is the current one from then on. */
static void inherit(struct split *s, size_t i, const struct member *gone)
{
	const struct member *m = heir(s, gone);
	const struct pkgdb_component *row;
	struct component_step taken, renamed;

	if (m == NULL)
		return;
	row = m->component->row;
	taken = beside_step(STEP_SWITCH, row, m->component->manifest, s->v.v[i].why);
	taken.name = gone->component->row->name;
	taken.installed = gone->component->row;
	taken.takes = row;
	renamed = beside_step(STEP_REMOVE, row, m->component->manifest, taken.why);
	renamed.name = row->name;
	renamed.installed = row;
	renamed.renames = true;
	s->v.v[i] = taken;
	*VEC_PUSH(&s->v) = renamed;
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
			       step->choice != NULL && step->choice->instance != NULL ?
			       step->choice->instance :
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
		if (members[i]->component != NULL) {
			add_component(&s, &steps[i], members[i]);
			if (steps[i].kind == STEP_REMOVE &&
			    !pkgdb_component_beside(members[i]->component->row->name))
				inherit(&s, s.v.n - 1, members[i]);
		} else {
			steps[kept++] = steps[i];
		}
	}
	*n = kept;
	for (size_t i = 0; i < kept; i++)
		place(&s, &steps[i]);
	ret->components = arena_memdup(t->a, s.v.v, s.v.n, sizeof(*s.v.v));
	ret->ncomponents = s.v.n;
	VEC_FREE(&s.v);
}
