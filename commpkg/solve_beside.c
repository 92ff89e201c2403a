/*
 * Side by side: which components come beside what is there, and where.
 *
 * What was named comes as `ID+VERSION`, with instances of its packages of its own, and the version
 * it is beside is locked. Of the shared components that it needs in another version than is there
 * as few as can be are doubled, and only those whose manifest allows side-by-side; below another
 * install root all are.
 */
#include "commpkg/solve_pool.h"

#include "commpkg/strategy.h"
#include "formats/version.h"

struct besiding {
	struct arena *a;
	const struct solve_ask *ask;
	VEC(struct beside_one) v;	/* wished ones first */
	size_t nwished;
};

/* ---- who is whose */

static const struct pkgdb_component *find_row(const struct solve_ask *ask, const char *name)
{
	return pkgdb_component_named(ask->components, ask->ncomponents, name);
}

/* Does a component have it that is the current one, or one that is beside? */
static bool belongs(const struct solve_ask *ask, const struct pkgdb_package *row, bool beside)
{
	for (size_t i = 0; i < ask->ncomponents; i++)
		if (pkgdb_component_beside(ask->components[i].name) == beside &&
		    pkgdb_component_has(&ask->components[i], row->instance))
			return true;
	return false;
}

/* Is it the one that a new version would take the place of? The first instance, unless it is only
 * beside, or another one is current and it is nobody's. */
static bool is_principal(const struct solve_ask *ask, const struct pkgdb_package *row)
{
	const struct pkgdb_package *first = NULL, *current = NULL;

	for (size_t i = 0; i < ask->ninstalled; i++) {
		const struct pkgdb_package *x = ask->installed[i].row;

		if (!str_eq(x->pkg, row->pkg))
			continue;
		if (str_eq(x->instance, x->pkg))
			first = x;
		if (current == NULL && belongs(ask, x, false))
			current = x;
	}
	if (current != NULL && (first == NULL || !belongs(ask, first, false)))
		return row == current;
	return row == first;
}

const char *beside_pool_name(struct arena *a, const struct solve_ask *ask,
			     const struct pkgdb_package *row)
{
	if (ask->ncomponents == 0)
		return row->instance;
	if (is_principal(ask, row))
		return row->pkg;
	return str_eq(row->instance, row->pkg) ? arena_printf(a, "%s.1", row->pkg) : row->instance;
}

const struct beside_one *beside_find(const struct solve_ask *ask, const struct manifest *m)
{
	for (size_t i = 0; ask->beside != NULL && i < ask->beside->n; i++)
		if (str_eq(ask->beside->v[i].id, m->id) &&
		    str_eq(ask->beside->v[i].version, m->version))
			return &ask->beside->v[i];
	return NULL;
}

static bool has_instance(const struct solve_ask *ask, const char *instance)
{
	for (size_t i = 0; i < ask->ninstalled; i++)
		if (str_eq(ask->installed[i].row->instance, instance))
			return true;
	return false;
}

const char *beside_instance(struct arena *a, const struct solve_ask *ask, const char *pkg)
{
	for (unsigned n = 2;; n++) {
		const char *name = arena_printf(a, "%s.%u", pkg, n);

		if (!has_instance(ask, name))
			return name;
	}
}

static bool has_beside(const struct solve_pool *sp, const char *pkg)
{
	for (size_t i = 0; i < sp->ncomponents; i++) {
		const struct solve_component *c = &sp->components[i];

		for (size_t k = 0; c->beside != NULL && k < c->npackages; k++)
			if (str_eq(c->packages[k], pkg))
				return true;
	}
	return false;
}

void beside_copies(struct solve_pool *sp, const struct solve_ask *ask)
{
	size_t n = sp->n;

	for (size_t i = sp->ninstalled; i < n; i++) {
		struct member m = sp->members[i];

		if (m.component != NULL || !has_beside(sp, m.name))
			continue;
		m.pkg = m.name;
		m.name = beside_instance(sp->a, ask, m.pkg);
		m.copy = true;
		sp->members[sp->n++] = m;
	}
}

/* ---- what stays */

