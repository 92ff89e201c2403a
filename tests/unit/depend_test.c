/* depend(4) and compver(4). */
#include "text_fixture.h"

#include "formats/depend.h"

static int parse(const char *text, struct depends *ret)
{
	return depend_parse(a, text, strlen(text), "depend", ret, &e);
}

static void an_entry_with_alternatives(void **state)
{
	struct depends d;

	(void)state;
	assert_int_equal(parse("# comment\n\nP SUNWcsu\tCore Solaris, (Usr) \t\n"
			       "\t(sparc)11.10.0,REV=2005.01.21.15.53\n  ( i386 ) 7.0\t patch  3 \n"
			       " 1.0\nI XXXold\n\t(all)\nR GLDc++-x y\n", &d), 0);
	assert_int_equal(d.n, 3);
	assert_int_equal(d.v[0].type, 'P');
	assert_string_equal(d.v[0].pkg, "SUNWcsu");
	assert_string_equal(d.v[0].name, "Core Solaris, (Usr)");
	assert_int_equal(d.v[0].line, 3);
	assert_int_equal(d.v[0].n, 3);
	assert_string_equal(d.v[0].alts[0].arch, "sparc");
	assert_string_equal(d.v[0].alts[0].version, "11.10.0,REV=2005.01.21.15.53");
	assert_string_equal(d.v[0].alts[1].arch, "i386");
	assert_string_equal(d.v[0].alts[1].version, "7.0 patch 3");
	assert_null(d.v[0].alts[2].arch);
	assert_string_equal(d.v[0].alts[2].version, "1.0");
	assert_int_equal(d.v[1].type, 'I');
	assert_string_equal(d.v[1].name, "");
	assert_int_equal(d.v[1].n, 1);
	assert_string_equal(d.v[1].alts[0].arch, "all");
	assert_null(d.v[1].alts[0].version);
	assert_int_equal(d.v[2].type, 'R');
	assert_int_equal(d.v[2].n, 0);
}

/* A blank line that counted would be "any version", and open what was narrow. */
static void blank_lines_are_no_alternatives(void **state)
{
	struct depends d;

	(void)state;
	assert_int_equal(parse("P a x\n \n\t\t\n\r\n\t# 2.0\n\t1.0\r\n", &d), 0);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.v[0].name, "x");
	assert_int_equal(d.v[0].n, 1);
	assert_string_equal(d.v[0].alts[0].version, "1.0");
}

static void empty_parentheses_mean_any(void **state)
{
	struct depends d;

	(void)state;
	assert_int_equal(parse("P a x\n\t()\n\t( )(1)\n", &d), 0);
	assert_int_equal(d.v[0].n, 2);
	assert_null(d.v[0].alts[0].arch);
	assert_null(d.v[0].alts[0].version);
	assert_null(d.v[0].alts[1].arch);
	assert_string_equal(d.v[0].alts[1].version, "(1)");
}

static void what_is_refused(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "Q a x\n", "depend:1: unknown dependency type 'Q'" },
		{ "PP a x\n", "depend:1: unknown dependency type 'PP'" },
		{ "p a x\n", "depend:1: unknown dependency type 'p'" },
		{ "\nP\n", "depend:2: not 'TYPE PKG NAME'" },
		{ "P a.2 x\n", "depend:1: bad package abbreviation 'a.2'" },
		{ "P ../a x\n", "depend:1: bad package abbreviation '../a'" },
		{ "P all x\n", "depend:1: bad package abbreviation 'all'" },
		{ " 1.0\nP a x\n", "depend:1: an indented line before any entry" },
		{ "P a x\n\t(sparc 1.0\n", "depend:2: no ')' in '(sparc 1.0'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct depends d = { .n = 77 };

		assert_int_equal(parse(rows[i].text, &d), -E_FORMAT);
		assert_string_equal(e.text, rows[i].want);
		assert_int_equal(d.n, 77);
	}
}

