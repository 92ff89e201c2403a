/* Settings of a root. They are no part of its history: what was seen stays seen. */
#include "internal.h"

int pkgdb_setting_get(struct pkgdb *db, struct arena *a, const char *key, const char **ret,
		      struct error *e)
{
	AUTO_QUERY struct query q;
	const char *value = NULL;
	int rc = query_begin(db, Q_SETTING_GET, &q, e);

	if (rc < 0)
		return rc;
	query_put_text(&q, key);
	rc = query_step(&q, e);
	if (rc > 0) {
		value = query_dup(&q, a, DB_MAX_TEXT);
		rc = query_check(&q, e);
	}
	if (rc < 0)
		return rc;
	*ret = value;
	return 0;
}

int pkgdb_setting_keys(struct pkgdb *db, struct arena *a, const char *prefix, const char ***ret,
		       size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(const char *) found = VEC_INIT;
	int rc = query_begin(db, Q_SETTING_KEYS, &q, e);

	if (rc < 0)
		return rc;
	query_put_text(&q, prefix);
	while ((rc = query_step(&q, e)) > 0) {
		const char *key = query_dup(&q, a, DB_MAX_WORD);

		rc = query_check(&q, e);
		if (rc == 0 && found.n == DB_MAX_PACKAGES)
			rc = error_set(e, E_LIMIT, "cannot read settings: more than %u",
				       DB_MAX_PACKAGES);
		if (rc < 0)
			break;
		*VEC_PUSH(&found) = key;
	}
	if (rc == 0) {
		*ret = arena_memdup(a, found.v, found.n, sizeof(*found.v));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc;
}

static int setting_write(struct pkgdb *db, const char *key, const char *value, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, value != NULL ? Q_SETTING_SET : Q_SETTING_UNSET, &q, e);

	if (rc < 0)
		return rc;
	query_put_text(&q, key);
	if (value != NULL)
		query_put_text(&q, value);
	return query_run(&q, e);
}

int pkgdb_setting_set(struct pkgdb *db, const char *key, const char *value, struct error *e)
{
	bool own;
	int rc = text_check(key, DB_MAX_WORD, "the name of a setting", e);

	if (rc == 0)
		rc = text_check(value, DB_MAX_TEXT, "a setting", e);
	if (rc == 0)
		rc = db_begin_own(db, &own, e);
	if (rc < 0)
		return rc;
	return db_end_own(db, own, setting_write(db, key, value, e), e);
}

int pkgdb_is_blank(struct pkgdb *db, bool *ret, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int64_t rows;
	int rc = query_begin_sql(db, "SELECT EXISTS (SELECT 1 FROM txn) + "
				 "EXISTS (SELECT 1 FROM setting) + "
				 "EXISTS (SELECT 1 FROM package)", &q, e);

	if (rc == 0)
		rc = query_step(&q, e);
	if (rc < 0)
		return rc;
	rows = query_int(&q, 0, 3);
	rc = query_check(&q, e);
	if (rc == 0)
		*ret = rows == 0;
	return rc;
}
