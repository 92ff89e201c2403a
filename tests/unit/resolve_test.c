/* The root resolution table of CLI.md, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commpkg/resolve.h"
#include "formats/str.h"

static struct softlist_root roots[] = { { "old", "/srv/old" }, { "web1", "/srv/web1" } };
static const struct softlist list = { .roots = roots, .nroots = 2 };

struct row {
	const char *word, *installroot;
	bool altroot, may_register;
	int rc;
	const char *path, *name;	/* result */
	bool registers;
	const char *text;		/* of the error */
};

static const struct row rows[] = {
	/* nothing given */
	{ NULL, NULL, false, true, 0, "/", NULL, false, NULL },
	{ NULL, "/srv/x", false, true, 0, "/", NULL, false, NULL },
	{ NULL, "/srv/x", false, false, -E_USAGE, NULL, NULL, false, "/srv/x" },
	/* the form of 2007 */
	{ NULL, "/srv/x", true, true, 0, "/srv/x", NULL, false, NULL },
	{ NULL, "/srv/web1/", true, true, 0, "/srv/web1", "web1", false, NULL },
	{ NULL, NULL, true, true, -E_USAGE, NULL, NULL, false, "--installroot" },
	/* a path */
	{ "/srv/x", NULL, false, false, 0, "/srv/x", NULL, false, NULL },
	{ "/srv//x/", "/srv/x/.", false, false, 0, "/srv/x", NULL, false, NULL },
	{ "/srv/old", NULL, false, false, 0, "/srv/old", "old", false, NULL },
	{ "/srv/x", "/srv/y", false, true, -E_USAGE, NULL, NULL, false, "'/srv/y'" },
	{ "/srv/../x", NULL, false, true, -E_USAGE, NULL, NULL, false, ".." },
	/* a known name */
	{ "web1", NULL, false, false, 0, "/srv/web1", "web1", false, NULL },
	{ "@web1", "/srv/web1", false, true, 0, "/srv/web1", "web1", false, NULL },
	{ "@web1", "/srv/y", false, true, -E_USAGE, NULL, NULL, false, "'/srv/web1'" },
	/* an unknown one */
	{ "@web2", "/srv/web2", false, true, 0, "/srv/web2", "web2", true, NULL },
	{ "@web2", "/srv/web2", false, false, -E_NOT_FOUND, NULL, NULL, false, "'web2'" },
	{ "@web2", NULL, false, true, -E_NOT_FOUND, NULL, NULL, false, "'web2'" },
	{ "@2web", "/srv/web2", false, true, -E_USAGE, NULL, NULL, false, "'2web'" },
	{ "@", "/srv/web2", false, true, -E_USAGE, NULL, NULL, false, "''" },
};

static void table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_ARENA struct arena *a = arena_new();
		const struct row *r = &rows[i];
		struct resolve_given g = { .word = r->word, .installroot = r->installroot,
					   .altroot = r->altroot,
					   .may_register = r->may_register };
		struct target t = { .path = NULL };
		struct error e = ERROR_INIT;
		int rc = resolve_one(a, &list, &g, &t, &e);

		if (rc != r->rc)
			fail_msg("row %zu: %d (%s)", i, rc, e.text);
		if (r->text != NULL && strstr(e.text, r->text) == NULL)
			fail_msg("row %zu: %s", i, e.text);
		if (rc < 0)
			continue;
		assert_string_equal(t.path, r->path);
		assert_int_equal(t.registers, r->registers);
		if (r->name == NULL)
			assert_null(t.name);
		else
			assert_string_equal(t.name, r->name);
	}
}

static void close_names_and_what_to_type(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct resolve_given g = { .word = "@web2" };
	struct target t;
	struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(resolve_one(a, &list, &g, &t, &e), -E_NOT_FOUND);
	assert_string_equal(e.hint, "did you mean '@web1'?");
	g.word = "@entirely-else";
	assert_int_equal(resolve_one(a, &list, &g, &t, &e), -E_NOT_FOUND);
	assert_non_null(strstr(e.hint, "root list"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(close_names_and_what_to_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
