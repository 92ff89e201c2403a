/* A merged text that somebody gives, looked at by its component before it is put there. */
#include "configure_internal.h"

#include "formats/manifest.h"
#include "hooks.h"
#include "overlay.h"

struct looking {
	struct configure *c;
	const char *component;
};

static void on_line(void *ctx, const char *text)
{
	const struct looking *l = ctx;

	if (l->c->watch->line != NULL)
		l->c->watch->line(l->c->watch->ctx, l->component, text);
}

static const struct manifest_config *config_of(const struct manifest *m, const char *base,
					       const char *path)
{
	size_t n = strlen(base), i;

	if (n > 0 && (!str_has_prefix(path, base) || path[n] != '/'))
		return NULL;
	for (i = 0; i < m->nconfigs; i++)
		if (str_eq(m->configs[i].file, path + n + (n > 0)))
			return &m->configs[i];
	return NULL;
}

/* What looks at the path: 1; 0: nobody does. */
static int find_hook(struct configure *c, const char *path, struct hook *ret, struct error *e)
{
	struct pkgdb_component *v;
	size_t n, i;
	int rc = view_components(&c->view, c->a, &v, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		const char *base = v[i].base != NULL ? v[i].base + strspn(v[i].base, "/") : "";
		const struct manifest_config *found;
		struct manifest m;

		rc = pkgdb_component_manifest(c->a, &v[i], &m, e);
		found = rc == 0 ? config_of(&m, base, path) : NULL;
		if (found == NULL || found->validate == NULL)
			continue;
		*ret = (struct hook){
			.told = { .what = "validate",
				  .component = pkgdb_component_plain(c->a, v[i].name),
				  .from = v[i].version, .to = v[i].version },
			.base = base, .command = found->validate, .argument = path,
		};
		return 1;
	}
	return rc;
}

static int look_at(struct configure *c, const struct choice *x, struct error *e)
{
	struct hook h;
	struct looking l = { .c = c };
	const struct hook_place place = {
		.a = c->a, .root = c->view.root, .txn = c->stage.txn, .new = c->stage.new,
		.policy = CAGE_TRY, .line = on_line, .ctx = &l,
	};
	const struct script script = { .name = "validate" };
	struct script_result result;
	int rc = find_hook(c, x->ed.path, &h, e);

	if (rc <= 0)
		return rc;
	l.component = h.told.component;
	h.input = x->text.bytes;
	h.input_len = x->text.len;
	rc = hooks_run(&place, &h, &result, e);
	if (rc == -E_UNSUPPORTED) {
		on_line(&l, arena_printf(c->a, "'%s' can't look at the text: %s", h.command,
					 e != NULL ? e->text : ""));
		error_clear(e);
		return 0;
	}
	if (rc < 0 || result.status == SCRIPT_FINE)
		return rc;
	(void)error_set(e, E_CONFLICT, "the text for '/%s' is not accepted by '%s' of %s: %s",
			x->ed.path, h.command, h.told.component,
			script_words(c->a, &script, &result));
	return error_hint(e, "nothing was changed; mend the text, then type the same again");
}

int configure_validate(struct configure *c, struct error *e)
{
	size_t i;
	int rc = 0;

	if (c->req->kind != CONFIGURE_MERGED)
		return 0;
	rc = overlay_dress(c->view.root, c->stage.new, e);
	for (i = 0; rc == 0 && i < c->choices.n; i++)
		if (c->choices.v[i].puts)
			rc = look_at(c, &c->choices.v[i], e);
	return rc;
}
