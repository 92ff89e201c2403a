/* The software list: text, refusals with what to type, groups, and the file. */
#include "pkgdb_fixture.h"

#include <sys/wait.h>

#include "pkgdb/softlist.h"
#include "pkgdb/softlist_internal.h"

static char *text(struct fixture *f)
{
	FILE *s = fopen(in_dir(f, "softlist"), "re");
	char *p = arena_alloc(f->a, 1 << 16);

	assert_non_null(s);
	assert_true(fread(p, 1, (1 << 16) - 1, s) > 0);
	assert_int_equal(fclose(s), 0);
	return p;
}

static void add(struct fixture *f, const char *name, const char *path)
{
	assert_ok(f, softlist_add(f->dir, name, path, &f->e));
}

static void an_absent_one_is_empty(void **state)
{
	struct fixture *f = *state;
	struct softlist l = { .nroots = 9 };

	assert_ok(f, softlist_load(f->a, f->dir, &l, &f->e));
	assert_int_equal(l.nroots, 0);
	assert_ok(f, softlist_load(f->a, in_dir(f, "no/such"), &l, &f->e));
	assert_int_equal(l.ngroups, 0);
	assert_null(softlist_find(&l, "x"));
	assert_null(softlist_close(&l, "x"));
}

static void what_is_added_is_found(void **state)
{
	struct fixture *f = *state;
	static const char *const both[] = { "zone2", "a.b-c_1" };
	struct softlist l;
	struct stat st;

	add(f, "zone2", "/zones//2/./root/");
	add(f, "a.b-c_1", "/odd %dir\x01/\xff");
	assert_ok(f, softlist_group_set(f->dir, "web", both, 2, &f->e));
	assert_string_equal(text(f), "# commpkg software list 1\n"
			    "root a.b-c_1 /odd%20%25dir%01/\xff\n"
			    "root zone2 /zones/2/root\n"
			    "group web zone2 a.b-c_1\n");
	assert_ok(f, softlist_load(f->a, f->dir, &l, &f->e));
	assert_int_equal(l.nroots, 2);
	assert_string_equal(l.roots[0].path, "/odd %dir\x01/\xff");
	assert_string_equal(softlist_find(&l, "zone2")->path, "/zones/2/root");
	assert_string_equal(softlist_find_path(&l, "/zones/2/root")->name, "zone2");
	assert_null(softlist_find_path(&l, "/zones/2"));
	assert_string_equal(l.groups[0].roots[1], "a.b-c_1");
	assert_int_equal(stat(in_dir(f, "softlist"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644 & ~022);
}

static void refusals_say_what_to_type(void **state)
{
	static const struct {
		const char *name, *path, *words, *hint;
	} cases[] = {
		{ "1zone", "/x", "bad name '1zone'", "choose a name" },
		{ "", "/x", "bad name ''", "choose a name" },
		{ "a b", "/x", "bad name 'a b'", "choose a name" },
		{ "x\x1b[m", "/x", "bad name 'x\\x1b[m'", "choose a name" },
		{ "zone1", "/x", "is in use for '/zones/1'", "root rename zone1" },
		{ "web", "/x", "is in use for a group", "choose another" },
		{ "x", "/zones/1", "has the name 'zone1' already", "root rename zone1" },
		{ "x", "/zones/1/", "has the name 'zone1' already", "root rename zone1" },
		{ "x", "/zones/1/sub", "lie inside each other", "root remove zone1" },
		{ "x", "/zones", "lie inside each other", "root remove zone1" },
		{ "x", "/", "can't be an alternate root", "leave out -R" },
		{ "x", "//.", "can't be an alternate root", "leave out -R" },
		{ "x", "rel", "bad path 'rel'", "realpath" },
		{ "x", "", "bad path ''", "realpath" },
		{ "x", "/a/../b", "bad path", "realpath" },
	};
	struct fixture *f = *state;
	static const char *const one[] = { "zone1" };
	const char *before;
	size_t i;

	add(f, "zone1", "/zones/1");
	add(f, "zone11", "/zones/11"); /* beside, not inside */
	assert_ok(f, softlist_group_set(f->dir, "web", one, 1, &f->e));
	before = text(f);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_refused(f, softlist_add(f->dir, cases[i].name, cases[i].path, &f->e),
			       E_USAGE, cases[i].words);
		if (strstr(f->e.hint, cases[i].hint) == NULL)
			fail_msg("hint '%s' is not '%s'", f->e.hint, cases[i].hint);
	}
	assert_string_equal(text(f), before);
}

static void remove_and_rename_reach_groups(void **state)
{
	struct fixture *f = *state;
	static const char *const ab[] = { "a", "b" }, *const just_b[] = { "b" };

	add(f, "a", "/a");
	add(f, "b", "/b");
	assert_ok(f, softlist_group_set(f->dir, "ab", ab, 2, &f->e));
	assert_ok(f, softlist_group_set(f->dir, "bb", just_b, 1, &f->e));
	assert_ok(f, softlist_rename(f->dir, "a", "z", &f->e));
	assert_ok(f, softlist_rename(f->dir, "ab", "all", &f->e));
	assert_string_equal(text(f), "# commpkg software list 1\nroot b /b\nroot z /a\n"
			    "group all z b\ngroup bb b\n");
	assert_refused(f, softlist_rename(f->dir, "z", "b", &f->e), E_USAGE, "in use for '/b'");
	assert_refused(f, softlist_rename(f->dir, "z", "-", &f->e), E_USAGE, "bad name");
	assert_refused(f, softlist_rename(f->dir, "alk", "x", &f->e), E_NOT_FOUND, "'alk'");
	assert_string_equal(f->e.hint, "did you mean 'all'?");
	assert_ok(f, softlist_remove(f->dir, "b", &f->e));
	assert_string_equal(text(f), "# commpkg software list 1\nroot z /a\ngroup all z\n");
	assert_refused(f, softlist_remove(f->dir, "nothing", &f->e), E_NOT_FOUND, "'nothing'");
	assert_string_equal(f->e.hint, "commpkg root list");
	assert_ok(f, softlist_remove(f->dir, "all", &f->e)); /* a group, too */
	assert_string_equal(text(f), "# commpkg software list 1\nroot z /a\n");
}

static void groups(void **state)
{
	struct fixture *f = *state;
	static const char *const twice[] = { "a", "a" }, *const other[] = { "b" };

	add(f, "a", "/a");
	assert_refused(f, softlist_group_set(f->dir, "g", twice, 2, &f->e), E_USAGE, "twice");
	assert_refused(f, softlist_group_set(f->dir, "g", other, 1, &f->e), E_NOT_FOUND, "'b'");
	assert_refused(f, softlist_group_set(f->dir, "a", twice, 1, &f->e), E_USAGE, "in use");
	assert_refused(f, softlist_group_set(f->dir, "g", NULL, 0, &f->e), E_NOT_FOUND, "'g'");
	assert_ok(f, softlist_group_set(f->dir, "g", twice, 1, &f->e));
	assert_ok(f, softlist_group_set(f->dir, "g", twice, 1, &f->e)); /* replaced */
	assert_ok(f, softlist_group_set(f->dir, "g", NULL, 0, &f->e)); /* gone */
	assert_string_equal(text(f), "# commpkg software list 1\nroot a /a\n");
}

static void bad_text_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "root a /a", "softlist:1: the last line has no end" },
		{ "#\nroot a a\n", "softlist:2: not an absolute" },
		{ "root a /a/\n", ":1: not an absolute" }, { "root a /a/../b\n", ":1: not an" },
		{ "root a /a%2\n", ":1: not an" }, { "root a /a%00b\n", ":1: not an" },
		{ "root a /a%2g\n", ":1: not an" }, { "root a /%\n", ":1: not an" },
		{ "root a\n", ":1: a root has a name and a path" },
		{ "root a /a x\n", ":1: a root has a name and a path" },
		{ "root a /a\nroot a /b\n", ":2: the name is used twice" },
		{ "root a /a\nroot b /a\n", ":2: the path has a name already" },
		{ "root a /a\ngroup a a\n", ":2: the name is used twice" },
		{ "group g a\nroot a /a\n", ":1: a group names a root that is not" },
		{ "root a /a\ngroup g a a\n", ":2: a group names a root twice" },
		{ "root a /a\ngroup g\n", ":2: a group has a name and roots" },
		{ "root  a /a\n", ":1: one blank" }, { "root a /a \n", ":1: one blank" },
		{ "root a\t/a\n", ":1: a control byte" }, { "root 9 /a\n", ":1: a name begins" },
		{ "zone a /a\n", ":1: neither a root nor a group" }, { "x\n", ":1: a name begins" },
	};
	struct fixture *f = *state;
	struct softlist l;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_refused(f, softlist_parse(f->a, cases[i].text, strlen(cases[i].text),
						 "softlist", &l, &f->e), E_FORMAT, cases[i].words);
	assert_ok(f, softlist_parse(f->a, "", 0, "softlist", &l, &f->e));
	assert_ok(f, softlist_parse(f->a, "\n# x\nroot a /\n", 14, "softlist", &l, &f->e));
}

