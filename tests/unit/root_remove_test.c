/* Trees removed, and nothing else. */
#include "tests/unit/root_fixture.h"

#include <sys/resource.h>

static int remove_all(struct fixture *f, const char *path)
{
	return tree_remove_all(f->t, P(f, path), &f->e);
}

static void everything_below_goes(void **state)
{
	struct fixture *f = *state;

	make_dirs(f, "d/a/b");
	make_dirs(f, "d/e");
	make_file(f, "d/file", "x");
	make_file(f, "d/a/b/file", "x");
	make_link(f, "nowhere", "d/link");
	assert_int_equal(tree_mknod(f->t, P(f, "d/fifo"), S_IFIFO | 0600, 0, &f->e), 0);
	make_file(f, "dd", "x");
	assert_int_equal(remove_all(f, "d"), 0);
	assert_int_equal(count_names(at_top(f, "root")), 1);
	assert_int_equal(remove_all(f, "dd"), 0);
	assert_int_equal(count_names(at_top(f, "root")), 0);
}

static void nothing_there_is_fine(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(remove_all(f, "no"), 0);
	assert_int_equal(remove_all(f, "no/such/dir"), 0);
	assert_int_equal(remove_all(f, "/"), -EBUSY);
	make_file(f, "file", "");
	assert_int_equal(remove_all(f, "file/x"), -ENOTDIR);
}

static void links_are_removed_not_what_they_lead_to(void **state)
{
	struct fixture *f = *state;

	make_dirs(f, "d/sub");
	make_dirs(f, "kept");
	make_file(f, "kept/file", "x");
	make_link(f, at_top(f, "out"), "d/abs");
	make_link(f, "../../out", "d/up");
	make_link(f, "../../kept", "d/sub/kept");
	make_link(f, at_top(f, "out/dir"), "d/sub/dir");
	make_link(f, "kept", "top");
	assert_int_equal(remove_all(f, "top"), 0);
	assert_int_equal(remove_all(f, "d"), 0);
	assert_host_file(f, "kept/file", "x");
}

/* No recursion, and fewer descriptors than levels. */
static void depth_has_no_limit(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, few = { 0 };
	int fd, rc;

	make_dirs(f, "deep");
	fd = open(at_top(f, "root/deep"), O_PATH | O_CLOEXEC);
	for (int i = 0; i < 1200; i++) {
		int child;

		assert_int_equal(mkdirat(fd, "d", 0755), 0);
		if (i % 100 == 0)
			assert_int_equal(mkdirat(fd, "side", 0755), 0);
		child = openat(fd, "d", O_PATH | O_CLOEXEC);
		close(fd);
		fd = child;
	}
	close(fd);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	few.rlim_cur = 60;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	rc = remove_all(f, "deep");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(rc, 0);
	assert_false(host_exists(f, "deep"));
}

static void width_has_no_limit(void **state)
{
	struct fixture *f = *state;

	make_dirs(f, "wide");
	for (int i = 0; i < 1500; i++) {
		make_dirs(f, arena_printf(f->a, "wide/a-directory-with-a-longer-name-%d", i));
		make_file(f, arena_printf(f->a, "wide/and-a-file-%d", i), "");
	}
	assert_int_equal(remove_all(f, "wide"), 0);
	assert_false(host_exists(f, "wide"));
}

/* As nobody when we are root, because root is kept out by nothing. 0 right. */
static void without_rights_child(struct fixture *f)
{
	struct tree *t;

	if (geteuid() == 0 && (chown(at_top(f, "root"), 65534, 65534) < 0 ||
			       chmod(f->top, 0711) < 0 || setresgid(65534, 65534, 65534) < 0 ||
			       setresuid(65534, 65534, 65534) < 0))
		_exit(CHILD_CAN_NOT);
	if (tree_open(at_top(f, "root"), &t, &f->e) < 0)
		_exit(1);
	tree_close(f->t);
	f->t = t;
	make_dirs(f, "d/a/b/c");
	make_dirs(f, "d/a/none");
	make_file(f, "d/a/b/file", "x");
	for (const char *const *p = (const char *const[]){ "d/a/b/c", "d/a/b", "d/a/none", "d/a",
							     "d", NULL }; *p != NULL; p++)
		if (tree_chmod(t, P(f, *p), *p[0] == 'n' ? 0 : 0555, &f->e) < 0)
			_exit(2);
	if (tree_chmod(t, P(f, "d"), 0, &f->e) < 0)
		_exit(3);
	_exit(remove_all(f, "d") == 0 && !host_exists(f, "d") ? 0 : 4);
}

static void rights_are_taken(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();

	if (pid == 0)
		without_rights_child(f);
	assert_child(pid, "becoming nobody");
}

/* A bind mount of the outside, of the very same file system. */
static void mounted_child(struct fixture *f)
{
	if (!private_mounts() ||
	    mount(at_top(f, "out"), at_top(f, "root/d/mnt"), NULL, MS_BIND, NULL) < 0)
		_exit(CHILD_CAN_NOT);
	if (tree_open(at_top(f, "root"), &f->t, NULL) < 0) /* the old one sees no mount */
		_exit(1);
	if (remove_all(f, "d") != -EBUSY || remove_all(f, "d/mnt") != -EBUSY)
		_exit(2);
	_exit(0);
}

static void mount_points_are_not_entered(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	make_dirs(f, "d/mnt");
	pid = fork();
	if (pid == 0)
		mounted_child(f);
	assert_child(pid, "a mount namespace");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(everything_below_goes),
		BOTH(nothing_there_is_fine),
		BOTH(links_are_removed_not_what_they_lead_to),
		BOTH(depth_has_no_limit),
		BOTH(width_has_no_limit),
		BOTH(rights_are_taken),
		BOTH(mount_points_are_not_entered),
	};

	return cmocka_run_group_tests_name("root_remove", tests, NULL, NULL);
}
