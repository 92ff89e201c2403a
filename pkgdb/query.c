/* Binding, stepping, reading with ranges. */
#include "internal.h"

#include "formats/cleanup.h"

/* Virtual machine steps one query may take: minutes of work, never reached by a
 * database of ours, but an end for one that was made to have none. */
#define QUERY_BUDGET 40000

static int statement_prepare(struct pkgdb *db, const char *sql, unsigned flags,
			     sqlite3_stmt **ret, struct error *e)
{
	int rc = sqlite3_prepare_v3(db->sql, sql, -1, flags, ret, NULL);

	if (rc != SQLITE_OK)
		return db_error(db, rc, e, "cannot read the package database");
	return 0;
}

int query_begin(struct pkgdb *db, enum statement_id id, struct query *ret, struct error *e)
{
	sqlite3_stmt **s = &db->statements[id];
	int rc;

	*ret = (struct query){ .db = db };
	rc = db_hold(db, e);
	if (rc == 0 && *s == NULL)
		rc = statement_prepare(db, statement_sql(id), SQLITE_PREPARE_PERSISTENT, s, e);
	if (rc < 0)
		return rc;
	if (sqlite3_stmt_busy(*s))
		return error_set(e, EBUSY, "cannot use a query of the package database "
				 "within itself");
	ret->s = *s;
	db->budget = QUERY_BUDGET;
	return 0;
}

int query_begin_sql(struct pkgdb *db, const char *sql, struct query *ret, struct error *e)
{
	int rc = db_hold(db, e);

	*ret = (struct query){ .db = db, .own = true };
	if (rc < 0)
		return rc;
	db->budget = QUERY_BUDGET;
	return statement_prepare(db, sql, 0, &ret->s, e);
}

void query_end(struct query *q)
{
	if (q->s == NULL)
		return;
	if (q->own) {
		(void)sqlite3_finalize(q->s); /* repeats the error of the last step */
	} else {
		(void)sqlite3_reset(q->s);
		(void)sqlite3_clear_bindings(q->s);
	}
	q->s = NULL;
}

static void query_bound(struct query *q, int rc)
{
	if (q->rc == SQLITE_OK)
		q->rc = rc;
}

void query_put_int(struct query *q, int64_t v)
{
	query_bound(q, sqlite3_bind_int64(q->s, ++q->put, v));
}

void query_put_null(struct query *q)
{
	query_bound(q, sqlite3_bind_null(q->s, ++q->put));
}

void query_put_text(struct query *q, const char *text)
{
	query_bound(q, sqlite3_bind_text(q->s, ++q->put, text, -1, SQLITE_STATIC));
}

void query_put_char(struct query *q, char c)
{
	if (c == 0)
		query_put_null(q);
	else
		query_bound(q, sqlite3_bind_text(q->s, ++q->put, &c, 1, SQLITE_TRANSIENT));
}

void query_put_blob(struct query *q, const void *bytes, size_t len)
{
	query_bound(q, sqlite3_bind_blob64(q->s, ++q->put, len > 0 ? bytes : "", len,
					   SQLITE_STATIC));
}

int query_step(struct query *q, struct error *e)
{
	int rc = q->rc != SQLITE_OK ? q->rc : sqlite3_step(q->s);

	q->column = 0;
	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return db_error(q->db, rc, e, sqlite3_stmt_readonly(q->s) ?
			"cannot read the package database" :
			"cannot write the package database");
}

int query_run(struct query *q, struct error *e)
{
	int rc = query_step(q, e);

	return rc < 0 ? rc : 0;
}

int64_t query_changes(const struct query *q)
{
	return sqlite3_changes64(q->db->sql);
}

void query_refuse(struct query *q)
{
	if (q->bad == 0)
		q->bad = q->column;
}

/* One call for the value, then its own: a connection without mutexes may (the
 * manual's "protected" values), and a walk reads a million of them. */
static sqlite3_value *query_value(struct query *q)
{
	return sqlite3_column_value(q->s, q->column++);
}

static int64_t query_int_of(struct query *q, sqlite3_value *v, int type, int64_t min, int64_t max)
{
	int64_t n = sqlite3_value_int64(v);

	if (type == SQLITE_INTEGER && n >= min && n <= max)
		return n;
	query_refuse(q);
	return min;
}

int64_t query_int(struct query *q, int64_t min, int64_t max)
{
	sqlite3_value *v = query_value(q);

	return query_int_of(q, v, sqlite3_value_type(v), min, max);
}

int64_t query_int_or(struct query *q, int64_t min, int64_t max, int64_t null)
{
	sqlite3_value *v = query_value(q);
	int type = sqlite3_value_type(v);

	return type == SQLITE_NULL ? null : query_int_of(q, v, type, min, max);
}

bool query_is_null(const struct query *q)
{
	return sqlite3_column_type(q->s, q->column) == SQLITE_NULL;
}

void query_skip(struct query *q)
{
	q->column++;
}

static const char *query_text_of(struct query *q, sqlite3_value *v, int type, size_t max)
{
	const char *text;
	size_t len;

	if (type != SQLITE_TEXT) {
		query_refuse(q);
		return "";
	}
	text = (const char *)sqlite3_value_text(v);
	len = (size_t)sqlite3_value_bytes(v);
	if (text != NULL && len <= max && memchr(text, '\0', len) == NULL)
		return text;
	query_refuse(q);
	return "";
}

const char *query_text(struct query *q, size_t max)
{
	sqlite3_value *v = query_value(q);

	return query_text_of(q, v, sqlite3_value_type(v), max);
}

const char *query_text_or_null(struct query *q, size_t max)
{
	sqlite3_value *v = query_value(q);
	int type = sqlite3_value_type(v);

	return type == SQLITE_NULL ? NULL : query_text_of(q, v, type, max);
}

char query_char(struct query *q, const char *allowed)
{
	const char *text = query_text_or_null(q, 1);

	if (text == NULL)
		return 0;
	if (text[0] != '\0' && strchr(allowed, text[0]) != NULL)
		return text[0];
	query_refuse(q);
	return 0;
}

const void *query_blob_or_null(struct query *q, size_t max, size_t *ret_len)
{
	sqlite3_value *v = query_value(q);
	int type = sqlite3_value_type(v);
	const void *bytes;

	*ret_len = 0;
	if (type == SQLITE_NULL)
		return NULL;
	bytes = type == SQLITE_BLOB ? sqlite3_value_blob(v) : NULL; /* NULL when empty */
	if (type == SQLITE_BLOB && (size_t)sqlite3_value_bytes(v) <= max) {
		*ret_len = (size_t)sqlite3_value_bytes(v);
		return bytes != NULL ? bytes : "";
	}
	query_refuse(q);
	return "";
}

const void *query_blob(struct query *q, size_t max, size_t *ret_len)
{
	const void *bytes = query_blob_or_null(q, max, ret_len);

	if (bytes != NULL)
		return bytes;
	query_refuse(q);
	return "";
}

const char *query_dup(struct query *q, struct arena *a, size_t max)
{
	return arena_strdup(a, query_text(q, max));
}

const char *query_dup_or_null(struct query *q, struct arena *a, size_t max)
{
	const char *text = query_text_or_null(q, max);

	return text != NULL ? arena_strdup(a, text) : NULL;
}

int query_check(struct query *q, struct error *e)
{
	const char *name;

	if (q->bad == 0)
		return 0;
	name = sqlite3_column_name(q->s, q->bad - 1);
	return error_set(e, E_DB, "cannot read the package database: the value in column '%s' "
			 "is not one of ours", name != NULL ? name : "?");
}
