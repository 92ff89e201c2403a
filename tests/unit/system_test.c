/* What a root says of its system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "commpkg/system.h"

static struct solve_system parse(struct arena *a, const char *text)
{
	struct solve_system s;

	system_parse(a, text, strlen(text), &s);
	return s;
}

static void as_shells_read_it(void **state)
{
	struct arena *a = arena_new();
	struct solve_system s = parse(a, "# a comment\nPRETTY_NAME=\"A \\\"B\\\" 12\"\nID=debian\n"
				      "VERSION_ID='12'\nID_LIKE=\"rhel  fedora\"\nXID=no");

	(void)state;
	assert_string_equal(s.name, "debian");
	assert_string_equal(s.version, "12");
	assert_string_equal(s.like, "rhel  fedora");
	assert_string_equal(s.pretty, "A \"B\" 12");
	arena_free(a);
}

static void what_is_not_said_is_not_known(void **state)
{
	struct arena *a = arena_new();
	struct solve_system s = parse(a, "ID=\nVERSION_ID=\"\n");
	char *much = arena_alloc(a, 5000);

	(void)state;
	assert_null(s.name);
	assert_null(s.version);
	assert_null(parse(a, "").name);
	memset(much, 'x', 4000);
	memcpy(much, "ID=", 3);
	assert_int_equal(strlen(parse(a, much).name), 256); /* cut */
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_shells_read_it),
		cmocka_unit_test(what_is_not_said_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
