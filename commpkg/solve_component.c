/*
 * Components as members: what a manifest says becomes the relations of a package without
 * contents.
 *
 *	<package name="P" version="V"/>			requires P = V
 *	<package name="P" arch="A"/>			requires P (A)
 *	<requires component="C" version=">= 1, < 2"/>	requires component:C >= 1, and < 2
 *	  strength="soft"				recommends
 *	  scope="remote"				nothing: a note
 *	<conflicts component="C" version="..."/>	conflicts with each version that is known
 *	<os .../>, none of which is the root's		requires system:..., which nobody provides
 *	<package when="l10n"/>				of the component that translates it
 */
#include "commpkg/solve_pool.h"

#include "formats/version.h"

const char *solve_plain(const char *name)
{
	return name + (str_has_prefix(name, COMPONENT_PREFIX) ? strlen(COMPONENT_PREFIX) : 0);
}

bool member_shared(const struct member *m)
{
	return m->component != NULL && m->component->manifest->kind == COMPONENT_SHARED;
}

/* ---- all components */

size_t components_count(const struct solve_ask *ask)
{
	return ask->ncomponents + (ask->dist != NULL ? 2 * dist_component_count(ask->dist) : 0);
}

/* Does somebody wish for `~ID`? */
static bool needs_wished(const struct solve_ask *ask, const char *id)
{
	for (size_t i = 0; i < ask->nwishes; i++) {
		const char *name = ask->wishes[i].name;

		if (name == NULL || !str_has_prefix(name, COMPONENT_PREFIX "~"))
			continue;
		name = solve_plain(name) + 1;
		if (strcspn(name, "=") == strlen(id) && str_has_prefix(name, id))
			return true;
	}
	return false;
}

/* The database of a root is input from strangers: what can't be read has a name, no more. */
static const struct manifest *stored_manifest(struct arena *a, const struct pkgdb_component *row)
{
	struct manifest *m = arena_alloc(a, sizeof(*m));

	if (pkgdb_component_manifest(a, row, m, NULL) < 0)
		*m = (struct manifest){ .title = row->title };
	m->id = pkgdb_component_plain(a, row->name);
	m->version = row->version;
	m->kind = row->kind == 'S' ? COMPONENT_SHARED :
		  row->kind == 'L' ? COMPONENT_L10N : COMPONENT_PRODUCT;
	return m;
}

static void prepare(struct solve_pool *sp, const struct solve_ask *ask)
{
	size_t i;

	sp->components = arena_calloc(sp->a, components_count(ask), sizeof(*sp->components));
	for (i = 0; i < ask->ncomponents; i++)
		sp->components[sp->ncomponents++] = (struct solve_component){
			.row = &ask->components[i],
			.manifest = stored_manifest(sp->a, &ask->components[i]),
		};
	for (i = 0; ask->dist != NULL && i < dist_component_count(ask->dist); i++) {
		struct solve_component c = { .dist = dist_component(ask->dist, i),
					     .manifest = dist_component(ask->dist, i)->manifest };

		c.beside = beside_find(ask, c.manifest);
		sp->components[sp->ncomponents++] = c;
		c.needs_only = true;
		c.beside = NULL;
		if (needs_wished(ask, c.manifest->id))
			sp->components[sp->ncomponents++] = c;
	}
}

static bool is_shared(const struct solve_pool *sp, const char *id)
{
	for (size_t i = 0; i < sp->ncomponents; i++)
		if (str_eq(sp->components[i].manifest->id, id) &&
		    sp->components[i].manifest->kind == COMPONENT_SHARED)
			return true;
	return false;
}

/* ---- relations */

struct maker {
	struct solve_pool *sp;
	const struct solve_ask *ask;
	struct solve_component *c;
	VEC(struct relation) v;
	VEC(const char *) packages;
};

static void add(struct maker *k, enum relation_kind kind, const char *name, enum relation_op op,
		const char *version)
{
	struct relation_alt *alt = arena_alloc(k->sp->a, sizeof(*alt));

	*alt = (struct relation_alt){ .name = name, .op = op, .version = version };
	*VEC_PUSH(&k->v) = (struct relation){ .kind = kind, .alts = alt, .n = 1 };
}

