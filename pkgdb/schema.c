/*
 * The schema: what it is, how an older one becomes it, and whether a file has it.
 *
 * `objects` is the schema as sqlite_schema shows it; a file with anything else in it
 * (a view, a trigger, another column) is not ours. `migrations` lead there from an
 * empty file: each runs with its version bump in one transaction.
 *
 * Why it looks so:
 *
 *  - file is clustered by path: owners of a path, what is below a directory, and the
 *    whole in path order (the SVR4 view) are neighbours. A package finds its own by
 *    file_package, in path order.
 *  - `removed` is part of the key, so there is one live row (0) for a path and package.
 *  - `added` of a file is 0 when it came with its package, so the two partial indexes
 *    hold only what changed while a package stayed, and cost a bulk insert nothing.
 *  - `arrival` of a file is NULL when it is that of its package.
 *  - volume refers to a transaction that may not be there yet (volume.c).
 *  - package_was remembers flags of a package as they were before a transaction.
 */
#include "internal.h"

#define TABLE(n, body) { "table", n, n, "CREATE TABLE " n " " body }
#define INDEX(n, t, body) { "index", n, t, "CREATE INDEX " n " ON " t " " body }

static const struct object {
	const char *type, *name, *table, *sql;
} objects[] = {
	TABLE("setting", "(key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) "
	      "STRICT, WITHOUT ROWID"),
	TABLE("txn", "(n INTEGER PRIMARY KEY, state INTEGER NOT NULL, verb TEXT NOT NULL, "
	      "command TEXT NOT NULL, who TEXT NOT NULL, started INTEGER NOT NULL, "
	      "sealed INTEGER NOT NULL, undoes INTEGER NOT NULL, "
	      "undoes_first INTEGER NOT NULL, keeps INTEGER NOT NULL, "
	      "stage TEXT NOT NULL, summary TEXT NOT NULL, phase INTEGER NOT NULL) STRICT"),
	TABLE("op", "(n INTEGER NOT NULL REFERENCES txn (n) ON DELETE CASCADE "
	      "DEFERRABLE INITIALLY DEFERRED, seq INTEGER NOT NULL, kind INTEGER NOT NULL, "
	      "volume INTEGER NOT NULL, path TEXT NOT NULL, was_mode INTEGER, "
	      "was_uid INTEGER, was_gid INTEGER, was_mtime INTEGER, was_mtime_nsec INTEGER, "
	      "was_dev INTEGER, was_ino INTEGER, was_size INTEGER, was_xattrs TEXT, "
	      "now_mode INTEGER, "
	      "now_uid INTEGER, now_gid INTEGER, now_mtime INTEGER, now_mtime_nsec INTEGER, "
	      "now_dev INTEGER, now_ino INTEGER, now_size INTEGER, now_xattrs TEXT, "
	      "shared INTEGER NOT NULL, "
	      "PRIMARY KEY (n, seq)) "
	      "STRICT, WITHOUT ROWID"),
	TABLE("volume", "(n INTEGER NOT NULL, k INTEGER NOT NULL, path TEXT NOT NULL, "
	      "store TEXT NOT NULL, what TEXT NOT NULL, PRIMARY KEY (n, k)) "
	      "STRICT, WITHOUT ROWID"),
	TABLE("note", "(n INTEGER NOT NULL REFERENCES txn (n) ON DELETE CASCADE "
	      "DEFERRABLE INITIALLY DEFERRED, seq INTEGER NOT NULL, kind TEXT NOT NULL, "
	      "subject TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (n, seq)) "
	      "STRICT, WITHOUT ROWID"),
	TABLE("script", "(n INTEGER NOT NULL REFERENCES txn (n) ON DELETE CASCADE "
	      "DEFERRABLE INITIALLY DEFERRED, seq INTEGER NOT NULL, phase INTEGER NOT NULL, "
	      "instance TEXT NOT NULL, name TEXT NOT NULL, role INTEGER NOT NULL, "
	      "state INTEGER NOT NULL, runs INTEGER NOT NULL, status INTEGER NOT NULL, "
	      "began INTEGER NOT NULL, ended INTEGER NOT NULL, output TEXT NOT NULL, arg TEXT, "
	      "bytes BLOB, input BLOB, env BLOB, cwd TEXT, gid INTEGER, trace INTEGER, "
	      "policy INTEGER, inside INTEGER, seconds INTEGER, PRIMARY KEY (n, seq)) "
	      "STRICT, WITHOUT ROWID"),
	TABLE("package", "(id INTEGER PRIMARY KEY, instance TEXT NOT NULL, pkg TEXT NOT NULL, "
	      "title TEXT NOT NULL, arch TEXT NOT NULL, version TEXT NOT NULL, "
	      "category TEXT NOT NULL, basedir TEXT, added INTEGER NOT NULL, "
	      "removed INTEGER NOT NULL, first INTEGER NOT NULL, manual INTEGER NOT NULL, "
	      "state TEXT, payload INTEGER NOT NULL, nfiles INTEGER NOT NULL) STRICT"),
	INDEX("package_instance", "package", "(instance, removed)"),
	TABLE("package_was", "(txn INTEGER NOT NULL, package INTEGER NOT NULL "
	      "REFERENCES package (id) ON DELETE CASCADE, manual INTEGER NOT NULL, "
	      "state TEXT, PRIMARY KEY (package, txn)) STRICT, WITHOUT ROWID"),
	TABLE("param", "(package INTEGER NOT NULL REFERENCES package (id) ON DELETE CASCADE, "
	      "seq INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, "
	      "PRIMARY KEY (package, seq)) STRICT, WITHOUT ROWID"),
	TABLE("infofile", "(package INTEGER NOT NULL "
	      "REFERENCES package (id) ON DELETE CASCADE, seq INTEGER NOT NULL, "
	      "name TEXT NOT NULL, mtime INTEGER NOT NULL, bytes BLOB NOT NULL, "
	      "PRIMARY KEY (package, seq)) STRICT, WITHOUT ROWID"),
	TABLE("file", "(path TEXT NOT NULL, package INTEGER NOT NULL "
	      "REFERENCES package (id) ON DELETE CASCADE, removed INTEGER NOT NULL, "
	      "added INTEGER NOT NULL, ftype TEXT NOT NULL, class TEXT NOT NULL, target TEXT, "
	      "major INTEGER, minor INTEGER, mode INTEGER, owner TEXT, grp TEXT, "
	      "size INTEGER, sum INTEGER, mtime INTEGER, sha256 BLOB, status TEXT, "
	      "arrival INTEGER, "
	      "ruling INTEGER NOT NULL, PRIMARY KEY (path, package, removed)) "
	      "STRICT, WITHOUT ROWID"),
	INDEX("file_package", "file", "(package, removed)"),
	INDEX("file_added", "file", "(added) WHERE added > 0"),
	INDEX("file_removed", "file", "(removed) WHERE removed > 0"),
	TABLE("component", "(id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, "
	      "kind TEXT NOT NULL, title TEXT NOT NULL, base TEXT, manual INTEGER NOT NULL, "
	      "added INTEGER NOT NULL, removed INTEGER NOT NULL, manifest BLOB NOT NULL) STRICT"),
	INDEX("component_name", "component", "(name, removed)"),
	TABLE("component_package", "(component INTEGER NOT NULL "
	      "REFERENCES component (id) ON DELETE CASCADE, instance TEXT NOT NULL, "
	      "PRIMARY KEY (component, instance)) STRICT, WITHOUT ROWID"),
	TABLE("pristine", "(path TEXT NOT NULL, removed INTEGER NOT NULL, "
	      "added INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (path, removed)) "
	      "STRICT, WITHOUT ROWID"),
};
#define NOBJECTS (sizeof(objects) / sizeof(objects[0]))

