/* The rows of an undo. */
#include "undo.h"

#include "internal.h"

static int end_added(struct pkgdb *db, struct arena *a, int64_t n, int64_t m, struct error *e)
{
	struct pkgdb_package *now;
	size_t count, i;
	int rc = pkgdb_packages(db, a, PKGDB_NOW, &now, &count, e);

	for (i = 0; rc == 0 && i < count; i++)
		if (now[i].added == n)
			rc = pkgdb_package_end(db, now[i].id, m, e);
	return rc;
}

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

static int revive_ended(struct pkgdb *db, struct arena *a, int64_t n, int64_t m, struct error *e)
{
	struct pkgdb_package *then;
	size_t count, i;
	int rc = pkgdb_packages(db, a, n - 1, &then, &count, e);

	for (i = 0; rc == 0 && i < count; i++)
		if (then[i].removed == n)
			rc = revive(db, a, &then[i], n, m, e);
	return rc;
}

/* ---- rows that changed while their package stayed */

struct place {
	int64_t package;
	const char *path;
};

static int places(struct pkgdb *db, struct arena *a, enum statement_id id, int64_t n,
		  struct place **ret, size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(struct place) v = VEC_INIT;
	int rc = query_begin(db, id, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	while ((rc = query_step(&q, e)) > 0) {
		struct place *p = VEC_PUSH(&v);

		p->package = query_int(&q, 1, INT64_MAX);
		p->path = query_dup(&q, a, DB_MAX_PATH);
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

static int end_places(struct pkgdb *db, struct arena *a, int64_t n, int64_t m, struct error *e)
{
	struct place *v;
	size_t count, i;
	int rc = places(db, a, Q_FILE_ADDED_AT, n, &v, &count, e);

	for (i = 0; rc == 0 && i < count; i++)
		rc = pkgdb_file_end(db, v[i].package, v[i].path, m, e);
	return rc;
}

static int put_back(struct pkgdb *db, struct arena *a, const struct place *p, int64_t n,
		    int64_t m, struct error *e)
{
	struct pkgdb_file *rows;
	size_t count, i;
	int rc = pkgdb_owners(db, a, p->path, n - 1, &rows, &count, e);

	for (i = 0; rc == 0 && i < count; i++) {
		if (rows[i].package != p->package)
			continue;
		rows[i].added = m;
		rows[i].removed = 0;
		rc = pkgdb_file_add(db, &rows[i], e);
	}
	return rc;
}

static int put_places_back(struct pkgdb *db, struct arena *a, int64_t n, int64_t m,
			   struct error *e)
{
	struct place *v;
	size_t count, i;
	int rc = places(db, a, Q_FILE_REMOVED_AT, n, &v, &count, e);

	for (i = 0; rc == 0 && i < count; i++)
		rc = put_back(db, a, &v[i], n, m, e);
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
	struct place *v;
	size_t count, i;
	int rc = places(db, a, Q_PRISTINE_AT, n, &v, &count, e);

	for (i = 0; rc == 0 && i < count; i++)
		rc = turn_pristine(db, a, v[i].path, n, e);
	return rc;
}

int pkgdb_undo(struct pkgdb *db, int64_t n, int64_t m, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	int rc = end_places(db, a, n, m, e);

	if (rc == 0)
		rc = end_added(db, a, n, m, e);
	if (rc == 0)
		rc = revive_ended(db, a, n, m, e);
	if (rc == 0)
		rc = put_places_back(db, a, n, m, e);
	if (rc == 0)
		rc = turn_pristines(db, a, n, e);
	return rc;
}
