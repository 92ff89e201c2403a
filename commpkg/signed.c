#include "signed.h"

#include <errno.h>

#include "builtin.h"
#include "contents.h"
#include "formats/medium.h"
#include "mapping.h"
#include "requests.h"
#include "undo.h"

struct comparing {
	const struct signed_check *s;
	struct arena *a;	/* of the result */
	const struct pkgdb_package *installed;
	const struct package *package;
	struct pkginfo params;	/* recorded */
	struct strmap *registered; /* path -> what was said of it, of this instance */
	struct mapping map;
	struct pkgdb_file *rows;
	size_t nrows;
	struct strmap *by_path;	/* of rows */
	const struct pkgdb_file **row_of; /* by entry of the package's map, or NULL */
	VEC(struct signed_difference) found;
};

static struct signed_difference *differs(struct comparing *c, const char *what, const char *kind,
					 const char *recorded, const char *packaged)
{
	const char *by = what[0] == '/' ? strmap_find(c->registered, what + 1) : NULL;
	struct signed_difference *d = VEC_PUSH(&c->found);

	*d = (struct signed_difference){
		.what = what, .kind = kind, .recorded = recorded, .packaged = packaged, .by = by,
		.allowed = by != NULL,
	};
	return d;
}

/* What is in a file nobody may change unseen. */
static void of_content(struct signed_difference *d)
{
	d->allowed = false;
}

/* ---- pkginfo */

/* Request and checkinstall choose values; without them nobody does. */
static void compare_params(struct comparing *c)
{
	const struct pkginfo *packaged = &c->package->info;
	bool chooses = package_infofile(c->package, "request") != NULL ||
		       package_infofile(c->package, "checkinstall") != NULL;
	size_t i;

	for (i = 0; i < packaged->n; i++) {
		const char *name = packaged->params[i].name;
		const char *recorded = pkginfo_get(&c->params, name);
		struct signed_difference *d;

		if (recorded == NULL || str_eq(recorded, pkginfo_get(packaged, name)))
			continue;
		d = differs(c, arena_printf(c->a, "pkginfo %s", name), "value", recorded,
			    pkginfo_get(packaged, name));
		d->allowed = chooses || !str_eq(name, "CLASSES");
	}
}

/* ---- what pkgmap says */

static void compare_text(struct comparing *c, const char *what, const char *kind,
			 const char *recorded, const char *packaged)
{
	if (!str_eq(recorded != NULL ? recorded : "?", packaged != NULL ? packaged : "?"))
		differs(c, what, kind, recorded != NULL ? recorded : "?",
			packaged != NULL ? packaged : "?");
}

/* A package may leave it open ('?', or none for links): then it is as it was found. */
static void compare_mode(struct comparing *c, const char *what, const struct pkgdb_file *row,
			 const struct entry *en)
{
	struct signed_difference *d;

	if (en->mode == MODE_UNSET || row->mode == en->mode)
		return;
	d = differs(c, what, "mode", arena_printf(c->a, "%04o", row->mode),
		    arena_printf(c->a, "%04o", en->mode));
	d->allowed = d->allowed || row->mode == (en->mode & ~06000u);
}

static void compare_contents(struct comparing *c, const char *what, const struct pkgdb_file *row,
			     const struct entry *en)
{
	const char *size = "?";

	if (!ftype_has_payload(en->ftype) || !en->has_content)
		return;
	if (!row->content_unknown)
		size = arena_printf(c->a, "%llu", (unsigned long long)row->size);
	if (row->content_unknown || row->size != en->size)
		of_content(differs(c, what, "size", size,
				   arena_printf(c->a, "%llu", (unsigned long long)en->size)));
	else if (row->sum != en->sum)
		of_content(differs(c, what, "sum", arena_printf(c->a, "%u", row->sum),
				   arena_printf(c->a, "%u", en->sum)));
}

