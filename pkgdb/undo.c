/* The rows of an undo. */
#include "undo.h"

#include "component.h"
#include "internal.h"
#include "journal.h"

static int copy_files(struct pkgdb *db, struct arena *a, int64_t from, int64_t to, int64_t n,
		      int64_t m, struct error *e)
{
	struct pkgdb_file *rows;
	size_t count, i;
	int rc = pkgdb_files(db, a, from, n - 1, &rows, &count, e);

	for (i = 0; rc == 0 && i < count; i++) {
		rows[i].package = to;
		rows[i].added = m;
		rows[i].removed = 0;
		rc = pkgdb_file_add(db, &rows[i], e);
	}
	return rc;
}

static int revive(struct pkgdb *db, struct arena *a, const struct pkgdb_package *was, int64_t n,
		  int64_t m, struct error *e)
{
	struct pkgdb_package p = *was;
	struct pkginfo params;
	struct infofile *infofiles;
	size_t ninfofiles;
	int rc = pkgdb_params(db, a, was->id, &params, e);

	if (rc == 0)
		rc = pkgdb_infofiles(db, a, was->id, &infofiles, &ninfofiles, e);
	p.added = m;
	p.removed = 0;
	if (rc == 0)
		rc = pkgdb_package_add(db, &p, &params, infofiles, ninfofiles, e);
	return rc == 0 ? copy_files(db, a, was->id, p.id, n, m, e) : rc;
}

/* One instance: what it is now ends, what it was is there again. */
static int turn_instance(struct pkgdb *db, struct arena *a, const char *instance, int64_t n,
			 int64_t m, struct error *e)
{
	struct pkgdb_package now, was;
	int had, has = pkgdb_package_find(db, a, instance, PKGDB_NOW, &now, e);

	if (has < 0)
		return has;
	had = pkgdb_package_find(db, a, instance, n - 1, &was, e);
	if (had < 0)
		return had;
	if (has > 0)
		has = pkgdb_package_end(db, now.id, m, e);
	if (has < 0)
		return has;
	return had > 0 ? revive(db, a, &was, n, m, e) : 0;
}

static int turn_instances(struct pkgdb *db, struct arena *a, int64_t n, int64_t m,
			  struct error *e)
{
	struct txn_change *changes;
	size_t count, i;
	int rc = txn_changes(db, a, n, &changes, &count, e);

	for (i = 0; rc == 0 && i < count; i++)
		rc = turn_instance(db, a, changes[i].instance, n, m, e);
	return rc;
}

/* ---- rows that changed while their package stayed: shared paths */

static int paths_of(struct pkgdb *db, struct arena *a, enum statement_id id, int64_t n,
		    const char ***ret, size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(const char *) v = VEC_INIT;
	int rc = query_begin(db, id, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	while ((rc = query_step(&q, e)) > 0) {
		*VEC_PUSH(&v) = query_dup(&q, a, DB_MAX_PATH);
		rc = query_check(&q, e);
		if (rc < 0)
			break;
	}
	if (rc == 0) {
		*ret = arena_calloc(a, v.n, sizeof(**ret));
		if (v.n > 0)
			memcpy(*ret, v.v, v.n * sizeof(**ret));
		*ret_n = v.n;
	}
	VEC_FREE(&v);
	return rc;
}

static bool instance_changed(const struct txn_change *changes, size_t n, const char *instance)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (str_eq(changes[i].instance, instance))
			return true;
	return false;
}

static const struct pkgdb_package *package_by_id(const struct pkgdb_package *v, size_t n,
						 int64_t id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].id == id)
			return &v[i];
	return NULL;
}

struct sharing {
	struct pkgdb_package *then;
	size_t nthen;
	struct txn_change *changes;
	size_t nchanges;
};

static bool has_row(const struct pkgdb_file *rows, size_t n, int64_t package)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rows[i].package == package)
			return true;
	return false;
}

/* The row of a package that stays, at this path, is what it was at n - 1. */
static int turn_row(struct pkgdb *db, struct arena *a, const struct sharing *s,
		    struct pkgdb_file *row, int64_t m, struct error *e)
{
	const struct pkgdb_package *was = package_by_id(s->then, s->nthen, row->package);
	struct pkgdb_package now;
	struct pkgdb_file *rows;
	size_t n;
	int rc;

	if (was == NULL || instance_changed(s->changes, s->nchanges, was->instance))
		return 0;
	rc = pkgdb_package_find(db, a, was->instance, PKGDB_NOW, &now, e);
	if (rc <= 0)
		return rc;
	rc = pkgdb_owners(db, a, row->path, PKGDB_NOW, &rows, &n, e);
	if (rc < 0)
		return rc;
	row->package = now.id;
	row->added = m;
	row->removed = 0;
	return has_row(rows, n, now.id) ? pkgdb_file_replace(db, row, m, e) :
					  pkgdb_file_add(db, row, e);
}

