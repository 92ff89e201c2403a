/* contents, edited as text. */
#include "pkgdb/svr4edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "formats/cleanup.h"

#define TEXT "/a d none 0755 root bin A B\n" \
	"/a/f f none 0644 root bin 5 456 1000000000 A\n" \
	"/a/l=f s cfg A\n" \
	"/a/x=y f none ? ? ? ? ? ? !A *B:other\n" \
	"/dev/c c none 1 3 0666 root sys A\n" \
	"# Last modified by pkgadd for A package\n# Thu Jan  1 00:00:00 1970\n"

static int setup(void **state)
{
	*state = arena_new();
	(void)setenv("TZ", "UTC", 1);
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void same(struct svr4edit *ed, const char *want)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;

	svr4edit_render(ed, "pkgadd", "A", 0, &out);
	assert_string_equal(strbuf_str(&out), want);
	svr4edit_close(ed);
}

static void unchanged_is_the_same(void **state)
{
	same(svr4edit_open(*state, TEXT, strlen(TEXT)), TEXT);
}

static void lines_are_read(void **state)
{
	struct svr4edit *ed = svr4edit_open(*state, TEXT, strlen(TEXT));
	struct svr4_group g = svr4edit_find(ed, "a/f");

	assert_int_equal(g.n, 1);
	assert_int_equal(g.rows[0].mode, 0644);
	assert_int_equal(g.rows[0].sum, 456);
	assert_string_equal(g.rows[0].owner, "root");
	g = svr4edit_find(ed, "a/x=y");
	assert_int_equal(g.n, 2);
	assert_true(g.rows[0].content_unknown);
	assert_int_equal(g.rows[0].mode, MODE_UNSET);
	assert_int_equal(g.rows[0].status, '!');
	assert_string_equal(g.rows[1].class, "other");
	assert_string_equal(g.instances[1], "B");
	g = svr4edit_find(ed, "a/l");
	assert_string_equal(g.rows[0].target, "f");
	assert_int_equal(svr4edit_find(ed, "dev/c").rows[0].minor, 3);
	assert_int_equal(svr4edit_find(ed, "nothing").n, 0);
	svr4edit_close(ed);
}

static void rows_come_and_go(void **state)
{
	struct svr4edit *ed = svr4edit_open(*state, TEXT, strlen(TEXT));
	struct pkgdb_file f = { .path = "a/new", .ftype = 'd', .class = "none", .mode = 0700,
				.status = '+' };

	svr4edit_put(ed, &f, "B");
	f = (struct pkgdb_file){ .path = "a/f", .ftype = 'f', .class = "none", .mode = 0600,
				 .owner = "lp", .group = "lp", .size = 1, .ruling = true };
	svr4edit_put(ed, &f, "B");
	svr4edit_drop(ed, "a/x=y", "A");
	svr4edit_drop(ed, "a", "B");
	svr4edit_drop(ed, "dev/c", "A");
	svr4edit_status(ed, "a/l", "A", '-');
	same(ed, "/a d none 0755 root bin A\n"
		"/a/f f none 0600 lp lp 1 0 0 A B\n"
		"/a/l=f s cfg -A\n"
		"/a/new d none 0700 ? ? +B\n"
		"/a/x=y f other ? ? ? ? ? ? *B\n"
		"# Last modified by pkgadd for A package\n# Thu Jan  1 00:00:00 1970\n");
}

static void what_is_no_line_is_left_out(void **state)
{
	static const char text[] = "no path\n/short\n/b f none\n/c d none 0755 root\n"
		"/e f none 99999 a b 1 2 3 A\n/d d none 0755 root bin A";
	struct svr4edit *ed = svr4edit_open(*state, text, strlen(text));

	assert_int_equal(svr4edit_find(ed, "b").n, 0);
	assert_int_equal(svr4edit_find(ed, "c").n, 0);
	assert_int_equal(svr4edit_find(ed, "e").n, 0);
	assert_int_equal(svr4edit_find(ed, "d").n, 1);
	svr4edit_close(ed);
}

static int count(const struct svr4_group *g, void *ctx, struct error *e)
{
	(void)e;
	*(size_t *)ctx += g->n;
	return 0;
}

static void all_are_seen_once(void **state)
{
	struct svr4edit *ed = svr4edit_open(*state, TEXT, strlen(TEXT));
	struct pkgdb_file f = { .path = "z", .ftype = 'p', .class = "none" };
	size_t n = 0;

	svr4edit_put(ed, &f, "A");
	svr4edit_drop(ed, "a", "A");
	assert_int_equal(svr4edit_each(ed, count, &n, NULL), 0);
	assert_int_equal(n, 7);
	svr4edit_close(ed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(unchanged_is_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(lines_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(rows_come_and_go, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_line_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(all_are_seen_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
