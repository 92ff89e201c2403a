#include "take.h"

#include <pthread.h>
#include <stdatomic.h>

#include "published.h"

#define THREADS_MAX 16

struct job {
	struct published *p;
	size_t medium;
	uint64_t size;
};

struct taking {
	VEC(struct job) jobs;
	atomic_size_t next;
	atomic_bool failed;
	_Atomic uint64_t done;		/* bytes */
	uint64_t total;
	medium_watch *watch;
	void *ctx;
	pthread_mutex_t lock;
	size_t failed_job;		/* the first in order: the words do not depend on luck */
	struct error why;
	int rc;
};

static bool has(const struct published *p, const struct package *pkg)
{
	const struct catalog_package *first = p->catalog.packages;
	uintptr_t at = (uintptr_t)pkg;

	return at >= (uintptr_t)first && at < (uintptr_t)(first + p->catalog.npackages);
}

struct published *take_published(const struct dist *d, const struct package *p)
{
	size_t i, n = d != NULL && p != NULL ? dist_published_count(d) : 0;

	for (i = 0; i < n; i++)
		if (has(dist_published(d, i), p))
			return dist_published(d, i);
	return NULL;
}

/* The package is the first member. */
static const struct catalog_package *entry_of(const struct package *p)
{
	return (const struct catalog_package *)p;
}

/* ---- the workers */

struct worker {
	struct taking *t;
	bool leads;		/* the calling thread */
	uint64_t seen;		/* of the medium at hand */
};

static int on_read(void *ctx, uint64_t done, uint64_t total, struct error *e)
{
	struct worker *w = ctx;
	uint64_t sum = atomic_fetch_add(&w->t->done, done - w->seen) + done - w->seen;

	(void)total;
	w->seen = done;
	if (!w->leads || w->t->watch == NULL)
		return 0;
	return w->t->watch(w->t->ctx, sum, w->t->total, e);
}

static void remember(struct taking *t, size_t job, int rc, const struct error *e)
{
	(void)pthread_mutex_lock(&t->lock); /* an ordinary one: can't fail */
	if (t->rc == 0 || job < t->failed_job) {
		t->rc = rc;
		t->failed_job = job;
		t->why = *e;
	}
	(void)pthread_mutex_unlock(&t->lock);
	atomic_store(&t->failed, true);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct taking *t = w->t;
	struct medium *m;
	size_t i;

	while (!atomic_load(&t->failed) && (i = atomic_fetch_add(&t->next, 1)) < t->jobs.n) {
		struct error e = ERROR_INIT;
		int rc;

		w->seen = 0;
		rc = published_take(t->jobs.v[i].p, t->jobs.v[i].medium, on_read, w, &m, &e);
		if (rc < 0)
			remember(t, i, rc, &e);
	}
	return NULL;
}

/* A thread that can't be had is one less. */
static void work_all(struct taking *t, unsigned threads)
{
	struct worker workers[THREADS_MAX];
	pthread_t ids[THREADS_MAX];
	unsigned n = 0, i;

	for (i = 1; i < threads && i < THREADS_MAX && i < t->jobs.n; i++) {
		workers[n] = (struct worker){ .t = t };
		if (pthread_create(&ids[n], NULL, work, &workers[n]) != 0)
			break;
		n++;
	}
	(void)work(&(struct worker){ .t = t, .leads = true });
	for (i = 0; i < n; i++)
		(void)pthread_join(ids[i], NULL); /* it is ours and joinable */
}

/* ---- what is to be taken */

static bool is_listed(const struct taking *t, const struct published *p, size_t medium)
{
	size_t i;

	for (i = t->jobs.n; i-- > 0;)
		if (t->jobs.v[i].p == p && t->jobs.v[i].medium == medium)
			return true;
	return false;
}

static void list(struct taking *t, struct published *p, const struct catalog_package *cp)
{
	uint64_t size = p->catalog.media[cp->medium].file.size;

	if (p->taken[cp->medium].medium != NULL || is_listed(t, p, cp->medium))
		return;
	*VEC_PUSH(&t->jobs) = (struct job){ p, cp->medium, size };
	t->total += size;
}

/* The largest first, so that all threads have work to the end. */
static int by_size(const void *x, const void *y)
{
	const struct job *a = x, *b = y;

	if (a->size != b->size)
		return a->size < b->size ? 1 : -1;
	return (a->medium > b->medium) - (a->medium < b->medium);
}

/* From servers, several at a time, before the workers compare them. */
static int fetch_from(struct taking *t, struct published *p, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct catalog_file **files = arena_calloc(a, t->jobs.n, sizeof(*files));
	size_t i, n = 0;

	for (i = 0; i < t->jobs.n; i++)
		if (t->jobs.v[i].p == p && !p->catalog.media[t->jobs.v[i].medium].tree)
			files[n++] = &p->catalog.media[t->jobs.v[i].medium].file;
	return published_fetch(p, files, n, t->watch, t->ctx, e);
}

static int fetch_all(struct taking *t, const struct dist *d, struct error *e)
{
	size_t i, n = dist_published_count(d);
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++)
		if (dist_published(d, i)->remote)
			rc = fetch_from(t, dist_published(d, i), e);
	return rc;
}

int take_steps(const struct dist *d, struct step *steps, size_t n, unsigned threads,
	       medium_watch *watch, void *ctx, struct error *e)
{
	struct taking t = { .watch = watch, .ctx = ctx, .lock = PTHREAD_MUTEX_INITIALIZER };
	struct published *p;
	size_t i;

	for (i = 0; i < n; i++)
		if ((p = take_published(d, steps[i].package)) != NULL)
			list(&t, p, entry_of(steps[i].package));
	if (t.jobs.n > 0)
		t.rc = fetch_all(&t, d, &t.why);
	if (t.jobs.n > 0 && t.rc == 0) {
		dist_make_room(t.jobs.n);
		qsort(t.jobs.v, t.jobs.n, sizeof(*t.jobs.v), by_size);
		work_all(&t, threads);
	}
	VEC_FREE(&t.jobs);
	if (t.rc < 0) {
		if (e != NULL)
			*e = t.why;
		return t.rc;
	}
	for (i = 0; i < n; i++)
		if ((p = take_published(d, steps[i].package)) != NULL)
			steps[i].package = published_package(p, entry_of(steps[i].package));
	return 0;
}

int take_package(const struct dist *d, const struct package *p, const struct package **ret,
		 struct error *e)
{
	struct published *from = take_published(d, p);
	struct medium *m;
	int rc;

	if (from == NULL) {
		*ret = p;
		return 0;
	}
	rc = published_take(from, entry_of(p)->medium, NULL, NULL, &m, e);
	if (rc == 0)
		*ret = published_package(from, entry_of(p));
	return rc;
}
