/*
 * What is in the way: files of nobody and of others, directories and links where something
 * else should go, contents that only look the same.
 */
#include "change_fixture.h"

static char *path_in(const struct world *w, const char *place)
{
	return fixture_format("%s/%s", w->root, place);
}

static void put(const struct world *w, const char *place, const char *text)
{
	AUTO_FREE char *path = path_in(w, place);

	fixture_write(path, text, strlen(text));
}

static void expect(const struct world *w, const char *place, const char *text)
{
	AUTO_FREE char *path = path_in(w, place);
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct stat st;

	if (lstat(path, &st) < 0)
		fail_msg("'%s' is not there", place);
	tree_text_file(&b, path, &st);
	if (!str_has_suffix(strbuf_str(&b), text))
		fail_msg("'%s' has '%s'", place, strbuf_str(&b));
}

static int install(struct world *w, const char *name, const char *version,
		   const struct object *o, size_t n, struct error *e)
{
	AUTO_FREE char *dir = world_package(w, name, version, o, n);

	error_clear(e);
	return world_install(w, dir, e);
}

#define INSTALL(w, name, version, e, ...) \
	install(w, name, version, (const struct object[]){ __VA_ARGS__ }, \
		sizeof((const struct object[]){ __VA_ARGS__ }) / sizeof(struct object), e)

static void must(int rc, const struct error *e, const struct world *w)
{
	if (rc < 0)
		fail_msg("%s; %s", e->text, w->problem);
}

static void test_file_of_nobody(void **state)
{
	struct world *w = *state;
	struct error e = ERROR_INIT;

	put(w, "opt/x", "theirs\n");
	assert_int_equal(INSTALL(w, "TSTa", "1", &e, { 'f', "opt/x", "ours\n", 0644 }), -E_CONFLICT);
	assert_non_null(strstr(w->problem, "'/opt/x'"));
	assert_non_null(strstr(w->problem, "belongs to no package"));
	expect(w, "opt/x", "theirs\n");
}

static void test_same_file_of_nobody(void **state)
{
	struct world *w = *state;
	struct error e = ERROR_INIT;

	put(w, "opt/x", "ours\n");
	must(INSTALL(w, "TSTa", "1", &e, { 'f', "opt/x", "ours\n", 0644 }), &e, w);
	must(world_remove(w, "TSTa", &e), &e, w);
}

static void test_file_of_another(void **state)
{
	struct world *w = *state;
	struct error e = ERROR_INIT;

	must(INSTALL(w, "TSTa", "1", &e, { 'f', "opt/x", "a\n", 0644 }), &e, w);
	assert_int_equal(INSTALL(w, "TSTb", "1", &e, { 'f', "opt/x", "bb\n", 0644 }), -E_CONFLICT);
	assert_non_null(strstr(w->problem, "belongs to 'TSTa'"));
	expect(w, "opt/x", "a\n");
}

/* Shared, the same: stays until the last owner goes. */
static void test_shared(void **state)
{
	struct world *w = *state;
	struct error e = ERROR_INIT;
	AUTO_FREE char *path = path_in(w, "opt/x");

	must(INSTALL(w, "TSTa", "1", &e, { 'f', "opt/x", "a\n", 0644 }), &e, w);
	must(INSTALL(w, "TSTb", "1", &e, { 'f', "opt/x", "a\n", 0644 }), &e, w);
	must(world_remove(w, "TSTa", &e), &e, w);
	expect(w, "opt/x", "a\n");
	must(world_remove(w, "TSTb", &e), &e, w);
	assert_int_equal(access(path, F_OK), -1);
}

/* The sum of pkgmap can't tell "ab" from "ba"; the digest can, and it is read anyway. */
static void test_same_sum(void **state)
{
	struct world *w = *state;
	struct error e = ERROR_INIT;

	must(INSTALL(w, "TSTa", "1", &e, { 'f', "opt/x", "ab\n", 0644 },
		     { 'f', "opt/y", "same\n", 0644 }), &e, w);
	must(INSTALL(w, "TSTa", "2", &e, { 'f', "opt/x", "ba\n", 0644 },
		     { 'f', "opt/y", "same\n", 0644 }), &e, w);
	expect(w, "opt/x", "ba\n");
	expect(w, "opt/y", "same\n");
}

/* A damaged file of ours is put back by an upgrade that does not change it. */
static void test_damaged(void **state)
{
	struct world *w = *state;
	struct error e = ERROR_INIT;

	must(INSTALL(w, "TSTa", "1", &e, { 'f', "opt/x", "good\n", 0644 }), &e, w);
	put(w, "opt/x", "evil\n");
	must(INSTALL(w, "TSTa", "2", &e, { 'f', "opt/x", "good\n", 0644 }), &e, w);
	expect(w, "opt/x", "good\n");
}

static void test_directory_with_strangers(void **state)
{
	struct world *w = *state;
	struct error e = ERROR_INIT;

	must(INSTALL(w, "TSTa", "1", &e, { 'd', "opt/d", NULL, 0755 },
		     { 'f', "opt/d/x", "x\n", 0644 }), &e, w);
	put(w, "opt/d/stranger", "s\n");
	assert_int_equal(INSTALL(w, "TSTa", "2", &e, { 'f', "opt/d", "file\n", 0644 }),
			 -E_CONFLICT);
	must(world_remove(w, "TSTa", &e), &e, w);
	expect(w, "opt/d/stranger", "s\n");
}

