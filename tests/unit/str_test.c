/* Buffers, strict numbers, escaping, arrays, maps, and lines of text. */
#include "text_fixture.h"

#include "formats/lines.h"

static void prefixes_and_suffixes(void **state)
{
	(void)state;
	assert_true(str_eq("a", "a"));
	assert_false(str_eq("a", "ab"));
	assert_true(str_has_prefix("abc", "ab"));
	assert_true(str_has_prefix("abc", ""));
	assert_false(str_has_prefix("ab", "abc"));
	assert_true(str_has_suffix("abc", "bc"));
	assert_true(str_has_suffix("abc", ""));
	assert_false(str_has_suffix("bc", "abc"));
	assert_false(str_has_suffix("abc", "ab"));
}

static bool number(const char *s, unsigned base, uint64_t max, uint64_t *ret)
{
	return str_to_u64(s, strlen(s), base, max, ret);
}

static void numbers_are_strict(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x1", "1a", "1.0", "\xb2",
					   "8" };
	uint64_t v = 77;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(number(bad[i], 8, UINT64_MAX, &v));
	assert_false(str_to_u64("1\0002", 3, 10, UINT64_MAX, &v));
	assert_false(number("18446744073709551616", 10, UINT64_MAX, &v));
	assert_false(number("2000000000000000000000", 8, UINT64_MAX, &v));
	assert_false(number("11", 10, 10, &v));
	assert_int_equal(v, 77);
	assert_true(number("18446744073709551615", 10, UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_true(number("1777777777777777777777", 8, UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_true(number("0000000000000000000000000010", 10, 10, &v));
	assert_int_equal(v, 10);
	assert_true(str_to_u64("123", 2, 10, 99, &v));
	assert_int_equal(v, 12);
}

static void sizes(void **state)
{
	static const char *const bad[] = { "", "K", "1k", "1KB", "-1", "1.5G", " 1", "1 K", "17T", "x" };
	uint64_t v = 77;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(str_to_size(bad[i], (uint64_t)16 << 40, &v));
	assert_false(str_to_size("99999999T", UINT64_MAX, &v));
	assert_false(str_to_size("1025", 1024, &v));
	assert_int_equal(v, 77);
	assert_true(str_to_size("1K", 1024, &v) && v == 1024);
	assert_true(str_to_size("0", 0, &v) && v == 0);
	assert_true(str_to_size("3M", UINT64_MAX, &v) && v == 3 << 20);
	assert_true(str_to_size("2G", UINT64_MAX, &v) && v == (uint64_t)2 << 30);
	assert_true(str_to_size("16T", (uint64_t)16 << 40, &v) && v == (uint64_t)16 << 40);
	assert_true(str_to_size("12345", UINT64_MAX, &v) && v == 12345);
}

static void signed_numbers(void **state)
{
	int64_t v = 77;

	(void)state;
	assert_false(str_to_i64("", 0, &v));
	assert_false(str_to_i64("-", 1, &v));
	assert_false(str_to_i64("--1", 3, &v));
	assert_false(str_to_i64("- 1", 3, &v));
	assert_false(str_to_i64("+1", 2, &v));
	assert_false(str_to_i64("9223372036854775808", 19, &v));
	assert_int_equal(v, 77);
	assert_true(str_to_i64("9223372036854775807", 19, &v));
	assert_true(v == INT64_MAX);
	assert_true(str_to_i64("-9223372036854775807", 20, &v));
	assert_true(v == -INT64_MAX);
	assert_true(str_to_i64("-1", 2, &v));
	assert_true(v == -1);
}

static void buffers_grow(void **state)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	(void)state;
	assert_string_equal(strbuf_str(&b), "");
	strbuf_add(&b, NULL, 0);
	assert_string_equal(strbuf_str(&b), "");
	for (int i = 0; i < 10000; i++)
		strbuf_addch(&b, 'x');
	assert_int_equal(b.len, 10000);
	assert_int_equal(strlen(b.p), 10000);
	strbuf_reset(&b);
	strbuf_adds(&b, "one ");
	strbuf_addf(&b, "%s %d", repeated("two", 1000), 3);
	assert_int_equal(b.len, 3006);
	assert_true(str_has_suffix(b.p, "two 3"));
	strbuf_add(&b, "a\0b", 3);
	assert_int_equal(b.len, 3009);
	assert_int_equal(b.p[3009], '\0');
	strbuf_free(&b);
	assert_null(b.p);
}

static void words_for_a_shell(void **state)
{
	static const char *const rows[][2] = {
		{ "/srv/z1", "/srv/z1" }, { "a=1,b:2@c", "a=1,b:2@c" }, { "", "''" },
		{ "two words", "'two words'" }, { "it's", "'it'\\''s'" }, { "~", "'~'" },
		{ "$HOME", "'$HOME'" }, { "a;b", "'a;b'" }, { "*", "'*'" }, { "\n", "'\n'" },
	};
	AUTO_ARENA struct arena *mine = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(str_shell(mine, rows[i][0]), rows[i][1]);
}

static void terminals_are_not_driven(void **state)
{
	static const char *const rows[][2] = {
		{ "plain text, \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", NULL },
		{ "back\\slash", NULL },
		{ "\x1b[2J", "\\x1b[2J" }, { "a\nb\t\r", "a\\x0ab\\x09\\x0d" }, { "\x7f", "\\x7f" },
		{ "\xc2\x9b" "31m", "\\xc2\\x9b31m" },		/* C1: CSI in one */
		{ "\xe2\x80\xae" "x", "\\xe2\\x80\\xaex" },	/* right-to-left override */
		{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6" },		/* isolate */
		{ "\xd8\x9c", "\\xd8\\x9c" },			/* Arabic letter mark */
		{ "\xef\xbb\xbf", "\\xef\\xbb\\xbf" },		/* zero width, byte order mark */
		{ "\xff\xfe", "\\xff\\xfe" }, { "\x80", "\\x80" }, { "a\xc3", "a\\xc3" },
		{ "\xc0\xaf", "\\xc0\\xaf" }, { "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },		/* a surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },	/* over U+10FFFF */
		{ "\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80" }, { "\xe2\x82", "\\xe2\\x82" },
		{ "\xf0\x9f\x98x", "\\xf0\\x9f\\x98x" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = str_escaped(a, rows[i][0]);

		if (rows[i][1] == NULL)
			assert_ptr_equal(got, rows[i][0]);
		else
			assert_string_equal(got, rows[i][1]);
	}
}

static void arrays_grow(void **state)
{
	VEC(uint64_t) v = VEC_INIT;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t *p = VEC_PUSH(&v);

		assert_int_equal(*p, 0);
		*p = i;
	}
	assert_int_equal(v.n, 1000);
	assert_int_equal(v.v[999], 999);
	VEC_FREE(&v);
	assert_null(v.v);
	assert_int_equal(v.cap, 0);
}

static void maps_find_what_was_put(void **state)
{
	struct strmap *m = strmap_new(0);
	size_t i, n, at = 0;
	const char *key;

	(void)state;
	assert_null(strmap_find(m, "a"));
	assert_null(strmap_next(m, &at, NULL));
	for (i = 1; i <= 5000; i++)
		assert_null(strmap_put(m, arena_printf(a, "%zu", i), (void *)i));
	assert_int_equal(strmap_count(m), 5000);
	for (i = 1; i <= 5000; i++)
		assert_ptr_equal(strmap_find(m, arena_printf(a, "%zu", i)), (void *)i);
	assert_null(strmap_find(m, "5001"));
	assert_null(strmap_find(m, ""));
	assert_ptr_equal(strmap_put(m, "7", &n), (void *)7);
	assert_ptr_equal(strmap_find(m, "7"), &n);
	assert_int_equal(strmap_count(m), 5000);
	assert_null(strmap_put(m, "", &n));
	assert_ptr_equal(strmap_find(m, ""), &n);
	for (n = 0, at = 0; strmap_next(m, &at, &key) != NULL; n++)
		assert_non_null(strmap_find(m, key));
	assert_int_equal(n, 5001);
	strmap_free(m);
	strmap_free(NULL);
}

/* Long keys that differ in one byte, at each place of a word. */
static void maps_tell_like_keys_apart(void **state)
{
	struct strmap *m = strmap_new(64);

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		char *key = repeated("k", 64);

		key[i] = 'x';
		assert_null(strmap_put(m, key, key));
		assert_ptr_equal(strmap_find(m, key), key);
		assert_null(strmap_put(m, repeated("k", i + 100), key));
	}
	assert_int_equal(strmap_count(m), 128);
	strmap_free(m);
}

static void text_is_cut_into_lines(void **state)
{
	static const char text[] = "one\n\n three  words\there \nlast";
	struct lines l;
	struct span line, word;

	(void)state;
	assert_int_equal(lines_open(&l, text, strlen(text), 100, "file", &e), 0);
	assert_true(lines_next(&l, &line));
	assert_true(span_eq(line, "one"));
	assert_false(span_eq(line, "on"));
	assert_false(span_eq(line, "ones"));
	assert_true(lines_next(&l, &line));
	assert_int_equal(line.len, 0);
	assert_false(span_word(&line, &word));
	assert_true(lines_next(&l, &line));
	assert_string_equal(span_squeeze(a, line), "three words here");
	assert_true(span_has_control(line));
	assert_true(span_word(&line, &word));
	assert_true(span_eq(word, "three"));
	assert_true(span_word(&line, &word));
	assert_true(span_word(&line, &word));
	assert_string_equal(span_dup(a, word), "here");
	assert_false(span_word(&line, &word));
	assert_true(lines_next(&l, &line));
	assert_int_equal(l.line, 4);
	assert_int_equal(lines_error(&l, &e, "bad " SPAN_FMT, SPAN_ARG(line)), -E_FORMAT);
	assert_string_equal(e.text, "file:4: bad 'last'");
	assert_false(lines_next(&l, &line));
	assert_null(span_squeeze(a, (struct span){ " \t\r\v", 4 }));
	assert_int_equal(span_trim((struct span){ "  ", 2 }).len, 0);
}

static void lines_have_limits(void **state)
{
	struct lines l;
	struct span line;

	(void)state;
	assert_int_equal(lines_open(&l, "abc", 3, 3, "file", &e), 0);
	assert_int_equal(lines_open(&l, "abc", 3, 2, "file", &e), -E_LIMIT);
	assert_string_equal(e.text, "file: 3 bytes, more than the 2 we read");
	assert_int_equal(lines_open(&l, "a\n\nb\0\n", 6, 9, "file", &e), -E_FORMAT);
	assert_string_equal(e.text, "file:3: a NUL byte");
	assert_int_equal(lines_open(&l, NULL, 0, 0, "file", &e), 0);
	assert_false(lines_next(&l, &line));
	line = (struct span){ repeated("x", 500), 500 };
	assert_int_equal(lines_error(&l, &e, SPAN_FMT, SPAN_ARG(line)), -E_FORMAT);
	assert_true(strlen(e.text) < 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(prefixes_and_suffixes),
		TEST(numbers_are_strict),
		TEST(sizes),
		TEST(signed_numbers),
		TEST(buffers_grow),
		TEST(words_for_a_shell), TEST(terminals_are_not_driven),
		TEST(arrays_grow),
		TEST(maps_find_what_was_put),
		TEST(maps_tell_like_keys_apart),
		TEST(text_is_cut_into_lines),
		TEST(lines_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
