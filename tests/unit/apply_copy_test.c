/* OP_COPY and OP_RMDIR: what scripts find in the root they may change there, and the way back
 * does not depend on them. Forward is done twice each time, as recovery would. */
#include "commpkg/apply.h"
#include "commpkg/plan.h"
#include "change_fixture.h"

struct stand {
	struct root *root;
	struct tree *state;
	struct apply ap;
	struct arena *a;
	struct error e;
	const char *top;
};

static const char *path(struct stand *s, const char *name)
{
	return arena_printf(s->a, "%s/%s", s->top, name);
}

static void write_text(struct stand *s, const char *name, const char *text)
{
	fixture_write(path(s, name), text, strlen(text));
}

static const char *text_of(struct stand *s, const char *name)
{
	struct rpath p;
	char *text;
	size_t len;

	assert_int_equal(rpath_parse(s->a, name, &p, NULL), 0);
	if (tree_read(s->root->tree, s->a, p, 4096, &text, &len, NULL) < 0)
		return "(none)";
	return text;
}

static void stand_open(struct stand *s, struct world *w)
{
	*s = (struct stand){ .a = arena_new(), .top = w->root };
	error_clear(&s->e);
	fixture_mkdirs(path(s, ROOT_STATE_DIR "/txn/1-x/new/x"));
	assert_int_equal(root_open(w->root, false, &s->root, &s->e), 0);
	assert_int_equal(root_state(s->root, true, &s->state, &s->e), 0);
	assert_int_equal(apply_open(s->a, s->root, s->state, NULL, 1, "1-x", &s->ap,
				    &s->e), 0);
}

static void stand_close(struct stand *s)
{
	apply_close(&s->ap);
	tree_close(s->state);
	root_close(s->root);
	arena_free(s->a);
}

static struct op op_on(struct stand *s, enum op_kind kind, const char *name)
{
	struct op op = { .kind = kind, .path = name };
	struct stat st;
	struct rpath p;

	assert_int_equal(rpath_parse(s->a, name, &p, NULL), 0);
	if (tree_stat(s->root->tree, p, &st, NULL) == 0)
		op_attr_of(&st, &op.was);
	return op;
}

static void forward(struct stand *s, const struct op *ops, size_t n)
{
	tree_forget(s->root->tree);
	for (int i = 0; i < 2; i++)
		if (apply_forward(&s->ap, ops, n, &s->e) < 0)
			fail_msg("%s", s->e.text);
}

static void back(struct stand *s, const struct op *ops, size_t n)
{
	tree_forget(s->root->tree);
	for (int i = 0; i < 2; i++)
		if (apply_back(&s->ap, ops, n, &s->e) < 0)
			fail_msg("%s", s->e.text);
}

static void a_file_that_a_script_edits_in_place(void **state)
{
	struct stand s;
	struct stat before, after;
	struct op op;

	stand_open(&s, *state);
	write_text(&s, "etc/table", "old\n");
	assert_int_equal(chmod(path(&s, "etc/table"), 0640), 0);
	assert_int_equal(stat(path(&s, "etc/table"), &before), 0);
	op = op_on(&s, OP_COPY, "etc/table");
	forward(&s, &op, 1);
	assert_string_equal(text_of(&s, "etc/table"), "old\n");
	write_text(&s, "etc/table", "by a script\n");
	forward(&s, &op, 1); /* not copied over what the script made of it */
	assert_string_equal(text_of(&s, "etc/table"), "by a script\n");
	back(&s, &op, 1);
	assert_string_equal(text_of(&s, "etc/table"), "old\n");
	assert_int_equal(stat(path(&s, "etc/table"), &after), 0);
	assert_true(before.st_ino == after.st_ino && before.st_mode == after.st_mode);
	stand_close(&s);
}

struct told {
	unsigned times, last;
	char path[64];
};

static void on_copying(void *ctx, const char *p, unsigned percent)
{
	struct told *t = ctx;

	assert_true(percent > t->last && percent <= 100);
	t->last = percent;
	(void)snprintf(t->path, sizeof(t->path), "%s", p); /* lives during the call only */
	t->times++;
}

