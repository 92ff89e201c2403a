/* Trees: names made, read, renamed and removed below a root. */
#include "tests/unit/root_fixture.h"

static void names_are_made_and_read(void **state)
{
	struct fixture *f = *state;
	const char *target;
	struct stat st;
	char *text;
	size_t len;

	make_dirs(f, "opt/x");
	make_file(f, "opt/x/file", "hello");
	make_link(f, "file", "opt/x/link");
	assert_int_equal(tree_read(f->t, f->a, P(f, "opt/x/file"), 5, &text, &len, &f->e), 0);
	assert_int_equal(len, 5);
	assert_string_equal(text, "hello");
	assert_int_equal(tree_readlink(f->t, f->a, P(f, "opt/x/link"), &target, &f->e), 0);
	assert_string_equal(target, "file");
	assert_int_equal(tree_stat(f->t, P(f, "opt/x/link"), &st, &f->e), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(tree_stat(f->t, rpath_root(), &st, &f->e), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_host_file(f, "opt/x/file", "hello");
}

static void a_file_is_made_once_and_for_us(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	int fd;

	make_file(f, "file", "");
	make_link(f, "nowhere", "link");
	assert_int_equal(tree_stat(f->t, P(f, "file"), &st, &f->e), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(tree_create(f->t, P(f, "file"), &fd, &f->e), -EEXIST);
	assert_string_equal(strrchr(f->e.text, ':'), ": File exists");
	assert_int_equal(tree_create(f->t, P(f, "link"), &fd, &f->e), -EEXIST);
	assert_int_equal(tree_create(f->t, P(f, "no/file"), &fd, &f->e), -ENOENT);
	assert_int_equal(tree_create(f->t, P(f, "file/x"), &fd, &f->e), -ENOTDIR);
	assert_int_equal(tree_create(f->t, rpath_root(), &fd, &f->e), -EEXIST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(names_are_made_and_read),
		BOTH(a_file_is_made_once_and_for_us),
	};

	return cmocka_run_group_tests_name("root", tests, NULL, NULL);
}
