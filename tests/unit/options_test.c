/* The command line: what options may look like, and where they may stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "commpkg/verb.h"
#include "formats/str.h"

#define WORDS_MAX 16

static struct options o;
static struct error e;

/* line: words separated by single blanks. */
static int parse(const char *line)
{
	static char copy[512];
	static char *argv[WORDS_MAX];
	int argc = 0;
	char *p;

	options_free(&o);
	error_clear(&e);
	(void)snprintf(copy, sizeof(copy), "commpkg %s", line);
	for (p = copy; p != NULL && *p != '\0' && argc < WORDS_MAX - 1;) {
		argv[argc++] = p;
		p = strchr(p, ' ');
		if (p != NULL)
			*p++ = '\0';
	}
	argv[argc] = NULL;
	return options_parse(argc, argv, &o, &e);
}

static void assert_parses(const char *line, const char *verb, size_t nwords)
{
	assert_int_equal(parse(line), 0);
	assert_string_equal(o.verb->name, verb);
	assert_int_equal(o.nwords, nwords);
}

static void values(void **state)
{
	(void)state;
	assert_parses("install a -R /r -j 3 b --lock-wait=9 -d x", "install", 2);
	assert_string_equal(o.words[0], "a");
	assert_string_equal(o.words[1], "b");
	assert_string_equal(o.root, "/r");
	assert_string_equal(o.distro, "x");
	assert_int_equal(o.jobs, 3);
	assert_int_equal(o.lock_wait, 9);
	assert_parses("info", "info", 0);
	assert_int_equal(o.lock_wait, LOCK_WAIT_DEFAULT);
	assert_int_equal(o.json, JSON_OFF);
	assert_null(o.root);
}

static void before_the_verb(void **state)
{
	(void)state;
	/* "info" is the value of -R here, and the second one the verb */
	assert_parses("-R info info", "info", 0);
	assert_string_equal(o.root, "info");
	assert_parses("-vv -q --json=lines verify x", "verify", 1);
	assert_int_equal(o.verbose, 2);
	assert_true(o.quiet);
	assert_int_equal(o.json, JSON_LINES);
	assert_parses("--distro d install x", "install", 1);
	/* known to another verb only */
	assert_int_equal(parse("--distro d info"), -E_USAGE);
}

static void spellings(void **state)
{
	static const char *const lines[] = {
		"install --pkgOverwrite -n", "install -pkgOverwrite -dryrun",
		"install --pkg-overwrite --dry-run", "--pkg-overwrite -dry-run install",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_parses(lines[i], "install", 0);
		assert_true(o.overwrite);
		assert_true(o.dry_run);
	}
	/* case counts: the original is no wild card */
	assert_int_equal(parse("install --PKGOVERWRITE"), -E_USAGE);
}

static void clusters(void **state)
{
	(void)state;
	assert_parses("install -nyq x", "install", 1);
	assert_true(o.dry_run && o.yes && o.quiet);
	assert_parses("install -nj4 x", "install", 1);
	assert_int_equal(o.jobs, 4);
	assert_parses("install -nR/r x", "install", 1);
	assert_string_equal(o.root, "/r");
	assert_int_equal(parse("install -nW"), -E_USAGE);
}

static void altroot_with_and_without_a_name(void **state)
{
	(void)state;
	assert_parses("install --altroot z1 --installroot /p x", "install", 1);
	assert_string_equal(o.altroot, "z1");
	assert_parses("install --altroot --installroot /p x", "install", 1);
	assert_string_equal(o.altroot, "");
	assert_parses("--altroot install x --installroot /p", "install", 1);
	assert_string_equal(o.altroot, "");
	assert_parses("install --altroot /p x", "install", 2);
	assert_string_equal(o.altroot, "");
	assert_parses("install --altroot=install x", "install", 1);
	assert_string_equal(o.altroot, "install");
}

