/* A hook of a component, over the stage. */
#include "hooks.h"

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

static bool on_stop(void *ctx)
{
	(void)ctx;
	return signals_check(NULL) < 0;
}

static const char *in_root(const struct hook_place *p, const char *path)
{
	return arena_printf(p->a, "%s/%s", p->root->live ? "" : p->root->path, path);
}

static void make_env(const struct hook_place *p, const struct hook *h, struct pkginfo *env)
{
	*env = (struct pkginfo){ 0 };
	pkginfo_set(p->a, env, "COMMPKG_HOOK", h->what);
	pkginfo_set(p->a, env, "COMMPKG_COMPONENT", h->component);
	pkginfo_set(p->a, env, "COMMPKG_TO", h->version);
	pkginfo_set(p->a, env, "COMMPKG_ROOT", p->root->live ? "/" : p->root->path);
	pkginfo_set(p->a, env, "COMMPKG_BASE", in_root(p, h->base));
	if (h->argument != NULL)
		pkginfo_set(p->a, env, "COMMPKG_FILE", in_root(p, h->argument));
	if (!p->root->live)
		pkginfo_set(p->a, env, "PKG_INSTALL_ROOT", p->root->path);
}

int hooks_run(const struct hook_place *place, const struct hook *h, struct script_result *ret,
	      struct error *e)
{
	const char *text = hooks_command(place->a, h->command,
					 h->argument != NULL ? "\"$COMMPKG_FILE\"" : NULL);
	struct cage_stage stage = { .txn = place->txn, .new = place->new };
	const struct script_place where = {
		.root = place->root, .stage = &stage, .policy = place->policy,
		.line = place->line, .stop = on_stop, .ctx = place->ctx,
	};
	struct pkginfo env;
	struct script script = { .name = h->what, .bytes = text, .len = strlen(text),
				 .env = &env, .input = h->input, .input_len = h->input_len };
	struct tree *fx = NULL;
	int rc = overlay_begin(place->root, place->txn, &fx, e);

	make_env(place, h, &env);
	stage.fx = fx;
	if (rc == 0)
		rc = script_run(place->a, &script, &where, ret, e);
	if (fx != NULL)
		overlay_end(place->txn, fx);
	return rc == 0 && ret->stopped ? signals_check(e) : rc;
}
