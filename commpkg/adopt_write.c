/* The rows of a root that is taken over, and the moment. */
#include "adopt_read.h"

#include <stdlib.h>

#include "commit.h"
#include "contents.h"
#include "history_words.h"
#include "pkgdb/svr4view.h"

#define DIFFERENCES_MAX 1000u	/* noted in the history */

struct writing {
	struct adopt *d;
	struct session *s;
	int64_t n;
};

/* ---- packages */

static const char *param(const struct adopt_package *p, const char *name)
{
	const char *value = pkginfo_get(&p->params, name);

	return value != NULL ? value : "";
}

static int add_package(struct writing *w, struct adopt_package *p, struct error *e)
{
	const char *base = pkginfo_get(&p->params, "BASEDIR");
	struct pkgdb_package row = {
		.instance = p->instance, .pkg = p->pkg, .title = param(p, "NAME"),
		.arch = param(p, "ARCH"), .version = param(p, "VERSION"),
		.category = param(p, "CATEGORY"),
		.basedir = base != NULL && base[0] == '/' ? base : NULL,
		.added = w->n, .manual = true, .state = p->state,
	};
	int rc = pkgdb_package_add(w->s->db, &row, &p->params, p->files, p->nfiles, e);

	p->id = row.id;
	p->first = row.first;
	return rc;
}

/* ---- files */

/* One owner of one path. */
struct claim {
	size_t package;		/* index */
	size_t entry, owner;
	int64_t arrival;
};

static int claim_order(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	if (x->package != y->package)
		return x->package < y->package ? -1 : 1;
	return (x->entry > y->entry) - (x->entry < y->entry);
}

/* A path's packages stand in order of arrival. Mostly that is the order of their rows; where
 * it is not (an older instance came to the path later), the row says so itself. */
static void claim_entry(struct adopt *d, size_t i, struct claim *v)
{
	const struct filedb_entry *en = &d->db.v[i];
	int64_t last = 0, last_id = 0;
	size_t k;

	for (k = 0; k < en->nowners; k++) {
		const struct adopt_package *p = strmap_find(d->by_instance,
							    en->owners[k].instance);
		int64_t arrival = p->first;

		if (arrival < last || (arrival == last && p->id < last_id))
			arrival = last + (p->id < last_id);
		v[k] = (struct claim){ .package = (size_t)(p - d->packages), .entry = i,
				       .owner = k, .arrival = arrival };
		last = arrival;
		last_id = p->id;
	}
}

static struct claim *claims_of(struct adopt *d, size_t *ret_n)
{
	struct claim *v;
	size_t i, n = 0;

	for (i = 0; i < d->db.n; i++)
		n += d->db.v[i].nowners;
	v = arena_calloc(d->a, n + 1, sizeof(*v));
	for (i = 0, n = 0; i < d->db.n; i++) {
		claim_entry(d, i, v + n);
		n += d->db.v[i].nowners;
	}
	if (n > 0)
		qsort(v, n, sizeof(*v), claim_order);
	*ret_n = n;
	return v;
}

/* ---- pristine configuration */

/* The text that has the recorded size and sum: 1, or 0. */
static int try_text(struct adopt *d, const struct filedb_entry *en, const char *path,
		    const char **ret, size_t *ret_len, struct sha256 *ret_sha)
{
	struct tree *t = d->root->tree;
	struct sha256 sha, again;
	struct rpath p;
	uint32_t sum;
	char *text;
	size_t len;

	if (rpath_parse(d->a, path, &p, NULL) < 0 ||
	    contents_digest(t, p, &sha, &sum, NULL) < 0 || sum != en->sum ||
	    tree_read(t, d->a, p, INFOFILE_MAX_BYTES, &text, &len, NULL) < 0 || len != en->size)
		return 0;
	sha256_of(text, len, &again);
	if (!sha256_equal(&sha, &again))
		return 0;
	*ret = text;
	*ret_len = len;
	*ret_sha = sha;
	return 1;
}

static int try_pspool(struct adopt *d, const struct filedb_entry *en, const char **ret,
		      size_t *ret_len, struct sha256 *ret_sha)
{
	const char *inst = en->owners[en->nowners - 1].instance, *base;
	const struct adopt_package *p = strmap_find(d->by_instance, inst);
	size_t n;

	base = param(p, "BASEDIR");
	base += strspn(base, "/");
	n = strlen(base);
	while (n > 0 && base[n - 1] == '/')
		n--;
	if (strncmp(en->path, base, n) == 0 && (n == 0 || en->path[n] == '/') &&
	    try_text(d, en, arena_printf(d->a, "var/sadm/pkg/%s/save/pspool/%s/reloc/%s", inst,
					 inst, en->path + n + (n > 0)), ret, ret_len,
		     ret_sha) > 0)
		return 1;
	return try_text(d, en, arena_printf(d->a, "var/sadm/pkg/%s/save/pspool/%s/root/%s", inst,
					    inst, en->path), ret, ret_len, ret_sha);
}

/* What the administrator has not edited is its own pristine text; of what was edited, SVR4
 * keeps the packaged one in save/pspool. */
static int note_pristine(struct writing *w, size_t i, struct error *e)
{
	struct adopt *d = w->d;
	const struct filedb_entry *en = &d->db.v[i];
	const char *text;
	struct sha256 sha;
	size_t len;

	if ((en->ftype != 'e' && en->ftype != 'v') || !en->has_content ||
	    (en->ftype == 'v' && d->seen[i].known))
		return 0;
	if (d->seen[i].known ? try_text(d, en, en->path, &text, &len, &sha) == 0 :
			       try_pspool(d, en, &text, &len, &sha) == 0)
		return 0;
	d->seen[i] = (struct seen){ .known = true, .sha256 = sha };
	return en->ftype == 'e' ? pkgdb_pristine_set(w->s->db, en->path, text, len, e) : 0;
}

