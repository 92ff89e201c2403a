/* Which of several that would do. */
#include "solve_world.h"

static void first_alternative_is_preferred(void **state)
{
	WORLD;
	available(w, "A", "1", .relations = "requires Z | B\n");
	available(w, "B", "9");
	available(w, "Z", "1");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+Z 1, +A 1");
	WORLD_END;
}

static void second_alternative_when_installed(void **state)
{
	WORLD;
	installed(w, "B", "9");
	available(w, "A", "1", .relations = "requires Z | B\n");
	available(w, "Z", "1");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+A 1");
	WORLD_END;
}

static void the_package_of_the_name_is_preferred_to_a_provider(void **state)
{
	WORLD;
	available(w, "A", "1", .relations = "requires mta\n");
	available(w, "B", "9", .relations = "provides mta\n");
	available(w, "mta", "1");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+mta 1, +A 1");
	WORLD_END;
}

static void what_debian_calls_so_is_preferred_to_a_provider(void **state)
{
	WORLD;
	available(w, "A", "1", .relations = "scheme deb\nrequires deb:lib0 (>= 200)\n");
	available(w, "fork0", "246", .relations = "scheme deb\nprovides deb:fork0 = 246\n"
		  "provides deb:lib0 = 246\nconflicts deb:lib0\nreplaces deb:lib0\n");
	available(w, "lib0", "252", .relations = "scheme deb\nprovides deb:lib0 = 252\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+lib0 252, +A 1");
	WORLD_END;
}

static void what_replaces_another_is_no_better_choice_for_that(void **state)
{
	WORLD;
	available(w, "A", "1", .relations = "requires lib\n");
	available(w, "fork", "9", .relations = "provides lib\nconflicts lib\nreplaces lib\n");
	available(w, "lib", "1");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+lib 1, +A 1");
	WORLD_END;
}

/* `gnupg | gpg`, and gnupg needs gpg. */
static void the_first_alternative_that_needs_the_second(void **state)
{
	WORLD;
	available(w, "A", "1", .relations = "requires Z | B\n");
	available(w, "B", "9");
	available(w, "Z", "1", .relations = "requires B\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+B 9, +Z 1, +A 1");
	WORLD_END;
}

static void what_comes_anyway_is_enough(void **state)
{
	WORLD;
	available(w, "A", "1", .relations = "requires Z | B\nrequires C\n");
	available(w, "B", "9");
	available(w, "C", "1", .relations = "requires B\n");
	available(w, "Z", "1", .relations = "requires B\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+B 9, +C 1, +A 1");
	WORLD_END;
}

static void the_first_alternative_that_can_not_come(void **state)
{
	WORLD;
	available(w, "A", "1", .relations = "requires Z | B\nrequires C\n");
	available(w, "B", "9");
	available(w, "C", "1");
	available(w, "Z", "1", .relations = "requires B\nconflicts C\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+B 9, +C 1, +A 1");
	WORLD_END;
}

/* An upgrade that can't be asks for nothing new. */
static void alternatives_of_what_does_not_come(void **state)
{
	WORLD;
	installed(w, "A", "1", .manual = true);
	installed(w, "K", "1", .manual = true, .depend = "P A a\n\t1\n");
	available(w, "A", "2", .relations = "requires Z | B\n");
	available(w, "B", "9");
	available(w, "Z", "1", .relations = "requires B\n");
	assert_string_equal(outcome(w, WISH_UPGRADE, NULL), "");
	WORLD_END;
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(first_alternative_is_preferred), T(second_alternative_when_installed),
		T(the_package_of_the_name_is_preferred_to_a_provider),
		T(what_debian_calls_so_is_preferred_to_a_provider),
		T(what_replaces_another_is_no_better_choice_for_that),
		T(the_first_alternative_that_needs_the_second),
		T(what_comes_anyway_is_enough), T(the_first_alternative_that_can_not_come),
		T(alternatives_of_what_does_not_come),
	};

	return cmocka_run_group_tests_name("solve_choice", tests, NULL, NULL);
}