/* Is another version beside it, or to come? Nothing takes its place then. */
static bool is_old(const struct solve_ask *ask, const struct pkgdb_component *row)
{
	for (size_t i = 0; ask->beside != NULL && i < ask->beside->n; i++)
		if (ask->beside->v[i].old == row)
			return true;
	for (size_t i = 0; i < ask->ncomponents; i++) {
		const char *name = ask->components[i].name;
		size_t n = strcspn(name, "+");

		if (name[n] == '+' && strlen(row->name) == n && memcmp(name, row->name, n) == 0)
			return true;
	}
	return false;
}

static void lock(const struct attempt *t, const char *instance, Queue *job)
{
	const struct member *m = solve_pool_find_instance(t->sp, instance);

	if (m != NULL && m->id != 0)
		queue_push2(job, SOLVER_LOCK | SOLVER_SOLVABLE, m->id);
}

static bool is_wished(const struct attempt *t, const char *name)
{
	for (size_t i = 0; i < t->ask->nwishes; i++)
		if (t->ask->wishes[i].name != NULL && str_eq(t->ask->wishes[i].name, name))
			return true;
	return false;
}

const struct member *beside_of(const struct attempt *t, const struct member *m)
{
	const struct solve_pool *sp = t->sp;

	for (size_t i = 0; i < sp->ninstalled; i++)
		if (&sp->members[i] != m && m->component != NULL &&
		    sp->members[i].component != NULL &&
		    str_eq(member_pkg(&sp->members[i]), member_pkg(m)) &&
		    !is_wished(t, sp->members[i].name))
			return &sp->members[i];
	return NULL;
}

bool beside_any(const struct solve_ask *ask)
{
	for (size_t i = 0; i < ask->ncomponents; i++)
		if (pkgdb_component_beside(ask->components[i].name))
			return true;
	return ask->beside != NULL;
}

void beside_lock(struct attempt *t, Queue *job)
{
	const struct solve_ask *ask = t->ask;

	for (size_t i = 0; i < ask->ncomponents; i++) {
		const struct pkgdb_component *c = &ask->components[i];
		const char *name = arena_printf(t->a, COMPONENT_PREFIX "%s", c->name);

		if ((!pkgdb_component_beside(c->name) && !is_old(ask, c)) || is_wished(t, name))
			continue;
		lock(t, name, job);
		for (size_t k = 0; k < c->npackages; k++)
			lock(t, c->packages[k], job);
	}
}

/* ---- what comes */

static int refuse_version(struct arena *a, const char *id, const char *version, unsigned may,
			  const struct pkgdb_component *old, struct error *e)
{
	(void)error_set(e, E_CONFLICT, "%s %s can't be beside %s: %s", id, version, old->version,
			may == 0 ? "its manifest has no path from that version" :
			arena_printf(a, "its manifest allows %s only", strategy_words(a, may)));
	return error_hint(e, "commpkg upgrade --advise shows from which version it can come, and "
			  "how");
}

static unsigned allowed(const struct besiding *b, const struct manifest *m,
			const struct pkgdb_component *old)
{
	return strategy_allowed(m, solve_from(b->a, b->ask, old));
}

/* The newest that may, or the one that was asked for. */
static int choose(struct besiding *b, const char *id, const char *version,
		  const struct pkgdb_component *old, const struct manifest **ret, struct error *e)
{
	const struct dist *dist = b->ask->dist;
	const struct manifest *best = NULL, *other = NULL;

	for (size_t i = 0; dist != NULL && i < dist_component_count(dist); i++) {
		const struct manifest *m = dist_component(dist, i)->manifest;

		if (!str_eq(m->id, id) || version_compare(m->version, old->version) == 0 ||
		    (version != NULL && version_compare(m->version, version) != 0))
			continue;
		if (!(allowed(b, m, old) & STRATEGY_SIDE_BY_SIDE))
			other = other == NULL || version_compare(m->version, other->version) > 0 ?
				m : other;
		else if (best == NULL || version_compare(m->version, best->version) > 0)
			best = m;
	}
	if (best == NULL && other != NULL)
		return refuse_version(b->a, id, other->version,
				      allowed(b, other, old), old, e);
	if (best == NULL)
		return error_set(e, E_NOT_FOUND, "the distribution has no %s%s%s that could be "
				 "beside %s %s", id, version != NULL ? " " : "",
				 version != NULL ? version : "", id, old->version);
	if (best->fixed_base)
		return error_set(e, E_CONFLICT, "%s %s can't be beside %s: its manifest has one "
				 "base directory for all versions ('%s')", id, best->version,
				 old->version, best->base);
	*ret = best;
	return 0;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && s[n - m - 1] == '/' && str_eq(s + n - m, end);
}

