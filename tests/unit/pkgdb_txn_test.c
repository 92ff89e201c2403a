/* Transactions: states, ops, notes, changes, taking back, forgetting. */
#include "pkgdb_fixture.h"

static void numbers_and_states(void **state)
{
	struct fixture *f = *state;
	struct txn t = { .n = 2, .state = TXN_SEALED }, *all;
	int64_t next;
	size_t n;

	fixture_begin(f);
	assert_ok(f, txn_next(f->db, &next, &f->e));
	assert_int_equal(next, 1);
	assert_refused(f, txn_add(f->db, &t, &f->e), EINVAL, "the next one is 1");
	t.n = 1;
	t.state = TXN_REVERSED;
	assert_refused(f, txn_add(f->db, &t, &f->e), EINVAL, "begins sealed");
	t.state = TXN_SEALED;
	t.undoes = 1;
	assert_refused(f, txn_add(f->db, &t, &f->e), EINVAL, "cannot record");
	add_txn(f, 1);
	assert_int_equal(txn_pending(f->db, f->a, &t, &f->e), 1);
	assert_int_equal(t.n, 1);
	t = (struct txn){ .n = 2, .state = TXN_SEALED };
	assert_refused(f, txn_add(f->db, &t, &f->e), E_RECOVERY, "transaction 1 was interrupted");
	fixture_commit(f);
	assert_refused(f, txn_set_state(f->db, 7, TXN_SETTLED, &f->e), E_NOT_FOUND, "no transaction");
	settle(f, 1);
	settle(f, 1); /* recovery may say so again */
	assert_refused(f, txn_set_state(f->db, 1, TXN_REVERSING, &f->e), EINVAL, "from state 2");
	assert_int_equal(txn_pending(f->db, f->a, &t, &f->e), 0);
	fixture_begin(f);
	add_txn(f, 2);
	fixture_commit(f);
	assert_ok(f, txn_set_state(f->db, 2, TXN_REVERSING, &f->e));
	assert_int_equal(txn_pending(f->db, f->a, &t, &f->e), 1);
	assert_int_equal(t.state, TXN_REVERSING);
	assert_refused(f, txn_set_state(f->db, 2, TXN_SETTLED, &f->e), EINVAL, "from state 3");
	assert_ok(f, txn_set_state(f->db, 2, TXN_REVERSED, &f->e));
	assert_ok(f, txn_set_keeps(f->db, 1, false, &f->e));
	assert_ok(f, txn_list(f->db, f->a, &all, &n, &f->e));
	assert_int_equal(n, 2);
	assert_false(all[0].keeps);
	assert_true(all[1].keeps);
	assert_ok(f, txn_next(f->db, &next, &f->e));
	assert_int_equal(next, 3); /* also after one that was taken back */
}

static void what_is_said_of_one(void **state)
{
	struct fixture *f = *state;
	char *much = arena_alloc(f->a, 70001);
	struct txn t = { .n = 1, .state = TXN_SETTLED, .verb = "install", .who = "me",
			 .started = -1, .sealed = INT64_MAX, .stage = "1-abc", .keeps = true,
			 .summary = "install SUNWa 1.0" }, got;

	memset(much, 'x', 70000);
	t.command = much;
	fixture_begin(f);
	assert_ok(f, txn_add(f->db, &t, &f->e));
	fixture_commit(f);
	assert_int_equal(txn_find(f->db, f->a, 2, &got, &f->e), 0);
	assert_int_equal(txn_find(f->db, f->a, 1, &got, &f->e), 1);
	assert_string_equal(got.verb, "install");
	assert_string_equal(got.who, "me");
	assert_string_equal(got.stage, "1-abc");
	assert_string_equal(got.summary, t.summary);
	assert_int_equal(strlen(got.command), 65536); /* cut, not refused */
	assert_int_equal(got.started, -1);
	assert_int_equal(got.sealed, INT64_MAX);
}

static void assert_attr(const struct op_attr *a, const struct op_attr *b)
{
	assert_int_equal(a->known, b->known);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_int_equal(a->mtime, b->mtime);
	assert_int_equal(a->mtime_nsec, b->mtime_nsec);
	assert_true(a->dev == b->dev && a->ino == b->ino && a->size == b->size);
}

