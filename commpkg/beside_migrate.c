/* Which version is migrated, and from which. */
#include "beside.h"

#include "formats/cleanup.h"
#include "formats/str.h"
#include "plan.h"
#include "undo.h"

struct migrating {
	struct arena *a;
	struct root *root;
	struct pkgdb *db;
	const struct beside_request *req;
	struct pkgdb_component *rows;
	size_t n;
	const char *from;		/* client path of the old base, or NULL */
	VEC(struct component_step) v;
};

static bool is_of(const struct migrating *w, const struct pkgdb_component *row, const char *id)
{
	return str_eq(pkgdb_component_plain(w->a, row->name), id);
}

/* ---- from which */

const char *beside_client_path(struct arena *a, const struct root *root, const char *path)
{
	size_t n = strlen(root->path), len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	path = arena_strndup(a, path, len);
	if (root->live || !str_has_prefix(path, root->path) || path[n] != '/')
		return path;
	return path + n;
}

static const struct pkgdb_component *old_row(const struct migrating *w, const char *id,
					     const struct pkgdb_component *new)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct pkgdb_component *row = &w->rows[i];

		if (row == new || !is_of(w, row, id))
			continue;
		if (w->from != NULL ? row->base != NULL && str_eq(row->base, w->from) :
				      !pkgdb_component_beside(row->name))
			return row;
	}
	return NULL;
}

static int no_old(const struct migrating *w, const char *id, const struct pkgdb_component *new,
		  struct error *e)
{
	if (w->req->from == NULL) {
		(void)error_set(e, E_CONFLICT, "%s %s is the current version: there is none that "
				"it could be migrated from", id, new->version);
		return error_hint(e, "--from DIRECTORY names the old version");
	}
	(void)error_set(e, E_NOT_FOUND, "no version of %s is installed in '%s'", id,
			w->req->from);
	return error_hint(e, "--from-version VERSION says which one it is, where commpkg did not "
			  "install it");
}

static int add_step(struct migrating *w, const struct pkgdb_component *new, struct error *e)
{
	const char *id = pkgdb_component_plain(w->a, new->name);
	const struct pkgdb_component *old = old_row(w, id, new);
	struct manifest *m = arena_alloc(w->a, sizeof(*m));
	struct component_step cs;
	int rc;

	if (old == NULL && (w->req->from == NULL || w->req->from_version == NULL))
		return no_old(w, id, new, e);
	rc = pkgdb_component_manifest(w->a, new, m, e);
	if (rc < 0)
		return rc;
	cs = beside_step(STEP_MIGRATE, new, m, "named");
	cs.name = new->name;
	cs.installed = new;
	cs.old = old;
	cs.from = old != NULL ? old->version : w->req->from_version;
	cs.outside = old != NULL ? NULL : w->req->from;
	*VEC_PUSH(&w->v) = cs;
	return 0;
}

/* ---- which */

/* The one of that version; else the one that is beside, or with --from the current one. */
static const struct pkgdb_component *find_new(const struct migrating *w, const char *id,
					      const char *version)
{
	const struct pkgdb_component *found = NULL;

	for (size_t i = 0; i < w->n; i++) {
		const struct pkgdb_component *row = &w->rows[i];

		if (!is_of(w, row, id))
			continue;
		if (version != NULL ? str_eq(row->version, version) :
		    pkgdb_component_beside(row->name) || found == NULL)
			found = row;
	}
	return found;
}

static int wish_one(struct migrating *w, const char *word, struct error *e)
{
	const struct pkgdb_component *new;
	const char *version, *id = beside_word(w->a, word, &version);

	new = find_new(w, id, version);
	if (new != NULL)
		return add_step(w, new, e);
	(void)error_set(e, E_NOT_FOUND, "component '%s' is not installed in '%s'", word,
			w->root->path);
	return error_hint(e, "'commpkg info -R %s' shows what is", w->root->path);
}

/* What of it has something to migrate. */
static int wish_base(struct migrating *w, struct error *e)
{
	const char *base = beside_client_path(w->a, w->root, w->req->base);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < w->n; i++) {
		const struct pkgdb_component *row = &w->rows[i];
		struct manifest m;

		if (row->base == NULL || !str_eq(row->base, base) || row->kind != 'P')
			continue;
		rc = pkgdb_component_manifest(w->a, row, &m, e);
		if (rc == 0 && m.nmigrations > 0 &&
		    old_row(w, pkgdb_component_plain(w->a, row->name), row) != NULL)
			rc = add_step(w, row, e);
	}
	if (rc < 0 || w->v.n > 0)
		return rc;
	(void)error_set(e, E_NOT_FOUND, "nothing that could be migrated%s%s%s is installed in "
			"'%s'", w->req->from != NULL ? " from '" : "",
			w->req->from != NULL ? w->req->from : "", w->req->from != NULL ? "'" : "",
			base);
	return error_hint(e, "'commpkg info -R %s' shows what is, and where", w->root->path);
}

int beside_migrate(struct arena *a, struct root *root, struct pkgdb *db,
		   const struct wish *wishes, size_t n, const struct beside_request *req,
		   struct solution *ret, struct error *e)
{
	struct migrating w = { .a = a, .root = root, .db = db, .req = req };
	int rc = 0;

	*ret = (struct solution){ .nsteps = 0 };
	w.from = req->from != NULL ? beside_client_path(a, root, req->from) : NULL;
	if (db != NULL)
		rc = pkgdb_components(db, a, PKGDB_NOW, &w.rows, &w.n, e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = wishes[i].name != NULL ? wish_one(&w, wishes[i].name, e) : wish_base(&w, e);
	if (rc == 0) {
		ret->components = arena_memdup(a, w.v.v, w.v.n, sizeof(*w.v.v));
		ret->ncomponents = w.v.n;
	}
	VEC_FREE(&w.v);
	return rc;
}

/* ---- history */

int beside_migrated(struct arena *a, struct pkgdb *db, const char *name, const char *version,
		    bool prepared, int64_t **ret, size_t *ret_n, struct error *e)
{
	const char *subject = arena_printf(a, "%s=%s", name, version);
	const struct txn **stack;
	VEC(int64_t) v = VEC_INIT;
	size_t depth = 0;
	int rc = undo_in_force(db, a, &stack, &depth, e);

	for (size_t i = depth; rc == 0 && i-- > 0;) {
		struct txn_note *notes;
		size_t nnotes;

		if (!str_eq(stack[i]->verb, "migrate"))
			continue;
		rc = txn_notes(db, a, stack[i]->n, &notes, &nnotes, e);
		for (size_t k = 0; rc == 0 && k < nnotes; k++)
			if (str_eq(notes[k].kind, MIGRATED_NOTE) &&
			    str_eq(notes[k].subject, subject) &&
			    (prepared || !str_has_prefix(notes[k].text, "prepare ")))
				*VEC_PUSH(&v) = stack[i]->n;
	}
	*ret = arena_memdup(a, v.v, v.n, sizeof(**ret));
	*ret_n = v.n;
	VEC_FREE(&v);
	return rc;
}