/* A link of the administrator's in the place of a directory stays, and is followed. */
static void test_link_for_directory(void **state)
{
	struct world *w = *state;
	struct error e = ERROR_INIT;
	AUTO_FREE char *link = path_in(w, "opt"), *target = path_in(w, "export/opt");
	AUTO_FREE char *below = path_in(w, "export/opt/d");
	struct stat st;

	fixture_mkdirs(target);
	assert_int_equal(mkdir(target, 0755), 0);
	assert_int_equal(symlink("/export/opt", link), 0);
	must(INSTALL(w, "TSTa", "1", &e, { 'd', "opt", NULL, 0755 }, { 'd', "opt/d", NULL, 0755 },
		     { 'f', "opt/d/x", "x\n", 0644 }), &e, w);
	expect(w, "export/opt/d/x", "x\n");
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	must(world_remove(w, "TSTa", &e), &e, w);
	assert_int_equal(access(below, F_OK), -1);
	assert_int_equal(lstat(link, &st), 0);
}

/* A link that leads out of the root leads nowhere else than inside. */
static void test_link_out(void **state)
{
	struct world *w = *state;
	struct error e = ERROR_INIT;
	AUTO_FREE char *link = path_in(w, "opt"), *outside = fixture_format("%s/outside", w->top);
	AUTO_FREE char *canary = fixture_format("%s/outside/x", w->top);

	assert_int_equal(mkdir(outside, 0755), 0);
	assert_int_equal(symlink(outside, link), 0);
	(void)INSTALL(w, "TSTa", "1", &e, { 'f', "opt/x", "x\n", 0644 });
	assert_int_equal(access(canary, F_OK), -1);
}

/* The same place by two names can't have two contents. */
static void test_two_names(void **state)
{
	struct world *w = *state;
	struct error e = ERROR_INIT;
	AUTO_FREE char *usr = path_in(w, "usr/lib"), *lib = path_in(w, "lib");

	fixture_mkdirs(usr);
	assert_int_equal(mkdir(usr, 0755), 0);
	assert_int_equal(symlink("usr/lib", lib), 0);
	assert_int_equal(INSTALL(w, "TSTa", "1", &e, { 'f', "lib/x", "one\n", 0644 },
				 { 'f', "usr/lib/x", "two\n", 0644 }), -E_CONFLICT);
	assert_non_null(strstr(w->problem, "the same place"));
}

/* A link that another package of the same plan brings counts for what lies below it. */
static void test_link_that_comes(void **state)
{
	const struct object links[] = { { 's', "lib", "usr/lib", 0 }, { 'd', "usr", NULL, 0755 },
					{ 'd', "usr/lib", NULL, 0755 } };
	const struct object files[] = { { 'd', "lib", NULL, 0755 },
					{ 'f', "lib/x", "x\n", 0644 } };
	struct world *w = *state;
	struct error e = ERROR_INIT;
	AUTO_FREE char *one = world_package(w, "TSTlinks", "1", links, 3);
	AUTO_FREE char *other = world_package(w, "TSTfiles", "1", &files[1], 1);
	AUTO_FREE char *third = world_package(w, "TSTdirs", "1", files, 2);

	must(world_install_both(w, one, other, &e), &e, w);
	expect(w, "usr/lib/x", "x\n");
	must(world_remove(w, "TSTfiles", &e), &e, w);
	must(world_remove(w, "TSTlinks", &e), &e, w);
	assert_int_equal(world_install_both(w, one, third, &e), -E_CONFLICT);
	assert_non_null(strstr(w->problem, "both bring '/lib'"));
}

static void test_file_for_parent(void **state)
{
	struct world *w = *state;
	struct error e = ERROR_INIT;

	put(w, "opt", "a file\n");
	assert_int_equal(INSTALL(w, "TSTa", "1", &e, { 'f', "opt/x", "x\n", 0644 }), -E_CONFLICT);
	assert_non_null(strstr(w->problem, "'/opt' is not a directory"));
	expect(w, "opt", "a file\n");
}

/* A kept set-id program is no way to rights; undo gives the bits back. */
static void test_setid_kept(void **state)
{
	struct world *w = *state;
	struct error e = ERROR_INIT;
	AUTO_FREE char *kept = path_in(w, ROOT_STATE_DIR "/undo/2/old/opt/su");
	AUTO_FREE char *live = path_in(w, "opt/su");
	struct stat st;

	must(INSTALL(w, "TSTa", "1", &e, { 'f', "opt/su", "one\n", 04755 }), &e, w);
	must(INSTALL(w, "TSTa", "2", &e, { 'f', "opt/su", "two!\n", 04755 }), &e, w);
	assert_int_equal(stat(kept, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	must(world_undo(w, 0, &e), &e, w);
	assert_int_equal(stat(live, &st), 0);
	assert_int_equal(st.st_mode & 07777, 04755);
	expect(w, "opt/su", "one\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_file_of_nobody), TEST(test_same_file_of_nobody),
		TEST(test_file_of_another), TEST(test_shared), TEST(test_same_sum),
		TEST(test_damaged), TEST(test_directory_with_strangers),
		TEST(test_link_for_directory), TEST(test_link_out), TEST(test_two_names),
		TEST(test_link_that_comes), TEST(test_file_for_parent), TEST(test_setid_kept),
	};

	return cmocka_run_group_tests_name("plan_conflict", tests, NULL, NULL);
}
