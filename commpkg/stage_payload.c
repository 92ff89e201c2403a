/*
 * Payload into the stage: the pipeline.
 *
 * A job is one medium; workers take jobs, largest first, so that both cores have work to
 * the end. A worker reads, digests and writes; decompression of a large medium runs ahead
 * in a thread of the medium's own. The main thread watches, tells the progress and looks
 * for signals.
 */
#include "stage.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "formats/cleanup.h"
#include "history_words.h"
#include "signals.h"

#define MAX_WORKERS 16
#define PRISTINE_MAX ((size_t)1 << 20)

struct job {
	const struct medium *medium;
	bool *wanted;			/* packages of the medium */
	size_t *step;			/* package -> step */
	uint64_t bytes;
};

struct pool {
	struct stage *s;
	struct job *jobs;
	size_t njobs;
	atomic_size_t next;
	atomic_bool stop;
	atomic_uint_fast64_t done, written;
	atomic_bool over;
	bool promoting;			/* the second pass: only what was promoted */
	pthread_mutex_t lock;		/* all below */
	pthread_cond_t ended;
	unsigned running;
	struct error error;		/* the first */
};

struct worker {
	struct pool *pool;
	struct tree *new;		/* handles of its own */
	struct tree *data;		/* with scripts */
	struct arena *a;
	struct digest *digest;
	struct strbuf text;		/* of an `e`, while it streams */
	bool owner_known;		/* a new file gets these owners by itself */
	uid_t uid;
	gid_t gid;
	unsigned char exact[01000];	/* by permissions: 0 not known, EXACT, MASKED */
};

/* Does a file that is created with these permissions get them, or does the umask (which
 * a library must not touch) take some? Asked once, so that most files need no chmod. */
enum { EXACT = 1, MASKED };

/* Where the bytes of one entry go: up to two files. */
struct sink {
	const struct change_item *item;	/* NULL: another package's object wins */
	const struct entry *entry;
	size_t step, index;
	int fd, spool;			/* -EBADF: not written */
	struct rpath path, spool_path;
	bool keep_text;
};

/* ---- writing one file */

static int write_all(int fd, const char *bytes, size_t len, struct rpath path, struct error *e)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_errno(e, n < 0 ? errno : EIO,
					   "cannot write '/%s' in the stage", rpath_str(path));
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* What new files look like before anything is set. */
static int learn(struct worker *w, int fd, mode_t mode, struct error *e)
{
	struct stat st;

	if (w->owner_known && w->exact[mode & 0777] != 0)
		return 0;
	if (fstat(fd, &st) < 0)
		return error_errno(e, errno, "cannot look at a file of the stage");
	w->owner_known = true;
	w->uid = st.st_uid;
	w->gid = st.st_gid;
	w->exact[mode & 0777] = (st.st_mode & 07777) == (mode & 0777) ? EXACT : MASKED;
	return 0;
}

/* Owner before mode, because changing the owner clears set-id bits; only what differs. */
static int set_owner_and_mode(struct worker *w, int fd, struct rpath path,
			      const struct change_item *it, mode_t mode, struct error *e)
{
	bool owners = it != NULL && w->pool->s->plan->root->owners;
	int rc = learn(w, fd, mode, e);

	if (rc < 0)
		return rc;
	if (owners && (it->uid != w->uid || it->gid != w->gid) &&
	    fchown(fd, it->uid, it->gid) < 0)
		return error_errno(e, errno, "cannot set the owner of '/%s'", rpath_str(path));
	if (((mode & 07000) != 0 || w->exact[mode & 0777] != EXACT) && fchmod(fd, mode) < 0)
		return error_errno(e, errno, "cannot set the mode of '/%s'", rpath_str(path));
	return 0;
}

/* Owner, mode, time, and a close that is looked at. */
static int finish_file(struct worker *w, int *fd, struct rpath path,
		       const struct change_item *it, mode_t mode, int64_t mtime, struct error *e)
{
	struct timespec ts[2] = { { .tv_sec = mtime }, { .tv_sec = mtime } };
	int owned = TAKE_FD(*fd);
	int rc = set_owner_and_mode(w, owned, path, it, mode, e);

	if (rc == 0 && futimens(owned, ts) < 0)
		rc = error_errno(e, errno, "cannot set the time of '/%s'", rpath_str(path));
	if (close(owned) < 0 && rc == 0)
		rc = error_errno(e, errno, "cannot close '/%s'", rpath_str(path));
	return rc;
}

