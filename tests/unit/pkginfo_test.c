/* pkginfo(4): what is read, refused and written. */
#include "text_fixture.h"

#include "formats/pkginfo.h"

static int parse(const char *text, struct pkginfo *ret)
{
	return pkginfo_parse(a, text, strlen(text), "pkginfo", ret, &e);
}

static void values_are_read_as_svr4_does(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "X=plain", "plain" },
		{ "X=plain\n", "plain" },
		{ "X:colon", "colon" },
		{ "X=a:b=c", "a:b=c" },
		{ "X:a=b", "a=b" },
		{ "X=  \t blanks \t \n", "blanks" },
		{ "X=", "" },
		{ "X=   \n", "" },
		{ "X='single'", "single" },
		{ "X=\"double\"", "double" },
		{ "X=\"a 'b' c\"", "a b' c\"" }, /* either kind closes */
		{ "X=\"a\" rest", "a rest" },
		{ "X=  'after blanks'", "after blanks" },
		{ "X='  kept '", "  kept" },	/* trailing blanks go inside quotes too */
		{ "X=in'ner", "in'ner" },
		{ "X='it\\'s'", "it\\'s" },	/* an escaped quote does not close */
		{ "X='a\\\\'", "a\\\\" },	/* an escaped backslash escapes nothing */
		{ "X=\"\"\"x", "\"x" },
		{ "X=one\\\ntwo", "one\ntwo" },
		{ "X=one\\\n  \ttwo", "one\ntwo" },
		{ "X=one\\\n\\\nthree", "one\n\nthree" },
		{ "X='one\\\n  two'", "one\ntwo" },
		{ "X=one\\\n", "one" },
		{ "X=C:\\dir\\", "C:\\dir\\" },	/* no newline follows: kept */
		{ "X=a\\nb", "a\\nb" },
		{ "X=crlf\r\n", "crlf" },
		{ "X=\xe9t\xe9", "\xe9t\xe9" },
	};
	struct pkginfo info;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(parse(rows[i].text, &info), 0);
		assert_int_equal(info.n, 1);
		assert_string_equal(pkginfo_get(&info, "X"), rows[i].want);
	}
}

static void lines_without_a_parameter_are_skipped(void **state)
{
	struct pkginfo info;

	(void)state;
	assert_int_equal(parse("\n# X=comment\n#Y\nno separator\n=nameless\n:\nZ=1\n\n", &info), 0);
	assert_int_equal(info.n, 1);
	assert_string_equal(info.params[0].name, "Z");
	assert_int_equal(info.params[0].line, 7);
	assert_int_equal(parse("", &info), 0);
	assert_int_equal(info.n, 0);
	assert_int_equal(pkginfo_parse(a, NULL, 0, "pkginfo", &info, &e), 0);
}

/* A comment can't be carried on by a backslash, a value can't be by a quote. */
static void line_numbers_count_joined_lines(void **state)
{
	struct pkginfo info;

	(void)state;
	assert_int_equal(parse("A=1\\\n2\\\n3\n# c\\\nB=2\n", &info), 0);
	assert_int_equal(info.n, 2);
	assert_int_equal(info.params[0].line, 1);
	assert_int_equal(info.params[1].line, 5);
	assert_int_equal(parse("A=1\\\n2\nB='x\nC=1\n", &info), -E_FORMAT);
	assert_string_equal(e.text, "pkginfo:3: a quote is not closed on its line");
}

static void the_first_of_a_name_is_found(void **state)
{
	struct pkginfo info;

	(void)state;
	assert_int_equal(parse("A=1\nB=x\nA=2\n", &info), 0);
	assert_int_equal(info.n, 3);
	assert_string_equal(pkginfo_get(&info, "A"), "1");
	assert_string_equal(info.params[2].value, "2");
	assert_null(pkginfo_get(&info, "a"));
	assert_null(pkginfo_get(&info, ""));
}

static void lists_lose_their_blanks(void **state)
{
	struct pkginfo info;

	(void)state;
	assert_int_equal(parse("ARCH=sparc , i386\t,x\nCATEGORY=\" a,\\\n b c\"\nDESC=a b\n",
			       &info), 0);
	assert_string_equal(pkginfo_get(&info, "ARCH"), "sparc,i386,x");
	assert_string_equal(pkginfo_get(&info, "CATEGORY"), "a,bc");
	assert_string_equal(pkginfo_get(&info, "DESC"), "a b");
}

