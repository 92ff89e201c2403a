/*
 * A thread that swaps directories for links to the outside, and directories for
 * directories of the outside, while we work. What we want may fail or not; the canaries,
 * which every teardown looks at, stay as they are.
 */
#include "tests/unit/root_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define ROUNDS 1500

struct swapper {
	const char *a, *b;	/* as the host sees them */
	atomic_bool stop;
	atomic_uint swaps;
	pthread_t thread;
};

static void *swap(void *arg)
{
	struct swapper *s = arg;

	while (!atomic_load(&s->stop))
		if (renameat2(AT_FDCWD, s->a, AT_FDCWD, s->b, RENAME_EXCHANGE) == 0)
			atomic_fetch_add(&s->swaps, 1);
	return NULL;
}

static void swap_start(struct swapper *s, const char *a, const char *b)
{
	s->a = a;
	s->b = b;
	atomic_init(&s->stop, false);
	atomic_init(&s->swaps, 0);
	assert_int_equal(pthread_create(&s->thread, NULL, swap, s), 0);
	while (atomic_load(&s->swaps) == 0)
		sched_yield();
}

static void swap_stop(struct swapper *s)
{
	atomic_store(&s->stop, true);
	assert_int_equal(pthread_join(s->thread, NULL), 0);
	assert_true(atomic_load(&s->swaps) > 10);
}

/* One of everything on `dir`, as a name and as a parent. True: it worked. */
static bool work_on(struct fixture *f, struct arena *a, const char *dir, int i)
{
	struct rpath p, q;
	struct tree *fresh;
	bool worked;
	int fd;

	assert_int_equal(tree_dup(f->t, &fresh, &f->e), 0); /* knows no parents yet */
	tree_close(f->t);
	f->t = fresh;
	(void)rpath_parse(a, arena_printf(a, "%s/new%d", dir, i), &p, NULL);
	(void)rpath_parse(a, arena_printf(a, "%s/dir", dir), &q, NULL);
	worked = tree_create(f->t, p, &fd, NULL) == 0;
	if (worked)
		close(fd);
	(void)tree_chmod(f->t, p, 0666, NULL);
	(void)tree_utime(f->t, p, 1, 0, NULL);
	(void)tree_chown(f->t, p, geteuid(), getegid(), NULL);
	(void)tree_mkdirs(f->t, q, 0777, NULL);
	(void)rpath_parse(a, arena_printf(a, "%s/file", dir), &q, NULL);
	(void)tree_chmod(f->t, q, 0666, NULL);
	(void)tree_unlink(f->t, q, NULL);
	(void)tree_rename(f->t, p, f->t, q, 0, NULL);
	(void)tree_link(f->t, q, f->t, p, NULL);
	(void)tree_unlink(f->t, p, NULL);
	(void)rpath_parse(a, dir, &p, NULL);
	(void)tree_chmod(f->t, p, 0755, NULL);
	return worked;
}

static void a_directory_becomes_a_link(void **state)
{
	struct fixture *f = *state;
	struct swapper s;
	int worked = 0;

	make_dirs(f, "a/d");
	make_link(f, at_top(f, "out"), "a/l");
	make_link(f, "../../out", "a/l2");
	swap_start(&s, at_top(f, "root/a/d"), at_top(f, "root/a/l"));
	for (int i = 0; i < ROUNDS; i++) {
		AUTO_ARENA struct arena *a = arena_new();

		worked += work_on(f, a, "a/d", i);
	}
	swap_stop(&s);
	assert_true(worked > 0);
}

/* The link's `..` is resolved in a directory that is moved out of the root meanwhile:
 * there it would lead to TOP/out. */
static void a_directory_moves_out_under_dot_dot(void **state)
{
	struct fixture *f = *state;
	struct swapper s;
	int worked = 0;

	make_dirs(f, "x/y/deep");
	make_dirs(f, "x/out");
	make_link(f, "deep/../../out", "x/y/l");
	assert_int_equal(mkdir(at_top(f, "y"), 0755), 0);
	assert_int_equal(mkdir(at_top(f, "y/deep"), 0755), 0);
	assert_int_equal(symlink("deep/../../out", at_top(f, "y/l")), 0);
	swap_start(&s, at_top(f, "root/x/y"), at_top(f, "y"));
	for (int i = 0; i < ROUNDS; i++) {
		AUTO_ARENA struct arena *a = arena_new();

		worked += work_on(f, a, "x/y/l", i);
	}
	swap_stop(&s);
	assert_true(worked > 0);
}

static void a_tree_changes_while_it_is_removed(void **state)
{
	struct fixture *f = *state;
	struct swapper s;
	struct rpath d = P(f, "t/d"), e = P(f, "t/d/e/f"), l = P(f, "t/l");

	make_dirs(f, "t/d/e/f");
	make_link(f, at_top(f, "out"), "t/l");
	swap_start(&s, at_top(f, "root/t/d"), at_top(f, "root/t/l"));
	for (int i = 0; i < 300; i++) {
		AUTO_ARENA struct arena *a = arena_new();

		(void)work_on(f, a, "t/d/e", i);
		(void)tree_remove_all(f->t, d, NULL);
		(void)tree_remove_all(f->t, i % 10 == 0 ? P(f, "t") : e, NULL);
		(void)tree_mkdirs(f->t, e, 0755, NULL);
		(void)tree_symlink(f->t, at_top(f, "out"), l, NULL);
	}
	swap_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(a_directory_becomes_a_link),
		BOTH(a_directory_moves_out_under_dot_dot),
		BOTH(a_tree_changes_while_it_is_removed),
	};

	return cmocka_run_group_tests_name("root_race", tests, NULL, NULL);
}
