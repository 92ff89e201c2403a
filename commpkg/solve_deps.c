/* What a member provides, requires, conflicts with and takes the place of, for libsolv. */
#include "commpkg/solve_pool.h"

#include <stdio.h>

static Id number(Pool *pool, unsigned rank)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", rank); /* ten digits fit */
	return pool_str2id(pool, text, 1);
}

static Id versioned(struct solve_pool *sp, Id name, int flags, unsigned rank)
{
	return pool_rel2id(sp->pool, name, number(sp->pool, rank), flags, 1);
}

static Id arch_name(struct solve_pool *sp, const char *pkg, const char *arch, size_t len)
{
	const char *s = arena_printf(sp->a, "%s (%.*s)", pkg, (int)len, arch);

	return pool_str2id(sp->pool, s, 1);
}

static Id dep_alt(struct solve_pool *sp, const char *pkg, const struct depend_alt *alt)
{
	Id name = pool_str2id(sp->pool, pkg, 1);

	if (alt->arch != NULL)
		name = arch_name(sp, pkg, alt->arch, strlen(alt->arch));
	if (alt->version == NULL)
		return name;
	return versioned(sp, name, REL_EQ, ranks_find(sp->ranks, pkg, alt->version));
}

static Id dep_relation(struct solve_pool *sp, const struct relation_alt *alt)
{
	const char *ranked = rank_name(sp->a, alt->name);
	Id name = pool_str2id(sp->pool, alt->name, 1);
	unsigned low, high;

	if (alt->op == CMP_ANY || alt->version == NULL)
		return name;
	ranks_range(sp->ranks, ranked, alt->version, &low, &high);
	switch (alt->op) {
	case CMP_LT:
		return versioned(sp, name, REL_LT, low);
	case CMP_LE:
		return versioned(sp, name, REL_LT | REL_EQ, high);
	case CMP_GE:
		return versioned(sp, name, REL_GT | REL_EQ, low);
	case CMP_GT:
		return versioned(sp, name, REL_GT, high);
	default:
		return versioned(sp, name, REL_EQ,
				 ranks_find(sp->ranks, ranked, alt->version));
	}
}

/* libsolv keeps a list cheaply only while it is the last one that was begun, so each
 * of a package's lists is filled in one go: provides, requires, conflicts, obsoletes. */
static void add(Repo *repo, Offset *where, Id dep)
{
	*where = repo_addid(repo, *where, dep);
}

/* A balanced tree, in order: libsolv descends into it by recursion. */
static Id any_of(struct solve_pool *sp, const Id *alts, size_t n)
{
	if (n == 1)
		return alts[0];
	return pool_rel2id(sp->pool, any_of(sp, alts, n / 2),
			   any_of(sp, alts + n / 2, n - n / 2), REL_OR, 1);
}

static void require_depend(struct solve_pool *sp, Solvable *s, const struct depends *d)
{
	VEC(Id) alts = VEC_INIT;

	for (size_t i = 0; i < d->n; i++) {
		const struct depend *x = &d->v[i];

		if (x->type != 'P')
			continue;
		alts.n = 0;
		for (size_t k = 0; k < x->n; k++)
			*VEC_PUSH(&alts) = dep_alt(sp, x->pkg, &x->alts[k]);
		if (x->n == 0)
			*VEC_PUSH(&alts) = pool_str2id(sp->pool, x->pkg, 1);
		add(s->repo, &s->requires, any_of(sp, alts.v, alts.n));
	}
	VEC_FREE(&alts);
}

static void conflict_depend(struct solve_pool *sp, Solvable *s, const struct depends *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct depend *x = &d->v[i];

		if (x->type != 'I')
			continue;
		for (size_t k = 0; k < x->n; k++)
			add(s->repo, &s->conflicts, dep_alt(sp, x->pkg, &x->alts[k]));
		if (x->n == 0)
			add(s->repo, &s->conflicts, pool_str2id(sp->pool, x->pkg, 1));
	}
}

