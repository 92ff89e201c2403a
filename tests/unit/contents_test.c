/* contents(4): every type, status, form, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/contents.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static struct contents parsed(const char *text)
{
	struct error e = ERROR_INIT;
	struct contents c;

	if (contents_parse(a, text, strlen(text), "contents", &c, &e) < 0)
		fail_msg("%s", e.text);
	return c;
}

static void every_type(void **state)
{
	struct contents c = parsed("# comment\n: and this\n\n"
		"/a f none 0644 root bin 4 332 1000000000 X\n"
		"/b e cfg ? ? ? ? ? ? X\n"
		"/c v none 17777777777 adm adm 0 0 -5 X\n"
		"/d d none 0755 root sys X Y\n"
		"/x x none 0700 root root X\n"
		"/p p none 0600 root root X\n"
		"/n c none 13 ? 0666 root sys X\n"
		"/m b none 7 99 0640 root sys X\n"
		"/s=../t s none X\n"
		"/l=/a l none X");

	(void)state;
	assert_int_equal(c.n, 10);
	assert_int_equal(c.v[0].entry.line, 4);
	assert_int_equal(c.v[0].entry.size, 4);
	assert_int_equal(c.v[0].entry.sum, 332);
	assert_true(c.v[0].entry.has_content);
	assert_false(c.v[1].entry.has_content);
	assert_null(c.v[1].entry.owner);
	assert_int_equal(c.v[2].entry.mode, MODE_UNSET);
	assert_int_equal(c.v[2].entry.mtime, -5);
	assert_int_equal(c.v[3].n, 2);
	assert_string_equal(c.v[3].owners[1].instance, "Y");
	assert_int_equal(c.v[6].entry.major, 13);
	assert_int_equal(c.v[6].entry.minor, NUM_UNSET);
	assert_string_equal(c.v[8].entry.path, "/s");
	assert_string_equal(c.v[8].entry.target, "../t");
	assert_string_equal(c.v[9].entry.target, "/a");
}

static void owners_with_all_that_may_stand_at_them(void **state)
{
	struct contents c = parsed("/a d none ? ? ? +A -B.2 *C ~D !E %F G\\ H:cls *I.3\\:other\n");
	static const char status[] = "+-*~!%\0\0*";
	size_t i;

	(void)state;
	assert_int_equal(c.v[0].n, 9);
	for (i = 0; i < 9; i++)
		assert_int_equal(c.v[0].owners[i].status, status[i]);
	assert_string_equal(c.v[0].owners[1].instance, "B.2");
	assert_true(c.v[0].owners[6].edited);
	assert_string_equal(c.v[0].owners[6].instance, "G");
	assert_null(c.v[0].owners[6].class);
	assert_string_equal(c.v[0].owners[7].class, "cls");
	assert_string_equal(c.v[0].owners[8].instance, "I.3");
	assert_string_equal(c.v[0].owners[8].class, "other");
	assert_true(c.v[0].owners[8].edited);
}

static void other_forms(void **state)
{
	struct contents c = parsed("/a 1 d none 0755 root sys X\n"
		"f none /b X Y\n"
		"d none /c 0755 root sys X\n"
		"s none /d=e X\n"
		"/f~= f none ? ? ? 1 1 1 X\n"
		"/g==/g= f none ? ? ? 1 1 1 X\n"
		"/h=src/h f none ? ? ? 1 1 1 X\n"
		"/i\t d  none\t? ? ?\t X \n"
		"/j ? none X\n"
		"/ d none 0755 root sys X\n"
		"/k/../l d none ? ? ?\n");

	(void)state;
	assert_int_equal(c.v[0].entry.part, 1);
	assert_string_equal(c.v[1].entry.path, "/b");
	assert_int_equal(c.v[1].n, 2);
	assert_false(c.v[1].entry.has_content);
	assert_int_equal(c.v[2].entry.mode, 0755);
	assert_string_equal(c.v[3].entry.target, "e");
	assert_string_equal(c.v[4].entry.path, "/f~=");
	assert_string_equal(c.v[5].entry.path, "/g=");
	assert_string_equal(c.v[6].entry.path, "/h");
	assert_null(c.v[6].entry.target);
	assert_int_equal(c.v[7].n, 1);
	assert_int_equal(c.v[8].entry.ftype, '?');
	assert_string_equal(c.v[9].entry.path, "/");
	assert_string_equal(c.v[10].entry.path, "/k/../l");
	assert_int_equal(c.v[10].n, 0);
}

static void what_is_refused(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "/a q none X\n", "contents:1: unknown file type 'q'" },
		{ "/a i none X\n", "unknown file type 'i'" },
		{ "/a\n", "the file type is missing" },
		{ "/a f\n", "the class is missing" },
		{ "/a f a/b ? ? ? ? ? ? X\n", "bad class" },
		{ "/a f none 0644 root\n", "group is missing" },
		{ "/a f none 0644 root bin 1 2\n", "modification time is missing" },
		{ "/a f none 0644 root bin 1 -2 3 X\n", "bad sum '-2'" },
		{ "/a f none 0644 root bin 1 4294967296 3 X\n", "bad sum" },
		{ "/a f none 0649 root bin 1 2 3 X\n", "bad mode '0649'" },
		{ "/a c none x 1 0644 root bin X\n", "bad major number 'x'" },
		{ "/a s none X\n", "is a link to nothing" },
		{ "/a= s none X\n", "is a link to nothing" },
		{ "a d none ? ? ? X\n", "unknown file type 'a'" },
		{ "d none a ? ? ? X\n", "bad path 'a'" },
		{ "d none\n", "the path is missing" },
		{ "/a d none ? ? ? .X\n", "bad package" },
		{ "/a d none ? ? ? X/Y\n", "bad package" },
		{ "/a d none ? ? ? +\n", "bad package" },
		{ "/a d none ? ? ? X\\Y\n", "bad package" },
		{ "/a d none ? ? ? X:a/b\n", "bad package" },
		{ "/a\001 d none ? ? ? X\n", "bad path" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error e = ERROR_INIT;
		struct contents c;
		int rc = contents_parse(a, rows[i].text, strlen(rows[i].text), "contents", &c, &e);

		if (rc != -E_FORMAT || strstr(e.text, rows[i].want) == NULL)
			fail_msg("%s: %d '%s'", rows[i].text, rc, e.text);
	}
}

static void limits(void **state)
{
	struct error e = ERROR_INIT;
	struct contents c;
	char *name = arena_alloc(a, 200);

	(void)state;
	memset(name, 'x', 64);
	parsed(arena_printf(a, "/a d none ? ? ? %s\n", name));
	memset(name, 'x', 65);
	name = arena_printf(a, "/a d none ? ? ? %s\n", name);
	assert_int_equal(contents_parse(a, name, strlen(name), "c", &c, &e), -E_FORMAT);
	assert_int_equal(contents_parse(a, "/a\0", 3, "c", &c, &e), -E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_type, setup, teardown),
		cmocka_unit_test_setup_teardown(owners_with_all_that_may_stand_at_them, setup,
						teardown),
		cmocka_unit_test_setup_teardown(other_forms, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
