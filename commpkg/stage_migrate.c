/* Hooks that migrate from a version to the one beside it, over the stage. */
#include "stage_migrate.h"

#include <errno.h>

#include "contents.h"
#include "effect_note.h"
#include "hooks.h"
#include "overlay.h"
#include "ports.h"

struct migrating {
	struct stage *s;
	const struct procedures_watch *watch;
	const struct beside_migration *m;
};

static void on_line(void *ctx, const char *text)
{
	const struct migrating *w = ctx;

	if (w->watch->line != NULL)
		w->watch->line(w->watch->ctx, w->m->component, "migrate", text);
}

static void on_progress(void *ctx, unsigned percent, const char *text)
{
	const struct migrating *w = ctx;

	if (w->watch->progress != NULL)
		w->watch->progress(w->watch->ctx, w->m->component, "migrate", percent, text);
}

/* ---- the hook */

static int open_old(struct migrating *w, struct tree **ret, struct error *e)
{
	*ret = NULL;
	return w->m->outside != NULL ? tree_open(w->m->outside, ret, e) : 0;
}

static int run_hook(struct migrating *w, struct error *e)
{
	struct stage *s = w->s;
	const struct beside_migration *m = w->m;
	struct hook h = {
		.told = { .what = "migrate", .component = m->component, .from = m->from,
			  .to = m->to, .only = m->only },
		.base = m->base, .old = m->old_base, .command = m->command, .both = m->both,
		.answers = s->plan->options->answers, .keep = true,
	};
	const struct hook_place place = {
		.a = s->a, .root = s->plan->root, .txn = s->dir.txn, .new = s->new,
		.policy = s->plan->options->cage, .memory = s->plan->options->script_memory,
		.line = on_line, .progress = on_progress,
		.ctx = w,
	};
	const struct script script = { .name = "migrate" };
	struct script_result result;
	int rc = open_old(w, &h.old_tree, e);

	if (rc == 0)
		rc = hooks_run(&place, &h, &result, e);
	if (h.old_tree != NULL)
		tree_close(h.old_tree);
	if (rc == 0 && result.status != SCRIPT_FINE)
		rc = error_set(e, E_SCRIPT, "the migration of %s from %s to %s failed: %s",
			       m->component, m->from, m->to,
			       script_words(s->a, &script, &result));
	return rc;
}

/* ---- ports */

/* In place of the file that the hook left in the stage. */
static int rewrite(struct stage *s, struct rpath path, struct text text, struct error *e)
{
	struct stat st;
	int rc = tree_stat(s->new, path, &st, e);

	if (rc == 0)
		rc = tree_unlink(s->new, path, e);
	return rc < 0 ? rc : stage_file(s, path, text.bytes, text.len, &st, e);
}

static int shift(struct migrating *w, const struct beside_port *port, struct error *e)
{
	struct stage *s = w->s;
	struct text text;
	struct rpath path;
	int rc = rpath_parse(s->a, port->path, &path, e);

	if (rc == 0)
		rc = tree_canonical(s->plan->root->tree, s->a, path, &path, e);
	if (rc == 0)
		rc = contents_text(s->a, s->new, path, PORTS_MAX_CONFIG, &text, e);
	if (rc <= 0 || ports_read(text, port->key) != port->taken)
		return rc < 0 ? rc : 0;
	on_line(w, arena_printf(s->a, "/%s: %s is %u until the switch, the other version has %u",
				port->path, port->key, port->shift, port->taken));
	return rewrite(s, path, ports_write(s->a, text, port->key, port->shift), e);
}

/* ---- all */

static int migrate_one(struct migrating *w, struct error *e)
{
	int rc;

	if (w->watch->begins != NULL)
		w->watch->begins(w->watch->ctx, w->m->component, "migrate");
	rc = run_hook(w, e);
	for (size_t i = 0; rc == 0 && i < w->m->nports; i++)
		rc = shift(w, &w->m->ports[i], e);
	if (rc == 0 && w->watch->ended != NULL)
		w->watch->ended(w->watch->ctx, w->m->component, "migrate", SCRIPT_FINE);
	return rc;
}

/* From here on ops come from comparing. What is still to be staged has its directories now: those
 * that ROOT has get its attributes once, and then hooks may change them. */
static int begin(struct stage *s, struct error *e)
{
	int rc = stage_parent(s, s->plan->contents, e);

	s->folded = true;
	return rc == 0 ? overlay_dress(s->plan->root, s->new, e) : rc;
}

int stage_migrate(struct stage *s, const struct procedures_watch *watch, struct error *e)
{
	int rc;

	if (s->plan->nbesides == 0)
		return 0;
	rc = begin(s, e);
	for (size_t i = 0; rc == 0 && i < s->plan->nbesides; i++) {
		struct migrating w = { .s = s, .watch = watch, .m = &s->plan->besides[i] };

		rc = migrate_one(&w, e);
	}
	return rc;
}

/* ---- notes */

static bool in_view(const struct stage *s, struct rpath p)
{
	for (size_t i = 0; i < s->views.n; i++)
		if (str_eq(rpath_str(s->views.v[i]), rpath_str(p)))
			return true;
	return false;
}

static int note(struct stage *s, struct pkgdb *db, struct rpath p, const struct stat *st,
		struct error *e)
{
	bool had = tree_exists(s->plan->root->tree, p);

	if ((S_ISDIR(st->st_mode) && had) || in_view(s, p))
		return 0;
	return effect_note(db, s->a, s->plan->txn, s->new, p, st,
			   had ? "changed by the migration" : "added by the migration", e);
}

static int note_below(struct stage *s, struct pkgdb *db, struct rpath dir, struct error *e)
{
	const char **names;
	size_t n = 0, i;
	int rc = tree_list(s->new, s->a, dir, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;
		struct stat st;

		rc = rpath_join(s->a, dir, names[i], &p, e);
		if (rc == 0)
			rc = tree_stat(s->new, p, &st, e);
		if (rc < 0 || S_ISCHR(st.st_mode))
			continue;
		rc = note(s, db, p, &st, e);
		if (rc == 0 && S_ISDIR(st.st_mode))
			rc = note_below(s, db, p, e);
	}
	return rc;
}

int stage_migrate_notes(struct stage *s, struct pkgdb *db, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->plan->nbesides; i++) {
		const struct beside_migration *m = &s->plan->besides[i];

		rc = txn_note_add(db, s->plan->txn, MIGRATED_NOTE,
				  arena_printf(s->a, "%s=%s", m->component, m->to),
				  arena_printf(s->a, "%s %s", m->part, m->from), e);
	}
	return rc == 0 && s->plan->nbesides > 0 ? note_below(s, db, rpath_root(), e) : rc;
}
