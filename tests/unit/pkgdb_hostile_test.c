/*
 * The database of a root comes from strangers: odd files, forged schemas, forged
 * journals, values that are none, damage. Nothing outside is touched, nothing crashes.
 */
#include "pkgdb_fixture.h"

#include <sys/wait.h>

#define DB "pkgdb.sqlite"

static void make_good(struct fixture *f)
{
	int64_t a;

	fixture_begin(f);
	a = add_package(f, "SUNWa", "1.0", 1, 0);
	add_file(f, a, "opt/a", 1);
	add_file(f, a, "opt/b", 1);
	assert_ok(f, pkgdb_pristine_set(f->db, "etc/a", "text", 4, &f->e));
	add_txn(f, 1);
	fixture_commit(f);
	settle(f, 1);
	pkgdb_close(f->db);
	f->db = NULL;
}

#define assert_both_refused(f, want, words) \
	do { \
		assert_refused(f, pkgdb_open((f)->fd, PKGDB_READ, &(f)->db, &(f)->e), want, words); \
		assert_refused(f, pkgdb_open((f)->fd, PKGDB_WRITE, &(f)->db, &(f)->e), want, words); \
		assert_null((f)->db); \
	} while (0)

/* ---- the files */

static void odd_database_files(void **state)
{
	struct fixture *f = *state;
	char precious[8];
	int fd;

	make_good(f);
	assert_int_equal(renameat(f->fd, DB, f->fd, "real"), 0);
	assert_int_equal(symlinkat("real", f->fd, DB), 0);
	assert_both_refused(f, E_DB, "not a regular file");
	assert_int_equal(unlinkat(f->fd, DB, 0), 0);
	assert_int_equal(symlinkat("nowhere", f->fd, DB), 0);
	assert_both_refused(f, E_DB, "not a regular file");
	assert_int_equal(faccessat(f->fd, "nowhere", F_OK, 0), -1);
	assert_int_equal(unlinkat(f->fd, DB, 0), 0);
	assert_int_equal(linkat(f->fd, "real", f->fd, DB, 0), 0);
	assert_both_refused(f, E_DB, "2 hard links");
	assert_int_equal(unlinkat(f->fd, DB, 0), 0);
	assert_int_equal(mkfifoat(f->fd, DB, 0644), 0);
	assert_both_refused(f, E_DB, "not a regular file");
	assert_int_equal(unlinkat(f->fd, DB, 0), 0);
	fd = openat(f->fd, DB, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(ftruncate(fd, ((off_t)8 << 30) + 1), 0);
	assert_both_refused(f, E_LIMIT, "more than a package database may have");
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, "precious", 8, 0), 8);
	assert_both_refused(f, E_DB, "");
	assert_int_equal(close(fd), 0);
	fd = openat(f->fd, DB, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, precious, 8), 8);
	assert_memory_equal(precious, "precious", 8);
	assert_int_equal(close(fd), 0);
}

static void odd_files_beside(void **state)
{
	static const char *const wal[] = { DB "-wal", DB "-shm" };
	struct fixture *f = *state;
	size_t i;

	make_good(f);
	put_bytes(in_dir(f, "victim"), "precious", 8);
	assert_int_equal(symlinkat("victim", f->fd, DB "-journal"), 0);
	assert_both_refused(f, E_DB, "-journal': not a regular file");
	assert_int_equal(unlinkat(f->fd, DB "-journal", 0), 0);
	assert_int_equal(linkat(f->fd, "victim", f->fd, DB "-journal", 0), 0);
	assert_both_refused(f, E_DB, "-journal': it has 2 hard links");
	assert_int_equal(unlinkat(f->fd, DB "-journal", 0), 0);
	for (i = 0; i < 2; i++) {
		put_bytes(in_dir(f, wal[i]), "x", 1);
		assert_both_refused(f, E_DB, "write-ahead log");
		assert_int_equal(unlinkat(f->fd, wal[i], 0), 0);
	}
	fixture_open(f, PKGDB_READ);
}

static void files_of_another_user(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip(); /* needs root to give a file away */
	make_good(f);
	assert_int_equal(fchownat(f->fd, DB, 12345, -1, 0), 0);
	assert_both_refused(f, E_DB, "belongs to user 12345");
	/* A reader takes what belongs to the owner of the directory. */
	assert_int_equal(fchown(f->fd, 12345, -1), 0);
	fixture_open(f, PKGDB_READ);
	pkgdb_close(f->db);
	f->db = NULL;
	assert_refused(f, pkgdb_open(f->fd, PKGDB_WRITE, &f->db, &f->e), E_DB, "belongs to");
	assert_int_equal(fchown(f->fd, 0, -1), 0);
}

