/* Looking things up in the pool, and saying dependencies in words. */
#include "commpkg/solve_pool.h"

#include <stdlib.h>

#include <solv/knownid.h>
#include <solv/solvable.h>

#include "formats/debversion.h"
#include "formats/version.h"

struct member *solve_pool_member(const struct solve_pool *sp, Id id)
{
	return id > 0 && id < sp->pool->nsolvables ? sp->by_id[id] : NULL;
}

struct member *solve_pool_find(const struct solve_pool *sp, const struct package *p)
{
	for (size_t i = sp->ninstalled; i < sp->n; i++)
		if (sp->members[i].package == p)
			return &sp->members[i];
	return NULL;
}

int package_version_compare(const struct package *p, const char *version)
{
	if (p->relations.present && p->relations.scheme == SCHEME_DEB)
		return debversion_compare(p->version, version);
	if (depend_version_equal(p->version, version))
		return 0;
	return version_compare(p->version, version);
}

/* The first member of that name in members[low, high), which are sorted by name. */
static size_t first_of(const struct solve_pool *sp, size_t low, size_t high,
		       const char *name)
{
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(sp->members[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct member *solve_pool_find_installed(const struct solve_pool *sp, const char *name)
{
	size_t i = first_of(sp, 0, sp->ninstalled, name);

	return i < sp->ninstalled && str_eq(sp->members[i].name, name) ?
		       &sp->members[i] : NULL;
}

struct member *solve_pool_find_instance(const struct solve_pool *sp, const char *instance)
{
	struct member *m = solve_pool_find_installed(sp, instance);

	if (m != NULL && str_eq(m->installed->row->instance, instance))
		return m;
	for (size_t i = 0; i < sp->ninstalled; i++)
		if (str_eq(sp->members[i].installed->row->instance, instance))
			return &sp->members[i];
	return NULL;
}

struct member *solve_pool_available(const struct solve_pool *sp, const char *name,
				    size_t *ret_n)
{
	size_t i = first_of(sp, sp->ninstalled, sp->n, name), n = 0;

	while (i + n < sp->n && str_eq(sp->members[i + n].name, name))
		n++;
	*ret_n = n;
	return n > 0 ? &sp->members[i] : NULL;
}

void solve_pool_requires(const struct solve_pool *sp, const struct member *m, Queue *ret)
{
	queue_empty(ret);
	if (m->id != 0)
		(void)solvable_lookup_deparray(pool_id2solvable(sp->pool, m->id),
					       SOLVABLE_REQUIRES, ret, 0);
}

static const char *op_text(int flags)
{
	switch (flags) {
	case REL_LT:
		return "<";
	case REL_LT | REL_EQ:
		return "<=";
	case REL_GT | REL_EQ:
		return ">=";
	case REL_GT:
		return ">";
	default:
		return "=";
	}
}

static void add_versioned(const struct solve_pool *sp, const Reldep *rd, struct strbuf *out)
{
	const char *name = pool_id2str(sp->pool, rd->name), *version;
	/* "PKG (ARCH)" has the ranks of PKG */
	const char *base = arena_strndup(sp->a, name, strcspn(name, " "));
	unsigned rank = (unsigned)strtoul(pool_id2str(sp->pool, rd->evr), NULL, 10);

	version = ranks_version(sp->ranks, base, rank);
	strbuf_addf(out, "%s %s %s", solve_plain(name), op_text(rd->flags),
		    version != NULL ? version : "?");
}

/* Deep as the logarithm of the alternatives. */
static void add_dep(const struct solve_pool *sp, Id dep, struct strbuf *out)
{
	const Reldep *rd = ISRELDEP(dep) ? GETRELDEP(sp->pool, dep) : NULL;

	if (rd == NULL) {
		strbuf_adds(out, solve_plain(pool_id2str(sp->pool, dep)));
	} else if (rd->flags == REL_OR) {
		add_dep(sp, rd->name, out);
		strbuf_adds(out, " | ");
		add_dep(sp, rd->evr, out);
	} else {
		add_versioned(sp, rd, out);
	}
}

const char *solve_pool_text(const struct solve_pool *sp, Id dep)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	add_dep(sp, dep, &b);
	return arena_strdup(sp->a, strbuf_str(&b));
}