int stage_pspool_path(struct stage *s, struct arena *a, size_t step, const struct entry *en,
		      struct rpath *ret, struct error *e)
{
	const char *inst = s->plan->steps[step].instance, *clean;
	int rc = path_canonical(a, en->path, &clean, e);

	if (rc < 0)
		return rc;
	return rpath_parse(a, arena_printf(a, "%s/%s/save/pspool/%s/%s%s",
					   rpath_str(s->plan->sadm_pkg), inst, inst,
					   clean[0] == '/' ? "root" : "reloc/", clean), ret, e);
}

int stage_data_path(struct stage *s, struct arena *a, size_t step, const struct entry *en,
		    struct rpath *ret, struct error *e)
{
	const struct package *pkg = s->plan->steps[step].step->package;
	const char *name;
	int rc = entry_payload_name(a, &pkg->map, en, &name, e);

	return rc < 0 ? rc : rpath_parse(a, arena_printf(a, "%s/%s", pkg->dirname, name), ret, e);
}

static int sink_open_spool(struct worker *w, struct sink *k, struct error *e)
{
	int rc;

	if ((k->entry->ftype != 'e' && k->entry->ftype != 'v') || w->pool->promoting)
		return 0;
	rc = stage_pspool_path(w->pool->s, w->a, k->step, k->entry, &k->spool_path, e);
	return rc < 0 ? rc : tree_create_mode(w->new, k->spool_path, 0644, &k->spool, e);
}

/* What a class action script is to put there lies where it reads from. */
static int sink_open_data(struct worker *w, struct sink *k, struct error *e)
{
	int rc = stage_data_path(w->pool->s, w->a, k->step, k->entry, &k->path, e);

	return rc < 0 ? rc : tree_create_mode(w->data, k->path, 0644, &k->fd, e);
}

static int sink_open(struct worker *w, struct sink *k, struct error *e)
{
	const struct change_item *it = k->item;
	int rc = 0;

	strbuf_reset(&w->text);
	if (it != NULL && it->kind == CHANGE_SCRIPT && !w->pool->promoting) {
		rc = sink_open_data(w, k, e);
		return rc < 0 ? rc : sink_open_spool(w, k, e);
	}

	if (it != NULL && !rpath_is_root(it->beside))
		k->path = it->beside;
	else if (it != NULL && stage_writes(w->pool->s, it))
		k->path = it->real;
	if (!rpath_is_root(k->path))
		rc = tree_create_mode(w->new, k->path, it->mode & 0777, &k->fd, e);
	k->keep_text = it != NULL && it->accepted && k->entry->size <= PRISTINE_MAX;
	return rc < 0 ? rc : sink_open_spool(w, k, e);
}

/* The plan made another text of it, which is written at the end. */
static bool is_merged(const struct sink *k)
{
	return k->item != NULL && k->item->merged != NULL && rpath_is_root(k->item->beside);
}

static int sink_write(struct worker *w, struct sink *k, const void *bytes, size_t len,
		      struct error *e)
{
	int rc = 0;

	digest_add(w->digest, bytes, len);
	if (k->fd >= 0 && !is_merged(k)) {
		rc = write_all(k->fd, bytes, len, k->path, e);
		atomic_fetch_add(&w->pool->written, len);
	}
	if (rc == 0 && k->spool >= 0)
		rc = write_all(k->spool, bytes, len, k->spool_path, e);
	if (k->keep_text)
		strbuf_add(&w->text, bytes, len);
	return rc;
}

/* The text of an accepted `e` becomes the pristine one. */
static void keep_text(struct worker *w, const struct sink *k)
{
	struct stage *s = w->pool->s;
	struct staged_text *t;

	pthread_mutex_lock(&w->pool->lock);
	t = VEC_PUSH(&s->texts);
	t->path = rpath_str(k->item->path);
	t->len = w->text.len;
	t->bytes = arena_strndup(s->a, strbuf_str(&w->text), w->text.len);
	pthread_mutex_unlock(&w->pool->lock);
}

/* What the record calls the same must be the same: else it is written in a second pass. A file
 * that is nobody's is not replaced that way: two contents may have one checksum. */
static int compare_expected(struct worker *w, const struct sink *k, const struct sha256 *sha,
			    struct error *e)
{
	struct stage *s = w->pool->s;
	const struct change_item *it = k->item;

