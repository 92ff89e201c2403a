/* repair: put damaged objects back. */
#include "repair.h"

#include "formats/str.h"
#include "show.h"
#include "writer.h"

static const struct column plan_columns[] = {
	{ "transaction", NULL, COLUMN_NUMBER },
	{ "restore", NULL, COLUMN_NUMBER },
	{ "attributes", NULL, COLUMN_NUMBER },
	{ "left", NULL, COLUMN_NUMBER },
	{ "edited", NULL, COLUMN_NUMBER },
	{ "bytes", NULL, COLUMN_SIZE },
	{ "forgets", NULL, COLUMN_NUMBER },
};
static const struct column item_columns[] = {
	{ "path", "PATH", COLUMN_TEXT },
	{ "damage", "DAMAGE", COLUMN_TEXT },
	{ "change", "CHANGE", COLUMN_TEXT },
	{ "source", "SOURCE", COLUMN_TEXT },
	{ "fix", NULL, COLUMN_TEXT },
	{ "package", NULL, COLUMN_TEXT },
};
#define TABLE(a, key, columns) table_new(a, key, columns, sizeof(columns) / sizeof((columns)[0]))

static const char *kind_name(enum repair_kind k)
{
	static const char *const names[] = {
		[REPAIR_PUT] = "restore", [REPAIR_DIRECTORY] = "restore",
		[REPAIR_ATTR] = "attributes", [REPAIR_CANNOT] = "left",
		[REPAIR_EDITED] = "edited", [REPAIR_GONE] = "gone",
	};

	return names[k];
}

static void show_item(const struct repair_item *it)
{
	switch (it->kind) {
	case REPAIR_PUT:
	case REPAIR_DIRECTORY:
		report_marked(MARK_NONE, "/%s: %s: %s", it->path, it->damage,
			      it->source != NULL ? it->source : "made anew");
		break;
	case REPAIR_ATTR:
		report_marked(MARK_NONE, "/%s: %s: set again", it->path, it->damage);
		break;
	case REPAIR_CANNOT:
		report_marked(MARK_BAD, "/%s: %s: can't be repaired: %s", it->path, it->damage,
			      it->source);
		report_marked(MARK_ARROW, "%s", it->fix);
		break;
	case REPAIR_EDITED:
		report_marked(MARK_WARN, "/%s: edited: left alone", it->path);
		break;
	case REPAIR_GONE:
		report_marked(MARK_NONE, "/%s: %s: taken away", it->path, it->damage);
		break;
	}
}

static void show_items(struct arena *a, const struct repair_plan *p)
{
	struct table *t = TABLE(a, "repairs", item_columns);
	size_t i;

	for (i = 0; i < p->nitems; i++) {
		const struct repair_item *it = &p->items[i];

		table_add(t, (struct cell[]){ CELL_S(arena_printf(a, "/%s", it->path)),
				CELL_S(it->damage), CELL_S(kind_name(it->kind)),
				CELL_S(it->source), CELL_S(it->fix), CELL_S(it->instance) });
		show_item(it);
	}
	show_json_table(t);
}

static void show_counts(struct arena *a, const struct repair_plan *p)
{
	struct table *t = TABLE(a, "plan", plan_columns);
	char size[32];

	table_add(t, (struct cell[]){ CELL_N(p->txn), CELL_N(p->nput), CELL_N(p->nattr),
			CELL_N(p->ncannot), CELL_N(p->nedited), CELL_N(p->bytes),
			{ .number = (uint64_t)p->forgets, .none = p->forgets == 0 } });
	show_json_record(t);
	report_out("%s", "");
	report_out("  Restore    %zu objects, %s; attributes of %zu", p->nput,
		   report_size(p->bytes, size), p->nattr);
	if (p->ncannot > 0)
		report_out("  Left       %zu that can't be repaired", p->ncannot);
	show_forgotten(p->forgets, p->txn);
	report_out("%s", "");
}

static int on_plan(void *ctx, const struct repair_plan *p, struct error *e)
{
	struct writer *w = ctx;
	struct arena *a = w->run->arena;
	size_t todo = p->nput + p->nattr;

	w->summary = todo == 1 ? "1 object" : arena_printf(a, "%zu objects", todo);
	w->forgotten = p->forgets >= p->txn;
	if (p->warning != NULL)
		report_warning("%s", p->warning);
	report_mute(w->run->o->quiet && p->ncannot == 0);
	if (p->nitems > 0)
		report_heading("Repair '%s'", w->run->target->path);
	show_items(a, p);
	if (todo + p->ncannot > 0)
		show_counts(a, p);
	report_mute(false);
	if (todo == 0 || w->run->o->dry_run)
		return todo > 0;
	return writer_ask(w, arena_printf(a, "%s '%s'?", w->asking, w->run->target->path), e);
}

static void bar(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	report_progress("verify", done, total);
}

int verb_repair(struct run *r, struct error *e)
{
	struct writer w;
	struct repair_request req = {
		.root_path = r->target->path, .names = r->operands->names,
		.n = r->operands->nnames, .dist = r->dist, .command = r->command,
		.lock_wait = r->o->lock_wait, .threads = (unsigned)r->o->jobs,
		.dry_run = r->o->dry_run,
	};
	struct repair_watch watch = { .ctx = &w, .waiting = writer_waiting,
				      .recovered = writer_recovered, .progress = bar,
				      .plan = on_plan };
	struct repair_result done = { .txn = 0 };
	struct change_result result = { .txn = 0 };
	int rc;

	writer_init(&w, r, "Repair", "repaired");
	rc = repair_run(&req, &watch, &done, e);
	result.txn = done.txn;
	result.nothing_to_do = rc == 0 && done.repaired == 0;
	rc = writer_finish(&w, rc, &result, e);
	if (rc != EXIT_DONE || done.left == 0)
		return rc;
	report_note("%zu object%s still damaged", done.left, done.left == 1 ? " is" : "s are");
	return EXIT_DIFFERENCES;
}
