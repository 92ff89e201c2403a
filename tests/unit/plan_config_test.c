/*
 * Editable files: every row of the decision table of DESIGN.md 11, on a real root.
 * `live` is against the text that was installed, `new` against the old package's.
 */
#include "change_fixture.h"

#define PLACE "etc/demo.conf"

struct row {
	const char *name;
	const char *installed;	/* text of version 1, NULL: not installed */
	const char *live;	/* what the administrator makes of it; NULL: removed */
	const char *new;	/* text of version 2; NULL: the package goes */
	const char *then;	/* text there afterwards; NULL: nothing */
	const char *beside;	/* name beside it, or NULL */
	const char *beside_text;
};

static const struct row rows[] = {
	{ "same, changed: take new", "a\n", "a\n", "b\n", "b\n", NULL, NULL },
	{ "same, same: stays", "a\n", "a\n", "a\n", "a\n", NULL, NULL },
	{ "edited, same: keep live", "a\n", "mine\n", "a\n", "mine\n", NULL, NULL },
	{ "edited, changed to what is live: take new", "a\n", "bb\n", "bb\n", "bb\n", NULL, NULL },
	{ "edited, changed: keep live, queue new", "a\n", "mine\n", "b\n", "mine\n",
	  PLACE ".new", "b\n" },
	{ "edited, changed elsewhere: merged", "a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n",
	  "A\nb\nc\nD\n", NULL, NULL },
	{ "edited, changed next to it: merged by key", "a=1\nb=2\n", "a=9\nb=2\n", "a=1\nb=3\n",
	  "a=9\nb=3\n", NULL, NULL },
	{ "edited, the change is in it already: keep live", "a\nb\nc\n", "x\na\nb\nC\n",
	  "a\nb\nC\n", "x\na\nb\nC\n", NULL, NULL },
	{ "edited, changed to a shorter one: merged", "a\nb\nc\nd\ne\n", "A\nb\nc\nd\ne\n", "a\nb\n",
	  "A\nb\n", NULL, NULL },
	{ "edited to nothing, changed: keep live", "a\nb\n", "", "a\nB\n", "", PLACE ".new",
	  "a\nB\n" },
	{ "not ours, the same: adopt", NULL, "a\n", "a\n", "a\n", NULL, NULL },
	{ "not ours, other: keep live, queue new", NULL, "mine\n", "a\n", "mine\n",
	  PLACE ".new", "a\n" },
	{ "removed, same: stays removed", "a\n", NULL, "a\n", NULL, NULL, NULL },
	{ "removed, changed: stays removed, queue new", "a\n", NULL, "b\n", NULL,
	  PLACE ".new", "b\n" },
	{ "same, package goes: remove", "a\n", "a\n", NULL, NULL, NULL, NULL },
	{ "edited, package goes: saved", "a\n", "mine\n", NULL, NULL, PLACE ".saved", "mine\n" },
};

static void check_text(const struct world *w, const char *name, const char *place,
		       const char *text)
{
	AUTO_FREE char *path = fixture_format("%s/%s", w->root, place);
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct stat st;

	if (text == NULL) {
		if (lstat(path, &st) == 0)
			fail_msg("%s: '%s' is there", name, place);
		return;
	}
	if (lstat(path, &st) < 0)
		fail_msg("%s: '%s' is not there", name, place);
	tree_text_file(&b, path, &st);
	if (!str_has_suffix(strbuf_str(&b), text))
		fail_msg("%s: '%s' has '%s', not '%s'", name, place, strbuf_str(&b), text);
}

static void install_text(struct world *w, const char *version, const char *text)
{
	const struct object objects[] = {
		{ 'd', "etc", NULL, 0755 }, { 'e', PLACE, text, 0644 }, { 'f', "etc/other", "o\n", 0644 },
	};
	AUTO_FREE char *dir = world_package(w, "TSTconf", version, objects, 3);
	struct error e = ERROR_INIT;

	if (world_install(w, dir, &e) < 0)
		fail_msg("install %s: %s %s", version, e.text, w->problem);
}

static void edit(struct world *w, const struct row *r)
{
	AUTO_FREE char *path = fixture_format("%s/" PLACE, w->root);

	if (r->live == NULL)
		assert_int_equal(unlink(path), 0);
	else if (r->installed == NULL || !str_eq(r->installed, r->live))
		fixture_write(path, r->live, strlen(r->live));
}

static void run_row(struct world *w, const struct row *r)
{
	struct error e = ERROR_INIT;

	if (r->installed != NULL)
		install_text(w, "1.0", r->installed);
	edit(w, r);
	if (r->new != NULL)
		install_text(w, "2.0", r->new);
	else
		assert_int_equal(world_remove(w, "TSTconf", &e), 0);
	check_text(w, r->name, PLACE, r->then);
	if (r->beside != NULL)
		check_text(w, r->name, r->beside, r->beside_text);
	else
		check_text(w, r->name, PLACE ".new", NULL);
	assert_int_equal(w->queued, r->beside != NULL && str_has_suffix(r->beside, ".new"));
	assert_int_equal(w->saved, r->beside != NULL && str_has_suffix(r->beside, ".saved"));
}

static void test_table(void **unused)
{
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		void *state;

		(void)world_setup(&state);
		run_row(state, &rows[i]);
		(void)world_teardown(&state);
	}
}

static void one_row(void **state)
{
	const struct row r = { "merged", "a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n",
			       "A\nb\nc\nD\n", NULL, NULL };

	run_row(*state, &r);
}