	if (it == NULL || it->expect == NULL || stage_writes(s, it) ||
	    sha256_equal(it->expect, sha))
		return 0;
	if (it->foreign) {
		(void)error_set(e, E_CONFLICT, "'/%s' is there, belongs to no package and has "
				"other contents (of the same checksum)", rpath_str(it->path));
		return error_hint(e, "--pkgOverwrite takes it over; the old one is kept");
	}
	pthread_mutex_lock(&w->pool->lock);
	s->promoted[it - s->plan->items] = true;
	pthread_mutex_unlock(&w->pool->lock);
	return 0;
}

static int put_merged(struct worker *w, struct sink *k, struct error *e)
{
	const struct plan_merged *there = k->item->merged;
	struct change_item as = *k->item;
	int rc = write_all(k->fd, there->text.bytes, there->text.len, k->path, e);

	as.uid = there->uid;
	as.gid = there->gid;
	return rc < 0 ? rc : finish_file(w, &k->fd, k->path, &as, there->mode, history_now(), e);
}

static int sink_close(struct worker *w, struct sink *k, struct error *e)
{
	struct stage *s = w->pool->s;
	struct sha256 sha;
	mode_t mode = k->item != NULL ? k->item->mode : 0644;
	int rc = 0;

	digest_finish(w->digest, &sha, NULL);
	s->digests[k->step][k->index] = sha;
	s->digested[k->step][k->index] = true;
	if (k->fd >= 0 && is_merged(k))
		rc = put_merged(w, k, e);
	else if (k->fd >= 0 && k->item->kind == CHANGE_SCRIPT)
		rc = finish_file(w, &k->fd, k->path, NULL, 0644, k->entry->mtime, e);
	else if (k->fd >= 0)
		rc = finish_file(w, &k->fd, k->path, k->item, mode, k->entry->mtime, e);
	if (rc == 0 && k->spool >= 0)
		rc = finish_file(w, &k->spool, k->spool_path, NULL, 0644, k->entry->mtime, e);
	if (rc < 0)
		return rc;
	if (k->keep_text)
		keep_text(w, k);
	return w->pool->promoting ? 0 : compare_expected(w, k, &sha, e);
}

static int copy_entry(struct worker *w, struct payload *p, struct sink *k, struct error *e)
{
	const void *bytes;
	size_t len;
	int rc = sink_open(w, k, e);

	digest_reset(w->digest);
	while (rc == 0) {
		rc = payload_read(p, &bytes, &len, e);
		if (rc <= 0)
			break;
		rc = sink_write(w, k, bytes, len, e);
		atomic_fetch_add(&w->pool->done, len);
		if (rc == 0 && atomic_load(&w->pool->stop))
			rc = error_set(e, E_INTERRUPTED, "interrupted");
	}
	if (rc == 0)
		rc = sink_close(w, k, e);
	if (k->fd >= 0)
		(void)close(k->fd); /* the stage is thrown away */
	if (k->spool >= 0)
		(void)close(k->spool);
	return rc;
}

static bool entry_wanted(const struct pool *pool, const struct change_item *it)
{
	return !pool->promoting ||
	       (it != NULL && pool->s->promoted[it - pool->s->plan->items]);
}

static int copy_package(struct worker *w, struct payload *p, const struct job *job,
			size_t package, struct error *e)
{
	size_t step = job->step[package];
	const struct package *pkg = medium_package(job->medium, package);
	const struct entry *en;
	int rc;

	while ((rc = payload_next(p, &en, e)) > 0) {
		struct sink k = { .entry = en, .step = step,
				  .index = (size_t)(en - pkg->map.entries),
				  .fd = -EBADF, .spool = -EBADF,
				  .path = rpath_root(), .spool_path = rpath_root() };

		if (en->ftype == 'i')
			continue;
		k.item = w->pool->s->by_entry[step][k.index];
		if (!entry_wanted(w->pool, k.item))
			continue;
		rc = copy_entry(w, p, &k, e);
		if (rc < 0)
			break;
	}
	return rc < 0 ? error_prefix(e, "%s: package '%s'", medium_path(job->medium),
				     pkg->pkg) : 0;
}

static int run_job(struct worker *w, const struct job *job, struct error *e)
{
	struct payload *p = NULL;
	size_t package;
	int rc = payload_open(job->medium, job->wanted, &p, e);

	if (rc == 0)
		payload_pass_unlisted(p, NULL, NULL);
	while (rc == 0 && (rc = payload_next_package(p, &package, e)) > 0)
		rc = copy_package(w, p, job, package, e);
	payload_close(p);
	return rc;
}

/* ---- workers */

