/*
 * A root with a stage, and canaries beside it, for the tests of scripts.
 *
 *	TOP/root	etc/passwd, etc/motd, opt/app/{bin/run,lib/a,lib/b}, link -> etc, dir0/
 *	TOP/out		canaries: file, dir/inner
 *
 * Run as root, a file of tests runs four times: as root, as an ordinary user, as root of a user
 * namespace (a container without root), and with the world on an overlay (the file system of a
 * container). The last three happen in processes of their own, whose verdicts are tests of
 * the first run:
 *
 *	const struct CMUnitTest tests[] = { ..., WORLD_OTHERS };
 *
 *	int main(void)
 *	{
 *		return world_main("effects", tests, sizeof(tests) / sizeof(*tests));
 *	}
 *
 * Where scripts can't be caged the tests skip, and say why.
 */
#ifndef TESTS_UNIT_SCRIPT_FIXTURE_H
#define TESTS_UNIT_SCRIPT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commpkg/effects.h"
#include "commpkg/overlay.h"
#include "commpkg/script.h"
#include "formats/cleanup.h"

#define WORLD_USER 54321

static const struct overlay_wish plain_layer;

struct world {
	char top[PATH_MAX];
	struct arena *a;
	struct root *root;
	struct tree *state, *txn, *new;
	struct cage_stage stage;	/* of the script that ran last */
	bool dressed;		/* the stage, once */
	struct strbuf out;	/* all output, lines */
	struct script_result result;
	struct effects effects;
	struct error e;
	struct sha256 canaries;
};

static inline const char *at(struct world *w, const char *name)
{
	return arena_printf(w->a, "%s/%s", w->top, name);
}

static inline struct rpath P(struct world *w, const char *text)
{
	struct rpath p;

	if (text[0] == '\0')
		return rpath_root();
	assert_int_equal(rpath_parse(w->a, text, &p, &w->e), 0);
	return p;
}

#define OK(call) assert_ok(w, (call), #call)
static inline void assert_ok(struct world *w, int rc, const char *what)
{
	if (rc < 0)
		fail_msg("%s: %d: %s", what, rc, w->e.text);
}

/* ---- a digest of a directory of the host: names, modes, owners, times, contents */

static struct strbuf *digest_into;

static inline int digest_one(const char *path, const struct stat *st, int flag,
			     struct FTW *ftw)
{
	char buf[4096];
	ssize_t n;

	(void)ftw;
	strbuf_addf(digest_into, "%s %o %u %u %lld %lld\n", path, st->st_mode, st->st_uid,
		    st->st_gid, (long long)st->st_mtime, (long long)st->st_nlink);
	if (flag == FTW_SL && (n = readlink(path, buf, sizeof(buf))) > 0)
		strbuf_add(digest_into, buf, (size_t)n);
	if (flag == FTW_F && S_ISREG(st->st_mode)) {
		FILE *f = fopen(path, "re");

		while (f != NULL && (n = (ssize_t)fread(buf, 1, sizeof(buf), f)) > 0)
			strbuf_add(digest_into, buf, (size_t)n);
		if (f != NULL)
			(void)fclose(f);
	}
	return 0;
}

static inline struct sha256 host_digest(const char *dir)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct sha256 s;

	digest_into = &b;
	(void)nftw(dir, digest_one, 16, FTW_PHYS);
	sha256_of(strbuf_str(&b), b.len, &s);
	return s;
}

/* ---- the world */

static inline void put(struct world *w, const char *path, const char *text)
{
	const char *full = at(w, path);
	FILE *f = fopen(full, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static inline void make_dir(struct world *w, const char *path)
{
	assert_int_equal(mkdir(at(w, path), 0755), 0);
}

static inline void make_root(struct world *w)
{
	static const char *const dirs[] = {
		"root", "root/etc", "root/opt", "root/opt/app", "root/opt/app/bin",
		"root/opt/app/lib", "root/dir0", "out", "out/dir",
	};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		make_dir(w, dirs[i]);
	put(w, "root/etc/passwd", "root:x:0:0\n");
	put(w, "root/etc/motd", "hello\n");
	put(w, "root/opt/app/bin/run", "#!/bin/sh\n");
	put(w, "root/opt/app/lib/a", "a\n");
	put(w, "root/opt/app/lib/b", "b\n");
	assert_int_equal(symlink("etc", at(w, "root/link")), 0);
	put(w, "out/file", "canary");
	put(w, "out/dir/inner", "canary");
}

/* Not in /tmp, if it can be: a cage hides that, and the canaries would be out of sight. */
static inline void make_top(struct world *w)
{
	const char *o = getenv("O");
	AUTO_FREE char *real = realpath(o != NULL ? o : "build", NULL);

	if (real != NULL && strlen(real) < 64) { /* the address of a socket must fit behind it */
		snprintf(w->top, sizeof(w->top), "%s/script-test.XXXXXX", real);
		if (mkdtemp(w->top) != NULL)
			return;
	}
	snprintf(w->top, sizeof(w->top), "/tmp/script-test.XXXXXX");
	assert_non_null(mkdtemp(w->top));
}

static inline int world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)umask(022);
	w->a = arena_new();
	w->stage.memory_fd = -EBADF;
	make_top(w);
	assert_int_equal(chmod(w->top, 0755), 0);
	make_root(w);
	OK(root_open(at(w, "root"), false, &w->root, &w->e));
	OK(root_state(w->root, true, &w->state, &w->e));
	OK(tree_open_below(w->state, P(w, "txn/1-x"), 0700, true, &w->txn, &w->e));
	OK(tree_open_below(w->txn, P(w, "new"), 0700, true, &w->new, &w->e));
	w->canaries = host_digest(at(w, "out"));
	*state = w;
	return 0;
}

