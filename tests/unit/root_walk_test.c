/* Links that are in a root already, and where they may lead; parents kept by their text. */
#include "tests/unit/root_fixture.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static int create(struct fixture *f, const char *path)
{
	int fd, rc;

	rc = tree_create(f->t, P(f, path), &fd, &f->e);
	return rc == 0 ? close(fd) : rc;
}

/* ---- links lead where they lead with the root as `/` */

static void links_lead_inside(void **state)
{
	struct fixture *f = *state;
	static const struct { const char *target, *link, *at; } rows[] = {
		{ "export/opt", "rel", "export/opt/0" },
		{ "/export/opt", "abs", "export/opt/1" },
		{ "../../export/opt", "up", "export/opt/2" },
		{ "/../../export/opt", "absup", "export/opt/3" },
		{ "rel", "chain", "export/opt/4" },
		{ "export/./opt//", "dots", "export/opt/5" },
		{ "export/opt/../../export/opt", "updown", "export/opt/6" },
		{ ".", "here", "7" },
		{ "../../../../../..", "top", "8" },
		{ "/", "slash", "9" },
		{ "/abs/../opt", "through", "export/opt/10" },
	};

	make_dirs(f, "export/opt");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make_link(f, rows[i].target, rows[i].link);
		assert_int_equal(create(f, arena_printf(f->a, "%s/%zu", rows[i].link, i)), 0);
		assert_true(host_exists(f, rows[i].at));
	}
}

static void links_to_the_outside_lead_nowhere(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	make_dirs(f, "d");
	make_link(f, at_top(f, "out"), "abs");
	make_link(f, "../out", "up");
	make_link(f, "../../out", "d/up");
	assert_int_equal(create(f, "abs/file"), -ENOENT);
	assert_int_equal(create(f, "up/file"), -ENOENT);
	assert_int_equal(create(f, "d/up/new"), -ENOENT);
	assert_int_equal(tree_unlink(f->t, P(f, "up/file"), &f->e), -ENOENT);
	assert_int_equal(tree_stat(f->t, P(f, "d/up/file"), &st, &f->e), -ENOENT);
	assert_int_equal(tree_chmod(f->t, P(f, "abs/file"), 0777, &f->e), -ENOENT);
	assert_int_equal(tree_remove_all(f->t, P(f, "abs/dir"), &f->e), 0);
	/* and when the root has such a directory itself, it is that one */
	make_dirs(f, "out");
	assert_int_equal(create(f, "up/mine"), 0);
	assert_true(host_exists(f, "out/mine"));
}

static void loops_end(void **state)
{
	struct fixture *f = *state;
	struct rpath p;

	make_link(f, "b", "a");
	make_link(f, "a", "b");
	make_link(f, "self/x", "self");
	assert_int_equal(create(f, "a/x"), -ELOOP);
	assert_int_equal(create(f, "self/x"), -ELOOP);
	assert_int_equal(tree_canonical(f->t, f->a, P(f, "a/x"), &p, &f->e), -ELOOP);
}

static void forty_links_are_followed_and_no_more(void **state)
{
	struct fixture *f = *state;

	make_dirs(f, "l0");
	for (int i = 1; i <= 41; i++)
		make_link(f, arena_printf(f->a, "l%d", i - 1), arena_printf(f->a, "l%d", i));
	assert_int_equal(create(f, "l40/x"), 0);
	assert_int_equal(create(f, "l41/y"), -ELOOP);
}

static void names_as_long_as_they_get(void **state)
{
	struct fixture *f = *state;
	char name[256], path[RPATH_MAX + 1];
	struct stat st;

	memset(name, 'n', 255);
	name[255] = '\0';
	assert_int_equal(create(f, name), 0);
	make_link(f, arena_printf(f->a, "%s%s", name, "n"), "toolong");
	assert_int_equal(create(f, "toolong/x"), -ENAMETOOLONG);
	memset(path, 'p', RPATH_MAX);
	path[RPATH_MAX] = '\0';
	for (size_t i = 240; i + 1 < RPATH_MAX; i += 241)
		path[i] = '/';
	assert_int_equal(tree_mkdirs(f->t, rpath_parent(f->a, P(f, path)), 0755, &f->e), 0);
	assert_int_equal(create(f, path), 0);
	assert_int_equal(tree_stat(f->t, P(f, path), &st, &f->e), 0);
	assert_int_equal(create(f, path), -EEXIST);
	assert_non_null(strstr(f->e.text, "': File exists")); /* the reason has room */
}

/* In a mount namespace of a child: the walk must not take a magic link for its text, and
 * openat2 must not jump. */
