#include "commpkg/solve_pool.h"

#include <ctype.h>
#include <stdlib.h>

/* ---- members */

const struct depends *member_depend(const struct member *m)
{
	return m->installed != NULL ? &m->installed->depend : &m->package->depend;
}

const struct compver *member_compver(const struct member *m)
{
	return m->installed != NULL ? &m->installed->compver : &m->package->compver;
}

const struct relations *member_relations(const struct member *m)
{
	return m->installed != NULL ? &m->installed->relations : &m->package->relations;
}

enum version_scheme member_scheme(const struct member *m)
{
	const struct relations *r = member_relations(m);

	return r->present ? r->scheme : SCHEME_SVR4;
}

static bool list_has(const char *list, const char *word, size_t len)
{
	while (*list != '\0') {
		size_t n = strcspn(list, ", ");

		if (n == len && memcmp(list, word, len) == 0)
			return true;
		list += n;
		list += strspn(list, ", ");
	}
	return false;
}

bool member_arch_has(const struct member *m, const char *arch)
{
	return list_has(m->arch, arch, strlen(arch));
}

bool member_manual(const struct member *m)
{
	return m->installed != NULL && m->installed->row->manual;
}

/* A component that is beside the current one: "MS 7.0", its name says no more. */
const char *member_words(const struct member *m)
{
	return solve_plain(m->component != NULL ? member_pkg(m) : m->name);
}

bool member_kept(const struct member *m)
{
	return member_manual(m) || m->held;
}

const char *member_text(struct arena *a, const struct member *m)
{
	return arena_printf(a, "%s %s", member_words(m), m->version);
}

const char *member_text_origin(struct arena *a, const struct member *m)
{
	if (m->installed != NULL)
		return arena_printf(a, "%s %s (installed, transaction %lld)", member_words(m),
				    m->version, (long long)m->installed->row->added);
	return arena_printf(a, "%s %s (%s%s)", member_words(m), m->version,
			    m->path != NULL ? "from " : "given", m->path != NULL ? m->path : "");
}

/* Words separated by one blank, as depend(4) compares versions. */
static const char *words(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s), *out = copy;

	for (const char *p = copy; *p != '\0';) {
		while (isspace((unsigned char)*p))
			p++;
		if (*p != '\0' && out != copy)
			*out++ = ' ';
		while (*p != '\0' && !isspace((unsigned char)*p))
			*out++ = *p++;
	}
	*out = '\0';
	return copy;
}

/* May a package for these architectures go into the root? `all` may, anywhere. */
static bool arch_taken(const char *arches, const char *arch)
{
	if (arches == NULL || *arches == '\0' || list_has(arch, "all", 3) ||
	    list_has(arch, "noarch", 6))
		return true;
	while (*arch != '\0') {
		size_t n = strcspn(arch, ", ");

		if (list_has(arches, arch, n))
			return true;
		arch += n;
		arch += strspn(arch, ", ");
	}
	return false;
}

static struct member from_installed(struct arena *a, const struct solve_ask *ask,
				    const struct solve_installed *in)
{
	const struct pkgdb_package *row = in->row;

	return (struct member){
		.installed = in,
		.name = beside_pool_name(a, ask, row),
		.pkg = row->pkg,
		.version = words(a, row->version),
		.arch = row->arch != NULL ? row->arch : "",
	};
}

static struct member from_package(struct arena *a, const struct solve_ask *ask,
				  const struct package *p, const char *path, bool named)
{
	return (struct member){
		.package = p,
		.name = p->pkg,
		.version = words(a, p->version),
		.arch = p->arch != NULL ? p->arch : "",
		.path = path,
		.named = named,
		.foreign = !arch_taken(ask->arches, p->arch != NULL ? p->arch : ""),
	};
}

static int compare_text(const struct member *a, const struct member *b)
{
	int c = strcmp(a->version, b->version);

	if (c == 0)
		c = strcmp(a->arch, b->arch);
	if (c == 0 && a->path != NULL && b->path != NULL)
		c = strcmp(a->path, b->path);
	return c != 0 ? c : (int)b->named - (int)a->named;
}

