/* Several files at a time, into the cache. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fetch.h"
#include "fetch_curl.h"
#include "formats/cleanup.h"
#include "formats/fd.h"
#include "formats/str.h"

#define AT_A_TIME 6
#define BLOCK ((size_t)64 << 10)

struct download {
	const struct fetch_item *item;
	const char *name;		/* in the cache */
	const char *part;		/* and until it is whole */
	int fd;
	uint64_t had, len;		/* of it when it began, and now */
	struct digest *digest;
	CURL *h;
	char why[CURL_ERROR_SIZE];
	bool too_long, again;		/* again: from the beginning, once */
	int write_error;
};

struct fetching {
	struct arena *a;
	struct cache *cache;
	const struct fetch_curl *curl;
	CURLM *multi;
	struct download *v;
	size_t n, begun, running;
	uint64_t total, whole;		/* bytes of those that are done */
	medium_watch *watch;
	void *ctx;
};

/* ---- bytes come */

/* The server may not know ranges, and begin at the beginning: libcurl sees that by itself. */
static size_t on_bytes(char *bytes, size_t size, size_t n, void *ctx)
{
	struct download *d = ctx;
	size_t len = size * n;

	if (len > d->item->file.size - d->len) {
		d->too_long = true;
		return 0;
	}
	d->write_error = fd_write_all(d->fd, bytes, len);
	if (d->write_error < 0)
		return 0;
	digest_add(d->digest, bytes, len);
	d->len += len;
	return len;
}

/* What an earlier run left counts once it is digested. */
static int take_what_is_there(struct download *d, struct error *e)
{
	char block[BLOCK];
	ssize_t n;

	while ((n = read(d->fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot read '%s'", d->part);
		if ((uint64_t)n > d->item->file.size - d->len)
			return 1; /* it is not a part of this */
		digest_add(d->digest, block, (size_t)n);
		d->len += (uint64_t)n;
	}
	return 0;
}

static int begin_anew(struct download *d, struct error *e)
{
	digest_reset(d->digest);
	d->len = d->had = 0;
	if (ftruncate(d->fd, 0) < 0 || lseek(d->fd, 0, SEEK_SET) < 0)
		return error_errno(e, errno, "cannot write '%s'", d->part);
	return 0;
}

/* ---- one file */

static int open_part(struct fetching *f, struct download *d, struct error *e)
{
	int rc;

	d->part = arena_printf(f->a, "%s.part", d->name);
	rc = cache_open_part(f->cache, d->part, &d->fd, e);
	if (rc == -EWOULDBLOCK) { /* another run fetches it: not together with us */
		d->part = arena_printf(f->a, "%s.%ld.part", d->name, (long)getpid());
		rc = cache_open_part(f->cache, d->part, &d->fd, e);
	}
	return rc;
}

static int start(struct fetching *f, struct download *d, struct error *e)
{
	int rc = 0;

	d->digest = d->item->file.md5 ? digest_new_md5() : digest_new_sha256();
	if (d->digest == NULL)
		return error_set(e, E_UNSUPPORTED, "OpenSSL has no MD5 here");
	rc = open_part(f, d, e);
	if (rc == 0)
		rc = take_what_is_there(d, e);
	if (rc > 0)
		rc = begin_anew(d, e);
	d->had = d->len;
	return rc;
}

static void ask(struct fetching *f, struct download *d)
{
	const struct fetch_curl *c = f->curl;

	if (d->h == NULL)
		d->h = c->easy_init();
	if (d->h == NULL)
		abort();
	fetch_curl_options(c, d->h, d->item->url, d->why);
	(void)c->easy_setopt(d->h, CURLOPT_WRITEFUNCTION, on_bytes);
	(void)c->easy_setopt(d->h, CURLOPT_WRITEDATA, d);
	(void)c->easy_setopt(d->h, CURLOPT_PRIVATE, d);
	(void)c->easy_setopt(d->h, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)d->had);
	(void)c->multi_add_handle(f->multi, d->h);
	f->running++;
}

static void stop(struct fetching *f, struct download *d)
{
	if (d->h != NULL) {
		(void)f->curl->multi_remove_handle(f->multi, d->h);
		f->curl->easy_cleanup(d->h);
		d->h = NULL;
	}
	cleanup_fd(&d->fd);
	d->fd = -EBADF;
	digest_free(d->digest);
	d->digest = NULL;
}

static int keep(struct fetching *f, struct download *d, struct error *e)
{
	int rc = cache_keep_part(f->cache, d->part, d->name, e);

	if (rc < 0 && cache_size(f->cache, d->name) == (int64_t)d->len) {
		error_clear(e); /* another run was quicker */
		rc = 0;
	}
	return rc;
}

/* 0 it is there; 1 once more; -E_DIGEST. */
static int finish(struct fetching *f, struct download *d, struct error *e)
{
	struct sha256 sha;

	digest_finish(d->digest, &sha, NULL);
	if (d->len == d->item->file.size && sha256_equal(&sha, &d->item->file.sha)) {
		f->whole += d->len;
		return keep(f, d, e);
	}
	if (d->had > 0 && !d->again) { /* the part may have been of another file */
		d->again = true;
		return 1;
	}
	(void)cache_remove(f->cache, d->part, NULL);
	error_set(e, E_DIGEST, "what came from '%s' is not what the catalog says: its %s differs",
		  d->item->url, d->len != d->item->file.size ? "size" :
		  d->item->file.md5 ? "MD5 sum" : "SHA-256");
	return error_hint(e, "somebody changed it on the way or on the server, or it is being "
			  "published right now");
}

/* finished: as finish() has it. */
static int conclude(struct fetching *f, struct download *d, int finished, struct error *e)
{
	int rc;

	if (finished != 1) {
		stop(f, d);
		return finished;
	}
	d->again = true;
	rc = begin_anew(d, e);
	if (rc == 0)
		ask(f, d);
	return rc;
}

static int ended(struct fetching *f, struct download *d, CURLcode code, struct error *e)
{
	int rc;

	(void)f->curl->multi_remove_handle(f->multi, d->h);
	f->running--;
	if (d->too_long) {
		(void)cache_remove(f->cache, d->part, NULL);
		return error_set(e, E_DIGEST, "'%s' is longer than the catalog says (%llu bytes)",
				 d->item->url, (unsigned long long)d->item->file.size);
	}
	if (d->write_error < 0)
		return error_errno(e, -d->write_error, "cannot write '%s/%s'",
				   cache_path(f->cache), d->part);
	if (code == CURLE_OK)
		rc = finish(f, d, e);
	else if (d->had > 0 && !d->again && d->len == d->had)
		rc = 1; /* it can't go on there: a server without ranges */
	else
		return fetch_curl_failed(f->curl, d->h, code, d->item->url, d->why, e);
	return conclude(f, d, rc, e);
}

/* ---- all of them */

/* One that is whole already needs no server. */
static int begin(struct fetching *f, struct error *e)
{
	struct download *d = &f->v[f->begun++];
	int rc = start(f, d, e);

	if (rc < 0 || d->len < d->item->file.size) {
		if (rc == 0)
			ask(f, d);
		return rc;
	}
	return conclude(f, d, finish(f, d, e), e);
}

static int take_ended(struct fetching *f, struct error *e)
{
	CURLMsg *msg;
	int left, rc = 0;

	while (rc == 0 && (msg = f->curl->multi_info_read(f->multi, &left)) != NULL) {
		CURLcode code = msg->data.result;
		char *d = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)f->curl->easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &d);
		rc = ended(f, (struct download *)(void *)d, code, e);
	}
	return rc;
}

