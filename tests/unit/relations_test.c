/* install/relations. */
#include "text_fixture.h"

#include "formats/depend.h"

static int parse(const char *text, struct relations *ret)
{
	return relations_parse(a, text, strlen(text), "relations", ret, &e);
}

static const char all[] =
	"scheme deb\n"
	"provides mail-transport-agent\n"
	"provides libfoo1 = 1.2-3\n"
	"requires libc6 (>= 2.31) | libc6.1 (>= 2.31) | any\n"
	"recommends ssl-cert\n"
	"conflicts sendmail (= 8)\n"
	"replaces old-mta (<< 2~rc1)\n"
	"replaces older (>> 1)\n"
	"requires z (<= 1:2.0 beta)\n";

static void every_kind(void **state)
{
	struct relations r = { 0 };

	(void)state;
	assert_int_equal(parse(all, &r), 0);
	assert_true(r.present);
	assert_int_equal(r.scheme, SCHEME_DEB);
	assert_int_equal(r.n, 8);
	assert_int_equal(r.v[0].kind, REL_PROVIDES);
	assert_int_equal(r.v[0].alts[0].op, CMP_ANY);
	assert_null(r.v[0].alts[0].version);
	assert_int_equal(r.v[1].alts[0].op, CMP_EQ);
	assert_string_equal(r.v[1].alts[0].name, "libfoo1");
	assert_string_equal(r.v[1].alts[0].version, "1.2-3");
	assert_int_equal(r.v[2].kind, REL_REQUIRES);
	assert_int_equal(r.v[2].n, 3);
	assert_int_equal(r.v[2].line, 4);
	assert_string_equal(r.v[2].alts[1].name, "libc6.1");
	assert_int_equal(r.v[2].alts[1].op, CMP_GE);
	assert_string_equal(r.v[2].alts[1].version, "2.31");
	assert_int_equal(r.v[2].alts[2].op, CMP_ANY);
	assert_int_equal(r.v[3].kind, REL_RECOMMENDS);
	assert_int_equal(r.v[4].kind, REL_CONFLICTS);
	assert_int_equal(r.v[4].alts[0].op, CMP_EQ);
	assert_int_equal(r.v[5].kind, REL_REPLACES);
	assert_int_equal(r.v[5].alts[0].op, CMP_LT);
	assert_int_equal(r.v[6].alts[0].op, CMP_GT);
	assert_int_equal(r.v[7].alts[0].op, CMP_LE);
	assert_string_equal(r.v[7].alts[0].version, "1:2.0 beta");
}

static void written_as_it_is_read(void **state)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	struct relations r;

	(void)state;
	assert_int_equal(parse(all, &r), 0);
	relations_render(&r, &out);
	assert_string_equal(strbuf_str(&out), all);
}

static void blanks_and_comments(void **state)
{
	struct relations r;

	(void)state;
	assert_int_equal(parse("", &r), 0);
	assert_true(r.present);
	assert_int_equal(r.scheme, SCHEME_SVR4);
	assert_int_equal(r.n, 0);
	assert_int_equal(parse("# c\n\n  # d\n\tscheme\tsvr4 \r\n requires a|b ( >=1 )|c(d)\n", &r),
			 -E_FORMAT);
	assert_int_equal(parse("\tscheme\tsvr4 \r\n requires  a|b ( >=1  x )|c (<<\t2)\r\n",
			       &r), 0);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.v[0].n, 3);
	assert_string_equal(r.v[0].alts[0].name, "a");
	assert_string_equal(r.v[0].alts[1].version, "1 x");
	assert_string_equal(r.v[0].alts[2].version, "2");
}