static void require_relations(struct solve_pool *sp, Solvable *s, const struct relations *r)
{
	VEC(Id) alts = VEC_INIT;

	for (size_t i = 0; i < r->n; i++) {
		if (r->v[i].kind != REL_REQUIRES)
			continue;
		alts.n = 0;
		for (size_t k = 0; k < r->v[i].n; k++)
			*VEC_PUSH(&alts) = dep_relation(sp, &r->v[i].alts[k]);
		add(s->repo, &s->requires, any_of(sp, alts.v, alts.n));
	}
	VEC_FREE(&alts);
}

/* All alternatives of the relations of one kind, one by one. */
static void list_relations(struct solve_pool *sp, Repo *repo, Offset *where,
			   const struct relations *r, enum relation_kind kind)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; r->v[i].kind == kind && k < r->v[i].n; k++)
			add(repo, where, dep_relation(sp, &r->v[i].alts[k]));
}

/* `conflicts X` with `replaces X`, both without a version: X goes when this comes.
 * With versions it is files moving between packages, and X is to be upgraded. */
static void obsolete_relations(struct solve_pool *sp, Solvable *s, const struct relations *r)
{
	struct strmap *replaced;
	size_t i = 0, k;

	while (i < r->n && r->v[i].kind != REL_REPLACES)
		i++;
	if (i == r->n)
		return;
	replaced = strmap_new(0);
	for (; i < r->n; i++)
		for (k = 0; r->v[i].kind == REL_REPLACES && k < r->v[i].n; k++)
			if (r->v[i].alts[k].op == CMP_ANY)
				(void)strmap_put(replaced, r->v[i].alts[k].name, sp);
	for (i = 0; i < r->n; i++)
		for (k = 0; r->v[i].kind == REL_CONFLICTS && k < r->v[i].n; k++)
			if (r->v[i].alts[k].op == CMP_ANY &&
			    strmap_find(replaced, r->v[i].alts[k].name) != NULL)
				add(s->repo, &s->obsoletes,
				    dep_relation(sp, &r->v[i].alts[k]));
	strmap_free(replaced);
}

static void provide_arches(struct solve_pool *sp, Solvable *s, const struct member *m,
			   unsigned rank)
{
	for (const char *p = m->arch; *p != '\0';) {
		size_t n = strcspn(p, ", ");

		if (n > 0)
			add(s->repo, &s->provides,
			    versioned(sp, arch_name(sp, member_pkg(m), p, n), REL_EQ, rank));
		p += n;
		p += strspn(p, ", ");
	}
}

static void provide_self(struct solve_pool *sp, Solvable *s, const struct member *m)
{
	const char *pkg = member_pkg(m);
	const struct compver *cv = member_compver(m);
	unsigned rank = ranks_find(sp->ranks, pkg, m->version);
	Id name = pool_str2id(sp->pool, pkg, 1);

	s->name = pool_str2id(sp->pool, m->name, 1);
	s->evr = number(sp->pool, m->rank);
	s->arch = pool_str2id(sp->pool, *m->arch != '\0' ? m->arch : "all", 1);
	add(s->repo, &s->provides, versioned(sp, s->name, REL_EQ, m->rank));
	if (s->name != name)
		add(s->repo, &s->provides, versioned(sp, name, REL_EQ, rank));
	else
		add(s->repo, &s->provides,
		    versioned(sp, arch_name(sp, pkg, CURRENT_INSTANCE,
					    strlen(CURRENT_INSTANCE)), REL_EQ, rank));
	provide_arches(sp, s, m, rank);
	for (size_t i = 0; i < cv->n; i++) {
		rank = ranks_find(sp->ranks, pkg, cv->versions[i]);
		add(s->repo, &s->provides, versioned(sp, name, REL_EQ, rank));
		provide_arches(sp, s, m, rank);
	}
}

void solve_pool_add(struct solve_pool *sp, Repo *repo, struct member *m)
{
	const struct relations *r = member_relations(m);
	Solvable *s;

	m->id = repo_add_solvable(repo);
	s = pool_id2solvable(sp->pool, m->id);
	provide_self(sp, s, m);
	if (!r->present) {
		require_depend(sp, s, member_depend(m));
		conflict_depend(sp, s, member_depend(m));
		return;
	}
	list_relations(sp, repo, &s->provides, r, REL_PROVIDES);
	require_relations(sp, s, r);
	list_relations(sp, repo, &s->conflicts, r, REL_CONFLICTS);
	obsolete_relations(sp, s, r);
}
