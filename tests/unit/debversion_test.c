#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/debversion.h"

static int sign(int c)
{
	return (c > 0) - (c < 0);
}

/* Each row: a, b, sign. Verified with `dpkg --compare-versions`. */
static const struct {
	const char *a, *b;
	int c;
} rows[] = {
	{ "1.0", "1.0", 0 },	    { "1.0", "1.1", -1 },
	{ "1.9", "1.10", -1 },	    { "1:1.0", "2.0", 1 },
	{ "0:1.0", "1.0", 0 },	    { "1.0-1", "1.0-2", -1 },
	{ "1.0", "1.0-0", 0 },	    { "1.0", "1.0-1", -1 },
	{ "1.0~rc1", "1.0", -1 },   { "1.0~~", "1.0~", -1 },
	{ "1.0~rc1-1", "1.0~rc1-1~", 1 },
	{ "1.0a", "1.0", 1 },	    { "1.0a", "1.0.1", -1 },
	{ "1.0a", "1.0+b", -1 },    { "1.0+deb12u1", "1.0", 1 },
	{ "007", "7", 0 },	    { "1.2.3-4-5", "1.2.3-4-6", -1 },
	{ "1.2-3-1", "1.2-2-9", 1 }, { "2.36-9+deb12u7", "2.36-9+deb12u13", -1 },
	{ "99999999999999999999", "100000000000000000000", -1 },
	{ "1.0Z", "1.0a", -1 },	    { "", "0", 0 },
	{ "a", "", 1 },		    { "~", "", -1 },
	{ "1.0-", "1.0", 0 },	    { "9:1", "10:0", -1 },
};

static void rows_in_both_directions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(sign(debversion_compare(rows[i].a, rows[i].b)), rows[i].c);
		assert_int_equal(sign(debversion_compare(rows[i].b, rows[i].a)), -rows[i].c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rows_in_both_directions) };

	return cmocka_run_group_tests_name("debversion", tests, NULL, NULL);
}