/* ---- the schema */

static void forged_schemas(void **state)
{
	static const struct {
		const char *sql;
		int code;
		const char *words;
	} cases[] = {
		{ "PRAGMA application_id = 1", E_DB, "application id" },
		{ "PRAGMA user_version = 99", E_UNSUPPORTED, "schema version is 99" },
		{ "PRAGMA user_version = 0", E_DB, "no version" },
		{ "PRAGMA user_version = -1", E_DB, "no version" },
		{ "CREATE VIEW v AS SELECT 1", E_DB, "tables are not ours" },
		{ "CREATE TRIGGER t AFTER INSERT ON setting BEGIN DELETE FROM txn; END", E_DB,
		  "tables are not ours" },
		{ "CREATE TABLE more (x)", E_DB, "tables are not ours" },
		{ "CREATE INDEX more ON package (title)", E_DB, "tables are not ours" },
		{ "ALTER TABLE package ADD COLUMN x TEXT", E_DB, "tables are not ours" },
		{ "DROP INDEX file_package", E_DB, "tables are missing" },
		{ "DROP TABLE note", E_DB, "tables are missing" },
		{ "ALTER TABLE setting RENAME TO s", E_DB, "tables are not ours" },
		{ "DROP TABLE setting; CREATE VIEW setting AS WITH RECURSIVE r(key) AS (SELECT "
		  "'a' UNION ALL SELECT key FROM r) SELECT key, key AS value FROM r", E_DB,
		  "tables are not ours" },
		{ "CREATE VIRTUAL TABLE f USING fts5(x)", E_DB, "" },
		{ "ANALYZE", E_DB, "tables are not ours" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *f;
		void *own;

		assert_int_equal(fixture_setup(&own), 0);
		f = own;
		make_good(f);
		assert_int_equal(fixture_sql(f, cases[i].sql), SQLITE_OK);
		assert_both_refused(f, cases[i].code, cases[i].words);
		assert_int_equal(fixture_teardown(&own), 0);
	}
}

static void another_database_is_left_alone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_sql(f, "CREATE TABLE t (x); INSERT INTO t VALUES (1)"), SQLITE_OK);
	assert_both_refused(f, E_DB, "application id");
	assert_int_equal(fixture_sql(f, "SELECT x FROM t"), SQLITE_OK);
}

static void a_header_that_says_wal(void **state)
{
	struct fixture *f = *state;

	make_good(f);
	assert_int_equal(fixture_sql(f, "PRAGMA journal_mode = WAL"), SQLITE_OK);
	assert_both_refused(f, E_DB, "");
	assert_int_equal(faccessat(f->fd, DB "-wal", F_OK, 0), -1);
	assert_int_equal(faccessat(f->fd, DB "-shm", F_OK, 0), -1);
}

/* ---- values */

static int each(const struct pkgdb_file *row, void *ctx, struct error *e)
{
	(void)row;
	(void)ctx;
	(void)e;
	return 0;
}

/* The first thing that is refused when all is read. */
static int read_all(struct fixture *f, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct pkgdb_package *p = NULL;
	struct pkgdb_file *rows;
	struct txn *t = NULL;
	struct txn_change *changes;
	struct txn_note *notes;
	struct op *ops;
	struct infofile *infofiles;
	struct pkginfo params;
	const char **paths, *text;
	size_t n, np = 0, nt = 0, i;
	uint64_t count;
	int rc = pkgdb_packages(f->db, a, PKGDB_NOW, &p, &np, e);

	for (i = 0; i < np && rc >= 0; i++) {
		rc = pkgdb_files(f->db, a, p[i].id, PKGDB_NOW, &rows, &n, e);
		if (rc >= 0)
			rc = pkgdb_params(f->db, a, p[i].id, &params, e);
		if (rc >= 0)
			rc = pkgdb_infofiles(f->db, a, p[i].id, &infofiles, &n, e);
	}
	if (rc >= 0)
		rc = pkgdb_walk(f->db, PKGDB_NOW, each, NULL, e);
	if (rc >= 0)
		rc = pkgdb_below(f->db, a, "", &paths, &n, e);
	if (rc >= 0)
		rc = pkgdb_count_files(f->db, &count, e);
	if (rc >= 0)
		rc = pkgdb_pristine_get(f->db, a, "etc/a", &text, &n, e);
	if (rc >= 0)
		rc = txn_list(f->db, a, &t, &nt, e);
	for (i = 0; i < nt && rc >= 0; i++) {
		rc = txn_ops(f->db, a, t[i].n, &ops, &n, e);
		if (rc >= 0)
			rc = txn_notes(f->db, a, t[i].n, &notes, &n, e);
		if (rc >= 0)
			rc = txn_changes(f->db, a, t[i].n, &changes, &n, e);
	}
	return rc;
}

