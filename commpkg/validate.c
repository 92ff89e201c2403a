/* Merged configuration, looked at by its component. */
#include "validate.h"

#include "formats/statefile.h"
#include "hooks.h"

struct validating {
	struct stage *s;
	struct plan *plan;
	const struct procedures_watch *watch;
	const struct config_rule *rule;
	void (*told)(void *ctx, const char *words);
	void *ctx;
};

static void on_line(void *ctx, const char *text)
{
	const struct validating *v = ctx;

	if (v->watch->line != NULL)
		v->watch->line(v->watch->ctx, v->rule->component, v->rule->validate, text);
}

/* ---- not accepted: as a conflict */

static struct staged_text *text_of(struct stage *s, const char *path)
{
	size_t i;

	for (i = 0; i < s->texts.n; i++)
		if (str_eq(s->texts.v[i].path, path))
			return &s->texts.v[i];
	return NULL;
}

/* Of the packaged text, which is not the accepted one after all. */
static int write_beside(struct stage *s, const struct change_item *it, struct rpath beside,
			const struct staged_text *t, struct error *e)
{
	const struct stat as = { .st_mode = it->mode, .st_uid = it->uid, .st_gid = it->gid,
				 .st_mtim.tv_sec = it->what->entry->mtime };

	return stage_file(s, beside, t->bytes, t->len, &as, e);
}

static struct decision *decision_of(struct plan *plan, struct rpath path)
{
	size_t i;

	for (i = 0; i < plan->ndecisions; i++)
		if (str_eq(rpath_str(plan->decisions[i].path), rpath_str(path)))
			return &plan->decisions[i];
	return NULL;
}

/* What was there stays; of another host's edit that text is put there, unmerged. */
static int turn_item(struct stage *s, struct change_item *it, struct rpath beside,
		     const char *why, struct error *e)
{
	struct plan_merged *there;

	it->accepted = false;
	it->beside = beside;
	it->note = why;
	if (it->carried == NULL) {
		it->kind = CHANGE_KEEP;
		it->rules = false;
		it->merged = NULL;
		return 0;
	}
	there = arena_memdup(s->a, it->merged, 1, sizeof(*there));
	there->text = (struct text){ it->carried->live, it->carried->live_len };
	there->rule = NULL;
	it->merged = there;
	return stage_put_merged(s, it, e);
}

/* The text that was accepted until now stays so. */
static void turn_text(struct stage *s, const struct change_item *it, struct staged_text *t)
{
	if (it->carried == NULL) {
		*t = s->texts.v[--s->texts.n];
		return;
	}
	t->bytes = it->carried->base;
	t->len = it->carried->base_len;
}

static int reject(struct validating *v, struct change_item *it, const char *how, struct error *e)
{
	struct stage *s = v->s;
	struct staged_text *t = text_of(s, rpath_str(it->path));
	struct decision *d = decision_of(v->plan, it->path);
	struct rpath beside;
	const char *why = arena_printf(s->a, "edited, and the merged text is not accepted by '%s' "
				       "of %s (%s)", v->rule->validate, v->rule->component, how);
	int rc = rpath_parse(s->a, arena_printf(s->a, "%s.new", rpath_str(it->real)), &beside, e);

	if (rc == 0 && (t == NULL || d == NULL))
		rc = error_set(e, E_CONFLICT, "'/%s': %s", rpath_str(it->path), why);
	if (rc == 0)
		rc = tree_unlink(s->new, it->real, e);
	if (rc == 0)
		rc = write_beside(s, it, beside, t, e);
	if (rc < 0)
		return rc;
	turn_text(s, it, t);
	rc = turn_item(s, it, beside, why, e);
	if (rc < 0)
		return rc;
	*d = (struct decision){ .kind = DECISION_QUEUE_NEW, .path = it->path, .beside = beside,
				.why = why };
	v->told(v->ctx, arena_printf(s->a, "/%s stays as it is: %s", rpath_str(it->path), why));
	return 0;
}

/* ---- one text */

static int look_at(struct validating *v, struct change_item *it, bool *ret_can, struct error *e)
{
	const struct config_rule *rule = it->merged->rule;
	const struct hook h = {
		.told = { .what = "validate", .component = rule->component, .to = rule->version },
		.base = rule->base, .command = rule->validate, .argument = rpath_str(it->path),
		.input = it->merged->text.bytes, .input_len = it->merged->text.len,
	};
	const struct hook_place place = {
		.a = v->s->a, .root = v->plan->root, .txn = v->s->dir.txn, .new = v->s->new,
		.policy = v->plan->options->cage, .line = on_line, .ctx = v,
	};
	const struct script script = { .name = h.told.what };
	struct script_result result;
	int rc;

	v->rule = rule;
	rc = hooks_run(&place, &h, &result, e);
	if (rc == -E_UNSUPPORTED) {
		*ret_can = false;
		v->told(v->ctx, arena_printf(v->s->a, "merged configuration is not looked at by "
					     "its components: %s", e != NULL ? e->text : ""));
		error_clear(e);
		return 0;
	}
	if (rc < 0 || result.status == SCRIPT_FINE)
		return rc;
	return reject(v, it, script_words(v->s->a, &script, &result), e);
}

int validate_merged(struct stage *s, struct plan *plan, const struct procedures_watch *watch,
		    void (*told)(void *ctx, const char *words), void *ctx, struct error *e)
{
	struct validating v = { .s = s, .plan = plan, .watch = watch, .told = told, .ctx = ctx };
	bool can = true;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && can && i < plan->nitems; i++) {
		const struct plan_merged *merged = plan->items[i].merged;

		if (merged != NULL && merged->rule != NULL && merged->rule->validate != NULL)
			rc = look_at(&v, &plan->items[i], &can, e);
	}
	return rc;
}
