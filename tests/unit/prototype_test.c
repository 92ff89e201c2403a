/* prototype(4): entries, commands, contents, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/prototype.h"

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

/* Files that exist only here: name, text, name, text, NULL. */
static int read_memory(void *ctx, struct arena *arena, const char *path,
		       const char **ret_bytes, size_t *ret_len, struct error *e)
{
	const char *const *files = ctx;

	(void)arena;
	for (; files[0] != NULL; files += 2)
		if (str_eq(files[0], path)) {
			*ret_bytes = files[1];
			*ret_len = strlen(files[1]);
			return 0;
		}
	return error_set(e, E_NOT_FOUND, "cannot open '%s'", path);
}

static int parse(const char *const *files, struct prototype *ret, struct error *e)
{
	struct proto_files from = { .read = read_memory, .ctx = (void *)files };
	struct pkginfo given = { .n = 0 };

	pkginfo_set(a, &given, "given", "mine");
	return prototype_parse(a, files[0], &from, &given, ret, NULL, e);
}

static const char *rendered(const struct prototype *p)
{
	struct strbuf b = STRBUF_INIT;
	const char *text;
	size_t i;

	for (i = 0; i < p->n; i++)
		pkgmap_render_entry(&p->v[i].entry, &b);
	text = arena_strdup(a, strbuf_str(&b));
	strbuf_free(&b);
	return text;
}

static void entries_of_each_type(void **state)
{
	const char *files[] = { "prototype",
		"# comment\n\n: ignored\n"
		"i pkginfo\n"
		"2 f none bin//x/./y=src/y 0755 root bin\n"
		"e cfg etc/x ? root sys\r\n"
		"d none /usr/../opt/ ? ? ?\n"
		"x none d 0700 root root\n"
		"s none a=/usr//lib/./x/../y\n"
		"s none b=./../x//y\n"
		"l none c=../a\n"
		"c none n 13 2 0666 root sys\n"
		"b none m ? 9 0640 root sys\n"
		"p none q 0600 root sys\n", NULL };
	struct error e = ERROR_INIT;
	struct prototype p;

	(void)state;
	assert_int_equal(parse(files, &p, &e), 0);
	assert_string_equal(rendered(&p),
		"i pkginfo\n"
		"2 f none bin/x/y 0755 root bin\n"
		"e cfg etc/x ? root sys\n"
		"d none /opt ? ? ?\n"
		"x none d 0700 root root\n"
		"s none a=/usr/lib/y\n"
		"s none b=./../x//y\n"
		"l none c=../a\n"
		"c none n 13 2 0666 root sys\n"
		"b none m ? 9 0640 root sys\n"
		"p none q 0600 root sys\n");
	assert_string_equal(p.v[1].local, "src/y");
	assert_int_equal(p.v[1].entry.line, 5);
}

static void variables_of_the_build_are_replaced(void **state)
{
	const char *files[] = { "p",
		"!dir=made/by\n!mm=0640\n!oo=bin\n!given=theirs\n!Up=\"/etc/x\"\n!hold=$Up\n"
		"f none $dir/$UP/a 0644 root bin\n"
		"f none b=$Up/b $mm $oo $GRP\n"
		"f none $given/c 0644 root bin\n"
		"s none l=$dir/x\n", NULL };
	struct error e = ERROR_INIT;
	struct prototype p;

	(void)state;
	assert_int_equal(parse(files, &p, &e), 0);
	assert_string_equal(rendered(&p),
		"f none made/by/$UP/a 0644 root bin\n"
		"f none b 0640 bin $GRP\n"
		"f none mine/c 0644 root bin\n"
		"s none l=made/by/x\n");
	assert_string_equal(p.v[1].local, "/etc/x/b");
	assert_string_equal(pkginfo_get(&p.vars, "given"), "mine");
	assert_string_equal(pkginfo_get(&p.vars, "dir"), "made/by");
}

static void a_default_is_for_its_own_file(void **state)
{
	const char *files[] = { "top/p",
		"f none a\n!default 0600 bin sys\nf none b\n!include sub/q\nf none c\n",
		"top/sub/q", "f none q\n! include r\n",
		"top/sub/r", "!search s t\nf none r 0644 x y\n", NULL };
	struct error e = ERROR_INIT;
	struct prototype p;

	(void)state;
	assert_int_equal(parse(files, &p, &e), 0);
	assert_string_equal(rendered(&p), "f none a ? ? ?\nf none b 0600 bin sys\n"
			    "f none q ? ? ?\nf none r 0644 x y\nf none c 0600 bin sys\n");
	assert_true(p.v[0].unsaid);
	assert_false(p.v[1].unsaid);
	assert_true(p.v[2].unsaid);
	assert_int_equal(p.v[3].scope->nsearch, 2);
	assert_string_equal(p.v[3].scope->search[1], "top/sub/t");
	assert_int_equal(p.v[4].scope->nsearch, 0);
}

