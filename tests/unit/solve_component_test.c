/* Components: what comes and goes with them, and why not. */
#include "solve_world.h"

#define X "<component xmlns=\"urn:commpkg:component:1\" id=\"%s\" version=\"%s\" " \
	"kind=\"%s\"%s><title>%s</title>%s</component>"

static const char *manifest(struct world *w, const char *id, const char *version,
			    const char *kind, const char *body)
{
	const char *more = "";

	if (str_eq(kind, "l10n")) /* of the component before the underscore */
		more = arena_printf(w->a, " translates=\"%.*s\" languages=\"de\"",
				    (int)strcspn(id, "_"), id);
	return arena_printf(w->a, X, id, version, kind, more, id, body);
}

static void component(struct world *w, const char *id, const char *version, const char *kind,
		      const char *body)
{
	const char *text = manifest(w, id, version, kind, body);

	dist_add_component(w->dist, text, strlen(text),
			   arena_printf(w->a, "/dist/%s-%s.xml", id, version));
}

/* With one package, or none. */
static struct pkgdb_component *there(struct world *w, const char *id, const char *version,
				     const char *kind, const char *package, const char *body)
{
	const char *text = manifest(w, id, version, kind, body);
	struct pkgdb_component *c = VEC_PUSH(&w->components);
	const char **list = arena_calloc(w->a, 4, sizeof(*list));

	list[0] = package;
	*c = (struct pkgdb_component){
		.id = (int64_t)w->components.n, .name = id, .version = version, .title = id,
		.kind = str_eq(kind, "shared") ? 'S' : str_eq(kind, "l10n") ? 'L' : 'P',
		.added = 9, .manifest = text, .manifest_len = strlen(text), .packages = list,
		.npackages = package != NULL, .manual = str_eq(kind, "product"),
	};
	return c;
}

/* "+MS 7.0 [P Q] | +P 1.0, +Q 1.0" */
static const char *all(struct world *w, enum wish_kind kind, const char *name)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	const char *steps;

	if (name != NULL)
		wish(w, kind, name);
	steps = solved(w);
	if (w->rc < 0)
		return steps;
	for (size_t i = 0; i < w->solution.ncomponents; i++) {
		const struct component_step *c = &w->solution.components[i];

		strbuf_addf(&b, "%s%c%s %s [", i > 0 ? ", " : "", "+^v=-"[c->kind], c->name,
			    c->version);
		for (size_t k = 0; k < c->npackages; k++)
			strbuf_addf(&b, "%s%s", k > 0 ? " " : "", c->packages[k]);
		strbuf_adds(&b, "]");
	}
	strbuf_addf(&b, " | %s", steps);
	return arena_strdup(w->a, strbuf_str(&b));
}

static void suite(struct world *w)
{
	component(w, "MS", "6.3", "product",
		  "<package name='ms' version='6.3'/><package name='old'/>"
		  "<requires component='NSS'/>");
	component(w, "MS", "7.0", "product",
		  "<base dir='messaging'/><package name='ms' version='7.0'/><package name='lang' "
		  "version='7.0' when='l10n'/><requires component='NSS' version='&gt;= 3.12, &lt; 4'/>"
		  "<requires component='DIR' scope='remote'/>"
		  "<requires component='AV' strength='soft'/>"
		  "<path from='&gt;= 6.0' strategy='in-place'/><path from='5.2' "
		  "strategy='side-by-side coexistent'/>"
		  "<data path='store' format='7' oneway='yes'/>");
	component(w, "MS_L10N", "7.0", "l10n", "");
	component(w, "NSS", "3.11", "shared", "<package name='tls' version='3.11'/>");
	component(w, "NSS", "3.12", "shared", "<package name='tls' version='3.12'/>");
	component(w, "NSS", "4.0", "shared", "<package name='tls' version='4.0'/>");
	available(w, "ms", "6.3");
	available(w, "ms", "7.0");
	available(w, "ms", "8.0");
	available(w, "old", "1");
	available(w, "lang", "7.0");
	available(w, "tls", "3.11");
	available(w, "tls", "3.12");
	available(w, "tls", "4.0");
}

static bool noted(const struct world *w, const char *part)
{
	for (size_t i = 0; i < w->solution.nnotes; i++)
		print_message("# %s\n", w->solution.notes[i]);
	return has_line(w->solution.notes, w->solution.nnotes, part);
}