/* By name, then by version as text: ranks are not known yet. */
static int compare_members(const void *x, const void *y)
{
	const struct member *a = x, *b = y;
	int c = (a->installed == NULL) - (b->installed == NULL);

	if (c == 0)
		c = strcmp(a->name, b->name);
	return c != 0 ? c : compare_text(a, b);
}

/* The same with ranks: oldest first within a name. */
static int compare_ranked(const void *x, const void *y)
{
	const struct member *a = x, *b = y;
	int c = (a->installed == NULL) - (b->installed == NULL);

	if (c == 0)
		c = strcmp(a->name, b->name);
	if (c == 0)
		c = (a->rank > b->rank) - (a->rank < b->rank);
	return c != 0 ? c : compare_text(a, b);
}

static bool in_dist(const struct dist *d, const struct package *p)
{
	size_t n = d != NULL ? dist_count(d) : 0;

	for (size_t i = 0; i < n; i++)
		if (dist_package(d, i)->package == p)
			return true;
	return false;
}

/* An installation that was cut short satisfies nobody (svr4.md 5.2). */
static bool complete(const struct solve_installed *in)
{
	return in->row->state == 0;
}

static void collect(struct solve_pool *sp, const struct solve_ask *ask)
{
	size_t ndist = ask->dist != NULL ? dist_count(ask->dist) : 0, i;

	sp->members = arena_calloc(sp->a, ask->ninstalled + ndist * (ask->beside != NULL ? 2 : 1) +
				   ask->nwishes + components_count(ask), sizeof(*sp->members));
	for (i = 0; i < ask->ninstalled; i++)
		if (complete(&ask->installed[i]))
			sp->members[sp->n++] = from_installed(sp->a, ask, &ask->installed[i]);
	components_collect(sp, ask, false);
	sp->ninstalled = sp->n;
	components_collect(sp, ask, true);
	for (i = 0; i < ndist; i++) {
		const struct dist_package *d = dist_package(ask->dist, i);

		sp->members[sp->n++] = from_package(sp->a, ask, d->package, d->origin,
						    d->named);
	}
	if (ask->beside != NULL)
		beside_copies(sp, ask);
	for (i = 0; i < ask->nwishes; i++) {
		const struct package *p = ask->wishes[i].package;
		const char *path;

		if (p == NULL || in_dist(ask->dist, p))
			continue;
		path = p->medium != NULL ? medium_path(p->medium) : NULL;
		sp->members[sp->n++] = from_package(sp->a, ask, p, path, true);
	}
	qsort(sp->members, sp->n, sizeof(*sp->members), compare_members);
}

/* ---- ranks */

/* "PKG (ARCH)" has the versions of PKG. */
const char *rank_name(struct arena *a, const char *name)
{
	size_t n = strcspn(name, " ");

	return name[n] == '\0' ? name : arena_strndup(a, name, n);
}

static void rank_relations(struct arena *a, struct ranks *r, const struct relations *rel)
{
	for (size_t i = 0; i < rel->n; i++) {
		const struct relation *x = &rel->v[i];

		for (size_t k = 0; k < x->n; k++) {
			if (x->alts[k].version != NULL)
				ranks_add(r, rank_name(a, x->alts[k].name), x->alts[k].version);
			if (x->kind == REL_PROVIDES && rel->scheme == SCHEME_DEB)
				ranks_mark_deb(r, x->alts[k].name);
		}
	}
}

static void rank_depend(struct ranks *r, const struct depends *d)
{
	for (size_t i = 0; i < d->n; i++)
		for (size_t k = 0; k < d->v[i].n; k++)
			if (d->v[i].alts[k].version != NULL)
				ranks_add(r, d->v[i].pkg, d->v[i].alts[k].version);
}

const char *member_pkg(const struct member *m)
{
	return m->pkg != NULL ? m->pkg : m->name;
}

