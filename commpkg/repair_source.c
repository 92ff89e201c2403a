/* Where contents come from: by their digest. */
#include <errno.h>

#include "contents.h"
#include "formats/cleanup.h"
#include "repair_look.h"
#include "signals.h"

/* ---- copies in trees of the root */

/* 1: the regular file there has the contents wanted; 0: it is not there, or has others. */
static int try_tree(struct repair *r, struct mend *m, struct tree *t, const char *path,
		    struct error *e)
{
	struct sha256 sha;
	struct rpath p;
	struct stat st;

	if (t == NULL || rpath_parse(r->a, path, &p, NULL) < 0 ||
	    tree_stat(t, p, &st, NULL) < 0 || !S_ISREG(st.st_mode) ||
	    (m->row->content && (uint64_t)st.st_size != m->row->size) ||
	    contents_digest(t, p, &sha, NULL, NULL) < 0 || !sha256_equal(&sha, &m->sha))
		return 0;
	m->source = SOURCE_TREE;
	m->tree = t;
	m->from = p;
	m->len = (size_t)st.st_size;
	return signals_check(e) < 0 ? -E_INTERRUPTED : 1;
}

/* Every store that is kept, the newest first; what can't be opened is passed over. */
static int open_stores(struct repair *r, struct error *e)
{
	struct session *s = r->session;
	struct txn *all;
	size_t n, i;
	int rc = txn_list(r->session->db, r->a, &all, &n, e);

	for (i = n; rc == 0 && i-- > 0;) {
		const char *name = arena_printf(r->a, "undo/%lld", (long long)all[i].n);
		struct tree *t = NULL;
		struct volumes vs;

		if (!all[i].keeps || all[i].state == TXN_REVERSED)
			continue;
		if (volumes_open_txn(r->a, s->root, s->state, s->db, all[i].n, &vs, NULL) == 0 &&
		    volumes_tree_below(&vs, name, "old", 0, &t, NULL) == 0)
			*VEC_PUSH(&r->stores) = t;
		volumes_close(&vs);
	}
	return rc;
}

static int from_stores(struct repair *r, struct mend *m, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->stores.n; i++) {
		rc = try_tree(r, m, r->stores.v[i], rpath_str(m->real), e);
		if (rc == 0 && !str_eq(rpath_str(m->real), rpath_str(m->client)))
			rc = try_tree(r, m, r->stores.v[i], rpath_str(m->client), e);
	}
	if (rc > 0)
		m->item.source = "what an earlier transaction replaced (undo store)";
	return rc;
}

/* save/pspool/INST/reloc/..., below BASEDIR, or root/... */
static int from_pspool(struct repair *r, struct mend *m, struct error *e)
{
	const char *inst = m->row->instance, *client = rpath_str(m->client), *base = "";
	struct pkgdb_package p;
	size_t n;
	int rc = pkgdb_package_find(r->session->db, r->a, inst, PKGDB_NOW, &p, e);

	if (rc < 0)
		return rc;
	if (rc > 0 && p.basedir != NULL)
		base = p.basedir + strspn(p.basedir, "/");
	n = strlen(base);
	while (n > 0 && base[n - 1] == '/')
		n--;
	rc = 0;
	if (strncmp(client, base, n) == 0 && (n == 0 || client[n] == '/'))
		rc = try_tree(r, m, r->root,
			      arena_printf(r->a, "var/sadm/pkg/%s/save/pspool/%s/reloc/%s", inst,
					   inst, client + n + (n > 0)), e);
	if (rc == 0)
		rc = try_tree(r, m, r->root,
			      arena_printf(r->a, "var/sadm/pkg/%s/save/pspool/%s/root/%s", inst,
					   inst, client), e);
	if (rc > 0)
		m->item.source = "the package's copy in save/pspool";
	return rc;
}

static int from_pristine(struct repair *r, struct mend *m, struct error *e)
{
	struct sha256 sha;
	const char *text;
	size_t len;
	int rc = pkgdb_pristine_get(r->session->db, r->a, rpath_str(m->client), &text, &len, e);

	if (rc <= 0)
		return rc;
	sha256_of(text, len, &sha);
	if (!sha256_equal(&sha, &m->sha))
		return 0;
	m->source = SOURCE_TEXT;
	m->bytes = text;
	m->len = len;
	m->item.source = "the pristine text in the database";
	return 1;
}

/* ---- the same contents elsewhere in the root */

struct elsewhere {
	struct repair *r;
	const char *last;	/* the path before: only the ruling row counts */
};

/* One place will do for all that want its contents. */
static int give_all(struct repair *r, const struct pkgdb_file *f, const char *path,
		    struct error *e)
{
	struct mend *m = repair_first_same(r, &f->sha256);
	int rc = 0;

	for (; rc >= 0 && m != NULL; m = repair_next_same(r, m)) {
		if (m->source != SOURCE_NONE)
			continue;
		rc = try_tree(r, m, r->root, path, e);
		if (rc > 0)
			m->item.source = arena_printf(r->a, "the same contents at /%s", path);
	}
	return rc < 0 ? rc : 0;
}