static void brings_its_packages_and_what_it_needs(void **state)
{
	WORLD;
	suite(w);
	assert_string_equal(all(w, WISH_INSTALL, "MS"),
			    "+NSS 3.12 [tls], +MS 7.0 [ms] | +tls 3.12, +ms 7.0");
	assert_string_equal(w->solution.components[0].why, "needed by MS");
	assert_true(w->solution.components[1].manual);
	assert_false(w->solution.components[0].manual);
	assert_string_equal(why(w, "ms"), "needed by MS");
	assert_false(w->solution.steps[0].manual);
	assert_string_equal(w->solution.components[1].base, "/opt/commpkg/messaging");
	assert_null(w->solution.components[0].base);
	assert_true(noted(w, "MS 7.0 needs DIR, here or on another host"));
	assert_true(noted(w, "MS recommends AV"));
	WORLD_END;
}

static void the_order_of_inputs_does_not_matter(void **state)
{
	WORLD;
	suite(w);
	w->reversed = true;
	assert_string_equal(all(w, WISH_INSTALL, "MS"),
			    "+NSS 3.12 [tls], +MS 7.0 [ms] | +tls 3.12, +ms 7.0");
	WORLD_END;
}

static void a_version_is_asked_for(void **state)
{
	WORLD;
	suite(w);
	assert_string_equal(all(w, WISH_INSTALL, "MS=6.3"),
			    "+NSS 4.0 [tls], +MS 6.3 [ms old] | +tls 4.0, +ms 6.3, +old 1");
	WORLD_END;
}

static void translations_come_with_their_component(void **state)
{
	WORLD;
	suite(w);
	w->options.installroot = "/srv";
	assert_string_equal(all(w, WISH_INSTALL, "MS_L10N"),
			    "+NSS 3.12 [tls], +MS 7.0 [ms], +MS_L10N 7.0 [lang] | "
			    "+tls 3.12, +ms 7.0, +lang 7.0");
	assert_string_equal(w->solution.components[2].base, "/srv/messaging");
	WORLD_END;
}

static void only_what_it_needs(void **state)
{
	WORLD;
	suite(w);
	assert_string_equal(all(w, WISH_INSTALL, "~MS"), "+NSS 3.12 [tls] | +tls 3.12");
	assert_false(w->solution.components[0].manual);
	w->wishes.n = 0;
	assert_string_equal(all(w, WISH_INSTALL, "~MS=6.3"), "+NSS 4.0 [tls] | +tls 4.0");
	WORLD_END;
}

/* ---- shared components */

static void installed_suite(struct world *w)
{
	suite(w);
	there(w, "MS", "6.3", "product", "ms",
	      "<package name='ms' version='6.3'/><package name='old'/>"
	      "<requires component='NSS'/>")->packages[1] = "old";
	w->components.v[0].npackages = 2;
	there(w, "NSS", "3.11", "shared", "tls", "<package name='tls' version='3.11'/>");
	installed(w, "ms", "6.3");
	installed(w, "old", "1");
	installed(w, "tls", "3.11");
}

static void a_shared_one_stays(void **state)
{
	WORLD;
	installed_suite(w);
	assert_string_equal(all(w, WISH_UPGRADE, "MS"), "!");
	assert_explained(w, "NSS 3.11 (installed, transaction 9) stays: a shared component is "
			 "upgraded only with --upgradeSC y", "upgrade --upgradeSC y MS");
	w->options.upgrade_shared = true;
	assert_string_equal(all(w, WISH_UPGRADE, NULL),
			    "^NSS 3.12 [tls], ^MS 7.0 [ms] | -old 1, ^tls 3.12, ^ms 7.0");
	assert_string_equal(why(w, "old"), "belonged to MS 6.3");
	WORLD_END;
}

static void a_shared_one_that_is_named_is_upgraded(void **state)
{
	WORLD;
	installed_suite(w);
	assert_string_equal(all(w, WISH_INSTALL, "NSS"), "^NSS 4.0 [tls] | ^tls 4.0");
	WORLD_END;
}

static void an_upgrade_of_all_leaves_shared_ones(void **state)
{
	WORLD;
	installed_suite(w);
	available(w, "tls", "3.11b"); /* of any version, where the manifest says none */
	w->components.v[1].manifest = manifest(w, "NSS", "3.11", "shared", "<package name='tls'/>");
	w->components.v[1].manifest_len = strlen(w->components.v[1].manifest);
	*VEC_PUSH(&w->wishes) = (struct wish){ .kind = WISH_UPGRADE };
	assert_string_equal(all(w, WISH_UPGRADE, NULL), " | ");
	assert_true(noted(w, "NSS 3.11 stays: NSS 4.0 (from /dist/NSS-4.0.xml) would come with "
			  "--upgradeSC y"));
	assert_false(noted(w, "tls 3.11 stays")); /* its component does */
	WORLD_END;
}

