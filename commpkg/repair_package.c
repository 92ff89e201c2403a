/*
 * Contents from packages: the distribution and files that were given. What could be wanted is
 * told by size and sum, which pkgmap has; what is, by the digest, while it streams through.
 */
#include <errno.h>
#include <unistd.h>

#include "contents.h"
#include "formats/cleanup.h"
#include "repair_look.h"
#include "take.h"

struct reading {
	struct repair *r;
	struct tree *into;		/* NULL: only looked at */
	struct digest *digest;
	size_t number;			/* of the package in the distribution */
	const struct package *package;
	bool nameless;			/* some are known by size and sum alone */
};

/* ---- which entries */

static bool open_to_packages(const struct mend *m)
{
	return m->needs && m->source == SOURCE_NONE && m->item.kind == REPAIR_PUT;
}

static const char *entry_key(char room[48], size_t number, const struct package *p,
			     const struct entry *en)
{
	(void)snprintf(room, 48, "%zu %zu", number, (size_t)(en - p->map.entries));
	return room;
}

/* The first of those whose contents come from that entry, or NULL. */
static struct mend *first_from(const struct reading *d, const struct entry *en)
{
	char room[48];
	size_t i = (size_t)strmap_find(d->r->entries,
				       entry_key(room, d->number, d->package, en));

	return i > 0 ? &d->r->mends.v[i - 1] : NULL;
}

static bool may_be_wanted(const struct reading *d, const struct entry *en)
{
	if (en->ftype == 'i' || !ftype_has_payload(en->ftype) || !en->has_content)
		return false;
	return d->into != NULL ? first_from(d, en) != NULL :
				 repair_needs_size(d->r, en->size, en->sum);
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

static void comes_from(const struct reading *d, struct mend *m, const struct entry *en,
		       const char *how)
{
	const struct dist_package *dp = dist_package(d->r->req->dist, d->number);
	char room[48];
	const char *key = arena_strdup(d->r->a, entry_key(room, d->number, d->package, en));

	m->source = SOURCE_PACKAGE;
	m->package = d->number;
	m->entry = en;
	m->len = (size_t)en->size;
	m->item.source = arena_printf(d->r->a, "package %s %s of '%s'%s", d->package->pkg,
				      d->package->version, dp->origin, how);
	m->next_from = (size_t)strmap_put(d->r->entries, key,
					  (void *)(size_t)(m - d->r->mends.v + 1));
}

/* Those that were damaged before their digest was known have it from now on. */
static void found_by_sum(const struct reading *d, const struct entry *en,
			 const struct sha256 *sha)
{
	size_t i;

	for (i = 0; i < d->r->mends.n; i++) {
		struct mend *m = &d->r->mends.v[i];

		if (!open_to_packages(m) || m->has_sha || !m->row->content ||
		    m->row->size != en->size || m->row->sum != en->sum ||
		    !is_same_entry(d->r, m, d->package, en))
			continue;
		comes_from(d, m, en, " (by its sum)");
		m->has_sha = true;
		m->sha = *sha;
	}
}

static void found(const struct reading *d, const struct entry *en, const struct sha256 *sha)
{
	struct mend *m;

	for (m = repair_first_same(d->r, sha); m != NULL; m = repair_next_same(d->r, m))
		if (open_to_packages(m))
			comes_from(d, m, en, "");
	if (d->nameless)
		found_by_sum(d, en, sha);
}

/* ---- reading and writing */

static int take_entry(struct reading *d, struct payload *p, const struct entry *en,
		      struct error *e)
{
	struct mend *first = d->into != NULL ? first_from(d, en) : NULL;
	size_t next = first != NULL ? first->next_from : 0;
	struct sha256 sha;
	AUTO_FD int fd = -EBADF;
	int rc = 0;

	while (next > 0) { /* further paths of it are copies */
		struct mend *m = &d->r->mends.v[next - 1];

		next = m->next_from;
		m->source = SOURCE_TREE;
		m->tree = d->into;
		m->from = first->real;
	}
	if (first != NULL)
		rc = tree_create(d->into, first->real, &fd, e); /* once; others are copies */
	if (rc == 0)
		rc = contents_payload(p, d->digest, fd, &sha, e);
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

static bool any_left(struct reading *d)
{
	bool any = false;
	size_t i;

	d->nameless = false;
	for (i = 0; i < d->r->mends.n; i++) {
		any = any || open_to_packages(&d->r->mends.v[i]);
		d->nameless = d->nameless || (open_to_packages(&d->r->mends.v[i]) &&
					      !d->r->mends.v[i].has_sha);
	}
	return any;
}

/* Of a catalog only what was installed from such a package is opened, not all there is. */
static bool may_be_taken(const struct reading *d, const struct package *p)
{
	size_t i;

	for (i = 0; i < d->r->mends.n; i++) {
		const struct mend *m = &d->r->mends.v[i];

		if (m->needs && m->item.kind == REPAIR_PUT && m->row->instance != NULL &&
		    str_has_prefix(m->row->instance, p->pkg))
			return true;
	}
	return false;
}

/* The package of that number, with its files; NULL: of no use here. Whose the catalog is nobody has
 * looked at, so its contents count by the digest of what was installed alone. */
static int choose_package(struct reading *d, struct error *e)
{
	const struct package *p = dist_package(d->r->req->dist, d->number)->package;

	d->package = p;
	if (take_published(d->r->req->dist, p) == NULL)
		return 0;
	d->nameless = false;
	d->package = NULL;
	return may_be_taken(d, p) ? take_package(d->r->req->dist, p, &d->package, e) : 0;
}

int repair_from_packages(struct repair *r, struct tree *into, struct error *e)
{
	struct reading d = { .r = r, .into = into };
	size_t n = r->req->dist != NULL ? dist_count(r->req->dist) : 0;
	int rc = 0;

	if (n == 0)
		return 0;
	d.digest = digest_new();
	for (d.number = 0; rc == 0 && d.number < n && (into != NULL || any_left(&d)); d.number++) {
		rc = choose_package(&d, e);
		if (rc == 0 && d.package != NULL && package_may_help(&d, d.package))
			rc = read_package(&d, e);
	}
	digest_free(d.digest);
	return rc;
}