static void quotes_must_close_on_their_line(void **state)
{
	static const char *const rows[] = { "X='", "X=\"a", "X='a\\'", "X='a\nB=c'\n",
					    "X='a\\\n", "X=\"a\\" };
	struct pkginfo info = { .n = 77 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(parse(rows[i], &info), -E_FORMAT);
	assert_int_equal(info.n, 77); /* written only on success */
}

static void limits_are_kept(void **state)
{
	char *text = arena_printf(a, "%s=v\n", repeated("N", 127));
	struct pkginfo info;

	(void)state;
	assert_int_equal(parse(text, &info), 0);
	text = arena_printf(a, "A=1\n%s=v\n", repeated("N", 128));
	assert_int_equal(parse(text, &info), -E_FORMAT);
	assert_non_null(strstr(e.text, "pkginfo:2: "));
	assert_int_equal(parse(repeated("A=1\n", PKGINFO_MAX_PARAMS), &info), 0);
	assert_int_equal(info.n, PKGINFO_MAX_PARAMS);
	assert_int_equal(parse(repeated("A=1\n", PKGINFO_MAX_PARAMS + 1), &info), -E_LIMIT);
	assert_non_null(strstr(e.text, "pkginfo:4097: "));
	text = repeated("#", PKGINFO_MAX_BYTES + 1);
	assert_int_equal(parse(text, &info), -E_LIMIT);
	text[PKGINFO_MAX_BYTES] = '\0';
	assert_int_equal(parse(text, &info), 0);
}

static void nul_bytes_are_refused(void **state)
{
	struct pkginfo info;

	(void)state;
	assert_int_equal(pkginfo_parse(a, "A=1\nB=x\0y\n", 10, "f", &info, &e), -E_FORMAT);
	assert_string_equal(e.text, "f:2: a NUL byte");
}

static void setting_replaces_the_last_or_appends(void **state)
{
	struct pkginfo info;

	(void)state;
	assert_int_equal(parse("A=1\nB=2\nA=3\n", &info), 0);
	pkginfo_set(a, &info, "A", "4");
	assert_string_equal(info.params[0].value, "1");
	assert_string_equal(info.params[2].value, "4");
	for (size_t i = 0; i < 100; i++)
		pkginfo_set(a, &info, arena_printf(a, "N%zu", i), "v");
	assert_int_equal(info.n, 103);
	assert_string_equal(info.params[102].name, "N99");
	assert_int_equal(info.params[102].line, 0);
	info = (struct pkginfo){ 0 };
	pkginfo_set(a, &info, "FIRST", "x");
	assert_string_equal(pkginfo_get(&info, "FIRST"), "x");
}

/* A value may hold anything; no value may become a second parameter. */
static void written_values_are_read_back(void **state)
{
	static const char *const rows[] = {
		"", "plain", "a\nPKG=evil", "\nx", "'", "\"", "'quoted'", "\"x", " leading",
		"\tx", "ends\\", "a\\\\", "\\", "a\\\nb", "x # y", "a=b:c", "\\\n'", "\xff",
		"a\r\nb", "''", "\n\n\\", "\n x", "a\n\tb\nc 'd'", " a\n b", "it\\'s\n x\\",
	};
	struct pkginfo info = { 0 }, again;
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		pkginfo_set(a, &info, arena_printf(a, "N%zu", i), rows[i]);
	pkginfo_render(&info, &out);
	assert_int_equal(parse(strbuf_str(&out), &again), 0);
	assert_int_equal(again.n, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(again.params[i].value, rows[i]);
}

/* Not even where no file can hold the value. */
static void nothing_is_injected(void **state)
{
	static const char *const rows[] = { "a'b\n c", "'\n x", "a\n b\n c", "x\n \nPKG=evil",
					    "'\n PKG=evil\n \n'", "\n \n\"\n X=1" };
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_STRBUF struct strbuf out = STRBUF_INIT;
		struct pkginfo info = { 0 }, again;

		pkginfo_set(a, &info, "A", rows[i]);
		pkginfo_set(a, &info, "B", "2");
		pkginfo_render(&info, &out);
		assert_int_equal(parse(strbuf_str(&out), &again), 0);
		assert_int_equal(again.n, 2);
		assert_string_equal(again.params[1].value, "2");
	}
}

/* pkgmk reads no further, and says where. */
static void a_source_ends_at_an_open_quote(void **state)
{
	const char *text = "A=1\\\n2\nB='x\nC=1\n";
	unsigned open = 77;
	struct pkginfo info;

	(void)state;
	assert_int_equal(pkginfo_parse_source(a, text, strlen(text), "f", &info, &open, &e), 0);
	assert_int_equal(info.n, 1);
	assert_string_equal(info.params[0].value, "1\n2");
	assert_int_equal(open, 3);
	text = "A='1'\n";
	assert_int_equal(pkginfo_parse_source(a, text, strlen(text), "f", &info, &open, &e), 0);
	assert_int_equal(open, 0);
	assert_int_equal(pkginfo_parse_source(a, "A\0", 2, "f", &info, &open, &e), -E_FORMAT);
}

/* A built pkginfo has the lines as they are where a reader loses them; what one could take
 * for a parameter stays joined, and so does all whose beginning could not be written so. */
static void built_values_are_cut_not_injected(void **state)
{
	static const struct { const char *value, *line, *again; } rows[] = {
		{ "one \ntwo", "X=one \ntwo\n", "one" },
		{ "a\n#b", "X=a\n#b\n", "a" },
		{ "a\nPKG=evil", "X=a\\\nPKG=evil\n", "a\nPKG=evil" },
		{ "a\nb\nPKG:evil", "X=a\\\nb\\\nPKG:evil\n", "a\nb\nPKG:evil" },
		{ "'a\nb", "X=\"\"'a\\\nb\n", "'a\nb" },
		{ " a\nb", "X=\"\" a\\\nb\n", " a\nb" },
		{ "a\nb\\", "X=a\\\nb\\ \n", "a\nb\\" },
		{ "plain", "X=plain\n", "plain" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_STRBUF struct strbuf out = STRBUF_INIT;
		struct pkginfo info = { 0 }, again;

		pkginfo_set(a, &info, "X", rows[i].value);
		pkginfo_set(a, &info, "Z", "2");
		pkginfo_render_built(&info, &out);
		assert_string_equal(strbuf_str(&out), arena_printf(a, "%sZ=2\n", rows[i].line));
		assert_int_equal(parse(strbuf_str(&out), &again), 0);
		assert_int_equal(again.n, 2);
		assert_string_equal(pkginfo_get(&again, "X"), rows[i].again);
		assert_int_equal(pkginfo_value_is_cut(rows[i].value),
				 !str_eq(rows[i].value, rows[i].again));
	}
}

static void golden_ones_come_out_as_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(golden); i++) {
		AUTO_STRBUF struct strbuf out = STRBUF_INIT;
		struct pkginfo info;
		size_t len;
		char *text = read_corpus(arena_printf(a, "svr4/text/%s/pkginfo", golden[i]), &len);

		assert_int_equal(pkginfo_parse(a, text, len, golden[i], &info, &e), 0);
		assert_int_equal(pkginfo_check_new(&info, golden[i], &e), 0);
		pkginfo_render(&info, &out);
		assert_string_equal(strbuf_str(&out), text);
	}
}

