/* pkgmap(4): what is read, refused and written. */
#include "text_fixture.h"

#include "formats/pkgmap.h"

static int parse(const char *text, struct pkgmap *ret)
{
	return pkgmap_parse(a, text, strlen(text), "pkgmap", ret, &e);
}

static struct entry one(const char *line)
{
	struct pkgmap map;

	if (parse(line, &map) < 0)
		fail_msg("'%s' is refused: %s", line, e.text);
	assert_int_equal(map.n, 1);
	return map.entries[0];
}

static void a_file_has_all_fields(void **state)
{
	struct entry en = one("1 f none bin/hello 4755 root bin 35 3018 1000000000\n");

	(void)state;
	assert_int_equal(en.ftype, 'f');
	assert_int_equal(en.part, 1);
	assert_string_equal(en.class, "none");
	assert_string_equal(en.path, "bin/hello");
	assert_null(en.target);
	assert_int_equal(en.mode, 04755);
	assert_null(en.mode_var);
	assert_string_equal(en.owner, "root");
	assert_string_equal(en.group, "bin");
	assert_true(en.has_content);
	assert_int_equal(en.size, 35);
	assert_int_equal(en.sum, 3018);
	assert_int_equal(en.mtime, 1000000000);
	assert_int_equal(en.line, 1);
}

static void devices_have_numbers(void **state)
{
	struct entry en = one("1 b none dev/b 7 99 0640 root sys");

	(void)state;
	assert_int_equal(en.major, 7);
	assert_int_equal(en.minor, 99);
	assert_int_equal(en.mode, 0640);
	en = one("c none dev/c ? ? ? ? ?");
	assert_int_equal(en.major, NUM_UNSET);
	assert_int_equal(en.minor, NUM_UNSET);
	en = one("c none dev/c 4294967294 0 0600 root sys");
	assert_int_equal(en.major, 4294967294u);
}

static void links_have_a_target(void **state)
{
	struct entry en = one("1 s none bin/l=../x=y");

	(void)state;
	assert_string_equal(en.path, "bin/l");
	assert_string_equal(en.target, "../x=y");
	assert_null(en.owner);
	assert_int_equal(en.mode, MODE_UNSET);
	en = one("l none h=/abs");
	assert_int_equal(en.part, 0);
	assert_string_equal(en.target, "/abs");
}

static void information_files_have_no_class(void **state)
{
	struct entry en = one("1 i pkginfo 241 19582 1795434139");

	(void)state;
	assert_null(en.class);
	assert_string_equal(en.path, "pkginfo");
	assert_int_equal(en.size, 241);
	en = one("i i.none=src/x");
	assert_string_equal(en.target, "src/x");
	assert_false(en.has_content);
}

static void modes(void **state)
{
	static const struct { const char *word; uint32_t mode; const char *var; } rows[] = {
		{ "0", 0, NULL }, { "0644", 0644, NULL }, { "7777", 07777, NULL },
		{ "00000000000000000000644", 0644, NULL }, { "?", MODE_UNSET, NULL },
		{ "10644", MODE_UNSET, NULL }, { "17777777777", MODE_UNSET, NULL },
		{ "7777777777777777777777777777777777777", MODE_UNSET, NULL },
		{ "$mode", MODE_UNSET, "$mode" },
	};
	static const char *const bad[] = { "0689", "-1", "0x1", "rwx", "$MODE", "$", "??", "+644" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct entry en = one(arena_printf(a, "f none x %s root bin", rows[i].word));

		assert_int_equal(en.mode, rows[i].mode);
		if (rows[i].var == NULL)
			assert_null(en.mode_var);
		else
			assert_string_equal(en.mode_var, rows[i].var);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct pkgmap map;

		assert_int_equal(parse(arena_printf(a, "f none x %s root bin", bad[i]), &map),
				 -E_FORMAT);
		assert_string_equal(e.text, arena_printf(a, "pkgmap:1: bad mode '%s'", bad[i]));
	}
}

