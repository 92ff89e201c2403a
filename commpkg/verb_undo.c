/* undo: take transactions back, as a new one. */
#include "undo.h"
#include "verb_undo.h"

#include "formats/str.h"
#include "show.h"
#include "writer.h"

static const struct column plan_columns[] = {
	{ "transaction", NULL, COLUMN_NUMBER },
	{ "undone", NULL, COLUMN_NUMBER },
	{ "undone_first", NULL, COLUMN_NUMBER },
	{ "undone_verb", NULL, COLUMN_TEXT },
	{ "undone_summary", NULL, COLUMN_TEXT },
	{ "undone_sealed", NULL, COLUMN_TIME },
	{ "forgets", NULL, COLUMN_NUMBER },
};
static const struct column change_columns[] = {
	{ "package", "PACKAGE", COLUMN_TEXT },
	{ "from", "NOW", COLUMN_TEXT },
	{ "to", "THEN", COLUMN_TEXT },
};
static const struct column component_columns[] = {
	{ "component", "COMPONENT", COLUMN_TEXT },
	{ "from", "NOW", COLUMN_TEXT },
	{ "to", "THEN", COLUMN_TEXT },
};
static const struct column item_columns[] = {
	{ "path", "PATH", COLUMN_TEXT },
	{ "change", "CHANGE", COLUMN_TEXT },
	{ "beside", "BESIDE", COLUMN_TEXT },
	{ "why", "WHY", COLUMN_TEXT },
};
static const struct column stays_columns[] = { { "text", NULL, COLUMN_TEXT } };
#define TABLE(a, key, columns) table_new(a, key, columns, sizeof(columns) / sizeof((columns)[0]))

struct undoing {
	struct writer w;
	bool back_to;		/* --to, with this number: */
	int64_t to;
	bool planned;
};

static void on_waiting(void *ctx, const char *holder)
{
	writer_waiting(&((struct undoing *)ctx)->w, holder);
}

static void on_recovered(void *ctx, const char *words)
{
	writer_recovered(&((struct undoing *)ctx)->w, words);
}

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
	struct table *components = TABLE(a, "components", component_columns);
	size_t i;

	for (i = 0; i < p->ncomponents; i++)
		table_add(components, (struct cell[]){ CELL_S(p->components[i].instance),
				CELL_S(p->components[i].from), CELL_S(p->components[i].to) });
	show_table(components);
	if (components->nrows > 0)
		report_out("%s", "");

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
	show_forgotten(p->forgets, p->txn);
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

static void show_stays(struct arena *a, const struct undo_plan *p)
{
	struct table *t = TABLE(a, "stays", stays_columns);
	size_t i;

	for (i = 0; i < p->nstays; i++) {
		table_add(t, (struct cell[]){ CELL_S(p->stays[i]) });
		report_marked(MARK_WARN, "%s", p->stays[i]);
	}
	show_json_table(t);
	if (p->nstays > 0)
		report_out("%s", "");
}

/* ---- what is taken back */

static const struct column list_columns[] = {
	{ "transaction", "UNDO", COLUMN_NUMBER },
	{ "sealed", "WHEN", COLUMN_TIME },
	{ "verb", "VERB", COLUMN_TEXT },
	{ "summary", "WHAT", COLUMN_TEXT },
};

static void show_list(struct undoing *u, const struct undo_plan *p)
{
	struct run *r = u->w.run;
	struct table *t = TABLE(r->arena, "undo_list", list_columns);
	size_t i;

	for (i = 0; i < p->nundone; i++)
		table_add(t, (struct cell[]){ CELL_N(p->undone[i].n), CELL_N(p->undone[i].sealed),
				CELL_S(p->undone[i].verb), CELL_S(p->undone[i].summary) });
	if (u->to > 0)
		report_heading("'%s' as it was after transaction %lld", r->target->path,
			       (long long)u->to);
	else
		report_heading("'%s' as it was before the first transaction", r->target->path);
	show_table(t);
	report_out("%s", "");
}

