/* The checking engine: which paths, by which threads, in which order. */
#include "verify.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "signals.h"
#include "verify_internal.h"

#define BATCH 64		/* neighbouring paths a thread takes at a time */
#define THREADS_MAX 16

const char *verify_kind_name(enum verify_kind k)
{
	static const char *const names[] = {
		[VERIFY_MISSING] = "missing", [VERIFY_TYPE] = "type",
		[VERIFY_CONTENT] = "content", [VERIFY_MODE] = "mode",
		[VERIFY_OWNER] = "owner", [VERIFY_GROUP] = "group",
		[VERIFY_TARGET] = "target", [VERIFY_LINK] = "hard link",
		[VERIFY_DEVICE] = "device", [VERIFY_ATTRIBUTE] = "attribute",
		[VERIFY_TIME] = "time",
		[VERIFY_UNREADABLE] = "unreadable",
		[VERIFY_UNOWNED] = "unowned",
	};

	return names[k];
}

/* ---- what is to be looked at */

struct gather {
	struct arena *a;
	const struct pkgdb_package *packages;	/* by id */
	size_t npackages;
	const bool *wanted;			/* per package; NULL: all */
	VEC(struct expected) v;
	struct expected pending;		/* the ruling row of the path we are at */
	bool have_pending, pending_wanted;
	uint64_t bytes;
};

static int by_id(const void *a, const void *b)
{
	const struct pkgdb_package *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static const struct pkgdb_package *package_by_id(const struct gather *g, int64_t id)
{
	struct pkgdb_package key = { .id = id };

	return bsearch(&key, g->packages, g->npackages, sizeof(key), by_id);
}

static void flush_pending(struct gather *g)
{
	if (g->have_pending && g->pending_wanted) {
		*VEC_PUSH(&g->v) = g->pending;
		g->bytes += g->pending.digest || g->pending.content ? g->pending.size : 0;
	}
	g->have_pending = false;
}

static void set_pending(struct gather *g, const struct pkgdb_file *f,
			const struct pkgdb_package *owner)
{
	struct expected *x = &g->pending;

	*x = (struct expected){
		.path = arena_strdup(g->a, f->path), .ftype = f->ftype,
		.target = f->target != NULL ? arena_strdup(g->a, f->target) : NULL,
		.major = f->major, .minor = f->minor, .mode = f->mode,
		.owner = f->owner != NULL ? arena_strdup(g->a, f->owner) : NULL,
		.group = f->group != NULL ? arena_strdup(g->a, f->group) : NULL,
		.size = f->size, .sum = f->sum, .mtime = f->mtime,
		.sha256 = f->sha256, .digest = f->has_sha256,
		.content = ftype_has_payload(f->ftype) && !f->content_unknown,
		.volatile_ = f->ftype == 'e' || f->ftype == 'v',
		.instance = owner != NULL ? owner->instance : NULL,
	};
	g->have_pending = true;
	g->pending_wanted = false;
}

/* Rows come by path, the ruling one first. */
static int gather_row(const struct pkgdb_file *f, void *ctx, struct error *e)
{
	struct gather *g = ctx;
	const struct pkgdb_package *p = package_by_id(g, f->package);

	(void)e;
	if (!g->have_pending || !str_eq(g->pending.path, f->path)) {
		flush_pending(g);
		set_pending(g, f, p);
	}
	if (g->wanted == NULL || (p != NULL && g->wanted[p - g->packages]))
		g->pending_wanted = true;
	return 0;
}

static const bool *wanted_packages(struct gather *g, const struct verify_options *o)
{
	bool *wanted;
	size_t i, k;

	if (o->n == 0)
		return NULL;
	wanted = arena_calloc(g->a, g->npackages + 1, sizeof(*wanted));
	for (i = 0; i < g->npackages; i++)
		for (k = 0; k < o->n; k++)
			wanted[i] = wanted[i] || str_eq(g->packages[i].instance, o->instances[k]);
	return wanted;
}

static int gather_all(struct gather *g, struct pkgdb *db, const struct verify_options *o,
		      struct error *e)
{
	struct pkgdb_package *packages;
	int rc = pkgdb_packages(db, g->a, PKGDB_NOW, &packages, &g->npackages, e);

	if (rc < 0)
		return rc;
	if (g->npackages > 0)
		qsort(packages, g->npackages, sizeof(*packages), by_id);
	g->packages = packages;
	g->wanted = wanted_packages(g, o);
	rc = pkgdb_walk(db, PKGDB_NOW, gather_row, g, e);
	flush_pending(g);
	return rc;
}

static bool wants_instance(const struct gather *g, const char *instance)
{
	size_t i;

	for (i = 0; i < g->npackages; i++)
		if (str_eq(g->packages[i].instance, instance))
			return g->wanted == NULL || g->wanted[i];
	return false;
}

static int expected_order(const void *a, const void *b)
{
	return strcmp(((const struct expected *)a)->path, ((const struct expected *)b)->path);
}

/* What scripts made and no package owns. The view in var/sadm is the database's business. */
static void gather_effects(struct gather *g, const struct strmap *effects)
{
	size_t owned = g->v.n, i = 0;
	struct expected key = { .path = NULL };
	const struct expected *x;

	while ((x = strmap_next(effects, &i, &key.path)) != NULL) {
		if (!x->made || str_has_prefix(key.path, "var/sadm/") ||
		    !wants_instance(g, x->instance) ||
		    (owned > 0 && bsearch(&key, g->v.v, owned, sizeof(key),
					  expected_order) != NULL))
			continue;
		*VEC_PUSH(&g->v) = *x;
	}
	if (g->v.n > owned)
		qsort(g->v.v, g->v.n, sizeof(key), expected_order);
}

/* ---- threads */

struct shared {
	const struct expected *v;
	size_t n;
	atomic_size_t next;		/* first path that nobody took */
	atomic_uint_fast64_t done;	/* bytes */
	atomic_bool stop;
	const struct verify_options *options;
	const struct strmap *effects;
	uint64_t total;
};

static void *thread_main(void *arg)
{
	struct checker *c = arg;
	struct shared *s = c->shared;

	while (!atomic_load(&s->stop)) {
		size_t i = atomic_fetch_add(&s->next, BATCH), end;

		if (i >= s->n)
			break;
		end = i + BATCH < s->n ? i + BATCH : s->n;
		for (; i < end && !atomic_load(&s->stop); i++) {
			uint64_t bytes = checker_path(c, &s->v[i]);

			c->bytes += bytes;
			atomic_fetch_add(&s->done, bytes);
			if (c->leads && s->options->progress != NULL)
				s->options->progress(s->options->ctx, atomic_load(&s->done),
						     s->total);
			if (c->leads && signals_check(NULL) < 0)
				atomic_store(&s->stop, true);
		}
	}
	return NULL;
}

static unsigned thread_count(const struct verify_options *o, size_t npaths)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = o->threads != 0 ? o->threads : cores > 0 ? (size_t)cores : 1;

	if (n > npaths / BATCH + 1)
		n = npaths / BATCH + 1;
	return n > THREADS_MAX ? THREADS_MAX : (unsigned)n;
}

