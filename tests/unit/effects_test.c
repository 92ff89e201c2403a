/* What a script did: found, told apart from what it only touched, and folded. */
#include "tests/unit/script_fixture.h"

#include <sys/sysmacros.h>
#include <sys/xattr.h>

static void expect(struct world *w, const char *script, const char *effects)
{
	skip_if_uncaged(w);
	run_for(w, script, 0);
	OK(read_effects(w));
	assert_string_equal(effects_text(w), effects);
}

static void nothing(void **state)
{
	expect(*state, "true", "");
}

/* ---- one of each kind */

static void files_are_added_changed_and_removed(void **state)
{
	struct world *w = *state;
	const struct effect *ef;
	struct sha256 sum;

	expect(w, "cd $PKG_INSTALL_ROOT; echo new >etc/new; echo bye >etc/motd; rm opt/app/lib/a",
	       "changed etc/motd, added etc/new, removed opt/app/lib/a");
	ef = find_effect(w, "etc/new");
	sha256_of("new\n", 4, &sum);
	assert_true(ef->digested && sha256_equal(&ef->digest, &sum));
	assert_int_equal(ef->size, 4);
	assert_int_equal(ef->mode, S_IFREG | 0644);
	assert_int_equal(ef->old_mode, 0);
	ef = find_effect(w, "opt/app/lib/a");
	assert_int_equal(ef->mode, 0);
	assert_int_equal(ef->old_mode, S_IFREG | 0644);
	assert_true(ef->top);
}

static void directories_links_and_pipes(void **state)
{
	struct world *w = *state;

	expect(w, "cd $PKG_INSTALL_ROOT; mkdir -p var/x/y; ln -s ../etc var/x/l; mkfifo var/x/p; "
	       "ln -sfn opt link", "changed link, added var/x, added var/x/l, added var/x/p, "
	       "added var/x/y");
	assert_string_equal(find_effect(w, "var/x/l")->target, "../etc");
	assert_string_equal(find_effect(w, "link")->target, "opt");
	assert_true(S_ISFIFO(find_effect(w, "var/x/p")->mode));
}

static void what_is_only_touched_is_no_effect(void **state)
{
	expect(*state, "cd $PKG_INSTALL_ROOT; chmod 755 etc/motd; chmod 644 etc/motd; : >>etc/passwd;"
	       " chmod 700 dir0; chmod 755 dir0; mkdir etc/x; rmdir etc/x; echo >opt/t; rm opt/t",
	       "");
}

static void attributes_are_told_from_contents(void **state)
{
	struct world *w = *state;

	expect(w, "cd $PKG_INSTALL_ROOT; chmod 600 etc/motd; touch -d @86400 etc/passwd; chmod 700 dir0",
	       "attributes dir0, attributes etc/motd, attributes etc/passwd");
	assert_int_equal(find_effect(w, "etc/motd")->mode & 07777, 0600);
	assert_int_equal(find_effect(w, "etc/passwd")->mtime.tv_sec, 86400);
}

static void the_same_written_again_is_an_attribute(void **state)
{
	expect(*state, "cd $PKG_INSTALL_ROOT; echo hello >etc/motd", "attributes etc/motd");
}

static void a_tree_removed_is_listed_path_by_path(void **state)
{
	struct world *w = *state;

	expect(w, "rm -r $PKG_INSTALL_ROOT/opt", "removed opt/app/bin/run, removed opt/app/bin, "
	       "removed opt/app/lib/a, removed opt/app/lib/b, removed opt/app/lib, "
	       "removed opt/app, removed opt");
	assert_true(find_effect(w, "opt")->top);
	assert_false(find_effect(w, "opt/app")->top);
}

static void a_tree_made_anew(void **state)
{
	struct world *w = *state;

	expect(w, "cd $PKG_INSTALL_ROOT; rm -r opt; mkdir -p opt/app/bin; echo x >opt/app/bin/new",
	       "removed opt/app/lib/a, removed opt/app/lib/b, removed opt/app/lib, "
	       "removed opt/app/bin/run, added opt/app/bin/new");
	assert_true(find_effect(w, "opt/app/lib")->top);
	assert_true(find_effect(w, "opt/app/bin/run")->top);
}

static void a_directory_renamed(void **state)
{
	expect(*state, "cd $PKG_INSTALL_ROOT; mv opt/app opt/app2",
	       "removed opt/app/bin/run, removed opt/app/bin, removed opt/app/lib/a, "
	       "removed opt/app/lib/b, removed opt/app/lib, removed opt/app, added opt/app2, "
	       "added opt/app2/bin, added opt/app2/bin/run, added opt/app2/lib, "
	       "added opt/app2/lib/a, added opt/app2/lib/b");
}