static void limits(void **state)
{
	struct fixture *f = *state;
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	char name[SOFTLIST_MAX_NAME + 2];
	struct softlist l;
	int i;

	memset(name, 'n', sizeof(name));
	name[SOFTLIST_MAX_NAME + 1] = '\0';
	assert_false(softlist_name_ok(name));
	name[SOFTLIST_MAX_NAME] = '\0';
	assert_true(softlist_name_ok(name));
	for (i = 0; i < SOFTLIST_MAX_ENTRIES; i++)
		strbuf_addf(&b, "root r%d /r%d\n", i, i);
	assert_ok(f, softlist_parse(f->a, b.p, b.len, "softlist", &l, &f->e));
	assert_int_equal(l.nroots, SOFTLIST_MAX_ENTRIES);
	put_bytes(in_dir(f, "softlist"), b.p, b.len);
	assert_refused(f, softlist_add(f->dir, "x", "/x", &f->e), E_LIMIT, "full");
	strbuf_adds(&b, "root x /x\n");
	assert_refused(f, softlist_parse(f->a, b.p, b.len, "softlist", &l, &f->e), E_LIMIT,
		       "more than 4096 roots");
	while (b.len <= SOFTLIST_MAX_BYTES)
		strbuf_adds(&b, "# xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
	assert_refused(f, softlist_parse(f->a, b.p, b.len, "softlist", &l, &f->e), E_LIMIT,
		       "larger than");
	put_bytes(in_dir(f, "softlist"), b.p, b.len);
	assert_refused(f, softlist_load(f->a, f->dir, &l, &f->e), E_LIMIT, "larger than");
}

static void did_you_mean(void **state)
{
	struct fixture *f = *state;
	struct softlist l;

	add(f, "zone1", "/z1");
	add(f, "mail", "/m");
	assert_ok(f, softlist_load(f->a, f->dir, &l, &f->e));
	assert_string_equal(softlist_close(&l, "zone2"), "zone1");
	assert_string_equal(softlist_close(&l, "zon"), "zone1");
	assert_string_equal(softlist_close(&l, "maill"), "mail");
	assert_string_equal(softlist_close(&l, "amil"), "mail");
	assert_null(softlist_close(&l, "zo"));
	assert_null(softlist_close(&l, "something-else-that-is-far-too-long-to-be-any-name-of-a-"
				   "root-in-this-list-at-all"));
}

static void odd_files(void **state)
{
	struct fixture *f = *state;
	struct softlist l;

	assert_int_equal(symlinkat("elsewhere", f->fd, "softlist"), 0);
	assert_int_equal(softlist_load(f->a, f->dir, &l, &f->e), -ELOOP);
	assert_int_equal(unlinkat(f->fd, "softlist", 0), 0);
	assert_int_equal(mkfifoat(f->fd, "softlist", 0600), 0);
	assert_refused(f, softlist_load(f->a, f->dir, &l, &f->e), E_FORMAT, "not a regular file");
	assert_int_equal(unlinkat(f->fd, "softlist", 0), 0);
	assert_int_equal(mkfifoat(f->fd, "softlist.lock", 0600), 0);
	assert_refused(f, softlist_add(f->dir, "a", "/a", &f->e), E_FORMAT, "not a regular file");
}

/* Many at once, and none is lost. */
static void writers_take_turns(void **state)
{
	struct fixture *f = *state;
	struct softlist l;
	int i, k, status;

	for (i = 0; i < 4; i++) {
		if (fork() != 0)
			continue;
		for (k = 0; k < 5; k++)
			if (softlist_add(f->dir, arena_printf(f->a, "r%d-%d", i, k),
					 arena_printf(f->a, "/r%d-%d", i, k), NULL) < 0)
				_exit(1);
		_exit(0);
	}
	for (i = 0; i < 4; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_ok(f, softlist_load(f->a, f->dir, &l, &f->e));
	assert_int_equal(l.nroots, 20);
}

static void the_directory_is_made(void **state)
{
	struct fixture *f = *state;
	const char *dir = in_dir(f, "a/b");

	assert_ok(f, softlist_add(dir, "x", "/x", &f->e));
	assert_int_equal(unlink(in_dir(f, "a/b/softlist")), 0);
	assert_int_equal(unlink(in_dir(f, "a/b/softlist.lock")), 0);
	assert_int_equal(rmdir(in_dir(f, "a/b")), 0);
	assert_int_equal(rmdir(in_dir(f, "a")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_absent_one_is_empty), TEST(what_is_added_is_found),
		TEST(refusals_say_what_to_type), TEST(remove_and_rename_reach_groups),
		TEST(groups), TEST(bad_text_is_refused_with_its_line), TEST(limits),
		TEST(did_you_mean), TEST(odd_files), TEST(writers_take_turns),
		TEST(the_directory_is_made),
	};

	(void)umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