static int look_elsewhere(const struct pkgdb_file *f, void *ctx, struct error *e)
{
	struct elsewhere *x = ctx;
	struct rpath client, real;

	if (!f->has_sha256 || f->content_unknown ||
	    !repair_needs_size(x->r, f->size, f->sum) ||
	    (x->last != NULL && str_eq(x->last, f->path)))
		return 0;
	x->last = arena_strdup(x->r->a, f->path);
	if (rpath_parse(x->r->a, f->path, &client, NULL) < 0 ||
	    tree_canonical(x->r->root, x->r->a, client, &real, NULL) < 0 ||
	    repair_find(x->r, rpath_str(real)) != NULL)
		return 0; /* damaged itself */
	return give_all(x->r, f, rpath_str(real), e);
}

static int from_elsewhere(struct repair *r, struct error *e)
{
	struct elsewhere x = { .r = r };

	return strmap_count(r->sizes) > 0 ?
	       pkgdb_walk(r->session->db, PKGDB_NOW, look_elsewhere, &x, e) : 0;
}

/* ---- who needs what */

static const char *size_key(char room[48], uint64_t size, uint32_t sum)
{
	(void)snprintf(room, 48, "%llu %u", (unsigned long long)size, sum);
	return room;
}

/* Sizes of what scripts made are not recorded: no package has it. */
static void index_needs(struct repair *r)
{
	char room[48], hex[SHA256_HEX_SIZE];
	const char *key;
	size_t i;

	for (i = 0; i < r->mends.n; i++) {
		struct mend *m = &r->mends.v[i];

		if (!m->needs || m->item.kind != REPAIR_PUT || !m->row->content)
			continue;
		key = size_key(room, m->row->size, m->row->sum);
		if (strmap_find(r->sizes, key) == NULL) {
			key = arena_strdup(r->a, key);
			(void)strmap_put(r->sizes, key, (void *)key);
		}
		if (!m->has_sha)
			continue;
		sha256_hex(&m->sha, hex);
		m->next_same = (size_t)strmap_put(r->digests, arena_strdup(r->a, hex),
						  (void *)(i + 1));
	}
}

bool repair_needs_size(const struct repair *r, uint64_t size, uint32_t sum)
{
	char room[48];

	return strmap_find(r->sizes, size_key(room, size, sum)) != NULL;
}

struct mend *repair_first_same(const struct repair *r, const struct sha256 *sha)
{
	char hex[SHA256_HEX_SIZE];
	size_t i;

	sha256_hex(sha, hex);
	i = (size_t)strmap_find(r->digests, hex);
	return i > 0 ? &r->mends.v[i - 1] : NULL;
}

struct mend *repair_next_same(const struct repair *r, const struct mend *m)
{
	return m->next_same > 0 ? &r->mends.v[m->next_same - 1] : NULL;
}

/* ---- in order */

static int from_root(struct repair *r, struct mend *m, struct error *e)
{
	bool editable = m->ftype == 'e' || m->ftype == 'v'; /* of others no copies are kept */
	int rc = from_stores(r, m, e);

	if (rc == 0 && editable && m->row->instance != NULL)
		rc = from_pspool(r, m, e);
	if (rc == 0 && editable)
		rc = from_pristine(r, m, e);
	return rc < 0 ? rc : 0;
}

static const char *version_of(struct repair *r, const struct mend *m, const char **ret_pkg)
{
	struct pkgdb_package p;

	if (m->row->instance == NULL ||
	    pkgdb_package_find(r->session->db, r->a, m->row->instance, PKGDB_NOW, &p, NULL) <= 0)
		return NULL;
	*ret_pkg = p.pkg;
	return p.version;
}

static void no_source(struct repair *r, struct mend *m)
{
	const char *pkg = "", *version = version_of(r, m, &pkg);
	const char *root = root_option(r->a, r->session->root);

	if (m->row->script != NULL && m->row->digest) {
		mend_cannot(m, arena_printf(r->a, "%s of %s made its contents, and no copy of "
					    "them is kept", m->row->script, m->row->instance),
			    arena_printf(r->a, "run the script again: commpkg install --reinstall "
					 "%s%s", m->row->instance, root));
		return;
	}
	if (version == NULL) {
		mend_cannot(m, "no copy of its contents is kept", "put it back from a backup");
		return;
	}
	mend_cannot(m, "no copy of its contents is kept, and none was given",
		    arena_printf(r->a, "with package %s %s: commpkg repair%s ./%s-%s.pkg (or "
				 "--distro PATH of a distribution that has it)", pkg, version,
				 root, pkg, version));
}

int repair_sources(struct repair *r, struct error *e)
{
	size_t i;
	int rc = open_stores(r, e);

	index_needs(r);
	for (i = 0; rc == 0 && i < r->mends.n; i++) {
		struct mend *m = &r->mends.v[i];

		if (m->needs && m->source == SOURCE_NONE && m->has_sha &&
		    m->item.kind == REPAIR_PUT)
			rc = from_root(r, m, e);
	}
	if (rc == 0)
		rc = from_elsewhere(r, e);
	if (rc == 0)
		rc = repair_from_packages(r, NULL, e);
	for (i = 0; rc == 0 && i < r->mends.n; i++) {
		struct mend *m = &r->mends.v[i];

		if (m->needs && m->source == SOURCE_NONE && m->item.kind == REPAIR_PUT)
			no_source(r, m);
	}
	return rc;
}
