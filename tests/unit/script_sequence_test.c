/*
 * The whole sequence of overlay.h, on a stage made by hand: what the leader of a change does
 * between filling the stage and seal.
 *
 * The package: etc/app.conf comes (class build), opt/app/lib/a goes; preinstall, i.build and
 * postinstall run, each over what the last one left.
 */
#include "tests/unit/script_fixture.h"

static const char preinstall[] =
	"mkdir -p $PKG_INSTALL_ROOT/var/app && chmod 750 $PKG_INSTALL_ROOT/var/app\n"
	"[ ! -e $PKG_INSTALL_ROOT/opt/app/lib/a ] || exit 1	# it is gone already\n"
	"cat $PKG_INSTALL_ROOT/opt/app/bin/new\n";
static const char class_build[] =
	"while read src dst; do sed s/@HOST@/here/ $src >$dst && echo Modifying $dst; done\n"
	"[ \"$1\" = ENDOFCLASS ]\n";
static const char postinstall[] =
	"cd $PKG_INSTALL_ROOT && cat etc/app.conf && grep -v ^root etc/passwd\n"
	"echo app:x:50:50 >>etc/passwd; ln etc/app.conf var/app/conf; rm etc/motd; exit 10\n";

static void stage_text(struct world *w, const char *path, const char *text)
{
	struct rpath p = P(w, path);
	int fd;

	OK(overlay_mkdirs(w->root, w->new, rpath_parent(w->a, p), &w->e));
	OK(tree_create_mode(w->new, p, 0644, &fd, &w->e));
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

struct step {
	struct script script;
	int status;
	const char *output, *effects;
};

/* One script: its layer, its run, its effects, into the stage. */
static void take_step(struct world *w, const struct step *step, struct tree *source)
{
	struct cage_bind bind = { source, "src" };
	struct cage_stage stage;
	struct script_place place = { .root = w->root, .stage = &stage, .binds = &bind, .nbinds = 1,
				      .line = on_line, .ctx = w };
	struct effects_rules rules = { .devices = false };

	strbuf_reset(&w->out);
	OK(overlay_begin(w->root, w->txn, w->new, &plain_layer, &stage, &w->e));
	OK(script_run(w->a, &step->script, &place, &w->result, &w->e));
	assert_string_equal(strbuf_str(&w->out), step->output);
	assert_int_equal(w->result.status, step->status);
	assert_true(script_goes_on(w->result.status));
	rules.layers = w->result.layers;
	OK(effects_read(w->a, w->root, w->new, stage.fx, &rules, &w->effects, &w->e));
	assert_string_equal(effects_text(w), step->effects);
	OK(effects_fold(&w->effects, w->root, w->new, stage.fx, &w->e));
	overlay_end(&stage);
}

static void assert_staged(struct world *w, const char *path, const char *text)
{
	char *is;
	size_t len;

	OK(tree_read(w->new, w->a, P(w, path), 4096, &is, &len, &w->e));
	assert_string_equal(is, text);
}

static void preinstall_class_script_postinstall(void **state)
{
	static const char *const last[] = { "ENDOFCLASS" };
	struct world *w = *state;
	const char *root = w->root->path;
	const char *list = arena_printf(w->a, CAGE_DIR "/src/app.conf %s/etc/app.conf\n", root);
	struct pkginfo env = { .params = NULL };
	struct step steps[] = {
		{ { .name = "preinstall", .bytes = preinstall, .len = strlen(preinstall) }, 0,
		  "new\n", "added var/app" },
		{ { .name = "i.build", .bytes = class_build, .len = strlen(class_build),
		    .args = last, .nargs = 1, .input = list, .input_len = strlen(list) }, 0,
		  arena_printf(w->a, "Modifying %s/etc/app.conf\n", root), "added etc/app.conf" },
		{ { .name = "postinstall", .bytes = postinstall, .len = strlen(postinstall) }, 10,
		  "host here\n", "attributes etc/app.conf, removed etc/motd, changed etc/passwd, "
		  "added var/app/conf" },
	};
	struct sha256 before = host_digest(at(w, "root/etc")), after;
	struct tree *source;
	struct stat st;

	skip_if_uncaged(w);
	make_dir(w, "src");
	put(w, "src/app.conf", "host @HOST@\n");
	OK(tree_open(at(w, "src"), &source, &w->e));
	pkginfo_set(w->a, &env, "PKG_INSTALL_ROOT", root);

	/* the stage as it is filled, made a layer */
	stage_text(w, "opt/app/bin/new", "new\n");
	OK(overlay_dress(w->root, w->new, &w->e));
	OK(overlay_whiteout(w->root, w->new, P(w, "opt/app/lib/a"), &w->e));
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		steps[i].script.env = &env;
		take_step(w, &steps[i], source);
	}
	/* and a stage again */
	OK(overlay_clean(w->new, &w->e));
	tree_close(source);

	assert_staged(w, "etc/app.conf", "host here\n");
	assert_staged(w, "var/app/conf", "host here\n");
	assert_staged(w, "etc/passwd", "root:x:0:0\napp:x:50:50\n");
	assert_staged(w, "opt/app/bin/new", "new\n");
	assert_false(tree_exists(w->new, P(w, "opt/app/lib/a")));
	assert_false(tree_exists(w->new, P(w, "etc/motd")));
	OK(tree_stat(w->new, P(w, "var/app"), &st, &w->e));
	assert_int_equal(st.st_mode & 07777, 0750);
	OK(tree_stat(w->new, P(w, "var/app/conf"), &st, &w->e));
	assert_int_equal(st.st_nlink, 2);
	after = host_digest(at(w, "root/etc"));
	assert_true(sha256_equal(&before, &after)); /* all of it only in the stage */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(preinstall_class_script_postinstall),
		WORLD_OTHERS,
	};

	return world_main("script sequence", tests, sizeof(tests) / sizeof(*tests));
}
