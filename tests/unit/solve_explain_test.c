/* Wishes that can't be: each has a chain a stranger can follow, and fixes that work. */
#include "solve_world.h"

static void nothing_provides_it(void **state)
{
	WORLD;
	available(w, "A", "1", .depend = "P B b\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "!");
	assert_explained(w, "A 1 (from /dist/A-1.pkg) needs B, which nothing here provides",
			 "install --nodeps A");
	WORLD_END;
}

static void only_an_older_version_fits(void **state)
{
	WORLD;
	available(w, "A", "2", .depend = "P B b\n\t9.0\n");
	available(w, "A", "1");
	available(w, "B", "1.0");
	w->options.root = "/zones/a b";
	w->options.distro = "dist";
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "!");
	assert_explained(w, "needs B = 9.0, which nothing here provides; there is only B 1.0",
			 "install -R '/zones/a b' -d dist A=1");
	WORLD_END;
}

static void an_installed_package_is_in_the_way(void **state)
{
	WORLD;
	installed(w, "SUNWb", "1.0", .manual = true);
	available(w, "A", "1", .depend = "I SUNWb b\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "!");
	assert_explained(w, "SUNWb 1.0 (installed, transaction 1)", "uninstall SUNWb");
	WORLD_END;
}

static void an_installed_package_needs_the_old_one(void **state)
{
	WORLD;
	installed(w, "ldap", "5.2");
	installed(w, "cal", "7.0", .relations = "requires ldap (<< 6.0)\n", .manual = true);
	available(w, "ldap", "6.1");
	available(w, "msg", "8.1", .relations = "requires ldap (>= 6.0)\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "msg"), "!");
	assert_explained(w, "cal 7.0 (installed, transaction 2) needs ldap < 6.0: only ldap 5.2",
			 "uninstall cal");
	assert_explained(w, "msg 8.1 (from /dist/msg-8.1.pkg) needs ldap >= 6.0", "uninstall cal");
	WORLD_END;
}

static void no_such_version(void **state)
{
	WORLD;
	available(w, "A", "1");
	available(w, "A", "2");
	assert_string_equal(outcome(w, WISH_INSTALL, "A=9"), "!");
	assert_explained(w, "no such version: there are 2, 1", "install A=2");
	WORLD_END;
}

static void a_file_is_older(void **state)
{
	WORLD;
	installed(w, "A", "2", .manual = true);
	given(w, "A", "1");
	assert_string_equal(solved(w), "!");
	assert_explained(w, "A 2 (installed, transaction 1) is newer",
			 "install --allow-downgrade ./A-1.pkg");
	w->options.allow_downgrade = true;
	assert_string_equal(solved(w), "vA 1");
	WORLD_END;
}

static void something_needs_what_is_to_go(void **state)
{
	WORLD;
	installed(w, "A", "1");
	installed(w, "B", "1", .depend = "P A a\n", .manual = true);
	installed(w, "C", "1", .depend = "P B b\n", .manual = true);
	assert_string_equal(outcome(w, WISH_REMOVE, "A"), "!");
	assert_explained(w, "B 1 (installed, transaction 2) needs A: only A 1",
			 "uninstall A B C");
	assert_explained(w, "you asked to remove A 1", "uninstall --dependents A");
	WORLD_END;
}

static void two_wishes_exclude_each_other(void **state)
{
	WORLD;
	available(w, "A", "1", .depend = "I B b\n");
	available(w, "B", "1");
	wish(w, WISH_INSTALL, "A");
	assert_string_equal(outcome(w, WISH_INSTALL, "B"), "!");
	assert_explained(w, "can't be together with B 1", "install A");
	assert_explained(w, "you asked for A 1", "install B");
	WORLD_END;
}

static void two_versions_of_one_package(void **state)
{
	WORLD;
	available(w, "A", "1");
	available(w, "A", "2");
	wish(w, WISH_INSTALL, "A=1");
	assert_string_equal(outcome(w, WISH_INSTALL, "A=2"), "!");
	assert_explained(w, "can't both be there", "install A=2");
	WORLD_END;
}

static void another_architecture(void **state)
{
	WORLD;
	w->arches = "x86_64,i386";
	available(w, "A", "1", .arch = "sparc");
	available(w, "ALL", "1", .arch = "all");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "!");
	assert_explained(w, "it is for 'sparc'; this root takes 'x86_64,i386' only",
			 "install --nodeps A");
	w->wishes.v[0].name = "ALL";
	assert_string_equal(solved(w), "+ALL 1");
	WORLD_END;
}

static void deep_conflict(void **state)
{
	WORLD;
	available(w, "A", "1", .depend = "P B b\nP C c\n");
	available(w, "B", "1", .depend = "P D d\n\t1\n");
	available(w, "C", "1", .depend = "P D d\n\t2\n");
	available(w, "D", "1");
	available(w, "D", "2");
	available(w, "Z", "1");
	wish(w, WISH_INSTALL, "Z");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "!");
	assert_explained(w, "B 1 (from /dist/B-1.pkg) needs D = 1: only D 1", "install Z");
	assert_explained(w, "C 1 (from /dist/C-1.pkg) needs D = 2: only D 2", "install Z");
	WORLD_END;
}

