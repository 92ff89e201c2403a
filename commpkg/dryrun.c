/* Hooks of migrations asked what they would do, over a stage that is thrown away. */
#include "dryrun.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "contents.h"
#include "hooks.h"
#include "overlay.h"

struct asking {
	struct arena *a;
	struct plan *plan;		/* whose migrations are asked */
	struct plan here;		/* the same, staged in the directory */
	struct stage *s;
	const struct dryrun_watch *watch;
	const char *called;		/* of a root that is not there yet, or NULL */
	const char *component;		/* that is asked */
	VEC(const char *) lines;
};

/* ---- a directory for the stage */

struct scratch {
	struct tree *parent, *tree;
	struct rpath name;
};

static int scratch_make(struct arena *a, struct scratch *ret, struct error *e)
{
	const char *tmp = getenv("TMPDIR");
	const char *dir = tmp != NULL && tmp[0] == '/' ? tmp : "/var/tmp";
	char *path = arena_printf(a, "%s/commpkg-XXXXXX", dir);
	int rc = tree_open(dir, &ret->parent, e);

	if (rc < 0)
		return rc;
	if (mkdtemp(path) == NULL)
		return error_errno(e, errno, "cannot make a directory in '%s'", dir);
	rc = rpath_parse(a, strrchr(path, '/') + 1, &ret->name, e);
	return rc < 0 ? rc : tree_open_below(ret->parent, ret->name, 0, false, &ret->tree, e);
}

static void scratch_remove(struct scratch *d)
{
	tree_close(d->tree);
	if (d->name.s != NULL)
		(void)tree_remove_all(d->parent, d->name, NULL); /* else it is cleaned once */
	tree_close(d->parent);
}

/* ---- one hook */

/* With the root's name as it will be. */
static const char *as_called(const struct asking *q, const char *text)
{
	const char *path = q->plan->root->path, *at;
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	while (q->called != NULL && (at = strstr(text, path)) != NULL) {
		strbuf_add(&b, text, (size_t)(at - text));
		strbuf_adds(&b, q->called);
		text = at + strlen(path);
	}
	strbuf_adds(&b, text);
	return arena_strdup(q->a, strbuf_str(&b));
}

static void on_line(void *ctx, const char *text)
{
	struct asking *q = ctx;

	*VEC_PUSH(&q->lines) = as_called(q, text);
}

static void on_progress(void *ctx, unsigned percent, const char *text)
{
	const struct asking *q = ctx;
	const struct procedures_watch *w = q->watch->hooks;

	if (w != NULL && w->progress != NULL)
		w->progress(w->ctx, q->component, "dry run", percent, text);
}

static int ask(struct asking *q, struct hook *h, const char *fix, struct dry_run *ret,
	       struct error *e)
{
	enum cage_policy policy = q->plan->options->cage;
	/* Nothing is agreed to yet, so the host is not to be written to, whatever is wanted. */
	const struct hook_place place = {
		.a = q->a, .root = q->plan->root, .txn = q->s->dir.txn, .new = q->s->new,
		.policy = policy == CAGE_OFF ? CAGE_TRY : policy,
		.memory = q->plan->options->script_memory,
		.line = on_line, .progress = on_progress,
		.ctx = q,
	};
	const struct script script = { .name = h->told.what };
	struct script_result result;
	int rc;

	h->told.what = "migrate";
	h->told.dry_run = true;
	h->answers = q->plan->options->answers;
	q->component = h->told.component;
	q->lines.n = 0;
	rc = hooks_run(&place, h, &result, e);
	if (rc < 0)
		return rc;
	ret->lines = arena_memdup(q->a, q->lines.v, q->lines.n, sizeof(*ret->lines));
	ret->n = q->lines.n;
	if (result.status != SCRIPT_FINE)
		plan_add_problem(q->a, q->plan, arena_printf(q->a, "the migration of %s from %s to "
				 "%s would fail: %s", h->told.component, h->told.from, h->told.to,
				 script_words(q->a, &script, &result)), fix);
	return 0;
}

static int ask_beside(struct asking *q, struct beside_migration *m, struct error *e)
{
	struct hook h = {
		.told = { .component = m->component, .from = m->from, .to = m->to,
			  .only = m->only },
		.base = m->base, .old = m->old_base, .command = m->command, .both = m->both,
	};
	int rc = m->outside != NULL ? tree_open(m->outside, &h.old_tree, e) : 0;

	if (rc == 0)
		rc = ask(q, &h, NULL, &m->dry, e);
	if (h.old_tree != NULL)
		tree_close(h.old_tree);
	return rc;
}

