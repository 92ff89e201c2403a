#include "published_place.h"

#include <errno.h>
#include <time.h>

#include "cache.h"
#include "fetch.h"
#include "formats/cleanup.h"
#include "formats/sign.h"
#include "places.h"
#include "turns.h"

#define FILES_PART "files"
#define COPIES_PART "distributions"
#define PAIR_RETRIES 3

/* ---- a directory */

int published_read_local(struct published *p, struct error *e)
{
	char *bytes = NULL, *signature = NULL;
	size_t len = 0;
	int rc = places_read(p->a, arena_join(p->a, p->place, '/', REPO_NAME), REPO_MAX_BYTES,
			     &bytes, &p->len, e);

	p->bytes = bytes;
	if (rc < 0)
		return rc;
	rc = places_read(p->a, arena_join(p->a, p->place, '/', REPO_SIGNATURE_NAME),
			 SIGN_MAX_BYTES, &signature, &len, e);
	if (rc == -ENOENT) {
		error_clear(e);
		return 0;
	}
	p->signature = signature;
	p->signature_len = len;
	return rc;
}

void published_hold_still(const struct published *p, int *ret_fd)
{
	if (places_open(p->place, ret_fd, NULL) < 0)
		return; /* whoever reads it says so */
	turn_take(*ret_fd, TURN_READ);
}

/* ---- a server */

/* Both in one file, so that they belong together: "LENGTH LENGTH\n", then their bytes. */
static const char *copy_name(struct arena *a, const struct published *p)
{
	char hex[SHA256_HEX_SIZE];
	struct sha256 sha;

	sha256_of(p->place, strlen(p->place), &sha);
	sha256_hex(&sha, hex);
	return arena_strdup(a, hex);
}

static int fetch_both(struct published *p, struct error *e)
{
	char *bytes, *signature;
	int rc = fetch_bytes(fetch_url(p->a, p->place, REPO_NAME), REPO_MAX_BYTES, p->a, &bytes,
			     &p->len, e);

	if (rc == -E_NOT_FOUND)
		return error_hint(e, "a distribution on a server is a published one: 'commpkg "
				  "repo create' makes it");
	if (rc < 0)
		return rc;
	p->bytes = bytes;
	rc = fetch_bytes(fetch_url(p->a, p->place, REPO_SIGNATURE_NAME), SIGN_MAX_BYTES, p->a,
			 &signature, &p->signature_len, e);
	if (rc == -E_NOT_FOUND) {
		error_clear(e);
		return 0;
	}
	if (rc == 0)
		p->signature = signature;
	return rc;
}

/* A signature of ours says what it is for (trust_published.c compares it, with the words). */
static bool belong_together(const struct published *p)
{
	struct sha256 said, is;
	struct signature *s;
	bool right = true;

	if (p->signature == NULL ||
	    signature_parse(p->signature, p->signature_len, REPO_SIGNATURE_NAME, &s, NULL) < 0)
		return true;
	if (signature_head(s, &said)) {
		sha256_of(p->bytes, p->len, &is);
		right = sha256_equal(&said, &is);
	}
	signature_free(s);
	return right;
}

/* Two files, asked for one after the other: when they were exchanged in between they don't belong
 * together, and do when they are asked for again. */
static int fetch_pair(struct published *p, struct error *e)
{
	const struct timespec pause = { .tv_nsec = 200000000 };
	int rc = fetch_both(p, e);

	for (int i = 0; i < PAIR_RETRIES && rc == 0 && !belong_together(p); i++) {
		(void)nanosleep(&pause, NULL);
		p->signature = NULL;
		p->signature_len = 0;
		rc = fetch_both(p, e);
	}
	return rc;
}

static bool split_copy(struct published *p, char *text, size_t len)
{
	char *line = memchr(text, '\n', len), *blank = memchr(text, ' ', len);
	uint64_t n, m;
	size_t head;

	if (line == NULL || blank == NULL || blank > line)
		return false;
	head = (size_t)(line + 1 - text);
	if (!str_to_u64(text, (size_t)(blank - text), 10, REPO_MAX_BYTES, &n) ||
	    !str_to_u64(blank + 1, (size_t)(line - blank - 1), 10, SIGN_MAX_BYTES, &m) ||
	    head + n + m != len)
		return false;
	p->bytes = arena_strndup(p->a, text + head, (size_t)n);
	p->len = (size_t)n;
	p->signature = m > 0 ? arena_strndup(p->a, text + head + n, (size_t)m) : NULL;
	p->signature_len = (size_t)m;
	return true;
}

static bool read_copy(struct published *p)
{
	struct cache *c;
	size_t len;
	char *text;
	int rc;

	if (cache_open(COPIES_PART, &c, NULL) < 0)
		return false;
	rc = cache_read(c, p->a, copy_name(p->a, p), REPO_MAX_BYTES + SIGN_MAX_BYTES + 64, &text,
			&len, NULL);
	cache_close(c);
	return rc == 0 && split_copy(p, text, len);
}

int published_read_remote(struct published *p, struct error *e)
{
	int rc = fetch_pair(p, e);

	if (rc != -ENETUNREACH || !read_copy(p))
		return rc;
	error_clear(e);
	p->offline = true;
	return 0;
}

void published_keep_remote(struct published *p)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct cache *c;

	if (p->offline || cache_open(COPIES_PART, &c, NULL) < 0)
		return;
	strbuf_addf(&text, "%zu %zu\n", p->len, p->signature_len);
	strbuf_add(&text, p->bytes, p->len);
	strbuf_add(&text, p->signature, p->signature_len);
	(void)cache_write(c, copy_name(p->a, p), text.p, text.len, NULL);
	cache_close(c);
}

/* ---- either */

static bool same_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

bool published_has_moved(const struct published *p)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct published now = { .a = a, .place = p->place, .remote = p->remote };
	int rc = p->remote ? fetch_both(&now, NULL) : published_read_local(&now, NULL);

	return rc == 0 && p->bytes != NULL &&
	       !(same_bytes(now.bytes, now.len, p->bytes, p->len) &&
		 same_bytes(now.signature, now.signature_len, p->signature, p->signature_len));
}

/* ---- files by their digests */

const char *published_origin(struct published *p, const struct catalog_file *f)
{
	return arena_join(p->a, p->place, '/', f->path);
}

const char *published_file(const struct published *p, struct arena *a,
			   const struct catalog_file *f)
{
	const char *cache;

	if (!p->remote || places_cache(a, &cache, NULL) < 0)
		return arena_join(a, p->place, '/', f->path);
	return arena_printf(a, "%s/" FILES_PART "/%s", cache, fetch_name(a, f));
}

int published_fetch(const struct published *p, const struct catalog_file *const *files, size_t n,
		    medium_watch *watch, void *ctx, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct fetch_item *items = arena_calloc(a, n, sizeof(*items));
	struct cache *c;
	size_t i;
	int rc;

	if (!p->remote || n == 0)
		return 0;
	for (i = 0; i < n; i++)
		items[i] = (struct fetch_item){ .url = fetch_url(a, p->place, files[i]->path),
						.file = *files[i] };
	rc = cache_open(FILES_PART, &c, e);
	if (rc < 0)
		return rc;
	rc = fetch_files(c, items, n, watch, ctx, e);
	cache_close(c);
	return rc;
}

void published_forget(const struct published *p, const struct catalog_file *f)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct cache *c;

	if (!p->remote || cache_open(FILES_PART, &c, NULL) < 0)
		return;
	(void)cache_remove(c, fetch_name(a, f), NULL); /* then the comparison says so again */
	cache_close(c);
}