static void fields_that_may_be_missing(void **state)
{
	struct entry en = one("f none bare");

	(void)state;
	assert_int_equal(en.mode, MODE_UNSET);
	assert_null(en.owner);
	assert_false(en.has_content);
	en = one("e none x 0644 $OWN ?");
	assert_string_equal(en.owner, "$OWN");
	assert_null(en.group);
	assert_false(en.has_content);
	en = one("v none x=src/y 0644 root sys 1 2 -3");
	assert_string_equal(en.target, "src/y");
	assert_int_equal(en.mtime, -3);
}

static void names_that_end_in_equals(void **state)
{
	static const struct { const char *word, *path, *target; } rows[] = {
		{ "charlib/~=", "charlib/~=", NULL },
		{ "charlib/~==charlib/~=", "charlib/~=", NULL },
		{ "a=", "a=", NULL }, { "a==a=", "a=", NULL }, { "a=b=", "a", "b=" },
		{ "a==", "a", "=" }, { "a=a", "a", "a" }, { "a==b=", "a", "=b=" },
		{ "ab==ab", "ab", "=ab" }, { "ab=ab", "ab", "ab" }, { "a=xa=", "a", "xa=" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct entry en = one(arena_printf(a, "f none %s 0644 r r 1 2 3", rows[i].word));

		assert_string_equal(en.path, rows[i].path);
		if (rows[i].target == NULL)
			assert_null(en.target);
		else
			assert_string_equal(en.target, rows[i].target);
	}
	assert_string_equal(one("d none x= 0755 r r").path, "x=");
}

static void the_header_line(void **state)
{
	struct pkgmap map;

	(void)state;
	assert_int_equal(parse("", &map), 0);
	assert_int_equal(map.nparts, 1);
	assert_int_equal(map.maxblocks, 0);
	assert_int_equal(parse(": 3 1234 567\n: 9 9\n3 d none x\n", &map), 0);
	assert_int_equal(map.nparts, 3);
	assert_int_equal(map.maxblocks, 1234);
	assert_int_equal(map.maxcompressed, 567);
	assert_int_equal(parse("2 d none x\n:2 10", &map), 0);
	assert_int_equal(parse(": 1000 0", &map), 0);
}

static void comments_and_blanks(void **state)
{
	struct pkgmap map;

	(void)state;
	assert_int_equal(parse("# f none x\n\n  \t \n\t1\td  none\tx \t\n#\n", &map), 0);
	assert_int_equal(map.n, 1);
	assert_int_equal(map.entries[0].line, 4);
	assert_string_equal(map.entries[0].path, "x");
}

static void what_is_refused(void **state)
{
	static const struct { const char *line, *want; } rows[] = {
		{ ":", "number of parts is missing" },
		{ ": 1", "number of blocks is missing" },
		{ ": 0 1", "bad number of parts '0'" },
		{ ": 1001 1", "bad number of parts '1001'" },
		{ ": -1 1", "bad number of parts '-1'" },
		{ ": 1 1 x", "bad number of compressed blocks 'x'" },
		{ ": 1 99999999999999999999", "bad number of blocks '99999999999999999999'" },
		{ "1", "the file type is missing" },
		{ "z none x", "unknown file type 'z'" },
		{ "ff none x", "unknown file type 'ff'" },
		{ "1001 f none x", "bad part number '1001'" },
		{ "1x f none x", "bad part number '1x'" },
		{ "2 f none x", "part 2 of 1" },
		{ "f", "the class is missing" },
		{ "f none", "the path is missing" },
		{ "i", "the path is missing" },
		{ "f a/b x", "bad class 'a/b'" },
		{ "f $CLS x", "bad class '$CLS'" },
		{ "f ? x", "bad class '?'" },
		{ "f a\x1b x", "bad class 'a\x1b'" },
		{ "f none =x", "bad path ''" },
		{ "f none a\x7f", "bad path 'a\x7f'" },
		{ "f none a\x1b[2J", "bad path 'a\x1b[2J'" },
		{ "f none a\r", "bad path 'a\r'" },
		{ "f none x=\x01", "bad target '\x01'" },
		{ "f none ../x", "'..' in path '../x'" },
		{ "f none a/../../x", "'..' in path 'a/../../x'" },
		{ "d none /..", "'..' in path '/..'" },
		{ "i a/b", "bad path 'a/b'" },
		{ "i ..", "bad path '..'" },
		{ "i .", "bad path '.'" },
		{ "s none x", "'x' is a link to nothing" },
		{ "s none x=", "'x=' is a link to nothing" },
		{ "l none x", "'x' is a link to nothing" },
		{ "d none x=y", "'=' in the path 'x=y'" },
		{ "p none x=y", "'=' in the path 'x=y'" },
		{ "s none a=b 0777", "'0777' is too much for type s" },
		{ "b none x", "major number is missing" },
		{ "b none x 1", "minor number is missing" },
		{ "b none x -1 1", "bad major number '-1'" },
		{ "b none x 1 4294967295", "bad minor number '4294967295'" },
		{ "c none x 0 0 0600 root sys", "'x' is character device 0,0, a whiteout" },
		{ "f none x 0644", "mode, owner or group is missing" },
		{ "f none x 0644 root", "mode, owner or group is missing" },
		{ "f none x 0644 a:b sys", "bad owner 'a:b'" },
		{ "f none x 0644 root a/b", "bad group 'a/b'" },
		{ "f none x 0644 root\x01 sys", "bad owner 'root\x01'" },
		{ "f none x 0644 root sys 1", "sum is missing" },
		{ "f none x 0644 root sys 1 2", "modification time is missing" },
		{ "f none x 0644 root sys -1 2 3", "bad size '-1'" },
		{ "f none x 0644 root sys +1 2 3", "bad size '+1'" },
		{ "f none x 0644 root sys 0x1 2 3", "bad size '0x1'" },
		{ "f none x 0644 root sys 9223372036854775808 2 3",
		  "bad size '9223372036854775808'" },
		{ "f none x 0644 root sys 18446744073709551617 2 3",
		  "bad size '18446744073709551617'" },
		{ "f none x 0644 root sys 1 4294967296 3", "bad sum '4294967296'" },
		{ "f none x 0644 root sys 1 2 3x", "bad modification time '3x'" },
		{ "f none x 0644 root sys 1 2 3\r", "bad modification time '3\r'" },
		{ "f none x 0644 root sys 1 2 --3", "bad modification time '--3'" },
		{ "f none x 0644 root sys 1 2 3 PKG", "'PKG' is too much for type f" },
		{ "d none x 0755 root sys 1 2 3", "'1' is too much for type d" },
		{ "i x 1 2 3 4", "'4' is too much for type i" },
		{ "1 2 3 4 5 6 7 8 9 10 11 12 13", "more than 12 fields" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pkgmap map = { .n = 77 };

		if (parse(arena_printf(a, "\n%s\n", rows[i].line), &map) != -E_FORMAT)
			fail_msg("'%s' is not refused", rows[i].line);
		assert_string_equal(e.text, arena_printf(a, "pkgmap:2: %s", rows[i].want));
		assert_int_equal(map.n, 77);
	}
}

static void a_whiteout_is_only_that(void **state)
{
	(void)state;
	(void)one("b none x 0 0 0600 root sys");
	(void)one("c none x 0 1 0600 root sys");
	(void)one("c none x 1 0 0600 root sys");
}

static void lengths(void **state)
{
	struct pkgmap map;
	const char *field = repeated("x", PKGMAP_MAX_FIELD), *path = repeated("p", PKGMAP_MAX_PATH);

	(void)state;
	(void)one(arena_printf(a, "f %s %s=%s 0644 %s %s 1 2 3", field, path, path, field, field));
	assert_int_equal(parse(arena_printf(a, "f none %sp", path), &map), -E_FORMAT);
	assert_int_equal(parse(arena_printf(a, "s none a=%sp", path), &map), -E_FORMAT);
	assert_int_equal(parse(arena_printf(a, "f %sx a", field), &map), -E_FORMAT);
	assert_int_equal(parse(arena_printf(a, "f none a 0644 %sx r", field), &map), -E_FORMAT);
	assert_int_equal(parse(arena_printf(a, "f none a 0644 r %sx", field), &map), -E_FORMAT);
	assert_int_equal(parse(arena_printf(a, "f none a $%s r r", field), &map), -E_FORMAT);
	assert_int_equal(parse(arena_printf(a, "f none a %s r r", repeated("1", 64)), &map),
			 -E_FORMAT);
}

static void duplicates(void **state)
{
	struct pkgmap map;

	(void)state;
	assert_int_equal(parse("f none a\nf none a\n", &map), -E_FORMAT);
	assert_string_equal(e.text, "pkgmap:2: 'a' is there already, in line 1");
	assert_int_equal(parse("f none a/b\nf none ./a//b\n", &map), -E_FORMAT);
	assert_int_equal(parse("d none a\nf none a\n", &map), -E_FORMAT);
	assert_int_equal(parse("d none a\nx none a\n", &map), -E_FORMAT);
	assert_int_equal(parse("d none a\nd build a\n", &map), -E_FORMAT);
	assert_int_equal(parse("d none a 0755 r s\nd none a 0700 r s\n", &map), -E_FORMAT);
	assert_int_equal(parse("d none a 0755 r s\nd none a 0755 q s\n", &map), -E_FORMAT);
	assert_int_equal(parse("d none a 0755 r s\nd none a 0755 r q\n", &map), -E_FORMAT);
	assert_int_equal(parse("i a\ni a\n", &map), -E_FORMAT);
	assert_int_equal(parse("f none a\nf none /a\n", &map), 0);
	assert_int_equal(parse("i copyright\nf none copyright\n", &map), 0);
	assert_int_equal(map.n, 2);
}

static void directories_are_merged(void **state)
{
	struct pkgmap map;

	(void)state;
	assert_int_equal(parse("d none a ? ? ?\nf none a/b\nd none a/ 0755 ? sys\n"
			       "d none ./a ? root ?\n", &map), 0);
	assert_int_equal(map.n, 2);
	assert_string_equal(map.entries[0].path, "a");
	assert_int_equal(map.entries[0].mode, 0755);
	assert_string_equal(map.entries[0].owner, "root");
	assert_string_equal(map.entries[0].group, "sys");
	assert_int_equal(map.entries[0].line, 1);
}

/* Crafted names must not make the search for duplicates slow. */
static void many_entries(void **state)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct pkgmap map;

	(void)state;
	for (int i = 0; i < 200000; i++)
		strbuf_addf(&text, "f none %d\n", i);
	assert_int_equal(parse(strbuf_str(&text), &map), 0);
	assert_int_equal(map.n, 200000);
	assert_string_equal(map.entries[199999].path, "199999");
}

static void absurd_counts_and_sizes(void **state)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct pkgmap map;

	(void)state;
	for (unsigned i = 0; i <= PKGMAP_MAX_ENTRIES; i++)
		strbuf_addf(&text, "f n %x\n", i);
	assert_int_equal(parse(strbuf_str(&text), &map), -E_LIMIT);
	assert_non_null(strstr(e.text, "pkgmap:2000001: more than 2000000 entries"));
	assert_int_equal(pkgmap_parse(a, "", PKGMAP_MAX_BYTES + 1, "pkgmap", &map, &e), -E_LIMIT);
	assert_int_equal(pkgmap_parse(a, "f n a\0b", 7, "pkgmap", &map, &e), -E_FORMAT);
	assert_string_equal(e.text, "pkgmap:1: a NUL byte");
}