static void compare_object(struct comparing *c, const struct mapped *m,
			   const struct pkgdb_file *row)
{
	const struct entry *en = m->entry;
	const char *what = arena_printf(c->a, "/%s", rpath_str(m->path));

	if (row->ftype != en->ftype) {
		differs(c, what, "type", arena_printf(c->a, "%c", row->ftype),
			arena_printf(c->a, "%c", en->ftype));
		return;
	}
	compare_text(c, what, "class", row->class, en->class);
	if (en->ftype == 's' || en->ftype == 'l') {
		compare_text(c, what, "target", row->target, m->target);
		return;
	}
	compare_mode(c, what, row, en);
	if (m->owner != NULL)
		compare_text(c, what, "owner", row->owner, m->owner);
	if (m->group != NULL)
		compare_text(c, what, "group", row->group, m->group);
	if ((en->ftype == 'b' || en->ftype == 'c') &&
	    (row->major != en->major || row->minor != en->minor))
		differs(c, what, "device", arena_printf(c->a, "%u,%u", row->major, row->minor),
			arena_printf(c->a, "%u,%u", en->major, en->minor));
	compare_contents(c, what, row, en);
}

static void compare_map(struct comparing *c)
{
	struct strmap *mapped = strmap_new(c->map.n);
	size_t i;

	for (i = 0; i < c->map.n; i++) {
		const struct mapped *m = &c->map.v[i];
		const struct pkgdb_file *row = strmap_find(c->by_path, rpath_str(m->path));

		(void)strmap_put(mapped, rpath_str(m->path), (void *)m);
		if (row == NULL) {
			differs(c, arena_printf(c->a, "/%s", rpath_str(m->path)), "missing", NULL,
				arena_printf(c->a, "%c", m->entry->ftype));
			continue;
		}
		c->row_of[m->entry - c->package->map.entries] = row;
		compare_object(c, m, row);
	}
	for (i = 0; i < c->nrows; i++)
		if (strmap_find(mapped, c->rows[i].path) == NULL)
			differs(c, arena_printf(c->a, "/%s", c->rows[i].path), "added",
				arena_printf(c->a, "%c", c->rows[i].ftype), NULL);
	strmap_free(mapped);
}

/* ---- install/ */

static void compare_infofile(struct comparing *c, const struct infofile *recorded)
{
	const struct infofile *packaged = package_infofile(c->package, recorded->name);
	const char *what = arena_printf(c->a, "install/%s", recorded->name);
	char is[SHA256_HEX_SIZE], was[SHA256_HEX_SIZE];
	struct sha256 sha;

	sha256_of(recorded->bytes, recorded->len, &sha);
	sha256_hex(&sha, is);
	if (packaged == NULL) {
		differs(c, what, "added", arena_strdup(c->a, is), NULL);
		return;
	}
	if (recorded->len == packaged->len &&
	    memcmp(recorded->bytes, packaged->bytes, packaged->len) == 0)
		return;
	sha256_of(packaged->bytes, packaged->len, &sha);
	sha256_hex(&sha, was);
	differs(c, what, "content", arena_strdup(c->a, is), arena_strdup(c->a, was));
}

/* A root that was taken over has only some of them. */
static bool was_adopted(const struct comparing *c)
{
	for (size_t i = 0; i < c->s->nin_force; i++)
		if (c->s->in_force[i]->n == c->installed->added)
			return str_eq(c->s->in_force[i]->verb, "adopt");
	return false;
}

static bool is_among(const struct infofile *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i].name, name))
			return true;
	return false;
}

