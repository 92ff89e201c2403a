/* Where the objects of a package go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "commpkg/mapping.h"
#include "formats/cleanup.h"

static struct arena *a;
static struct error e;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	error_clear(&e);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static int map_text_at(const char *info, const char *map, const char *basedir,
		       struct mapping *ret)
{
	struct package *p = arena_alloc(a, sizeof(*p));
	struct pkginfo params;

	assert_int_equal(pkginfo_parse(a, info, strlen(info), "pkginfo", &params, &e), 0);
	if (pkgmap_parse(a, map, strlen(map), "pkgmap", &p->map, &e) < 0)
		fail_msg("%s", e.text);
	return mapping_build(a, p, &params, basedir, ret, &e);
}

static int map_text(const char *info, const char *map, struct mapping *ret)
{
	return map_text_at(info, map, NULL, ret);
}

/* The one entry that the map gives. */
static struct mapped map_one(const char *info, const char *line)
{
	struct mapping m;

	if (map_text(info, line, &m) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(m.n, 1);
	return m.v[0];
}

static void refused(const char *info, const char *map, int code, const char *words)
{
	struct mapping m = { .n = 77 };

	assert_int_equal(map_text(info, map, &m), -code);
	if (strstr(e.text, words) == NULL)
		fail_msg("'%s' has no '%s'", e.text, words);
	assert_int_equal(m.n, 77);
}

#define ATTRS " 0644 root bin 1 1 1"

static void relative_paths_go_below_the_base(void **state)
{
	struct mapping m;

	(void)state;
	assert_string_equal(map_one("BASEDIR=/opt/x\n", "f none bin/y" ATTRS).path.s,
			    "opt/x/bin/y");
	assert_string_equal(map_one("BASEDIR=/\n", "f none bin/y" ATTRS).path.s, "bin/y");
	assert_string_equal(map_one("", "f none bin/y" ATTRS).path.s, "bin/y");
	assert_string_equal(map_one("BASEDIR=opt//x/\n", "f none ./bin//y" ATTRS).path.s,
			    "opt/x/bin/y");
	assert_string_equal(map_one("BASEDIR=/opt/x\n", "f none /etc/y" ATTRS).path.s, "etc/y");
	assert_int_equal(map_text_at("BASEDIR=/opt/x\n", "f none y" ATTRS, "/export", &m), 0);
	assert_string_equal(m.v[0].path.s, "export/y");
	assert_string_equal(m.basedir, "/export");
}

static void a_base_may_have_variables(void **state)
{
	struct mapping m;

	(void)state;
	assert_int_equal(map_text("BASEDIR=/opt/$PKGINST/$NO\nPKGINST=ABC.2\n",
				  "f none y" ATTRS, &m), 0);
	assert_string_equal(m.basedir, "/opt/ABC.2/$NO");
	assert_string_equal(m.v[0].path.s, "opt/ABC.2/$NO/y");
	refused("BASEDIR=/opt/../..\n", "f none y" ATTRS, E_FORMAT, "base directory");
	refused("BASEDIR=/$X\nX=../y\n", "f none y" ATTRS, E_FORMAT, "base directory");
}

static void only_what_can_move_has_a_base(void **state)
{
	struct mapping m;

	(void)state;
	assert_int_equal(map_text("", "f none /etc/y" ATTRS, &m), 0);
	assert_null(m.basedir);
	assert_int_equal(map_text("A=/x\n", "f none $A/y" ATTRS, &m), 0);
	assert_null(m.basedir);
	assert_int_equal(map_text("A=x\n", "f none $A/y" ATTRS, &m), 0);
	assert_string_equal(m.basedir, "/");
	assert_int_equal(map_text("", "f none $BASEDIR/y" ATTRS, &m), 0);
	assert_string_equal(m.basedir, "/");
	assert_int_equal(map_text("BASEDIR=/opt\n", "f none /etc/y" ATTRS, &m), 0);
	assert_string_equal(m.basedir, "/opt");
}

static void variables_are_whole_components(void **state)
{
	static const char info[] = "BASEDIR=/b\nA=/abs\nR=rel\nTWO=x/y\nE=\nSELF=$SELF\nCHAIN=$A\n";
	static const struct { const char *path, *want; } rows[] = {
		{ "$A/x", "abs/x" }, { "$R/x", "b/rel/x" }, { "x/$R/y", "b/x/rel/y" },
		{ "/$TWO", "x/y" }, { "$BASEDIR/x", "b/x" }, { "x/$A", "b/x/abs" },
		{ "$NO/x", "b/$NO/x" }, { "$E/x", "b/$E/x" }, { "x$R/y", "b/x$R/y" },
		{ "$R.d/x", "b/$R.d/x" }, { "$/x", "b/$/x" }, { "$$R/x", "b/$$R/x" },
		{ "$SELF/x", "b/$SELF/x" }, { "$CHAIN/x", "b/$A/x" }, { "$lower/x", "b/$lower/x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *line = arena_printf(a, "f none %s" ATTRS, rows[i].path);

		assert_string_equal(map_one(info, line).path.s, rows[i].want);
	}
	assert_string_equal(map_one("lower=x\n", "f none $lower" ATTRS).path.s, "$lower");
	assert_string_equal(map_one("R=first\nR=second\n", "f none $R" ATTRS).path.s, "first");
}

static void variables_can_t_lead_out(void **state)
{
	(void)state;
	refused("V=../../etc\n", "f none $V/x" ATTRS, E_FORMAT, "..");
	refused("V=a/../../../etc\n", "f none /$V" ATTRS, E_FORMAT, "..");
	refused("V=a\tb\n", "f none $V/x" ATTRS, E_FORMAT, "control");
	refused("V=/\n", "f none $V" ATTRS, E_FORMAT, "root itself");
}

static void variables_have_a_limit(void **state)
{
	char *value = arena_alloc(a, 4001);

	(void)state;
	memset(value, 'v', 4000);
	for (size_t i = 200; i < 4000; i += 201)
		value[i] = '/';
	refused(arena_printf(a, "V=/%s\n", value), "f none $V/$V" ATTRS, E_FORMAT, "4095");
	refused(arena_printf(a, "V=%s\nBASEDIR=$V/$V\n", value), "f none x" ATTRS, E_LIMIT, "4095");
	refused(arena_printf(a, "V=/%s\n", value), "s none x=$V/$V", E_FORMAT, "4095");
}

/* A short pkgmap whose variables would make it fill the memory. */
static void all_paths_together_have_a_limit(void **state)
{
	AUTO_STRBUF struct strbuf info = STRBUF_INIT, map = STRBUF_INIT;

	(void)state;
	strbuf_adds(&info, "V=");
	for (int i = 0; i < 19; i++)
		strbuf_addf(&info, "/%0200d", i);
	strbuf_addch(&info, '\n');
	for (int i = 0; i < 40000; i++)
		strbuf_addf(&map, "s none $V/%d=$V\n", i);
	refused(strbuf_str(&info), strbuf_str(&map), E_LIMIT, "bytes in all");
	assert_true(arena_used(a) < (size_t)400 << 20);
}

/* The pkgmap's parser refuses them, too; a mapping does not rely on it. */
static void dot_dot_is_refused(void **state)
{
	static const char *const rows[] = { "../x", "/a/../../x", "a/..", "..", "/.." };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct entry en = { .ftype = 'f', .class = "none", .path = rows[i], .line = 9 };
		struct package p = { .map = { .entries = &en, .n = 1 } };
		struct pkginfo params = { .n = 0 };
		struct mapping m;

		assert_int_equal(mapping_build(a, &p, &params, "/opt", &m, &e), -E_FORMAT);
		assert_non_null(strstr(e.text, "pkgmap:9: "));
	}
}

static void owners_may_be_variables(void **state)
{
	struct mapped m;

	(void)state;
	m = map_one("O=lp\nG=sys\n", "f none x 0644 $O $G 1 1 1");
	assert_string_equal(m.owner, "lp");
	assert_string_equal(m.group, "sys");
	m = map_one("O=?\n", "f none x 0644 $O ? 1 1 1");
	assert_null(m.owner);
	assert_null(m.group);
	m = map_one("", "f none x 0644 $NO root 1 1 1");
	assert_string_equal(m.owner, "$NO");
	refused("O=a b\n", "f none x 0644 $O root 1 1 1", E_FORMAT, "no usable name");
	refused("O=a:b\n", "f none x 0644 root $O 1 1 1", E_FORMAT, "no usable name");
	m = map_one(arena_printf(a, "O=%063d\n", 1), "f none x 0644 $O r 1 1 1");
	assert_int_equal(strlen(m.owner), 63);
	refused(arena_printf(a, "O=%064d\n", 1), "f none x 0644 $O root 1 1 1", E_FORMAT,
		"no usable name");
}

static void classes_filter(void **state)
{
	static const char map[] = "f none a" ATTRS "\nf one b" ATTRS "\nf two c" ATTRS "\n"
				  "i pkginfo 1 1 1\n";
	struct mapping m;

	(void)state;
	assert_int_equal(map_text("", map, &m), 0);
	assert_int_equal(m.n, 3);
	assert_int_equal(map_text("CLASSES=two  x\n", map, &m), 0);
	assert_int_equal(m.n, 2);
	assert_string_equal(m.v[0].path.s, "a");
	assert_string_equal(m.v[1].path.s, "c");
	assert_int_equal(map_text("CLASSES=none on onee\n", map, &m), 0);
	assert_int_equal(m.n, 1);
}

static void symbolic_links_keep_their_text(void **state)
{
	static const struct { const char *target, *want; } rows[] = {
		{ "/usr/lib", "/usr/lib" }, { "../../../x", "../../../x" },
		{ "./../gldabs//mod", "./../gldabs/mod" }, { "//a///b//", "/a/b/" },
		{ "$R/x", "rel/x" }, { "$NO", "$NO" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *line = arena_printf(a, "s none l=%s", rows[i].target);

		assert_string_equal(map_one("R=rel\n", line).target, rows[i].want);
	}
}

static void hard_links_lead_below_the_root(void **state)
{
	static const struct { const char *line, *target, *link; } rows[] = {
		{ "l none d/l=f", "f", "b/d/f" }, { "l none d/l=../f", "../f", "b/f" },
		{ "l none d/l=/usr//lib/f", "/usr/lib/f", "usr/lib/f" },
		{ "l none /l=./x/../f", "./x/../f", "f" }, { "l none l=$A/f", "/abs/f", "abs/f" },
		{ "l none d/l=../../f", "../../f", "f" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mapped m = map_one("BASEDIR=/b\nA=/abs\n", rows[i].line);

		assert_string_equal(m.target, rows[i].target);
		assert_string_equal(m.link.s, rows[i].link);
	}
	refused("", "l none d/l=../../f", E_FORMAT, "outside");
	refused("", "l none l=/../f", E_FORMAT, "outside");
	refused("", "l none d/l=..", E_FORMAT, "outside");
	refused("", "l none d/l=l", E_FORMAT, "itself");
	refused("V=x\ty\n", "l none d/l=$V", E_FORMAT, "control");
}

static void two_entries_for_one_place(void **state)
{
	struct mapping m;

	(void)state;
	assert_int_equal(map_text("V=/d\n", "d none $V ? root ?\nd none /d 0755 ? bin", &m), 0);
	assert_int_equal(m.n, 1);
	assert_int_equal(m.v[0].entry->mode, 0755);
	assert_string_equal(m.v[0].owner, "root");
	assert_string_equal(m.v[0].group, "bin");
	refused("V=/d\n", "d none $V 0700 a a\nd none /d 0755 a a", E_FORMAT, "line 1");
	refused("V=/d\n", "d none $V 0755 a a\nd none /d 0755 b a", E_FORMAT, "line 1");
	refused("V=/d\n", "d none $V 0755 a a\nd one /d 0755 a a", E_FORMAT, "line 1");
	refused("V=/d\n", "f none $V" ATTRS "\nf none /d" ATTRS, E_FORMAT, "pkgmap:2");
	refused("V=/d\n", "d none $V 0755 a a\nx none /d 0755 a a", E_FORMAT, "line 1");
}

static void nothing_lies_below_what_is_no_directory(void **state)
{
	struct mapping m;

	(void)state;
	refused("", "s none a=/etc\nf none a/passwd" ATTRS, E_FORMAT, "'/a/passwd' is below '/a'");
	refused("", "f none a/b/c" ATTRS "\nf none a-b" ATTRS "\nf none a" ATTRS, E_FORMAT,
		"(line 3)");
	refused("V=/x/y\n", "p none x 0644 root bin\nd none $V 0755 root bin", E_FORMAT, "'/x'");
	assert_int_equal(map_text("", "s none a=/etc\nf none a-b" ATTRS "\nf none ab/c" ATTRS
				  "\nd none a.d 0755 r b\nf none a.d/x" ATTRS, &m), 0);
}

static void places_no_package_may_have(void **state)
{
	struct mapping m;

	(void)state;
	refused("", "f none var/lib/commpkg/pkgdb.sqlite" ATTRS, E_FORMAT, "commpkg's own");
	refused("", "s none /var/lib/commpkg=/tmp", E_FORMAT, "commpkg's own");
	refused("", "l none x=/var/lib/commpkg/lock", E_FORMAT, "commpkg's own");
	refused("", "x none / 0755 root root", E_FORMAT, "root itself");
	assert_int_equal(map_text("", "d none / 0755 root root\nd none /var/lib/commpkg 0755 r r",
				  &m), 0);
	assert_true(rpath_is_root(m.v[0].path));
}

/* ---- against what another implementation installed */

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "re");
	char *buf = arena_alloc(a, 1 << 16);

	assert_non_null(f);
	assert_true(fread(buf, 1, (1 << 16) - 1, f) > 0);
	(void)fclose(f);
	return buf;
}

static int by_path(const void *x, const void *y)
{
	return strcmp(((const struct mapped *)x)->path.s, ((const struct mapped *)y)->path.s);
}

/* As far as a mapping knows: an owner '?' of a directory that was there is asked of it. */
static void check_line(const struct mapped *m, char *line)
{
	const char *path = strtok(line, " "), *ftype = strtok(NULL, " ");
	const char *class = strtok(NULL, " "), *owner;

	assert_string_equal(path, m->target != NULL
			    ? arena_printf(a, "/%s=%s", m->path.s, m->target)
			    : arena_printf(a, "/%s", m->path.s));
	assert_int_equal(ftype[0], m->entry->ftype);
	assert_string_equal(class, m->entry->class);
	if (m->target != NULL || m->owner == NULL)
		return;
	if (m->entry->ftype == 'c' || m->entry->ftype == 'b')
		return;
	(void)strtok(NULL, " "); /* mode */
	owner = strtok(NULL, " ");
	assert_string_equal(owner, m->owner);
	assert_string_equal(strtok(NULL, " "), m->group);
}

static void check_golden(const char *name)
{
	char *info = slurp(arena_printf(a, "tests/corpus/svr4/text/%s/pkginfo", name));
	char *map = slurp(arena_printf(a, "tests/corpus/svr4/text/%s/pkgmap", name));
	char *want = slurp(arena_printf(a, "tests/corpus/svr4/expected/%s.contents", name));
	struct mapping m;
	char *next;

	if (map_text(info, map, &m) < 0)
		fail_msg("%s: %s", name, e.text);
	qsort(m.v, m.n, sizeof(m.v[0]), by_path);
	for (size_t i = 0; i < m.n; i++, want = next) {
		next = strchr(want, '\n');
		assert_non_null(next);
		*next++ = '\0';
		check_line(&m.v[i], want);
	}
	assert_int_equal(want[0], '#');
}

static void golden_packages(void **state)
{
	(void)state;
	check_golden("abs");
	check_golden("basic");
	check_golden("part");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(relative_paths_go_below_the_base),
		T(a_base_may_have_variables),
		T(only_what_can_move_has_a_base),
		T(variables_are_whole_components),
		T(variables_can_t_lead_out),
		T(variables_have_a_limit),
		T(all_paths_together_have_a_limit),
		T(dot_dot_is_refused),
		T(owners_may_be_variables),
		T(classes_filter),
		T(symbolic_links_keep_their_text),
		T(hard_links_lead_below_the_root),
		T(two_entries_for_one_place),
		T(nothing_lies_below_what_is_no_directory),
		T(places_no_package_may_have),
		T(golden_packages),
	};

	return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
