/* File rows: what goes in comes out; owners, below, walk, ends, counts. */
#include "pkgdb_fixture.h"

static void assert_same(const struct pkgdb_file *a, const struct pkgdb_file *b)
{
	assert_int_equal(a->package, b->package);
	assert_string_equal(a->path, b->path);
	assert_int_equal(a->ftype, b->ftype);
	assert_string_equal(a->class, b->class);
	assert_int_equal(a->target != NULL, b->target != NULL);
	if (a->target != NULL)
		assert_string_equal(a->target, b->target);
	assert_int_equal(a->major, b->major);
	assert_int_equal(a->minor, b->minor);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->owner != NULL, b->owner != NULL);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->sum, b->sum);
	assert_int_equal(a->mtime, b->mtime);
	assert_int_equal(a->content_unknown, b->content_unknown);
	assert_int_equal(a->has_sha256, b->has_sha256);
	assert_memory_equal(&a->sha256, &b->sha256, sizeof(a->sha256));
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->ruling, b->ruling);
	assert_int_equal(a->added, b->added);
	assert_int_equal(a->removed, b->removed);
}

static void every_field_comes_back(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_file rows[7], *got;
	size_t n, i;
	int64_t id;

	fixture_begin(f);
	id = add_package(f, "SUNWa", "1", 1, 0);
	for (i = 0; i < 7; i++)
		rows[i] = a_file(id, arena_printf(f->a, "opt/%zu", i), 1);
	rows[0].has_sha256 = true;
	memset(&rows[0].sha256, 0xa5, sizeof(rows[0].sha256));
	rows[0].size = INT64_MAX;
	rows[0].sum = UINT32_MAX;
	rows[0].mtime = -1;
	rows[1].ftype = 's';
	rows[1].target = "../x y";
	rows[1].mode = MODE_UNSET;
	rows[1].owner = rows[1].group = NULL;
	rows[1].size = rows[1].sum = 0;
	rows[1].mtime = 0;
	rows[2] = rows[1];
	rows[2].path = "opt/2";
	rows[2].ftype = 'c';
	rows[2].target = NULL;
	rows[2].major = 0;
	rows[2].minor = UINT32_MAX - 1;
	rows[2].mode = 07777;
	rows[3].status = '!';
	rows[3].ruling = false;
	rows[3].class = "build";
	rows[4].ftype = 'e';
	rows[4].content_unknown = true;
	rows[4].size = rows[4].sum = 0;
	rows[4].mtime = 0;
	rows[5].ftype = 'v';
	rows[6].path = "opt/\xc3\xa4\xff"; /* bytes, not UTF-8 */
	for (i = 0; i < 7; i++)
		assert_ok(f, pkgdb_file_add(f->db, &rows[i], &f->e));
	fixture_commit(f);
	assert_ok(f, pkgdb_files(f->db, f->a, id, PKGDB_NOW, &got, &n, &f->e));
	assert_int_equal(n, 7);
	for (i = 0; i < 7; i++)
		assert_same(&got[i], &rows[i]);
}

static void bad_rows_are_refused(void **state)
{
	static const char *const paths[] = {
		"/etc/passwd", "..", "../x", "a/../b", "a//b", "a/", "./a", "a/.", "a\nb", "a\x7f",
	};
	struct fixture *f = *state;
	struct pkgdb_file row;
	char *much = arena_alloc(f->a, 4097);
	size_t i;
	int64_t id;

	fixture_begin(f);
	id = add_package(f, "SUNWa", "1", 1, 0);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		row = a_file(id, paths[i], 1);
		assert_refused(f, pkgdb_file_add(f->db, &row, &f->e), EINVAL, "not a clean path");
	}
	memset(much, 'x', 4096);
	row = a_file(id, much, 1);
	assert_refused(f, pkgdb_file_add(f->db, &row, &f->e), EINVAL, "not a clean path");
	row.path = much + 1;
	assert_ok(f, pkgdb_file_add(f->db, &row, &f->e));
	row = a_file(id, "a", 1);
	row.class = much + 4096 - 256;
	assert_refused(f, pkgdb_file_add(f->db, &row, &f->e), E_LIMIT, "a class");
	row = a_file(id, "a", 1);
	row.mode = 010000;
	assert_refused(f, pkgdb_file_add(f->db, &row, &f->e), EINVAL, "has a value");
	row = a_file(id, "a", 1);
	row.ftype = 'i';
	assert_refused(f, pkgdb_file_add(f->db, &row, &f->e), EINVAL, "has a value");
	row = a_file(id + 1, "a", 1);
	assert_refused(f, pkgdb_file_add(f->db, &row, &f->e), E_NOT_FOUND, "not installed");
	add_file(f, id, "a", 1);
	row = a_file(id, "a", 1);
	assert_refused(f, pkgdb_file_add(f->db, &row, &f->e), EEXIST, "has it already");
	assert_refused(f, pkgdb_file_end(f->db, id, "b", 1, &f->e), E_NOT_FOUND, "does not have");
}