#define CHECK(x) \
	do { \
		if (!(x)) { \
			fprintf(stderr, "line %d: %s\n", __LINE__, #x); \
			_exit(1); \
		} \
	} while (0)
static void magic_child(struct fixture *f)
{
	struct stat st;

	if (!private_mounts() ||
	    mount("/proc", at_top(f, "root/proc"), NULL, MS_BIND | MS_REC, NULL) < 0)
		_exit(CHILD_CAN_NOT);
	/* the old handle is in the old namespace */
	CHECK(tree_open(at_top(f, "root"), &f->t, NULL) == 0);
	CHECK(tree_exists(f->t, P(f, "proc/self/status")));
	CHECK(tree_exists(f->t, P(f, "proc/thread-self/status")));
	CHECK(tree_stat(f->t, P(f, "proc/self/root/etc"), &st, NULL) == -ELOOP);
	CHECK(tree_stat(f->t, P(f, "proc/self/cwd/x"), &st, NULL) == -ELOOP);
	CHECK(tree_stat(f->t, P(f, arena_printf(f->a, "proc/self/fd/%d/x", tree_fd(f->t))), &st,
			NULL) == -ELOOP);
	CHECK(create(f, "jump/file") == -ELOOP);
	_exit(0);
}

static void magic_links_are_refused(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	make_dirs(f, "proc");
	make_link(f, "/proc/self/root/../../out", "jump");
	pid = fork();
	if (pid == 0)
		magic_child(f);
	assert_child(pid, "a mount namespace");
}

/* ---- kernels and cages without openat2 */

static bool forbid(unsigned nr, int err)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = 4, .filter = code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
}

static void forbidden_child(struct fixture *f, int err)
{
	struct rpath p;

	if (!forbid(SYS_openat2, err) || !forbid(452 /* fchmodat2 */, err))
		_exit(CHILD_CAN_NOT);
	CHECK(create(f, "abs/x") == 0);
	CHECK(tree_canonical(f->t, f->a, P(f, "up/x"), &p, NULL) == 0 && str_eq(p.s, "d/x"));
	CHECK(create(f, "out/x") == -ENOENT);
	CHECK(tree_chmod(f->t, P(f, "d/x"), 0640, NULL) == 0);
	_exit(0);
}

static void openat2_may_be_missing_or_forbidden(void **state)
{
	struct fixture *f = *state;

	make_dirs(f, "d");
	make_link(f, "/d", "abs");
	make_link(f, "../../d", "up");
	make_link(f, at_top(f, "out"), "out");
	for (const int *err = (const int[]){ ENOSYS, EPERM, 0 }; *err != 0; err++) {
		pid_t pid = fork();

		if (pid == 0)
			forbidden_child(f, *err);
		assert_child(pid, "a seccomp filter");
		(void)tree_unlink(f->t, P(f, "d/x"), NULL);
	}
}

/* ---- canonical */

static void canonical_paths(void **state)
{
	struct fixture *f = *state;
	static const struct { const char *path, *want; } rows[] = {
		{ "x", "x" }, { "opt", "opt" }, { "opt/x", "export/opt/x" },
		{ "opt/x/y", "export/opt/x/y" }, { "abs/a/b", "export/opt/a/b" },
		{ "export/opt/x", "export/opt/x" }, { "no/such/dir/x", "no/such/dir/x" },
		{ "file/x/y", "file/x/y" }, { "gone/x", "nowhere/at/all/x" },
		{ "up/x", "up2/x" }, { "gone2/x", "at/x" }, { "top/x", "x" },
		{ "export/opt/back/x", "export/x" }, { "far/x", "export/new/x" },
		{ "export/opt/new/x/y", "export/opt/new/x/y" },
	};

	make_dirs(f, "export/opt");
	make_file(f, "file", "");
	make_link(f, "export/opt", "opt");
	make_link(f, "/opt", "abs");
	make_link(f, "nowhere/at/all", "gone");
	make_link(f, "nowhere/../at", "gone2");
	make_link(f, "../../up2", "up");
	make_link(f, "..", "top");
	make_link(f, "..", "export/opt/back");
	make_link(f, "export/new/./", "far");
	for (size_t round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct rpath p;

			assert_int_equal(tree_canonical(f->t, f->a, P(f, rows[i].path), &p,
							&f->e), 0);
			assert_string_equal(p.s, rows[i].want);
		}
}

static void canonical_text_is_checked(void **state)
{
	struct fixture *f = *state;
	struct rpath p = { "untouched" };
	char long_name[300];

	make_link(f, "a\nb", "line");
	assert_int_equal(tree_canonical(f->t, f->a, P(f, "line/x"), &p, &f->e), -E_FORMAT);
	memset(long_name, 'x', 299);
	long_name[299] = '\0';
	make_link(f, long_name, "long");
	assert_true(tree_canonical(f->t, f->a, P(f, "long/x"), &p, &f->e) < 0);
	assert_string_equal(p.s, "untouched");
}

/* ---- parents kept */

static void a_directory_renamed_away_is_forgotten(void **state)
{
	struct fixture *f = *state;

	make_dirs(f, "a/b/c");
	assert_int_equal(create(f, "a/b/c/1"), 0);
	assert_int_equal(tree_rename(f->t, P(f, "a/b"), f->t, P(f, "z"), 0, &f->e), 0);
	assert_int_equal(create(f, "a/b/c/2"), -ENOENT);
	make_dirs(f, "a/b/c");
	assert_int_equal(create(f, "a/b/c/3"), 0);
	assert_true(host_exists(f, "a/b/c/3"));
	assert_true(host_exists(f, "z/c/1"));
}

