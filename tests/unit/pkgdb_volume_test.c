/* The file systems of a transaction: written before it is sealed, read back with suspicion. */
#include "pkgdb_fixture.h"

#define STORE "0123456789abcdef"

static const struct txn_volume two[] = {
	{ .k = 0, .path = "", .store = STORE, .what = "/dev/sda1 (ext4)" },
	{ .k = 1, .path = "var", .store = STORE, .what = "/dev/sdb1 (xfs)" },
};

static void rows_come_back(void **state)
{
	struct fixture *f = *state;
	struct txn_volume *v;
	size_t n;

	fixture_open(f, PKGDB_WRITE);
	assert_int_equal(txn_volumes_set(f->db, 1, two, 2, &f->e), 0); /* no transaction 1 yet */
	assert_int_equal(txn_volumes(f->db, f->a, 1, &v, &n, &f->e), 0);
	assert_int_equal(n, 2);
	assert_string_equal(v[1].path, "var");
	assert_string_equal(v[1].store, STORE);
	assert_string_equal(v[1].what, "/dev/sdb1 (xfs)");
	assert_int_equal(v[1].n, 1);
	assert_int_equal(txn_volumes_set(f->db, 1, two, 1, &f->e), 0); /* in place of those */
	assert_int_equal(txn_volumes(f->db, f->a, 1, &v, &n, &f->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(txn_volumes(f->db, f->a, 7, &v, &n, &f->e), 0);
	assert_int_equal(n, 0);
}

static void of_all_each_store_once(void **state)
{
	struct fixture *f = *state;
	struct txn_volume *v;
	size_t n;

	fixture_open(f, PKGDB_WRITE);
	assert_int_equal(txn_volumes_set(f->db, 1, two, 2, &f->e), 0);
	assert_int_equal(txn_volumes_set(f->db, 4, two, 2, &f->e), 0);
	assert_int_equal(txn_volumes(f->db, f->a, 0, &v, &n, &f->e), 0);
	assert_int_equal(n, 1); /* without that of the state directory */
	assert_int_equal(v[0].n, 4);
	assert_string_equal(v[0].path, "var");
}

static void what_is_forged_is_refused(void **state)
{
	static const char *const forged[] = {
		"INSERT INTO volume VALUES (1, 1, '../out', '" STORE "', '')",
		"INSERT INTO volume VALUES (1, 1, '/var', '" STORE "', '')",
		"INSERT INTO volume VALUES (1, 1, 'var', '../../../etc/..x', '')",
		"INSERT INTO volume VALUES (1, 1, 'var', '0123456789ABCDEF', '')",
		"INSERT INTO volume VALUES (1, -1, 'var', '" STORE "', '')",
	};
	struct fixture *f = *state;
	struct txn_volume bad = two[1], *v;
	size_t i, n;

	fixture_open(f, PKGDB_WRITE);
	bad.store = "short";
	assert_int_equal(txn_volumes_set(f->db, 1, &bad, 1, &f->e), -E_DB);
	bad = two[1];
	bad.path = "a/../b";
	assert_true(txn_volumes_set(f->db, 1, &bad, 1, &f->e) < 0);
	for (i = 0; i < sizeof(forged) / sizeof(*forged); i++) {
		pkgdb_close(f->db);
		f->db = NULL;
		assert_int_equal(fixture_sql(f, "DELETE FROM volume"), SQLITE_OK);
		assert_int_equal(fixture_sql(f, forged[i]), SQLITE_OK);
		fixture_open(f, PKGDB_READ);
		if (txn_volumes(f->db, f->a, 1, &v, &n, &f->e) != -E_DB)
			fail_msg("%s", forged[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_come_back),
		TEST(of_all_each_store_once),
		TEST(what_is_forged_is_refused),
	};

	return cmocka_run_group_tests_name("pkgdb_volume", tests, NULL, NULL);
}
