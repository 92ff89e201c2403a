/* Scripts of a transaction: to be run, begun again, ended; and what is kept of them. */
#include "pkgdb/scripts.h"
#include "pkgdb_fixture.h"

static const struct txn_script_job job = {
	.arg = "ENDOFCLASS", .bytes = "exit\0 1\n", .len = 8, .input = "a b\n", .input_len = 4,
	.env = "A=1\0B=2", .env_len = 8, .cwd = "var/x", .gid = 7, .trace = true, .policy = 2,
	.inside = true, .time_limit = 90,
};

static void add(struct fixture *f)
{
	struct txn_script s = { .seq = 1, .instance = "demo", .name = "preinstall",
				.state = SCRIPT_DONE, .runs = 1, .output = "hello\n" };

	fixture_begin(f);
	add_txn(f, 1);
	assert_ok(f, txn_script_add(f->db, 1, &s, &f->e));
	s = (struct txn_script){ .seq = 2, .phase = 1, .instance = "demo", .name = "i.conf",
				 .state = SCRIPT_PENDING, .status = -1, .job = &job };
	assert_ok(f, txn_script_add(f->db, 1, &s, &f->e));
	s.seq = 3;
	s.job = NULL;
	assert_refused(f, txn_script_add(f->db, 1, &s, &f->e), EINVAL, "not whole");
	fixture_commit(f);
}

static struct txn_script *all(struct fixture *f, size_t want)
{
	struct txn_script *v;
	size_t n;

	assert_ok(f, txn_scripts(f->db, f->a, 1, &v, &n, &f->e));
	assert_int_equal(n, want);
	return v;
}

static void what_is_to_be_run(void **state)
{
	struct fixture *f = *state;
	struct txn_script *v;

	add(f);
	v = all(f, 2);
	assert_string_equal(v[0].output, "hello\n");
	assert_null(v[0].job);
	assert_int_equal(v[1].phase, 1);
	assert_int_equal(v[1].job->len, 8);
	assert_memory_equal(v[1].job->bytes, job.bytes, 8);
	assert_memory_equal(v[1].job->env, job.env, 8);
	assert_string_equal(v[1].job->input, "a b\n");
	assert_string_equal(v[1].job->cwd, "var/x");
	assert_true(v[1].job->gid == 7 && v[1].job->trace);
	assert_int_equal(v[1].job->policy, 2);
	assert_true(v[1].job->inside);
	assert_int_equal(v[1].job->time_limit, 90);
}

static void from_state_to_state(void **state)
{
	struct fixture *f = *state;
	struct txn_script *v;

	add(f);
	assert_refused(f, txn_script_end(f->db, 1, 2, SCRIPT_DONE, 0, 5, "", &f->e), E_NOT_FOUND,
		       "no script 2 in that state");
	assert_ok(f, txn_script_begin(f->db, 1, 2, 5, &f->e));
	assert_ok(f, txn_script_begin(f->db, 1, 2, 6, &f->e)); /* after a crash */
	assert_refused(f, txn_script_begin(f->db, 1, 1, 6, &f->e), E_NOT_FOUND, "no script 1");
	assert_ok(f, txn_script_end(f->db, 1, 2, SCRIPT_FAILED, 3, 7, "no\n", &f->e));
	v = all(f, 2);
	assert_int_equal(v[1].state, SCRIPT_FAILED);
	assert_int_equal(v[1].runs, 2);
	assert_int_equal(v[1].status, 3);
	assert_int_equal(v[1].began, 6);
	assert_int_equal(v[1].ended, 7);
	assert_string_equal(v[1].output, "no\n");
	fixture_begin(f);
	assert_ok(f, txn_scripts_over(f->db, 1, &f->e));
	fixture_commit(f);
	assert_null(all(f, 2)[1].job);
}

static void phases(void **state)
{
	struct fixture *f = *state;
	struct op op = { .kind = OP_PUT, .path = "x" }, *ops;
	struct txn t;
	size_t n;

	fixture_begin(f);
	add_txn(f, 1);
	for (int p = 0; p < 3; p++) {
		op.seq = TXN_SEQ(p, 1);
		assert_ok(f, txn_op_add(f->db, 1, &op, &f->e));
	}
	fixture_commit(f);
	fixture_begin(f);
	assert_ok(f, txn_ops_drop(f->db, 1, 1, &f->e));
	assert_ok(f, txn_set_phase(f->db, 1, 1, &f->e));
	fixture_commit(f);
	assert_ok(f, txn_ops(f->db, f->a, 1, &ops, &n, &f->e));
	assert_int_equal(n, 2);
	assert_int_equal(TXN_PHASE(ops[0].seq), 0);
	assert_int_equal(TXN_PHASE(ops[1].seq), 2);
	assert_int_equal(txn_find(f->db, f->a, 1, &t, &f->e), 1);
	assert_int_equal(t.phase, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_to_be_run), TEST(from_state_to_state), TEST(phases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
