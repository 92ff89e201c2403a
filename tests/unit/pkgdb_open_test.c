/* Opening: a new one, one of ours, readers and writers. */
#include "pkgdb_fixture.h"

#include <sys/wait.h>

static void a_reader_needs_one(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, pkgdb_open(f->fd, PKGDB_READ, &f->db, &f->e), E_NOT_FOUND,
		       "no package database");
	assert_null(f->db);
}

static void a_writer_makes_one(void **state)
{
	struct fixture *f = *state;
	mode_t before = umask(077);
	struct stat st;

	fixture_open(f, PKGDB_WRITE);
	(void)umask(before);
	assert_int_equal(stat(in_dir(f, "pkgdb.sqlite"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644); /* readers, whatever the umask */
	fixture_open(f, PKGDB_READ);
	fixture_open(f, PKGDB_WRITE);
}

static void an_empty_file_is_none(void **state)
{
	struct fixture *f = *state;

	put_bytes(in_dir(f, "pkgdb.sqlite"), "", 0);
	assert_refused(f, pkgdb_open(f->fd, PKGDB_READ, &f->db, &f->e), E_NOT_FOUND, "empty");
	fixture_open(f, PKGDB_WRITE); /* a creation that was interrupted goes on */
	fixture_open(f, PKGDB_READ);
}

static void readers_write_nothing(void **state)
{
	struct fixture *f = *state;

	fixture_open(f, PKGDB_WRITE);
	fixture_open(f, PKGDB_READ);
	assert_refused(f, pkgdb_begin(f->db, &f->e), EROFS, "cannot write");
	assert_refused(f, pkgdb_setting_set(f->db, "a", "b", &f->e), EROFS, "cannot write");
}

static void writes_need_begin(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_package p = a_package("SUNWa", "1", 1);

	fixture_open(f, PKGDB_WRITE);
	assert_refused(f, pkgdb_package_add(f->db, &p, NULL, NULL, 0, &f->e), EINVAL,
		       "no transaction");
}

static void abort_and_close_take_back(void **state)
{
	struct fixture *f = *state;
	uint64_t n;

	fixture_begin(f);
	add_file(f, add_package(f, "SUNWa", "1", 1, 0), "opt/a", 1);
	pkgdb_abort(f->db);
	pkgdb_abort(f->db); /* twice is no harm */
	fixture_begin(f);
	add_file(f, add_package(f, "SUNWa", "1", 1, 0), "opt/a", 1);
	fixture_open(f, PKGDB_READ);
	assert_ok(f, pkgdb_count_files(f->db, &n, &f->e));
	assert_int_equal(n, 0);
}

static void settings(void **state)
{
	struct fixture *f = *state;
	const char *value = "untouched";

	fixture_open(f, PKGDB_WRITE);
	assert_ok(f, pkgdb_setting_get(f->db, f->a, "serial", &value, &f->e));
	assert_null(value);
	assert_ok(f, pkgdb_setting_set(f->db, "serial", "7", &f->e));
	assert_ok(f, pkgdb_setting_set(f->db, "serial", "8", &f->e));
	fixture_open(f, PKGDB_READ);
	assert_ok(f, pkgdb_setting_get(f->db, f->a, "serial", &value, &f->e));
	assert_string_equal(value, "8");
	fixture_open(f, PKGDB_WRITE);
	assert_ok(f, pkgdb_setting_set(f->db, "serial", NULL, &f->e));
	assert_ok(f, pkgdb_setting_get(f->db, f->a, "serial", &value, &f->e));
	assert_null(value);
}

static void a_setting_in_a_transaction_goes_with_it(void **state)
{
	struct fixture *f = *state;
	const char *value;

	fixture_begin(f);
	assert_ok(f, pkgdb_setting_set(f->db, "serial", "7", &f->e));
	pkgdb_abort(f->db);
	assert_ok(f, pkgdb_setting_get(f->db, f->a, "serial", &value, &f->e));
	assert_null(value);
}

static void a_reader_and_a_committing_writer(void **state)
{
	struct fixture *f = *state;
	struct pkgdb *reader;
	uint64_t n;

	fixture_begin(f);
	add_file(f, add_package(f, "SUNWa", "1", 1, 0), "opt/a", 1);
	assert_ok(f, pkgdb_open(f->fd, PKGDB_READ, &reader, &f->e));
	assert_ok(f, pkgdb_count_files(reader, &n, &f->e));
	assert_int_equal(n, 0); /* not before the commit */
	fixture_commit(f);
	assert_ok(f, pkgdb_count_files(reader, &n, &f->e));
	assert_int_equal(n, 1);
	pkgdb_close(reader);
}

/* A reader beside a process that writes: never an error, never half of a transaction. */
static void readers_beside_a_writer(void **state)
{
	struct fixture *f = *state;
	uint64_t n = 0, last = 0;
	int status;
	pid_t pid;

	fixture_begin(f);
	(void)add_package(f, "SUNWa", "1", 1, 0);
	fixture_commit(f);
	pkgdb_close(f->db);
	f->db = NULL;
	pid = fork();
	if (pid == 0) {
		int64_t i;

		for (i = 0; i < 20; i++) {
			fixture_begin(f);
			add_file(f, 1, arena_printf(f->a, "a%02d", (int)i), 1);
			add_file(f, 1, arena_printf(f->a, "b%02d", (int)i), 1);
			fixture_commit(f);
		}
		_exit(0);
	}
	do {
		fixture_open(f, PKGDB_READ);
		assert_ok(f, pkgdb_count_files(f->db, &n, &f->e));
		assert_true(n >= last && n % 2 == 0);
		last = n;
	} while (waitpid(pid, &status, WNOHANG) == 0);
	assert_int_equal(status, 0);
	assert_ok(f, pkgdb_count_files(f->db, &n, &f->e));
	assert_int_equal(n, 40);
}

static int bytes_of(struct fixture *f, char *p, size_t size)
{
	FILE *s = fopen(in_dir(f, "pkgdb.sqlite"), "re");
	size_t n;

	assert_non_null(s);
	n = fread(p, 1, size, s);
	assert_int_equal(fclose(s), 0);
	return (int)n;
}

static void the_same_twice(struct fixture *f)
{
	int64_t a;

	fixture_begin(f);
	a = add_package(f, "SUNWa", "1", 1, 0);
	add_file(f, a, "opt/a", 1);
	add_file(f, a, "opt/b", 1);
	add_txn(f, 1);
	fixture_commit(f);
	settle(f, 1);
	fixture_begin(f);
	assert_ok(f, pkgdb_file_end(f->db, a, "opt/a", 2, &f->e));
	add_txn(f, 2);
	fixture_commit(f);
	pkgdb_close(f->db);
	f->db = NULL;
}

/* Same inputs, same bytes. */
static void the_file_depends_on_inputs_only(void **state)
{
	static char one[1 << 18], two[1 << 18];
	struct fixture *f = *state, *g;
	void *other;
	int n;

	assert_int_equal(fixture_setup(&other), 0);
	g = other;
	the_same_twice(f);
	the_same_twice(g);
	n = bytes_of(f, one, sizeof(one));
	assert_int_equal(bytes_of(g, two, sizeof(two)), n);
	assert_memory_equal(one, two, n);
	assert_int_equal(fixture_teardown(&other), 0);
}

/* What is held ends with a write of the same handle, or by hand. */
static void holding(void **state)
{
	struct fixture *f = *state;
	struct pkgdb *reader;
	const char *value;

	fixture_open(f, PKGDB_WRITE);
	assert_ok(f, pkgdb_open(f->fd, PKGDB_READ, &reader, &f->e));
	assert_ok(f, pkgdb_hold(reader, &f->e));
	assert_ok(f, pkgdb_hold(reader, &f->e));
	assert_ok(f, pkgdb_setting_get(reader, f->a, "k", &value, &f->e));
	pkgdb_release(reader);
	pkgdb_release(reader);
	assert_ok(f, pkgdb_hold(f->db, &f->e));
	assert_ok(f, pkgdb_setting_set(f->db, "k", "v", &f->e));
	assert_ok(f, pkgdb_setting_get(reader, f->a, "k", &value, &f->e));
	assert_string_equal(value, "v");
	pkgdb_release(f->db);
	pkgdb_close(reader);
}

static void two_roots_in_one_process(void **state)
{
	struct fixture *f = *state, *g;
	void *other;
	uint64_t n;

	assert_int_equal(fixture_setup(&other), 0);
	g = other;
	fixture_begin(f);
	fixture_begin(g);
	add_file(f, add_package(f, "SUNWa", "1", 1, 0), "opt/a", 1);
	fixture_commit(f);
	fixture_commit(g);
	assert_ok(g, pkgdb_count_files(g->db, &n, &g->e));
	assert_int_equal(n, 0);
	assert_int_equal(fixture_teardown(&other), 0);
}

static void whole_and_as_text(void **state)
{
	struct fixture *f = *state;
	AUTO_STRBUF struct strbuf found = STRBUF_INIT, one = STRBUF_INIT, two = STRBUF_INIT;

	fixture_begin(f);
	add_file(f, add_package(f, "SUNWa", "it's 1\t2", 1, 0), "opt/a", 1);
	fixture_commit(f);
	assert_ok(f, pkgdb_check(f->db, &found, &f->e));
	assert_non_null(strstr(strbuf_str(&found), "not in the history: SUNWa"));
	strbuf_free(&found);
	fixture_begin(f);
	add_txn(f, 1);
	fixture_commit(f);
	assert_ok(f, pkgdb_check(f->db, &found, &f->e));
	assert_string_equal(strbuf_str(&found), "");
	assert_ok(f, pkgdb_dump(f->db, &one, &f->e));
	assert_non_null(strstr(one.p, "[package]\nid=1 instance='SUNWa'"));
	assert_non_null(strstr(one.p, "version='it''s 1\\x092'"));
	assert_non_null(strstr(one.p, "[file]\npath='opt/a' package=1 removed=0"));
	fixture_open(f, PKGDB_READ);
	assert_ok(f, pkgdb_dump(f->db, &two, &f->e));
	assert_string_equal(one.p, two.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reader_needs_one), TEST(a_writer_makes_one), TEST(an_empty_file_is_none),
		TEST(readers_write_nothing), TEST(writes_need_begin),
		TEST(abort_and_close_take_back), TEST(settings),
		TEST(a_setting_in_a_transaction_goes_with_it),
		TEST(a_reader_and_a_committing_writer), TEST(readers_beside_a_writer),
		TEST(the_file_depends_on_inputs_only), TEST(holding),
		TEST(two_roots_in_one_process),
		TEST(whole_and_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
