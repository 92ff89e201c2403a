/* Hooks of components: what they are told, and those that run over the stage. */
#include "hooks.h"

#include "formats/cleanup.h"
#include "overlay.h"
#include "signals.h"

const char *hooks_command(struct arena *a, const char *command, const char *more)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	const char *where = "./";

	strbuf_adds(&b, "cd \"$COMMPKG_BASE\" || exit 1\nexec");
	while (*(command += strspn(command, " ")) != '\0') {
		size_t n = strcspn(command, " ");
		const char *word = arena_printf(a, "%s%.*s", where, (int)n, command);

		strbuf_addf(&b, " %s", str_shell(a, word));
		command += n;
		where = "";
	}
	strbuf_addf(&b, "%s%s\n", more != NULL ? " " : "", more != NULL ? more : "");
	return arena_strdup(a, strbuf_str(&b));
}

/* ---- what they are told */

static void add_env(struct strbuf *b, const char *name, const char *value)
{
	strbuf_addf(b, "%s=%s", name, value != NULL ? value : "");
	strbuf_add(b, "", 1);
}

const char *hooks_env(struct arena *a, const struct hook_told *told, const char *old,
		      size_t *ret_len)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	add_env(&b, "COMMPKG_HOOK", told->what);
	add_env(&b, "COMMPKG_COMPONENT", told->component);
	if (told->service != NULL)
		add_env(&b, "COMMPKG_SERVICE", told->service);
	add_env(&b, "COMMPKG_FROM", told->from);
	add_env(&b, "COMMPKG_TO", told->to);
	add_env(&b, "COMMPKG_DIRECTION", told->back ? "back" : "forward");
	add_env(&b, "COMMPKG_ONLY", told->only);
	add_env(&b, "COMMPKG_DRYRUN", told->dry_run ? "yes" : "no");
	if (old != NULL)
		add_env(&b, "COMMPKG_OLD", old);
	*ret_len = b.len;
	return arena_memdup(a, strbuf_str(&b), b.len + 1, 1);
}

void hooks_env_read(struct arena *a, const char *bytes, size_t len, struct pkginfo *env)
{
	size_t at = 0;

	while (at < len) {
		size_t n = strnlen(bytes + at, len - at);
		const char *text = arena_strndup(a, bytes + at, n);
		const char *equals = strchr(text, '=');

		at += n + 1;
		if (equals != NULL && equals > text)
			pkginfo_set(a, env, arena_strndup(a, text, (size_t)(equals - text)),
				    equals + 1);
	}
}

static const char *in_root(struct arena *a, const struct root *root, const char *path)
{
	return arena_printf(a, "%s/%s", root->live ? "" : root->path, path);
}

void hooks_places(struct arena *a, const struct root *root, const char *base,
		  const char *outside, struct pkginfo *env)
{
	const char *component = pkginfo_get(env, "COMMPKG_COMPONENT");
	const char *old = pkginfo_get(env, "COMMPKG_OLD");

	pkginfo_set(a, env, "COMMPKG_ROOT", root->live ? "/" : root->path);
	pkginfo_set(a, env, "COMMPKG_BASE", in_root(a, root, base));
	if (old != NULL || outside != NULL)
		pkginfo_set(a, env, "COMMPKG_OLD", outside != NULL ? outside :
							     in_root(a, root, old));
	if (component != NULL)
		pkginfo_set(a, env, "COMMPKG_STATE",
			    in_root(a, root, arena_printf(a, HOOKS_STATE_DIR "/%s", component)));
	if (!root->live)
		pkginfo_set(a, env, "PKG_INSTALL_ROOT", root->path);
}

struct cage_file hooks_answers(struct arena *a, const char *text, struct pkginfo *env)
{
	pkginfo_set(a, env, "COMMPKG_ANSWERS", CAGE_DIR "/" HOOKS_ANSWERS);
	return (struct cage_file){ .name = HOOKS_ANSWERS, .bytes = text != NULL ? text : "",
				   .len = text != NULL ? strlen(text) : 0, .mode = 0444 };
}

/* ---- what they say */

bool hooks_progress(const char *line, unsigned *ret_percent, const char **ret_text)
{
	uint64_t percent;
	size_t n;

	if (!str_has_prefix(line, "@progress "))
		return false;
	line += strlen("@progress ");
	line += strspn(line, " ");
	n = strcspn(line, " ");
	if (!str_to_u64(line, n, 10, 100, &percent))
		return false;
	*ret_percent = (unsigned)percent;
	*ret_text = line + n + strspn(line + n, " ");
	return true;
}

/* ---- over the stage */

static bool on_stop(void *ctx)
{
	(void)ctx;
	return signals_check(NULL) < 0;
}

