/* Extended attributes below a root: of the name itself, never of what it leads to. */
#include "tests/unit/root_fixture.h"

#include <sys/xattr.h>

static void need_xattrs(struct fixture *f)
{
	if (setxattr(f->top, "user.test", "x", 1, 0) < 0)
		skip();
}

static void attributes_are_set_listed_read_and_removed(void **state)
{
	struct fixture *f = *state;
	const char **names;
	const void *value;
	size_t n, len;

	need_xattrs(f);
	make_dirs(f, "opt");
	make_file(f, "opt/file", "");
	assert_int_equal(tree_xattr_list(f->t, f->a, P(f, "opt/file"), &names, &n, &f->e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(tree_xattr_set(f->t, P(f, "opt/file"), "user.b", "12\0 3", 5, &f->e), 0);
	assert_int_equal(tree_xattr_set(f->t, P(f, "opt/file"), "user.a", "", 0, &f->e), 0);
	assert_int_equal(tree_xattr_list(f->t, f->a, P(f, "opt/file"), &names, &n, &f->e), 0);
	assert_int_equal(n, 2);
	assert_string_equal(names[0], "user.a");
	assert_string_equal(names[1], "user.b");
	assert_int_equal(tree_xattr_get(f->t, f->a, P(f, "opt/file"), "user.b", &value, &len, &f->e), 0);
	assert_int_equal(len, 5);
	assert_memory_equal(value, "12\0 3", 6);
	assert_int_equal(tree_xattr_get(f->t, f->a, P(f, "opt/file"), "user.a", &value, &len, &f->e), 0);
	assert_int_equal(len, 0);
	assert_int_equal(tree_xattr_remove(f->t, P(f, "opt/file"), "user.b", &f->e), 0);
	assert_int_equal(tree_xattr_remove(f->t, P(f, "opt/file"), "user.b", &f->e), 0);
	assert_int_equal(tree_xattr_get(f->t, f->a, P(f, "opt/file"), "user.b", &value, &len, &f->e),
			 -ENODATA);
}

static void the_root_and_its_directories_have_some_too(void **state)
{
	struct fixture *f = *state;
	const char **names;
	size_t n;

	need_xattrs(f);
	assert_int_equal(tree_xattr_set(f->t, rpath_root(), "user.top", "x", 1, &f->e), 0);
	assert_int_equal(tree_xattr_list(f->t, f->a, rpath_root(), &names, &n, &f->e), 0);
	assert_int_equal(n, 1);
	assert_string_equal(names[0], "user.top");
}

/* user.* can't be on a link: had it been followed, the canary outside would have it. */
static void links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	const char **names;
	const void *value;
	size_t n, len;

	need_xattrs(f);
	assert_int_equal(setxattr(at_top(f, "out/file"), "user.secret", "x", 1, 0), 0);
	make_link(f, "../out/file", "link");
	make_link(f, at_top(f, "out"), "dir");
	assert_true(tree_xattr_set(f->t, P(f, "link"), "user.x", "x", 1, &f->e) < 0);
	assert_true(tree_xattr_get(f->t, f->a, P(f, "link"), "user.secret", &value, &len, &f->e) < 0);
	assert_int_equal(tree_xattr_list(f->t, f->a, P(f, "link"), &names, &n, &f->e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(tree_xattr_list(f->t, f->a, P(f, "dir/file"), &names, &n, &f->e), -ENOENT);
	assert_true(lgetxattr(at_top(f, "out/file"), "user.x", NULL, 0) < 0);
}

static void what_is_not_there_is_said(void **state)
{
	struct fixture *f = *state;
	const char **names;
	size_t n;

	assert_int_equal(tree_xattr_list(f->t, f->a, P(f, "no"), &names, &n, &f->e), -ENOENT);
	assert_string_equal(strrchr(f->e.text, ':'), ": No such file or directory");
	assert_int_equal(tree_xattr_set(f->t, P(f, "no/x"), "user.x", "", 0, &f->e), -ENOENT);
	assert_int_equal(tree_xattr_remove(f->t, P(f, "no"), "user.x", &f->e), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(attributes_are_set_listed_read_and_removed),
		BOTH(the_root_and_its_directories_have_some_too),
		BOTH(links_are_not_followed),
		BOTH(what_is_not_there_is_said),
	};

	return cmocka_run_group_tests_name("root_xattr", tests, NULL, NULL);
}