static inline int world_teardown(void **state)
{
	struct world *w = *state;
	struct sha256 now = host_digest(at(w, "out"));

	assert_true(sha256_equal(&now, &w->canaries));
	overlay_end(&w->stage);
	tree_close(w->new);
	tree_close(w->txn);
	tree_close(w->state);
	root_close(w->root);
	strbuf_free(&w->out);
	assert_int_equal(system(arena_printf(w->a, "chmod -R u+rwx '%s'; rm -rf '%s'", w->top,
					     w->top)), 0);
	arena_free(w->a);
	free(w);
	return 0;
}

/* ---- scripts */

static inline void on_line(void *ctx, const char *text)
{
	struct world *w = ctx;

	strbuf_addf(&w->out, "%s\n", text);
}

static inline struct script make_script(const char *text)
{
	return (struct script){ .name = "postinstall", .bytes = text, .len = strlen(text),
				.time_limit = 20 };
}

static inline bool knows_overlay(void)
{
	FILE *f = fopen("/proc/filesystems", "re");
	char line[128];
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found = strstr(line, "overlay") != NULL;
	if (f != NULL)
		(void)fclose(f);
	return found;
}

/* Would this host let us? So that a cage that is broken is not taken for one that can't be. */
static inline bool could_be_caged(void)
{
	pid_t pid = fork();
	int status = 1;

	if (pid == 0) {
		bool ok = geteuid() == 0 && unshare(CLONE_NEWNS | CLONE_NEWPID) == 0;

		_exit(ok || unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) == 0 ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 && knows_overlay();
}

static inline void skip_if_uncaged(struct world *w)
{
	struct cage_report r;

	cage_probe(w->a, w->root, &r);
	if (r.can_stage)
		return;
	if (could_be_caged() && strstr(r.words, "which can't catch writes") == NULL)
		fail_msg("scripts can't be staged: %s", r.words);
	print_message("# skipped: scripts can't be staged here: %s\n", r.words);
	skip();
}

/* Runs it over the stage with a layer of its own; the layer is then w->stage.fx. */
static inline int stage_script(struct world *w, struct script *s)
{
	struct script_place place = { .root = w->root, .stage = &w->stage, .line = on_line,
				      .ctx = w };
	struct pkginfo env = { .params = NULL };
	int rc;

	if (s->env == NULL) {
		pkginfo_set(w->a, &env, "PKG_INSTALL_ROOT", w->root->path);
		pkginfo_set(w->a, &env, "TOP", w->top);
		s->env = &env;
	}
	overlay_end(&w->stage);
	strbuf_reset(&w->out);
	if (!w->dressed)
		OK(overlay_dress(w->root, w->new, &w->e));
	w->dressed = true;
	OK(overlay_begin(w->root, w->txn, w->new, &plain_layer, &w->stage, &w->e));
	rc = script_run(w->a, s, &place, &w->result, &w->e);
	if (s->env == &env)
		s->env = NULL;
	return rc;
}

/* The text as a script that must run, and must end with that status. */
static inline void run_for(struct world *w, const char *text, int status)
{
	struct script s = make_script(text);

	OK(stage_script(w, &s));
	if (w->result.status != status)
		fail_msg("status %d (%s), not %d; output:\n%s", w->result.status,
			 script_words(w->a, &s, &w->result), status, strbuf_str(&w->out));
}

static inline int read_effects(struct world *w)
{
	struct effects_rules rules = { .layers = w->result.layers };

	return effects_read(w->a, w->root, w->new, w->stage.fx, &rules, &w->effects, &w->e);
}

/* Runs, reads and folds. */
static inline void run_and_fold(struct world *w, const char *text)
{
	run_for(w, text, 0);
	OK(read_effects(w));
	OK(effects_fold(&w->effects, w->root, w->new, w->stage.fx, &w->e));
}

static inline const struct effect *find_effect(struct world *w, const char *path)
{
	for (size_t i = 0; i < w->effects.n; i++)
		if (str_eq(w->effects.v[i].path, path))
			return &w->effects.v[i];
	return NULL;
}

/* "added etc/x, removed etc/motd" */
static inline const char *effects_text(struct world *w)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < w->effects.n; i++)
		strbuf_addf(&b, "%s%s %s", i > 0 ? ", " : "",
			    effect_kind_word(w->effects.v[i].kind), w->effects.v[i].path);
	return arena_strdup(w->a, strbuf_str(&b));
}