/* Nothing has been replaced yet: all of the old base is as it was, wherever links lead to it. A
 * base that is the root's top would show what is ours, too. */
static int open_old(struct asking *q, const char *base, struct tree **ret, struct error *e)
{
	struct tree *root = q->plan->root->tree;
	struct rpath old;
	int rc = rpath_parse(q->a, arena_printf(q->a, "%s/x", base), &old, e);

	if (base[0] == '\0')
		return 0;
	if (rc == 0)
		rc = tree_canonical(root, q->a, old, &old, e);
	return rc < 0 ? rc : tree_open_below(root, rpath_parent(q->a, old), 0, false, ret, e);
}

static int ask_in_place(struct asking *q, struct migration *m, struct error *e)
{
	struct hook h = {
		.told = { .component = m->component, .from = m->from, .to = m->to },
		.base = m->base, .old = m->old_base, .command = m->exec, .both = true,
	};
	int rc = m->carried ? 0 : open_old(q, m->old_base, &h.replaced, e);

	if (rc == 0)
		rc = ask(q, &h, m->carried ? arena_printf(q->a, "take the configuration of %s out "
							  "of the state file, and carry it over by "
							  "hand", m->component) : NULL,
			 &m->dry, e);
	tree_close(h.replaced);
	return rc;
}

/* ---- all */

static bool any_knows(const struct plan *plan)
{
	bool any = false;

	for (size_t i = 0; i < plan->nmigrations; i++)
		any |= plan->migrations[i].dry.known;
	for (size_t i = 0; i < plan->nbesides; i++)
		any |= plan->besides[i].dry.known;
	return any;
}

static int take_away(struct asking *q, struct error *e)
{
	int rc = overlay_dress(q->plan->root, q->s->new, e);

	for (size_t i = 0; rc == 0 && i < q->plan->nitems; i++) {
		const struct change_item *it = &q->plan->items[i];

		if (it->kind == CHANGE_REMOVE && it->was_type != 'd')
			rc = overlay_whiteout(q->plan->root, q->s->new, it->real, e);
	}
	return rc;
}

static int ask_all(struct asking *q, unsigned threads, struct error *e)
{
	struct plan *plan = q->plan;
	int rc = stage_fill(q->s, threads, q->watch->progress, q->watch->ctx, e);

	if (rc == 0)
		rc = take_away(q, e);
	for (size_t i = 0; rc == 0 && i < plan->nbesides; i++)
		if (plan->besides[i].dry.known)
			rc = ask_beside(q, &plan->besides[i], e);
	if (rc == 0)
		rc = stage_puts(q->s, e);
	for (size_t i = 0; rc == 0 && i < plan->nmigrations; i++)
		if (plan->migrations[i].dry.known)
			rc = ask_in_place(q, &plan->migrations[i], e);
	return rc;
}

/* What scripts of packages would make is not there: they do not run for this. */
static int ask_in(struct asking *q, struct tree *scratch, unsigned threads, struct error *e)
{
	int rc;

	q->here = *q->plan;
	q->here.late = true;
	rc = stage_open(q->a, &q->here, scratch, &q->s, e);
	if (rc < 0)
		return rc;
	rc = ask_all(q, threads, e);
	stage_discard(q->s);
	stage_close(q->s);
	return rc;
}

static int ask_somewhere(struct asking *q, unsigned threads, struct error *e)
{
	struct scratch d = { .parent = NULL };
	int rc;

	if (q->plan->nvolumes > 0)
		return error_set(e, E_UNSUPPORTED, "what comes lies on several file systems");
	rc = scratch_make(q->a, &d, e);
	if (rc == 0)
		rc = ask_in(q, d.tree, threads, e);
	scratch_remove(&d);
	return rc;
}

int dryrun_ask(struct arena *a, struct plan *plan, const char *called, unsigned threads,
	       const struct dryrun_watch *watch, struct error *e)
{
	struct asking q = { .a = a, .plan = plan, .called = called, .watch = watch };
	struct error why = ERROR_INIT;
	int rc;

	if (plan->nproblems > 0 || !any_knows(plan))
		return 0;
	rc = ask_somewhere(&q, threads, &why);
	VEC_FREE(&q.lines);
	if (rc == -E_INTERRUPTED) {
		if (e != NULL)
			*e = why;
		return rc;
	}
	if (rc < 0)
		plan_add_note(a, plan, arena_printf(a, "what the migrations would do is not known: "
						    "%s", why.text));
	return 0;
}
