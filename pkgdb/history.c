/*
 * What a transaction did; taking one back; forgetting old ones.
 *
 * Taking back is exact because nothing is overwritten: what a transaction added is
 * deleted, what it ended is live again, and flags it changed were kept beside.
 */
#include "internal.h"

#include "journal.h"

#define SETTING_PRUNED "history.pruned"

int txn_changes_by(struct pkgdb *db, struct arena *a, enum statement_id id, int64_t n,
		   struct txn_change **ret, size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(struct txn_change) found = VEC_INIT;
	int rc = query_begin(db, id, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	while (rc >= 0 && (rc = query_step(&q, e)) > 0) {
		struct txn_change *c = VEC_PUSH(&found);

		c->instance = query_dup(&q, a, DB_MAX_WORD);
		c->from = query_dup_or_null(&q, a, DB_MAX_TEXT);
		c->to = query_dup_or_null(&q, a, DB_MAX_TEXT);
		rc = query_check(&q, e);
	}
	if (rc == 0) {
		*ret = arena_calloc(a, found.n, sizeof(**ret));
		memcpy(*ret, found.n > 0 ? found.v : *ret, found.n * sizeof(**ret));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc;
}

int txn_changes(struct pkgdb *db, struct arena *a, int64_t n, struct txn_change **ret,
		size_t *ret_n, struct error *e)
{
	return txn_changes_by(db, a, Q_TXN_CHANGES, n, ret, ret_n, e);
}

static int history_pruned(struct pkgdb *db, int64_t *ret, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *value;
	int64_t n = 0;
	int rc = pkgdb_setting_get(db, a, SETTING_PRUNED, &value, e);

	if (rc < 0)
		return rc;
	if (value != NULL && (!str_to_i64(value, strlen(value), &n) || n < 0))
		return error_set(e, E_DB, "cannot read setting '" SETTING_PRUNED "': not a number");
	*ret = n;
	return 0;
}

int db_check_at(struct pkgdb *db, int64_t at, struct error *e)
{
	int rc;

	if (at == PKGDB_NOW)
		return 0;
	if (db->pruned < 0) {
		rc = history_pruned(db, &db->pruned, e);
		if (rc < 0)
			return rc;
	}
	if (at >= db->pruned)
		return 0;
	return error_set(e, E_NOT_FOUND, "what was installed at transaction %lld is forgotten: "
			 "history begins with %lld", (long long)at, (long long)db->pruned);
}

/* ---- taking back */

static int history_run(struct pkgdb *db, const char *const *steps, int64_t txn, struct error *e)
{
	int rc = 0;

	for (; *steps != NULL && rc == 0; steps++) {
		AUTO_QUERY struct query q;

		rc = query_begin_sql(db, *steps, &q, e);
		if (rc < 0)
			break;
		query_put_int(&q, txn);
		rc = query_run(&q, e);
	}
	return rc;
}

struct ids {
	VEC(int64_t) ids;
};

static void ids_free(struct ids *l)
{
	VEC_FREE(&l->ids);
}

static int reverse_touched(struct pkgdb *db, int64_t txn, struct ids *l, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_REVERSE_TOUCHED, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, txn);
	while (rc >= 0 && (rc = query_step(&q, e)) > 0) {
		*VEC_PUSH(&l->ids) = query_int(&q, 1, INT64_MAX);
		rc = query_check(&q, e);
	}
	return rc;
}

static int reverse_rows(struct pkgdb *db, int64_t txn, struct error *e)
{
	static const char *const steps[] = {
		"DELETE FROM file WHERE added > 0 AND added = ?1",
		"DELETE FROM package WHERE added = ?1", /* and, by its key, all that is its */
		"UPDATE file SET removed = 0 WHERE removed > 0 AND removed = ?1",
		"UPDATE package SET removed = 0 WHERE removed = ?1",
		"UPDATE package SET (manual, state) = (SELECT w.manual, w.state "
		"FROM package_was w WHERE w.package = id AND w.txn = ?1) "
		"WHERE id IN (SELECT package FROM package_was WHERE txn = ?1)",
		"DELETE FROM package_was WHERE txn = ?1",
		"DELETE FROM component WHERE added = ?1",
		"UPDATE component SET removed = 0 WHERE removed = ?1",
		"DELETE FROM pristine WHERE added = ?1",
		"UPDATE pristine SET removed = 0 WHERE removed = ?1",
		NULL
	};

	return history_run(db, steps, txn, e);
}

static int reverse_check(struct pkgdb *db, int64_t txn, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct txn pending;
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = txn_pending(db, a, &pending, e);
	if (rc < 0)
		return rc;
	if (rc == 0 || pending.n != txn)
		return error_set(e, EINVAL, "cannot reverse transaction %lld: it is not the one "
				 "under way", (long long)txn);
	return 0;
}

int pkgdb_reverse(struct pkgdb *db, int64_t txn, struct error *e)
{
	__attribute__((cleanup(ids_free))) struct ids touched = { .ids = VEC_INIT };
	size_t i;
	int rc = reverse_check(db, txn, e);

	if (rc == 0)
		rc = counter_flush(db, e);
	if (rc == 0)
		rc = reverse_touched(db, txn, &touched, e);
	if (rc == 0)
		rc = reverse_rows(db, txn, e);
	for (i = 0; i < touched.ids.n && rc == 0; i++)
		rc = counter_recount(db, touched.ids.v[i], e);
	db->last.id = 0;
	return rc < 0 ? rc : txn_set_state(db, txn, TXN_REVERSED, e);
}

/* ---- forgetting */

static int prune_check(struct pkgdb *db, int64_t txn, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct txn pending;
	int rc = db_must_write(db, e);

	if (rc < 0)
		return rc;
	if (txn < 1 || txn >= db->now)
		return error_set(e, EINVAL, "cannot forget history up to transaction %lld: there "
				 "is none of that number", (long long)txn);
	rc = txn_pending(db, a, &pending, e);
	if (rc > 0)
		return error_set(e, E_RECOVERY, "cannot forget history: transaction %lld was "
				 "interrupted and comes first", (long long)pending.n);
	return rc;
}

/* The rows of transactions stay: a line each, and the numbers are never used again. */
int pkgdb_prune(struct pkgdb *db, int64_t txn, struct error *e)
{
	static const char *const steps[] = {
		"DELETE FROM file WHERE removed > 0 AND removed <= ?1",
		"DELETE FROM package WHERE removed > 0 AND removed <= ?1",
		"DELETE FROM component WHERE removed > 0 AND removed <= ?1",
		"DELETE FROM pristine WHERE removed > 0 AND removed <= ?1",
		"DELETE FROM package_was WHERE txn <= ?1",
		"DELETE FROM op WHERE n <= ?1",
		"DELETE FROM note WHERE n <= ?1",
		"DELETE FROM script WHERE n <= ?1",
		"UPDATE txn SET keeps = 0 WHERE n <= ?1",
		NULL
	};
	char number[32];
	int64_t pruned = 0;
	int rc = prune_check(db, txn, e);

	if (rc == 0)
		rc = history_pruned(db, &pruned, e);
	if (rc < 0 || txn <= pruned)
		return rc;
	rc = counter_flush(db, e);
	if (rc == 0)
		rc = history_run(db, steps, txn, e);
	if (rc < 0)
		return rc;
	(void)snprintf(number, sizeof(number), "%lld", (long long)txn);
	rc = pkgdb_setting_set(db, SETTING_PRUNED, number, e);
	db->pruned = -1;
	return rc;
}
