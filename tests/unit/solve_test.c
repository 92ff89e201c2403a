#include "solve_world.h"

/* ---- installing */

static void newest_version_is_installed(void **state)
{
	WORLD;
	available(w, "A", "1.9");
	available(w, "A", "1.10");
	available(w, "A", "1.2,REV=2009.01.01");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+A 1.10");
	assert_string_equal(why(w, "A"), "named");
	assert_true(w->solution.steps[0].manual);
	WORLD_END;
}

static void asked_version_is_installed(void **state)
{
	WORLD;
	available(w, "A", "1.0");
	available(w, "A", "2.0");
	assert_string_equal(outcome(w, WISH_INSTALL, "A=1.0"), "+A 1.0");
	WORLD_END;
}

static void what_is_needed_comes_first(void **state)
{
	WORLD;
	available(w, "A", "1", .depend = "P C c\nP B b\n");
	available(w, "B", "1", .depend = "P D d\n");
	available(w, "C", "1", .depend = "P D d\n");
	available(w, "D", "1");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+D 1, +B 1, +C 1, +A 1");
	assert_string_equal(why(w, "D"), "needed by B");
	assert_false(w->solution.steps[0].manual);
	WORLD_END;
}

static void same_version_is_nothing_to_do(void **state)
{
	WORLD;
	installed(w, "A", "1.0");
	available(w, "A", "1.0");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "");
	WORLD_END;
}

static void same_file_is_installed_again_when_asked(void **state)
{
	WORLD;
	installed(w, "A", "1.0", .manual = true);
	given(w, "A", "1.0");
	assert_string_equal(solved(w), "");
	w->options.reinstall = true;
	assert_string_equal(solved(w), "=A 1.0");
	assert_ptr_equal(w->solution.steps[0].installed, w->installed.v[0].row);
	WORLD_END;
}

static void install_of_an_installed_name_upgrades(void **state)
{
	WORLD;
	installed(w, "A", "1.0");
	available(w, "A", "2.0");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "^A 2.0");
	WORLD_END;
}

static void installed_and_not_in_the_distribution(void **state)
{
	WORLD;
	installed(w, "A", "1.0");
	available(w, "B", "2.0");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "");
	WORLD_END;
}

static void package_file_without_a_distribution(void **state)
{
	WORLD;
	struct package *p = package_as(w, "A", "1.0", (struct about){ .arch = "all" });
	struct wish wi = { .kind = WISH_INSTALL, .package = p };
	struct solve_ask ask = { .wishes = &wi, .nwishes = 1, .options = &w->options };

	assert_int_equal(solve_ask(w->a, &ask, &w->solution, &w->e), 0);
	assert_string_equal(steps_text(w), "+A 1.0");
	WORLD_END;
}

/* ---- depend(4) */

static void alternatives_by_version(void **state)
{
	WORLD;
	available(w, "A", "1", .depend = "P B b\n\t2.0\n\t3.0\n");
	available(w, "B", "1.0");
	available(w, "B", "2.0");
	available(w, "B", "4.0");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+B 2.0, +A 1");
	WORLD_END;
}

static void alternatives_by_architecture(void **state)
{
	WORLD;
	available(w, "A", "1", .depend = "P B b\n\t(sparc)1.0\n\t(i386)2.0\n");
	available(w, "B", "1.0", .arch = "i386");
	available(w, "B", "2.0", .arch = "sparc,i386");
	available(w, "B", "3.0", .arch = "sparc");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+B 2.0, +A 1");
	WORLD_END;
}

static void architecture_and_version_are_of_one_package(void **state)
{
	WORLD;
	available(w, "A", "1", .depend = "P B b\n\t(sparc)1.0\n");
	available(w, "B", "1.0", .arch = "i386");
	available(w, "B", "2.0", .arch = "sparc");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "!");
	WORLD_END;
}

static void compver_stands_in(void **state)
{
	WORLD;
	available(w, "A", "1", .depend = "P B b\n\t(i386)1.0\n");
	available(w, "B", "2.0", .compver = "# for\n1.0\n1.5\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+B 2.0, +A 1");
	WORLD_END;
}

static void versions_are_equal_by_words(void **state)
{
	WORLD;
	available(w, "A", "1", .depend = "P B b\n\t1.0  beta\n");
	available(w, "B", "1.0 \t beta");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+B 1.0 \t beta, +A 1");
	WORLD_END;
}

