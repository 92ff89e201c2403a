/*
 * One use of a prepared statement: values in, rows out, in order of the columns.
 *
 *	AUTO_QUERY struct query q;
 *
 *	rc = query_begin(db, Q_PACKAGE_FIND, &q, e);
 *	if (rc < 0)
 *		return rc;
 *	query_put_text(&q, instance);
 *	while ((rc = query_step(&q, e)) > 0) {
 *		p.id = query_int(&q, 1, INT64_MAX);
 *		p.instance = query_dup(&q, a, DB_MAX_WORD);
 *		rc = query_check(&q, e);
 *		...
 *	}
 *
 * Statements belong to the handle and are named by an enum; a query has one to
 * itself until query_end(), so results are copied before another use. What comes
 * out is input from strangers: every value has a type and a range, and the first
 * that is outside makes query_check() fail with the name of its column.
 */
#ifndef PKGDB_QUERY_H
#define PKGDB_QUERY_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "formats/arena.h"
#include "formats/error.h"
#include "statements.h"

struct pkgdb;

struct query {
	struct pkgdb *db;
	sqlite3_stmt *s;
	bool own;	/* not the handle's: finalised at the end */
	int put;	/* parameters bound */
	int column;	/* next to be read */
	int bad;	/* column that was out of range + 1 */
	int rc;		/* first failure of a bind */
};

int query_begin(struct pkgdb *db, enum statement_id id, struct query *ret, struct error *e);
/* A statement of its own, for what runs while others are used, or for SQL made here. */
int query_begin_sql(struct pkgdb *db, const char *sql, struct query *ret, struct error *e);
void query_end(struct query *q);
#define AUTO_QUERY __attribute__((cleanup(query_end)))

void query_put_int(struct query *q, int64_t v);
void query_put_null(struct query *q);
void query_put_text(struct query *q, const char *text);	/* NULL = NULL; borrowed */
void query_put_char(struct query *q, char c);		/* 0 = NULL */
void query_put_blob(struct query *q, const void *bytes, size_t len);

/* 1 a row, 0 no more. */
int query_step(struct query *q, struct error *e);
/* For statements without rows. */
int query_run(struct query *q, struct error *e);
/* Rows changed by the last run. */
int64_t query_changes(const struct query *q);

int64_t query_int(struct query *q, int64_t min, int64_t max);
int64_t query_int_or(struct query *q, int64_t min, int64_t max, int64_t null);
bool query_is_null(const struct query *q);	/* the next column */
void query_skip(struct query *q);
/* Without NUL bytes inside, at most max bytes; SQLite's until the next step. */
const char *query_text(struct query *q, size_t max);
const char *query_text_or_null(struct query *q, size_t max);
char query_char(struct query *q, const char *allowed);	/* NULL = 0 */
const void *query_blob(struct query *q, size_t max, size_t *ret_len);
const void *query_blob_or_null(struct query *q, size_t max, size_t *ret_len);
const char *query_dup(struct query *q, struct arena *a, size_t max);
const char *query_dup_or_null(struct query *q, struct arena *a, size_t max);
/* Says that the column just read is wrong for a reason the caller knows. */
void query_refuse(struct query *q);
int query_check(struct query *q, struct error *e);

#endif