static int compare_infofiles(struct comparing *c, struct error *e)
{
	const struct package *p = c->package;
	struct infofile *v;
	size_t n, i;
	int rc = pkgdb_infofiles(c->s->db, c->a, c->installed->id, &v, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		compare_infofile(c, &v[i]);
	for (i = 0; rc == 0 && i < p->ninfofiles && !was_adopted(c); i++)
		if (!is_among(v, n, p->infofiles[i].name))
			differs(c, arena_printf(c->a, "install/%s", p->infofiles[i].name),
				"missing", NULL, "a file");
	return rc;
}

/* ---- contents */

static void content_differs(struct comparing *c, const struct pkgdb_file *row, const char *kind,
			    const struct sha256 *found, const struct sha256 *packaged)
{
	char is[SHA256_HEX_SIZE] = "?", was[SHA256_HEX_SIZE];

	if (found != NULL)
		sha256_hex(found, is);
	sha256_hex(packaged, was);
	of_content(differs(c, arena_printf(c->a, "/%s", row->path), kind, arena_strdup(c->a, is),
			   arena_strdup(c->a, was)));
}

/* Is what lies there another package's, or made by a script of its class? */
static int is_others(struct comparing *c, const struct pkgdb_file *row, const struct entry *en,
		     bool *ret, struct error *e)
{
	const char *script = arena_printf(c->a, "i.%s", en->class);
	struct pkgdb_file *owners;
	size_t n;
	int rc = 0;

	*ret = package_infofile(c->package, script) != NULL ||
	       builtin_class_script(c->a, script) != NULL;
	if (*ret || row->ruling)
		return 0;
	rc = pkgdb_owners(c->s->db, c->a, row->path, PKGDB_NOW, &owners, &n, e);
	*ret = rc == 0 && n > 1;
	return rc;
}

/* What is missing, or another type of thing, verify says. */
static int compare_live(struct comparing *c, const struct pkgdb_file *row, const struct entry *en,
			const struct sha256 *packaged, struct error *e)
{
	struct tree *t = c->s->root->tree;
	struct rpath client, real;
	struct sha256 live;
	struct stat st;
	bool others;
	int rc = is_others(c, row, en, &others, e);

	if (rc < 0 || others || rpath_parse(c->a, row->path, &client, NULL) < 0 ||
	    tree_canonical(t, c->a, client, &real, NULL) < 0 ||
	    tree_stat(t, real, &st, NULL) < 0 || !S_ISREG(st.st_mode))
		return rc;
	rc = contents_digest(t, real, &live, NULL, e);
	if (rc == 0 && !sha256_equal(&live, packaged))
		content_differs(c, row, "on-disk", &live, packaged);
	return rc;
}

/* Of an editable or volatile file what was packaged is recorded; what is there may be anything. */
static int compare_digest(struct comparing *c, const struct pkgdb_file *row,
			  const struct entry *en, const struct sha256 *packaged, struct error *e)
{
	if (row->has_sha256 && !sha256_equal(&row->sha256, packaged)) {
		content_differs(c, row, "content", &row->sha256, packaged);
		return 0;
	}
	return en->ftype == 'f' ? compare_live(c, row, en, packaged, e) : 0;
}

static int read_payload(struct comparing *c, struct payload *p, struct digest *d, struct error *e)
{
	const struct entry *en;
	struct sha256 sha;
	size_t index;
	int rc = payload_next_package(p, &index, e);

	if (rc <= 0)
		return rc;
	while ((rc = payload_next(p, &en, e)) > 0) {
		const struct pkgdb_file *row = c->row_of[en - c->package->map.entries];

		if (en->ftype == 'i' || row == NULL)
			continue;
		rc = contents_payload(p, d, -1, &sha, e);
		if (rc < 0)
			return rc;
		rc = compare_digest(c, row, en, &sha, e);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int compare_payload(struct comparing *c, struct error *e)
{
	const struct medium *medium = c->package->medium;
	bool *only = arena_calloc(c->a, medium_count(medium) + 1, sizeof(*only));
	struct digest *d;
	struct payload *p;
	int rc;

	only[c->package->index] = true;
	rc = payload_open(medium, only, &p, e);
	if (rc < 0)
		return rc;
	d = digest_new();
	rc = read_payload(c, p, d, e);
	digest_free(d);
	payload_close(p);
	return rc < 0 ? error_prefix(e, "package '%s'", c->package->pkg) : 0;
}

/* ---- one package */

/* What installf and removef said since the package came, for this instance of it. */
static int read_registered(struct comparing *c, const struct txn *t, struct error *e)
{
	const char *suffix = arena_printf(c->a, " for %s", c->installed->instance);
	struct txn_note *notes;
	size_t n, i;
	int rc = t->n < c->installed->added ? 0 :
		 txn_notes(c->s->db, c->a, t->n, &notes, &n, e);

	for (i = 0; rc == 0 && t->n >= c->installed->added && i < n; i++)
		if (str_eq(notes[i].kind, REGISTERED_NOTE) &&
		    str_has_suffix(notes[i].text, suffix))
			(void)strmap_put(c->registered, notes[i].subject, (void *)notes[i].text);
	return rc;
}

static int load(struct comparing *c, struct error *e)
{
	size_t i;
	int rc = pkgdb_params(c->s->db, c->a, c->installed->id, &c->params, e);

	c->registered = strmap_new(16);
	for (i = 0; rc == 0 && i < c->s->nin_force; i++)
		rc = read_registered(c, c->s->in_force[i], e);
	if (rc == 0)
		rc = mapping_build(c->a, c->package, &c->params, NULL, &c->map, e);
	if (rc == 0)
		rc = pkgdb_files(c->s->db, c->a, c->installed->id, PKGDB_NOW, &c->rows, &c->nrows,
				 e);
	if (rc < 0)
		return rc;
	c->by_path = strmap_new(c->nrows);
	for (i = 0; i < c->nrows; i++)
		(void)strmap_put(c->by_path, c->rows[i].path, &c->rows[i]);
	c->row_of = arena_calloc(c->a, c->package->map.n + 1, sizeof(*c->row_of));
	return 0;
}

static int by_what(const void *a, const void *b)
{
	const struct signed_difference *x = a, *y = b;
	int order = strcmp(x->what, y->what);

	return order != 0 ? order : strcmp(x->kind, y->kind);
}

static void give(struct comparing *c, struct signed_package *sp)
{
	size_t i;

	sp->v = arena_memdup(c->a, c->found.v, c->found.n, sizeof(*sp->v));
	sp->n = c->found.n;
	if (sp->n > 0)
		qsort(sp->v, sp->n, sizeof(*sp->v), by_what);
	sp->nobjects = c->map.n;
	sp->state = SIGNED_SAME;
	for (i = 0; i < sp->n; i++)
		if (!sp->v[i].allowed)
			sp->state = SIGNED_DIFFERS;
}

int signed_compare(const struct signed_check *s, const struct pkgdb_package *p,
		   struct signed_package *ret, struct error *e)
{
	struct signed_package sp = { .package = p, .state = SIGNED_NOT_SEEN };
	struct comparing c = { .s = s, .a = s->a, .installed = p };
	int rc = evidence_find(s->search, p, &sp.evidence, e);

	if (rc < 0 || sp.evidence.package == NULL) {
		if (rc == 0)
			*ret = sp;
		return rc;
	}
	c.package = sp.evidence.package;
	rc = load(&c, e);
	if (rc == 0) {
		compare_params(&c);
		compare_map(&c);
		rc = compare_infofiles(&c, e);
	}
	if (rc == 0)
		rc = compare_payload(&c, e);
	if (rc == 0)
		give(&c, &sp);
	strmap_free(c.by_path);
	strmap_free(c.registered);
	VEC_FREE(&c.found);
	if (rc == 0)
		*ret = sp;
	return rc;
}

int signed_begin(struct arena *a, struct root *root, struct pkgdb *db,
		 struct evidence_search *search, struct signed_check *ret, struct error *e)
{
	*ret = (struct signed_check){ .a = a, .root = root, .db = db, .search = search };
	return undo_in_force(db, a, &ret->in_force, &ret->nin_force, e);
}
