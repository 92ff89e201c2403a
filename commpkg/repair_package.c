/*
 * Contents from packages: the distribution and files that were given. What could be wanted is
 * told by size and sum, which pkgmap has; what is, by the digest, while it streams through.
 */
#include <errno.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "repair_look.h"
#include "signals.h"

struct reading {
	struct repair *r;
	struct tree *into;		/* NULL: only looked at */
	struct digest *digest;
	size_t number;			/* of the package in the distribution */
	const struct package *package;
};

/* ---- which entries */

static bool open_to_packages(const struct mend *m)
{
	return m->needs && m->source == SOURCE_NONE && m->item.kind == REPAIR_PUT;
}

static bool is_source_of(const struct mend *m, const struct entry *en)
{
	return m->source == SOURCE_PACKAGE && m->entry == en;
}

static bool may_be_wanted(const struct reading *d, const struct entry *en)
{
	struct mend *m;

	if (en->ftype == 'i' || !ftype_has_payload(en->ftype) || !en->has_content)
		return false;
	for (m = repair_first_sized(d->r, en->size, en->sum); m != NULL;
	     m = repair_next_sized(d->r, m))
		if (d->into != NULL ? is_source_of(m, en) : open_to_packages(m))
			return true;
	return false;
}

static bool package_may_help(const struct reading *d, const struct package *p)
{
	size_t i;

	for (i = 0; i < p->map.n; i++)
		if (may_be_wanted(d, &p->map.entries[i]))
			return true;
	return false;
}

/* ---- what they are */

/* Without a digest: the installed version of the package itself, and its path. */
static bool is_same_entry(struct repair *r, const struct mend *m, const struct package *p,
			  const struct entry *en)
{
	const char *path = en->path + strspn(en->path, "/"), *client = rpath_str(m->client);
	size_t n = strlen(path), all = strlen(client);
	struct pkgdb_package own;

	if (m->row->instance == NULL || n > all || !str_eq(client + all - n, path) ||
	    (n < all && client[all - n - 1] != '/'))
		return false;
	return pkgdb_package_find(r->session->db, r->a, m->row->instance, PKGDB_NOW, &own,
				  NULL) > 0 &&
	       str_eq(own.pkg, p->pkg) && str_eq(own.version, p->version) &&
	       str_eq(own.arch, p->arch);
}

static bool is_it(const struct reading *d, const struct mend *m, const struct entry *en,
		  const struct sha256 *sha)
{
	if (!open_to_packages(m))
		return false;
	if (m->has_sha)
		return sha256_equal(&m->sha, sha);
	return m->row->content && m->row->size == en->size && m->row->sum == en->sum &&
	       is_same_entry(d->r, m, d->package, en);
}

static void found(const struct reading *d, const struct entry *en, const struct sha256 *sha)
{
	const struct dist_package *dp = dist_package(d->r->req->dist, d->number);
	struct mend *m = repair_first_sized(d->r, en->size, en->sum);

	for (; m != NULL; m = repair_next_sized(d->r, m)) {
		if (!is_it(d, m, en, sha))
			continue;
		m->source = SOURCE_PACKAGE;
		m->package = d->number;
		m->entry = en;
		m->len = (size_t)en->size;
		m->item.source = arena_printf(d->r->a, "package %s %s of '%s'%s", d->package->pkg,
					      d->package->version, dp->origin,
					      m->has_sha ? "" : " (by its sum)");
		m->has_sha = true; /* from now on it is known */
		m->sha = *sha;
	}
}

/* ---- reading and writing */

static int write_all(int fd, const char *bytes, size_t len, struct error *e)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot write to the stage");
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Once into a file for the first that wants it; the others are linked later as copies. */
static int read_entry(struct reading *d, struct payload *p, int fd, struct sha256 *ret,
		      struct error *e)
{
	const void *bytes;
	size_t len;
	int rc;

	digest_reset(d->digest);
	while ((rc = payload_read(p, &bytes, &len, e)) > 0) {
		digest_add(d->digest, bytes, len);
		rc = fd >= 0 ? write_all(fd, bytes, len, e) : 0;
		if (rc == 0)
			rc = signals_check(e);
		if (rc < 0)
			return rc;
	}
	if (rc == 0)
		digest_finish(d->digest, ret, NULL);
	return rc;
}

static int take_entry(struct reading *d, struct payload *p, const struct entry *en,
		      struct error *e)
{
	struct mend *m = repair_first_sized(d->r, en->size, en->sum), *first = NULL;
	struct sha256 sha;
	AUTO_FD int fd = -EBADF;
	int rc = 0;

	for (; d->into != NULL && m != NULL; m = repair_next_sized(d->r, m)) {
		if (!is_source_of(m, en))
			continue;
		if (first == NULL) {
			first = m;
		} else { /* a second path of the same contents */
			m->source = SOURCE_TREE;
			m->tree = d->into;
			m->from = first->real;
		}
	}
	if (first != NULL)
		rc = tree_create(d->into, first->real, &fd, e);
	if (rc == 0)
		rc = read_entry(d, p, fd, &sha, e);
	if (rc == 0 && d->into == NULL)
		found(d, en, &sha);
	return rc;
}

/* A package that is damaged in another place can still help: the digest decides. */
static void tolerate(const struct package *p, const struct entry *en, enum payload_fault fault,
		     const char *name, void *ctx)
{
	(void)p;
	(void)en;
	(void)fault;
	(void)name;
	(void)ctx;
}

static int read_package(struct reading *d, struct error *e)
{
	const struct medium *medium = d->package->medium;
	bool *only = arena_calloc(d->r->a, medium_count(medium) + 1, sizeof(*only));
	const struct entry *en;
	struct payload *p;
	size_t index;
	int rc;

	only[d->package->index] = true;
	rc = payload_open(medium, only, &p, e);
	if (rc < 0)
		return rc;
	payload_tolerate(p, tolerate, NULL);
	rc = payload_next_package(p, &index, e);
	while (rc > 0 && (rc = payload_next(p, &en, e)) > 0)
		if (may_be_wanted(d, en)) {
			rc = take_entry(d, p, en, e);
			rc = rc < 0 ? rc : 1;
		}
	payload_close(p);
	return rc < 0 ? error_prefix(e, "package '%s'", d->package->pkg) : 0;
}

static bool any_left(const struct repair *r)
{
	size_t i;

	for (i = 0; i < r->mends.n; i++)
		if (open_to_packages(&r->mends.v[i]))
			return true;
	return false;
}

int repair_from_packages(struct repair *r, struct tree *into, struct error *e)
{
	struct reading d = { .r = r, .into = into };
	size_t n = r->req->dist != NULL ? dist_count(r->req->dist) : 0;
	int rc = 0;

	if (n == 0)
		return 0;
	d.digest = digest_new();
	for (d.number = 0; rc == 0 && d.number < n && (into != NULL || any_left(r)); d.number++) {
		d.package = dist_package(r->req->dist, d.number)->package;
		if (package_may_help(&d, d.package))
			rc = read_package(&d, e);
	}
	digest_free(d.digest);
	return rc;
}