/* Below which the old one has its base. */
static const char *old_installroot(struct besiding *b, const struct pkgdb_component *old,
				   const char *base)
{
	if (old->base == NULL || !ends_with(old->base, base))
		return b->ask->options->installroot != NULL ? b->ask->options->installroot :
							      SOLVE_INSTALLROOT;
	return arena_strndup(b->a, old->base, strlen(old->base) - strlen(base) - 1);
}

static bool elsewhere(struct besiding *b, const struct pkgdb_component *old, const char *base)
{
	const char *root = b->ask->options->installroot;

	return root != NULL && !str_eq(root, old_installroot(b, old, base));
}

/* Where what it translates comes, or is. */
static const char *translated_base(const struct besiding *b, const struct manifest *m)
{
	for (size_t i = 0; i < b->v.n; i++)
		if (str_eq(b->v.v[i].id, m->translates))
			return b->v.v[i].base;
	for (size_t i = 0; i < b->ask->ncomponents; i++) {
		const struct pkgdb_component *c = &b->ask->components[i];

		if (pkgdb_component_beside(c->name) &&
		    str_eq(pkgdb_component_plain(b->a, c->name), m->translates))
			return c->base;
	}
	return NULL;
}

static const char *base_beside(struct besiding *b, const struct manifest *m,
			       const struct pkgdb_component *old)
{
	if (m->base == NULL)
		return m->translates != NULL ? translated_base(b, m) : NULL;
	if (elsewhere(b, old, m->base))
		return arena_printf(b->a, "%s/%s", b->ask->options->installroot, m->base);
	if (m->kind == COMPONENT_SHARED)
		return old->base;
	return arena_printf(b->a, "%s/%s%s", old_installroot(b, old, m->base), m->base,
			    m->version);
}

static int find_old(struct besiding *b, const char *id, const struct pkgdb_component **ret,
		    struct error *e)
{
	const struct pkgdb_component *old = find_row(b->ask, id);
	const char *beside = b->ask->options->beside;

	if (old == NULL) {
		(void)error_set(e, E_NOT_FOUND, "%s is not installed: there is nothing that it "
				"could be beside", id);
		return error_hint(e, "commpkg install %s, without --beside", id);
	}
	if (version_compare(old->version, beside) != 0) {
		(void)error_set(e, E_NOT_FOUND, "%s %s is installed, not %s", id, old->version,
				beside);
		return error_hint(e, "--beside %s", old->version);
	}
	*ret = old;
	return 0;
}

static int add_wish(struct besiding *b, struct wish *w, struct error *e)
{
	const struct pkgdb_component *old = NULL;
	const struct manifest *m = NULL;
	const char *word = w->name != NULL ? solve_plain(w->name) : w->package->pkg;
	const char *id = arena_strndup(b->a, word, strcspn(word, "="));
	int rc;

	if (w->kind != WISH_INSTALL || w->package != NULL || word[0] == '~' ||
	    str_has_prefix(word, PACKAGE_PREFIX))
		return error_set(e, E_USAGE, "'--beside' is for components, and '%s' is none",
				 word);
	rc = find_old(b, id, &old, e);
	if (rc == 0)
		rc = choose(b, id, word[strlen(id)] == '=' ? word + strlen(id) + 1 : NULL, old, &m,
			    e);
	if (rc < 0)
		return rc;
	w->name = arena_printf(b->a, COMPONENT_PREFIX "%s+%s", id, m->version);
	*VEC_PUSH(&b->v) = (struct beside_one){
		.id = id, .version = m->version, .manifest = m, .old = old, .wished = true,
	};
	return 0;
}

/* ---- shared components */

static bool listed(const struct besiding *b, const char *id)
{
	for (size_t i = 0; i < b->v.n; i++)
		if (str_eq(b->v.v[i].id, id))
			return true;
	return false;
}

static bool may_double(struct besiding *b, const struct manifest *m,
		       const struct pkgdb_component *old, const struct version_range *range)
{
	if (m->kind != COMPONENT_SHARED || version_compare(m->version, old->version) == 0 ||
	    !version_range_holds(range, m->version))
		return false;
	if (m->base != NULL && elsewhere(b, old, m->base))
		return !m->fixed_base;
	return (allowed(b, m, old) & STRATEGY_SIDE_BY_SIDE) != 0;
}