static void shared_ones_left_out(void **state)
{
	WORLD;
	installed_suite(w);
	w->options.exclude_shared = w->options.upgrade_shared = true;
	assert_string_equal(all(w, WISH_UPGRADE, "MS"), "^MS 7.0 [ms] | -old 1, ^ms 7.0");
	WORLD_END;
}

static void a_shared_one_is_not_removed_by_name(void **state)
{
	WORLD;
	suite(w);
	there(w, "NSS", "3.11", "shared", "tls", "<package name='tls'/>");
	installed(w, "tls", "3.11");
	assert_string_equal(all(w, WISH_REMOVE, "NSS"), "!");
	assert_explained(w, "it is a shared component, which goes when nothing needs it any more",
			 "uninstall --autoremove NSS");
	w->options.autoremove = true;
	assert_string_equal(all(w, WISH_REMOVE, NULL), "-NSS 3.11 [tls] | -tls 3.11");
	WORLD_END;
}

/* ---- what goes */

static void packages_go_with_it(void **state)
{
	WORLD;
	installed_suite(w);
	assert_string_equal(all(w, WISH_REMOVE, "MS"), "-MS 6.3 [ms old] | -old 1, -ms 6.3");
	w->options.autoremove = true;
	assert_string_equal(all(w, WISH_REMOVE, NULL),
			    "-MS 6.3 [ms old], -NSS 3.11 [tls] | -old 1, -ms 6.3, -tls 3.11");
	WORLD_END;
}

static void but_not_what_others_have_or_need_or_were_named(void **state)
{
	WORLD;
	suite(w);
	there(w, "A", "1", "product", "p", "<package name='p'/><package name='q'/>"
	      "<package name='r'/><package name='s'/>")->npackages = 4;
	w->components.v[0].packages[1] = "q";
	w->components.v[0].packages[2] = "r";
	w->components.v[0].packages[3] = "s";
	there(w, "B", "1", "product", "p", "<package name='p'/>");
	installed(w, "p", "1");
	installed(w, "q", "1", .manual = true);
	installed(w, "r", "1");
	installed(w, "s", "1");
	installed(w, "other", "1", .depend = "P r r\n");
	assert_string_equal(all(w, WISH_REMOVE, "A"), "-A 1 [p q r s] | -s 1");
	WORLD_END;
}

static void a_needed_one_stays(void **state)
{
	WORLD;
	suite(w);
	there(w, "A", "1", "product", NULL, "");
	there(w, "B", "1", "product", NULL, "<requires component='A'/>");
	assert_string_equal(all(w, WISH_REMOVE, "A"), "!");
	assert_explained(w, "B 1 (installed, transaction 9) needs A: only A 1",
			 "uninstall --dependents A");
	assert_explained(w, "you asked to remove A 1", "uninstall A B");
	WORLD_END;
}

static void a_package_of_a_component_stays(void **state)
{
	WORLD;
	installed_suite(w);
	assert_string_equal(all(w, WISH_REMOVE, "old"), "!");
	assert_explained(w, "MS 6.3 (installed, transaction 9) needs old: only old 1",
			 "uninstall MS old");
	WORLD_END;
}

/* ---- versions */

static void older_only_when_allowed(void **state)
{
	WORLD;
	suite(w);
	there(w, "MS", "7.0", "product", "ms", "<package name='ms' version='7.0'/>"
	      "<data path='store' format='7' oneway='yes'/>");
	there(w, "NSS", "3.12", "shared", "tls", "<package name='tls'/>");
	installed(w, "ms", "7.0");
	installed(w, "tls", "3.12");
	assert_string_equal(all(w, WISH_INSTALL, "MS=6.3"), "!");
	assert_explained(w, "MS 7.0 (installed, transaction 9) is newer",
			 "install --allow-downgrade MS=6.3");
	w->options.allow_downgrade = true;
	assert_string_equal(all(w, WISH_INSTALL, NULL),
			    "vMS 6.3 [ms old] | vms 6.3, +old 1");
	assert_true(noted(w, "MS 6.3 can't read 'store' as MS 7.0 stores it, format 7"));
	WORLD_END;
}