static void a_directory_exchanged_is_forgotten(void **state)
{
	struct fixture *f = *state;

	make_dirs(f, "a/x");
	make_dirs(f, "b/x");
	assert_int_equal(create(f, "a/x/1"), 0);
	assert_int_equal(create(f, "b/x/2"), 0);
	assert_int_equal(tree_rename(f->t, P(f, "a"), f->t, P(f, "b"), RENAME_EXCHANGE, &f->e), 0);
	assert_int_equal(create(f, "a/x/3"), 0);
	assert_int_equal(create(f, "b/x/4"), 0);
	assert_true(host_exists(f, "a/x/2") && host_exists(f, "a/x/3"));
	assert_true(host_exists(f, "b/x/1") && host_exists(f, "b/x/4"));
}

static void a_directory_removed_and_made_again_is_the_new_one(void **state)
{
	struct fixture *f = *state;

	make_dirs(f, "a/b");
	assert_int_equal(create(f, "a/b/1"), 0);
	assert_int_equal(tree_unlink(f->t, P(f, "a/b/1"), &f->e), 0);
	assert_int_equal(tree_rmdir(f->t, P(f, "a/b"), &f->e), 0);
	make_dirs(f, "a/b");
	assert_int_equal(create(f, "a/b/2"), 0);
	assert_int_equal(tree_remove_all(f->t, P(f, "a"), &f->e), 0);
	make_dirs(f, "a/b");
	assert_int_equal(create(f, "a/b/3"), 0);
	assert_true(host_exists(f, "a/b/3"));
	make_dirs(f, "ab");
	assert_int_equal(create(f, "ab/1"), 0);
	assert_int_equal(tree_remove_all(f->t, P(f, "a"), &f->e), 0);
	assert_int_equal(create(f, "ab/2"), 0); /* "a" is no part of it */
}

/* A directory in the place of a link, and one renamed by another of its names. */
static void links_that_change_are_forgotten(void **state)
{
	struct fixture *f = *state;
	struct rpath p;

	make_dirs(f, "one/d");
	make_dirs(f, "two/d");
	make_link(f, "one", "link");
	assert_int_equal(create(f, "link/d/1"), 0);
	assert_int_equal(tree_unlink(f->t, P(f, "link"), &f->e), 0);
	make_link(f, "two", "link");
	assert_int_equal(create(f, "link/d/2"), 0);
	assert_true(host_exists(f, "two/d/2"));
	assert_int_equal(tree_canonical(f->t, f->a, P(f, "link/d/x"), &p, &f->e), 0);
	assert_string_equal(p.s, "two/d/x");
	make_link(f, "one", "link2");
	assert_int_equal(tree_rename(f->t, P(f, "link2"), f->t, P(f, "link"), 0, &f->e), 0);
	assert_int_equal(tree_canonical(f->t, f->a, P(f, "link/d/x"), &p, &f->e), 0);
	assert_string_equal(p.s, "one/d/x");
}

static void a_directory_has_several_names(void **state)
{
	struct fixture *f = *state;

	make_dirs(f, "real/d");
	make_link(f, "real", "link");
	assert_int_equal(create(f, "link/d/1"), 0);
	assert_int_equal(create(f, "real/d/2"), 0);
	assert_int_equal(tree_rename(f->t, P(f, "real/d"), f->t, P(f, "real/e"), 0, &f->e), 0);
	assert_int_equal(create(f, "link/d/3"), -ENOENT);
	assert_int_equal(create(f, "real/e/4"), 0);
	assert_int_equal(tree_rename(f->t, P(f, "link/e"), f->t, P(f, "real/f"), 0, &f->e), 0);
	assert_int_equal(create(f, "real/e/5"), -ENOENT);
	assert_int_equal(create(f, "link/f/6"), 0);
}

static void many_directories_in_turn(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 12; i++)
		make_dirs(f, arena_printf(f->a, "d%d/e", i));
	for (int i = 0; i < 120; i++)
		assert_int_equal(create(f, arena_printf(f->a, "d%d/e/%d", i * 7 % 12, i)), 0);
	for (int i = 0; i < 120; i++)
		assert_true(host_exists(f, arena_printf(f->a, "d%d/e/%d", i * 7 % 12, i)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(links_lead_inside),
		BOTH(links_to_the_outside_lead_nowhere),
		BOTH(loops_end),
		BOTH(forty_links_are_followed_and_no_more),
		BOTH(names_as_long_as_they_get),
		BOTH(magic_links_are_refused),
		BOTH(openat2_may_be_missing_or_forbidden),
		BOTH(canonical_paths),
		BOTH(canonical_text_is_checked),
		BOTH(a_directory_renamed_away_is_forgotten),
		BOTH(a_directory_exchanged_is_forgotten),
		BOTH(a_directory_removed_and_made_again_is_the_new_one),
		BOTH(links_that_change_are_forgotten),
		BOTH(a_directory_has_several_names),
		BOTH(many_directories_in_turn),
	};

	return cmocka_run_group_tests_name("root_walk", tests, NULL, NULL);
}