static void types_change(void **state)
{
	struct world *w = *state;

	expect(w, "cd $PKG_INSTALL_ROOT; rm -r opt/app; echo f >opt/app; rm etc/motd; mkdir etc/motd;"
	       "echo x >etc/motd/x",
	       "changed etc/motd, added etc/motd/x, removed opt/app/bin/run, removed opt/app/bin, "
	       "removed opt/app/lib/a, removed opt/app/lib/b, removed opt/app/lib, "
	       "changed opt/app");
	assert_true(S_ISDIR(find_effect(w, "opt/app")->old_mode));
	assert_true(S_ISREG(find_effect(w, "opt/app")->mode));
}

static void hard_links(void **state)
{
	struct world *w = *state;

	expect(w, "cd $PKG_INSTALL_ROOT; echo 1 >etc/one; ln etc/one etc/two; ln etc/motd opt/motd",
	       "attributes etc/motd, added etc/one, added etc/two, added opt/motd");
	assert_null(find_effect(w, "etc/one")->link_to);
	assert_string_equal(find_effect(w, "etc/two")->link_to, "etc/one");
	assert_string_equal(find_effect(w, "opt/motd")->link_to, "etc/motd");
}

static void extended_attributes_count(void **state)
{
	struct world *w = *state;
	struct stat st;

	if (stat("/usr/bin/setfattr", &st) < 0)
		skip();
	expect(w, "cd $PKG_INSTALL_ROOT; setfattr -n user.x -v 1 etc/motd; setfattr -n user.x -v 1 dir0",
	       "attributes dir0, attributes etc/motd");
	OK(effects_fold(&w->effects, w->root, w->new, w->stage.fx, &w->e));
	assert_int_equal(lgetxattr(at(w, "root/var/lib/commpkg/txn/1-x/new/dir0"), "user.x",
				   NULL, 0), 1);
	assert_int_equal(lgetxattr(at(w, "root/var/lib/commpkg/txn/1-x/new/etc/motd"), "user.x",
				   NULL, 0), 1);
}

static void the_top_keeps_its_attributes_and_that_is_said(void **state)
{
	struct world *w = *state;

	expect(w, "chmod 711 $PKG_INSTALL_ROOT; echo x >$PKG_INSTALL_ROOT/etc/new", "added etc/new");
	assert_int_equal(w->effects.nnotes, 1);
	assert_non_null(strstr(w->effects.notes[0], "the root itself keeps"));
}

static void what_its_owner_may_not_read_is_read(void **state)
{
	struct world *w = *state;
	const struct effect *ef;

	expect(w, "cd $PKG_INSTALL_ROOT/opt; mkdir no; echo x >no/file; chmod 0 no/file no; "
	       "mkdir half; echo x >half/f; chmod 444 half",
	       "added opt/half, added opt/half/f, added opt/no, added opt/no/file");
	ef = find_effect(w, "opt/no/file");
	assert_true(ef->digested);
	assert_int_equal(ef->mode & 07777, 0);
	assert_int_equal(find_effect(w, "opt/no")->mode & 07777, 0);
	OK(effects_fold(&w->effects, w->root, w->new, w->stage.fx, &w->e));
}

/* ---- over a stage */