static void no_way_from_there(void **state)
{
	WORLD;
	suite(w);
	there(w, "MS", "5.2", "product", NULL, "");
	assert_string_equal(all(w, WISH_INSTALL, "MS=7.0"), "!");
	assert_explained(w, "can't take the place of MS 5.2 (installed, transaction 9): its "
			 "manifest has side-by-side and coexistent from there", "install MS=6.3");
	w->wishes.n = 0;
	*VEC_PUSH(&w->wishes) = (struct wish){ .kind = WISH_UPGRADE };
	assert_string_equal(all(w, WISH_UPGRADE, NULL),
			    "+NSS 4.0 [tls], ^MS 6.3 [ms old] | +tls 4.0, +ms 6.3, +old 1");
	WORLD_END;
}

static void conflicts_of_a_range(void **state)
{
	WORLD;
	component(w, "A", "1", "product", "<conflicts component='B' version='&gt;= 2, &lt; 3'/>");
	component(w, "B", "2.5", "product", "");
	component(w, "B", "3.0", "product", "");
	there(w, "B", "2.1", "product", NULL, "");
	assert_string_equal(all(w, WISH_INSTALL, "A"), "+A 1 [], ^B 3.0 [] | ");
	WORLD_END;
}

/* ---- the base directory of packages */

static void relocatable_packages_go_below_the_base(void **state)
{
	WORLD;
	struct package *p;

	suite(w);
	p = available(w, "ms", "7.0.1");
	p->basedir = "/opt";
	component(w, "MS", "7.0.1", "product", "<base dir='messaging'/><package name='ms'/>");
	assert_string_equal(all(w, WISH_INSTALL, "MS=7.0.1"), "+MS 7.0.1 [ms] | +ms 8.0");
	assert_null(w->solution.steps[0].choice); /* nothing in it is relocatable */
	w->wishes.n = 0;
	wish(w, WISH_INSTALL, "ms=7.0.1");
	assert_string_equal(all(w, WISH_INSTALL, "MS=7.0.1"), "+MS 7.0.1 [ms] | +ms 7.0.1");
	assert_string_equal(w->solution.steps[0].choice->basedir, "/opt/commpkg/messaging");
	WORLD_END;
}

static void an_upgrade_stays_where_it_is(void **state)
{
	WORLD;
	struct package *p = available(w, "p", "2");

	p->basedir = "/opt";
	component(w, "A", "2", "product", "<base dir='other'/><package name='p'/>");
	there(w, "A", "1", "product", "p", "<package name='p'/>")->base = "/srv/a";
	installed(w, "p", "1")->basedir = "/srv/a";
	assert_string_equal(all(w, WISH_UPGRADE, "A"), "^A 2 [p] | ^p 2");
	assert_string_equal(w->solution.components[0].base, "/srv/a");
	assert_string_equal(w->solution.steps[0].choice->basedir, "/srv/a");
	w->wishes.n = 0; /* the package alone, too */
	assert_string_equal(all(w, WISH_UPGRADE, "p"), " | ^p 2");
	assert_string_equal(w->solution.steps[0].choice->basedir, "/srv/a");
	WORLD_END;
}

/* ---- systems */

static void another_system(void **state)
{
	WORLD;
	struct solve_system s = { .name = "debian", .version = "12", .like = "x unix" };

	component(w, "A", "1", "product", "<os name='Solaris' version='&gt;= 10'/>"
		  "<os name='debian' version='&gt;= 13' arch='x86_64'/>");
	component(w, "B", "1", "product", "<os name='debian' version='&gt;= 11, &lt; 13'/>");
	component(w, "C", "1", "product", "<os name='unix'/>");
	w->options.system = &s;
	assert_string_equal(all(w, WISH_INSTALL, "A"), "!");
	assert_explained(w, "A 1 (from /dist/A-1.xml) runs on Solaris >= 10 or debian >= 13 on x86_64",
			 "install --OSversionOverride A");
	assert_explained(w, "this root is debian 12 (etc/os-release)",
			 "install --OSversionOverride A");
	w->wishes.n = 0;
	assert_string_equal(all(w, WISH_INSTALL, "B"), "+B 1 [] | ");
	w->wishes.n = 0;
	assert_string_equal(all(w, WISH_INSTALL, "C"), "+C 1 [] | ");
	w->wishes.n = 0;
	s = (struct solve_system){ .name = NULL };
	assert_string_equal(all(w, WISH_INSTALL, "A"), "+A 1 [] | ");
	assert_true(noted(w, "whether A 1 runs on it was not checked"));
	WORLD_END;
}

