/*
 * The database as text: a heading for each table, then a line for each row in the
 * order of its key, `column=value` with a blank between. Texts are in single quotes
 * and escaped, blobs are their length and SHA-256 (a SHA-256 itself is in hex), and
 * columns that are NULL are left out.
 */
#include "internal.h"

static void dump_text(sqlite3_stmt *s, int column, struct strbuf *out)
{
	const char *text = (const char *)sqlite3_column_text(s, column);
	AUTO_STRBUF struct strbuf clean = STRBUF_INIT;
	const char *p;

	strbuf_add_escaped(&clean, text != NULL ? text : "");
	strbuf_addch(out, '\'');
	for (p = strbuf_str(&clean); *p != '\0'; p++) {
		if (*p == '\'')
			strbuf_addch(out, '\'');
		strbuf_addch(out, *p);
	}
	strbuf_addch(out, '\'');
}

static void dump_blob(sqlite3_stmt *s, int column, struct strbuf *out)
{
	const void *bytes = sqlite3_column_blob(s, column);
	size_t len = (size_t)sqlite3_column_bytes(s, column);
	struct sha256 sum;
	char hex[SHA256_HEX_SIZE];

	if (len == SHA256_SIZE) {
		memcpy(sum.bytes, bytes, SHA256_SIZE);
		sha256_hex(&sum, hex);
		strbuf_addf(out, "x'%s'", hex);
		return;
	}
	sha256_of(bytes != NULL ? bytes : "", len, &sum);
	sha256_hex(&sum, hex);
	strbuf_addf(out, "<%zu bytes, sha256 %s>", len, hex);
}

static void dump_row(sqlite3_stmt *s, struct strbuf *out)
{
	int i, n = sqlite3_column_count(s);
	bool first = true;

	for (i = 0; i < n; i++) {
		int type = sqlite3_column_type(s, i);

		if (type == SQLITE_NULL)
			continue;
		strbuf_addf(out, "%s%s=", first ? "" : " ", sqlite3_column_name(s, i));
		first = false;
		if (type == SQLITE_TEXT)
			dump_text(s, i, out);
		else if (type == SQLITE_BLOB)
			dump_blob(s, i, out);
		else
			strbuf_addf(out, "%lld", (long long)sqlite3_column_int64(s, i));
	}
	strbuf_addch(out, '\n');
}

/* The keys are the first columns of every table. */
static int dump_table(struct pkgdb *db, const char *table, struct strbuf *out, struct error *e)
{
	AUTO_QUERY struct query q;
	char sql[128];
	int rc;

	(void)snprintf(sql, sizeof(sql), "SELECT * FROM %s ORDER BY 1, 2%s", table,
		       str_eq(table, "file") ? ", 3" : "");
	rc = query_begin_sql(db, sql, &q, e);
	strbuf_addf(out, "[%s]\n", table);
	while (rc >= 0 && (rc = query_step(&q, e)) > 0)
		dump_row(q.s, out);
	return rc;
}

int pkgdb_dump(struct pkgdb *db, struct strbuf *out, struct error *e)
{
	const char *table;
	size_t i;
	int rc = counter_flush(db, e);

	if (rc == 0)
		rc = pkgdb_hold(db, e);
	if (rc < 0)
		return rc;
	for (i = 0; (table = schema_table(i)) != NULL && rc == 0; i++)
		rc = dump_table(db, table, out, e);
	pkgdb_release(db);
	return rc;
}
