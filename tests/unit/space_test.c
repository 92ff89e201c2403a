/* space(4). */
#include "text_fixture.h"

#include "formats/pkgmap.h"
#include "formats/space.h"

static int parse(const char *text, struct space *ret)
{
	return space_parse(a, text, strlen(text), "space", ret, &e);
}

static void lines(void **state)
{
	struct space s;

	(void)state;
	assert_int_equal(parse("# path blocks inodes\n\n \t/var/spool\t10  2 \r\n # x\n"
			       "$DIR/x 0 1099511627776\nrel/./x 1 1", &s), 0);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.v[0].path, "/var/spool");
	assert_int_equal(s.v[0].blocks, 10);
	assert_int_equal(s.v[0].inodes, 2);
	assert_int_equal(s.v[0].line, 3);
	assert_string_equal(s.v[1].path, "$DIR/x");
	assert_int_equal(s.v[1].inodes, 1099511627776);
	assert_string_equal(s.v[2].path, "rel/./x");
	assert_int_equal(parse("", &s), 0);
	assert_int_equal(s.n, 0);
}

static void the_golden_one(void **state)
{
	struct space s;
	size_t len;
	char *text = read_corpus("svr4/text/req/space", &len);

	(void)state;
	assert_int_equal(space_parse(a, text, len, "space", &s, &e), 0);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.v[0].path, "logs");
	assert_int_equal(s.v[0].blocks, 10);
	assert_string_equal(s.v[1].path, "/var/spool/gldreq");
	assert_int_equal(s.v[1].inodes, 1);
}

static void what_is_refused(void **state)
{
	static const struct { const char *line, *want; } rows[] = {
		{ "/a", "not 'path blocks inodes'" },
		{ "/a 1", "not 'path blocks inodes'" },
		{ "/a 1 2 3", "not 'path blocks inodes'" },
		{ "/a -1 2", "bad number of blocks '-1'" },
		{ "/a +1 2", "bad number of blocks '+1'" },
		{ "/a 0x1 2", "bad number of blocks '0x1'" },
		{ "/a 1099511627777 2", "bad number of blocks '1099511627777'" },
		{ "/a 18446744073709551617 2", "bad number of blocks '18446744073709551617'" },
		{ "/a 1 -2", "bad number of inodes '-2'" },
		{ "/a 1 1099511627777", "bad number of inodes '1099511627777'" },
		{ "/a\x1b 1 2", "bad path '/a\x1b'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct space s = { .n = 77 };

		const char *text = arena_printf(a, "x 1 2\n%s\n", rows[i].line);

		assert_int_equal(parse(text, &s), -E_FORMAT);
		assert_string_equal(e.text, arena_printf(a, "space:2: %s", rows[i].want));
		assert_int_equal(s.n, 77);
	}
}

static void limits_are_kept(void **state)
{
	const char *path = repeated("p", PKGMAP_MAX_PATH);
	struct space s;

	(void)state;
	assert_int_equal(parse(arena_printf(a, "%s 1 2", path), &s), 0);
	assert_int_equal(parse(arena_printf(a, "%sp 1 2", path), &s), -E_FORMAT);
	assert_int_equal(space_parse(a, "", SPACE_MAX_BYTES + 1, "space", &s, &e), -E_LIMIT);
	assert_int_equal(space_parse(a, "x 1\0002 3", 7, "space", &s, &e), -E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines),
		TEST(the_golden_one),
		TEST(what_is_refused),
		TEST(limits_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
