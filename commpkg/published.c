#include "published.h"

#include <errno.h>
#include <pthread.h>

#include "formats/catalog_package.h"
#include "formats/cleanup.h"
#include "formats/sign.h"
#include "fetch.h"
#include "places.h"
#include "published_place.h"
#include "solve_cache.h"

#define OPEN_RETRIES 3

bool published_probe(const char *place)
{
	AUTO_ARENA struct arena *a = arena_new();

	return fetch_is_url(place) ||
	       places_look(arena_printf(a, "%s/" REPO_NAME, place)) == PLACE_FILE ||
	       published_foreign_probe(place) != FOREIGN_NONE;
}

void published_close(struct published *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; p->taken != NULL && i < p->catalog.nmedia; i++)
		medium_close(p->taken[i].medium);
	solve_cache_free(p->held);
	arena_free(p->a);
}

static int changed(const char *path, const char *by, const char *what, struct error *e)
{
	error_set(e, E_DIGEST, "'%s' is not what %s says: its %s differs", path, by, what);
	return error_hint(e, "somebody changed it, or it is being published right now: 'commpkg "
			  "repo check' tells more");
}

/* Size first: what is longer is not even read. */
static int read_compared(struct arena *a, const char *path, const struct catalog_file *f,
			 const char *by, size_t max, char **ret, struct error *e)
{
	struct sha256 sha;
	size_t len;
	char *bytes;
	int rc = places_read(a, path, max, &bytes, &len, e);

	if (rc == -E_LIMIT && f->size <= max)
		return changed(path, by, "size", e);
	if (rc < 0)
		return rc;
	if (len != f->size)
		return changed(path, by, "size", e);
	sha256_of(bytes, len, &sha);
	if (!sha256_equal(&sha, &f->sha))
		return changed(path, by, "SHA-256", e);
	*ret = bytes;
	return 0;
}

/* In a cache it may have rotted: once more from the server then. */
static int read_file(struct published *p, struct arena *a, const struct catalog_file *f,
		     const char *by, size_t max, char **ret, struct error *e)
{
	const char *path = published_file(p, a, f);
	int rc = published_fetch(p, &f, 1, NULL, NULL, e);

	if (rc == 0)
		rc = read_compared(a, path, f, by, max, ret, e);
	if (rc != -E_DIGEST || !p->remote)
		return rc;
	error_clear(e);
	published_forget(p, f);
	rc = published_fetch(p, &f, 1, NULL, NULL, e);
	return rc < 0 ? rc : read_compared(a, path, f, by, max, ret, e);
}

int published_read(struct published *p, struct arena *a, const struct catalog_file *f,
		   size_t max, char **ret, struct error *e)
{
	return read_file(p, a, f, "the catalog", max, ret, e);
}

static int read_certificates(struct published *p, struct error *e)
{
	const struct catalog_file *f = &p->repo.certificates;
	char *bytes;
	int rc;

	if (f->path == NULL)
		return 0;
	rc = read_file(p, p->a, f, REPO_NAME, SIGN_MAX_STORE, &bytes, e);
	if (rc < 0)
		return rc;
	p->certificates = bytes;
	p->certificates_len = (size_t)f->size;
	return 0;
}

/* The text of the catalog, read and compared in a thread of its own. */
struct text_reading {
	struct published *p;
	struct arena *a;
	char *bytes;
	int rc;
	struct error e;
};

static void *read_text(void *ctx)
{
	struct text_reading *r = ctx;

	r->rc = read_file(r->p, r->a, &r->p->repo.catalog, REPO_NAME, CATALOG_MAX_BYTES, &r->bytes,
			  &r->e);
	return NULL;
}

/* Its bytes are compared whatever the cache says: what was tampered with is refused, also where
 * nobody reads it. Meanwhile the cache is read, which counts for nothing before that. What has to
 * be fetched comes first. True: *p has the catalog. */