static void owners_ruling_first_then_by_arrival(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_file row, *rows;
	int64_t a, b, c;
	size_t n;

	fixture_begin(f);
	a = add_package(f, "SUNWa", "1", 1, 0);
	b = add_package(f, "SUNWb", "1", 1, 0);
	c = add_package(f, "SUNWc", "1", 1, 0);
	row = a_file(a, "usr", 1);
	row.ruling = false;
	row.arrival = c; /* came to the path last, though its package is the oldest */
	assert_ok(f, pkgdb_file_add(f->db, &row, &f->e));
	row = a_file(b, "usr", 1);
	row.ruling = false;
	assert_ok(f, pkgdb_file_add(f->db, &row, &f->e));
	add_file(f, c, "usr", 1);
	fixture_commit(f);
	assert_ok(f, pkgdb_owners(f->db, f->a, "usr", PKGDB_NOW, &rows, &n, &f->e));
	assert_int_equal(n, 3);
	assert_int_equal(rows[0].package, c);
	assert_int_equal(rows[1].package, b);
	assert_int_equal(rows[2].package, a);
	assert_ok(f, pkgdb_owners(f->db, f->a, "us", PKGDB_NOW, &rows, &n, &f->e));
	assert_int_equal(n, 0);
	assert_ok(f, pkgdb_owners(f->db, f->a, "usr", 0, &rows, &n, &f->e));
	assert_int_equal(n, 0);
}

static void below_is_strictly_below(void **state)
{
	struct fixture *f = *state;
	const char **paths;
	int64_t a, b;
	size_t n;

	fixture_begin(f);
	a = add_package(f, "SUNWa", "1", 1, 0);
	b = add_package(f, "SUNWb", "1", 1, 0);
	add_file(f, a, "", 1);
	add_file(f, a, "opt", 1);
	add_file(f, a, "opt/x", 1);
	add_file(f, b, "opt/x", 1);
	add_file(f, a, "opt/x/y", 1);
	add_file(f, a, "opt-x", 1);
	add_file(f, a, "opt0", 1);
	add_file(f, a, "\xff\xff", 1);
	fixture_commit(f);
	assert_ok(f, pkgdb_below(f->db, f->a, "opt", &paths, &n, &f->e));
	assert_int_equal(n, 2);
	assert_string_equal(paths[0], "opt/x");
	assert_string_equal(paths[1], "opt/x/y");
	assert_ok(f, pkgdb_below(f->db, f->a, "", &paths, &n, &f->e));
	assert_int_equal(n, 6);
	assert_string_equal(paths[5], "\xff\xff");
	assert_string_equal(paths[0], "opt");
	assert_string_equal(paths[1], "opt-x");
}

struct walk_ctx {
	struct fixture *f;
	struct strbuf seen;
	int stop;
};

static int walk_each(const struct pkgdb_file *row, void *ctx, struct error *e)
{
	struct walk_ctx *w = ctx;
	struct pkgdb_file *rows;
	size_t n;
	int rc;

	/* The database may be asked in the middle of a walk. */
	rc = pkgdb_owners(w->f->db, w->f->a, row->path, PKGDB_NOW, &rows, &n, e);
	if (rc < 0)
		return rc;
	strbuf_addf(&w->seen, "%s:%lld:%s ", row->path, (long long)row->package, row->owner);
	return --w->stop == 0 ? error_set(e, E_STALE, "enough") : 0;
}

static void walk_in_path_order(void **state)
{
	struct fixture *f = *state;
	struct walk_ctx w = { .f = f };
	struct pkgdb_file row;
	int64_t a, b;

	fixture_begin(f);
	a = add_package(f, "SUNWa", "1", 1, 0);
	b = add_package(f, "SUNWb", "1", 1, 0);
	add_file(f, a, "b", 1);
	row = a_file(a, "a", 1);
	row.ruling = false;
	assert_ok(f, pkgdb_file_add(f->db, &row, &f->e));
	add_file(f, b, "a", 1);
	add_file(f, b, "a/b", 1);
	fixture_commit(f);
	assert_ok(f, pkgdb_walk(f->db, PKGDB_NOW, walk_each, &w, &f->e));
	assert_string_equal(w.seen.p, "a:2:root a:1:root a/b:2:root b:1:root ");
	strbuf_reset(&w.seen);
	w.stop = 2;
	assert_refused(f, pkgdb_walk(f->db, PKGDB_NOW, walk_each, &w, &f->e), E_STALE, "enough");
	assert_string_equal(w.seen.p, "a:2:root a:1:root ");
	strbuf_free(&w.seen);
}

