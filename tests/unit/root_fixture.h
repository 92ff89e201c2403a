/*
 * A root in a fresh directory, with canaries outside of it.
 *
 *	TOP/root	the root, open as f->t
 *	TOP/out		canaries: file (0604, "canary"), dir/inner
 *
 * Each test is listed with BOTH() and so runs twice, by openat2 and by the walk. Its
 * teardown looks at the canaries: whatever the test did, nothing outside has changed.
 */
#ifndef TESTS_UNIT_ROOT_FIXTURE_H
#define TESTS_UNIT_ROOT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commpkg/root.h"
#include "formats/cleanup.h"

#define BOTH(f) \
	{ #f " (openat2)", f, fixture_setup, fixture_teardown, NULL }, \
	{ #f " (walk)", f, fixture_setup_walk, fixture_teardown, NULL }

#define CANARY_MODE 0604
#define CANARY_TIME 86400

struct fixture {
	char top[PATH_MAX];
	struct arena *a;
	struct tree *t;
	struct error e;
};

static inline const char *at_top(struct fixture *f, const char *name)
{
	return arena_printf(f->a, "%s/%s", f->top, name);
}

static inline void put_file(const char *path, const char *text)
{
	FILE *s = fopen(path, "we");

	assert_non_null(s);
	assert_true(fputs(text, s) >= 0);
	assert_int_equal(fclose(s), 0);
}

static inline char *get_file(const char *path, char *buf, size_t size)
{
	FILE *s = fopen(path, "re");
	size_t n;

	assert_non_null(s);
	n = fread(buf, 1, size - 1, s);
	buf[n] = '\0';
	assert_int_equal(fclose(s), 0);
	return buf;
}

static inline int count_names(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n - 2;
}

static inline int fixture_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f = calloc(1, sizeof(*f));
	const struct timespec times[2] = { { .tv_sec = CANARY_TIME }, { .tv_sec = CANARY_TIME } };

	root_force_walk(false);
	snprintf(f->top, sizeof(f->top), "%s/root-test.XXXXXX", tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(f->top));
	f->a = arena_new();
	assert_int_equal(mkdir(at_top(f, "root"), 0755), 0);
	assert_int_equal(mkdir(at_top(f, "out"), 0755), 0);
	assert_int_equal(mkdir(at_top(f, "out/dir"), 0755), 0);
	put_file(at_top(f, "out/dir/inner"), "canary");
	put_file(at_top(f, "out/file"), "canary");
	assert_int_equal(chmod(at_top(f, "out/file"), CANARY_MODE), 0);
	assert_int_equal(utimensat(AT_FDCWD, at_top(f, "out/file"), times, 0), 0);
	assert_int_equal(tree_open(at_top(f, "root"), &f->t, &f->e), 0);
	*state = f;
	return 0;
}

static inline int fixture_setup_walk(void **state)
{
	(void)fixture_setup(state);
	root_force_walk(true);
	return 0;
}

static inline void check_canaries(struct fixture *f)
{
	char buf[32];
	struct stat st;

	assert_int_equal(count_names(at_top(f, "out")), 2);
	assert_int_equal(count_names(at_top(f, "out/dir")), 1);
	assert_string_equal(get_file(at_top(f, "out/dir/inner"), buf, sizeof(buf)), "canary");
	assert_string_equal(get_file(at_top(f, "out/file"), buf, sizeof(buf)), "canary");
	assert_int_equal(lstat(at_top(f, "out/file"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | CANARY_MODE);
	assert_int_equal(st.st_mtime, CANARY_TIME);
	assert_int_equal(st.st_uid, geteuid());
	assert_int_equal(st.st_nlink, 1);
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	check_canaries(f);
	tree_close(f->t);
	root_force_walk(false);
	assert_int_equal(system(arena_printf(f->a, "chmod -R u+rwx '%s'; rm -rf '%s'", f->top,
					     f->top)), 0);
	arena_free(f->a);
	free(f);
	return 0;
}

/* For a child: a mount namespace of its own, by a user namespace when we are not root. */
static inline bool private_mounts(void)
{
	int flags = CLONE_NEWNS | (geteuid() != 0 ? CLONE_NEWUSER : 0);

	return unshare(flags) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

#define CHILD_CAN_NOT 77

/* The child's exit status must be 0. With CHILD_CAN_NOT the rest is not tested here: said as
 * a TAP comment, because cmocka's skip() prints "not ok". */
static inline void assert_child(pid_t pid, const char *what)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CHILD_CAN_NOT)
		printf("# skipped, not possible here: %s\n", what);
	else
		assert_int_equal(WEXITSTATUS(status), 0);
}

/* A path of the test, which must be a good one. */
static inline struct rpath P(struct fixture *f, const char *text)
{
	struct rpath p;

	assert_int_equal(rpath_parse(f->a, text, &p, &f->e), 0);
	return p;
}

static inline void make_file(struct fixture *f, const char *path, const char *text)
{
	int fd;

	assert_int_equal(tree_create(f->t, P(f, path), &fd, &f->e), 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

static inline void make_link(struct fixture *f, const char *target, const char *path)
{
	assert_int_equal(tree_symlink(f->t, target, P(f, path), &f->e), 0);
}

static inline void make_dirs(struct fixture *f, const char *path)
{
	assert_int_equal(tree_mkdirs(f->t, P(f, path), 0755, &f->e), 0);
}

/* The text of the file at path below the root, as the host sees it. */
static inline void assert_host_file(struct fixture *f, const char *path, const char *text)
{
	char buf[256];

	assert_string_equal(get_file(arena_printf(f->a, "%s/root/%s", f->top, path), buf,
				     sizeof(buf)), text);
}

static inline bool host_exists(struct fixture *f, const char *path)
{
	struct stat st;

	return lstat(arena_printf(f->a, "%s/root/%s", f->top, path), &st) == 0;
}

#endif
