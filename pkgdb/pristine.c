/*
 * Pristine configuration. It is part of history: when a transaction is taken back,
 * so is what it had recorded, and undo finds the text of its time.
 */
#include "internal.h"

int pkgdb_pristine_at(struct pkgdb *db, struct arena *a, const char *path, int64_t at,
		      const char **ret, size_t *ret_len, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	const void *bytes;
	size_t len;
	int rc = db_check_at(db, at, e);

	if (rc == 0)
		rc = query_begin(db, Q_PRISTINE_GET, &q, e);
	if (rc < 0)
		return rc;
	query_put_text(&q, path);
	query_put_int(&q, at);
	rc = query_step(&q, e);
	if (rc <= 0)
		return rc;
	bytes = query_blob(&q, INFOFILE_MAX_BYTES, &len);
	rc = query_check(&q, e);
	if (rc < 0)
		return rc;
	*ret = arena_strndup(a, bytes, len);
	*ret_len = len;
	return 1;
}

int pkgdb_pristine_get(struct pkgdb *db, struct arena *a, const char *path, const char **ret,
		       size_t *ret_len, struct error *e)
{
	return pkgdb_pristine_at(db, a, path, PKGDB_NOW, ret, ret_len, e);
}

/* What this transaction itself had written leaves no trace. */
static int pristine_end(struct pkgdb *db, const char *path, struct error *e)
{
	AUTO_QUERY struct query end = { .s = NULL }, drop = { .s = NULL };
	int rc = query_begin(db, Q_PRISTINE_END, &end, e);

	if (rc == 0)
		rc = query_begin(db, Q_PRISTINE_DELETE, &drop, e);
	if (rc < 0)
		return rc;
	query_put_text(&end, path);
	query_put_int(&end, db->now);
	rc = query_run(&end, e);
	if (rc < 0)
		return rc;
	query_put_text(&drop, path);
	return query_run(&drop, e);
}

static int pristine_add(struct pkgdb *db, const char *path, const void *bytes, size_t len,
			struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = pristine_end(db, path, e);

	if (rc == 0)
		rc = query_begin(db, Q_PRISTINE_ADD, &q, e);
	if (rc < 0)
		return rc;
	query_put_text(&q, path);
	query_put_int(&q, db->now);
	query_put_blob(&q, bytes, len);
	return query_run(&q, e);
}

int pkgdb_pristine_set(struct pkgdb *db, const char *path, const void *bytes, size_t len,
		       struct error *e)
{
	bool own;
	int rc = path_check(path, e);

	if (rc == 0 && len > INFOFILE_MAX_BYTES)
		rc = error_set(e, E_LIMIT, "cannot record the packaged text of '/%s': larger "
			       "than %zu bytes", path, INFOFILE_MAX_BYTES);
	if (rc == 0)
		rc = db_begin_own(db, &own, e);
	if (rc < 0)
		return rc;
	return db_end_own(db, own, pristine_add(db, path, bytes, len, e), e);
}

int pkgdb_pristine_drop(struct pkgdb *db, const char *path, struct error *e)
{
	bool own;
	int rc = path_check(path, e);

	if (rc == 0)
		rc = db_begin_own(db, &own, e);
	if (rc < 0)
		return rc;
	return db_end_own(db, own, pristine_end(db, path, e), e);
}

/* The number `now` was not taken, and the next transaction will have it. What was
 * written goes to the last one instead, as if that had written it. */
int pristine_settle(struct pkgdb *db, struct error *e)
{
	static const char *const steps[] = {
		"DELETE FROM pristine WHERE removed = ?1 AND added >= ?1 - 1",
		"UPDATE OR REPLACE pristine SET removed = ?1 - 1 WHERE removed = ?1",
		"UPDATE pristine SET added = ?1 - 1 WHERE added = ?1",
		"DELETE FROM package_was WHERE txn = ?1",
	};
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == 0; i++) {
		AUTO_QUERY struct query q;

		rc = query_begin_sql(db, steps[i], &q, e);
		if (rc < 0)
			break;
		query_put_int(&q, db->now);
		rc = query_run(&q, e);
	}
	return rc;
}