/* The calling thread is the first one; a thread that can't be made is done without. */
static void run_threads(struct checker *v, unsigned n)
{
	pthread_t ids[THREADS_MAX];
	unsigned started = 1, i;

	while (started < n &&
	       pthread_create(&ids[started], NULL, thread_main, &v[started]) == 0)
		started++;
	(void)thread_main(&v[0]);
	for (i = 1; i < started; i++)
		(void)pthread_join(ids[i], NULL);
}

static bool gave_xattrs(const struct strmap *effects)
{
	const struct expected *x;
	size_t i = 0;

	while (effects != NULL && (x = strmap_next(effects, &i, NULL)) != NULL)
		if (x->xattrs != NULL)
			return true;
	return false;
}

static int checkers_make(struct checker *v, unsigned n, struct shared *s, struct root *root,
			 const struct owners *owners, struct error *e)
{
	unsigned i;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		v[i] = (struct checker){ .shared = s, .owners = owners, .leads = i == 0,
					 .set_owners = root->owners, .effects = s->effects,
					 .gave_xattrs = gave_xattrs(s->effects),
					 .times = s->options->times };
		v[i].arena = arena_new();
		v[i].digest = digest_new();
		rc = tree_dup(root->tree, &v[i].tree, e);
	}
	return rc;
}

static void checkers_free(struct checker *v, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		tree_close(v[i].tree);
		arena_free(v[i].arena);
		digest_free(v[i].digest);
		VEC_FREE(&v[i].findings);
	}
}

/* ---- together */

static int finding_order(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int rc = strcmp(x->path, y->path);

	return rc != 0 ? rc : (int)x->kind - (int)y->kind;
}

static const char *copied(struct arena *a, const char *s)
{
	return s != NULL ? arena_strdup(a, s) : NULL;
}

/* Its strings are the arena's already. */
static const struct expected *copied_row(struct arena *a, const struct expected *x)
{
	struct expected *copy = arena_alloc(a, sizeof(*copy));

	*copy = *x;
	return copy;
}