static bool compare_and_load(struct text_reading *r)
{
	const struct sha256 *sha = &r->p->repo.catalog.sha;
	pthread_t thread;
	bool aside = !r->p->remote && pthread_create(&thread, NULL, read_text, r) == 0;
	bool loaded;

	if (!aside)
		(void)read_text(r);
	loaded = (aside || r->rc == 0) &&
		 solve_cache_load(sha, &r->p->catalog, &r->p->held);
	if (aside)
		(void)pthread_join(thread, NULL);
	return r->rc == 0 && loaded;
}

/* The text is not needed once it is read. */
static int read_catalog(struct published *p, struct error *e)
{
	AUTO_ARENA struct arena *text = arena_new();
	struct text_reading r = { .p = p, .a = text, .e = ERROR_INIT };
	const struct catalog_file *f = &p->repo.catalog;
	bool loaded = compare_and_load(&r);
	size_t i;
	int rc;

	if (r.rc < 0 && e != NULL)
		*e = r.e;
	if (r.rc < 0 || loaded)
		return r.rc;
	rc = catalog_parse(p->a, r.bytes, (size_t)f->size, published_origin(p, f), &p->catalog, e);
	if (rc < 0)
		return rc;
	for (i = 0; i < p->catalog.npackages; i++)
		catalog_package_sort(&p->catalog.packages[i]);
	solve_cache_store(&f->sha, &p->catalog);
	return 0;
}

/* The manifests of all components, and what they name, at once; and compared: they are read
 * later, by whoever asks for them. */
static int take_texts(struct published *p, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	size_t n = p->catalog.ncomponents, i;
	const struct catalog_file **files = arena_calloc(a, n + p->catalog.nfiles,
							 sizeof(*files));
	char *bytes;
	int rc;

	for (i = 0; i < n; i++)
		files[i] = &p->catalog.components[i].file;
	for (i = 0; i < p->catalog.nfiles; i++)
		files[n + i] = &p->catalog.files[i];
	rc = published_fetch(p, files, n + p->catalog.nfiles, NULL, NULL, e);
	for (i = 0; rc == 0 && i < p->catalog.nfiles; i++)
		rc = published_read(p, a, &p->catalog.files[i], CATALOG_MAX_TEXT, &bytes, e);
	return rc;
}

static int open_all(struct published *p, struct error *e)
{
	int rc = p->remote ? published_read_remote(p, e) : published_read_local(p, e);

	if (rc == -E_NOT_FOUND || rc == -ENOENT)
		return published_open_foreign(p, e);
	if (rc == 0)
		rc = repo_parse(p->a, p->bytes, p->len,
				arena_join(p->a, p->place, '/', REPO_NAME), &p->repo, e);
	if (rc == 0)
		rc = read_certificates(p, e);
	if (rc == 0)
		rc = read_catalog(p, e);
	if (rc == 0)
		rc = take_texts(p, e);
	if (rc == 0 && p->remote)
		published_keep_remote(p);
	return rc;
}

static int open_once(const char *place, struct published **ret, struct error *e)
{
	AUTO_FD int held = -EBADF;
	struct published *p;
	struct arena *a = arena_new();
	int rc;

	p = arena_calloc(a, 1, sizeof(*p));
	p->a = a;
	p->place = arena_strdup(a, place);
	p->remote = fetch_is_url(place);
	if (!p->remote)
		published_hold_still(p, &held);
	rc = open_all(p, e);
	if (rc == 0)
		p->taken = arena_calloc(a, p->catalog.nmedia, sizeof(*p->taken));
	*ret = p;
	return rc;
}

/* It may be published anew while it is read: on a server, or where nobody can lock. */
int published_open(const char *place, struct published **ret, struct error *e)
{
	struct published *p;
	int rc = open_once(place, &p, e);

	for (int i = 0; i < OPEN_RETRIES && rc < 0 && rc != -ENETUNREACH &&
	     published_has_moved(p); i++) {
		published_close(p);
		error_clear(e);
		rc = open_once(place, &p, e);
	}
	if (rc < 0) {
		published_close(p);
		return rc;
	}
	*ret = p;
	return 0;
}