static void ops_come_back_in_order(void **state)
{
	struct fixture *f = *state;
	struct op_attr full = { .known = true, .mode = 0104755, .uid = UINT32_MAX, .gid = 1,
				.mtime = -7, .mtime_nsec = 999999999, .dev = UINT64_MAX,
				.ino = (uint64_t)1 << 63, .size = 5 };
	struct op ops[] = {
		{ .seq = 1, .kind = OP_PUT, .path = "opt/x", .was = full },
		{ .seq = 2, .kind = OP_ATTR, .path = "opt", .volume = 3, .now = full },
		{ .seq = 3, .kind = OP_REMOVE_TREE, .path = "y" },
	}, *got;
	size_t n, i;

	fixture_begin(f);
	for (i = 3; i-- > 0;) /* ops may be written before their transaction */
		assert_ok(f, txn_op_add(f->db, 1, &ops[i], &f->e));
	assert_refused(f, txn_op_add(f->db, 1, &ops[0], &f->e), EEXIST, "op 1 of");
	ops[0].path = "../x";
	assert_refused(f, txn_op_add(f->db, 1, &ops[0], &f->e), EINVAL, "not a clean path");
	ops[0].path = "";
	assert_refused(f, txn_op_add(f->db, 1, &ops[0], &f->e), EINVAL, "an op of kind");
	ops[0].path = "opt/x";
	add_txn(f, 1);
	fixture_commit(f);
	assert_ok(f, txn_ops(f->db, f->a, 1, &got, &n, &f->e));
	assert_int_equal(n, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(got[i].seq, ops[i].seq);
		assert_int_equal(got[i].kind, ops[i].kind);
		assert_int_equal(got[i].volume, ops[i].volume);
		assert_string_equal(got[i].path, ops[i].path);
		assert_attr(&got[i].was, &ops[i].was);
		assert_attr(&got[i].now, &ops[i].now);
	}
}

static void an_op_needs_its_transaction(void **state)
{
	struct fixture *f = *state;
	struct op op = { .seq = 1, .kind = OP_REMOVE, .path = "x" };

	fixture_begin(f);
	assert_ok(f, txn_op_add(f->db, 1, &op, &f->e));
	assert_int_equal(pkgdb_commit(f->db, &f->e), -EEXIST);
	pkgdb_abort(f->db);
}

static void notes(void **state)
{
	struct fixture *f = *state;
	char *much = arena_alloc(f->a, (1 << 20) + 11);
	struct txn_note *got;
	size_t n;

	memset(much, 'y', (1 << 20) + 10);
	fixture_begin(f);
	add_txn(f, 1);
	assert_ok(f, txn_note_add(f->db, 1, "decision", "etc/x", "kept", &f->e));
	fixture_commit(f);
	assert_ok(f, txn_note_add(f->db, 1, "output", "postinstall", much, &f->e));
	assert_ok(f, txn_notes(f->db, f->a, 1, &got, &n, &f->e));
	assert_int_equal(n, 2);
	assert_string_equal(got[0].kind, "decision");
	assert_string_equal(got[0].subject, "etc/x");
	assert_string_equal(got[0].text, "kept");
	assert_int_equal(strlen(got[1].text), 1 << 20);
}

static void changes_say_what_happened(void **state)
{
	struct fixture *f = *state;
	struct txn_change *c;
	int64_t a, b;
	size_t n;

	fixture_begin(f);
	a = add_package(f, "SUNWa", "1.0", 1, 0);
	b = add_package(f, "SUNWb", "1.0", 1, 0);
	add_txn(f, 1);
	fixture_commit(f);
	settle(f, 1);
	fixture_begin(f);
	(void)add_package(f, "SUNWa", "2.0", 2, a); /* the new row first is fine */
	assert_ok(f, pkgdb_package_end(f->db, a, 2, &f->e));
	assert_ok(f, pkgdb_package_end(f->db, b, 2, &f->e));
	(void)add_package(f, "SUNWc", "1.0", 2, 0);
	add_txn(f, 2);
	fixture_commit(f);
	assert_ok(f, txn_changes(f->db, f->a, 2, &c, &n, &f->e));
	assert_int_equal(n, 3);
	assert_string_equal(c[0].instance, "SUNWa");
	assert_string_equal(c[0].from, "1.0");
	assert_string_equal(c[0].to, "2.0");
	assert_string_equal(c[1].from, "1.0");
	assert_null(c[1].to);
	assert_null(c[2].from);
	assert_string_equal(c[2].to, "1.0");
	assert_ok(f, txn_changes(f->db, f->a, 1, &c, &n, &f->e));
	assert_int_equal(n, 2);
	assert_null(c[0].from);
}

static void an_instance_is_there_once(void **state)
{
	struct fixture *f = *state;

	fixture_begin(f);
	(void)add_package(f, "SUNWa", "1.0", 1, 0);
	(void)add_package(f, "SUNWa", "2.0", 1, 0);
	assert_refused(f, pkgdb_commit(f->db, &f->e), EEXIST, "'SUNWa': it is installed already");
	pkgdb_abort(f->db);
}

/* ---- taking back */

