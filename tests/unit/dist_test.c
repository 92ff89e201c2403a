#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "commpkg/dist.h"
#include "spool_fixture.h"

/* "PKG VERSION, ..." in the order of the distribution. */
static const char *listing(struct tempdir *t, const struct dist *d)
{
	const char *s = "";

	for (size_t i = 0; i < dist_count(d); i++)
		s = arena_printf(t->a, "%s%s%s %s", s, i > 0 ? ", " : "",
				 dist_package(d, i)->package->pkg,
				 dist_package(d, i)->package->version);
	return s;
}

static void a_directory_in_name_order(void **state)
{
	struct tempdir t = tempdir_new();
	struct dist *d = dist_new();
	struct error e = ERROR_INIT;

	(void)state;
	spool_package(&t, "b", "SUNWz", "1.0", NULL, NULL);
	spool_package(&t, "a", "SUNWz", "2.0", NULL, NULL);
	spool_package(&t, "SUNWc", "SUNWc", "1.0", "depend", "P SUNWz z\n");
	assert_int_equal(rename(arena_printf(t.a, "%s/b", t.path),
				arena_printf(t.a, "%s/SUNWz", t.path)), 0);
	assert_int_equal(rename(arena_printf(t.a, "%s/a", t.path),
				arena_printf(t.a, "%s/SUNWz.2", t.path)), 0);
	put_file(&t, "README", "no package\n");
	put_file(&t, ".SUNWhidden", "no package\n");
	assert_int_equal(dist_add_directory(d, t.path, &e), 0);
	assert_string_equal(listing(&t, d), "SUNWc 1.0, SUNWz 1.0, SUNWz 2.0");
	assert_int_equal(dist_package(d, 0)->package->depend.n, 1);
	assert_string_equal(dist_package(d, 1)->origin, arena_printf(t.a, "%s/SUNWz", t.path));
	assert_false(dist_package(d, 0)->named);
	dist_free(d);
	tempdir_free(&t);
}

static void one_level_below_and_no_deeper(void **state)
{
	struct tempdir t = tempdir_new();
	struct dist *d = dist_new();
	struct error e = ERROR_INIT;

	(void)state;
	spool_package(&t, "SUNWa", "SUNWa", "1.0", NULL, NULL);
	spool_package(&t, "sub/SUNWb", "SUNWb", "1.0", NULL, NULL);
	spool_package(&t, "sub/deep/SUNWc", "SUNWc", "1.0", NULL, NULL);
	assert_int_equal(dist_add_directory(d, t.path, &e), 0);
	assert_string_equal(listing(&t, d), "SUNWa 1.0, SUNWb 1.0");
	dist_free(d);
	tempdir_free(&t);
}

static void the_same_twice_is_noted(void **state)
{
	struct tempdir t = tempdir_new();
	struct dist *d = dist_new();
	struct error e = ERROR_INIT;

	(void)state;
	spool_package(&t, "one/SUNWa", "SUNWa", "1.0", NULL, NULL);
	spool_package(&t, "two/SUNWa", "SUNWa", "1.0", NULL, NULL);
	assert_int_equal(dist_add_directory(d, t.path, &e), 0);
	assert_int_equal(dist_count(d), 1);
	assert_string_equal(dist_package(d, 0)->origin,
			    arena_printf(t.a, "%s/one/SUNWa", t.path));
	assert_int_equal(dist_note_count(d), 1);
	assert_non_null(strstr(dist_note(d, 0), "/two/SUNWa is passed over"));
	dist_free(d);
	tempdir_free(&t);
}

static void a_named_medium_is_always_there(void **state)
{
	struct tempdir t = tempdir_new();
	struct dist *d = dist_new();
	struct error e = ERROR_INIT;

	(void)state;
	spool_package(&t, "one/SUNWa", "SUNWa", "1.0", NULL, NULL);
	spool_package(&t, "two/SUNWa", "SUNWa", "1.0", NULL, NULL);
	assert_int_equal(dist_add_directory(d, arena_printf(t.a, "%s/one", t.path), &e), 0);
	assert_int_equal(dist_add_medium(d, arena_printf(t.a, "%s/two/SUNWa", t.path), &e), 0);
	assert_int_equal(dist_count(d), 2);
	assert_true(dist_package(d, 1)->named);
	dist_free(d);
	tempdir_free(&t);
}

static void an_empty_directory(void **state)
{
	struct tempdir t = tempdir_new();
	struct dist *d = dist_new();
	struct error e = ERROR_INIT;

	(void)state;
	put_file(&t, "README", "no package\n");
	assert_int_equal(symlink("nowhere", arena_printf(t.a, "%s/link", t.path)), 0);
	assert_int_equal(dist_add_directory(d, t.path, &e), -E_NOT_FOUND);
	assert_non_null(strstr(e.text, t.path));
	dist_free(d);
	tempdir_free(&t);
}

