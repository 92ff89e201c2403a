/* Owners and groups of a root. */
#include "tests/unit/root_fixture.h"

#include "commpkg/owners.h"

static struct owners *parsed(const char *passwd, const char *group)
{
	struct owners *o = NULL;
	struct error e;

	assert_int_equal(owners_parse(passwd, passwd != NULL ? strlen(passwd) : 0, group,
				      group != NULL ? strlen(group) : 0, &o, &e), 0);
	return o;
}

static void assert_uid(const struct owners *o, const char *name, long want)
{
	uid_t uid = 12345;
	int found = owners_uid(o, name, &uid);

	assert_int_equal(found, want >= 0);
	assert_int_equal(uid, want >= 0 ? (uid_t)want : 12345);
}

static void assert_gid(const struct owners *o, const char *name, long want)
{
	gid_t gid = 12345;
	int found = owners_gid(o, name, &gid);

	assert_int_equal(found, want >= 0);
	assert_int_equal(gid, want >= 0 ? (gid_t)want : 12345);
}

static void names_and_numbers(void **state)
{
	struct owners *o = parsed("root:x:0:0:Super-User:/root:/sbin/sh\nlp:x:71:8::/:\n",
				  "root::0:\nother::1:root\n");

	(void)state;
	assert_uid(o, "root", 0);
	assert_uid(o, "lp", 71);
	assert_uid(o, "other", -1);
	assert_gid(o, "other", 1);
	assert_gid(o, "lp", -1);
	assert_string_equal(owners_user_name(o, 71), "lp");
	assert_null(owners_user_name(o, 1));
	assert_string_equal(owners_group_name(o, 1), "other");
	assert_null(owners_group_name(o, UINT32_MAX));
	owners_free(o);
	owners_free(NULL);
}

static void digits_are_the_number(void **state)
{
	struct owners *o = parsed("123:x:7:7::/:\n", "");

	(void)state;
	assert_uid(o, "123", 123);
	assert_uid(o, "0", 0);
	assert_uid(o, "4294967294", 4294967294);
	assert_uid(o, "4294967295", -1);	/* chown's "leave it" */
	assert_uid(o, "4294967296", -1);
	assert_uid(o, "99999999999999999999", -1);
	assert_uid(o, "-1", -1);
	assert_uid(o, "+1", -1);
	assert_uid(o, "1 ", -1);
	assert_uid(o, "", -1);
	owners_free(o);
}