/* Does what is beside have it, where this one comes? */
static bool beside_has(const struct solve_ask *ask, const struct beside_one *one,
		       const struct pkgdb_package *row)
{
	for (size_t i = 0; i < ask->ncomponents; i++) {
		const struct pkgdb_component *c = &ask->components[i];

		if (pkgdb_component_beside(c->name) && c->base != NULL && one->base != NULL &&
		    str_eq(c->base, one->base) && pkgdb_component_has(c, row->instance))
			return true;
	}
	return false;
}

/* As which instances: one that is there, with the same base or of the same component, and one
 * that comes. */
static size_t instances_of(struct maker *k, const char *pkg, const char *names[2])
{
	const struct solve_ask *ask = k->ask;
	const struct beside_one *one = k->c->beside;
	size_t n = 0;

	for (size_t i = 0; i < ask->ninstalled && n == 0; i++) {
		const struct pkgdb_package *row = ask->installed[i].row;

		if (str_eq(row->pkg, pkg) &&
		    (one != NULL ? beside_has(ask, one, row) :
				   pkgdb_component_has(k->c->row, row->instance)))
			names[n++] = beside_pool_name(k->sp->a, ask, row);
	}
	if (one != NULL)
		names[n++] = beside_instance(k->sp->a, ask, pkg);
	return n;
}

/* A component has packages of its own where there are several of them. */
static bool add_instances(struct maker *k, const struct manifest_package *p, bool versioned)
{
	struct relation_alt *alts = arena_calloc(k->sp->a, 2, sizeof(*alts));
	const char *names[2];
	size_t n = k->c->beside != NULL || k->c->row != NULL ? instances_of(k, p->name, names) : 0;

	if (n == 0 || (k->c->beside == NULL && str_eq(names[0], p->name)))
		return false;
	for (size_t i = 0; i < n; i++)
		alts[i] = (struct relation_alt){
			.name = names[i], .op = versioned ? CMP_EQ : CMP_ANY,
			.version = versioned ? p->version : NULL,
		};
	*VEC_PUSH(&k->v) = (struct relation){ .kind = REL_REQUIRES, .alts = alts, .n = n };
	return true;
}

static const char *pool_name(struct maker *k, const char *id)
{
	return arena_printf(k->sp->a, COMPONENT_PREFIX "%s", id);
}

static void add_package(struct maker *k, const struct manifest_package *p, bool any_version)
{
	const char *name = p->arch == NULL ? p->name :
			   arena_printf(k->sp->a, "%s (%s)", p->name, p->arch);
	bool versioned = p->version != NULL && !any_version;

	for (size_t i = 0; i < k->packages.n; i++)
		if (str_eq(k->packages.v[i], p->name))
			return;
	*VEC_PUSH(&k->packages) = p->name;
	if (add_instances(k, p, versioned))
		return;
	if (p->arch == NULL && beside_any(k->ask)) /* none of another base directory */
		name = arena_printf(k->sp->a, "%s (" CURRENT_INSTANCE ")", p->name);
	add(k, REL_REQUIRES, name, versioned ? CMP_EQ : CMP_ANY, versioned ? p->version : NULL);
}

/* Those of the component it translates: of the same version as they are there, else of any. */
static void add_translated(struct maker *k)
{
	const struct manifest *m = k->c->manifest;

	for (int same = 1; same >= 0; same--)
		for (size_t i = 0; i < k->sp->ncomponents; i++) {
			const struct manifest *of = k->sp->components[i].manifest;

			if (m->translates == NULL || !str_eq(of->id, m->translates) ||
			    str_eq(of->version, m->version) != (same != 0))
				continue;
			for (size_t n = 0; n < of->npackages; n++)
				if (of->packages[n].when != NULL)
					add_package(k, &of->packages[n], same == 0);
			if (same != 0)
				return;
		}
}

