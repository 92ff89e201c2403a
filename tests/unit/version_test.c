/* The order of versions, by hand and against libsolv's. */
#include "text_fixture.h"

#include <solv/evr.h>
#include <solv/pool.h>

#include "formats/version.h"

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* Each one is older than the next. */
static void known_orders(void **state)
{
	static const char *const rows[][6] = {
		{ "1.0~rc1", "1.0", "1.0,REV=2001.09.09", "1.0.1" },
		{ "4.2.1,REV=2009.12.1", "4.2.1P1,REV=2009.11.1" },
		{ "9.4.2,REV=2008.07.09_rev=p1", "9.4.2,REV=2009.01.01" },
		{ "7.0", "7.0-0.04", "7.0-3.01", "7.0-10", "7.0.1" },
		{ "1.9", "1.10", "2" },
		{ "1.a", "1.0", "1.1" },	/* digits are newer than letters */
		{ "1.0", "1.0rc1" },		/* as RPM has it */
		{ "A", "B", "a", "aa", "b" },
		{ "99999999999999999999999998", "99999999999999999999999999",
		  "100000000000000000000000000" },
		{ "1~~", "1~", "1" },
		{ "11.10.0,REV=2005.01.21.15.53", "11.10.0,REV=2005.01.21.16.34",
		  "11.11,REV=2004.01.01" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t x = 0; x < 6 && rows[i][x] != NULL; x++) {
			for (size_t y = 0; y < 6 && rows[i][y] != NULL; y++) {
				int got = sign(version_compare(rows[i][x], rows[i][y]));

				if (got != sign((int)x - (int)y))
					fail_msg("'%s' '%s': %d", rows[i][x], rows[i][y], got);
			}
		}
	}
}

static void equal_ones(void **state)
{
	static const char *const rows[][2] = {
		{ "1.0", "1.0" }, { "1.0", "1..0" }, { "1.0", "01.00" }, { "1.0", "1_0" },
		{ "", "" }, { "", "0" }, { "1.0,REV=", "1.0" }, { "1 0", "1.0" }, { "1.0", "1.0." },
		{ ",REV=1", "0-1" }, { "1-2", "1,REV=2" }, { "1-a", "1.a" }, { "2:1", "2.1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(version_compare(rows[i][0], rows[i][1]), 0);
		assert_int_equal(version_compare(rows[i][1], rows[i][0]), 0);
	}
}

static void forms_for_libsolv(void **state)
{
	static const char *const rows[][2] = {
		{ "1.0", "1.0" }, { "1.0,REV=2001.09.09", "1.0-2001.09.09" },
		{ "1,REV=2,REV=3", "1,REV=2-3" }, { "7.0-3.01", "7.0-3.01" },
		{ "7.0-3.01,REV=1", "7.0.3.01-1" }, { "1-rc1", "1.rc1" }, { "a-1", "a.1" },
		{ "1-2-3", "1.2.3" }, { "1-", "1." }, { "-1", ".1" }, { "1.0,REV=a-b", "1.0-a.b" },
		{ "Dev Release 01/02/2003", "Dev.Release.01.02.2003" }, { "", "0" },
		{ ",REV=1", "0-1" },
		{ "1.0,REV=", "1.0" }, { "2:1.0", "2.1.0" }, { "1^2", "1.2" },
		{ "1.0~rc1", "1.0~rc1" },
		{ "a\nb\xff", "a.b." }, { "1.0_a+b=c,d", "1.0_a+b=c,d" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(version_evr(a, rows[i][0]), rows[i][1]);
}

/* Any two strings of these bits compare as libsolv compares their forms. */
static void the_solver_agrees(void **state)
{
	static const char *const bits[] = { "0", "00", "1", "9", "10", "a", "b", "A", "~", ".", "-",
					    "_", ",REV=", ":", "^", " ", "+", "rc", "\xff" };
	Pool *pool = pool_create();
	uint32_t seed = 1;

	(void)state;
	pool_setdisttype(pool, DISTTYPE_RPM);
	for (int i = 0; i < 100000; i++) {
		AUTO_ARENA struct arena *b = arena_new();
		char text[2][64] = { "", "" };

		for (int k = 0; k < 12; k++) {
			seed = seed * 1664525 + 1013904223;
			if ((seed >> 8) % 4 != 0) /* else shorter */
				strcat(text[k & 1], bits[(seed >> 16) % COUNT(bits)]);
			if (k == 5 && (seed >> 24) % 2 == 0)
				strcpy(text[0], text[1]); /* alike at the start */
		}
		int ours = sign(version_compare(text[0], text[1]));
		int solv = sign(pool_evrcmp_str(pool, version_evr(b, text[0]),
						version_evr(b, text[1]), EVRCMP_COMPARE));

		if (ours != solv)
			fail_msg("'%s' '%s': ours %d, libsolv's %d", text[0], text[1], ours, solv);
	}
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(known_orders),
		TEST(equal_ones),
		TEST(forms_for_libsolv),
		TEST(the_solver_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
