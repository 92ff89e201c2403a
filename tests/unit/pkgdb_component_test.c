/* Components in the database: as of a transaction, taken back, undone, forgotten. */
#include "pkgdb_fixture.h"

#include "pkgdb/component.h"
#include "pkgdb/undo.h"

static struct pkgdb_component a_component(const char *name, const char *version, int64_t added)
{
	static const char *packages[] = { "SUNWb", "SUNWa" };

	return (struct pkgdb_component){
		.name = name, .version = version, .title = "A component", .kind = 'P',
		.base = "/opt/commpkg/x", .manual = true, .added = added, .manifest = "<x\0y>",
		.manifest_len = 5, .packages = packages, .npackages = 2,
	};
}

static int64_t add(struct fixture *f, const char *name, const char *version, int64_t added)
{
	struct pkgdb_component c = a_component(name, version, added);

	assert_ok(f, pkgdb_component_add(f->db, &c, &f->e));
	return c.id;
}

/* "MS 7.0" */
static const char *text(struct fixture *f, int64_t at)
{
	struct pkgdb_component *c;
	const char *s = "";
	size_t n;

	assert_ok(f, pkgdb_components(f->db, f->a, at, &c, &n, &f->e));
	for (size_t i = 0; i < n; i++)
		s = arena_printf(f->a, "%s%s%s %s", s, i > 0 ? ", " : "", c[i].name, c[i].version);
	return s;
}

static void all_of_it_comes_back(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_component c;

	fixture_begin(f);
	(void)add(f, "MS", "7.0", 1);
	(void)add(f, "CS", "1.0", 1);
	add_txn(f, 1);
	fixture_commit(f);
	assert_string_equal(text(f, PKGDB_NOW), "CS 1.0, MS 7.0");
	assert_int_equal(pkgdb_component_find(f->db, f->a, "XX", PKGDB_NOW, &c, &f->e), 0);
	assert_int_equal(pkgdb_component_find(f->db, f->a, "MS", PKGDB_NOW, &c, &f->e), 1);
	assert_string_equal(c.title, "A component");
	assert_int_equal(c.kind, 'P');
	assert_string_equal(c.base, "/opt/commpkg/x");
	assert_true(c.manual);
	assert_int_equal(c.added, 1);
	assert_int_equal(c.removed, 0);
	assert_int_equal(c.manifest_len, 5);
	assert_memory_equal(c.manifest, "<x\0y>", 5);
	assert_int_equal(c.npackages, 2);
	assert_string_equal(c.packages[0], "SUNWa"); /* sorted */
	assert_string_equal(c.packages[1], "SUNWb");
}

static void upgrade(struct fixture *f)
{
	int64_t id;

	fixture_begin(f);
	id = add(f, "MS", "6.3", 1);
	(void)add(f, "CS", "1.0", 1);
	add_txn(f, 1);
	fixture_commit(f);
	settle(f, 1);
	fixture_begin(f);
	(void)add(f, "MS", "7.0", 2);
	assert_ok(f, pkgdb_component_end(f->db, id, 2, &f->e));
	add_txn(f, 2);
	fixture_commit(f);
}

static void as_of_a_transaction(void **state)
{
	struct fixture *f = *state;
	struct txn_change *v;
	size_t n;

	upgrade(f);
	assert_string_equal(text(f, 1), "CS 1.0, MS 6.3");
	assert_string_equal(text(f, 2), "CS 1.0, MS 7.0");
	assert_ok(f, txn_component_changes(f->db, f->a, 2, &v, &n, &f->e));
	assert_int_equal(n, 1);
	assert_string_equal(v[0].instance, "MS");
	assert_string_equal(v[0].from, "6.3");
	assert_string_equal(v[0].to, "7.0");
	assert_refused(f, pkgdb_component_end(f->db, 1, 3, &f->e), EINVAL, "");
}

static void one_of_a_name(void **state)
{
	struct fixture *f = *state;

	fixture_begin(f);
	(void)add(f, "MS", "6.3", 1);
	(void)add(f, "MS", "7.0", 1);
	add_txn(f, 1);
	assert_refused(f, pkgdb_commit(f->db, &f->e), EEXIST, "component 'MS': it is installed");
	pkgdb_abort(f->db);
}