static void worker_failed(struct worker *w, const struct error *e)
{
	struct pool *pool = w->pool;

	pthread_mutex_lock(&pool->lock);
	if (pool->error.code == 0)
		pool->error = *e;
	pthread_mutex_unlock(&pool->lock);
	atomic_store(&pool->stop, true);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct pool *pool = w->pool;
	struct error e = ERROR_INIT;
	size_t i;

	while (!atomic_load(&pool->stop) &&
	       (i = atomic_fetch_add(&pool->next, 1)) < pool->njobs)
		if (run_job(w, &pool->jobs[i], &e) < 0)
			worker_failed(w, &e);
	pthread_mutex_lock(&pool->lock);
	pool->running--;
	pthread_cond_signal(&pool->ended);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static int worker_open(struct pool *pool, struct worker *w, struct error *e)
{
	w->pool = pool;
	w->a = arena_new();
	w->digest = digest_new_sha256();
	if (pool->s->dir.data != NULL && tree_dup(pool->s->dir.data, &w->data, e) < 0)
		return -e->code;
	return tree_dup(pool->s->new, &w->new, e);
}

static void worker_close(struct worker *w)
{
	tree_close(w->data);
	tree_close(w->new);
	digest_free(w->digest);
	arena_free(w->a);
	strbuf_free(&w->text);
}

/* Until all have ended: progress ten times a second, and a look for signals. */
static void watch(struct pool *pool, uint64_t total, stage_progress progress, void *ctx)
{
	struct timespec until;

	pthread_mutex_lock(&pool->lock);
	while (pool->running > 0) {
		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 100000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		(void)pthread_cond_timedwait(&pool->ended, &pool->lock, &until);
		if (pool->error.code == 0 && signals_check(&pool->error) < 0)
			atomic_store(&pool->stop, true);
		if (progress == NULL)
			continue;
		pthread_mutex_unlock(&pool->lock);
		progress(ctx, atomic_load(&pool->done), total);
		pthread_mutex_lock(&pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
}

static unsigned start_workers(struct pool *pool, struct worker *w, pthread_t *threads,
			      unsigned n, struct error *e)
{
	unsigned started = 0;

	pool->running = n;
	while (started < n) {
		int rc = worker_open(pool, &w[started], e);

		if (rc == 0)
			rc = -pthread_create(&threads[started], NULL, worker_main, &w[started]);
		if (rc < 0)
			break;
		started++;
	}
	pthread_mutex_lock(&pool->lock);
	pool->running -= n - started;
	pthread_mutex_unlock(&pool->lock);
	return started;
}

/* ---- writing back while there is still work to do
 *
 * A kernel with much memory would leave everything to the one syncfs before the seal, and
 * the disk idle until then. So whenever enough has been staged, it is sent on its way. */

#define FLUSH_BYTES ((uint64_t)96 << 20)

static void *flusher_main(void *arg)
{
	struct pool *pool = arg;
	uint64_t flushed = 0;
	const struct timespec nap = { .tv_nsec = 20000000 };

	while (!atomic_load(&pool->over)) {
		uint64_t written = atomic_load(&pool->written);

		if (written - flushed < FLUSH_BYTES) {
			(void)nanosleep(&nap, NULL);
			continue;
		}
		flushed = written;
		(void)tree_sync(pool->s->new, NULL); /* the one that counts comes later */
	}
	return NULL;
}

static int pool_run(struct pool *pool, unsigned n, uint64_t total, stage_progress progress,
		    void *ctx, struct error *e)
{
	struct worker workers[MAX_WORKERS] = { { .pool = NULL } };
	pthread_t threads[MAX_WORKERS], flusher;
	unsigned i, started;
	bool flushing;

	n = n > pool->njobs ? (unsigned)pool->njobs : n;
	n = n > MAX_WORKERS ? MAX_WORKERS : n;
	flushing = total > FLUSH_BYTES && /* else it would only be waited for */
		   pthread_create(&flusher, NULL, flusher_main, pool) == 0;
	started = start_workers(pool, workers, threads, n, &pool->error);
	watch(pool, total, progress, ctx);
	for (i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	atomic_store(&pool->over, true);
	if (flushing)
		(void)pthread_join(flusher, NULL);
	for (i = 0; i < n; i++)
		if (workers[i].pool != NULL)
			worker_close(&workers[i]);
	if (started == 0 && n > 0 && pool->error.code == 0)
		return error_set(e, EAGAIN, "cannot start a thread");
	if (pool->error.code == 0)
		return 0;
	if (e != NULL)
		*e = pool->error;
	return -pool->error.code;
}

/* ---- jobs */

static struct job *job_of(struct pool *pool, const struct medium *m)
{
	struct job *job;
	size_t i;

	for (i = 0; i < pool->njobs; i++)
		if (pool->jobs[i].medium == m)
			return &pool->jobs[i];
	job = &pool->jobs[pool->njobs++];
	job->medium = m;
	job->wanted = arena_calloc(pool->s->a, medium_count(m), sizeof(*job->wanted));
	job->step = arena_calloc(pool->s->a, medium_count(m), sizeof(*job->step));
	return job;
}

static bool step_promoted(const struct stage *s, size_t step)
{
	size_t i;

	for (i = 0; i < s->plan->nitems; i++)
		if (s->promoted[i] && s->plan->items[i].step_index == step)
			return true;
	return false;
}

static int larger_first(const void *a, const void *b)
{
	uint64_t x = ((const struct job *)a)->bytes, y = ((const struct job *)b)->bytes;

	return x < y ? 1 : x > y ? -1 : 0;
}

static uint64_t make_jobs(struct pool *pool)
{
	const struct plan *plan = pool->s->plan;
	uint64_t total = 0;
	size_t i;

	pool->jobs = arena_calloc(pool->s->a, plan->nsteps, sizeof(*pool->jobs));
	for (i = 0; i < plan->nsteps; i++) {
		const struct package *pkg = plan->steps[i].step->package;
		struct job *job;

		if (pkg == NULL || (pool->promoting && !step_promoted(pool->s, i)))
			continue;
		job = job_of(pool, pkg->medium);
		job->wanted[pkg->index] = true;
		job->step[pkg->index] = i;
		job->bytes += pkg->payload_bytes;
		total += pkg->payload_bytes;
	}
	if (pool->njobs > 0)
		qsort(pool->jobs, pool->njobs, sizeof(*pool->jobs), larger_first);
	return total;
}

static int pass(struct stage *s, bool promoting, unsigned threads, stage_progress progress,
		void *ctx, struct error *e)
{
	struct pool pool = { .s = s, .promoting = promoting,
			     .lock = PTHREAD_MUTEX_INITIALIZER,
			     .ended = PTHREAD_COND_INITIALIZER };
	uint64_t total = make_jobs(&pool);
	int rc = 0;

	if (pool.njobs > 0)
		rc = pool_run(&pool, threads, total, progress, ctx, e);
	if (rc == 0 && progress != NULL)
		progress(ctx, total, total);
	return rc;
}

static int make_spool_parents(struct stage *s, struct error *e)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; i < s->plan->nsteps; i++) {
		const struct mapping *m = &s->plan->steps[i].mapping;

		for (k = 0; rc == 0 && k < m->n; k++) {
			const struct entry *en = m->v[k].entry;
			struct rpath path;

			if (en->ftype != 'e' && en->ftype != 'v')
				continue;
			rc = stage_pspool_path(s, s->a, i, en, &path, e);
			if (rc == 0)
				rc = stage_parent(s, path, e);
		}
	}
	return rc;
}

static int promoted_parents(struct stage *s, bool *ret_any, struct error *e)
{
	size_t i;
	int rc = 0;

	*ret_any = false;
	for (i = 0; rc == 0 && i < s->plan->nitems; i++) {
		if (!s->promoted[i])
			continue;
		*ret_any = true;
		rc = stage_parent(s, s->plan->items[i].real, e);
	}
	return rc;
}

static int make_data_parents(struct stage *s, struct error *e)
{
	const struct plan *plan = s->plan;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->nitems; i++) {
		const struct change_item *it = &plan->items[i];
		struct rpath path;

		if (it->kind != CHANGE_SCRIPT || it->what == NULL)
			continue;
		rc = stage_data_path(s, s->a, it->step_index, it->what->entry, &path, e);
		if (rc == 0)
			rc = tree_mkdirs(s->dir.data, rpath_parent(s->a, path), 0755, e);
	}
	return rc;
}

int stage_payload(struct stage *s, unsigned threads, stage_progress progress, void *ctx,
		  struct error *e)
{
	bool any;
	int rc = make_spool_parents(s, e);

	if (rc == 0)
		rc = make_data_parents(s, e);

	if (rc == 0)
		rc = pass(s, false, threads, progress, ctx, e);
	if (rc == 0)
		rc = promoted_parents(s, &any, e);
	if (rc == 0 && any)
		rc = pass(s, true, threads, NULL, NULL, e);
	return rc;
}