/* The merge base moves on: what was merged is an edit of the new text. */
static void test_merged_twice(void **state)
{
	struct world *w = *state;

	one_row(state);
	install_text(w, "3.0", "a\nb\nc3\nD\n");
	check_text(w, "third", PLACE, "A\nb\nc3\nD\n");
	install_text(w, "4.0", "a\nb\nc3\nE\n");
	check_text(w, "fourth", PLACE, "A\nb\nc3\nE\n");
	install_text(w, "5.0", "Z\nb\nc3\nE\n");
	check_text(w, "fifth: conflict", PLACE, "A\nb\nc3\nE\n");
	check_text(w, "fifth: conflict", PLACE ".new", "Z\nb\nc3\nE\n");
	install_text(w, "6.0", "Z\nb\nc3\nE\nF\n");
	check_text(w, "sixth: still", PLACE, "A\nb\nc3\nE\n");
	check_text(w, "sixth: still", PLACE ".new", "Z\nb\nc3\nE\nF\n");
}

/* What was merged is no edit since: undo puts the administrator's text back, and saves nothing. */
static void test_undo_of_a_merge(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *path = fixture_format("%s/" PLACE, w->root);
	struct error e = ERROR_INIT;

	one_row(state);
	if (world_undo(w, 2, &e) < 0)
		fail_msg("%s", e.text);
	check_text(w, "undone", PLACE, "A\nb\nc\nd\n");
	check_text(w, "undone", PLACE ".after-2", NULL);
	if (world_undo(w, 3, &e) < 0)
		fail_msg("%s", e.text);
	check_text(w, "redone", PLACE, "A\nb\nc\nD\n");
	fixture_write(path, "later\n", 6);
	if (world_undo(w, 4, &e) < 0)
		fail_msg("%s", e.text);
	check_text(w, "undone again", PLACE, "A\nb\nc\nd\n");
	check_text(w, "undone again", PLACE ".after-4", "later\n");
}

/* Permissions are an edit too. */
static void test_merge_keeps_the_mode(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *path = fixture_format("%s/" PLACE, w->root);
	struct stat st;

	install_text(w, "1.0", "a\nb\nc\nd\n");
	fixture_write(path, "A\nb\nc\nd\n", 8);
	assert_int_equal(chmod(path, 0600), 0);
	install_text(w, "2.0", "a\nb\nc\nD\n");
	check_text(w, "merged", PLACE, "A\nb\nc\nD\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* The checksum of a pkgmap is one for these texts; the texts are not. */
static void test_same_checksum(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *path = fixture_format("%s/" PLACE, w->root);

	install_text(w, "1.0", "x=0\n");
	fixture_write(path, "a=1 b=2\n", 8);
	install_text(w, "2.0", "a=2 b=1\n");
	check_text(w, "edited", PLACE, "a=1 b=2\n");
	check_text(w, "edited", PLACE ".new", "a=2 b=1\n");
	install_text(w, "3.0", "a=0 b=3\n");	/* changed, though its checksum has not */
	check_text(w, "edited", PLACE, "a=1 b=2\n");
	check_text(w, "edited", PLACE ".new", "a=0 b=3\n");
}

/* A zero byte: never merged. */
static void test_binary(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *path = fixture_format("%s/" PLACE, w->root);

	install_text(w, "1.0", "a\nb\nc\nd\n");
	fixture_write(path, "A\0\nb\nc\nd\n", 9);
	install_text(w, "2.0", "a\nb\nc\nD\n");
	check_text(w, "binary", PLACE ".new", "a\nb\nc\nD\n");
	assert_int_equal(w->queued, 1);
}

/* The text that was accepted counts, not the one that was last delivered: an edit of the
 * first survives two updates, and taking the old text again is no edit. */
static void test_accepted_text(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *path = fixture_format("%s/" PLACE, w->root);

	install_text(w, "1.0", "a\n");
	fixture_write(path, "mine\n", 5);
	install_text(w, "2.0", "b\n");
	check_text(w, "second", PLACE, "mine\n");
	fixture_write(path, "a\n", 2);
	install_text(w, "3.0", "c\n");
	check_text(w, "third", PLACE, "c\n");
}

/* An edit that undo would overwrite is kept beside. */
static void test_undo_keeps_edit(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *path = fixture_format("%s/" PLACE, w->root);
	struct error e = ERROR_INIT;

	install_text(w, "1.0", "a\n");
	install_text(w, "2.0", "b\n");
	fixture_write(path, "mine\n", 5);
	assert_int_equal(world_undo(w, 0, &e), 0);
	check_text(w, "undone", PLACE, "a\n");
	check_text(w, "undone", PLACE ".after-2", "mine\n");
}

/* A link the administrator put in the place of a configuration file is an edit too. */
static void test_link_in_place(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *path = fixture_format("%s/" PLACE, w->root);
	char link[64] = "";

	install_text(w, "1.0", "a\n");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("elsewhere", path), 0);
	install_text(w, "2.0", "b\n");
	assert_true(readlink(path, link, sizeof(link) - 1) > 0);
	assert_string_equal(link, "elsewhere");
	check_text(w, "link", PLACE ".new", "b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test_setup_teardown(test_accepted_text, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_undo_keeps_edit, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_link_in_place, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_merged_twice, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_undo_of_a_merge, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_merge_keeps_the_mode, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(test_same_checksum, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_binary, world_setup, world_teardown),
	};

	return cmocka_run_group_tests_name("plan_config", tests, NULL, NULL);
}