static int migrate_to_1(struct pkgdb *db, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < NOBJECTS && rc == 0; i++)
		rc = db_exec(db, objects[i].sql, e);
	return rc;
}

static const struct migration {
	int version;
	int (*run)(struct pkgdb *db, struct error *e);
} migrations[] = {
	{ 1, migrate_to_1 },
};
#define NMIGRATIONS (sizeof(migrations) / sizeof(migrations[0]))

static int schema_pragma(struct pkgdb *db, const char *sql, int64_t *ret, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin_sql(db, sql, &q, e);

	if (rc < 0)
		return rc;
	rc = query_step(&q, e);
	if (rc < 0)
		return rc;
	*ret = query_int(&q, INT32_MIN, INT32_MAX);
	return query_check(&q, e);
}

static int schema_migrate(struct pkgdb *db, const struct migration *m, struct error *e)
{
	char sql[128];
	int rc = m->run(db, e);

	if (rc < 0)
		return rc;
	(void)snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		       PKGDB_APPLICATION_ID, m->version);
	return db_exec(db, sql, e);
}

int schema_create(struct pkgdb *db, struct error *e)
{
	int64_t version;
	size_t i;
	int rc;

	pkgdb_release(db);
	rc = db_exec(db, "BEGIN IMMEDIATE", e);
	if (rc < 0)
		return rc;
	rc = schema_pragma(db, "PRAGMA user_version", &version, e);
	for (i = 0; i < NMIGRATIONS && rc == 0; i++)
		if (migrations[i].version > version)
			rc = schema_migrate(db, &migrations[i], e);
	if (rc == 0)
		rc = db_exec(db, "COMMIT", e);
	if (rc < 0)
		(void)db_exec(db, "ROLLBACK", NULL); /* the first error counts */
	return rc;
}

