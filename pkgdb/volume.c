/*
 * The file systems that a transaction has a part on.
 *
 * Written before anything is made on them, so that leavings are found again; who reads them
 * asks the transaction whether it was sealed.
 */
#include "journal.h"

#include "internal.h"

#define MAX_VOLUMES 4096

static int check_store(const char *store, struct error *e)
{
	if (strlen(store) == TXN_STORE_LENGTH &&
	    strspn(store, "0123456789abcdef") == TXN_STORE_LENGTH)
		return 0;
	return error_set(e, E_DB, "a volume's store has not a name of ours");
}

static int volume_add(struct pkgdb *db, int64_t n, const struct txn_volume *v, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	int rc = path_check(v->path, e);

	if (rc == 0)
		rc = check_store(v->store, e);
	if (rc == 0)
		rc = text_check(v->what, DB_MAX_PATH, "what is mounted", e);
	if (rc == 0)
		rc = query_begin(db, Q_VOLUME_ADD, &q, e);
	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	query_put_int(&q, v->k);
	query_put_text(&q, v->path);
	query_put_text(&q, v->store);
	query_put_text(&q, v->what);
	return query_run(&q, e);
}

static int volumes_write(struct pkgdb *db, int64_t n, const struct txn_volume *v, size_t count,
			 struct error *e)
{
	AUTO_QUERY struct query q;
	size_t i;
	int rc = query_begin(db, Q_VOLUME_DELETE, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, n);
	rc = query_run(&q, e);
	for (i = 0; rc == 0 && i < count; i++)
		rc = volume_add(db, n, &v[i], e);
	return rc;
}

int txn_volumes_set(struct pkgdb *db, int64_t n, const struct txn_volume *v, size_t count,
		    struct error *e)
{
	bool own;
	int rc = db_begin_own(db, &own, e);

	return rc < 0 ? rc : db_end_own(db, own, volumes_write(db, n, v, count, e), e);
}

static int volume_read(struct query *q, struct arena *a, struct txn_volume *v, struct error *e)
{
	int rc;

	v->n = query_int(q, 1, PKGDB_NOW - 2);
	v->k = (uint32_t)query_int(q, 0, MAX_VOLUMES);
	v->path = query_dup(q, a, DB_MAX_PATH);
	v->store = query_dup(q, a, DB_MAX_WORD);
	v->what = query_dup(q, a, DB_MAX_PATH);
	if (!path_ok(v->path))
		query_refuse(q);
	rc = query_check(q, e);
	return rc < 0 ? rc : check_store(v->store, e);
}

int txn_volumes(struct pkgdb *db, struct arena *a, int64_t n, struct txn_volume **ret,
		size_t *ret_n, struct error *e)
{
	AUTO_QUERY struct query q;
	VEC(struct txn_volume) found = VEC_INIT;
	int rc = query_begin(db, n > 0 ? Q_VOLUMES : Q_VOLUMES_ALL, &q, e);

	if (rc < 0)
		return rc;
	if (n > 0)
		query_put_int(&q, n);
	while (rc >= 0 && (rc = query_step(&q, e)) > 0)
		rc = volume_read(&q, a, VEC_PUSH(&found), e);
	if (rc == 0) {
		*ret = arena_memdup(a, found.v, found.n, sizeof(**ret));
		*ret_n = found.n;
	}
	VEC_FREE(&found);
	return rc < 0 ? error_prefix(e, "the volumes of transaction %lld", (long long)n) : 0;
}