static void how_far_the_copy_of_a_large_file_is(void **state)
{
	static char large[3 << 20];
	struct told told = { .times = 0 };
	struct stand s;
	struct op op;

	stand_open(&s, *state);
	fixture_write(path(&s, "etc/table"), large, sizeof(large));
	op = op_on(&s, OP_COPY, "etc/table");
	s.ap.copying = on_copying;
	s.ap.copying_ctx = &told;
	forward(&s, &op, 1); /* the second time nothing is copied */
	if (told.times > 0) { /* where blocks are shared there is nothing to wait for */
		assert_true(told.times > 2);
		assert_int_equal(told.last, 100);
		assert_string_equal(told.path, "etc/table");
	}
	stand_close(&s);
}

static void a_file_that_a_script_removes(void **state)
{
	struct stand s;
	struct op ops[2];

	stand_open(&s, *state);
	write_text(&s, "opt/app/file", "old\n");
	assert_int_equal(chmod(path(&s, "opt/app"), 0711), 0);
	ops[0] = op_on(&s, OP_COPY, "opt/app/file");
	ops[1] = op_on(&s, OP_RMDIR, "opt/app");
	forward(&s, ops, 1);
	assert_int_equal(unlink(path(&s, "opt/app/file")), 0);
	forward(&s, &ops[1], 1); /* a phase later */
	assert_int_equal(access(path(&s, "opt/app"), F_OK), -1);
	back(&s, ops, 2);
	assert_string_equal(text_of(&s, "opt/app/file"), "old\n");
	struct stat st;
	assert_int_equal(stat(path(&s, "opt/app"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0711);
	stand_close(&s);
}

static void a_file_that_a_script_makes(void **state)
{
	struct stand s;
	struct op op;

	stand_open(&s, *state);
	write_text(&s, "etc/other", "x\n");
	op = op_on(&s, OP_COPY, "etc/new");
	assert_false(op.was.known);
	forward(&s, &op, 1);
	assert_string_equal(text_of(&s, "etc/new"), "(none)");
	write_text(&s, "etc/new", "by a script\n");
	back(&s, &op, 1);
	assert_string_equal(text_of(&s, "etc/new"), "(none)");
	stand_close(&s);
}

static void a_directory_with_something_in_it_stays(void **state)
{
	struct stand s;
	struct op op;

	stand_open(&s, *state);
	write_text(&s, "opt/app/other", "x\n");
	op = op_on(&s, OP_RMDIR, "opt/app");
	forward(&s, &op, 1);
	assert_string_equal(text_of(&s, "opt/app/other"), "x\n");
	back(&s, &op, 1);
	assert_string_equal(text_of(&s, "opt/app/other"), "x\n");
	stand_close(&s);
}

/* A script that removed a whole directory: what was replaced in it comes back with it. */
static void a_directory_that_a_script_removed(void **state)
{
	struct stand s;
	struct op op;

	stand_open(&s, *state);
	write_text(&s, "opt/app/file", "old\n");
	write_text(&s, ROOT_STATE_DIR "/txn/1-x/new/opt/app/file", "new\n");
	op = op_on(&s, OP_PUT, "opt/app/file");
	forward(&s, &op, 1);
	assert_string_equal(text_of(&s, "opt/app/file"), "new\n");
	assert_int_equal(unlink(path(&s, "opt/app/file")), 0);
	assert_int_equal(rmdir(path(&s, "opt/app")), 0);
	back(&s, &op, 1);
	assert_string_equal(text_of(&s, "opt/app/file"), "old\n");
	stand_close(&s);
}

#define APPLY(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		APPLY(a_file_that_a_script_edits_in_place), APPLY(a_file_that_a_script_removes),
		APPLY(how_far_the_copy_of_a_large_file_is),
		APPLY(a_file_that_a_script_makes), APPLY(a_directory_with_something_in_it_stays),
		APPLY(a_directory_that_a_script_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