static void forged_values(void **state)
{
	static const char op[] = "INSERT INTO op (n, seq, kind, volume, path, shared) "
				 "SELECT *, 0 FROM (VALUES ";
	static const struct {
		const char *sql, *column;
	} cases[] = {
		{ "UPDATE file SET path = '../../etc/passwd' WHERE path = 'opt/a'", "'path'" },
		{ "UPDATE file SET path = '/etc/passwd' WHERE path = 'opt/a'", "'path'" },
		{ "UPDATE file SET path = 'a' || char(10) WHERE path = 'opt/a'", "'path'" },
		{ "UPDATE file SET path = 'a' || char(0) || 'b' WHERE path = 'opt/a'", "'path'" },
		{ "UPDATE file SET path = printf('%05000d', 1) WHERE path = 'opt/a'", "'path'" },
		{ "UPDATE file SET ftype = 'i'", "'ftype'" },
		{ "UPDATE file SET ftype = ''", "'ftype'" },
		{ "UPDATE file SET ftype = 'ff'", "'ftype'" },
		{ "UPDATE file SET mode = 4096", "'mode'" },
		{ "UPDATE file SET mode = -1", "'mode'" },
		{ "UPDATE file SET major = 4294967295", "'major'" },
		{ "UPDATE file SET size = -1", "'size'" },
		{ "UPDATE file SET sum = 4294967296", "'sum'" },
		{ "UPDATE file SET sha256 = x'0102'", "'sha256'" },
		{ "UPDATE file SET sha256 = zeroblob(33)", "'sha256'" },
		{ "UPDATE file SET status = '#'", "'status'" },
		{ "UPDATE file SET ruling = 2", "'ruling'" },
		{ "UPDATE file SET class = printf('%0300d', 1)", "'class'" },
		{ "UPDATE file SET owner = printf('%0300d', 1)", "'owner'" },
		{ "UPDATE file SET arrival = 0", "'coalesce" },
		{ "UPDATE package SET instance = printf('%0300d', 1)", "'instance'" },
		{ "UPDATE package SET title = printf('%01100000d', 1)", "'title'" },
		{ "UPDATE package SET state = 'X'", "'state'" },
		{ "UPDATE package SET manual = 2", "'manual'" },
		{ "UPDATE package SET nfiles = -1", "'nfiles'" },
		{ "UPDATE package SET payload = -1", "'payload'" },
		{ "UPDATE package SET added = 0", "'added'" },
		{ "UPDATE package SET first = 0", "'first'" },
		{ "UPDATE txn SET state = 5", "'state'" },
		{ "UPDATE txn SET n = -1", "'n'" },
		{ "UPDATE txn SET stage = '../x'", "its stage is not a name" },
		{ "UPDATE txn SET stage = '..'", "its stage is not a name" },
		{ "UPDATE txn SET keeps = 7", "'keeps'" },
		{ "INSERT INTO op (n, seq, kind, volume, path, shared) VALUES (1, 1, 1, 0, 'x', 2)",
		  "'shared'" },
		{ NULL, "(1, 1, 9, 0, 'x')" }, { NULL, "(1, 1, 1, 0, '../../etc/passwd')" },
		{ NULL, "(1, 1, 1, 0, '/etc/passwd')" }, { NULL, "(1, 1, 1, 0, '')" },
		{ NULL, "(1, 1, 1, -1, 'x')" }, { NULL, "(1, 1, 3, 0, 'x')" /* no `now` */ },
		{ "INSERT INTO infofile VALUES (1, 0, '../x', 0, x'00')", "a name is not" },
		{ "INSERT INTO infofile VALUES (1, 0, '', 0, x'00')", "a name is not" },
		{ "INSERT INTO param VALUES (1, 0, printf('%0300d', 1), '')", "'name'" },
	};
	struct fixture *f = *state;
	size_t i;

	make_good(f);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *sql = cases[i].sql;
		int rc;

		if (sql == NULL)
			sql = arena_printf(f->a, "%s%s)", op, cases[i].column);
		if (f->db != NULL)
			pkgdb_close(f->db);
		f->db = NULL;
		assert_int_equal(unlinkat(f->fd, DB, 0), 0);
		make_good(f);
		fixture_open(f, PKGDB_READ);
		assert_ok(f, read_all(f, &f->e));
		assert_int_equal(fixture_sql(f, sql), SQLITE_OK);
		rc = read_all(f, &f->e);
		if (rc != -E_DB)
			fail_msg("%s: %d", sql, rc);
		if (cases[i].sql != NULL && strstr(f->e.text, cases[i].column) == NULL)
			fail_msg("%s: %s", sql, f->e.text);
	}
}