static void what_is_refused(void **state)
{
	static const struct { const char *line, *want; } rows[] = {
		{ "suggests a", "unknown relation 'suggests'" },
		{ "Requires a", "unknown relation 'Requires'" },
		{ "scheme rpm", "unknown scheme 'rpm'" },
		{ "scheme", "unknown scheme ''" },
		{ "requires", "bad name ''" },
		{ "requires |", "bad name ''" },
		{ "requires a |", "bad name ''" },
		{ "requires a | | b", "bad name ''" },
		{ "requires a(>=1)", "bad name 'a(>=1)'" },
		{ "requires -a", "bad name '-a'" },
		{ "requires a,b", "bad name 'a,b'" },
		{ "requires a/b", "bad name 'a/b'" },
		{ "requires \xc3\xa4", "bad name '\xc3\xa4'" },
		{ "requires a b", "not '(OP VERSION)': 'b'" },
		{ "requires a (>= 1", "not '(OP VERSION)': '(>= 1'" },
		{ "requires a >= 1", "not '(OP VERSION)': '>= 1'" },
		{ "requires a (>= 1) x", "not '(OP VERSION)': '(>= 1) x'" },
		{ "requires a ()", "no << <= = >= or >> before ''" },
		{ "requires a (1)", "no << <= = >= or >> before '1'" },
		{ "requires a (> 1)", "no << <= = >= or >> before '> 1'" },
		{ "requires a (< 1)", "no << <= = >= or >> before '< 1'" },
		{ "requires a (== 1)", "no << <= = >= or >> before '== 1'" },
		{ "requires a (>>= 1)", "no << <= = >= or >> before '>>= 1'" },
		{ "requires a (>=)", "a version is missing" },
		{ "requires a (>= 1) (<< 2)", "bad version '1) (<< 2'" },
		{ "requires a (>= 1\x1b[2J)", "bad version '1\x1b[2J'" },
		{ "provides", "bad name ''" },
		{ "provides ", "bad name ''" },
		{ "provides a >= 1", "only '=' may stand in 'provides'" },
		{ "provides a =", "a version is missing" },
		{ "provides a (= 1)", "no << <= = >= or >> before '(= 1)'" },
		{ "provides a | b", "no << <= = >= or >> before '| b'" },
		{ "provides a|b", "no alternatives are possible in 'provides'" },
		{ "provides a|b = 1", "no alternatives are possible in 'provides'" },
		{ "conflicts a | b", "no alternatives are possible in 'conflicts'" },
		{ "replaces a | b", "no alternatives are possible in 'replaces'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct relations r = { .n = 77 };

		if (parse(arena_printf(a, "requires ok\n%s\n", rows[i].line), &r) != -E_FORMAT)
			fail_msg("'%s' is not refused", rows[i].line);
		assert_string_equal(e.text, arena_printf(a, "relations:2: %s", rows[i].want));
		assert_int_equal(r.n, 77);
	}
	struct relations r;

	assert_int_equal(parse("scheme deb\nscheme deb\n", &r), -E_FORMAT);
	assert_string_equal(e.text, "relations:2: a second 'scheme'");
}

static void limits_are_kept(void **state)
{
	struct relations r;

	(void)state;
	assert_int_equal(parse(arena_printf(a, "requires %s (= %s)", repeated("a", 255),
					    repeated("1", 256)), &r), 0);
	assert_int_equal(parse(arena_printf(a, "requires %s", repeated("a", 256)), &r), -E_FORMAT);
	assert_int_equal(parse(arena_printf(a, "requires a (= %s)", repeated("1", 257)), &r),
			 -E_FORMAT);
	assert_int_equal(parse(repeated("provides a\n", DEPEND_MAX_ENTRIES), &r), 0);
	assert_int_equal(parse(repeated("provides a\n", DEPEND_MAX_ENTRIES + 1), &r), -E_LIMIT);
	assert_int_equal(parse(arena_printf(a, "requires a%s", repeated("|a", DEPEND_MAX_ENTRIES)),
			       &r), -E_LIMIT);
	assert_int_equal(relations_parse(a, "", DEPEND_MAX_BYTES + 1, "r", &r, &e), -E_LIMIT);
	assert_int_equal(relations_parse(a, "provides a\0b", 12, "r", &r, &e), -E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_kind),
		TEST(written_as_it_is_read),
		TEST(blanks_and_comments),
		TEST(what_is_refused),
		TEST(limits_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