static void on_line(void *ctx, const char *text)
{
	const struct hook_place *place = ctx;
	unsigned percent;
	const char *words;

	if (hooks_progress(text, &percent, &words)) {
		if (place->progress != NULL)
			place->progress(place->ctx, percent, words);
	} else if (place->line != NULL) {
		place->line(place->ctx, text);
	}
}

static void make_env(const struct hook_place *p, const struct hook *h, struct pkginfo *env)
{
	size_t len;
	const char *bytes = hooks_env(p->a, &h->told, h->old, &len);

	*env = (struct pkginfo){ 0 };
	hooks_env_read(p->a, bytes, len, env);
	hooks_places(p->a, p->root, h->base, h->old_tree != NULL ? CAGE_DIR "/old" : NULL, env);
	if (h->replaced != NULL)
		pkginfo_set(p->a, env, "COMMPKG_REPLACED", CAGE_DIR "/" HOOKS_REPLACED);
	if (h->argument != NULL)
		pkginfo_set(p->a, env, "COMMPKG_FILE", in_root(p->a, p->root, h->argument));
}

/* In the root the old tree is what new/ and the hook's layer lie over. */
static int check_old(const struct hook *h, const struct effects *effects, struct error *e)
{
	size_t n = h->old != NULL ? strlen(h->old) : 0, i;

	for (i = 0; n > 0 && i < effects->n; i++) {
		const char *path = effects->v[i].path;

		if (!str_eq(h->old, h->base) && strncmp(path, h->old, n) == 0 &&
		    (path[n] == '/' || path[n] == '\0'))
			return error_set(e, E_SCRIPT, "%s of '%s' changed '/%s', which is of the "
					 "old version", h->told.what, h->told.component, path);
	}
	return 0;
}

static int take_up(const struct hook_place *place, const struct hook *h, struct tree *fx,
		   unsigned layers, struct error *e)
{
	struct effects_rules rules = { .layers = layers };
	struct hook_place here = *place;
	struct effects effects;
	int rc = effects_read(place->a, place->root, place->new, fx, &rules, &effects, e);

	for (size_t i = 0; rc == 0 && i < effects.nnotes; i++)
		on_line(&here, effects.notes[i]);
	if (rc == 0)
		rc = check_old(h, &effects, e);
	return rc < 0 ? rc : effects_fold(&effects, place->root, place->new, fx, e);
}

static size_t find_binds(struct arena *a, const struct hook *h, struct cage_bind ret[2])
{
	size_t n = 0;

	if (h->old_tree != NULL)
		ret[n++] = (struct cage_bind){ .tree = h->old_tree, .name = "old" };
	if (h->replaced != NULL)
		ret[n++] = (struct cage_bind){
			.tree = h->replaced,
			.name = arena_printf(a, HOOKS_REPLACED "/%s", h->old),
		};
	return n;
}

static int run(const struct hook_place *place, const struct hook *h,
	       struct cage_stage *stage, struct script_result *ret, struct error *e)
{
	const char *more = h->both ? "\"$COMMPKG_OLD\" \"$COMMPKG_BASE\"" :
			   h->argument != NULL ? "\"$COMMPKG_FILE\"" : NULL;
	const char *text = hooks_command(place->a, h->command, more);
	struct cage_bind binds[2];
	size_t nbinds = find_binds(place->a, h, binds);
	struct hook_place here = *place;
	struct pkginfo env;
	struct script script = { .name = h->told.what, .bytes = text, .len = strlen(text),
				 .env = &env, .input = h->input, .input_len = h->input_len };
	struct cage_file answers;
	struct script_place where = {
		.root = place->root, .stage = stage, .policy = place->policy,
		.read_only = stage == NULL, .line = on_line, .stop = on_stop,
		.ctx = &here,
		.files = &answers, .nfiles = 1, .binds = binds, .nbinds = nbinds,
	};

	make_env(place, h, &env);
	answers = hooks_answers(place->a, h->answers, &env);
	return script_run(place->a, &script, &where, ret, e);
}

int hooks_run(const struct hook_place *place, const struct hook *h, struct script_result *ret,
	      struct error *e)
{
	const struct overlay_wish wish = { .memory = place->memory };
	struct cage_stage stage;
	int rc;

	if (place->txn == NULL) {
		rc = run(place, h, NULL, ret, e);
	} else {
		rc = overlay_begin(place->root, place->txn, place->new, &wish, &stage, e);
		if (rc == 0)
			rc = run(place, h, &stage, ret, e);
		if (rc == 0 && h->keep && ret->status == SCRIPT_FINE)
			rc = take_up(place, h, stage.fx, ret->layers, e);
		overlay_end(&stage);
	}
	return rc == 0 && ret->stopped ? signals_check(e) : rc;
}
