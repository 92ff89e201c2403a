/*
 * Is the database whole? SQLite's own checks first, then what its rules can't say.
 */
#include "component.h"
#include "internal.h"

#define MAX_FINDINGS 1000

/* Rows of one text column are findings. */
static int check_rows(struct pkgdb *db, const char *sql, const char *prefix,
		      struct strbuf *findings, struct error *e)
{
	AUTO_QUERY struct query q;
	size_t n = 0;
	int rc = query_begin_sql(db, sql, &q, e);

	while (rc >= 0 && (rc = query_step(&q, e)) > 0) {
		const char *text = query_text(&q, DB_MAX_TEXT);

		if (str_eq(text, "ok") || n++ >= MAX_FINDINGS)
			continue;
		strbuf_adds(findings, prefix);
		strbuf_add_escaped(findings, text);
		strbuf_addch(findings, '\n');
	}
	return rc;
}

static const struct {
	const char *sql, *prefix;
} checks[] = {
	{ "PRAGMA integrity_check", "damaged: " },
	{ "SELECT 'table ' || \"table\" || ' refers to a row of ' || \"parent\" || "
	  "' that is not there' FROM pragma_foreign_key_check", "" },
	{ "SELECT instance FROM package WHERE removed > 0 AND removed <= added",
	  "package ended before it came: " },
	{ "SELECT f.path FROM file f JOIN package p ON p.id = f.package WHERE "
	  "(f.added > 0 AND f.added < p.added) OR (f.removed > 0 AND f.removed <= p.added) OR "
	  "(p.removed > 0 AND f.removed > p.removed)", "file lives outside of its package: " },
	{ "SELECT a.instance FROM package a JOIN package b ON a.instance = b.instance AND "
	  "a.id < b.id WHERE a.added < b.added AND (a.removed = 0 OR a.removed > b.added)",
	  "package is there twice: " },
	{ "SELECT p.instance FROM package p WHERE p.nfiles <> (SELECT count(*) FROM file f "
	  "WHERE f.package = p.id AND f.removed = 0)", "the number of files is wrong: " },
	{ "SELECT path FROM file f JOIN package p ON p.id = f.package WHERE f.removed = 0 AND "
	  "p.removed = 0 AND f.ruling GROUP BY path HAVING count(*) > 1",
	  "two packages rule: " },
	{ "SELECT instance FROM package WHERE added NOT IN (SELECT n FROM txn) OR "
	  "(removed > 0 AND removed NOT IN (SELECT n FROM txn))",
	  "package came or went with a transaction that is not in the history: " },
	{ "SELECT path FROM file WHERE (added > 0 AND added NOT IN (SELECT n FROM txn)) OR "
	  "(removed > 0 AND removed NOT IN (SELECT n FROM txn))",
	  "file came or went with a transaction that is not in the history: " },
	{ "SELECT instance FROM package WHERE added IN (SELECT n FROM txn WHERE state = 4) OR "
	  "removed IN (SELECT n FROM txn WHERE state = 4)",
	  "package is of a transaction that was taken back: " },
	{ "SELECT name FROM component WHERE removed > 0 AND removed <= added",
	  "component ended before it came: " },
	{ "SELECT a.name FROM component a JOIN component b ON a.name = b.name AND "
	  "a.id < b.id WHERE a.added < b.added AND (a.removed = 0 OR a.removed > b.added)",
	  "component is there twice: " },
	{ "SELECT name FROM component WHERE added NOT IN (SELECT n FROM txn) OR "
	  "(removed > 0 AND removed NOT IN (SELECT n FROM txn))",
	  "component came or went with a transaction that is not in the history: " },
	{ "SELECT name FROM component WHERE added IN (SELECT n FROM txn WHERE state = 4) OR "
	  "removed IN (SELECT n FROM txn WHERE state = 4)",
	  "component is of a transaction that was taken back: " },
	{ "SELECT path FROM pristine WHERE removed > 0 AND removed <= added",
	  "pristine text ended before it came: " },
	{ "SELECT 'transaction ' || n FROM txn WHERE n > 1 AND n - 1 NOT IN "
	  "(SELECT n FROM txn)", "the one before is missing: " },
	{ "SELECT 'transaction ' || n FROM txn WHERE undoes <> 0 AND (undoes >= n OR undoes "
	  "NOT IN (SELECT n FROM txn))", "undoes none that came before: " },
	{ "SELECT 'transaction ' || n FROM txn WHERE undoes_first > undoes OR undoes_first < 0 OR "
	  "(undoes_first <> 0) <> (undoes <> 0)", "undoes from none on: " },
	{ "SELECT 'transaction ' || n FROM txn WHERE state IN (1, 3) AND "
	  "n < (SELECT max(n) FROM txn)", "not finished, yet not the last: " },
};

static int check_each(const struct pkgdb_file *f, void *ctx, struct error *e)
{
	(void)f;
	(void)ctx;
	(void)e;
	return 0;
}

/* Reading everything once looks at the range of every value. */
static int check_values(struct pkgdb *db, struct strbuf *findings, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct pkgdb_component *components;
	struct pkgdb_package *packages;
	struct error own = ERROR_INIT;
	size_t n;
	int rc = pkgdb_packages(db, a, PKGDB_NOW, &packages, &n, &own);

	if (rc == 0)
		rc = pkgdb_components(db, a, PKGDB_NOW, &components, &n, &own);
	if (rc == 0)
		rc = pkgdb_walk(db, PKGDB_NOW, check_each, NULL, &own);
	if (rc == -E_DB) {
		strbuf_addf(findings, "%s\n", own.text);
		return 0;
	}
	if (rc < 0 && e != NULL)
		*e = own;
	return rc;
}

int pkgdb_check(struct pkgdb *db, struct strbuf *findings, struct error *e)
{
	size_t i;
	int rc = pkgdb_hold(db, e);

	if (rc < 0)
		return rc;
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]) && rc == 0; i++)
		rc = check_rows(db, checks[i].sql, checks[i].prefix, findings, e);
	if (rc == 0)
		rc = check_values(db, findings, e);
	pkgdb_release(db);
	return rc;
}
