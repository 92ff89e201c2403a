/*
 * Opening: what is looked at before SQLite sees a file, and how the connection is
 * set up. Begin, commit and the words for SQLite's errors are here too.
 */
#include "internal.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "formats/cleanup.h"
#include "journal.h"

#define BUSY_READER_MS 30000
#define BUSY_WRITER_MS 60000
#define PROGRESS_STEPS 100000
#define CACHE_KIB 24576

int db_error(struct pkgdb *db, int rc, struct error *e, const char *what)
{
	static const struct {
		int sqlite, code;
	} map[] = {
		{ SQLITE_FULL, ENOSPC }, { SQLITE_IOERR, EIO }, { SQLITE_CORRUPT, E_DB },
		{ SQLITE_NOTADB, E_DB }, { SQLITE_TOOBIG, E_LIMIT }, { SQLITE_PERM, EACCES },
		{ SQLITE_INTERRUPT, E_LIMIT }, { SQLITE_BUSY, E_LOCKED },
		{ SQLITE_CONSTRAINT, EEXIST }, { SQLITE_READONLY, EROFS },
	};
	int primary = rc & 0xff, code = E_DB;
	size_t i;

	if (primary == SQLITE_NOMEM)
		abort(); /* as everywhere: a commit can be cut at any instant */
	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (map[i].sqlite == primary)
			code = map[i].code;
	if (rc == SQLITE_READONLY_ROLLBACK || rc == SQLITE_READONLY_RECOVERY) {
		(void)error_set(e, E_RECOVERY, "%s: a run was interrupted, and its database "
				"journal can't be taken back without the right to write", what);
		return error_hint(e, "commpkg recover -R ROOT");
	}
	if (primary == SQLITE_BUSY)
		return error_set(e, code, "%s: another process is %s it, and did not finish in "
				 "time", what, db->writable ? "reading" : "writing");
	if (primary == SQLITE_INTERRUPT)
		return error_set(e, code, "%s: it takes far longer than a database of ours "
				 "ever should", what);
	return error_set(e, code, "%s: %s", what,
			 db != NULL && db->sql != NULL && sqlite3_errcode(db->sql) != SQLITE_OK ?
			 sqlite3_errmsg(db->sql) : sqlite3_errstr(rc));
}