/* ---- rows */

static int add_file(struct writing *w, const struct claim *c, struct error *e)
{
	const struct adopt *d = w->d;
	const struct filedb_entry *en = &d->db.v[c->entry];
	const struct filedb_owner *o = &en->owners[c->owner];
	bool payload = ftype_has_payload(en->ftype);
	struct pkgdb_file f = {
		.package = d->packages[c->package].id, .path = en->path, .ftype = en->ftype,
		.class = o->class, .target = en->target, .major = en->major, .minor = en->minor,
		.mode = en->mode, .owner = en->owner, .group = en->group, .size = en->size,
		.sum = en->sum, .mtime = en->mtime,
		.content_unknown = payload && !en->has_content,
		.has_sha256 = payload && d->seen[c->entry].known,
		.sha256 = d->seen[c->entry].sha256, .status = o->status,
		.arrival = c->arrival, .ruling = c->owner + 1 == en->nowners, .added = w->n,
	};

	return pkgdb_file_add(w->s->db, &f, e);
}

static int add_rows(struct writing *w, struct error *e)
{
	struct claim *v;
	size_t i, n;
	int rc = 0;

	for (i = 0; rc == 0 && i < w->d->npackages; i++)
		rc = add_package(w, &w->d->packages[i], e);
	for (i = 0; rc == 0 && i < w->d->db.n; i++)
		rc = note_pristine(w, i, e);
	v = claims_of(w->d, &n);
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_file(w, &v[i], e);
	return rc;
}

/* ---- history */

static int add_notes(struct writing *w, struct error *e)
{
	const struct verify_result *found = &w->d->found;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < w->d->notes.n; i++)
		rc = txn_note_add(w->s->db, w->n, "adopt", "", w->d->notes.v[i], e);
	for (i = 0; rc == 0 && i < found->n && i < DIFFERENCES_MAX; i++)
		rc = txn_note_add(w->s->db, w->n, "difference", found->v[i].path,
				  verify_kind_name(found->v[i].kind), e);
	return rc;
}

static int add_txn(struct writing *w, const struct stagedir *stage, struct error *e)
{
	struct adopt *d = w->d;
	struct txn t = {
		.n = w->n, .state = TXN_SEALED, .verb = "adopt", .command = d->req->command,
		.who = history_caller(d->a), .started = history_now(), .sealed = history_now(),
		.keeps = true, .stage = stage->name,
		.summary = arena_printf(d->a, "adopt %zu packages, %zu paths", d->npackages,
					d->db.n),
	};

	return txn_add(w->s->db, &t, e);
}

/* Without the closing comment lines, of which ours name another program and time. */
static size_t body_len(const char *text, size_t len)
{
	while (len > 0 && text[len - 1] == '\n') {
		const char *nl = memrchr(text, '\n', len - 1);
		size_t last = nl != NULL ? (size_t)(nl - text) + 1 : 0;

		if (text[last] != '#')
			break;
		len = last;
	}
	return len;
}

/* Where the file is what the rows say, the next transaction merges into it; else it writes the
 * whole anew. Either way this one leaves it alone. */
static int note_view(struct writing *w, bool *ret_same, struct error *e)
{
	const struct adopt *d = w->d;
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	char hex[SHA256_HEX_SIZE];
	struct sha256 sha;
	size_t len = body_len(d->bytes, d->len), ours;
	int rc = svr4view_contents(w->s->db, "commpkg", "no", 0, &text, e);

	if (rc < 0)
		return rc;
	ours = body_len(strbuf_str(&text), text.len);
	*ret_same = ours == len && memcmp(strbuf_str(&text), d->bytes, len) == 0;
	sha256_of(d->bytes, d->len, &sha);
	sha256_hex(&sha, hex);
	return pkgdb_setting_set(w->s->db, SVR4VIEW_DIGEST, *ret_same ? hex : NULL, e);
}

/* The record may have changed since it was read. */
static int check_still(const struct adopt *d, const struct session *s, struct error *e)
{
	char *bytes;
	size_t len;
	int rc = adopt_contents(d->a, s->root, &bytes, &len, e);

	if (rc < 0 || (len == d->len && memcmp(bytes, d->bytes, len) == 0))
		return rc;
	(void)error_set(e, E_STALE, "contents changed while it was being read");
	return error_hint(e, "type the same again when no other tool is at work");
}

int adopt_write(struct adopt *d, struct session *s, struct stagedir *stage, int64_t *ret_txn,
		bool *ret_same_view, struct error *e)
{
	const struct stagedir_place place = { .root = s->root, .state = s->state, .db = s->db };
	struct writing w = { .d = d, .s = s };
	int rc = txn_next(s->db, &w.n, e);

	if (rc == 0)
		rc = stagedir_make(d->a, &place, w.n, stage, e);
	if (rc == 0)
		rc = pkgdb_begin(s->db, e);
	if (rc < 0)
		return rc;
	rc = add_rows(&w, e);
	if (rc == 0)
		rc = note_view(&w, ret_same_view, e);
	if (rc == 0)
		rc = add_txn(&w, stage, e);
	if (rc == 0)
		rc = add_notes(&w, e);
	if (rc == 0)
		rc = tree_sync(stage->new, e);
	if (rc == 0)
		rc = check_still(d, s, e);
	if (rc < 0)
		pkgdb_abort(s->db);
	else
		rc = commit_moment(s->db, w.n, TXN_SEALED, stage->new, e);
	*ret_txn = w.n;
	return rc < 0 ? error_prefix(e, "taking over '%s'", s->root->path) : 0;
}
