#include "published.h"

#include <errno.h>

#include "formats/catalog_package.h"
#include "formats/sign.h"
#include "places.h"
#include "solve_cache.h"

static const char *below(struct published *p, const char *name)
{
	return arena_join(p->a, p->place, '/', name);
}

bool published_probe(const char *place)
{
	AUTO_ARENA struct arena *a = arena_new();

	return places_look(arena_printf(a, "%s/" REPO_NAME, place)) == PLACE_FILE;
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

const char *published_path(struct published *p, const struct catalog_file *f)
{
	return below(p, f->path);
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

int published_read(struct published *p, struct arena *a, const struct catalog_file *f,
		   size_t max, char **ret, struct error *e)
{
	return read_compared(a, below(p, f->path), f, "the catalog", max, ret, e);
}

/* The file, or nothing when it is not there. */
static int read_signature(struct published *p, struct error *e)
{
	size_t len = 0;
	char *bytes = NULL;
	int rc = places_read(p->a, below(p, REPO_SIGNATURE_NAME), SIGN_MAX_BYTES, &bytes, &len, e);

	if (rc == -ENOENT) {
		error_clear(e);
		return 0;
	}
	p->signature = bytes;
	p->signature_len = len;
	return rc;
}

static int read_certificates(struct published *p, struct error *e)
{
	const struct catalog_file *f = &p->repo.certificates;
	char *bytes;
	int rc;

	if (f->path == NULL)
		return 0;
	rc = read_compared(p->a, below(p, f->path), f, REPO_NAME, SIGN_MAX_STORE, &bytes, e);
	if (rc < 0)
		return rc;
	p->certificates = bytes;
	p->certificates_len = (size_t)f->size;
	return 0;
}

/* Its bytes are compared whatever the cache says: what was tampered with is refused, also where
 * nobody reads it. The text is not needed once it is read. */
static int read_catalog(struct published *p, struct error *e)
{
	AUTO_ARENA struct arena *text = arena_new();
	const char *path = below(p, p->repo.catalog.path);
	size_t i;
	char *bytes;
	int rc = read_compared(text, path, &p->repo.catalog, REPO_NAME, CATALOG_MAX_BYTES,
			       &bytes, e);

	if (rc < 0 || solve_cache_load(&p->repo.catalog.sha, &p->catalog, &p->held))
		return rc;
	rc = catalog_parse(p->a, bytes, (size_t)p->repo.catalog.size, path, &p->catalog, e);
	if (rc < 0)
		return rc;
	for (i = 0; i < p->catalog.npackages; i++)
		catalog_package_sort(&p->catalog.packages[i]);
	solve_cache_store(&p->repo.catalog.sha, &p->catalog);
	return 0;
}

static int open_all(struct published *p, struct error *e)
{
	const char *path = below(p, REPO_NAME);
	char *bytes = NULL;
	int rc = places_read(p->a, path, REPO_MAX_BYTES, &bytes, &p->len, e);

	p->bytes = bytes;
	if (rc == 0)
		rc = repo_parse(p->a, bytes, p->len, path, &p->repo, e);
	if (rc == 0)
		rc = read_signature(p, e);
	if (rc == 0)
		rc = read_certificates(p, e);
	return rc < 0 ? rc : read_catalog(p, e);
}

int published_open(const char *place, struct published **ret, struct error *e)
{
	struct published *p;
	struct arena *a = arena_new();
	int rc;

	p = arena_calloc(a, 1, sizeof(*p));
	p->a = a;
	p->place = arena_strdup(a, place);
	rc = open_all(p, e);
	if (rc == 0)
		p->taken = arena_calloc(a, p->catalog.nmedia, sizeof(*p->taken));
	if (rc < 0) {
		published_close(p);
		return rc;
	}
	*ret = p;
	return 0;
}
