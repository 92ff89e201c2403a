/* Trees of several parts: what is in which part, and that they are made and removed together. */
#include "tests/unit/root_fixture.h"

/* TOP/out/part as part of TOP/root, at mnt/a; and TOP/out/deep at mnt/a/b. */
static void graft_two(struct fixture *f)
{
	struct tree *part, *deep;

	assert_int_equal(mkdir(at_top(f, "part"), 0700), 0);
	assert_int_equal(mkdir(at_top(f, "deep"), 0700), 0);
	assert_int_equal(tree_open(at_top(f, "part"), &part, &f->e), 0);
	assert_int_equal(tree_open(at_top(f, "deep"), &deep, &f->e), 0);
	tree_graft(f->t, P(f, "mnt/a"), part);
	tree_graft(f->t, P(f, "mnt/a/b"), deep);
}

static bool is_there(struct fixture *f, const char *path)
{
	struct stat st;

	return lstat(at_top(f, path), &st) == 0;
}

static void paths_are_in_their_part(void **state)
{
	struct fixture *f = *state;
	struct rpath at;
	char text[16];

	graft_two(f);
	assert_int_equal(tree_parts(f->t), 2);
	assert_int_equal(tree_mkdirs(f->t, P(f, "mnt/a/x"), 0755, &f->e), 0);
	assert_int_equal(tree_mkdirs(f->t, P(f, "mnt/a/b/y"), 0755, &f->e), 0);
	assert_int_equal(tree_mkdirs(f->t, P(f, "mnt/ab"), 0755, &f->e), 0);
	assert_true(is_there(f, "part/x"));
	assert_true(is_there(f, "deep/y")); /* the longer path counts */
	assert_true(is_there(f, "root/mnt/ab")); /* its name only begins so */
	assert_false(is_there(f, "root/mnt/a"));
	put_file(at_top(f, "deep/y/file"), "deep");
	assert_true(tree_exists(f->t, P(f, "mnt/a/b/y/file")));
	assert_int_equal(tree_rename(f->t, P(f, "mnt/a/b/y/file"), f->t, P(f, "mnt/ab/file"), 0,
				     &f->e), 0);
	assert_string_equal(get_file(at_top(f, "root/mnt/ab/file"), text, sizeof(text)), "deep");
	assert_ptr_equal(tree_part(f->t, 0, &at), tree_part(f->t, 0, &at));
	assert_string_equal(rpath_str(at), "mnt/a");
}

static void each_part_has_the_directory(void **state)
{
	struct fixture *f = *state;
	struct tree *each, *again;
	const char **names;
	size_t n;

	graft_two(f);
	assert_int_equal(tree_open_each(f->t, P(f, "txn/new"), 0700, true, &each, &f->e), 0);
	assert_true(is_there(f, "root/txn/new") && is_there(f, "part/txn/new") &&
		    is_there(f, "deep/txn/new"));
	/* What is grafted is listed where it is grafted. */
	assert_int_equal(tree_list(each, f->a, P(f, "mnt"), &names, &n, &f->e), 0);
	assert_int_equal(n, 1);
	assert_string_equal(names[0], "a");
	assert_int_equal(tree_mkdir(each, P(f, "mnt/a/b/z"), 0755, &f->e), 0);
	assert_true(is_there(f, "deep/txn/new/z"));
	assert_int_equal(tree_open_each(f->t, P(f, "txn/new"), 0700, true, &again, &f->e), -EEXIST);
	tree_close(each);
	/* Missing on one of them: it is missing. */
	assert_int_equal(rmdir(at_top(f, "part/txn/new/b")), 0);
	assert_int_equal(rmdir(at_top(f, "part/txn/new")), 0);
	assert_int_equal(tree_open_each(f->t, P(f, "txn/new"), 0, false, &again, &f->e), -ENOENT);
	assert_int_equal(tree_remove_each(f->t, P(f, "txn"), &f->e), 0);
	assert_false(is_there(f, "root/txn") || is_there(f, "part/txn") || is_there(f, "deep/txn"));
}

static void a_second_handle_has_the_parts_too(void **state)
{
	struct fixture *f = *state;
	struct tree *dup;

	graft_two(f);
	assert_int_equal(tree_dup(f->t, &dup, &f->e), 0);
	assert_int_equal(tree_parts(dup), 2);
	assert_int_equal(tree_mkdirs(dup, P(f, "mnt/a/b/y"), 0755, &f->e), 0);
	assert_true(is_there(f, "deep/y"));
	tree_close(dup);
	assert_true(tree_exists(f->t, P(f, "mnt/a/b/y")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(paths_are_in_their_part),
		BOTH(each_part_has_the_directory),
		BOTH(a_second_handle_has_the_parts_too),
	};

	return cmocka_run_group_tests_name("root_graft", tests, NULL, NULL);
}
