/*
 * Files from http and https: the only room that speaks to libcurl.
 *
 *	rc = fetch_bytes("https://host/dist/repo.xml", max, a, &bytes, &len, e);
 *
 *	struct fetch_item items[] = { { .url = ..., .file = { size, sha } } };
 *	rc = fetch_files(cache, items, n, watch, ctx, e);
 *		each is then in the cache as fetch_name(), and right
 *
 * Several at a time. What is in the cache already is not asked for again; what was interrupted
 * goes on where it ended. Each byte is digested as it comes; a server that sends one more than
 * it should is cut off there. Redirects lead to http and https only, and from https to https
 * only.
 *
 * libcurl is loaded when the first file is wanted: its thirty libraries would cost every
 * command that fetches nothing some milliseconds, and hosts without it only lose this.
 */
#ifndef COMMPKG_FETCH_H
#define COMMPKG_FETCH_H

#include "cache.h"
#include "formats/catalog.h"
#include "formats/medium_verify.h"

bool fetch_is_url(const char *place);
/* DIR/PATH, with what a URL can't have escaped. */
const char *fetch_url(struct arena *a, const char *dir, const char *path);
/* Its name in a cache: the digest. */
const char *fetch_name(struct arena *a, const struct catalog_file *f);

/* -E_NOT_FOUND: the server says that there is none; -ENETUNREACH: it could not be reached, or the
 * connection broke; -E_LIMIT: longer than max. */
int fetch_bytes(const char *url, size_t max, struct arena *a, char **ret, size_t *ret_len,
		struct error *e);

struct fetch_item {
	const char *url;
	struct catalog_file file;	/* its size and digest */
};
/* Also -E_DIGEST: what came is not that. The first that fails ends the others; what they have
 * stays for the next time. */
int fetch_files(struct cache *c, const struct fetch_item *items, size_t n, medium_watch *watch,
		void *ctx, struct error *e);

#endif