static uint64_t done(const struct fetching *f)
{
	uint64_t sum = f->whole;
	size_t i;

	for (i = 0; i < f->begun; i++)
		if (f->v[i].h != NULL)
			sum += f->v[i].len;
	return sum;
}

static int run(struct fetching *f, struct error *e)
{
	int rc = 0, still;

	while (rc == 0 && (f->begun < f->n || f->running > 0)) {
		while (rc == 0 && f->begun < f->n && f->running < AT_A_TIME)
			rc = begin(f, e);
		if (rc == 0 && f->curl->multi_perform(f->multi, &still) != CURLM_OK)
			rc = error_set(e, ENETUNREACH, "libcurl gives up");
		if (rc == 0)
			rc = take_ended(f, e);
		if (rc == 0 && f->watch != NULL)
			rc = f->watch(f->ctx, done(f), f->total, e);
		if (rc == 0 && f->running > 0)
			(void)f->curl->multi_poll(f->multi, NULL, 0, 200, NULL);
	}
	return rc;
}

static bool is_cached(struct cache *c, const char *name, uint64_t size)
{
	return cache_size(c, name) == (int64_t)size;
}

int fetch_files(struct cache *c, const struct fetch_item *items, size_t n, medium_watch *watch,
		void *ctx, struct error *e)
{
	struct fetching f = { .a = arena_new(), .cache = c, .watch = watch, .ctx = ctx };
	size_t i;
	int rc = 0;

	f.v = arena_calloc(f.a, n, sizeof(*f.v));
	for (i = 0; i < n; i++) {
		const char *name = fetch_name(f.a, &items[i].file);

		if (is_cached(c, name, items[i].file.size))
			continue; /* whoever uses it compares it */
		f.v[f.n++] = (struct download){ .item = &items[i], .name = name, .fd = -EBADF };
		f.total += items[i].file.size;
	}
	if (f.n > 0)
		rc = fetch_curl_load(&f.curl, e);
	if (f.n > 0 && rc == 0) {
		f.multi = f.curl->multi_init();
		if (f.multi == NULL)
			abort();
		rc = run(&f, e);
		for (i = 0; i < f.n; i++)
			stop(&f, &f.v[i]);
		(void)f.curl->multi_cleanup(f.multi);
	}
	arena_free(f.a);
	return rc;
}