static void stage_file(struct world *w, const char *path, const char *text)
{
	struct rpath p = P(w, path);
	int fd;

	OK(tree_mkdirs(w->new, rpath_parent(w->a, p), 0755, &w->e));
	OK(tree_create_mode(w->new, p, 0644, &fd, &w->e));
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

static void the_stage_is_what_was_before(void **state)
{
	struct world *w = *state;

	stage_file(w, "etc/motd", "staged\n");
	stage_file(w, "opt/new/file", "staged\n");
	OK(overlay_whiteout(w->root, w->new, P(w, "opt/app"), &w->e));
	expect(w, "cd $PKG_INSTALL_ROOT; cat etc/motd; ls opt; echo 2 >etc/motd; rm opt/new/file;"
	       "echo x >opt/app",
	       "changed etc/motd, added opt/app, removed opt/new/file");
	assert_string_equal(strbuf_str(&w->out), "staged\nnew\n");
	assert_int_equal(find_effect(w, "etc/motd")->old_mode, S_IFREG | 0644);
}

static void a_planned_removal_does_not_come_back(void **state)
{
	struct world *w = *state;

	skip_if_uncaged(w);
	OK(overlay_whiteout(w->root, w->new, P(w, "opt/app"), &w->e));
	run_and_fold(w, "cd $PKG_INSTALL_ROOT; mkdir -p opt/app/lib; echo c >opt/app/lib/c");
	assert_string_equal(effects_text(w), "added opt/app, added opt/app/lib, "
			    "added opt/app/lib/c");
	assert_string_equal(outcome(w), " d \ndir0 d \netc d \netc/motd f \netc/passwd f \n"
			    "link l etc\nopt d \nopt/app d \nopt/app/lib d \nopt/app/lib/c f \n");
}

/* ---- folding: whatever was done, the next script sees what the last one left */

static void the_next_script_sees_the_last_one(void **state)
{
	static const char *const scripts[] = {
		"cd $PKG_INSTALL_ROOT; echo new >etc/new; rm -r opt/app/lib; chmod 700 dir0",
		"cd $PKG_INSTALL_ROOT; mkdir opt/app/lib; echo z >opt/app/lib/z; ln etc/new etc/n2",
		"cd $PKG_INSTALL_ROOT; rm -r opt; ln -s etc opt; mv etc/n2 dir0/n2",
		"cd $PKG_INSTALL_ROOT; rm opt; mkdir -p opt/app; rm etc/new; echo y >etc/passwd",
		"cd $PKG_INSTALL_ROOT; rm -r etc; mkdir etc; echo 1 >etc/motd; mv etc/motd etc/m2",
		"cd $PKG_INSTALL_ROOT; mv opt/app opt/a2; rmdir opt/a2; rm -r dir0; echo f >dir0",
		"cd $PKG_INSTALL_ROOT; rm dir0; mkdir dir0; mkfifo dir0/p; rm link; mkdir link",
		"cd $PKG_INSTALL_ROOT; mv etc e; mv e etc; mkdir opt/app; echo >opt/app/bin",
	};
	struct world *w = *state;

	skip_if_uncaged(w);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		const char *seen;

		run_for(w, arena_printf(w->a, "(%s); cd $PKG_INSTALL_ROOT && find . -path ./var "
					"-prune -o -printf '%%P %%y %%l\\n' | LC_ALL=C sort",
					scripts[i]), 0);
		seen = arena_strdup(w->a, strbuf_str(&w->out));
		OK(read_effects(w));
		OK(effects_fold(&w->effects, w->root, w->new, w->stage.fx, &w->e));
		assert_string_equal(outcome(w), seen);
		OK(read_effects(w));
		assert_int_equal(w->effects.n, 0);
	}
}

static int no_marks(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	char names[4096], *s;
	ssize_t n = llistxattr(path, names, sizeof(names));

	(void)flag;
	(void)ftw;
	assert_false(overlay_is_whiteout(st));
	for (s = names; s < names + n; s += strlen(s) + 1)
		assert_false(overlay_owns_xattr(s));
	return 0;
}

static void a_cleaned_stage_has_no_marks(void **state)
{
	struct world *w = *state;

	skip_if_uncaged(w);
	run_and_fold(w, "cd $PKG_INSTALL_ROOT; rm -r opt; mkdir -p opt/app; echo x >opt/app/x;"
			"chmod 644 etc/motd; mv etc/motd etc/m2; mkdir -p a/b/c; mv a b");
	OK(overlay_clean(w->new, &w->e));
	assert_int_equal(nftw(at(w, "root/var/lib/commpkg/txn/1-x/new"), no_marks, 16, FTW_PHYS),
			 0);
	assert_true(tree_exists(w->new, P(w, "opt/app/x")));
	assert_false(tree_exists(w->new, P(w, "opt/app/lib")));
}

static void folding_into_directories_that_forbid_it(void **state)
{
	struct world *w = *state;
	struct stat st;

	assert_int_equal(chmod(at(w, "root/dir0"), 0555), 0);
	skip_if_uncaged(w);
	run_and_fold(w, "cd $PKG_INSTALL_ROOT; echo 1 >dir0/one; mkdir ro; echo 2 >ro/two; chmod 555 ro");
	OK(tree_stat(w->new, P(w, "dir0"), &st, &w->e));
	assert_int_equal(st.st_mode & 07777, 0555);
	OK(tree_stat(w->new, P(w, "ro"), &st, &w->e));
	assert_int_equal(st.st_mode & 07777, 0555);
	assert_true(tree_exists(w->new, P(w, "ro/two")));
	assert_true(tree_exists(w->new, P(w, "dir0/one")));
}

/* ---- refused */

static void refuses(struct world *w, const char *script, int code, const char *words)
{
	skip_if_uncaged(w);
	run_for(w, script, 0);
	assert_int_equal(read_effects(w), -code);
	assert_non_null(strstr(w->e.text, words));
}