/* A level and two sets of privileges stand behind the group, and `-` is the default. */
static void the_second_release_says_more(void **state)
{
	const char *files[] = { "p",
		"f none z - - -\n!default 0555 bin bin 1 NULL dev,macread\nf none a\n"
		"f none b - - - 2 NULL dev\nf none b2 0700 - -\n"
		"f none c 0644 root sys 4 dev,filesys NULL\nl none d=c 0555 bin bin 1 NULL NULL\n"
		"!default ? ? ?\nd none e\n", NULL };
	struct error e = ERROR_INIT;
	struct prototype p;

	(void)state;
	assert_int_equal(parse(files, &p, &e), 0);
	assert_string_equal(rendered(&p), "f none z ? ? ?\nf none a 0555 bin bin\n"
			    "f none b 0555 bin bin\nf none b2 0700 bin bin\n"
			    "f none c 0644 root sys\nl none d=c\nd none e ? ? ?\n");
	assert_false(p.v[1].extra);
	assert_true(p.v[2].extra);
	assert_true(p.v[4].extra);
	assert_false(p.v[6].unsaid);
}

struct bad {
	const char *text, *want;
};

static void errors_name_the_line(void **state)
{
	static const struct bad rows[] = {
		{ "z none f 0644 root bin\n", "p:1: unknown ftype" },
		{ "i pkginfo\nf none f 0689 root bin\n", "p:2: <f>: invalid base for mode" },
		{ "f none f 10644 root bin\n", "p:1: <f>: invalid bits set in mode" },
		{ "f none f $MODE root bin\n", "mode must not be parametric at install time" },
		{ "f none f $mode root bin\n", "no value defined for build variable <$mode>" },
		{ "f none f 0644 $own bin\n", "no value defined for build variable <$own>" },
		{ "s none lnk\n", "missing or invalid link specification" },
		{ "s none lnk=\n", "unable to read link specification" },
		{ "f none a= 0644 root bin\n", "<a>: unable to read local pathname" },
		{ "s none lnk=/../a\n", "leads above /" },
		{ "f $CLS f 0644 root bin\n", "parametric class specification for <f>" },
		{ "f a/b f 0644 root bin\n", "invalid class" },
		{ "f none $nope/f=f 0644 root bin\n", "associated with path <$nope/f>" },
		{ "f none ../f 0644 root bin\n", "invalid path" },
		{ "f none . 0644 root bin\n", "invalid path" },
		{ "f none\n", "unable to read pathname field" },
		{ "f\n", "unable to read class token" },
		{ "f none f 06a4 root bin\n", "mode is not numeric" },
		{ "c none f 1 x 0644 root bin\n", "invalid minor device number" },
		{ "c none f 4294967295 1 0644 root bin\n", "invalid major device number" },
		{ "c none f\n", "invalid major device number" },
		{ "c none f 0 0\n", "character device 0,0" },
		{ "f none f 0644 a:b bin\n", "invalid owner" },
		{ "1001 f none f 0644 root bin\n", "bad volume number" },
		{ "i a b\n", "extra tokens on input line" },
		{ "i\n", "unable to read pathname field" },
		{ "2\n", "unknown ftype" },
		{ "!default 0644 root\n", "!default needs" },
		{ "!default 9 root bin\n", "invalid mode" },
		{ "!default 0644 a:b bin\n", "invalid owner or group" },
		{ "!v=a b\nf none $v/c\n", "invalid path" },
		{ "!include\n", "one file" },
		{ "!include q\n", "p:1: cannot open 'q'" },
		{ "!include p\n", "nested deeper than 20" },
		{ "!what\n", "unknown command" },
		{ "!1x=2\n", "invalid variable name" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *files[] = { "p", rows[i].text, NULL };
		struct error e = ERROR_INIT;
		struct prototype p;

		if (parse(files, &p, &e) >= 0 || strstr(e.text, rows[i].want) == NULL)
			fail_msg("%s: '%s'", rows[i].text, e.text);
	}
}

static const char *line_with(const char *before, char c, size_t n, const char *after)
{
	char *fill = arena_alloc(a, n + 1);

	memset(fill, c, n);
	return arena_printf(a, "%s%s%s", before, fill, after);
}

static void limits(void **state)
{
	struct { const char *ok, *bad; } rows[] = {
		{ line_with("d none ", 'x', 1023, ""), line_with("d none ", 'x', 1024, "") },
		{ line_with("d ", 'c', 63, " d"), line_with("d ", 'c', 64, " d") },
		{ line_with("d none d ? ", 'o', 63, " ?"),
		  line_with("d none d ? ", 'o', 64, " ?") },
		{ line_with("#", ' ', 8190, ""), line_with("#", ' ', 8191, "") },
		{ line_with("d none d", ' ', 8000, ""), line_with("d none d", ' ', 8192, "") },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *ok[] = { "p", rows[i].ok, NULL }, *bad[] = { "p", rows[i].bad, NULL };
		struct error e = ERROR_INIT;
		struct prototype p;

		if (parse(ok, &p, &e) < 0)
			fail_msg("row %zu: %s", i, e.text);
		assert_int_equal(parse(bad, &p, &e), -E_LIMIT);
	}
}

static void too_many_of_a_kind(void **state)
{
	struct strbuf words = STRBUF_INIT, vars = STRBUF_INIT, files = STRBUF_INIT;
	size_t i;

	(void)state;
	strbuf_adds(&words, "!search");
	for (i = 0; i < PROTOTYPE_MAX_SEARCH + 1; i++)
		strbuf_adds(&words, " d");
	for (i = 0; i < PROTOTYPE_MAX_VARS; i++)
		strbuf_addf(&vars, "!v%zu=x\n", i);
	for (i = 0; i < PROTOTYPE_MAX_FILES; i++)
		strbuf_adds(&files, "!include q\n");
	for (i = 0; i < 3; i++) {
		struct strbuf *b[] = { &words, &vars, &files };
		const char *from[] = { "p", b[i]->p, "q", "", NULL };
		struct error e = ERROR_INIT;
		struct prototype p;

		assert_int_equal(parse(from, &p, &e), -E_LIMIT);
		strbuf_free(b[i]);
	}
}

static int map_of(const char *text, struct pkgmap *map, struct error *e)
{
	const char *files[] = { "p", text, NULL };
	const char **source;
	struct prototype p;

	assert_int_equal(parse(files, &p, e), 0);
	return prototype_map(a, &p, map, &source, e);
}

static void the_map_is_sorted_and_merged(void **state)
{
	struct strbuf b = STRBUF_INIT;
	struct error e = ERROR_INIT;
	struct pkgmap map;

	(void)state;
	assert_int_equal(map_of("i pkginfo\nd none z ? ? ?\nd none z 0755 root ?\nf none b ? ? ?\n"
				"d none z ? root bin\ni b\n", &map, &e), 0);
	pkgmap_render(&map, &b);
	assert_string_equal(b.p, ": 1 0\nf none b ? ? ?\ni b\ni pkginfo\nd none z 0755 root bin\n");
	strbuf_free(&b);
	assert_int_equal(map_of("f none f ? ? ?\nf none f ? ? ?\n", &map, &e), -E_CONFLICT);
	assert_non_null(strstr(e.text, "duplicate pathname <f>"));
	assert_int_equal(map_of("d none d 0755 a b\nd none d 0700 a b\n", &map, &e), -E_CONFLICT);
	assert_int_equal(map_of("d none d ? a b\nd none d ? a c\n", &map, &e), -E_CONFLICT);
	assert_int_equal(map_of("d none d ? a b\ns none d=x\n", &map, &e), -E_CONFLICT);
	/* in two classes, as SVR4.2's packages have them: of the one that always comes */
	b = (struct strbuf)STRBUF_INIT;
	assert_int_equal(map_of("d x d ? a b\nd none d 0755 a b\nd x e ? a b\nd y e ? a b\n", &map,
				&e), 0);
	pkgmap_render(&map, &b);
	assert_string_equal(b.p, ": 1 0\nd none d 0755 a b\nd x e ? a b\n");
	strbuf_free(&b);
}

static void missing_parents_are_told(void **state)
{
	struct proto_notes notes;
	struct error e = ERROR_INIT;
	struct pkgmap map;

	(void)state;
	assert_int_equal(map_of("f none a/b/c\nd none a/b\nf none /usr/x\ns none $V/w/q=1\n", &map,
				&e), 0);
	prototype_missing_dirs(a, &map, &notes);
	assert_int_equal(notes.n, 3);
	assert_string_equal(notes.v[0], "missing directory entry for <$V/w>");
	assert_string_equal(notes.v[1], "missing directory entry for </usr>");
	assert_string_equal(notes.v[2], "missing directory entry for <a>");
}

/* ---- contents, from a scratch directory */

static const char *scratch;

static void put(const char *path, const char *text)
{
	const char *full = arena_printf(a, "%s/%s", scratch, path);
	const char *slash;
	FILE *f;

	for (slash = strchr(full + strlen(scratch) + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/'))
		(void)mkdir(arena_strndup(a, full, (size_t)(slash - full)), 0755);
	f = fopen(full, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static const char *found(const char *line, const struct proto_where *where)
{
	struct error e = ERROR_INIT;
	struct pkginfo given = { .n = 0 };
	struct prototype p;

	put("proto/p", line);
	if (prototype_parse(a, arena_printf(a, "%s/proto/p", scratch), &proto_files_disk, &given,
			    &p, NULL, &e) < 0 || prototype_find(a, &p, where, NULL, &e) < 0)
		return arena_strdup(a, e.text);
	return p.v[0].source[0] == '/' && str_has_prefix(p.v[0].source, scratch)
		? p.v[0].source + strlen(scratch) : p.v[0].source;
}

static void contents_are_found_in_order(void **state)
{
	const char *roots[2], *base = "sub";
	struct proto_where none = { .nroots = 0 }, r = { .roots = roots, .nroots = 2 };
	struct proto_where rb = { .roots = roots, .nroots = 2, .base = base };

	(void)state;
	put("r1/bin/x", "1");
	put("r2/bin/x", "2");
	put("r2/bin/y", "2");
	put("r2/sub/z", "3");
	put("proto/bin/z", "4");
	put("proto/b", "5");
	put("s1/c", "6");
	put("rs/etc/d", "7");
	put("proto/pkginfo", "PKG=x\n");
	roots[0] = arena_printf(a, "%s/r1", scratch);
	roots[1] = arena_printf(a, "%s/r2/", scratch);
	assert_string_equal(found("f none bin/x", &r), "/r1/bin/x");
	assert_string_equal(found("f none /bin/y", &r), "/r2/bin/y");
	assert_string_equal(found("f none q=bin/y", &r), "/r2/bin/y");
	assert_string_equal(found("f none z", &rb), "/r2/sub/z");
	assert_non_null(strstr(found("f none bin/z", &r),
			       "p:1: no object for <bin/z> found in root"));
	assert_string_equal(found("i pkginfo", &r), "/proto/pkginfo");
	assert_string_equal(found("f none q=/dev/null", &r), "/dev/null");
	assert_string_equal(found("f none bin/z", &none), "/proto/bin/z");
	assert_string_equal(found("f none x/y/b", &none), "/proto/b");
	assert_string_equal(found("f none k=b", &none), "/proto/b");
	assert_non_null(strstr(found("f none bin", &none), "no object"));
	assert_string_equal(found(arena_printf(a, "!search %s/s1\nf none u/c", scratch), &none),
			    "/s1/c");
	assert_string_equal(found("!search ../s1\nf none u/c", &none), "/proto/../s1/c");
	assert_string_equal(found("!rsearch ../rs\nf none etc/d", &none), "/proto/../rs/etc/d");
	assert_non_null(strstr(found("c none n ? ? ? ? ?", &none), "device numbers cannot be"));
}

static void contents_are_summed(void **state)
{
	struct proto_where none = { .nroots = 0 };
	struct pkginfo given = { .n = 0 };
	struct error e = ERROR_INIT;
	struct prototype p;

	(void)state;
	put("proto/f", "f\n");
	put("proto/p", "f none f 0644 root bin\n");
	assert_int_equal(prototype_parse(a, arena_printf(a, "%s/proto/p", scratch),
					 &proto_files_disk, &given, &p, NULL, &e), 0);
	assert_int_equal(prototype_find(a, &p, &none, NULL, &e), 0);
	assert_true(p.v[0].entry.has_content);
	assert_int_equal(p.v[0].entry.size, 2);
	assert_int_equal(p.v[0].entry.sum, 112);
}

static int setup_scratch(void **state)
{
	static char dir[] = "/tmp/prototype_test.XXXXXX";

	scratch = mkdtemp(dir);
	return scratch != NULL ? setup(state) : -1;
}

static int teardown_scratch(void **state)
{
	char *command = arena_printf(a, "rm -rf %s", scratch);

	(void)!system(command);
	memcpy((char *)scratch + strlen(scratch) - 6, "XXXXXX", 6);
	return teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(entries_of_each_type, setup, teardown),
		cmocka_unit_test_setup_teardown(variables_of_the_build_are_replaced, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_default_is_for_its_own_file, setup, teardown),
		cmocka_unit_test_setup_teardown(the_second_release_says_more, setup, teardown),
		cmocka_unit_test_setup_teardown(errors_name_the_line, setup, teardown),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_of_a_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(the_map_is_sorted_and_merged, setup, teardown),
		cmocka_unit_test_setup_teardown(missing_parents_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(contents_are_found_in_order, setup_scratch,
						teardown_scratch),
		cmocka_unit_test_setup_teardown(contents_are_summed, setup_scratch,
						teardown_scratch),
	};

	return cmocka_run_group_tests_name("prototype", tests, NULL, NULL);
}