static void two_dashes_and_one(void **state)
{
	(void)state;
	assert_parses("info -- -v --json", "info", 2);
	assert_int_equal(o.verbose, 0);
	assert_parses("inspect -", "inspect", 1);
	assert_int_equal(parse("-- info"), -E_USAGE);
}

static void refused(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
		{ "install -R", "'-R' wants PATH|NAME" },
		{ "install --jobs -1", "wants a number" },
		{ "install --jobs 1000001", "wants a number" },
		{ "install --jobs=", "wants a number" },
		{ "install --dry-run=1", "takes no value" },
		{ "install --color=red", "does not know 'red'" },
		{ "install --json=xml", "does not know 'xml'" },
		{ "install --dependents", "unknown option '--dependents' for 'install'" },
		{ "install --", NULL },
		{ "nonsense", "unknown verb 'nonsense'" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].text == NULL) {
			assert_int_equal(parse(rows[i].line), 0);
			continue;
		}
		assert_int_equal(parse(rows[i].line), -E_USAGE);
		if (strstr(e.text, rows[i].text) == NULL)
			fail_msg("'%s': %s", rows[i].line, e.text);
	}
}

static void json_is_known_even_then(void **state)
{
	(void)state;
	assert_int_equal(parse("install --jsn --json"), -E_USAGE);
	assert_int_equal(o.json, JSON_DOCUMENT);
	assert_int_equal(parse("-json=lines nonsense"), -E_USAGE);
	assert_int_equal(o.json, JSON_LINES);
	assert_int_equal(parse("nonsense -- --json"), -E_USAGE);
	assert_int_equal(o.json, JSON_OFF);
}

static void distance(void **state)
{
	char longest[80];

	(void)state;
	assert_int_equal(options_distance("install", "install", 2), 0);
	assert_int_equal(options_distance("instal", "install", 2), 1);
	assert_int_equal(options_distance("isntall", "install", 2), 2);
	assert_true(options_distance("", "abc", 2) > 2);
	assert_int_equal(options_distance("ab", "", 2), 2);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_true(options_distance(longest, longest, 2) > 2);
	assert_string_equal(verb_close("verfy"), "verify");
	assert_null(verb_close("zzzzzz"));
}

/* No option is in two groups of a verb: the first would hide the second. */
static void no_option_twice(void **state)
{
	const struct verb *v;
	const struct option *x;
	size_t g, k;

	(void)state;
	for (v = verbs; v->name != NULL; v++) {
		assert_ptr_equal(verb_find(v->name), v);
		for (g = 0; v->groups[g] != NULL; g++)
			for (k = 0; v->groups[g][k].name != NULL; k++) {
				x = &v->groups[g][k];
				assert_ptr_equal(options_find(v, x->name, strlen(x->name)), x);
			}
	}
}

static void errors_to_exit_status(void **state)
{
	static const struct {
		int code, status;
	} rows[] = {
		{ E_USAGE, 2 }, { E_NO_SOLUTION, 3 }, { E_TRUST, 6 }, { E_DIGEST, 6 },
		{ E_LOCKED, 7 }, { E_NEEDS_ANSWER, 8 }, { E_STALE, 9 }, { E_RECOVERY, 10 },
		{ E_FORMAT, 1 }, { E_CONFLICT, 1 }, { E_SPACE, 1 }, { E_NOT_FOUND, 1 },
		{ E_INTERRUPTED, 1 }, { E_DB, 1 }, { 2, 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(exit_of_error(-rows[i].code), rows[i].status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(before_the_verb),
		cmocka_unit_test(spellings),
		cmocka_unit_test(clusters),
		cmocka_unit_test(altroot_with_and_without_a_name),
		cmocka_unit_test(two_dashes_and_one),
		cmocka_unit_test(refused),
		cmocka_unit_test(json_is_known_even_then),
		cmocka_unit_test(distance),
		cmocka_unit_test(no_option_twice),
		cmocka_unit_test(errors_to_exit_status),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	options_free(&o);
	return rc;
}