static void golden_ones_come_out_as_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(golden); i++) {
		AUTO_STRBUF struct strbuf out = STRBUF_INIT;
		struct pkgmap map;
		size_t len;
		char *text = read_corpus(arena_printf(a, "svr4/text/%s/pkgmap", golden[i]), &len);

		assert_int_equal(pkgmap_parse(a, text, len, golden[i], &map, &e), 0);
		pkgmap_sort(&map); /* as pkgmk sorts */
		pkgmap_render(&map, &out);
		assert_string_equal(strbuf_str(&out), text);
	}
}

static void every_type_is_written_as_it_is_read(void **state)
{
	static const char text[] = ": 2 100 50\n2 f none x=y 0644 root bin 1 2 3\n"
		"f none bare ? ? ?\n"
		"1 e none a==a= $mode $OWN ?\n1 c none c 1 ? 0600 root sys\ns none s==b\n"
		"l none l=b\np none p 0600 r r\nx none d 1777 r r\ni i.x 1 2 -3\n";
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	struct pkgmap map;

	(void)state;
	assert_int_equal(parse(text, &map), 0);
	pkgmap_render(&map, &out);
	assert_string_equal(strbuf_str(&out), text);
}

static void sorted_by_path_as_strcmp_does(void **state)
{
	static const char *const want[] = { "/z", "A", "a", "a-b", "a/b", "copyright", "copyright",
					    "\xc3\xa4" };
	struct pkgmap map;

	(void)state;
	assert_int_equal(parse("f n \xc3\xa4\ni copyright\nf n a/b\nf n a-b\nf n copyright\nf n a\n"
			       "f n /z\nf n A\n", &map), 0);
	pkgmap_sort(&map);
	for (size_t i = 0; i < COUNT(want); i++)
		assert_string_equal(map.entries[i].path, want[i]);
	assert_int_equal(map.entries[5].ftype, 'f');
	map.n = 0;
	map.entries = NULL;
	pkgmap_sort(&map);
}