/* What a script sees of the outcome: one line for each name, sorted. */
static inline const char *outcome(struct world *w)
{
	run_for(w, "cd $PKG_INSTALL_ROOT && find . -path ./var -prune -o -printf '%P %y %l\\n' |"
		   " LC_ALL=C sort", 0);
	return arena_strdup(w->a, strbuf_str(&w->out));
}

/* ---- more than once */

struct other_run {
	bool (*become)(void);
	int verdict;
	FILE *output;
};

static struct other_run user_run, inner_run, overlay_run;

static inline void judge_other_run(struct other_run *r)
{
	char line[1024];

	if (r->output == NULL || r->verdict == 99)
		skip(); /* not root, or not allowed to become that */
	rewind(r->output);
	while (r->verdict != 0 && fgets(line, sizeof(line), r->output) != NULL)
		print_message("# there: %s", line);
	assert_int_equal(r->verdict, 0);
}

static inline void as_an_ordinary_user(void **state)
{
	(void)state;
	judge_other_run(&user_run);
}

static inline void as_root_of_a_user_namespace(void **state)
{
	(void)state;
	judge_other_run(&inner_run);
}

static inline void on_an_overlay(void **state)
{
	(void)state;
	judge_other_run(&overlay_run);
}

static inline bool become_user(void)
{
	return setgroups(0, NULL) == 0 && setresgid(WORLD_USER, WORLD_USER, WORLD_USER) == 0 &&
	       setresuid(WORLD_USER, WORLD_USER, WORLD_USER) == 0 &&
	       prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

static inline bool write_map(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	return f != NULL && fputs(text, f) >= 0 && fclose(f) == 0;
}

static inline bool become_inner_root(void)
{
	return unshare(CLONE_NEWUSER) == 0 && write_map("/proc/self/setgroups", "deny") &&
	       write_map("/proc/self/uid_map", "0 0 1") &&
	       write_map("/proc/self/gid_map", "0 0 1");
}

/* Over the directory of the test programs, in a mount namespace of our own: there make_top() puts
 * the world then. */
static inline bool become_on_overlay(void)
{
	const char *o = getenv("O");
	AUTO_FREE char *real = realpath(o != NULL ? o : "build", NULL);
	char dir[128], options[512];

	if (real == NULL || strlen(real) > 64 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return false;
	snprintf(dir, sizeof(dir), "%s/tests", real);
	if (mount("none", dir, "tmpfs", 0, NULL) < 0)
		return false;
	for (const char *const *name = (const char *const[]){ "low", "up", "work", "o", NULL };
	     *name != NULL; name++) {
		snprintf(dir, sizeof(dir), "%s/tests/%s", real, *name);
		if (mkdir(dir, 0755) < 0)
			return false;
	}
	snprintf(options, sizeof(options), "lowerdir=%s/tests/low,upperdir=%s/tests/up,"
		 "workdir=%s/tests/work", real, real, real);
	return mount("none", dir, "overlay", 0, options) == 0 && setenv("O", dir, 1) == 0;
}

/* In a process of its own, which has its own copy of all. */
static inline void run_as(struct other_run *r, bool (*become)(void), const char *name,
			  const struct CMUnitTest *tests, size_t n)
{
	pid_t pid;
	int status;

	if (geteuid() != 0)
		return;
	r->output = tmpfile();
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		(void)dup2(fileno(r->output), 1);
		(void)dup2(fileno(r->output), 2);
		if (!become())
			_exit(99);
		exit(_cmocka_run_group_tests(name, tests, n, NULL, NULL));
	}
	r->verdict = pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		     WEXITSTATUS(status) : 98;
}

/* The last three tests are the verdicts of the other runs, which do not run those. */
static inline int world_main(const char *name, const struct CMUnitTest *tests, size_t n)
{
	run_as(&user_run, become_user, name, tests, n - 3);
	run_as(&inner_run, become_inner_root, name, tests, n - 3);
	run_as(&overlay_run, become_on_overlay, name, tests, n - 3);
	return _cmocka_run_group_tests(name, tests, n, NULL, NULL);
}

#define WORLD_OTHERS cmocka_unit_test(as_an_ordinary_user), \
	cmocka_unit_test(as_root_of_a_user_namespace), cmocka_unit_test(on_an_overlay)
#define WORLD(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

#endif
