/* Why something is installed. */
#include "commpkg/solve_why.h"

#include "commpkg/solve_pool.h"

struct inquiry {
	struct arena *a;
	struct solve_pool *sp;
	const struct member **from;	/* by id: the next one on the way down */
	Map seen;
	Queue todo;
};

static struct why_node node_of(const struct member *m)
{
	return (struct why_node){
		.name = solve_plain(m->name), .version = m->version,
		.component = m->component != NULL, .shared = member_shared(m),
		.manual = member_manual(m), .txn = m->installed->row->added,
	};
}

static bool needs(const struct solve_pool *sp, const struct member *from,
		  const struct member *to, Queue *deps)
{
	solve_pool_requires(sp, from, deps);
	for (int i = 0; i < deps->count; i++)
		for (const Id *p = pool_whatprovides_ptr(sp->pool, deps->elements[i]); *p != 0; p++)
			if (*p == to->id)
				return true;
	return false;
}

/* Up from m, by name: what needs it and was not met on a shorter way. Does anything? */
static bool climb(struct inquiry *q, const struct member *m)
{
	bool any = false;
	Queue deps;

	queue_init(&deps);
	for (size_t i = 0; i < q->sp->ninstalled; i++) {
		const struct member *by = &q->sp->members[i];

		if (by == m || !needs(q->sp, by, m, &deps))
			continue;
		any = true;
		if (MAPTST(&q->seen, by->id))
			continue;
		MAPSET(&q->seen, by->id);
		q->from[by->id] = m;
		queue_push(&q->todo, by->id);
	}
	queue_free(&deps);
	return any;
}

static void add_path(struct inquiry *q, const struct member *end, const struct member *what,
		     struct why *ret)
{
	struct why_path *p = &ret->paths[ret->npaths];
	size_t n = 0;

	for (const struct member *m = end; m != what; m = q->from[m->id])
		n++;
	p->v = arena_calloc(q->a, n, sizeof(*p->v));
	p->n = n;
	for (const struct member *m = end; m != what; m = q->from[m->id])
		p->v[--n] = node_of(m);
	ret->npaths++;
}

static void find_paths(struct inquiry *q, const struct member *what, struct why *ret)
{
	ret->paths = arena_calloc(q->a, SOLVE_WHY_PATHS, sizeof(*ret->paths));
	MAPSET(&q->seen, what->id);
	(void)climb(q, what);
	for (int i = 0; i < q->todo.count; i++) {
		const struct member *m = solve_pool_member(q->sp, q->todo.elements[i]);

		/* a way ends at what a user named, or where nobody needs any more */
		if (!member_manual(m) && climb(q, m))
			continue;
		ret->more = ret->npaths == SOLVE_WHY_PATHS;
		if (ret->more)
			break;
		add_path(q, m, what, ret);
	}
}

static const struct member *find(const struct solve_pool *sp, struct arena *a, const char *name)
{
	const struct member *m;

	if (str_has_prefix(name, PACKAGE_PREFIX))
		name += strlen(PACKAGE_PREFIX);
	else if (!str_has_prefix(name, COMPONENT_PREFIX)) {
		m = solve_pool_find_installed(sp, arena_printf(a, COMPONENT_PREFIX "%s", name));
		if (m != NULL)
			return m;
	}
	m = solve_pool_find_installed(sp, name);
	for (size_t i = 0; m == NULL && i < sp->ninstalled; i++)
		if (str_eq(member_pkg(&sp->members[i]), name))
			m = &sp->members[i];
	return m;
}

int solve_why_ask(struct arena *a, const struct solve_ask *ask, const char *name, struct why *ret,
		  struct error *e)
{
	struct inquiry q = { .a = a };
	const struct member *what;
	int rc = solve_pool_new(a, ask, &q.sp, e);

	if (rc < 0)
		return rc;
	*ret = (struct why){ .npaths = 0 };
	what = find(q.sp, a, name);
	if (what == NULL) {
		(void)error_set(e, E_NOT_FOUND, "'%s' is not installed", solve_plain(name));
		rc = error_hint(e, "what stands in its way: commpkg why-not %s", name);
	} else {
		q.from = arena_calloc(a, (size_t)q.sp->pool->nsolvables, sizeof(*q.from));
		map_init(&q.seen, q.sp->pool->nsolvables);
		queue_init(&q.todo);
		ret->what = node_of(what);
		find_paths(&q, what, ret);
		map_free(&q.seen);
		queue_free(&q.todo);
	}
	solve_pool_free(q.sp);
	return rc;
}

int solve_why(struct arena *a, struct pkgdb *db, const char *name, struct why *ret,
	      struct error *e)
{
	static const struct solve_options none;
	struct solve_ask ask = { .options = &none };
	struct pkgdb_package *installed;
	size_t n;
	int rc = pkgdb_packages(db, a, PKGDB_NOW, &installed, &n, e);

	if (rc == 0)
		rc = solve_ask_read(a, installed, n, db, &ask, e);
	return rc < 0 ? rc : solve_why_ask(a, &ask, name, ret, e);
}
