/* adopt: take over a root made by real SVR4 tools. */
#include "adopt.h"

#include "formats/str.h"
#include "show.h"
#include "show_findings.h"
#include "writer.h"

static const struct column plan_columns[] = {
	{ "packages", NULL, COLUMN_NUMBER },
	{ "partial", NULL, COLUMN_NUMBER },
	{ "paths", NULL, COLUMN_NUMBER },
	{ "shared", NULL, COLUMN_NUMBER },
	{ "damaged", NULL, COLUMN_NUMBER },
	{ "edited", NULL, COLUMN_NUMBER },
};
static const struct column note_columns[] = {
	{ "text", "NOTE", COLUMN_TEXT },
};
#define TABLE(a, key, columns) table_new(a, key, columns, sizeof(columns) / sizeof((columns)[0]))

static void show_notes(struct arena *a, const struct adopt_plan *p)
{
	struct table *t = TABLE(a, "notes", note_columns);
	size_t i;

	for (i = 0; i < p->nnotes; i++) {
		table_add(t, (struct cell[]){ CELL_S(p->notes[i]) });
		report_marked(MARK_WARN, "%s", p->notes[i]);
	}
	show_json_table(t);
}

static int on_plan(void *ctx, const struct adopt_plan *p, struct error *e)
{
	struct writer *w = ctx;
	struct arena *a = w->run->arena;
	struct table *t = TABLE(a, "plan", plan_columns);
	const char *path = w->run->target->path;

	w->summary = arena_printf(a, "%zu package%s", p->packages, p->packages == 1 ? "" : "s");
	table_add(t, (struct cell[]){ CELL_N(p->packages), CELL_N(p->partial), CELL_N(p->paths),
			CELL_N(p->shared), CELL_N(p->found->ndamaged),
			CELL_N(p->found->nedited) });
	show_json_record(t);
	report_mute(w->run->o->quiet);
	report_heading("Take over '%s'", path);
	show_findings(a, p->found);
	show_notes(a, p);
	report_out("%s", "");
	report_out("  Packages   %zu, %zu of them only in part", p->packages, p->partial);
	report_out("  Paths      %zu, %zu of several packages", p->paths, p->shared);
	report_out("  On disk    %zu differ from the record, %zu edited", p->found->ndamaged,
		   p->found->nedited);
	report_out("  The root   stays as it is, var/sadm too; its database is made beside");
	report_out("%s", "");
	report_mute(false);
	return w->run->o->dry_run ? 1 : writer_ask(w, arena_printf(a, "%s '%s'?", w->asking, path),
						   e);
}

static void bar(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	report_progress("read", done, total);
}

static void say_view(const struct run *r, const struct adopt_result *done)
{
	if (done->txn == 0)
		return;
	if (done->same_view)
		report_verbose("contents of '%s' is to the byte what the database says, comments "
			       "aside", r->target->path);
	else
		report_note("  contents stays as it is; the next transaction writes it in our "
			    "order (commpkg verify --database shows what is different)");
}

int verb_adopt(struct run *r, struct error *e)
{
	struct writer w;
	struct adopt_request req = {
		.root_path = r->target->path, .command = r->command,
		.lock_wait = r->o->lock_wait, .threads = (unsigned)r->o->jobs,
		.dry_run = r->o->dry_run,
	};
	struct adopt_watch watch = { .ctx = &w, .waiting = writer_waiting,
				     .recovered = writer_recovered, .progress = bar,
				     .plan = on_plan };
	struct adopt_result done = { .txn = 0 };
	struct change_result result = { .txn = 0 };
	int rc;

	if (r->operands->nnames > 0)
		return error_set(e, E_USAGE, "'adopt' does not know what '%s' is",
				 r->operands->names[0]);
	writer_init(&w, r, "Take over", "taken over");
	rc = adopt_run(&req, &watch, &done, e);
	result.txn = done.txn;
	result.nothing_to_do = done.nothing;
	rc = writer_finish(&w, rc, &result, e);
	if (rc == EXIT_DONE)
		say_view(r, &done);
	return rc;
}
