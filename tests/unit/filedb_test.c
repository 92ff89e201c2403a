/* contents, the file database of SVR4. */
#include "text_fixture.h"

#include "formats/filedb.h"

static int parse(const char *text, struct filedb *ret)
{
	return filedb_parse(a, text, strlen(text), "contents", ret, &e);
}

static const struct filedb_entry *find(const struct filedb *f, const char *path)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (str_eq(f->v[i].path, path))
			return &f->v[i];
	return NULL;
}

static void every_type(void **state)
{
	static const char text[] =
		"# a comment\n"
		"/ d none 0755 root root SUNWcsr\n"
		"/b b none 7 99 0640 root sys A\n"
		"/c c none ? 3 0666 root sys A\n"
		"/e e keep 0644 root sys 12 345 1000000000 A\n"
		"/f f none 4755 root bin 9223372036854775807 65535 -5 A B.2:other\n"
		"/h=../x/y l none A\n"
		"/p p none ? ? ? A\n"
		"/s=/a=b s none A\n"
		"\n"
		"/v v none 0644 root sys ? ? ? A\n"
		"/x x none 0700 root root A";
	struct filedb f;
	const struct filedb_entry *en;

	(void)state;
	assert_int_equal(parse(text, &f), 0);
	assert_int_equal(f.n, 10);
	assert_string_equal(f.v[0].path, "");
	assert_int_equal(f.v[0].line, 2);
	en = find(&f, "c");
	assert_int_equal(en->major, NUM_UNSET);
	assert_int_equal(en->minor, 3);
	en = find(&f, "f");
	assert_int_equal(en->mode, 04755);
	assert_true(en->size == INT64_MAX && en->sum == 65535 && en->mtime == -5);
	assert_int_equal(en->nowners, 2);
	assert_string_equal(en->owners[1].instance, "B.2");
	assert_string_equal(en->owners[1].class, "other");
	assert_string_equal(en->owners[0].class, "none");
	assert_string_equal(find(&f, "h")->target, "../x/y");
	assert_string_equal(find(&f, "s")->target, "/a=b");
	en = find(&f, "p");
	assert_int_equal(en->mode, MODE_UNSET);
	assert_null(en->owner);
	assert_null(en->group);
	assert_false(find(&f, "v")->has_content);
	assert_int_equal(parse("", &f), 0);
	assert_int_equal(f.n, 0);
}

static void marks_parts_and_the_old_form(void **state)
{
	struct filedb f;
	const struct filedb_entry *en;

	(void)state;
	assert_int_equal(parse("/a 3 d none 0755 r s +A -B *C ~D !E %F G\\ !H\\:two\n"
			       "s none /l=x A\nf none /old A B\n", &f), 0);
	en = find(&f, "a");
	assert_int_equal(en->nowners, 8);
	assert_int_equal(en->owners[0].status, '+');
	assert_int_equal(en->owners[4].status, '!');
	assert_int_equal(en->owners[5].status, '%');
	assert_int_equal(en->owners[6].status, 0);
	assert_string_equal(en->owners[6].instance, "G");
	assert_string_equal(en->owners[7].class, "two");
	assert_int_equal(f.edited, 2);
	assert_string_equal(find(&f, "l")->target, "x");
	en = find(&f, "old");
	assert_false(en->has_content);
	assert_int_equal(en->mode, MODE_UNSET);
	assert_int_equal(en->nowners, 2);
}

static void order_and_lines_that_are_there_twice(void **state)
{
	struct filedb f;

	(void)state;
	assert_int_equal(parse("/b d none 0755 r s A\n/a d none 0755 r s A\n"
			       "/b d none 0755 r s !A B\n/b/ d none 0755 r s C\n", &f), 0);
	assert_int_equal(f.n, 2);
	assert_int_equal(f.twice, 2);
	assert_string_equal(f.v[1].path, "b");
	assert_int_equal(f.v[1].nowners, 3);
	assert_int_equal(f.v[1].owners[0].status, 0);
	assert_string_equal(f.v[1].owners[2].instance, "C");
	assert_int_equal(parse("/b d none 0755 r s A\n# x\n/b d none 0700 r s B\n", &f),
			 -E_FORMAT);
	assert_string_equal(e.text, "contents:3: '/b' is another object in line 1");
}