static void limits_are_kept(void **state)
{
	struct depends d;
	struct compver c;

	(void)state;
	assert_int_equal(parse(repeated("P a\n", DEPEND_MAX_ENTRIES), &d), 0);
	assert_int_equal(d.n, DEPEND_MAX_ENTRIES);
	assert_int_equal(parse(repeated("P a\n", DEPEND_MAX_ENTRIES + 1), &d), -E_LIMIT);
	assert_int_equal(parse(arena_printf(a, "P a\n%s", repeated("\t1\n", DEPEND_MAX_ENTRIES)),
			       &d), -E_LIMIT);
	assert_non_null(strstr(e.text, "depend:65537: "));
	assert_int_equal(depend_parse(a, "", DEPEND_MAX_BYTES + 1, "depend", &d, &e), -E_LIMIT);
	assert_int_equal(depend_parse(a, "P a\0b", 5, "depend", &d, &e), -E_FORMAT);
	assert_int_equal(compver_parse(a, "", DEPEND_MAX_BYTES + 1, "compver", &c, &e), -E_LIMIT);
	assert_int_equal(compver_parse(a, "1\0002", 3, "compver", &c, &e), -E_FORMAT);
	char *text = repeated("1\n", DEPEND_MAX_ENTRIES + 1);

	assert_int_equal(compver_parse(a, text, 2 * DEPEND_MAX_ENTRIES, "compver", &c, &e), 0);
	assert_int_equal(c.n, DEPEND_MAX_ENTRIES);
	assert_int_equal(compver_parse(a, text, 2 * DEPEND_MAX_ENTRIES + 2, "compver", &c, &e),
			 -E_LIMIT);
}

static void written_as_it_is_read(void **state)
{
	static const char text[] = "P SUNWcsu Core Solaris\n\t(sparc)1.0 a\n\t2\n\t()\n\t()(3)\n"
				   "\t()#4\n\t(x)\nI b\nR c d\n";
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	struct depends d;

	(void)state;
	assert_int_equal(parse(text, &d), 0);
	assert_int_equal(d.v[0].n, 6);
	depend_render(&d, &out);
	assert_string_equal(strbuf_str(&out), text);
}

static void golden_ones(void **state)
{
	struct depends d;
	struct compver c;
	size_t len;
	char *text = read_corpus("svr4/text/depB/depend", &len);

	(void)state;
	assert_int_equal(depend_parse(a, text, len, "depend", &d, &e), 0);
	assert_int_equal(d.n, 2);
	assert_string_equal(d.v[0].pkg, "GLDdepA");
	assert_int_equal(d.v[0].n, 2);
	assert_string_equal(d.v[0].alts[1].version, "1.5");
	assert_int_equal(d.v[1].type, 'I');
	text = read_corpus("svr4/text/depA/compver", &len);
	assert_int_equal(compver_parse(a, text, len, "compver", &c, &e), 0);
	assert_int_equal(c.n, 2);
	assert_string_equal(c.versions[0], "1.0");
	assert_string_equal(c.versions[1], "1.5");
}

static void compver_lines(void **state)
{
	static const char text[] = "# c\n\n  1.0   beta\t2 \r\n \t\n #x\n(1)\n1.0";
	struct compver c;

	(void)state;
	assert_int_equal(compver_parse(a, text, strlen(text), "compver", &c, &e), 0);
	assert_int_equal(c.n, 3);
	assert_string_equal(c.versions[0], "1.0 beta 2");
	assert_string_equal(c.versions[1], "(1)");
	assert_string_equal(c.versions[2], "1.0");
	assert_int_equal(compver_parse(a, NULL, 0, "compver", &c, &e), 0);
	assert_int_equal(c.n, 0);
}

static void equal_versions(void **state)
{
	static const struct { const char *x, *y; bool equal; } rows[] = {
		{ "1.0", "1.0", true }, { "1.0", "1.00", false }, { " 1.0 ", "1.0", true },
		{ "7.0  patch\t3", "7.0 patch 3", true }, { "7.0 patch 3", "7.0 patch", false },
		{ "7.0patch", "7.0 patch", false }, { "", "", true }, { "", " ", true },
		{ "1", "", false }, { "ab c", "a bc", false }, { "1.0", "1.0,REV=1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(depend_version_equal(rows[i].x, rows[i].y), rows[i].equal);
		assert_int_equal(depend_version_equal(rows[i].y, rows[i].x), rows[i].equal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_entry_with_alternatives),
		TEST(blank_lines_are_no_alternatives),
		TEST(empty_parentheses_mean_any),
		TEST(what_is_refused),
		TEST(limits_are_kept),
		TEST(written_as_it_is_read),
		TEST(golden_ones),
		TEST(compver_lines),
		TEST(equal_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