static int schema_not_ours(struct error *e, const char *why)
{
	return error_set(e, E_DB, "cannot use '" DB_NAME "': not a package database of "
			 "commpkg (%s)", why);
}

static int schema_check_ids(struct pkgdb *db, struct error *e)
{
	int64_t id, version;
	int rc = schema_pragma(db, "PRAGMA application_id", &id, e);

	if (rc == 0)
		rc = schema_pragma(db, "PRAGMA user_version", &version, e);
	if (rc < 0)
		return rc;
	if (id != PKGDB_APPLICATION_ID)
		return schema_not_ours(e, "its application id is another");
	if (version > PKGDB_SCHEMA_VERSION) {
		(void)error_set(e, E_UNSUPPORTED, "cannot use '" DB_NAME "': its schema version "
				"is %lld, made by a newer commpkg; this one knows versions up "
				"to %d", (long long)version, PKGDB_SCHEMA_VERSION);
		return error_hint(e, "use the commpkg that last changed this root");
	}
	if (version < 1)
		return schema_not_ours(e, "its schema has no version");
	return 0;
}

static bool schema_knows(struct query *q)
{
	const char *type = query_text(q, DB_MAX_WORD);
	const char *name = query_text(q, DB_MAX_WORD);
	const char *table = query_text(q, DB_MAX_WORD);
	const char *sql = query_text(q, DB_MAX_TEXT);
	size_t i;

	for (i = 0; i < NOBJECTS; i++)
		if (str_eq(name, objects[i].name))
			return str_eq(type, objects[i].type) && str_eq(sql, objects[i].sql) &&
			       str_eq(table, objects[i].table);
	return false;
}

int schema_check(struct pkgdb *db, struct error *e)
{
	AUTO_QUERY struct query q = { .s = NULL };
	size_t n = 0;
	int rc = schema_check_ids(db, e);

	if (rc == 0)
		rc = query_begin_sql(db, "SELECT type, name, tbl_name, sql FROM sqlite_schema",
				     &q, e);
	if (rc < 0)
		return rc;
	while ((rc = query_step(&q, e)) > 0) {
		if (!schema_knows(&q))
			return schema_not_ours(e, "its tables are not ours");
		n++;
	}
	if (rc == 0 && n != NOBJECTS)
		return schema_not_ours(e, "tables are missing");
	return rc;
}

const char *schema_table(size_t i)
{
	size_t k;

	for (k = 0; k < NOBJECTS; k++)
		if (str_eq(objects[k].type, "table") && i-- == 0)
			return objects[k].name;
	return NULL;
}
