/* undo: take a transaction back, as a new one. */
#include "undo.h"

#include "show.h"
#include "writer.h"

static const struct column plan_columns[] = {
	{ "transaction", NULL, COLUMN_NUMBER },
	{ "undone", NULL, COLUMN_NUMBER },
	{ "undone_verb", NULL, COLUMN_TEXT },
	{ "undone_summary", NULL, COLUMN_TEXT },
	{ "undone_sealed", NULL, COLUMN_TIME },
};
static const struct column change_columns[] = {
	{ "package", "PACKAGE", COLUMN_TEXT },
	{ "from", "NOW", COLUMN_TEXT },
	{ "to", "THEN", COLUMN_TEXT },
};
static const struct column item_columns[] = {
	{ "path", "PATH", COLUMN_TEXT },
	{ "change", "CHANGE", COLUMN_TEXT },
	{ "beside", "BESIDE", COLUMN_TEXT },
	{ "why", "WHY", COLUMN_TEXT },
};
#define TABLE(a, key, columns) table_new(a, key, columns, sizeof(columns) / sizeof((columns)[0]))

static const char *item_name(const struct undo_item *it)
{
	static const char *const names[] = {
		[UNDO_RESTORE] = "restore", [UNDO_REMOVE] = "remove", [UNDO_ATTR] = "attributes",
		[UNDO_SAVE] = "changed since: saved", [UNDO_LEAVE] = "left alone",
	};

	return names[it->kind];
}

static void show_changes(struct arena *a, const struct undo_plan *p)
{
	struct table *t = TABLE(a, "changes", change_columns);
	size_t i;

	for (i = 0; i < p->nchanges; i++)
		table_add(t, (struct cell[]){ CELL_S(p->changes[i].instance),
				CELL_S(p->changes[i].from), CELL_S(p->changes[i].to) });
	show_table(t);
}

static bool notable(const struct undo_item *it)
{
	return it->kind == UNDO_SAVE || it->kind == UNDO_LEAVE || report_options()->verbose > 0;
}

static const char *beside(struct arena *a, const struct undo_item *it)
{
	return it->beside != NULL ? arena_printf(a, "/%s", it->beside) : NULL;
}

static void show_items(struct arena *a, const struct undo_plan *p)
{
	struct table *t = TABLE(a, "items", item_columns);
	size_t i, restore = 0, removed = 0;

	for (i = 0; i < p->nitems; i++) {
		const struct undo_item *it = &p->items[i];

		table_add(t, (struct cell[]){ CELL_S(arena_printf(a, "/%s", it->path)),
				CELL_S(item_name(it)), CELL_S(beside(a, it)), CELL_S(it->why) });
		restore += it->kind == UNDO_RESTORE;
		removed += it->kind == UNDO_REMOVE;
	}
	show_json_table(t);
	report_out("%s", "");
	report_out("  Objects    %zu back, %zu removed", restore, removed);
	for (i = 0; i < p->nitems; i++) {
		const struct undo_item *it = &p->items[i];

		if (it->kind == UNDO_SAVE)
			report_marked(MARK_WARN, "/%s: %s as %s", it->path, item_name(it),
				      beside(a, it));
		else if (notable(it))
			report_marked(MARK_NONE, "/%s: %s%s%s", it->path, item_name(it),
				      it->why != NULL ? ", " : "", it->why != NULL ? it->why : "");
	}
	report_out("%s", "");
}

static int ask(struct writer *w, const struct undo_plan *p, struct error *e)
{
	const char *question = arena_printf(w->run->arena, "Undo transaction %lld of '%s'?",
					    (long long)p->undone.n, w->run->target->path);

	return w->run->o->dry_run ? 0 : writer_ask(w, question, e);
}

static int on_plan(void *ctx, const struct undo_plan *p, struct error *e)
{
	struct writer *w = ctx;
	struct arena *a = w->run->arena;
	struct table *t = TABLE(a, "plan", plan_columns);

	w->summary = arena_printf(a, "transaction %lld", (long long)p->undone.n);
	table_add(t, (struct cell[]){ CELL_N(p->txn), CELL_N(p->undone.n),
			CELL_S(p->undone.verb), CELL_S(p->undone.summary),
			CELL_N(p->undone.sealed) });
	show_json_record(t);
	report_mute(w->run->o->quiet);
	report_heading("Undo transaction %lld of '%s' (%s)", (long long)p->undone.n,
		       w->run->target->path, p->undone.summary != NULL ?
		       p->undone.summary : p->undone.verb);
	show_changes(a, p);
	show_items(a, p);
	report_mute(false);
	return ask(w, p, e);
}

int verb_undo(struct run *r, struct error *e)
{
	struct writer w;
	struct undo_request req = { .root_path = r->target->path, .command = r->command,
				    .lock_wait = r->o->lock_wait, .dry_run = r->o->dry_run };
	struct undo_watch watch = { .waiting = writer_waiting, .recovered = writer_recovered,
				    .plan = on_plan };
	struct change_result result = { .txn = 0 };
	int rc = verb_number(r, &req.n, e);

	if (rc < 0)
		return rc;
	writer_init(&w, r, "Undo in", "taken back");
	watch.ctx = &w;
	w.by_number = true; /* the last that is in force is another one then */
	rc = undo_run(&req, &watch, &result.txn, e);
	return writer_finish(&w, rc, &result, e);
}