static char *dump(struct fixture *f)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	char *txn;

	assert_ok(f, pkgdb_dump(f->db, &out, &f->e));
	txn = strstr(out.p, "[txn]"); /* its state is meant to differ */
	memmove(txn, strstr(txn, "[op]"), strlen(strstr(txn, "[op]")) + 1);
	return arena_strdup(f->a, out.p);
}

static void begin_with_two(struct fixture *f, int64_t *ret_a, int64_t *ret_b)
{
	fixture_begin(f);
	*ret_a = add_package(f, "SUNWa", "1.0", 1, 0);
	add_file(f, *ret_a, "a/x", 1);
	add_file(f, *ret_a, "a/y", 1);
	*ret_b = add_package(f, "SUNWb", "1.0", 1, 0);
	add_file(f, *ret_b, "b/x", 1);
	add_file(f, *ret_b, "a/x", 1);
	assert_ok(f, pkgdb_pristine_set(f->db, "etc/a", "one", 3, &f->e));
	assert_ok(f, pkgdb_pristine_set(f->db, "etc/b", "two", 3, &f->e));
	add_txn(f, 1);
	fixture_commit(f);
	settle(f, 1);
}

static void reversing_is_exact(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_file row;
	int64_t a, b, c;
	char *before;

	begin_with_two(f, &a, &b);
	before = dump(f);
	fixture_begin(f);
	assert_ok(f, pkgdb_file_end(f->db, a, "a/y", 2, &f->e));
	assert_ok(f, pkgdb_package_end(f->db, a, 2, &f->e));
	c = add_package(f, "SUNWa", "2.0", 2, a);
	add_file(f, c, "a/x", 2);
	row = a_file(b, "a/x", 2);
	row.size = 77;
	assert_ok(f, pkgdb_file_replace(f->db, &row, 2, &f->e));
	assert_ok(f, pkgdb_file_end(f->db, b, "b/x", 2, &f->e));
	add_file(f, b, "b/z", 2);
	assert_ok(f, pkgdb_package_set_manual(f->db, b, true, &f->e));
	assert_ok(f, pkgdb_package_set_state(f->db, b, 'R', &f->e));
	assert_ok(f, pkgdb_package_set_state(f->db, b, 'I', &f->e));
	assert_ok(f, pkgdb_pristine_set(f->db, "etc/a", "ONE", 3, &f->e));
	assert_ok(f, pkgdb_pristine_set(f->db, "etc/a", "One", 3, &f->e));
	assert_ok(f, pkgdb_pristine_drop(f->db, "etc/b", &f->e));
	assert_ok(f, pkgdb_pristine_set(f->db, "etc/c", "three", 5, &f->e));
	add_txn(f, 2);
	fixture_commit(f);
	assert_string_not_equal(dump(f), before);
	fixture_begin(f);
	assert_ok(f, pkgdb_reverse(f->db, 2, &f->e));
	fixture_commit(f);
	assert_string_equal(dump(f), before);
}

static void only_the_one_under_way_is_reversed(void **state)
{
	struct fixture *f = *state;
	int64_t a, b;

	begin_with_two(f, &a, &b);
	fixture_begin(f);
	assert_refused(f, pkgdb_reverse(f->db, 1, &f->e), EINVAL, "not the one under way");
	add_txn(f, 2);
	fixture_commit(f);
	fixture_begin(f);
	assert_refused(f, pkgdb_reverse(f->db, 1, &f->e), EINVAL, "not the one under way");
	assert_ok(f, pkgdb_reverse(f->db, 2, &f->e));
	assert_refused(f, pkgdb_reverse(f->db, 2, &f->e), EINVAL, "not the one under way");
}

/* What is written outside of any transaction stays when the next is taken back. */
static void writes_between_transactions_stay(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_package p;
	const char *text;
	int64_t a, b;
	size_t len;

	begin_with_two(f, &a, &b);
	assert_ok(f, pkgdb_pristine_set(f->db, "etc/a", "resolved", 8, &f->e));
	assert_ok(f, pkgdb_pristine_drop(f->db, "etc/b", &f->e));
	assert_ok(f, pkgdb_package_set_manual(f->db, a, true, &f->e));
	fixture_begin(f);
	assert_ok(f, pkgdb_pristine_set(f->db, "etc/a", "new", 3, &f->e));
	assert_ok(f, pkgdb_package_set_manual(f->db, a, false, &f->e));
	add_txn(f, 2);
	fixture_commit(f);
	fixture_begin(f);
	assert_ok(f, pkgdb_reverse(f->db, 2, &f->e));
	fixture_commit(f);
	assert_int_equal(pkgdb_pristine_get(f->db, f->a, "etc/a", &text, &len, &f->e), 1);
	assert_string_equal(text, "resolved");
	assert_int_equal(len, 8);
	assert_int_equal(pkgdb_pristine_get(f->db, f->a, "etc/b", &text, &len, &f->e), 0);
	assert_int_equal(pkgdb_package_find(f->db, f->a, "SUNWa", PKGDB_NOW, &p, &f->e), 1);
	assert_true(p.manual);
}