static void what_is_refused(void **state)
{
	static const struct { const char *line, *want; } rows[] = {
		{ "/a", "the file type is missing" },
		{ "/a q none A", "unknown file type 'q'" },
		{ "/a i none A", "unknown file type 'i'" },
		{ "a f none 0644 r s 1 2 3 A", "bad path 'a'" },
		{ "/a/../b d none 0755 r s A", "leads out of its place" },
		{ "/.. d none 0755 r s A", "leads out of its place" },
		{ "/ f none 0644 r s 1 2 3 A", "bad path '/'" },
		{ "/a\x01 d none 0755 r s A", "bad path" },
		{ "/a s none A", "a link to nothing" },
		{ "/a= s none A", "bad target" },
		{ "/a d", "the class is missing" },
		{ "/a d no/ne 0755 r s A", "bad class 'no/ne'" },
		{ "/a d none 0855 r s A", "bad mode '0855'" },
		{ "/a d none 17777777777 r s A", "bad mode" },
		{ "/a d none 0755 r", "group is missing" },
		{ "/a d none 0755 r:x s A", "bad owner" },
		{ "/a d none 0755 r s", "no package has it" },
		{ "/a f none 0644 r s -1 2 3 A", "bad size '-1'" },
		{ "/a f none 0644 r s 1 65536 3 A", "bad sum '65536'" },
		{ "/a f none 0644 r s 1 2 x A", "bad modification time 'x'" },
		{ "/a f none 0644 r s 1 2", "modification time is missing" },
		{ "/a c none 0 0 0666 r s A", "a whiteout" },
		{ "/a c none 4294967295 0 0666 r s A", "bad major number" },
		{ "/a d none 0755 r s A A", "is there twice" },
		{ "/a d none 0755 r s A/b", "bad package 'A/b'" },
		{ "/a d none 0755 r s ../A", "bad package '../A'" },
		{ "/a d none 0755 r s !", "bad package '!'" },
		{ "/a d none 0755 r s #A", "bad package '#A'" },
		{ "/a d none 0755 r s A:", "bad class ''" },
		{ "/a d none 0755 r s A\r", "bad package" },
	};
	struct filedb f;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const char *text = arena_printf(a, "# one\n%s\n", rows[i].line);

		assert_int_equal(parse(text, &f), -E_FORMAT);
		if (strstr(e.text, rows[i].want) == NULL ||
		    !str_has_prefix(e.text, "contents:2: "))
			fail_msg("%s: %s", rows[i].line, e.text);
	}
	assert_int_equal(filedb_parse(a, "/a\0b", 4, "contents", &f, &e), -E_FORMAT);
}

static void limits(void **state)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct filedb f;
	unsigned i;

	(void)state;
	assert_true(parse(arena_printf(a, "/%s d none 0755 r s A\n", repeated("x", 1023)), &f) < 0);
	assert_int_equal(parse(arena_printf(a, "/%s d none 0755 r s A\n", repeated("x", 1022)),
			       &f), 0);
	strbuf_adds(&b, "/a d none 0755 r s");
	for (i = 0; i <= FILEDB_MAX_OWNERS; i++)
		strbuf_addf(&b, " A%u", i);
	assert_true(parse(strbuf_str(&b), &f) < 0);
	assert_non_null(strstr(e.text, "more than 4096 packages"));
	assert_true(parse(repeated(" ", FILEDB_MAX_LINE + 1), &f) < 0);
	assert_non_null(strstr(e.text, "a line of 65537 bytes"));
}

static void the_golden_ones(void **state)
{
	static const char *const names[] = { "abs", "basic", "class", "installf-between", "missing",
					     "part", "shared-AB", "upgrade", "removed" };
	struct filedb f;
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		char *text = read_corpus(arena_printf(a, "svr4/contents/%s.contents", names[i]),
					 &len);

		if (filedb_parse(a, text, len, names[i], &f, &e) < 0)
			fail_msg("%s", e.text);
		assert_true(f.n > 0 || str_eq(names[i], "removed"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_type), TEST(marks_parts_and_the_old_form),
		TEST(order_and_lines_that_are_there_twice), TEST(what_is_refused), TEST(limits),
		TEST(the_golden_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