/* The newest of the distribution that could be doubled. */
static void add_shared(struct besiding *b, const struct manifest_relation *r)
{
	const struct pkgdb_component *old = find_row(b->ask, r->component);
	const struct manifest *best = NULL;

	if (r->remote || old == NULL || listed(b, r->component))
		return;
	for (size_t i = 0; i < dist_component_count(b->ask->dist); i++) {
		const struct manifest *m = dist_component(b->ask->dist, i)->manifest;

		if (str_eq(m->id, r->component) && may_double(b, m, old, &r->range) &&
		    (best == NULL || version_compare(m->version, best->version) > 0))
			best = m;
	}
	if (best != NULL)
		*VEC_PUSH(&b->v) = (struct beside_one){
			.id = best->id, .version = best->version, .manifest = best, .old = old,
		};
}

/* What those in the list need, and what that needs. */
static void add_needed(struct besiding *b)
{
	for (size_t i = 0; i < b->v.n; i++) {
		const struct manifest *m = b->v.v[i].manifest;

		for (size_t k = 0; k < m->nrequires; k++)
			add_shared(b, &m->requires[k]);
	}
}

/* Translations last: they are where what they translate is. */
static int find_bases(struct besiding *b, struct error *e)
{
	for (int l10n = 0; l10n < 2; l10n++)
		for (size_t i = 0; i < b->v.n; i++) {
			struct beside_one *one = &b->v.v[i];

			if ((one->manifest->kind == COMPONENT_L10N) == (l10n != 0))
				one->base = base_beside(b, one->manifest, one->old);
		}
	for (size_t i = 0; i < b->v.n; i++) {
		const struct manifest *m = b->v.v[i].manifest;

		if (b->v.v[i].base != NULL || m->translates == NULL)
			continue;
		(void)error_set(e, E_CONFLICT, "%s translates %s, which is not to be beside",
				m->id, m->translates);
		return error_hint(e, "name both: %s %s", m->translates, m->id);
	}
	return 0;
}

/* ---- tries */

/* With those in `use` doubled; tried in silence unless e is given. */
static int try(struct besiding *b, const bool *use, struct solution *ret, struct error *e)
{
	struct beside_one *v = arena_calloc(b->a, b->v.n, sizeof(*v));
	struct solve_beside *beside = arena_alloc(b->a, sizeof(*beside));
	struct solve_ask ask = *b->ask;

	*beside = (struct solve_beside){ .v = v };
	for (size_t i = 0; i < b->v.n; i++)
		if (i < b->nwished || use[i])
			v[beside->n++] = b->v.v[i];
	ask.beside = beside;
	return solve_attempt(b->a, &ask, ret, e);
}

/* Each one that is not needed for a way is shared. */
static int fewest(struct besiding *b, bool *use, struct solution *ret, struct error *e)
{
	struct solution less;
	int rc = try(b, use, ret, e);

	for (size_t i = b->nwished; rc == 0 && i < b->v.n; i++) {
		use[i] = false;
		if (try(b, use, &less, NULL) == 0)
			*ret = less;
		else
			use[i] = true;
	}
	return rc;
}

int solve_ask_beside(struct arena *a, const struct solve_ask *asked, struct solution *ret,
		     struct error *e)
{
	struct solve_ask ask = *asked;
	struct wish *wishes = arena_memdup(a, asked->wishes, asked->nwishes, sizeof(*wishes));
	struct besiding b = { .a = a, .ask = &ask };
	bool *use;
	size_t i;
	int rc = 0;

	memset(ret, 0, sizeof(*ret));
	ask.wishes = wishes;
	for (i = 0; rc == 0 && i < ask.nwishes; i++)
		rc = add_wish(&b, &wishes[i], e);
	b.nwished = b.v.n;
	if (rc == 0)
		add_needed(&b);
	if (rc == 0)
		rc = find_bases(&b, e);
	use = arena_calloc(a, b.v.n + 1, sizeof(*use));
	if (rc == 0)
		rc = try(&b, use, ret, b.v.n == b.nwished ? e : NULL);
	if (rc == -E_NO_SOLUTION && b.v.n > b.nwished) {
		for (i = b.nwished; i < b.v.n; i++)
			use[i] = true;
		rc = fewest(&b, use, ret, e);
	}
	VEC_FREE(&b.v);
	return rc;
}