static void the_machine_counts_where_it_is_known(void **state)
{
	WORLD;
	struct solve_system s = { .name = "debian", .version = "12", .arch = "aarch64" };

	component(w, "A", "1", "product", "<os name='debian' arch='x86_64'/>");
	w->options.system = &s;
	assert_string_equal(all(w, WISH_INSTALL, "A"), "!");
	s.arch = NULL;
	assert_string_equal(all(w, WISH_INSTALL, NULL), "+A 1 [] | ");
	WORLD_END;
}

/* ---- names */

static void a_name_of_both(void **state)
{
	WORLD;
	component(w, "x", "1", "product", "");
	available(w, "x", "2");
	assert_string_equal(all(w, WISH_INSTALL, "x"), "+x 1 [] | ");
	assert_true(noted(w, "'x' is a component and a package; the component is meant "
			  "('package:x' is the package)"));
	w->wishes.n = 0;
	assert_string_equal(all(w, WISH_INSTALL, "package:x"), " | +x 2");
	w->wishes.n = 0;
	assert_string_equal(all(w, WISH_INSTALL, "component:x=1"), "+x 1 [] | ");
	WORLD_END;
}

static void a_broken_manifest_is_told_when_asked_for(void **state)
{
	WORLD;
	const char *bad = "<component xmlns='urn:commpkg:component:1' id='BAD' version='1'>\n"
			  "<pakage name='x'/></component>";

	suite(w);
	dist_add_component(w->dist, bad, strlen(bad), "/dist/BAD.xml");
	assert_string_equal(all(w, WISH_INSTALL, "NSS"), "+NSS 4.0 [tls] | +tls 4.0");
	wish(w, WISH_INSTALL, "BAD");
	w->rc = solve_ask(w->a, &(struct solve_ask){ .dist = w->dist, .wishes = w->wishes.v,
			  .nwishes = w->wishes.n, .options = &w->options }, &w->solution, &w->e);
	assert_int_equal(w->rc, -E_FORMAT);
	assert_non_null(strstr(w->e.text, "/dist/BAD.xml:1: "));
	assert_string_equal(w->e.hint, "see all that is wrong: commpkg inspect /dist/BAD.xml");
	WORLD_END;
}

static void a_close_name_is_offered(void **state)
{
	WORLD;
	suite(w);
	assert_string_equal(all(w, WISH_INSTALL, "NSSS"), "?");
	assert_string_equal(w->e.text, "'NSSS' is not in the distribution");
	assert_string_equal(w->e.hint, "did you mean 'NSS'?");
	w->wishes.n = 0;
	assert_string_equal(all(w, WISH_INSTALL, "package:NSS"), "?");
	assert_string_equal(w->e.hint, "did you mean 'component:NSS'?");
	w->wishes.n = 0;
	assert_string_equal(all(w, WISH_INSTALL, "component:tls"), "?");
	assert_string_equal(w->e.hint, "did you mean 'package:tls'?");
	WORLD_END;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brings_its_packages_and_what_it_needs),
		cmocka_unit_test(the_order_of_inputs_does_not_matter),
		cmocka_unit_test(a_version_is_asked_for),
		cmocka_unit_test(translations_come_with_their_component),
		cmocka_unit_test(only_what_it_needs),
		cmocka_unit_test(a_shared_one_stays),
		cmocka_unit_test(a_shared_one_that_is_named_is_upgraded),
		cmocka_unit_test(an_upgrade_of_all_leaves_shared_ones),
		cmocka_unit_test(shared_ones_left_out),
		cmocka_unit_test(a_shared_one_is_not_removed_by_name),
		cmocka_unit_test(packages_go_with_it),
		cmocka_unit_test(but_not_what_others_have_or_need_or_were_named),
		cmocka_unit_test(a_needed_one_stays),
		cmocka_unit_test(a_package_of_a_component_stays),
		cmocka_unit_test(older_only_when_allowed),
		cmocka_unit_test(no_way_from_there),
		cmocka_unit_test(conflicts_of_a_range),
		cmocka_unit_test(relocatable_packages_go_below_the_base),
		cmocka_unit_test(an_upgrade_stays_where_it_is),
		cmocka_unit_test(another_system),
		cmocka_unit_test(the_machine_counts_where_it_is_known),
		cmocka_unit_test(a_name_of_both),
		cmocka_unit_test(a_broken_manifest_is_told_when_asked_for),
		cmocka_unit_test(a_close_name_is_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