static void add_packages(struct maker *k)
{
	const struct manifest *m = k->c->manifest;

	for (size_t i = 0; i < m->npackages; i++)
		if (m->packages[i].when == NULL || m->kind == COMPONENT_L10N)
			add_package(k, &m->packages[i], false);
	if (m->kind == COMPONENT_L10N)
		add_translated(k);
}

static void add_requires(struct maker *k, const struct manifest_relation *r)
{
	enum relation_kind kind = r->soft ? REL_RECOMMENDS : REL_REQUIRES;
	const char *name = pool_name(k, r->component);

	if (r->remote)
		return; /* solve_notes.c says so */
	if (k->ask->options->exclude_shared && is_shared(k->sp, r->component))
		return;
	if (r->range.n == 0)
		add(k, kind, name, CMP_ANY, NULL);
	for (size_t i = 0; i < r->range.n; i++)
		add(k, kind, name, r->range.v[i].op, r->range.v[i].version);
}

/* Two bounds are one range: what lies in it is named one by one. */
static void add_conflicts(struct maker *k, const struct manifest_relation *r)
{
	const char *name = pool_name(k, r->component);

	if (r->range.n == 0)
		add(k, REL_CONFLICTS, name, CMP_ANY, NULL);
	else if (r->range.n == 1)
		add(k, REL_CONFLICTS, name, r->range.v[0].op, r->range.v[0].version);
	for (size_t i = 0; r->range.n > 1 && i < k->sp->ncomponents; i++) {
		const struct manifest *m = k->sp->components[i].manifest;

		if (str_eq(m->id, r->component) && version_range_holds(&r->range, m->version))
			add(k, REL_CONFLICTS, name, CMP_EQ, m->version);
	}
}

/* ---- systems */

static bool arch_is(const struct solve_system *s, const char *arch)
{
	return arch == NULL || s->arch == NULL || str_eq(arch, s->arch);
}

static bool system_is(const struct solve_system *s, const struct manifest_os *o)
{
	if (!arch_is(s, o->arch))
		return false;
	if (strcasecmp(s->name, o->name) == 0)
		return o->range.n == 0 ||
		       (s->version != NULL && version_range_holds(&o->range, s->version));
	return o->range.n == 0 && str_has_word(s->like, o->name);
}

static const char *systems_text(struct arena *a, const struct manifest *m)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < m->nos; i++)
		strbuf_addf(&b, "%s%s%s%s%s%s", i > 0 ? " or " : "", m->os[i].name,
			    m->os[i].range.n > 0 ? " " : "",
			    m->os[i].range.n > 0 ? version_range_text(a, &m->os[i].range) : "",
			    m->os[i].arch != NULL ? " on " : "",
			    m->os[i].arch != NULL ? m->os[i].arch : "");
	return arena_strdup(a, strbuf_str(&b));
}

/* Only of what comes: what is installed was looked at then. */
static void add_system(struct maker *k)
{
	const struct solve_system *s = k->ask->options->system;
	const struct manifest *m = k->c->manifest;

	if (s == NULL || s->name == NULL || m->nos == 0 || k->c->row != NULL)
		return;
	for (size_t i = 0; i < m->nos; i++)
		if (system_is(s, &m->os[i]))
			return;
	add(k, REL_REQUIRES, arena_printf(k->sp->a, SYSTEM_PREFIX "%s",
					  systems_text(k->sp->a, m)), CMP_ANY, NULL);
}

/* ---- members */

static void make_relations(struct solve_pool *sp, const struct solve_ask *ask,
			   struct solve_component *c, struct relations *ret)
{
	struct maker k = { .sp = sp, .ask = ask, .c = c };
	const struct manifest *m = c->manifest;