int db_exec(struct pkgdb *db, const char *sql, struct error *e)
{
	int rc;

	db->budget = 40000;
	rc = sqlite3_exec(db->sql, sql, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return db_error(db, rc, e, "cannot use the package database");
	return 0;
}

/* ---- the files */

/* 1 is there and good, 0 absent. A reader also takes files of whoever owns the
 * directory: they may be any of the root's users, and are only read. */
static int file_check(int dir, const char *name, enum pkgdb_mode mode, struct stat *ret,
		      struct error *e)
{
	struct stat d;

	if (fstat(dir, &d) < 0)
		return error_errno(e, errno, "cannot look at the state directory");
	if (fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(e, errno, "cannot look at '%s'", name);
	if (!S_ISREG(ret->st_mode))
		return error_set(e, E_DB, "cannot use '%s': not a regular file", name);
	if (ret->st_nlink != 1)
		return error_set(e, E_DB, "cannot use '%s': it has %lu hard links, not one",
				 name, (unsigned long)ret->st_nlink);
	if (ret->st_uid == geteuid() || ret->st_uid == 0 ||
	    (mode == PKGDB_READ && ret->st_uid == d.st_uid))
		return 1;
	return error_set(e, E_DB, "cannot use '%s': it belongs to user %u, neither to us nor to "
			 "root", name, (unsigned)ret->st_uid);
}

static int files_check_others(int dir, enum pkgdb_mode mode, struct error *e)
{
	struct stat st;
	int rc = file_check(dir, DB_NAME "-journal", mode, &st, e);

	if (rc < 0)
		return rc;
	if (fstatat(dir, DB_NAME "-wal", &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    fstatat(dir, DB_NAME "-shm", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return error_set(e, E_DB, "cannot use '" DB_NAME "': a write-ahead log lies "
				 "beside it, which commpkg never makes");
	return 0;
}

static int file_create(int dir, struct error *e)
{
	AUTO_FD int fd = openat(dir, DB_NAME,
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return error_errno(e, errno, "cannot create '" DB_NAME "'");
	if (fchmod(fd, 0644) < 0) /* readers need no rights, whatever our umask */
		return error_errno(e, errno, "cannot set the mode of '" DB_NAME "'");
	return 0;
}

/* *ret_empty: there is nothing in it yet. */
static int files_check(int dir, enum pkgdb_mode mode, bool *ret_empty, struct error *e)
{
	struct stat st = { .st_size = 0 };
	int rc = files_check_others(dir, mode, e);

	if (rc == 0)
		rc = file_check(dir, DB_NAME, mode, &st, e);
	if (rc < 0)
		return rc;
	if (rc == 0 && mode == PKGDB_READ)
		return error_set(e, E_NOT_FOUND, "no package database: nothing was ever "
				 "installed in this root");
	if (st.st_size > DB_MAX_BYTES)
		return error_set(e, E_LIMIT, "cannot use '" DB_NAME "': %lld bytes are more "
				 "than a package database may have", (long long)st.st_size);
	*ret_empty = st.st_size == 0;
	return rc == 0 ? file_create(dir, e) : 0;
}

/* ---- the connection */

static int progress(void *ctx)
{
	struct pkgdb *db = ctx;

	return --db->budget < 0;
}

static void connection_limit(struct pkgdb *db)
{
	static const struct {
		int id, value;
	} limits[] = {
		{ SQLITE_LIMIT_LENGTH, (int)DB_MAX_VALUE + 65536 },
		{ SQLITE_LIMIT_SQL_LENGTH, 65536 }, { SQLITE_LIMIT_COLUMN, 64 },
		{ SQLITE_LIMIT_EXPR_DEPTH, 64 }, { SQLITE_LIMIT_COMPOUND_SELECT, 8 },
		{ SQLITE_LIMIT_VDBE_OP, 100000 }, { SQLITE_LIMIT_FUNCTION_ARG, 8 },
		{ SQLITE_LIMIT_ATTACHED, 0 }, { SQLITE_LIMIT_VARIABLE_NUMBER, 64 },
		{ SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256 }, { SQLITE_LIMIT_TRIGGER_DEPTH, 4 },
		{ SQLITE_LIMIT_WORKER_THREADS, 0 },
	};
	static const struct {
		int id, value;
	} options[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 }, { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 }, { SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0 }, { SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 }, { SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		/* Without this, a value bound where it might choose a partial index makes
		 * SQLite prepare the statement again, every time. */
		{ SQLITE_DBCONFIG_ENABLE_QPSG, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		(void)sqlite3_limit(db->sql, limits[i].id, limits[i].value);
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		(void)sqlite3_db_config(db->sql, options[i].id, options[i].value, NULL);
	(void)sqlite3_extended_result_codes(db->sql, 1);
	sqlite3_progress_handler(db->sql, PROGRESS_STEPS, progress, db);
}

/* synchronous is EXTRA, not FULL: the renames that follow a commit may reach the disk
 * before the removal of SQLite's journal does, unless its directory is synced. A power
 * cut would then bring the journal back, and take back rows whose files are live. */
static int connection_setup(struct pkgdb *db, enum pkgdb_mode mode, struct error *e)
{
	char sql[512];

	connection_limit(db);
	(void)sqlite3_busy_timeout(db->sql, mode == PKGDB_READ ? BUSY_READER_MS : BUSY_WRITER_MS);
	(void)snprintf(sql, sizeof(sql),
		       "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; "
		       "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; "
		       "PRAGMA foreign_keys = ON; PRAGMA cache_size = -%d; %s", CACHE_KIB,
		       mode == PKGDB_READ ? "PRAGMA query_only = ON" :
		       "PRAGMA page_size = 4096; PRAGMA synchronous = EXTRA; "
		       "PRAGMA secure_delete = OFF; PRAGMA journal_mode = DELETE");
	return db_exec(db, sql, e);
}

/* That it is there was seen just before, so "no such file" is about the way to it, and
 * must not look like a root without a database. */
static int connection_error(struct pkgdb *db, int rc, struct error *e)
{
	int err = db->sql != NULL ? sqlite3_system_errno(db->sql) : 0;

	if (err == ENOENT)
		return error_set(e, E_UNSUPPORTED, "cannot open '" DB_NAME "': it is reached by "
				 "way of /proc/self/fd, which is not there");
	if (err != 0)
		return error_errno(e, err, "cannot open '" DB_NAME "'");
	return db_error(db, rc, e, "cannot open '" DB_NAME "'");
}

static int connection_open(struct pkgdb *db, enum pkgdb_mode mode, struct error *e)
{
	char path[64];
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
	int rc;

	flags |= mode == PKGDB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/" DB_NAME, db->dir);
	rc = sqlite3_open_v2(path, &db->sql, flags, vfs_name());
	if (rc != SQLITE_OK)
		return connection_error(db, rc, e);
	if (mode == PKGDB_WRITE && sqlite3_db_readonly(db->sql, "main") == 1)
		return error_errno(e, EACCES, "cannot write '" DB_NAME "'");
	db->budget = 40000;
	return connection_setup(db, mode, e);
}

static void connection_close(struct pkgdb *db)
{
	size_t i;

	for (i = 0; i < STATEMENT_COUNT; i++) {
		(void)sqlite3_finalize(db->statements[i]);
		db->statements[i] = NULL;
	}
	(void)sqlite3_close(db->sql);
	db->sql = NULL;
}

/* With a first look into the file, which is where SQLite takes back what an interrupted
 * commit left. */
static int connection_look(struct pkgdb *db, enum pkgdb_mode mode, struct error *e)
{
	int rc = connection_open(db, mode, e);

	return rc < 0 ? rc : db_exec(db, "SELECT count(*) FROM sqlite_schema", e);
}

/* A reader can't take anything back; it opens the file for writing once, if it may. */
static int connection_make(struct pkgdb *db, enum pkgdb_mode mode, struct error *e)
{
	int rc = connection_look(db, mode, e);

	if (rc != -E_RECOVERY || mode == PKGDB_WRITE)
		return rc;
	connection_close(db);
	(void)connection_look(db, PKGDB_WRITE, NULL); /* whether it worked shows below */
	connection_close(db);
	return connection_look(db, mode, e);
}

static int db_is_empty(struct pkgdb *db, bool *ret, struct error *e)
{
	AUTO_QUERY struct query q;
	int rc = query_begin_sql(db, "PRAGMA page_count", &q, e);

	if (rc == 0)
		rc = query_step(&q, e);
	if (rc < 0)
		return rc;
	*ret = query_int(&q, 0, INT64_MAX) == 0;
	return query_check(&q, e);
}

static int db_open(struct pkgdb *db, enum pkgdb_mode mode, struct error *e)
{
	bool empty;
	int rc = files_check(db->dir, mode, &empty, e);

	if (rc == 0)
		rc = connection_make(db, mode, e);
	if (rc == 0)
		rc = db_is_empty(db, &empty, e);
	if (rc < 0)
		return rc;
	if (empty && mode == PKGDB_READ)
		return error_set(e, E_NOT_FOUND, "no package database: it is empty");
	if (empty)
		rc = schema_create(db, e);
	return rc < 0 ? rc : schema_check(db, e);
}

int pkgdb_open(int statefd, enum pkgdb_mode mode, struct pkgdb **ret, struct error *e)
{
	struct pkgdb *db = xcalloc(1, sizeof(*db));
	int rc;

	db->pruned = -1;
	db->writable = mode == PKGDB_WRITE;
	db->dir = fcntl(statefd, F_DUPFD_CLOEXEC, 3);
	if (db->dir < 0) {
		rc = error_errno(e, errno, "cannot open the state directory");
		free(db);
		return rc;
	}
	rc = db_open(db, mode, e);
	if (rc < 0)
		pkgdb_close(db);
	else
		*ret = db;
	return rc;
}

int pkgdb_open_memory(struct pkgdb **ret, struct error *e)
{
	struct pkgdb *db = xcalloc(1, sizeof(*db));
	int rc;

	db->pruned = -1;
	db->writable = true;
	db->dir = -1;
	db->budget = 40000;
	rc = sqlite3_open_v2(":memory:", &db->sql, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
			     SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
			     NULL);
	rc = rc != SQLITE_OK ? db_error(db, rc, e, "cannot make a database in memory")
			     : connection_setup(db, PKGDB_WRITE, e);
	if (rc == 0)
		rc = schema_create(db, e);
	if (rc < 0)
		pkgdb_close(db);
	else
		*ret = db;
	return rc;
}

void pkgdb_close(struct pkgdb *db)
{
	if (db == NULL)
		return;
	connection_close(db); /* rolls back */
	if (db->dir >= 0)
		(void)close(db->dir);
	VEC_FREE(&db->counters);
	free(db);
}

/* ---- transactions of SQLite */

bool db_writing(const struct pkgdb *db)
{
	return !db->held && sqlite3_get_autocommit(db->sql) == 0;
}

int db_must_write(struct pkgdb *db, struct error *e)
{
	if (!db->writable)
		return error_errno(e, EROFS, "cannot write the package database");
	if (!db_writing(db))
		return error_set(e, EINVAL, "cannot write the package database: no transaction "
				 "was begun");
	return 0;
}

static int hold_begin(struct pkgdb *db, struct error *e)
{
	int rc = db_exec(db, "BEGIN", e);

	db->held = rc == 0;
	return rc;
}

static int hold_end(struct pkgdb *db, struct error *e)
{
	bool open = db->held && !sqlite3_get_autocommit(db->sql);

	db->held = false;
	return open ? db_exec(db, "COMMIT", e) : 0;
}

int db_hold(struct pkgdb *db, struct error *e)
{
	if (!db->writable || !sqlite3_get_autocommit(db->sql))
		return 0;
	return hold_begin(db, e);
}

int pkgdb_hold(struct pkgdb *db, struct error *e)
{
	return sqlite3_get_autocommit(db->sql) ? hold_begin(db, e) : 0;
}

void pkgdb_release(struct pkgdb *db)
{
	(void)hold_end(db, NULL); /* nothing was written */
}

int pkgdb_begin(struct pkgdb *db, struct error *e)
{
	int rc;

	if (!db->writable)
		return error_errno(e, EROFS, "cannot write the package database");
	rc = hold_end(db, e);
	if (rc == 0)
		rc = db_exec(db, "BEGIN IMMEDIATE", e);
	if (rc < 0)
		return rc;
	db->sealed = false;
	db->last.id = 0;
	db->counters.n = 0;
	rc = txn_next(db, &db->now, e);
	if (rc < 0)
		pkgdb_abort(db);
	return rc;
}

int pkgdb_commit(struct pkgdb *db, struct error *e)
{
	int rc = db_must_write(db, e);

	if (rc == 0)
		rc = counter_flush(db, e);
	if (rc == 0)
		rc = package_check_twice(db, e);
	if (rc == 0)
		rc = component_check_twice(db, e);
	if (rc == 0 && !db->sealed)
		rc = pristine_settle(db, e);
	if (rc == 0)
		rc = db_exec(db, "COMMIT", e);
	if (rc == 0)
		db->last.id = 0;
	return rc;
}

void pkgdb_abort(struct pkgdb *db)
{
	db->last.id = 0;
	db->pruned = -1;
	db->counters.n = 0;
	if (db_writing(db))
		(void)db_exec(db, "ROLLBACK", NULL); /* closing would do the same */
}

int db_begin_own(struct pkgdb *db, bool *ret_own, struct error *e)
{
	*ret_own = !db_writing(db);
	return *ret_own ? pkgdb_begin(db, e) : db_must_write(db, e);
}

int db_end_own(struct pkgdb *db, bool own, int rc, struct error *e)
{
	if (!own)
		return rc;
	if (rc == 0)
		rc = pkgdb_commit(db, e);
	if (rc < 0)
		pkgdb_abort(db);
	return rc;
}
