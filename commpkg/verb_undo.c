/* undo: take a transaction back, as a new one. */
#include "undo.h"

#include "formats/str.h"
#include "show.h"
#include "view.h"
#include "writer.h"

static const struct column plan_columns[] = {
	{ "transaction", NULL, COLUMN_NUMBER },
	{ "undone", NULL, COLUMN_NUMBER },
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
	w->forgotten = p->forgets >= p->txn;
	table_add(t, (struct cell[]){ CELL_N(p->txn), CELL_N(p->undone.n),
			CELL_S(p->undone.verb), CELL_S(p->undone.summary),
			CELL_N(p->undone.sealed),
			{ .number = (uint64_t)p->forgets, .none = p->forgets == 0 } });
	show_json_record(t);
	report_mute(w->run->o->quiet);
	report_heading("Undo transaction %lld of '%s' (%s)", (long long)p->undone.n,
		       w->run->target->path, p->undone.summary != NULL ?
		       p->undone.summary : p->undone.verb);
	show_changes(a, p);
	show_items(a, p);
	show_stays(a, p);
	report_mute(false);
	return ask(w, p, e);
}

/* ---- one */

static int undo_one(struct run *r, struct writer *w, int64_t n, int64_t *ret_txn,
		    struct error *e)
{
	struct undo_request req = { .root_path = r->target->path, .n = n, .command = r->command,
				    .lock_wait = r->o->lock_wait, .dry_run = r->o->dry_run,
				    .policy = writer_cage(r->o) };
	struct undo_watch watch = { .ctx = w, .waiting = writer_waiting,
				    .recovered = writer_recovered, .plan = on_plan };

	return undo_run(&req, &watch, ret_txn, e);
}

/* ---- --to N: one after the other, from the last back */

static const struct column to_columns[] = {
	{ "transaction", "UNDO", COLUMN_NUMBER },
	{ "sealed", "WHEN", COLUMN_TIME },
	{ "verb", "VERB", COLUMN_TEXT },
	{ "summary", "WHAT", COLUMN_TEXT },
};

static void show_list(struct run *r, const struct txn *list, size_t n, int64_t to)
{
	struct table *t = TABLE(r->arena, "undo_list", to_columns);
	size_t i;

	for (i = 0; i < n; i++)
		table_add(t, (struct cell[]){ CELL_N(list[i].n), CELL_N(list[i].sealed),
				CELL_S(list[i].verb), CELL_S(list[i].summary) });
	report_mute(r->o->quiet);
	if (to > 0)
		report_heading("'%s' as it was after transaction %lld", r->target->path,
			       (long long)to);
	else
		report_heading("'%s' as it was before the first transaction", r->target->path);
	show_table(t);
	report_out("%s", "");
	report_mute(false);
}

static int read_list(struct run *r, int64_t to, struct txn **ret, size_t *ret_n,
		     struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	int rc = view_open(r->target->path, &v, e);

	if (rc == 0 && v.db == NULL)
		rc = error_set(e, E_NOT_FOUND, "'%s' has no history", r->target->path);
	return rc < 0 ? rc : undo_list_to(v.db, r->arena, to, ret, ret_n, e);
}

/* Asked once, for the list; each is a transaction of its own, so what stops in between has
 * gone a part of the way back, and says how far. */
static int carry_out_list(struct run *r, struct writer *w, const struct txn *list, size_t n,
			  struct error *e)
{
	const char *question = arena_printf(r->arena, "Undo %zu transaction%s of '%s'?", n,
					    n == 1 ? "" : "s", r->target->path);
	int64_t txn = 0;
	size_t i;
	int rc = writer_ask(w, question, e);

	if (rc <= 0)
		return rc;
	w->asked = true;
	for (i = 0; rc >= 0 && i < n; i++) {
		rc = undo_one(r, w, list[i].n, &txn, e);
		if (rc < 0 && i > 0)
			(void)error_prefix(e, "transactions %lld to %lld are undone, %lld is not",
					   (long long)list[0].n, (long long)list[i - 1].n,
					   (long long)list[i].n);
		else if (rc == 0)
			report_mark(MARK_OK, "transaction %lld: taken back in '%s' (transaction "
				    "%lld)", (long long)list[i].n, r->target->path,
				    (long long)txn);
	}
	return rc;
}

static int undo_to(struct run *r, struct writer *w, struct error *e)
{
	struct txn *list;
	uint64_t to;
	size_t n;
	int rc;

	if (r->operands->nnames > 0)
		return error_set(e, E_USAGE, "--to names the transaction; '%s' is one too many",
				 r->operands->names[0]);
	if (!str_to_u64(r->o->to, strlen(r->o->to), 10, INT64_MAX, &to))
		return error_set(e, E_USAGE, "'--to' wants the number of a transaction, not '%s'",
				 r->o->to);
	rc = read_list(r, (int64_t)to, &list, &n, e);
	if (rc < 0)
		return rc;
	if (n == 0) {
		report_note("'%s' is as it was after transaction %llu", r->target->path,
			    (unsigned long long)to);
		return EXIT_DONE;
	}
	show_list(r, list, n, (int64_t)to);
	if (r->o->dry_run) {
		report_note("nothing was done (dry run); 'commpkg undo -n' shows the first in "
			    "full");
		return EXIT_DONE;
	}
	rc = carry_out_list(r, w, list, n, e);
	if (w->refused)
		report_note("nothing was done");
	return rc < 0 ? rc : w->refused ? EXIT_FAILED : EXIT_DONE;
}

int verb_undo(struct run *r, struct error *e)
{
	struct writer w;
	struct change_result result = { .txn = 0 };
	int64_t n;
	int rc;

	writer_init(&w, r, "Undo in", "taken back");
	w.by_number = true; /* the last that is in force is another one then */
	if (r->o->to != NULL)
		return undo_to(r, &w, e);
	rc = verb_number(r, &n, e);
	if (rc < 0)
		return rc;
	rc = undo_one(r, &w, n, &result.txn, e);
	return writer_finish(&w, rc, &result, e);
}