static void canonical_paths(void **state)
{
	static const struct { const char *path, *want; } rows[] = {
		{ "a/b", "a/b" }, { "/a/b", "/a/b" }, { "a//b", "a/b" }, { "//a///b//", "/a/b" },
		{ "./a", "a" }, { "a/.", "a" }, { "a/./b/./.", "a/b" }, { ".", "." }, { "./", "." },
		{ "/", "/" }, { "//", "/" }, { "/.", "/" }, { "...", "..." },
		{ "a/..b/c..", "a/..b/c.." },
		{ "$DIR/a", "$DIR/a" }, { ".a/.b", ".a/.b" },
	};
	static const char *const bad[] = { "", "..", "../a", "a/..", "a/../b", "/..", "/../a",
					   "./.." };
	const char *got;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(path_canonical(a, rows[i].path, &got, &e), 0);
		assert_string_equal(got, rows[i].want);
		assert_ptr_not_equal(got, rows[i].path);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(path_canonical(a, bad[i], &got, &e), -E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_has_all_fields),
		TEST(devices_have_numbers),
		TEST(links_have_a_target),
		TEST(information_files_have_no_class),
		TEST(modes),
		TEST(fields_that_may_be_missing),
		TEST(names_that_end_in_equals),
		TEST(the_header_line),
		TEST(comments_and_blanks),
		TEST(what_is_refused),
		TEST(a_whiteout_is_only_that),
		TEST(lengths),
		TEST(duplicates),
		TEST(directories_are_merged),
		TEST(many_entries),
		TEST(absurd_counts_and_sizes),
		TEST(golden_ones_come_out_as_they_are),
		TEST(every_type_is_written_as_it_is_read),
		TEST(sorted_by_path_as_strcmp_does),
		TEST(canonical_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
