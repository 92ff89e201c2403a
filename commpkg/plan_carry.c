/*
 * Configuration that was edited on another host (`info --state` there, `--silent` here), for files
 * that this plan puts where nothing is:
 *
 *	the packaged text is the same			as edited
 *	it changed, and lines or keys merge		merged
 *	it changed to the same				what comes
 *	it changed otherwise				as edited, what came lies beside: a decision
 *	removed there, the packaged text is the same	stays removed
 *	removed there, it changed			what came lies beside: a decision
 *
 * So the root gets the state that an upgrade in place would have given the other one.
 */
#include "planner.h"

#include "formats/statefile.h"

/* ---- which is for which */

static bool comes_editable(const struct planner *p, const char *path, struct claim **ret)
{
	struct claim *c = strmap_find(p->by_path, path);

	if (c == NULL || c->news == NULL)
		return false;
	*ret = c;
	for (const struct claim_new *n = c->news; n != NULL; n = n->next)
		if (n->what->entry->ftype == 'e')
			return true;
	return false;
}

/* The base may be another one here. */
static const char *moved_path(const struct planner *p, const struct state_edit *x)
{
	size_t i;

	for (i = 0; x->component != NULL && i < p->plan->ncomponents; i++) {
		const struct component_step *cs = &p->plan->components[i];
		const char *base = cs->base != NULL ? cs->base + strspn(cs->base, "/") : "";

		if (str_eq(cs->name, x->component) && cs->comes != NULL)
			return base[0] == '\0' ? x->relative :
						 arena_printf(p->a, "%s/%s", base, x->relative);
	}
	return NULL;
}

static struct claim *claim_for(const struct planner *p, const struct state_edit *x)
{
	const char *moved;
	struct claim *c;

	if (comes_editable(p, x->path, &c))
		return c;
	moved = moved_path(p, x);
	return moved != NULL && comes_editable(p, moved, &c) ? c : NULL;
}

int plan_carry(struct planner *p, struct error *e)
{
	const struct plan_options *o = p->options;
	struct rpath path;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < o->nedits; i++) {
		struct claim *c;

		rc = rpath_parse(p->a, o->edits[i].path, &path, e);
		c = rc == 0 ? claim_for(p, &o->edits[i]) : NULL;
		if (c != NULL && !c->exists && c->carried == NULL)
			c->carried = &o->edits[i];
	}
	return rc < 0 ? error_prefix(e, "the configuration in the state file") : 0;
}

/* Nothing is lost: the state file has it still. */
void plan_carry_left(struct planner *p)
{
	const struct plan_options *o = p->options;
	size_t i;

	for (i = 0; i < o->nedits; i++) {
		const struct claim *c = claim_for(p, &o->edits[i]);

		if (c == NULL)
			plan_note(p, "the edit of /%s is left in the state file: nothing that "
				  "comes has it as an editable file", o->edits[i].path);
		else if (c->exists)
			plan_note(p, "the edit of /%s is left in the state file: /%s is there "
				  "already", o->edits[i].path, c->path);
		else if (c->carried != &o->edits[i] || c->item.carried == NULL)
			plan_note(p, "the edit of /%s is left in the state file: no text of the "
				  "package's is put at /%s", o->edits[i].path, c->path);
	}
}

/* ---- what becomes of it */

static void put(struct planner *p, struct claim *c, struct text text, bool merged)
{
	const struct state_edit *x = c->carried;
	struct plan_merged *there = arena_alloc(p->a, sizeof(*there));
	struct change_item *it = &c->item;

	*there = (struct plan_merged){ .text = text, .mode = it->mode, .uid = it->uid,
				       .gid = it->gid };
	if (merged)
		there->rule = strmap_find(p->rules, c->path);
	if (x->mode != STATE_EDIT_NO_MODE)
		there->mode = x->mode;
	if (x->owner != NULL && owners_uid(p->owners, x->owner, &there->uid) <= 0)
		plan_note(p, "/%s: nobody is called '%s' here: its owner is as packaged", c->path,
			  x->owner);
	if (x->group != NULL && owners_gid(p->owners, x->group, &there->gid) <= 0)
		plan_note(p, "/%s: no group is called '%s' here: its group is as packaged",
			  c->path, x->group);
	it->kind = CHANGE_CREATE;
	it->rules = true;
	it->merged = there;
}

static void conflict(struct planner *p, struct claim *c, const char *why)
{
	const struct state_edit *x = c->carried;

	plan_config_queue(p, c, arena_printf(p->a, "edited elsewhere, and the packaged text "
					     "changed%s", why));
	put(p, c, (struct text){ x->live, x->live_len }, false);
}

static void merge(struct planner *p, struct claim *c, struct text new)
{
	const struct state_edit *x = c->carried;
	const struct text base = { x->base, x->base_len }, live = { x->live, x->live_len };
	const struct config_rule *rule = strmap_find(p->rules, c->path);
	const char *why = "edited elsewhere, and the packaged text changed: merged";
	struct merge_result r;
	bool by_key;

	if (rule != NULL && rule->merge == MERGE_NONE) {
		conflict(p, c, arena_printf(p->a, "; %s wants it merged by hand",
					    rule->component));
		return;
	}
	plan_merge_by_rule(p, c, base, live, new, &r, &by_key);
	if (r.outcome == MERGE_BINARY) {
		conflict(p, c, "; not text");
	} else if (r.outcome != MERGE_CLEAN) {
		conflict(p, c, arena_printf(p->a, " in the same place (line %zu%s)", r.line,
					    r.conflicts > 1 ? " first" : ""));
	} else {
		(void)plan_decision(p, DECISION_MERGE, c, why);
		put(p, c, r.text, true);
		c->item.note = why;
		c->item.accepted = true;
	}
}

static void decide_removed(struct planner *p, struct claim *c, bool same)
{
	if (!same) {
		plan_config_queue(p, c, "removed elsewhere, and the packaged text changed");
		return;
	}
	plan_config_keep(p, c, DECISION_STAY_REMOVED, "removed elsewhere");
	c->item.accepted = true;
}

int plan_carry_decide(struct planner *p, struct claim *c, const struct text *new,
		      const struct sha256 *digest, struct error *e)
{
	const struct state_edit *x = c->carried;
	struct sha256 base, live;
	bool same;

	(void)e;
	sha256_of(x->base, x->base_len, &base);
	sha256_of(x->live, x->live_len, &live);
	same = sha256_equal(&base, digest);
	c->item.carried = x;
	if (x->removed) {
		decide_removed(p, c, same);
	} else if (same) {
		(void)plan_decision(p, DECISION_CARRY, c, "edited elsewhere");
		put(p, c, (struct text){ x->live, x->live_len }, false);
		c->item.note = "edited elsewhere";
		c->item.accepted = true;
	} else if (sha256_equal(&live, digest)) {
		(void)plan_decision(p, DECISION_NEW, c, "new");
		c->item.kind = CHANGE_CREATE;
		c->item.rules = c->item.accepted = true;
	} else if (new == NULL) {
		conflict(p, c, "; too large to be merged");
	} else {
		merge(p, c, *new);
	}
	return 0;
}