static void upgrade_that_breaks_another(void **state)
{
	WORLD;
	installed(w, "LIB", "1");
	installed(w, "APP", "1", .depend = "P LIB l\n\t1\n", .manual = true);
	available(w, "LIB", "2");
	assert_string_equal(outcome(w, WISH_UPGRADE, "LIB"), "!");
	assert_explained(w, "APP 1 (installed, transaction 2) needs LIB = 1", "uninstall APP");
	WORLD_END;
}

static void keep_and_remove_at_once(void **state)
{
	WORLD;
	installed(w, "A", "1");
	available(w, "B", "1", .depend = "P A a\n");
	available(w, "C", "1");
	wish(w, WISH_REMOVE, "A");
	assert_string_equal(outcome(w, WISH_INSTALL, "B"), "!");
	assert_explained(w, "you asked to remove A 1", "install B");
	WORLD_END;
}

static void several_problems_at_once(void **state)
{
	WORLD;
	available(w, "A", "2", .depend = "P NONE n\n");
	available(w, "A", "1");
	available(w, "B", "2", .depend = "P NONE2 n\n");
	available(w, "B", "1");
	wish(w, WISH_INSTALL, "A");
	assert_string_equal(outcome(w, WISH_INSTALL, "B"), "!");
	assert_int_equal(w->solution.nproblems, 2);
	assert_explained(w, "needs NONE,", "install A=1");
	assert_explained(w, "needs NONE2,", "install B=1");
	WORLD_END;
}

static void words_are_safe_to_type(void **state)
{
	WORLD;
	available(w, "A", "2 beta; reboot", .depend = "P NONE n\n");
	available(w, "A", "1 'x'");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "!");
	assert_explained(w, "needs NONE", "install 'A=1 '\\''x'\\'''");
	WORLD_END;
}

/* Every fix that is shown, typed: the wish, or the removal, has a solution. */
static void fixes_work_when_typed(void **state)
{
	WORLD;
	installed(w, "ldap", "5.2");
	installed(w, "cal", "7.0", .relations = "requires ldap (<< 6.0)\n", .manual = true);
	installed(w, "calgui", "1", .depend = "P cal c\n", .manual = true);
	available(w, "ldap", "6.1");
	available(w, "msg", "8.1", .relations = "requires ldap (>= 6.0)\n");
	available(w, "msg", "7.1");
	assert_string_equal(outcome(w, WISH_INSTALL, "msg"), "!");
	assert_explained(w, "msg 8.1", "install msg=7.1");
	assert_explained(w, "cal 7.0", "uninstall --dependents cal");
	w->wishes.v[0].name = "msg=7.1";
	assert_string_equal(solved(w), "+msg 7.1");
	w->installed.n = 1;
	w->wishes.v[0].name = "msg";
	assert_string_equal(solved(w), "^ldap 6.1, +msg 8.1");
	WORLD_END;
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_provides_it), T(only_an_older_version_fits),
		T(an_installed_package_is_in_the_way), T(an_installed_package_needs_the_old_one),
		T(no_such_version), T(a_file_is_older), T(something_needs_what_is_to_go),
		T(two_wishes_exclude_each_other), T(two_versions_of_one_package),
		T(another_architecture), T(deep_conflict), T(upgrade_that_breaks_another),
		T(keep_and_remove_at_once), T(several_problems_at_once),
		T(words_are_safe_to_type), T(fixes_work_when_typed),
	};

	return cmocka_run_group_tests_name("solve_explain", tests, NULL, NULL);
}