static void no_directory(void **state)
{
	struct dist *d = dist_new();
	struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(dist_add_directory(d, "/nonexistent/dist", &e), -ENOENT);
	assert_non_null(strstr(e.text, "'/nonexistent/dist'"));
	dist_free(d);
}

static void a_broken_package_does_not_keep_the_others_back(void **state)
{
	struct tempdir t = tempdir_new();
	struct dist *d = dist_new();
	struct error e = ERROR_INIT;

	(void)state;
	spool_package(&t, "SUNWa", "SUNWa", "1.0", NULL, NULL);
	put_file(&t, "SUNWa/pkgmap", ": 1 2\n1 i pkginfo 3 7 1000000000\n");
	assert_int_equal(dist_add_directory(d, t.path, &e), -E_FORMAT);
	assert_non_null(strstr(e.text, "/SUNWa'"));
	dist_free(d);

	d = dist_new();
	spool_package(&t, "SUNWb", "SUNWb", "1.0", NULL, NULL);
	assert_int_equal(dist_add_directory(d, t.path, &e), 0);
	assert_int_equal(dist_count(d), 1);
	assert_int_equal(dist_note_count(d), 1);
	assert_non_null(strstr(dist_note(d, 0), "SUNWa: 'pkginfo' has"));
	assert_ptr_equal(dist_broken(d, "SUNWa=1.0"), dist_note(d, 0));
	assert_null(dist_broken(d, "SUNW"));
	assert_null(dist_broken(d, "SUNWb"));
	dist_free(d);
	tempdir_free(&t);
}

static void more_media_than_the_usual_limit(void **state)
{
	struct tempdir t = tempdir_new();
	struct dist *d = dist_new();
	struct error e = ERROR_INIT;

	(void)state;
	for (int i = 0; i < 1200; i++) {
		const char *name = arena_printf(t.a, "P%04d", i);

		spool_package(&t, name, name, "1.0", NULL, NULL);
	}
	assert_int_equal(dist_add_directory(d, t.path, &e), 0);
	assert_int_equal(dist_count(d), 1200);
	dist_free(d);
	tempdir_free(&t);
}

#define T(name) cmocka_unit_test(name)

#define MANIFEST(id, version) "<component xmlns=\"urn:commpkg:component:1\" id=\"" id "\" " \
	"version=\"" version "\"><title>x</title></component>"

static void manifests_and_other_xml(void **state)
{
	struct tempdir t = tempdir_new();
	struct dist *d = dist_new();
	struct error e = ERROR_INIT;

	(void)state;
	put_file(&t, "other.xml", "<svg xmlns='http://www.w3.org/2000/svg'/>\n");
	put_file(&t, "MS.xml", MANIFEST("MS", "7.0"));
	put_file(&t, "again.xml", MANIFEST("MS", "7.0"));
	put_file(&t, "bad.xml", "<component xmlns='urn:commpkg:component:1' id='CS'/>\n");
	put_file(&t, "torn.xml", "<component xmlns='urn:commpkg:component:1'\n");
	put_file(&t, "no-manifest.txt", MANIFEST("NO", "1"));
	assert_int_equal(mkdir(arena_printf(t.a, "%s/sub", t.path), 0755), 0);
	put_file(&t, "sub/NSS.xml", MANIFEST("NSS", "3"));
	assert_int_equal(dist_add_directory(d, t.path, &e), 0);
	assert_int_equal(dist_count(d), 0);
	assert_int_equal(dist_component_count(d), 2);
	assert_string_equal(dist_component(d, 0)->manifest->id, "MS");
	assert_string_equal(dist_component(d, 0)->origin, arena_printf(t.a, "%s/MS.xml", t.path));
	assert_string_equal(dist_component(d, 0)->bytes, MANIFEST("MS", "7.0"));
	assert_string_equal(dist_component(d, 1)->manifest->id, "NSS");
	assert_false(dist_component_broken(d, "MS", &e));
	assert_true(dist_component_broken(d, "CS", &e));
	assert_non_null(strstr(e.text, "bad.xml:1: <component> lacks the attribute 'version'"));
	assert_true(dist_component_broken(d, "torn", &e)); /* what it is called can't be read */
	assert_int_equal(dist_note_count(d), 3);
	assert_non_null(strstr(dist_note(d, 0), "component MS 7.0 in "));
	dist_free(d);
	tempdir_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_directory_in_name_order), T(one_level_below_and_no_deeper),
		T(the_same_twice_is_noted), T(a_named_medium_is_always_there),
		T(an_empty_directory), T(no_directory),
		T(a_broken_package_does_not_keep_the_others_back),
		T(more_media_than_the_usual_limit),
		T(manifests_and_other_xml),
	};

	return cmocka_run_group_tests_name("dist", tests, NULL, NULL);
}