/* version_compare() takes them for equal; depend(4) does not. */
static void versions_that_only_compare_equal_do_not_satisfy(void **state)
{
	WORLD;
	available(w, "A", "1", .depend = "P B b\n\t1.0\n");
	available(w, "B", "1_0");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "!");
	WORLD_END;
}

static void incompatible_versions_only(void **state)
{
	WORLD;
	installed(w, "B", "1.0");
	available(w, "A", "1", .depend = "I B b\n\t2.0\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+A 1");
	WORLD_END;
}

static void conflict_solved_by_upgrade(void **state)
{
	WORLD;
	installed(w, "B", "1.0");
	available(w, "A", "1", .depend = "I B b\n\t1.0\n");
	available(w, "B", "2.0");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+A 1, ^B 2.0");
	WORLD_END;
}

static void a_cycle_installs_in_a_fixed_order(void **state)
{
	WORLD;
	available(w, "A", "1", .depend = "P B b\n");
	available(w, "B", "1", .depend = "P C c\n");
	available(w, "C", "1", .depend = "P A a\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "B"), "+C 1, +B 1, +A 1");
	WORLD_END;
}

static void a_broken_installed_package_is_not_in_the_way(void **state)
{
	WORLD;
	installed(w, "X", "1", .depend = "P GONE g\n", .manual = true);
	available(w, "A", "1");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+A 1");
	WORLD_END;
}

/* ---- relations */

static void relations_are_taken_instead_of_depend(void **state)
{
	WORLD;
	available(w, "A", "1", .depend = "P NOBODY n\n", .relations = "requires B\n");
	available(w, "B", "1");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+B 1, +A 1");
	WORLD_END;
}

static void ordered_versions(void **state)
{
	WORLD;
	available(w, "A", "1", .relations = "requires B (>= 1.9)\nrequires B (<< 2.0)\n");
	available(w, "B", "1.8");
	available(w, "B", "1.10");
	available(w, "B", "2.0");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+B 1.10, +A 1");
	WORLD_END;
}

/* ~ and letters, where Debian and RPM differ: 1.0a < 1.0+b in Debian. */
static void debian_versions_compare_by_debian_rules(void **state)
{
	WORLD;
	available(w, "A", "1", .relations = "scheme deb\nrequires deb:b (>> 1:1.0a)\n");
	available(w, "B", "1:1.0~rc1",
		  .relations = "scheme deb\nprovides deb:b = 1:1.0~rc1\n");
	available(w, "B2", "9.0", .relations = "scheme deb\nprovides deb:b = 9.0\n");
	available(w, "B3", "1:1.0+b", .relations = "scheme deb\nprovides deb:b = 1:1.0+b\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+B3 1:1.0+b, +A 1");
	WORLD_END;
}

static void epochs_make_upgrades(void **state)
{
	WORLD;
	installed(w, "A", "9.0-1", .relations = "scheme deb\n");
	available(w, "A", "1:1.0-1", .relations = "scheme deb\n");
	assert_string_equal(outcome(w, WISH_UPGRADE, "A"), "^A 1:1.0-1");
	WORLD_END;
}

static void a_provide_without_version_does_not_satisfy_one_with(void **state)
{
	WORLD;
	available(w, "A", "1", .relations = "requires mta (>= 1)\n");
	available(w, "B", "9", .relations = "provides mta\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "!");
	WORLD_END;
}

static void a_package_may_conflict_with_what_it_provides(void **state)
{
	WORLD;
	available(w, "A", "1", .relations = "provides mta\nconflicts mta\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+A 1");
	WORLD_END;
}

static void replaces_with_conflicts_takes_the_place(void **state)
{
	WORLD;
	installed(w, "OLD", "1", .relations = "provides mta\n");
	available(w, "NEW", "1",
		  .relations = "provides mta\nconflicts mta\nreplaces mta\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "NEW"), "-OLD 1, +NEW 1");
	assert_string_equal(why(w, "OLD"), "NEW takes its place");
	WORLD_END;
}

static void replaces_alone_removes_nothing(void **state)
{
	WORLD;
	installed(w, "OLD", "1");
	available(w, "NEW", "1", .relations = "replaces OLD\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "NEW"), "+NEW 1");
	assert_true(solve_replaces(w->solution.steps[0].package, "OLD", "1", NULL));
	assert_false(solve_replaces(w->solution.steps[0].package, "OTHER", "1", NULL));
	WORLD_END;
}

static void files_that_move_upgrade_the_other(void **state)
{
	WORLD;
	installed(w, "OLD", "1");
	available(w, "OLD", "2");
	available(w, "NEW", "1", .relations = "conflicts OLD (<< 2)\nreplaces OLD (<< 2)\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "NEW"), "+NEW 1, ^OLD 2");
	WORLD_END;
}

static void recommended_packages_are_noted_only(void **state)
{
	WORLD;
	available(w, "A", "1", .relations = "recommends B | C\nrecommends NOBODY\n");
	available(w, "B", "1");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+A 1");
	assert_note(w, "A recommends B, NOBODY");
	WORLD_END;
}

static void a_virtual_name_can_be_wished_for(void **state)
{
	WORLD;
	available(w, "B", "9", .relations = "provides deb:mta\n");
	assert_string_equal(outcome(w, WISH_INSTALL, "deb:mta"), "+B 9");
	assert_string_equal(why(w, "B"), "provides deb:mta");
	assert_true(w->solution.steps[0].manual);
	WORLD_END;
}

/* ---- upgrading */

static void upgrade_of_everything(void **state)
{
	WORLD;
	installed(w, "A", "1", .manual = true);
	installed(w, "B", "2");
	installed(w, "C", "1");
	installed(w, "LOCAL", "1");
	available(w, "A", "2", .depend = "P N n\n");
	available(w, "B", "1");
	available(w, "C", "1");
	available(w, "N", "1");
	assert_string_equal(outcome(w, WISH_UPGRADE, NULL), "+N 1, ^A 2");
	assert_true(w->solution.steps[1].manual);
	assert_note(w, "left alone: LOCAL");
	WORLD_END;
}

static void upgrade_of_everything_goes_back_when_allowed(void **state)
{
	WORLD;
	installed(w, "B", "2");
	available(w, "B", "1");
	w->options.allow_downgrade = true;
	assert_string_equal(outcome(w, WISH_UPGRADE, NULL), "vB 1");
	assert_note(w, "B goes back from 2 to 1");
	WORLD_END;
}

static void upgrade_of_everything_leaves_what_can_not_go(void **state)
{
	WORLD;
	installed(w, "A", "1");
	installed(w, "B", "1");
	available(w, "A", "2", .depend = "P NOBODY n\n");
	available(w, "B", "2");
	assert_string_equal(outcome(w, WISH_UPGRADE, NULL), "^B 2");
	assert_note(w, "A 1 stays: A 2 (from /dist/A-2.pkg) does not go together");
	WORLD_END;
}

static void upgrade_never_goes_back(void **state)
{
	WORLD;
	installed(w, "A", "2");
	available(w, "A", "1");
	assert_string_equal(outcome(w, WISH_UPGRADE, "A"), "");
	assert_note(w, "A 2 (installed, transaction 1) stays");
	WORLD_END;
}

static void upgrade_keeps_the_architecture(void **state)
{
	WORLD;
	installed(w, "A", "1", .arch = "sparc");
	available(w, "A", "2", .arch = "i386");
	available(w, "A", "2", .arch = "sparc");
	assert_string_equal(outcome(w, WISH_UPGRADE, "A"), "^A 2");
	assert_string_equal(w->solution.steps[0].package->arch, "sparc");
	WORLD_END;
}

static void dependents_are_upgraded_along(void **state)
{
	WORLD;
	installed(w, "LIB", "1");
	installed(w, "APP", "1", .depend = "P LIB l\n\t1\n");
	available(w, "LIB", "2");
	available(w, "APP", "2", .depend = "P LIB l\n\t2\n");
	assert_string_equal(outcome(w, WISH_UPGRADE, "LIB"), "^LIB 2, ^APP 2");
	WORLD_END;
}

/* ---- removing */

static void removal(void **state)
{
	WORLD;
	installed(w, "A", "1");
	assert_string_equal(outcome(w, WISH_REMOVE, "A"), "-A 1");
	WORLD_END;
}

static void removal_with_dependents_is_in_reverse_order(void **state)
{
	WORLD;
	installed(w, "A", "1");
	installed(w, "B", "1", .depend = "P A a\n");
	installed(w, "C", "1", .depend = "P B b\n");
	installed(w, "D", "1");
	w->options.dependents = true;
	assert_string_equal(outcome(w, WISH_REMOVE, "A"), "-C 1, -B 1, -A 1");
	assert_string_equal(why(w, "C"), "needs B");
	WORLD_END;
}

static void removal_installs_nothing_instead(void **state)
{
	WORLD;
	installed(w, "A", "1", .relations = "provides mta\n");
	installed(w, "B", "1", .relations = "requires mta\n");
	available(w, "OTHER", "1", .relations = "provides mta\n");
	assert_string_equal(outcome(w, WISH_REMOVE, "A"), "!");
	WORLD_END;
}

static void removal_of_one_of_two_providers(void **state)
{
	WORLD;
	installed(w, "A", "1", .relations = "provides mta\n");
	installed(w, "A2", "1", .relations = "provides mta\n");
	installed(w, "B", "1", .relations = "requires mta\n");
	assert_string_equal(outcome(w, WISH_REMOVE, "A"), "-A 1");
	WORLD_END;
}

static void removed_cycle(void **state)
{
	WORLD;
	installed(w, "A", "1", .depend = "P B b\n");
	installed(w, "B", "1", .depend = "P A a\n");
	wish(w, WISH_REMOVE, "A");
	assert_string_equal(outcome(w, WISH_REMOVE, "B"), "-A 1, -B 1");
	WORLD_END;
}

static void autoremove_takes_what_only_the_removed_needed(void **state)
{
	WORLD;
	installed(w, "A", "1", .manual = true, .depend = "P LIB l\nP SHARED s\nP MINE m\n");
	installed(w, "LIB", "1", .depend = "P LIB2 l\n");
	installed(w, "LIB2", "1");
	installed(w, "SHARED", "1");
	installed(w, "OTHER", "1", .manual = true, .depend = "P SHARED s\n");
	installed(w, "MINE", "1", .manual = true);
	installed(w, "STRAY", "1");
	w->options.autoremove = true;
	assert_string_equal(outcome(w, WISH_REMOVE, "A"), "-A 1, -LIB 1, -LIB2 1");
	assert_string_equal(why(w, "LIB2"), "nobody needs it any more");
	WORLD_END;
}

static void autoremove_takes_cycles(void **state)
{
	WORLD;
	installed(w, "A", "1", .manual = true, .depend = "P X x\n");
	installed(w, "X", "1", .depend = "P Y y\n");
	installed(w, "Y", "1", .depend = "P X x\n");
	w->options.autoremove = true;
	assert_string_equal(outcome(w, WISH_REMOVE, "A"), "-A 1, -X 1, -Y 1");
	WORLD_END;
}

static void autoremove_alone_takes_all_that_came_uncalled(void **state)
{
	WORLD;
	installed(w, "A", "1", .manual = true, .depend = "P LIB l\n");
	installed(w, "LIB", "1");
	installed(w, "STRAY", "1");
	w->options.autoremove = true;
	assert_string_equal(solved(w), "-STRAY 1");
	WORLD_END;
}

static void autoremove_after_an_upgrade(void **state)
{
	WORLD;
	installed(w, "A", "1", .manual = true, .depend = "P OLDLIB l\n");
	installed(w, "OLDLIB", "1");
	available(w, "A", "2", .depend = "P NEWLIB l\n");
	available(w, "NEWLIB", "1");
	w->options.autoremove = true;
	assert_string_equal(outcome(w, WISH_UPGRADE, "A"), "-OLDLIB 1, +NEWLIB 1, ^A 2");
	WORLD_END;
}

static void reverse_lines_warn(void **state)
{
	WORLD;
	installed(w, "A", "1", .depend = "R B b\nR GONE g\n");
	installed(w, "B", "1");
	assert_string_equal(outcome(w, WISH_REMOVE, "A"), "-A 1");
	assert_int_equal(w->solution.nnotes, 1);
	assert_note(w, "A 1 goes, and says that B 1 needs it");
	WORLD_END;
}

/* ---- instances and parts */

static void further_instances_are_left_alone(void **state)
{
	WORLD;
	installed(w, "A", "1");
	installed(w, "A", "1.5", .instance = "A.2");
	installed(w, "B", "1", .depend = "P A a\n\t1.5\n");
	available(w, "A", "2");
	assert_string_equal(outcome(w, WISH_UPGRADE, "A"), "^A 2");
	WORLD_END;
}

static void a_further_instance_is_removed_by_its_name(void **state)
{
	WORLD;
	installed(w, "A", "1");
	installed(w, "A", "1.5", .instance = "A.2");
	assert_string_equal(outcome(w, WISH_REMOVE, "A.2"), "-A.2 1.5");
	WORLD_END;
}

static void a_partial_package_satisfies_nobody(void **state)
{
	WORLD;
	installed(w, "B", "1", .state = 'I');
	available(w, "A", "1", .depend = "P B b\n");
	available(w, "B", "1");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "=B 1, +A 1");
	WORLD_END;
}

static void a_partial_package_can_be_removed(void **state)
{
	WORLD;
	installed(w, "B", "1", .state = 'R');
	assert_string_equal(outcome(w, WISH_REMOVE, "B"), "-B 1");
	WORLD_END;
}

/* ---- nodeps */

static void nodeps_does_as_wished_in_order(void **state)
{
	WORLD;
	struct step_choice second = { .instance = "A.2" };

	installed(w, "A", "1");
	installed(w, "A", "3", .instance = "A.2");
	installed(w, "Z", "1", .depend = "P A a\n");
	given(w, "C", "1", .depend = "P NOBODY n\n");
	given(w, "A", "2");
	w->wishes.v[1].choice = &second;
	wish(w, WISH_REMOVE, "A");
	w->options.nodeps = true;
	assert_string_equal(solved(w), "+C 1, vA 2, -A 1");
	assert_ptr_equal(w->solution.steps[1].installed, w->installed.v[1].row);
	assert_ptr_equal(w->solution.steps[1].choice, &second);
	WORLD_END;
}

static void nodeps_new_instance_is_an_install(void **state)
{
	WORLD;
	struct step_choice second = { .instance = "A.2" };

	installed(w, "A", "1");
	given(w, "A", "1");
	w->wishes.v[0].choice = &second;
	w->options.nodeps = true;
	assert_string_equal(solved(w), "+A 1");
	assert_null(w->solution.steps[0].installed);
	WORLD_END;
}

static void nodeps_knows_what_is_not_there(void **state)
{
	WORLD;
	w->options.nodeps = true;
	assert_string_equal(outcome(w, WISH_REMOVE, "A"), "?");
	w->wishes.n = 0;
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "?");
	WORLD_END;
}

/* ---- names */

static void unknown_names_have_close_ones(void **state)
{
	WORLD;
	available(w, "SUNWmsg", "1");
	available(w, "SUNWcal", "1");
	assert_string_equal(outcome(w, WISH_INSTALL, "SUNWmgs"), "?");
	assert_non_null(strstr(w->e.hint, "'SUNWmsg'"));
	assert_null(strstr(w->e.hint, "SUNWcal"));
	w->wishes.v[0].name = "cal";
	assert_string_equal(solved(w), "?");
	assert_non_null(strstr(w->e.hint, "'SUNWcal'"));
	w->wishes.v[0].name = "entirely-else";
	assert_string_equal(solved(w), "?");
	assert_string_equal(w->e.hint, "");
	WORLD_END;
}

static void removal_of_what_is_not_installed(void **state)
{
	WORLD;
	installed(w, "SUNWa", "1");
	available(w, "SUNWb", "1");
	assert_string_equal(outcome(w, WISH_REMOVE, "SUNWb"), "?");
	assert_non_null(strstr(w->e.text, "'SUNWb' is not installed"));
	WORLD_END;
}

static void upgrade_of_what_is_not_installed(void **state)
{
	WORLD;
	available(w, "A", "1");
	assert_string_equal(outcome(w, WISH_UPGRADE, "A"), "?");
	WORLD_END;
}

/* ---- determinism */

static void a_tangle(struct world *w)
{
	installed(w, "K", "1", .manual = true, .depend = "P L l\n");
	installed(w, "L", "1");
	installed(w, "M", "1", .manual = true, .relations = "provides mta\n");
	for (int i = 0; i < 40; i++) {
		const char *name = arena_printf(w->a, "P%d", i);

		available(w, name, "1", .relations =
			  arena_printf(w->a, "requires P%d | P%d\nrequires mta | X%d\n"
				       "provides v%d\n", (i * 7) % 40, (i * 3 + 1) % 40, i, i % 5));
		available(w, name, "2", .relations =
			  arena_printf(w->a, "requires v%d\nrequires P%d\nprovides v%d\n",
				       (i + 1) % 5, (i * 11) % 40, i % 5));
	}
	available(w, "K", "2", .depend = "P P7 p\n");
	wish(w, WISH_INSTALL, "P3");
	wish(w, WISH_UPGRADE, "K");
	wish(w, WISH_INSTALL, "P21=1");
}

static void order_of_inputs_has_no_influence(void **state)
{
	WORLD;
	const char *one;

	a_tangle(w);
	one = solved(w);
	assert_true(strlen(one) > 20);
	w->reversed = true;
	assert_string_equal(solved(w), one);
	WORLD_END;
}

static void a_long_chain_is_no_trouble(void **state)
{
	WORLD;
	for (int i = 0; i < 3000; i++)
		available(w, arena_printf(w->a, "C%d", i), "1", .depend =
			  i < 2999 ? arena_printf(w->a, "P C%d c\n", i + 1) : NULL);
	wish(w, WISH_INSTALL, "C0");
	(void)solved(w);
	assert_int_equal(w->rc, 0);
	assert_int_equal(w->solution.nsteps, 3000);
	assert_string_equal(w->solution.steps[0].package->pkg, "C2999");
	WORLD_END;
}

/* libsolv descends into alternatives by recursion. */
static void ten_thousand_alternatives_are_no_trouble(void **state)
{
	struct strbuf b = STRBUF_INIT;
	WORLD;

	strbuf_adds(&b, "P B b\n");
	for (int i = 0; i < 10000; i++)
		strbuf_addf(&b, "\t%d.0\n", i);
	available(w, "A", "1", .depend = strbuf_str(&b));
	available(w, "B", "9999.0");
	assert_string_equal(outcome(w, WISH_INSTALL, "A"), "+B 9999.0, +A 1");
	strbuf_free(&b);
	WORLD_END;
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(newest_version_is_installed), T(asked_version_is_installed),
		T(what_is_needed_comes_first), T(same_version_is_nothing_to_do),
		T(same_file_is_installed_again_when_asked),
		T(install_of_an_installed_name_upgrades),
		T(installed_and_not_in_the_distribution),
		T(package_file_without_a_distribution),
		T(alternatives_by_version), T(alternatives_by_architecture),
		T(architecture_and_version_are_of_one_package), T(compver_stands_in),
		T(versions_are_equal_by_words),
		T(versions_that_only_compare_equal_do_not_satisfy),
		T(incompatible_versions_only), T(conflict_solved_by_upgrade),
		T(a_cycle_installs_in_a_fixed_order),
		T(a_broken_installed_package_is_not_in_the_way),
		T(relations_are_taken_instead_of_depend),
		T(ordered_versions), T(debian_versions_compare_by_debian_rules),
		T(epochs_make_upgrades),
		T(a_provide_without_version_does_not_satisfy_one_with),
		T(a_package_may_conflict_with_what_it_provides),
		T(replaces_with_conflicts_takes_the_place), T(replaces_alone_removes_nothing),
		T(files_that_move_upgrade_the_other), T(recommended_packages_are_noted_only),
		T(a_virtual_name_can_be_wished_for),
		T(upgrade_of_everything), T(upgrade_of_everything_goes_back_when_allowed),
		T(upgrade_of_everything_leaves_what_can_not_go), T(upgrade_never_goes_back),
		T(upgrade_keeps_the_architecture), T(dependents_are_upgraded_along),
		T(removal), T(removal_with_dependents_is_in_reverse_order),
		T(removal_installs_nothing_instead), T(removal_of_one_of_two_providers),
		T(removed_cycle), T(autoremove_takes_what_only_the_removed_needed),
		T(autoremove_takes_cycles), T(autoremove_alone_takes_all_that_came_uncalled),
		T(autoremove_after_an_upgrade), T(reverse_lines_warn),
		T(further_instances_are_left_alone),
		T(a_further_instance_is_removed_by_its_name),
		T(a_partial_package_satisfies_nobody), T(a_partial_package_can_be_removed),
		T(nodeps_does_as_wished_in_order), T(nodeps_new_instance_is_an_install),
		T(nodeps_knows_what_is_not_there),
		T(unknown_names_have_close_ones), T(removal_of_what_is_not_installed),
		T(upgrade_of_what_is_not_installed),
		T(order_of_inputs_has_no_influence), T(a_long_chain_is_no_trouble),
		T(ten_thousand_alternatives_are_no_trouble),
	};

	return cmocka_run_group_tests_name("solve", tests, NULL, NULL);
}