static void pristine_text_of_its_time(void **state)
{
	struct fixture *f = *state;
	const char *text;
	int64_t a, b;
	size_t len;

	begin_with_two(f, &a, &b);
	fixture_begin(f);
	assert_ok(f, pkgdb_pristine_set(f->db, "etc/a", "n\0w", 3, &f->e));
	add_txn(f, 2);
	fixture_commit(f);
	settle(f, 2);
	assert_int_equal(pkgdb_pristine_at(f->db, f->a, "etc/a", 1, &text, &len, &f->e), 1);
	assert_memory_equal(text, "one", 3);
	assert_int_equal(pkgdb_pristine_get(f->db, f->a, "etc/a", &text, &len, &f->e), 1);
	assert_memory_equal(text, "n\0w\0", 4);
	assert_refused(f, pkgdb_pristine_set(f->db, "etc/a", "", ((size_t)16 << 20) + 1, &f->e),
		       E_LIMIT, "larger than");
	assert_refused(f, pkgdb_pristine_set(f->db, "/etc/a", "", 0, &f->e), EINVAL, "clean path");
}

/* ---- forgetting */

static void forgetting(void **state)
{
	struct fixture *f = *state;
	struct pkgdb_package *p;
	struct pkgdb_file *rows;
	struct txn_note *n;
	struct txn t;
	struct op op = { .seq = 1, .kind = OP_REMOVE, .path = "x" }, *ops;
	size_t count;
	int64_t a, b;

	begin_with_two(f, &a, &b);
	assert_ok(f, txn_note_add(f->db, 1, "k", "s", "t", &f->e));
	fixture_begin(f);
	assert_ok(f, pkgdb_package_end(f->db, a, 2, &f->e));
	assert_ok(f, pkgdb_file_end(f->db, b, "b/x", 2, &f->e));
	assert_ok(f, txn_op_add(f->db, 2, &op, &f->e));
	add_txn(f, 2);
	fixture_commit(f);
	fixture_begin(f);
	assert_refused(f, pkgdb_prune(f->db, 1, &f->e), E_RECOVERY, "was interrupted");
	pkgdb_abort(f->db);
	settle(f, 2);
	fixture_begin(f);
	assert_refused(f, pkgdb_prune(f->db, 3, &f->e), EINVAL, "none of that number");
	assert_refused(f, pkgdb_prune(f->db, 0, &f->e), EINVAL, "none of that number");
	assert_ok(f, pkgdb_prune(f->db, 1, &f->e));
	fixture_commit(f);
	assert_ok(f, pkgdb_packages(f->db, f->a, 1, &p, &count, &f->e));
	assert_int_equal(count, 2); /* the state at 1 itself is still known */
	assert_ok(f, txn_notes(f->db, f->a, 1, &n, &count, &f->e));
	assert_int_equal(count, 0);
	assert_ok(f, txn_ops(f->db, f->a, 2, &ops, &count, &f->e));
	assert_int_equal(count, 1);
	fixture_begin(f);
	assert_ok(f, pkgdb_prune(f->db, 2, &f->e));
	fixture_commit(f);
	assert_refused(f, pkgdb_packages(f->db, f->a, 1, &p, &count, &f->e), E_NOT_FOUND,
		       "history begins with 2");
	assert_refused(f, pkgdb_owners(f->db, f->a, "a/x", 1, &rows, &count, &f->e), E_NOT_FOUND,
		       "is forgotten");
	assert_ok(f, pkgdb_packages(f->db, f->a, 2, &p, &count, &f->e));
	assert_int_equal(count, 1);
	assert_int_equal(p[0].nfiles, 1);
	assert_ok(f, txn_ops(f->db, f->a, 2, &ops, &count, &f->e));
	assert_int_equal(count, 0);
	assert_int_equal(txn_find(f->db, f->a, 2, &t, &f->e), 1); /* a line remains */
	assert_false(t.keeps);
	fixture_open(f, PKGDB_READ);
	assert_refused(f, pkgdb_packages(f->db, f->a, 1, &p, &count, &f->e), E_NOT_FOUND,
		       "is forgotten");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_and_states), TEST(what_is_said_of_one), TEST(ops_come_back_in_order),
		TEST(an_op_needs_its_transaction), TEST(notes), TEST(changes_say_what_happened),
		TEST(an_instance_is_there_once), TEST(reversing_is_exact),
		TEST(only_the_one_under_way_is_reversed), TEST(writes_between_transactions_stay),
		TEST(pristine_text_of_its_time), TEST(forgetting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
