/* Checked relative paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "commpkg/root.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static char *repeated(char c, size_t n)
{
	char *s = arena_alloc(a, n + 1);

	memset(s, c, n);
	return s;
}

/* n bytes of components of 200. */
static char *long_path(size_t n)
{
	char *s = repeated('x', n);

	for (size_t i = 200; i + 1 < n; i += 201)
		s[i] = '/';
	return s;
}

static void good_paths_are_kept(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "opt", "opt" }, { "/opt/x", "opt/x" }, { "a/b/c", "a/b/c" }, { "/", "" },
		{ "...", "..." }, { ".x/..y/z.", ".x/..y/z." }, { "a b/~=", "a b/~=" },
		{ "\xc3\xa4/\xff", "\xc3\xa4/\xff" }, { "$CFGDIR/x", "$CFGDIR/x" },
	};
	struct error e;
	struct rpath p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(rpath_parse(a, rows[i].text, &p, &e), 0);
		assert_string_equal(rpath_str(p), rows[i].want);
	}
}

static void bad_paths_are_refused(void **state)
{
	static const char *const rows[] = {
		"", "//", "//opt", "a//b", "a/", ".", "..", "/..", "./a", "a/./b", "a/../b", "a/..",
		"../../etc/passwd", "a\nb", "a\tb", "\x1b[31m", "a/\x7f", "\x01",
	};
	struct error e;
	struct rpath p = { "untouched" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(rpath_parse(a, rows[i], &p, &e), -E_FORMAT);
		assert_string_equal(p.s, "untouched");
		assert_non_null(strstr(e.text, "path "));
	}
}

static void lengths_end_where_the_kernel_s_do(void **state)
{
	struct error e;
	struct rpath p;

	(void)state;
	assert_int_equal(rpath_parse(a, repeated('x', 255), &p, &e), 0);
	assert_int_equal(rpath_parse(a, repeated('x', 256), &p, &e), -E_LIMIT);
	assert_int_equal(rpath_parse(a, long_path(4095), &p, &e), 0);
	assert_int_equal(rpath_parse(a, long_path(4096), &p, &e), -E_LIMIT);
	assert_int_equal(rpath_parse(a, long_path(1 << 20), &p, &e), -E_LIMIT);
	assert_non_null(strstr(e.text, "4095 bytes"));
}

static void join_checks_what_is_added(void **state)
{
	struct rpath dir, p;
	struct error e;

	(void)state;
	assert_int_equal(rpath_parse(a, "opt/x", &dir, &e), 0);
	assert_int_equal(rpath_join(a, dir, "y", &p, &e), 0);
	assert_string_equal(p.s, "opt/x/y");
	assert_int_equal(rpath_join(a, dir, "y/z", &p, &e), 0);
	assert_string_equal(p.s, "opt/x/y/z");
	assert_int_equal(rpath_join(a, rpath_root(), "y", &p, &e), 0);
	assert_string_equal(p.s, "y");
	assert_int_equal(rpath_join(a, dir, "..", &p, &e), -E_FORMAT);
	assert_int_equal(rpath_join(a, dir, "/y", &p, &e), -E_FORMAT);
	assert_int_equal(rpath_join(a, dir, "", &p, &e), -E_FORMAT);
}

static void join_is_bounded(void **state)
{
	struct rpath dir, p;
	struct error e;

	(void)state;
	assert_int_equal(rpath_parse(a, long_path(4000), &dir, &e), 0);
	assert_int_equal(rpath_join(a, dir, repeated('y', 94), &p, &e), 0);
	assert_int_equal(strlen(p.s), 4095);
	assert_int_equal(rpath_join(a, dir, repeated('y', 95), &p, &e), -E_LIMIT);
	assert_int_equal(rpath_join(a, rpath_root(), long_path(4095), &p, &e), 0);
}

static void parent_and_name(void **state)
{
	struct rpath p;
	struct error e;

	(void)state;
	assert_int_equal(rpath_parse(a, "opt/x/y", &p, &e), 0);
	assert_string_equal(rpath_name(p), "y");
	p = rpath_parent(a, p);
	assert_string_equal(p.s, "opt/x");
	p = rpath_parent(a, rpath_parent(a, p));
	assert_true(rpath_is_root(p));
	assert_true(rpath_is_root(rpath_parent(a, p)));
	assert_string_equal(rpath_name(p), "");
}

static void below_is_by_component(void **state)
{
	const struct rpath opt = { "opt" }, opt_x = { "opt/x" }, optx = { "optx" };

	(void)state;
	assert_true(rpath_below(opt_x, opt));
	assert_false(rpath_below(optx, opt));
	assert_false(rpath_below(opt, opt));
	assert_false(rpath_below(opt, opt_x));
	assert_true(rpath_below(opt, rpath_root()));
	assert_false(rpath_below(rpath_root(), rpath_root()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_paths_are_kept),
		cmocka_unit_test(bad_paths_are_refused),
		cmocka_unit_test(lengths_end_where_the_kernel_s_do),
		cmocka_unit_test(join_checks_what_is_added),
		cmocka_unit_test(join_is_bounded),
		cmocka_unit_test(parent_and_name),
		cmocka_unit_test(below_is_by_component),
	};

	return cmocka_run_group_tests_name("rpath", tests, setup, teardown);
}
