/* One script: what it gets, what it says, how it ends. */
#include "tests/unit/script_fixture.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

static void says(struct world *w, struct script *s, const char *output)
{
	skip_if_uncaged(w);
	OK(stage_script(w, s));
	assert_string_equal(strbuf_str(&w->out), output);
}

/* ---- how it ends */

static void exit_codes_follow_the_table(void **state)
{
	static const struct {
		int code, status;
		bool goes_on;
	} table[] = {
		{ 0, 0, true }, { 1, 1, false }, { 2, 2, true }, { 3, 3, false },
		{ 4, 4, false }, { 5, 5, false }, { 6, 1, false }, { 9, 1, false },
		{ 10, 10, true }, { 11, 11, false }, { 12, 12, true }, { 15, 15, false },
		{ 16, 1, false }, { 20, 20, true }, { 22, 22, true }, { 25, 25, false },
		{ 26, 1, false }, { 30, 1, false }, { 99, 99, false }, { 100, 1, false },
		{ 255, 1, false }, { -1, 1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		assert_int_equal(script_status_of(table[i].code), table[i].status);
		assert_int_equal(script_goes_on(table[i].status), table[i].goes_on);
	}
}

static void the_code_is_kept(void **state)
{
	struct world *w = *state;
	struct script s = make_script("exit 42");

	says(w, &s, "");
	assert_int_equal(w->result.status, SCRIPT_FATAL);
	assert_int_equal(w->result.code, 42);
	assert_string_equal(script_words(w->a, &s, &w->result), "exit code 42");
}

static void a_signal_is_an_internal_error(void **state)
{
	struct world *w = *state;
	struct script s = make_script("kill -SEGV $$");

	says(w, &s, "");
	assert_int_equal(w->result.status, SCRIPT_INTERNAL);
	assert_int_equal(w->result.signal, SIGSEGV);
	assert_string_equal(script_words(w->a, &s, &w->result), "killed by SIGSEGV");
}

static void time_is_limited(void **state)
{
	struct world *w = *state;
	struct script s = make_script("echo begun; trap '' TERM INT HUP; sleep 60 & while :; do sleep 60; done");
	time_t begin = time(NULL);

	s.time_limit = 1;
	says(w, &s, "begun\n");
	assert_true(w->result.timed_out);
	assert_int_equal(w->result.status, SCRIPT_INTERNAL);
	assert_true(time(NULL) - begin < 10);
	assert_string_equal(script_words(w->a, &s, &w->result), "stopped after 1 second");
}

static void one_that_stops_itself_is_ended(void **state)
{
	struct world *w = *state;
	struct script s = make_script("kill -STOP $$");

	s.time_limit = 1;
	says(w, &s, "");
	assert_true(w->result.timed_out);
}

static bool at_once(void *ctx)
{
	(void)ctx;
	return true;
}

static void it_can_be_stopped(void **state)
{
	struct world *w = *state;
	struct script s = make_script("sleep 60");
	struct script_place place = { .root = w->root, .stage = &w->stage, .stop = at_once };

	skip_if_uncaged(w);
	OK(overlay_begin(w->root, w->txn, w->new, &plain_layer, &w->stage, &w->e));
	OK(script_run(w->a, &s, &place, &w->result, &w->e));
	assert_true(w->result.stopped);
	assert_int_equal(w->result.status, SCRIPT_INTERRUPTED);
}

static void what_it_started_ends_with_it(void **state)
{
	struct world *w = *state;
	time_t begin = time(NULL);

	skip_if_uncaged(w);
	run_for(w, "(setsid sleep 60 >/dev/null 2>&1 &) ; setsid sleep 60 & echo done", 0);
	assert_string_equal(strbuf_str(&w->out), "done\n");
	assert_true(time(NULL) - begin < 10);
}

/* ---- what it gets */

static void arguments_input_and_name(void **state)
{
	static const char *const args[] = { "ENDOFCLASS", "two words", "" };
	struct world *w = *state;
	struct script s = make_script("#!/no/such/shell\nsed s/^/in:/; echo $0 $#; echo \"<$2>\"");

	s.name = "i.build";
	s.args = args;
	s.nargs = 3;
	s.input = "/src/a /dst/a\n/src/b /dst/b\n";
	s.input_len = strlen(s.input);
	says(w, &s, "in:/src/a /dst/a\nin:/src/b /dst/b\n/run/commpkg/i.build 3\n<two words>\n");
}

static void input_is_empty_unless_given_and_never_written(void **state)
{
	struct world *w = *state;
	struct script s = make_script("cat | wc -c; read x && echo got; echo x 2>/dev/null >&0 || echo sealed; "
				      "echo x 2>/dev/null 1<>/dev/stdin || echo sealed");

	says(w, &s, "0\nsealed\nsealed\n");
	s.input = "abc\n";
	s.input_len = 4;
	says(w, &s, "4\nsealed\nsealed\n");
}

static void the_environment_is_made_from_nothing(void **state)
{
	static const char *const names[] = {
		"PKGINST", "PATH", "LD_PRELOAD", "IFS", "BASH_ENV", "ENV", "PS4", "bad name", "1x", "",
		"with=equals", "CLASSES", "CLASSES", "BASH_FUNC_ls%%", "lower",
	};
	struct world *w = *state;
	struct stat st;
	struct pkginfo env = { .params = NULL };
	struct script s = make_script("/usr/bin/env | LC_ALL=C sort | grep -v -e ^PWD= -e ^_= -e ^OLDPWD=");

	env.params = arena_calloc(w->a, 32, sizeof(*env.params));
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		env.params[env.n++] = (struct param){ names[i], arena_printf(w->a, "v %zu", i), 0 };
	s.env = &env;
	s.path_first = "/run/commpkg/bin";
	assert_int_equal(setenv("SECRET_OF_THE_CALLER", "x", 1), 0);
	assert_int_equal(lstat("/bin", &st), 0);
	says(w, &s, arena_printf(w->a, "CLASSES=v 12\nPATH=/run/commpkg/bin:" SCRIPT_PATH "%s\n"
	     "PKGINST=v 0\nlower=v 14\n", S_ISDIR(st.st_mode) ? ":/bin" : ""));
}

static void no_descriptor_comes_along_and_no_umask(void **state)
{
	struct world *w = *state;
	struct script s = make_script("ls /proc/self/fd | tr '\\n' ' '; for i in 3 4 5 6 7 8 9; do "
				      "(: >&$i) 2>/dev/null && echo $i open; done; umask; true");
	int fds[2], high;

	assert_int_equal(pipe(fds), 0); /* not close-on-exec */
	high = fcntl(fds[0], F_DUPFD, 200);
	(void)umask(0);
	says(w, &s, "0 1 2 3 0022\n"); /* 3 is ls's own */
	(void)umask(022);
	(void)close(fds[0]);
	(void)close(fds[1]);
	(void)close(high);
}

static void files_beside_it(void **state)
{
	static const struct cage_file files[] = {
		{ "helper", "echo helped\n", 12, 0755, NULL }, { "data", "x", 1, 0444, NULL },
	};
	struct world *w = *state;
	struct script s = make_script("ls $(dirname $0); . $(dirname $0)/helper; cat $(dirname $0)/src/inner");
	struct cage_bind bind = { .name = "src" };
	struct script_place place = { .root = w->root, .stage = &w->stage, .line = on_line, .ctx = w,
				      .files = files, .nfiles = 2, .binds = &bind, .nbinds = 1 };

	skip_if_uncaged(w);
	OK(tree_open(at(w, "out/dir"), &bind.tree, &w->e));
	OK(overlay_begin(w->root, w->txn, w->new, &plain_layer, &w->stage, &w->e));
	OK(script_run(w->a, &s, &place, &w->result, &w->e));
	assert_string_equal(strbuf_str(&w->out), "data\nhelper\npostinstall\nsrc\nhelped\ncanary\n");
	tree_close(bind.tree);
}

static void a_response_is_read_back(void **state)
{
	static const char *const args[] = { CAGE_RESPONSE };
	struct world *w = *state;
	struct script s = make_script("cat $1; echo 'CLASSES=none x' >>$1");

	s.args = args;
	s.nargs = 1;
	s.response = true;
	s.response_bytes = "A=1\n";
	s.response_len = 4;
	says(w, &s, "A=1\n");
	assert_string_equal(w->result.response, "A=1\nCLASSES=none x\n");
	assert_int_equal(w->result.response_len, 19);
}

static void a_large_response_is_read_a_larger_one_is_not(void **state)
{
	struct world *w = *state;
	struct script s = make_script("head -c 1048576 /dev/zero >" CAGE_RESPONSE);

	s.response = true;
	says(w, &s, "");
	assert_int_equal(w->result.response_len, CAGE_RESPONSE_MAX);
	s = make_script("head -c 1048577 /dev/zero >" CAGE_RESPONSE);
	s.response = true;
	says(w, &s, "");
	assert_null(w->result.response);
	s = make_script("rm " CAGE_RESPONSE "; mkfifo " CAGE_RESPONSE);
	s.response = true;
	says(w, &s, "");
	assert_null(w->result.response);
}

static void it_starts_where_it_is_told(void **state)
{
	struct world *w = *state;
	struct script s = make_script("pwd");

	says(w, &s, arena_printf(w->a, "%s\n", at(w, "root")));
	s.cwd = "opt/app";
	s.cwd_in_root = true;
	says(w, &s, arena_printf(w->a, "%s\n", at(w, "root/opt/app")));
	s.cwd = "no/such";
	says(w, &s, arena_printf(w->a, "%s\n", at(w, "root")));
	s.cwd = "/usr";
	s.cwd_in_root = false;
	says(w, &s, "/usr\n");
}

/* A link in the root leads where it would with the root as `/`. */
static void a_directory_in_the_root_is_in_the_root(void **state)
{
	struct world *w = *state;
	struct script s = make_script("pwd -P");

	assert_int_equal(symlink("/usr", at(w, "root/opt/usr")), 0);
	s.cwd = "opt/usr";
	s.cwd_in_root = true;
	says(w, &s, arena_printf(w->a, "%s\n", at(w, "root")));
}

static void files_are_limited(void **state)
{
	struct world *w = *state;
	struct script s = make_script("cd $PKG_INSTALL_ROOT; head -c 100000 /dev/zero >etc/big 2>/dev/null;"
				      "wc -c <etc/big");

	s.file_limit = 4096;
	skip_if_uncaged(w);
	OK(stage_script(w, &s));
	assert_non_null(strstr(w->out.p, "4096\n"));
}

static void it_can_be_traced(void **state)
{
	struct world *w = *state;
	struct script s = make_script("echo hi");

	s.trace = true;
	says(w, &s, "+ echo hi\nhi\n");
}

/* ---- what it says */

static void output_comes_by_lines(void **state)
{
	struct world *w = *state;
	struct script s = make_script("printf 'a\\n\\nb\\000c\\n'; printf err >&2");

	says(w, &s, "a\n\nb\032c\nerr\n");
	assert_int_equal(w->result.output, 10);
	assert_int_equal(w->result.dropped, 0);
}

static void long_lines_come_in_pieces(void **state)
{
	struct world *w = *state;

	skip_if_uncaged(w);
	run_for(w, "head -c 10000 /dev/zero | tr '\\0' x", 0);
	assert_int_equal(w->out.len, 10003);
	assert_int_equal(w->out.p[SCRIPT_LINE_MAX], '\n');
}

static void a_flood_is_cut_and_counted(void **state)
{
	struct world *w = *state;

	skip_if_uncaged(w);
	run_for(w, "head -c 100000000 /dev/zero | tr '\\0' '\\n'; exit 5", 5);
	assert_int_equal(w->result.output, 100000000);
	assert_int_equal(w->result.dropped, 100000000 - SCRIPT_OUTPUT_MAX);
	assert_int_equal(w->out.len, SCRIPT_OUTPUT_MAX);
}

/* ---- for the root itself, and without a cage */

static void direct(struct world *w, struct script *s, enum cage_policy policy, int rc)
{
	struct script_place place = { .root = w->root, .policy = policy, .line = on_line,
				      .ctx = w };
	struct pkginfo env = { .params = NULL };

	pkginfo_set(w->a, &env, "PKG_INSTALL_ROOT", w->root->path);
	pkginfo_set(w->a, &env, "FILE", CAGE_DIR "/data");
	s->env = &env;
	strbuf_reset(&w->out);
	assert_int_equal(script_run(w->a, s, &place, &w->result, &w->e), rc);
	s->env = NULL;
}

static void without_a_stage_it_writes_to_the_root(void **state)
{
	struct world *w = *state;
	struct script s = make_script("echo x >$PKG_INSTALL_ROOT/etc/direct\n"
				      "(: >/usr/commpkg-test) 2>/dev/null && rm /usr/commpkg-test && echo OUT; true");
	struct stat st;

	skip_if_uncaged(w);
	direct(w, &s, CAGE_TRY, 0);
	assert_int_equal(stat(at(w, "root/etc/direct"), &st), 0);
	assert_string_equal(strbuf_str(&w->out), "");
	assert_true((w->result.layers & CAGE_NAMESPACES) != 0);
	direct(w, &s, CAGE_REQUIRE, 0);
}

static void the_root_can_be_only_looked_at(void **state)
{
	struct world *w = *state;
	struct root *plain = w->root;
	struct script s = make_script("cat $PKG_INSTALL_ROOT/etc/passwd | grep -c root\n"
				      "touch " CAGE_RESPONSE " && echo ok\n"
				      "(: >$PKG_INSTALL_ROOT/etc/commpkg-x) 2>/dev/null && echo OUT; id -u");
	struct script_place place = { .root = w->root, .read_only = true, .line = on_line, .ctx = w };
	struct pkginfo env = { .params = NULL };
	bool inner;

	skip_if_uncaged(w);
	pkginfo_set(w->a, &env, "PKG_INSTALL_ROOT", w->root->path);
	s.env = &env;
	s.response = true;
	s.uid = s.gid = 65534;
	OK(script_run(w->a, &s, &place, &w->result, &w->e));
	inner = (w->result.layers & CAGE_USER) != 0;
	assert_string_equal(strbuf_str(&w->out), inner ? "1\nok\n0\n" : "1\nok\n65534\n");
	/* and so can the live one */
	OK(root_open("/", false, &w->root, &w->e));
	pkginfo_set(w->a, &env, "PKG_INSTALL_ROOT", "");
	place.root = w->root;
	strbuf_reset(&w->out);
	OK(script_run(w->a, &s, &place, &w->result, &w->e));
	assert_string_equal(strbuf_str(&w->out), inner ? "1\nok\n0\n" : "1\nok\n65534\n");
	root_close(plain);
}

/* With no owners in a root, as an ordinary user, scripts that set them are not stopped. */
static void owners_are_ignored_where_there_are_none(void **state)
{
	struct world *w = *state;
	struct effects_rules rules = { .devices = false };

	w->root->owners = false;
	skip_if_uncaged(w);
	run_for(w, "cd $PKG_INSTALL_ROOT/etc && chown 12:34 motd && chown -R 12 . && chown -h 12 ../link && "
		"echo x >x && chgrp 12 x && chmod 600 x", 0);
	assert_true((w->result.layers & CAGE_OWNERS_IGNORED) != 0);
	rules.layers = w->result.layers;
	OK(effects_read(w->a, w->root, w->new, w->stage.fx, &rules, &w->effects, &w->e));
	assert_string_equal(effects_text(w), "added etc/x");
	assert_int_equal(find_effect(w, "etc/x")->uid, geteuid());
	assert_int_equal(find_effect(w, "etc/x")->mode & 07777, 0600);
}

static void without_a_cage_its_files_lie_elsewhere(void **state)
{
	static const char *const args[] = { CAGE_RESPONSE };
	struct world *w = *state;
	struct script s = make_script("cat; echo $0; cat $1; echo B=2 >>$1; echo x >$PKG_INSTALL_ROOT/etc/direct;"
				      "echo $FILE; exit 3");
	struct stat st;
	char *dir;

	s.args = args;
	s.nargs = 1;
	s.response = true;
	s.response_bytes = "A=1\n";
	s.response_len = 4;
	s.input = "from " CAGE_DIR "/src to x\n";
	s.input_len = strlen(s.input);
	direct(w, &s, CAGE_OFF, 0);
	assert_int_equal(w->result.layers, 0);
	assert_int_equal(w->result.status, 3);
	assert_string_equal(w->result.response, "A=1\nB=2\n");
	assert_int_equal(stat(at(w, "root/etc/direct"), &st), 0);
	assert_null(strstr(w->out.p, CAGE_DIR));
	assert_non_null(strstr(w->out.p, "from /tmp/commpkg-"));
	dir = strstr(w->out.p, "/tmp/commpkg-");
	dir[strlen("/tmp/commpkg-XXXXXX")] = '\0';
	assert_int_equal(stat(dir, &st), -1); /* removed */
}

/* Gone, or dead and not yet buried by whoever inherited it. */
static bool is_dead(pid_t pid)
{
	char buf[512];
	FILE *f;

	snprintf(buf, sizeof(buf), "/proc/%d/stat", (int)pid);
	f = fopen(buf, "re");
	if (f == NULL)
		return true;
	buf[fread(buf, 1, sizeof(buf) - 1, f)] = '\0';
	(void)fclose(f);
	return strstr(buf, ") Z ") != NULL || strstr(buf, ") X ") != NULL;
}

static void without_a_cage_its_group_ends_with_it(void **state)
{
	struct world *w = *state;
	struct script s = make_script("sleep 60 & echo $!; sleep 60");
	pid_t pid;

	s.time_limit = 1;
	direct(w, &s, CAGE_OFF, 0);
	assert_true(w->result.timed_out);
	pid = (pid_t)atoi(w->out.p);
	assert_true(pid > 1);
	for (int i = 0; i < 500 && !is_dead(pid); i++)
		(void)usleep(10000);
	assert_true(is_dead(pid));
}

/* ---- with the root as `/` */

static void give_it_a_shell(struct world *w)
{
	const char *command = arena_printf(w->a,
		"cd '%s' && mkdir -p bin tmp dev proc && cp /bin/sh bin/sh && "
		"for l in $(ldd /bin/sh | grep -o '/[^ ]*'); do"
		" mkdir -p .${l%%/*} && cp $l .$l || exit 1; done", w->root->path);

	if (system(command) != 0)
		skip();
}

static void it_can_have_the_root_as_its_own(void **state)
{
	static const struct cage_file files[] = { { "helper", "echo helped\n", 12, 0755, NULL } };
	static const char *const args[] = { CAGE_RESPONSE };
	struct world *w = *state;
	struct script s = make_script("echo $0 $1; . ${0%/*}/helper; cat=; while read l; do echo $l; done; pwd;"
				      "[ -e /usr/bin/env ] && echo OUT; echo x >/etc/x; echo y >/tmp/y;"
				      "echo A=1 >$1; echo >/dev/null; [ -d /proc/self ] && echo proc; echo $PATH");
	struct script_place place = { .root = w->root, .stage = &w->stage, .chroot = true, .files = files,
				      .nfiles = 1, .line = on_line, .ctx = w };

	skip_if_uncaged(w);
	give_it_a_shell(w);
	s.args = args;
	s.nargs = 1;
	s.response = true;
	s.input = CAGE_DIR "/src/a /etc/a\n";
	s.input_len = strlen(s.input);
	s.cwd = "/opt/app";
	OK(overlay_begin(w->root, w->txn, w->new, &plain_layer, &w->stage, &w->e));
	OK(script_run(w->a, &s, &place, &w->result, &w->e));
	assert_string_equal(strbuf_str(&w->out),
			    "/var/lib/commpkg/postinstall /var/lib/commpkg/response\nhelped\n"
			    "/var/lib/commpkg/src/a /etc/a\n/opt/app\nproc\n" SCRIPT_PATH ":/bin\n");
	assert_string_equal(w->result.response, "A=1\n");
	OK(read_effects(w));
	assert_non_null(find_effect(w, "etc/x"));
	assert_null(find_effect(w, "tmp/y"));
}

static void a_root_without_a_shell_says_so(void **state)
{
	struct world *w = *state;
	struct script s = make_script("true");
	struct script_place place = { .root = w->root, .chroot = true };

	skip_if_uncaged(w);
	assert_int_equal(script_run(w->a, &s, &place, &w->result, &w->e), -ENOENT);
	assert_non_null(strstr(w->e.text, "cannot run /bin/sh"));
	place.policy = CAGE_OFF;
	assert_int_equal(script_run(w->a, &s, &place, &w->result, &w->e), -E_UNSUPPORTED);
}

/* ---- the live root */

/* With a stage that lies elsewhere: the test writes nothing outside of its directory. */
static void the_live_root_can_be_staged(void **state)
{
	struct world *w = *state;
	struct root *plain = w->root;
	struct script s = make_script("[ $$ -lt 10 ] || exit 9; pwd; [ -d /proc/1 ] && [ -x /usr/bin/env ] && "
				      "echo x >/tmp/x && : >/dev/null || exit 8\n"
				      "(: >/etc/commpkg-live && : >/usr/commpkg-live && chmod 700 /usr/commpkg-live)"
				      " 2>/dev/null; (: >/proc/sys/kernel/core_pattern) 2>/dev/null && exit 7; true");
	struct cage_report report;
	struct stat st;
	bool inner;
	int rc;

	skip_if_uncaged(w);
	cage_probe(w->a, w->root, &report);
	inner = (report.layers & CAGE_USER) != 0;
	OK(root_open("/", false, &w->root, &w->e));
	rc = stage_script(w, &s);
	if (rc == -E_UNSUPPORTED && (geteuid() != 0 || inner)) {
		root_close(plain);
		skip(); /* a user namespace must not look below the mounts of the host */
	}
	OK(rc);
	assert_int_equal(w->result.status, 0);
	assert_string_equal(strbuf_str(&w->out), "/\n");
	assert_int_equal(stat("/etc/commpkg-live", &st), -1);
	assert_int_equal(stat("/usr/commpkg-live", &st), -1);
	OK(read_effects(w));
	if (!inner)
		assert_string_equal(effects_text(w), "added etc/commpkg-live, added usr/commpkg-live");
	root_close(plain);
}

/* ---- refused */

static void bad_names_are_refused(void **state)
{
	static const char *const names[] = { "", ".", "..", ".hidden", "a/b", "../x" };
	struct world *w = *state;
	struct script s = make_script("true");

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		s.name = names[i];
		direct(w, &s, CAGE_OFF, -E_FORMAT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(exit_codes_follow_the_table),
		WORLD(the_code_is_kept),
		WORLD(a_signal_is_an_internal_error),
		WORLD(time_is_limited),
		WORLD(one_that_stops_itself_is_ended),
		WORLD(it_can_be_stopped),
		WORLD(what_it_started_ends_with_it),
		WORLD(arguments_input_and_name),
		WORLD(input_is_empty_unless_given_and_never_written),
		WORLD(the_environment_is_made_from_nothing),
		WORLD(no_descriptor_comes_along_and_no_umask),
		WORLD(files_beside_it),
		WORLD(a_response_is_read_back),
		WORLD(a_large_response_is_read_a_larger_one_is_not),
		WORLD(it_starts_where_it_is_told),
		WORLD(a_directory_in_the_root_is_in_the_root),
		WORLD(files_are_limited),
		WORLD(it_can_be_traced),
		WORLD(output_comes_by_lines),
		WORLD(long_lines_come_in_pieces),
		WORLD(a_flood_is_cut_and_counted),
		WORLD(without_a_stage_it_writes_to_the_root),
		WORLD(the_root_can_be_only_looked_at),
		WORLD(owners_are_ignored_where_there_are_none),
		WORLD(without_a_cage_its_files_lie_elsewhere),
		WORLD(without_a_cage_its_group_ends_with_it),
		WORLD(it_can_have_the_root_as_its_own),
		WORLD(a_root_without_a_shell_says_so),
		WORLD(the_live_root_can_be_staged),
		WORLD(bad_names_are_refused),
		WORLD_OTHERS,
	};

	return world_main("script", tests, sizeof(tests) / sizeof(*tests));
}