static void reversing_is_exact(void **state)
{
	struct fixture *f = *state;
	struct strbuf before = STRBUF_INIT, after = STRBUF_INIT;

	upgrade(f);
	fixture_begin(f);
	assert_ok(f, txn_set_state(f->db, 2, TXN_REVERSING, &f->e));
	assert_ok(f, pkgdb_reverse(f->db, 2, &f->e));
	fixture_commit(f);
	assert_string_equal(text(f, PKGDB_NOW), "CS 1.0, MS 6.3");
	assert_ok(f, pkgdb_dump(f->db, &before, &f->e));
	assert_non_null(strstr(before.p, "[component]\nid=1 name='MS' version='6.3'"));
	assert_non_null(strstr(before.p, "[component_package]\ncomponent=1 instance='SUNWa'"));
	assert_null(strstr(before.p, "version='7.0'"));
	assert_ok(f, pkgdb_check(f->db, &after, &f->e));
	assert_string_equal(strbuf_str(&after), "");
	strbuf_free(&before);
	strbuf_free(&after);
}

static void undo_brings_back_what_was(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_component c;

	upgrade(f);
	settle(f, 2);
	fixture_begin(f);
	assert_ok(f, pkgdb_undo(f->db, 2, 3, &f->e));
	add_txn(f, 3);
	fixture_commit(f);
	assert_string_equal(text(f, PKGDB_NOW), "CS 1.0, MS 6.3");
	assert_string_equal(text(f, 2), "CS 1.0, MS 7.0");
	assert_int_equal(pkgdb_component_find(f->db, f->a, "MS", PKGDB_NOW, &c, &f->e), 1);
	assert_int_equal(c.added, 3);
	assert_int_equal(c.npackages, 2);
	assert_memory_equal(c.manifest, "<x\0y>", 5);
}

static void forgetting(void **state)
{
	struct fixture *f = *state;
	struct strbuf dump = STRBUF_INIT;

	upgrade(f);
	settle(f, 2);
	fixture_begin(f);
	add_txn(f, 3);
	fixture_commit(f);
	settle(f, 3);
	fixture_begin(f);
	assert_ok(f, pkgdb_prune(f->db, 2, &f->e));
	fixture_commit(f);
	assert_string_equal(text(f, PKGDB_NOW), "CS 1.0, MS 7.0");
	assert_ok(f, pkgdb_dump(f->db, &dump, &f->e));
	assert_null(strstr(dump.p, "version='6.3'"));
	strbuf_free(&dump);
}

static void findings_of_damage(void **state)
{
	struct fixture *f = *state;
	struct strbuf b = STRBUF_INIT;

	upgrade(f);
	settle(f, 2);
	pkgdb_close(f->db);
	f->db = NULL;
	assert_int_equal(fixture_sql(f, "UPDATE component SET added = 7 WHERE name = 'CS'; "
				     "UPDATE component SET removed = 0"), 0);
	fixture_open(f, PKGDB_READ);
	assert_ok(f, pkgdb_check(f->db, &b, &f->e));
	assert_non_null(strstr(strbuf_str(&b), "component is there twice: MS"));
	assert_non_null(strstr(b.p, "with a transaction that is not in the history: CS"));
	strbuf_free(&b);
}

static void values_out_of_range_are_refused(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_component *c;
	size_t n;

	upgrade(f);
	pkgdb_close(f->db);
	f->db = NULL;
	assert_int_equal(fixture_sql(f, "UPDATE component SET kind = 'X'"), 0);
	fixture_open(f, PKGDB_READ);
	assert_refused(f, pkgdb_components(f->db, f->a, PKGDB_NOW, &c, &n, &f->e), E_DB, "kind");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_of_it_comes_back), TEST(as_of_a_transaction), TEST(one_of_a_name),
		TEST(reversing_is_exact), TEST(undo_brings_back_what_was), TEST(forgetting),
		TEST(findings_of_damage), TEST(values_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