/* However little of the table is left: what is seen, and in which order, is the same. */
static void walk_where_most_is_history(void **state)
{
	struct fixture *f = *state;
	struct walk_ctx w = { .f = f };
	int64_t a, b, old;

	fixture_begin(f);
	a = add_package(f, "SUNWa", "1", 1, 0);
	b = add_package(f, "SUNWb", "1", 1, 0);
	old = add_package(f, "SUNWold", "1", 1, 0);
	add_file(f, b, "a", 1);
	add_file(f, b, "c", 1);
	add_file(f, a, "b", 1);
	add_file(f, a, "c", 1);
	for (int i = 0; i < 50; i++)
		add_file(f, old, arena_printf(f->a, "a%d", i), 1);
	add_txn(f, 1);
	settle(f, 1);
	fixture_commit(f);
	fixture_begin(f);
	assert_ok(f, pkgdb_package_end(f->db, old, 2, &f->e));
	add_txn(f, 2);
	fixture_commit(f);
	assert_ok(f, pkgdb_walk(f->db, PKGDB_NOW, walk_each, &w, &f->e));
	assert_string_equal(w.seen.p, "a:2:root b:1:root c:1:root c:2:root ");
	strbuf_reset(&w.seen);
	assert_ok(f, pkgdb_walk(f->db, 1, walk_each, &w, &f->e));
	assert_non_null(strstr(w.seen.p, "a:2:root a0:3:root a1:3:root a10:3:root "));
	strbuf_free(&w.seen);
}

static void assert_counts(struct fixture *f, uint64_t files, uint64_t bytes)
{
	struct pkgdb_package p;
	uint64_t n;

	assert_int_equal(pkgdb_package_find(f->db, f->a, "SUNWa", PKGDB_NOW, &p, &f->e), 1);
	assert_int_equal(p.nfiles, files);
	assert_int_equal(p.payload_bytes, bytes);
	assert_ok(f, pkgdb_count_files(f->db, &n, &f->e));
	assert_int_equal(n, files);
}

static void counts_follow(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_file row;
	int64_t a;

	fixture_begin(f);
	a = add_package(f, "SUNWa", "1", 1, 0);
	add_file(f, a, "x", 1);
	add_file(f, a, "y", 1);
	row = a_file(a, "d", 1);
	row.ftype = 'd';
	assert_ok(f, pkgdb_file_add(f->db, &row, &f->e));
	assert_counts(f, 3, 20); /* also before the commit */
	fixture_commit(f);
	assert_counts(f, 3, 20);
	fixture_begin(f);
	row = a_file(a, "x", 2);
	row.size = 100;
	assert_ok(f, pkgdb_file_replace(f->db, &row, 2, &f->e));
	assert_ok(f, pkgdb_file_end(f->db, a, "y", 2, &f->e));
	add_file(f, a, "z", 2);
	add_txn(f, 1);
	fixture_commit(f);
	assert_counts(f, 3, 110);
}

static void rows_of_a_transaction_in_itself(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_file *rows, row;
	size_t n;
	int64_t a;

	fixture_begin(f);
	a = add_package(f, "SUNWa", "1", 1, 0);
	add_file(f, a, "x", 1);
	add_file(f, a, "y", 1);
	fixture_commit(f);
	fixture_begin(f);
	row = a_file(a, "x", 2);
	row.mode = 0600;
	assert_ok(f, pkgdb_file_replace(f->db, &row, 2, &f->e));
	row.mode = 0700; /* the middle one never was */
	assert_ok(f, pkgdb_file_replace(f->db, &row, 2, &f->e));
	add_file(f, a, "z", 2);
	assert_ok(f, pkgdb_file_end(f->db, a, "z", 2, &f->e));
	fixture_commit(f);
	assert_ok(f, pkgdb_files(f->db, f->a, a, PKGDB_NOW, &rows, &n, &f->e));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].mode, 0700);
	assert_int_equal(rows[0].added, 2);
	assert_int_equal(rows[1].added, 1);
	assert_ok(f, pkgdb_files(f->db, f->a, a, 1, &rows, &n, &f->e));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].mode, 0644);
	assert_int_equal(rows[0].removed, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_field_comes_back), TEST(bad_rows_are_refused),
		TEST(owners_ruling_first_then_by_arrival), TEST(below_is_strictly_below),
		TEST(walk_in_path_order), TEST(walk_where_most_is_history),
		TEST(counts_follow),
		TEST(rows_of_a_transaction_in_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
