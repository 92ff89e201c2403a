/*
 * Two numbers in a package row follow from its file rows: how many there are, and the
 * bytes of f e v. They are summed up beside and written at commit, because an UPDATE
 * for each of a hundred thousand files would cost more than the file rows.
 */
#include "internal.h"

void counter_add(struct pkgdb *db, int64_t package, int64_t files, int64_t bytes)
{
	size_t i = db->counters.n;
	struct counter *c;

	while (i > 0 && db->counters.v[i - 1].package != package)
		i--;
	c = i > 0 ? &db->counters.v[i - 1] : VEC_PUSH(&db->counters);
	c->package = package;
	c->files += files;
	if (__builtin_add_overflow(c->bytes, bytes, &c->bytes))
		c->bytes = bytes > 0 ? INT64_MAX : INT64_MIN;
}

static int counter_write(struct pkgdb *db, const struct counter *c, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_PACKAGE_COUNT, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, c->package);
	query_put_int(&q, c->files);
	query_put_int(&q, c->bytes);
	return query_run(&q, e);
}

int counter_flush(struct pkgdb *db, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < db->counters.n && rc == 0; i++)
		rc = counter_write(db, &db->counters.v[i], e);
	db->counters.n = 0;
	return rc;
}

int counter_recount(struct pkgdb *db, int64_t package, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin(db, Q_PACKAGE_RECOUNT, &q, e);

	if (rc < 0)
		return rc;
	query_put_int(&q, package);
	return query_run(&q, e);
}