	if (!c->needs_only)
		add_packages(&k);
	if (m->kind == COMPONENT_L10N && m->translates != NULL)
		add(&k, REL_REQUIRES, pool_name(&k, m->translates), CMP_ANY, NULL);
	for (size_t i = 0; i < m->nrequires; i++)
		add_requires(&k, &m->requires[i]);
	for (size_t i = 0; i < m->nconflicts && !c->needs_only; i++)
		add_conflicts(&k, &m->conflicts[i]);
	if (!c->needs_only)
		add_system(&k);
	*ret = (struct relations){ .present = true, .n = k.v.n,
				   .v = arena_memdup(sp->a, k.v.v, k.v.n, sizeof(*k.v.v)) };
	c->packages = arena_memdup(sp->a, k.packages.v, k.packages.n, sizeof(*k.packages.v));
	c->npackages = k.packages.n;
	VEC_FREE(&k.v);
	VEC_FREE(&k.packages);
}

static struct member installed_member(struct solve_pool *sp, const struct solve_component *c,
				      const struct relations *relations)
{
	struct solve_installed *in = arena_alloc(sp->a, sizeof(*in));
	struct pkgdb_package *row = arena_alloc(sp->a, sizeof(*row));
	const char *name = arena_printf(sp->a, COMPONENT_PREFIX "%s", c->row->name);
	const char *pkg = arena_printf(sp->a, COMPONENT_PREFIX "%s", c->manifest->id);

	*row = (struct pkgdb_package){ .instance = name, .pkg = pkg, .title = c->row->title,
				       .version = c->row->version, .added = c->row->added,
				       .manual = c->row->manual };
	*in = (struct solve_installed){ .row = row, .relations = *relations };
	return (struct member){ .name = name, .pkg = pkg, .version = c->row->version,
				.arch = "all", .installed = in, .component = c };
}

static struct member available_member(struct solve_pool *sp, const struct solve_component *c,
				      const struct relations *relations)
{
	struct package *p = arena_alloc(sp->a, sizeof(*p));
	const char *pkg = arena_printf(sp->a, COMPONENT_PREFIX "%s%s", c->needs_only ? "~" : "",
				       c->manifest->id);
	const char *name = c->beside == NULL ? pkg :
			   arena_printf(sp->a, "%s+%s", pkg, c->manifest->version);

	*p = (struct package){ .pkg = pkg, .dirname = name, .title = c->manifest->title,
			       .version = c->manifest->version, .arch = "all",
			       .relations = *relations };
	return (struct member){ .name = name, .pkg = pkg, .version = c->manifest->version,
				.arch = "all", .package = p, .component = c,
				.path = c->dist->origin };
}

void components_collect(struct solve_pool *sp, const struct solve_ask *ask, bool available)
{
	if (!available)
		prepare(sp, ask);
	for (size_t i = 0; i < sp->ncomponents; i++) {
		struct solve_component *c = &sp->components[i];
		struct relations relations;

		if ((c->dist != NULL) != available)
			continue;
		make_relations(sp, ask, c, &relations);
		sp->members[sp->n++] = available ? available_member(sp, c, &relations) :
						   installed_member(sp, c, &relations);
	}
}

/* ---- ways from one version to another */

static const char *ways_text(struct arena *a, unsigned strategies)
{
	return strategies == 0 ? "its manifest knows no way from there" :
	       arena_printf(a, "its manifest has %s%s%s from there",
			    strategies & STRATEGY_SIDE_BY_SIDE ? "side-by-side" : "",
			    strategies == (STRATEGY_SIDE_BY_SIDE | STRATEGY_COEXISTENT) ?
			    " and " : "",
			    strategies & STRATEGY_COEXISTENT ? "coexistent" : "");
}

struct strategy_from solve_from(struct arena *a, const struct solve_ask *ask,
				const struct pkgdb_component *c)
{
	struct strategy_from from = { .version = c->version };

	for (size_t i = 0; i < ask->ninstalled; i++)
		from.arch = strategy_arch(a, from.arch, c, ask->installed[i].row);
	return from;
}

/* A manifest that says which versions it can be upgraded from means no other. */
static void bar(struct solve_pool *sp, const struct solve_ask *ask, const struct member *there,
		struct member *m)
{
	unsigned strategies = strategy_allowed(m->component->manifest,
					       solve_from(sp->a, ask, there->component->row));

