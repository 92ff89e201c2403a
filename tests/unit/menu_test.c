/* What is typed at a menu. */
#include "text_fixture.h"

#include "commpkg/menu.h"

static const char *picked(const char *typed, size_t n)
{
	static const char marks[] = ".#~";
	enum menu_pick *p;
	char *text = arena_calloc(a, n + 1, 1);

	if (menu_parse(a, typed, n, &p, &e) < 0)
		return "refused";
	for (size_t i = 0; i < n; i++)
		text[i] = marks[p[i]];
	return text;
}

static void choices(void **state)
{
	static const struct { const char *typed, *want; } rows[] = {
		{ "", "....." }, { "  ", "....." }, { "3", "..#.." }, { "1 5", "#...#" },
		{ "1,5", "#...#" }, { " 2, 3 ", ".##.." }, { "2-4", ".###." }, { "~3", "..~.." },
		{ "1 ~2-3", "#~~.." }, { "all", "#####" }, { "~all", "~~~~~" }, { "2 2", ".#..." },
		{ "5-5", "....#" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(picked(rows[i].typed, 5), rows[i].want);
}

static void what_is_refused(void **state)
{
	static const char *const bad[] = { "0", "6", "-1", "1-6", "4-2", "0-2", "x", "1x", "~", "~~1",
		"1~", "2-", "-", "1-2-3", "99999999999999999999", "alle", "1 ~1", "~2 1-3" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		e = (struct error)ERROR_INIT;
		assert_string_equal(picked(bad[i], 5), "refused");
		assert_true(strlen(e.text) > 10);
	}
	assert_string_equal(picked("1", 0), "refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(choices),
		TEST(what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
