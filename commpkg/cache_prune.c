#include "cache_prune.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cache.h"
#include "formats/cleanup.h"
#include "places.h"
#include "root.h"
#include "trust.h"
#include "turns.h"

/* ---- what there is */

struct measuring {
	struct arena *a;
	struct tree *tree;
	VEC(struct cache_entry) v;
	struct error *e;
};

static int add_entry(struct measuring *m, struct rpath dir, const char *part, const char *name)
{
	struct rpath p;
	struct stat st;
	int rc = rpath_join(m->a, dir, name, &p, m->e);

	if (rc == 0)
		rc = tree_stat(m->tree, p, &st, m->e);
	if (rc == -ENOENT) { /* another run was quicker */
		error_clear(m->e);
		return 0;
	}
	if (rc == 0 && S_ISREG(st.st_mode))
		*VEC_PUSH(&m->v) = (struct cache_entry){
			.part = part, .name = name,
			.used = st.st_atim.tv_sec > st.st_mtim.tv_sec ? st.st_atim.tv_sec :
									st.st_mtim.tv_sec,
			.bytes = (uint64_t)st.st_blocks * 512,
		};
	return rc;
}

static int add_part(struct measuring *m, const char *part)
{
	const char **names;
	struct rpath dir;
	size_t n, i;
	int rc = rpath_parse(m->a, part, &dir, m->e);

	if (rc == 0)
		rc = tree_list(m->tree, m->a, dir, &names, &n, m->e);
	if (rc == -ENOTDIR) { /* not ours */
		error_clear(m->e);
		return 0;
	}
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_entry(m, dir, part, names[i]);
	return rc;
}

static int add_parts(struct measuring *m)
{
	const char **parts;
	size_t n, i;
	int rc = tree_list(m->tree, m->a, rpath_root(), &parts, &n, m->e);

	for (i = 0; rc == 0 && i < n; i++)
		rc = add_part(m, parts[i]);
	return rc;
}

int cache_measure(struct arena *a, struct cache_contents *ret, struct error *e)
{
	struct measuring m = { .a = a, .e = e };
	int rc = places_cache(a, &ret->path, e);

	ret->entries = NULL;
	ret->n = 0;
	ret->bytes = 0;
	if (rc == 0)
		rc = tree_open(ret->path, &m.tree, e);
	if (rc == -ENOENT) {
		error_clear(e);
		return 0;
	}
	if (rc < 0)
		return rc;
	rc = add_parts(&m);
	tree_close(m.tree);
	if (rc == 0) {
		ret->entries = arena_memdup(a, m.v.v, m.v.n, sizeof(*m.v.v));
		ret->n = m.v.n;
		for (size_t i = 0; i < ret->n; i++)
			ret->bytes += ret->entries[i].bytes;
	}
	VEC_FREE(&m.v);
	return rc;
}

/* ---- giving up */

static int least_recent_first(const void *x, const void *y)
{
	const struct cache_entry *a = *(struct cache_entry *const *)x;
	const struct cache_entry *b = *(struct cache_entry *const *)y;

	if (a->used != b->used)
		return a->used < b->used ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int give_up(struct tree *t, struct cache_contents *c, struct cache_entry *x, bool dry,
		   struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct rpath p;
	int rc = rpath_parse(a, arena_join(a, x->part, '/', x->name), &p, e);

	if (rc == 0 && !dry)
		rc = tree_unlink(t, p, e);
	if (rc == -ENOENT) {
		error_clear(e);
		rc = 0;
	}
	if (rc == 0) {
		x->gone = true;
		c->bytes -= x->bytes;
	}
	return rc;
}

/* By bytes alone a file without blocks (empty, or within its inode) would stay for ever. */
static bool is_enough(const struct cache_contents *c, const struct cache_pruning *p)
{
	return !p->all && c->bytes <= p->limit;
}

static int prune(struct tree *t, struct cache_contents *c, const struct cache_pruning *p,
		 struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct cache_entry **order = arena_calloc(a, c->n, sizeof(*order));
	size_t i;
	int rc = 0;

	if (!turn_try(tree_fd(t))) {
		error_set(e, E_LOCKED, "another run uses the cache '%s'", c->path);
		return error_hint(e, "again when it has ended");
	}
	for (i = 0; i < c->n; i++)
		order[i] = &c->entries[i];
	qsort(order, c->n, sizeof(*order), least_recent_first);
	for (i = 0; rc == 0 && i < c->n && !is_enough(c, p); i++)
		rc = give_up(t, c, order[i], p->dry, e);
	return rc;
}

int cache_prune(struct cache_contents *c, const struct cache_pruning *p, struct error *e)
{
	struct tree *t = NULL;
	int rc;

	if (c->n == 0 || is_enough(c, p))
		return 0;
	rc = tree_open(c->path, &t, e);
	if (rc == 0)
		rc = prune(t, c, p, e);
	tree_close(t);
	return rc;
}

int cache_limit(uint64_t *ret, struct error *e)
{
	const struct trust_options o = { .allow_unsigned = false };
	struct trust *t;
	int rc = trust_open(&o, &t, e);

	if (rc < 0)
		return rc;
	*ret = trust_conf(t)->cache_size != 0 ? trust_conf(t)->cache_size : CACHE_SIZE_DEFAULT;
	trust_close(t);
	return 0;
}

void cache_settle(void)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct cache_contents c;
	struct cache_pruning p = { .all = false };

	if (cache_end_use() && cache_limit(&p.limit, NULL) == 0 && cache_measure(a, &c, NULL) == 0)
		(void)cache_prune(&c, &p, NULL);
}