static void show_undone(struct undoing *u, const struct undo_plan *p)
{
	const struct txn *last = &p->undone[0];

	if (u->back_to)
		show_list(u, p);
	else
		report_heading("Undo transaction %lld of '%s' (%s)", (long long)last->n,
			       u->w.run->target->path, last->summary != NULL ? last->summary :
									   last->verb);
}

static int ask(struct undoing *u, const struct undo_plan *p, struct error *e)
{
	struct run *r = u->w.run;
	const char *what = p->nundone == 1 ?
		arena_printf(r->arena, "transaction %lld", (long long)p->undone[0].n) :
		arena_printf(r->arena, "%zu transactions", p->nundone);

	return r->o->dry_run ? 0 :
	       writer_ask(&u->w, arena_printf(r->arena, "Undo %s of '%s'?", what,
					      r->target->path), e);
}

static int on_plan(void *ctx, const struct undo_plan *p, struct error *e)
{
	struct undoing *u = ctx;
	struct writer *w = &u->w;
	struct arena *a = w->run->arena;
	struct table *t = TABLE(a, "plan", plan_columns);
	const struct txn *last = &p->undone[0], *first = &p->undone[p->nundone - 1];

	u->planned = true;
	w->summary = p->nundone == 1 ? arena_printf(a, "transaction %lld", (long long)last->n) :
		     arena_printf(a, "transactions %lld to %lld", (long long)first->n,
				  (long long)last->n);
	w->forgotten = p->forgets >= p->txn;
	table_add(t, (struct cell[]){ CELL_N(p->txn), CELL_N(last->n), CELL_N(first->n),
			CELL_S(last->verb), CELL_S(last->summary), CELL_N(last->sealed),
			{ .number = (uint64_t)p->forgets, .none = p->forgets == 0 } });
	show_json_record(t);
	report_mute(w->run->o->quiet);
	show_undone(u, p);
	show_changes(a, p);
	show_items(a, p);
	show_services(a, p->services, p->nservices, p->services_why);
	show_stays(a, p);
	report_mute(false);
	return ask(u, p, e);
}

static int read_to(const struct run *r, int64_t *ret, struct error *e)
{
	uint64_t to;

	if (r->operands->nnames > 0)
		return error_set(e, E_USAGE, "--to names the transaction; '%s' is one too many",
				 r->operands->names[0]);
	if (!str_to_u64(r->o->to, strlen(r->o->to), 10, INT64_MAX, &to))
		return error_set(e, E_USAGE, "'--to' wants the number of a transaction, not '%s'",
				 r->o->to);
	*ret = (int64_t)to;
	return 0;
}

static int run(struct run *r, bool back_to, int64_t n, struct error *e)
{
	struct undoing u = { .back_to = back_to, .to = n };
	struct undo_watch watch = { .ctx = &u, .waiting = on_waiting, .recovered = on_recovered,
				    .plan = on_plan };
	struct undo_request req = { .root_path = r->target->path, .back_to = back_to, .n = n,
				    .command = r->command, .lock_wait = r->o->lock_wait,
				    .dry_run = r->o->dry_run, .policy = writer_cage(r->o),
				    .services = (enum services_policy)r->o->services };
	struct change_result result = { .txn = 0 };
	int rc;

	writer_init(&u.w, r, "Undo in", "taken back");
	u.w.by_number = true; /* the last that is in force is another one then */
	rc = undo_run(&req, &watch, &result.txn, e);
	if (rc == 0 && !u.planned) {
		report_note("'%s' is as it was after transaction %lld", r->target->path,
			    (long long)req.n);
		return EXIT_DONE;
	}
	return writer_finish(&u.w, rc, &result, e);
}

int undo_transaction(struct run *r, int64_t n, struct error *e)
{
	return run(r, false, n, e);
}

int undo_back_to(struct run *r, int64_t n, struct error *e)
{
	return run(r, true, n, e);
}

int verb_undo(struct run *r, struct error *e)
{
	bool back_to = r->o->to != NULL;
	int64_t n = 0;
	int rc = back_to ? read_to(r, &n, e) : verb_number(r, &n, e);

	return rc < 0 ? rc : run(r, back_to, n, e);
}