	if (!(strategies & STRATEGY_IN_PLACE))
		m->barred = arena_printf(sp->a, "%s can't take the place of %s: %s",
					 member_text_origin(sp->a, m),
					 member_text_origin(sp->a, there),
					 ways_text(sp->a, strategies));
}

void components_bar(struct solve_pool *sp, const struct solve_ask *ask)
{
	for (size_t i = 0; i < sp->ninstalled; i++) {
		const struct member *there = &sp->members[i];
		struct member *m;
		size_t n;

		if (there->component == NULL)
			continue;
		m = solve_pool_available(sp, there->name, &n);
		for (size_t k = 0; k < n; k++)
			if (m[k].rank > there->rank)
				bar(sp, ask, there, &m[k]);
	}
}

/* ---- names of wishes */

static bool is_component(const struct solve_ask *ask, const char *id, bool installed_only)
{
	for (size_t i = 0; i < ask->ncomponents; i++)
		if (str_eq(ask->components[i].name, id))
			return true;
	for (size_t i = 0; !installed_only && ask->dist != NULL &&
	     i < dist_component_count(ask->dist); i++)
		if (str_eq(dist_component(ask->dist, i)->manifest->id, id))
			return true;
	return false;
}

static bool is_package(const struct solve_ask *ask, const char *name, bool installed_only)
{
	for (size_t i = 0; i < ask->ninstalled; i++)
		if (str_eq(ask->installed[i].row->instance, name) ||
		    str_eq(ask->installed[i].row->pkg, name))
			return true;
	for (size_t i = 0; !installed_only && ask->dist != NULL && i < dist_count(ask->dist); i++)
		if (str_eq(dist_package(ask->dist, i)->package->pkg, name))
			return true;
	return false;
}

/* What the word means: with `component:`, or as packages have it. */
static const char *resolve(struct arena *a, const struct solve_ask *ask, const struct wish *w,
			   const char **ret_note)
{
	const char *word = w->name;
	const char *id = arena_strndup(a, word, strcspn(word, "="));
	bool gone = w->kind == WISH_REMOVE;

	*ret_note = NULL;
	if (word[0] == '~' && w->kind == WISH_INSTALL)
		return arena_printf(a, COMPONENT_PREFIX "%s", word);
	if (str_has_prefix(word, PACKAGE_PREFIX))
		return word + strlen(PACKAGE_PREFIX);
	if (str_has_prefix(word, COMPONENT_PREFIX) || !is_component(ask, id, gone))
		return word;
	if (is_package(ask, id, gone))
		*ret_note = arena_printf(a, "'%s' is a component and a package; the component is "
					 "meant ('" PACKAGE_PREFIX "%s' is the package)", id, id);
	return arena_printf(a, COMPONENT_PREFIX "%s", word);
}

int wishes_resolve(struct arena *a, const struct solve_ask *ask, struct solve_ask *ret,
		   const char ***ret_notes, size_t *ret_nnotes, struct error *e)
{
	struct wish *v = arena_calloc(a, ask->nwishes, sizeof(*v));
	const char **notes = arena_calloc(a, ask->nwishes, sizeof(*notes));
	size_t nnotes = 0;

	for (size_t i = 0; i < ask->nwishes; i++) {
		const char *note = NULL;

		v[i] = ask->wishes[i];
		if (v[i].name == NULL || v[i].package != NULL)
			continue;
		v[i].name = resolve(a, ask, &ask->wishes[i], &note);
		if (note != NULL)
			notes[nnotes++] = note;
		if (ask->options->nodeps && str_has_prefix(v[i].name, COMPONENT_PREFIX)) {
			(void)error_set(e, E_USAGE, "'%s' is a component: '--nodeps' is for "
					"packages", solve_plain(v[i].name));
			return error_hint(e, "name its packages, or leave '--nodeps' out");
		}
	}
	*ret = *ask;
	ret->wishes = v;
	*ret_notes = notes;
	*ret_nnotes = nnotes;
	return 0;
}