static void bad_lines_are_skipped(void **state)
{
	struct owners *o = parsed("+::::::\n#c:x:1:1\n:x:2:2\nminus:x:-2:1:\nhuge:x:4294967296:\n"
				  "all:x:4294967295:1\nblank:x: 5:1\nempty:x::1\nshort:x\nalone\n\n"
				  "a\tb:x:6:6\n-x:x:8:8\nlast:x:9", "");
	static const char *const bad[] = {
		"+", "#c", "minus", "huge", "all", "blank", "empty", "short", "alone", "a\tb", "-x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_uid(o, bad[i], -1);
	assert_uid(o, "last", 9);
	assert_uid(o, "root", -1); /* the file is there: no fallback */
	owners_free(o);
}

static void the_first_of_equals_counts(void **state)
{
	struct owners *o = parsed("toor:x:0:\nroot:x:0:\nb:x:5:\na:x:5:\nb:x:6:\n", "");

	(void)state;
	assert_uid(o, "b", 5);
	assert_string_equal(owners_user_name(o, 0), "toor");
	assert_string_equal(owners_user_name(o, 5), "b");
	assert_null(owners_user_name(o, 6));
	owners_free(o);
}

static void a_root_without_files_has_the_usual_names(void **state)
{
	struct owners *o = parsed(NULL, NULL);

	(void)state;
	assert_uid(o, "root", 0);
	assert_uid(o, "bin", 2);
	assert_uid(o, "lp", 7);
	assert_uid(o, "nobody", 65534);
	assert_uid(o, "noaccess", 60002);
	assert_gid(o, "other", 1);
	assert_gid(o, "staff", 50);
	assert_gid(o, "nogroup", 65534);
	assert_string_equal(owners_group_name(o, 1), "daemon");
	assert_string_equal(owners_user_name(o, 4), "sync");
	owners_free(o);
}

static void limits(void **state)
{
	AUTO_FREE char *bytes = xmalloc(OWNERS_MAX_BYTES + 1);
	struct owners *o = NULL;
	struct error e;

	(void)state;
	memset(bytes, 'x', OWNERS_MAX_BYTES + 1);
	assert_int_equal(owners_parse(bytes, OWNERS_MAX_BYTES + 1, "", 0, &o, &e), -E_LIMIT);
	assert_int_equal(owners_parse("\n", 1, bytes, OWNERS_MAX_LINE + 1, &o, &e), -E_LIMIT);
	assert_non_null(strstr(e.text, "/etc/group:1: "));
	memset(bytes, '\n', OWNERS_MAX_LINES + 1);
	assert_int_equal(owners_parse(bytes, OWNERS_MAX_LINES + 1, "", 0, &o, &e), -E_LIMIT);
	assert_int_equal(owners_parse("a:x:1\n\0b:x:2", 12, "", 0, &o, &e), -E_FORMAT);
	assert_non_null(strstr(e.text, "/etc/passwd:2: "));
	assert_null(o);
	assert_int_equal(owners_parse(bytes, OWNERS_MAX_LINES, "", 0, &o, &e), 0);
	owners_free(o);
}

/* ---- from a root */

static int load(struct fixture *f, struct owners **ret)
{
	struct root *r;
	int rc;

	assert_int_equal(root_open(at_top(f, "root"), false, &r, &f->e), 0);
	rc = owners_load(r, ret, &f->e);
	root_close(r);
	return rc;
}

static void files_are_the_root_s_own(void **state)
{
	struct fixture *f = *state;
	struct owners *o;

	make_dirs(f, "etc");
	make_file(f, "etc/passwd", "zoneuser:x:777:1::/:\n");
	assert_int_equal(load(f, &o), 0);
	assert_uid(o, "zoneuser", 777);
	assert_uid(o, "root", -1);
	assert_gid(o, "root", 0); /* no etc/group: the usual names */
	owners_free(o);
}

static void links_stay_in_the_root(void **state)
{
	struct fixture *f = *state;
	struct owners *o;

	make_dirs(f, "static");
	make_dirs(f, "etc");
	make_file(f, "static/passwd", "inside:x:5:1::/:\n");
	make_link(f, "/static/passwd", "etc/passwd");
	put_file(at_top(f, "group"), "outside::6:\n");
	make_link(f, "../../group", "etc/group");	/* clamped: ROOT/group, not there */
	assert_int_equal(load(f, &o), 0);
	assert_uid(o, "inside", 5);
	assert_gid(o, "outside", -1);
	assert_gid(o, "root", 0);
	owners_free(o);
}

static void a_link_to_itself_is_refused(void **state)
{
	struct fixture *f = *state;
	struct owners *o;

	make_dirs(f, "etc");
	make_link(f, "/etc/passwd", "etc/passwd");	/* the host's, SVR4 tools thought */
	assert_int_equal(load(f, &o), -ELOOP);
}

static void a_fifo_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	struct owners *o;

	make_dirs(f, "etc");
	assert_int_equal(tree_mknod(f->t, P(f, "etc/passwd"), S_IFIFO | 0644, 0, &f->e), 0);
	assert_int_equal(load(f, &o), -E_UNSUPPORTED);
	assert_non_null(strstr(f->e.text, "'/etc/passwd': it is a named pipe"));
}

static void a_monster_is_not_read(void **state)
{
	struct fixture *f = *state;
	struct owners *o;

	make_dirs(f, "etc");
	make_file(f, "etc/group", "");
	assert_int_equal(truncate(at_top(f, "root/etc/group"), (off_t)1 << 40), 0);
	assert_int_equal(load(f, &o), -E_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers),
		cmocka_unit_test(digits_are_the_number),
		cmocka_unit_test(bad_lines_are_skipped),
		cmocka_unit_test(the_first_of_equals_counts),
		cmocka_unit_test(a_root_without_files_has_the_usual_names),
		cmocka_unit_test(limits),
		BOTH(files_are_the_root_s_own),
		BOTH(links_stay_in_the_root),
		BOTH(a_link_to_itself_is_refused),
		BOTH(a_fifo_is_not_waited_for),
		BOTH(a_monster_is_not_read),
	};

	return cmocka_run_group_tests_name("owners", tests, NULL, NULL);
}