static void a_huge_row(void **state)
{
	struct fixture *f = *state;

	make_good(f);
	assert_int_equal(fixture_sql(f, "UPDATE package SET title = CAST(zeroblob(50000000) AS "
				     "TEXT)"), SQLITE_OK);
	fixture_open(f, PKGDB_READ);
	assert_refused(f, read_all(f, &f->e), E_LIMIT, "too big");
}

/* ---- damage */

static int discard(struct fixture *f)
{
	AUTO_STRBUF struct strbuf findings = STRBUF_INIT;
	struct error e = ERROR_INIT;
	int rc = pkgdb_open(f->fd, PKGDB_READ, &f->db, &e);

	if (rc == 0) {
		rc = read_all(f, &e);
		if (pkgdb_check(f->db, &findings, &e) == 0 && findings.len > 0 && rc == 0)
			rc = -1;
		pkgdb_close(f->db);
	}
	f->db = NULL;
	return rc;
}

static char *contents(struct fixture *f, size_t *ret_len)
{
	FILE *s = fopen(in_dir(f, DB), "re");
	char *p = arena_alloc(f->a, 1 << 20);

	*ret_len = fread(p, 1, 1 << 20, s);
	assert_int_equal(fclose(s), 0);
	return p;
}

static void truncated(void **state)
{
	struct fixture *f = *state;
	size_t len, n;
	char *whole;

	make_good(f);
	whole = contents(f, &len);
	for (n = 1; n < len; n += n < 200 ? 7 : 1024) {
		put_bytes(in_dir(f, DB), whole, n);
		if (discard(f) == 0) /* the last page may be of an empty table */
			assert_true(n > len - 4096);
	}
	put_bytes(in_dir(f, DB), whole, len);
	assert_int_equal(discard(f), 0);
}

/* A byte of the header, of the text of the schema, or of anything. */
static char *place_of_damage(char *copy, size_t len, unsigned i, unsigned *seed)
{
	char *schema = memmem(copy, len, "CREATE TABLE", 12);

	if (i % 2 != 0)
		return copy + (size_t)rand_r(seed) % len;
	if (i % 4 == 0 || schema == NULL)
		return copy + rand_r(seed) % 112;
	return schema + rand_r(seed) % 1024;
}

static void bytes_changed(void **state)
{
	struct fixture *f = *state;
	unsigned seed = 7, i, k, wrong = 0;
	char *whole, *copy;
	size_t len;

	make_good(f);
	whole = contents(f, &len);
	copy = arena_alloc(f->a, len);
	assert_non_null(memmem(whole, len, "CREATE TABLE", 12));
	for (i = 0; i < 400; i++) {
		memcpy(copy, whole, len);
		for (k = 0; k <= i % 5; k++)
			*place_of_damage(copy, len, i, &seed) = (char)rand_r(&seed);
		put_bytes(in_dir(f, DB), copy, len);
		wrong += discard(f) != 0;
	}
	assert_true(wrong > 100);
}

/* ---- journals of SQLite */