/* Ends the row of an instance at a path, whatever came between. */
static int end_row(struct pkgdb *db, struct arena *a, const char *instance, const char *path,
		   int64_t m, struct error *e)
{
	struct pkgdb_package now;
	struct pkgdb_file *rows;
	size_t n;
	int rc = pkgdb_package_find(db, a, instance, PKGDB_NOW, &now, e);

	if (rc <= 0)
		return rc;
	rc = pkgdb_owners(db, a, path, PKGDB_NOW, &rows, &n, e);
	if (rc < 0 || !has_row(rows, n, now.id))
		return rc;
	return pkgdb_file_end(db, now.id, path, m, e);
}

/* What a package that stays was given at n (installf) it has no more. */
static int end_new_rows(struct pkgdb *db, struct arena *a, const struct sharing *s,
			const char *path, int64_t n, int64_t m, struct error *e)
{
	struct pkgdb_file *rows, *before;
	size_t count, nbefore, i;
	int rc = pkgdb_owners(db, a, path, n, &rows, &count, e);

	if (rc == 0)
		rc = pkgdb_owners(db, a, path, n - 1, &before, &nbefore, e);
	for (i = 0; rc == 0 && i < count; i++) {
		const struct pkgdb_package *p = package_by_id(s->then, s->nthen, rows[i].package);

		if (rows[i].added == n && p != NULL && !has_row(before, nbefore, p->id) &&
		    !instance_changed(s->changes, s->nchanges, p->instance))
			rc = end_row(db, a, p->instance, path, m, e);
	}
	return rc;
}

static int turn_shared(struct pkgdb *db, struct arena *a, int64_t n, int64_t m, struct error *e)
{
	struct sharing s;
	const char **paths;
	size_t npaths, i, k;
	int rc = paths_of(db, a, Q_FILE_TOUCHED_AT, n, &paths, &npaths, e);

	if (rc < 0 || npaths == 0)
		return rc;
	rc = pkgdb_packages(db, a, n - 1, &s.then, &s.nthen, e);
	if (rc == 0)
		rc = txn_changes(db, a, n, &s.changes, &s.nchanges, e);
	for (i = 0; rc == 0 && i < npaths; i++) {
		struct pkgdb_file *rows;
		size_t nrows;

		rc = pkgdb_owners(db, a, paths[i], n - 1, &rows, &nrows, e);
		for (k = 0; rc == 0 && k < nrows; k++)
			rc = turn_row(db, a, &s, &rows[k], m, e);
		if (rc == 0)
			rc = end_new_rows(db, a, &s, paths[i], n, m, e);
	}
	return rc;
}

/* ---- pristine texts */

static int turn_pristine(struct pkgdb *db, struct arena *a, const char *path, int64_t n,
			 struct error *e)
{
	const char *text;
	size_t len;
	int rc = pkgdb_pristine_at(db, a, path, n - 1, &text, &len, e);

	if (rc < 0)
		return rc;
	return rc > 0 ? pkgdb_pristine_set(db, path, text, len, e) :
			pkgdb_pristine_drop(db, path, e);
}

static int turn_pristines(struct pkgdb *db, struct arena *a, int64_t n, struct error *e)
{
	const char **paths;
	size_t count, i;
	int rc = paths_of(db, a, Q_PRISTINE_AT, n, &paths, &count, e);

	for (i = 0; rc == 0 && i < count; i++)
		rc = turn_pristine(db, a, paths[i], n, e);
	return rc;
}

/* ---- components */

static int turn_component(struct pkgdb *db, struct arena *a, const char *name, int64_t n,
			  int64_t m, struct error *e)
{
	struct pkgdb_component now, was;
	int had, has = pkgdb_component_find(db, a, name, PKGDB_NOW, &now, e);

	if (has < 0)
		return has;
	had = pkgdb_component_find(db, a, name, n - 1, &was, e);
	if (had < 0)
		return had;
	if (has > 0)
		has = pkgdb_component_end(db, now.id, m, e);
	if (has < 0 || had == 0)
		return has;
	was.added = m;
	return pkgdb_component_add(db, &was, e);
}

static int turn_components(struct pkgdb *db, struct arena *a, int64_t n, int64_t m,
			   struct error *e)
{
	struct txn_change *changes;
	size_t count, i;
	int rc = txn_component_changes(db, a, n, &changes, &count, e);

	for (i = 0; rc == 0 && i < count; i++)
		rc = turn_component(db, a, changes[i].instance, n, m, e);
	return rc;
}

int pkgdb_undo(struct pkgdb *db, int64_t n, int64_t m, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	int rc = turn_instances(db, a, n, m, e);

	if (rc == 0)
		rc = turn_components(db, a, n, m, e);
	if (rc == 0)
		rc = turn_shared(db, a, n, m, e);
	if (rc == 0)
		rc = turn_pristines(db, a, n, e);
	return rc;
}