static void rank_members(struct solve_pool *sp)
{
	size_t i, k;

	for (i = 0; i < sp->n; i++) {
		const struct member *m = &sp->members[i];
		const struct compver *cv = member_compver(m);

		ranks_add(sp->ranks, m->name, m->version);
		if (member_scheme(m) == SCHEME_DEB)
			ranks_mark_deb(sp->ranks, m->name);
		if (!m->reached)
			continue;
		if (member_pkg(m) != m->name)
			ranks_add(sp->ranks, member_pkg(m), m->version);
		for (k = 0; k < cv->n; k++)
			ranks_add(sp->ranks, member_pkg(m), cv->versions[k]);
		if (member_relations(m)->present)
			rank_relations(sp->a, sp->ranks, member_relations(m));
		else
			rank_depend(sp->ranks, member_depend(m));
	}
	ranks_settle(sp->ranks);
	for (i = 0; i < sp->n; i++)
		sp->members[i].rank = ranks_find(sp->ranks, sp->members[i].name,
						 sp->members[i].version);
	qsort(sp->members, sp->n, sizeof(*sp->members), compare_ranked);
}

/* An upgrade stays with the architecture that is installed where it can. */
static void shadow(struct solve_pool *sp)
{
	for (size_t i = 0; i < sp->ninstalled; i++) {
		const struct member *there = &sp->members[i];
		size_t n, k;
		struct member *m = solve_pool_available(sp, there->name, &n), *same;

		for (k = 0, same = NULL; k < n; k++)
			if (str_eq(m[k].arch, there->arch))
				same = &m[k];
			else if (!m[k].named && same != NULL && same->rank == m[k].rank)
				m[k].shadowed = true;
		for (k = n, same = NULL; k-- > 0;)
			if (str_eq(m[k].arch, there->arch))
				same = &m[k];
			else if (!m[k].named && same != NULL && same->rank == m[k].rank)
				m[k].shadowed = true;
	}
}

/* ---- the pool */

static void fill(struct solve_pool *sp)
{
	Repo *installed = repo_create(sp->pool, "installed");
	Repo *available = repo_create(sp->pool, "available");

	pool_set_installed(sp->pool, installed);
	for (size_t i = 0; i < sp->n; i++)
		if (sp->members[i].reached && !sp->members[i].foreign &&
		    !sp->members[i].shadowed && sp->members[i].barred == NULL)
			solve_pool_add(sp, i < sp->ninstalled ? installed : available,
				 &sp->members[i]);
	pool_createwhatprovides(sp->pool);
	sp->by_id = arena_calloc(sp->a, (size_t)sp->pool->nsolvables, sizeof(*sp->by_id));
	for (size_t i = 0; i < sp->n; i++)
		if (sp->members[i].id != 0)
			sp->by_id[sp->members[i].id] = &sp->members[i];
}

int solve_pool_new(struct arena *a, const struct solve_ask *ask, struct solve_pool **ret,
		   struct error *e)
{
	struct solve_pool *sp = arena_alloc(a, sizeof(*sp));

	sp->a = a;
	sp->system = ask->options->system;
	sp->pool = pool_create();
	/* Debian's semantics for one thing only: a provide without a version does not
	 * satisfy a dependency that asks for one. Ranks compare alike under all. */
	if (pool_setdisttype(sp->pool, DISTTYPE_DEB) < 0) {
		pool_free(sp->pool);
		return error_set(e, E_UNSUPPORTED,
				 "cannot solve: this libsolv was built without MULTI_SEMANTICS");
	}
	/* a virtual package may be replaced by its name (Debian policy 7.6.2) */
	(void)pool_set_flag(sp->pool, POOL_FLAG_OBSOLETEUSESPROVIDES, 1);
	(void)pool_set_flag(sp->pool, POOL_FLAG_FORBIDSELFCONFLICTS, 0);
	collect(sp, ask);
	sp->ranks = ranks_new(a, sp->n);
	solve_pool_reach(sp, ask);
	rank_members(sp);
	shadow(sp);
	holds_mark(sp, ask);
	components_bar(sp, ask);
	fill(sp);
	*ret = sp;
	return 0;
}

void solve_pool_free(struct solve_pool *sp)
{
	if (sp == NULL)
		return;
	pool_free(sp->pool);
	ranks_free(sp->ranks);
}