/* By hand: the cage lets no script get that far. */
static void effects_in_our_state_are_refused(void **state)
{
	struct world *w = *state;

	skip_if_uncaged(w);
	run_for(w, "true", 0);
	OK(tree_mkdirs(w->stage.fx, P(w, "var/lib/commpkg/txn"), 0755, &w->e));
	assert_int_equal(read_effects(w), -E_UNSUPPORTED);
	assert_non_null(strstr(w->e.text, "ours alone"));
}

static void names_with_control_bytes_are_refused(void **state)
{
	refuses(*state, "touch \"$PKG_INSTALL_ROOT/etc/a\nb\"", E_FORMAT, "control byte");
}

static void forged_marks_are_refused(void **state)
{
	struct world *w = *state;

	skip_if_uncaged(w);
	run_for(w, "mkdir $PKG_INSTALL_ROOT/opt/app/d", 0);
	if (lsetxattr(at(w, "root/var/lib/commpkg/txn/1-x/fx/opt/app/d"),
		      (w->result.layers & CAGE_USER) == 0 ? "user.overlay.opaque" : "user.overlay.redirect", "y", 1,
		      0) < 0)
		skip(); /* a file system without attributes */
	assert_int_equal(read_effects(w), -E_UNSUPPORTED);
	assert_non_null(strstr(w->e.text, "would hide files"));
}

static void devices_are_refused_unless_allowed(void **state)
{
	struct world *w = *state;
	struct effects_rules rules = { .devices = true };

	skip_if_uncaged(w);
	run_for(w, "mkdir $PKG_INSTALL_ROOT/dev; mknod $PKG_INSTALL_ROOT/dev/null c 1 3 && exit 1; exit 0",
		0);
	if ((w->result.layers & CAGE_USER) != 0)
		skip(); /* there nobody can make one */
	OK(tree_mknod(w->stage.fx, P(w, "dev/null"), S_IFCHR | 0666, makedev(1, 3), &w->e));
	assert_int_equal(read_effects(w), -E_UNSUPPORTED);
	assert_non_null(strstr(w->e.text, "device file"));
	OK(effects_read(w->a, w->root, w->new, w->stage.fx, &rules, &w->effects, &w->e));
	assert_int_equal(find_effect(w, "dev/null")->rdev, makedev(1, 3));
}

static void sockets_are_dropped_with_a_note(void **state)
{
	struct world *w = *state;

	skip_if_uncaged(w);
	run_for(w, "true", 0);
	OK(tree_mknod(w->stage.fx, P(w, "sock"), S_IFSOCK | 0666, 0, &w->e));
	OK(read_effects(w));
	assert_int_equal(w->effects.n, 0);
	assert_int_equal(w->effects.nnotes, 1);
	assert_string_equal(w->effects.notes[0], "the socket '/sock' is not kept");
}

static void too_many_are_refused(void **state)
{
	struct world *w = *state;
	struct effects_rules rules = { .max = 10, .layers = 0 };

	skip_if_uncaged(w);
	run_for(w, "cd $PKG_INSTALL_ROOT; for i in 0 1 2 3 4 5 6 7 8 9; do echo >$i; done", 0);
	rules.layers = w->result.layers;
	OK(effects_read(w->a, w->root, w->new, w->stage.fx, &rules, &w->effects, &w->e));
	rules.max = 9;
	assert_int_equal(effects_read(w->a, w->root, w->new, w->stage.fx, &rules, &w->effects, &w->e),
			 -E_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(nothing),
		WORLD(files_are_added_changed_and_removed),
		WORLD(directories_links_and_pipes),
		WORLD(what_is_only_touched_is_no_effect),
		WORLD(attributes_are_told_from_contents),
		WORLD(the_same_written_again_is_an_attribute),
		WORLD(a_tree_removed_is_listed_path_by_path),
		WORLD(a_tree_made_anew),
		WORLD(a_directory_renamed),
		WORLD(types_change),
		WORLD(hard_links),
		WORLD(extended_attributes_count),
		WORLD(the_top_keeps_its_attributes_and_that_is_said),
		WORLD(what_its_owner_may_not_read_is_read),
		WORLD(the_stage_is_what_was_before),
		WORLD(a_planned_removal_does_not_come_back),
		WORLD(the_next_script_sees_the_last_one),
		WORLD(a_cleaned_stage_has_no_marks),
		WORLD(folding_into_directories_that_forbid_it),
		WORLD(effects_in_our_state_are_refused),
		WORLD(names_with_control_bytes_are_refused),
		WORLD(forged_marks_are_refused),
		WORLD(devices_are_refused_unless_allowed),
		WORLD(sockets_are_dropped_with_a_note),
		WORLD(too_many_are_refused),
		WORLD_OTHERS,
	};

	return world_main("effects", tests, sizeof(tests) / sizeof(*tests));
}