static void take_findings(struct arena *a, struct checker *v, unsigned n,
			  struct verify_result *ret)
{
	size_t total = 0, i, k = 0;
	unsigned t;

	for (t = 0; t < n; t++)
		total += v[t].findings.n;
	ret->v = arena_calloc(a, total + 1, sizeof(*ret->v));
	for (t = 0; t < n; t++) {
		ret->bytes += v[t].bytes;
		for (i = 0; i < v[t].findings.n; i++, k++) {
			ret->v[k] = v[t].findings.v[i];
			ret->v[k].expected = copied(a, ret->v[k].expected);
			ret->v[k].found = copied(a, ret->v[k].found);
			ret->v[k].row = copied_row(a, ret->v[k].row);
		}
	}
	ret->n = k;
}

/* And puts all in order, which threads and the list of strangers are not in. */
static void add_unowned(struct arena *a, const char **paths, size_t n,
			struct verify_result *r)
{
	struct finding *all = arena_calloc(a, r->n + n + 1, sizeof(*all));
	size_t i;

	if (r->n > 0)
		memcpy(all, r->v, r->n * sizeof(*all));
	for (i = 0; i < n; i++)
		all[r->n + i] = (struct finding){ .path = paths[i], .kind = VERIFY_UNOWNED };
	r->v = all;
	r->n += n;
	if (r->n > 0)
		qsort(r->v, r->n, sizeof(*r->v), finding_order);
}

static void count_paths(struct verify_result *r)
{
	size_t i = 0, k;

	while (i < r->n) {
		bool damaged = false, edited = false, unowned = r->v[i].kind == VERIFY_UNOWNED;

		for (k = i; k < r->n && str_eq(r->v[k].path, r->v[i].path); k++) {
			damaged = damaged || !r->v[k].allowed;
			edited = edited || r->v[k].kind == VERIFY_CONTENT;
		}
		r->nunowned += unowned;
		r->ndamaged += damaged && !unowned;
		r->nedited += edited && !damaged;
		i = k;
	}
}

static int check_all(struct arena *a, struct root *root, const struct owners *owners,
		     struct shared *s, struct verify_result *ret, struct error *e)
{
	struct checker v[THREADS_MAX] = { { .leads = false } };
	unsigned n = thread_count(s->options, s->n);
	int rc = checkers_make(v, n, s, root, owners, e);

	if (rc == 0) {
		run_threads(v, n);
		rc = signals_check(e);
	}
	if (rc == 0)
		take_findings(a, v, n, ret);
	checkers_free(v, n);
	return rc;
}

int verify_root(struct arena *a, struct root *root, struct pkgdb *db,
		const struct owners *owners, const struct verify_options *options,
		struct verify_result *ret, struct error *e)
{
	struct gather g = { .a = a };
	struct shared s = { .options = options };
	struct verify_result r = { .owners_skipped = !root->owners };
	const char **unowned = NULL;
	size_t nunowned = 0;
	struct strmap *effects = NULL;
	int rc = gather_all(&g, db, options, e);

	if (rc == 0)
		rc = verify_effects(a, db, &effects, e);
	if (rc == 0)
		gather_effects(&g, effects);
	s.effects = effects;
	s.v = g.v.v;
	s.n = g.v.n;
	s.total = g.bytes;
	if (rc == 0)
		rc = check_all(a, root, owners, &s, &r, e);
	if (rc == 0 && options->unowned)
		rc = verify_unowned(a, root, db, g.v.v, g.v.n, effects, &unowned, &nunowned, e);
	if (rc == 0) {
		add_unowned(a, unowned, nunowned, &r);
		r.npaths = g.v.n;
		count_paths(&r);
		*ret = r;
	}
	strmap_free(effects);
	VEC_FREE(&g.v);
	return rc;
}

int verify_list(struct arena *a, struct root *root, const struct owners *owners,
		const struct expected *v, size_t n, const struct verify_options *options,
		struct verify_result *ret, struct error *e)
{
	struct shared s = { .options = options, .v = v, .n = n };
	struct verify_result r = { .owners_skipped = !root->owners };
	size_t i;
	int rc;

	for (i = 0; i < n; i++)
		s.total += v[i].content ? v[i].size : 0;
	rc = check_all(a, root, owners, &s, &r, e);
	if (rc < 0)
		return rc;
	add_unowned(a, NULL, 0, &r);
	r.npaths = n;
	count_paths(&r);
	*ret = r;
	return 0;
}