static void package_names(void **state)
{
	static const struct { const char *name; bool ok; } rows[] = {
		{ "SUNWcsu", true }, { "a", true }, { "GLDc++-x", true }, { "A1", true },
		{ "allx", true }, { "New", true }, { "abcdefghijklmnopqrstuvwxyzABCDEF", true },
		{ "abcdefghijklmnopqrstuvwxyzABCDEFG", false }, { "", false }, { "9bad", false },
		{ "-a", false }, { "+", false }, { "a.2", false }, { "a/b", false },
		{ "a b", false },
		{ "a_b", false }, { "all", false }, { "install", false }, { "new", false },
		{ "a;rm", false }, { "\xc3\xa4", false }, { "a\n", false }, { "a*", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(pkginfo_name_ok(rows[i].name), rows[i].ok);
}

static void instance_names(void **state)
{
	static const struct { const char *name; bool ok; } rows[] = {
		{ "SUNWcsu", true }, { "SUNWcsu.2", true }, { "A.1234", true }, { "A.ab9Z", true },
		{ "A.12345", false }, { "A.", false }, { "A.*", false }, { ".2", false },
		{ "A.2.3", false }, { "A./", false }, { "all.2", false }, { "all", false },
		{ "A.\xc3", false }, { "9.2", false }, { "..", false }, { "A..", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(pkginfo_instance_ok(rows[i].name), rows[i].ok);
}

static const char *const good[][2] = {
	{ "PKG", "GLDx" }, { "NAME", "x" }, { "ARCH", "all" }, { "VERSION", "1" },
	{ "CATEGORY", "application" },
};

/* Good ones but for one; NULL leaves it out. */
static struct pkginfo with(const char *name, const char *value)
{
	struct pkginfo info = { 0 };

	for (size_t i = 0; i < COUNT(good); i++)
		if (!str_eq(good[i][0], name))
			pkginfo_set(a, &info, good[i][0], good[i][1]);
		else if (value != NULL)
			pkginfo_set(a, &info, name, value);
	return info;
}

static void required_parameters(void **state)
{
	struct pkginfo info = with("", NULL);

	(void)state;
	assert_int_equal(pkginfo_check(&info, "pkginfo", &e), 0);
	for (size_t i = 0; i < COUNT(good); i++) {
		const char *name = good[i][0];

		info = with(name, NULL);
		assert_int_equal(pkginfo_check(&info, "pkginfo", &e), -E_FORMAT);
		assert_string_equal(e.text, arena_printf(a, "pkginfo: parameter %s is missing",
							 name));
		info = with(name, "");
		assert_int_equal(pkginfo_check(&info, "pkginfo", &e), -E_FORMAT);
		assert_string_equal(e.text, arena_printf(a, "pkginfo: parameter %s is empty",
							 name));
		info = with(name, repeated("a", 257));
		assert_int_equal(pkginfo_check(&info, "pkginfo", &e), -E_FORMAT);
		info = with(name, "a\nb");
		assert_int_equal(pkginfo_check(&info, "pkginfo", &e), -E_FORMAT);
	}
	info = with("NAME", repeated("a", 256));
	assert_int_equal(pkginfo_check(&info, "pkginfo", &e), 0);
	info = with("PKG", "9bad");
	assert_int_equal(pkginfo_check(&info, "pkginfo", &e), -E_FORMAT);
	assert_string_equal(e.text, "pkginfo: bad package abbreviation '9bad'");
	info = with("VERSION", "(1)");
	assert_int_equal(pkginfo_check(&info, "pkginfo", &e), -E_FORMAT);
}

/* What only the makers of packages refuse: there are old ones that break it. */
static void new_packages_are_held_to_more(void **state)
{
	static const struct { const char *name, *value; bool ok; } rows[] = {
		{ "ARCH", "sparc,i386", true }, { "ARCH", "abcdefghijklmnop", true },
		{ "ARCH", "abcdefghijklmnopq", false }, { "ARCH", "a,abcdefghijklmnopq", false },
		{ "ARCH", "\xc3\xa4", false }, { "CATEGORY", "system,abcdefghijklmnop", true },
		{ "CATEGORY", "system,abcdefghijklmnopq", false }, { "CATEGORY", "appl_x", false },
		{ "CATEGORY", "a,\xc3\xa4", false }, { "NAME", "na\xc3\xafve", false },
		{ "VERSION", "1\xc2\xb2", false }, { "VERSION", "1.0,REV=2", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pkginfo info = with(rows[i].name, rows[i].value);

		assert_int_equal(pkginfo_check(&info, "pkginfo", &e), 0);
		assert_int_equal(pkginfo_check_new(&info, "pkginfo", &e),
				 rows[i].ok ? 0 : -E_FORMAT);
	}
	struct pkginfo none = { 0 };

	assert_int_equal(pkginfo_check_new(&none, "pkginfo", &e), -E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_are_read_as_svr4_does),
		TEST(lines_without_a_parameter_are_skipped),
		TEST(line_numbers_count_joined_lines),
		TEST(the_first_of_a_name_is_found),
		TEST(lists_lose_their_blanks),
		TEST(quotes_must_close_on_their_line),
		TEST(limits_are_kept),
		TEST(nul_bytes_are_refused),
		TEST(setting_replaces_the_last_or_appends),
		TEST(written_values_are_read_back),
		TEST(nothing_is_injected),
		TEST(a_source_ends_at_an_open_quote),
		TEST(built_values_are_cut_not_injected),
		TEST(golden_ones_come_out_as_they_are),
		TEST(package_names),
		TEST(instance_names),
		TEST(required_parameters),
		TEST(new_packages_are_held_to_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