/* A process dies with its changes half in the file: a hot journal remains. */
static void make_hot(struct fixture *f)
{
	pid_t pid = fork();

	if (pid == 0) {
		sqlite3 *db;

		(void)sqlite3_open_v2(in_dir(f, DB), &db, SQLITE_OPEN_READWRITE, NULL);
		(void)sqlite3_exec(db, "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; "
				   "BEGIN IMMEDIATE; UPDATE package SET title = 'lost'; "
				   "INSERT INTO infofile VALUES (1, 0, 'x', 0, "
				   "zeroblob(200000)); DELETE FROM txn", NULL, NULL, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(faccessat(f->fd, DB "-journal", F_OK, 0), 0);
}

static void assert_rolled_back(struct fixture *f)
{
	struct pkgdb_package p;

	assert_ok(f, read_all(f, &f->e));
	assert_int_equal(pkgdb_package_find(f->db, f->a, "SUNWa", PKGDB_NOW, &p, &f->e), 1);
	assert_string_equal(p.title, "A package");
	assert_int_equal(faccessat(f->fd, DB "-journal", F_OK, 0), -1);
}

static void a_hot_journal_is_taken_back(void **state)
{
	struct fixture *f = *state;

	make_good(f);
	make_hot(f);
	fixture_open(f, PKGDB_READ); /* it may write, so it repairs */
	assert_rolled_back(f);
	pkgdb_close(f->db);
	f->db = NULL;
	make_hot(f);
	fixture_open(f, PKGDB_WRITE);
	assert_rolled_back(f);
}

/* In a process that has no right to write here. */
static void without_rights(struct fixture *f, void (*body)(struct fixture *f))
{
	pid_t pid;
	int status;

	assert_int_equal(fchmod(f->fd, 0555), 0);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(77);
		body(f);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(fchmod(f->fd, 0755), 0);
}

static void must(bool good, struct fixture *f, const char *what)
{
	if (good)
		return;
	print_message("# %s: %d %s\n", what, f->e.code, f->e.text);
	_exit(1);
}

static void reads_all(struct fixture *f)
{
	must(pkgdb_open(f->fd, PKGDB_READ, &f->db, &f->e) == 0, f, "open");
	must(read_all(f, &f->e) == 0, f, "read");
	pkgdb_close(f->db);
	must(pkgdb_open(f->fd, PKGDB_WRITE, &f->db, &f->e) == -EACCES, f, "write");
}

static void is_told_to_recover(struct fixture *f)
{
	must(pkgdb_open(f->fd, PKGDB_READ, &f->db, &f->e) == -E_RECOVERY, f, "open");
	must(strstr(f->e.hint, "commpkg recover -R ROOT") != NULL, f, f->e.hint);
}

static void readers_without_rights(void **state)
{
	struct fixture *f = *state;

	make_good(f);
	assert_int_equal(chmod(in_dir(f, DB), geteuid() == 0 ? 0644 : 0444), 0);
	without_rights(f, reads_all);
	assert_int_equal(chmod(in_dir(f, DB), 0644), 0);
	make_hot(f);
	assert_int_equal(chmod(in_dir(f, DB), geteuid() == 0 ? 0644 : 0444), 0);
	without_rights(f, is_told_to_recover);
}

/* The record at the end of a journal that names a file to be read, and then deleted:
 * page of the lock byte, name, its length, the sum of its bytes, the magic number. */
static void name_a_super_journal(struct fixture *f, const char *name)
{
	static const unsigned char magic[] = { 0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7 };
	FILE *s = fopen(in_dir(f, DB "-journal"), "ae");
	uint32_t page = 0x40000000 / 4096 + 1, len = (uint32_t)strlen(name), sum = 0;
	const char *p;

	for (p = name; *p != '\0'; p++)
		sum += (uint32_t)*p;
	page = __builtin_bswap32(page);
	assert_int_equal(fwrite(&page, 4, 1, s), 1);
	assert_int_equal(fwrite(name, len, 1, s), 1);
	len = __builtin_bswap32(len);
	sum = __builtin_bswap32(sum);
	assert_int_equal(fwrite(&len, 4, 1, s), 1);
	assert_int_equal(fwrite(&sum, 4, 1, s), 1);
	assert_int_equal(fwrite(magic, 8, 1, s), 1);
	assert_int_equal(fclose(s), 0);
}

static void a_journal_cannot_delete_a_file_elsewhere(void **state)
{
	struct fixture *f = *state;
	const char *victim = in_dir(f, "victim");

	make_good(f);
	make_hot(f);
	put_bytes(victim, "no/such/journal\0", 16);
	name_a_super_journal(f, victim);
	assert_refused(f, pkgdb_open(f->fd, PKGDB_READ, &f->db, &f->e), E_RECOVERY, "");
	assert_refused(f, pkgdb_open(f->fd, PKGDB_WRITE, &f->db, &f->e), E_DB, "");
	assert_int_equal(access(victim, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(odd_database_files), TEST(odd_files_beside), TEST(files_of_another_user),
		TEST(forged_schemas), TEST(another_database_is_left_alone),
		TEST(a_header_that_says_wal), TEST(forged_values), TEST(a_huge_row),
		TEST(truncated), TEST(bytes_changed), TEST(a_hot_journal_is_taken_back),
		TEST(readers_without_rights), TEST(a_journal_cannot_delete_a_file_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
