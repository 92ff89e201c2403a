/* history: what was done to a root. */
#include "formats/str.h"
#include "pkgdb/scripts.h"
#include "services.h"
#include "show.h"
#include "undo.h"
#include "verb_history.h"
#include "view.h"

static const struct column list_columns[] = {
	{ "transaction", "N", COLUMN_NUMBER },
	{ "sealed", "WHEN", COLUMN_TIME },
	{ "who", "WHO", COLUMN_TEXT },
	{ "verb", "VERB", COLUMN_TEXT },
	{ "state", "STATE", COLUMN_TEXT },
	{ "undo", "UNDO", COLUMN_FLAG },
	{ "summary", "WHAT", COLUMN_TEXT },
};
static const struct column detail_columns[] = {
	{ "transaction", "Transaction", COLUMN_NUMBER },
	{ "verb", "Verb", COLUMN_TEXT },
	{ "command", "Command", COLUMN_TEXT },
	{ "who", "Who", COLUMN_TEXT },
	{ "started", "Started", COLUMN_TIME },
	{ "sealed", "Done", COLUMN_TIME },
	{ "state", "State", COLUMN_TEXT },
	{ "undoes", "Takes back", COLUMN_NUMBER },
	{ "undoes_first", "All from", COLUMN_NUMBER },
	{ "undo", "Can be undone", COLUMN_FLAG },
	{ "operations", "Operations", COLUMN_NUMBER },
};
static const struct column change_columns[] = {
	{ "instance", "PACKAGE", COLUMN_TEXT },
	{ "from", "FROM", COLUMN_TEXT },
	{ "to", "TO", COLUMN_TEXT },
};
static const struct column component_columns[] = {
	{ "component", "COMPONENT", COLUMN_TEXT },
	{ "from", "FROM", COLUMN_TEXT },
	{ "to", "TO", COLUMN_TEXT },
};
static const struct column note_columns[] = {
	{ "kind", "NOTE", COLUMN_TEXT },
	{ "subject", "SUBJECT", COLUMN_TEXT },
	{ "text", "TEXT", COLUMN_TEXT },
};
static const struct column script_columns[] = {
	{ "script", NULL, COLUMN_TEXT },
	{ "package", NULL, COLUMN_TEXT },
	{ "outcome", NULL, COLUMN_TEXT },
	{ "when", NULL, COLUMN_TEXT },
	{ "began", NULL, COLUMN_TIME },
	{ "ended", NULL, COLUMN_TIME },
	{ "runs", NULL, COLUMN_NUMBER },
	{ "status", NULL, COLUMN_NUMBER },
	{ "staged", NULL, COLUMN_FLAG },
	{ "output", NULL, COLUMN_TEXT },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *state_name(enum txn_state s)
{
	switch (s) {
	case TXN_SEALED:
		return "interrupted";
	case TXN_SETTLED:
		return "done";
	case TXN_REVERSING:
		return "being taken back";
	case TXN_REVERSED:
		return "taken back";
	}
	return "?";
}

static const char *state_of(const struct txn *all, size_t n, size_t i)
{
	return all[i].state == TXN_SETTLED && undo_was_undone(all, n, i) ? "undone" :
									   state_name(all[i].state);
}

static int show_list(struct run *r, const struct view *v, struct error *e)
{
	struct table *t = table_new(r->arena, "transactions", list_columns, COUNT(list_columns));
	struct txn *all = NULL;
	size_t n = 0, i;
	int rc = v->db != NULL ? txn_list(v->db, r->arena, &all, &n, e) : 0;

	if (rc < 0)
		return rc;
	for (i = n; i > 0; i--) {
		const struct txn *x = &all[i - 1];

		table_add(t, (struct cell[]){ CELL_N(x->n), CELL_N(x->sealed), CELL_S(x->who),
				CELL_S(x->verb), CELL_S(state_of(all, n, i - 1)),
				CELL_N(undo_possible(all, n, i - 1)), CELL_S(x->summary) });
	}
	show_table(t);
	if (n == 0)
		report_note("nothing was ever done to '%s' with commpkg", v->root->path);
	return EXIT_DONE;
}

/* Nothing for no changes. */
static void show_changes(struct table *t, const struct txn_change *changes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		table_add(t, (struct cell[]){ CELL_S(changes[i].instance),
				CELL_S(changes[i].from), CELL_S(changes[i].to) });
	if (n > 0)
		report_out("%s", "");
	show_table(t);
}

static int show_components(struct run *r, const struct view *v, int64_t n, struct error *e)
{
	struct txn_change *changes;
	size_t count;
	int rc = txn_component_changes(v->db, r->arena, n, &changes, &count, e);

	if (rc < 0)
		return rc;
	show_changes(table_new(r->arena, "components", component_columns,
			       COUNT(component_columns)), changes, count);
	return 0;
}

static int show_packages(struct run *r, const struct view *v, int64_t n, struct error *e)
{
	struct txn_change *changes;
	size_t count;
	int rc = txn_changes(v->db, r->arena, n, &changes, &count, e);

	if (rc < 0)
		return rc;
	show_changes(table_new(r->arena, "changes", change_columns, COUNT(change_columns)),
		     changes, count);
	return 0;
}

static int show_notes(struct run *r, const struct view *v, int64_t n, struct error *e)
{
	struct table *t = table_new(r->arena, "notes", note_columns, COUNT(note_columns));
	struct txn_note *notes;
	size_t count, i;
	int rc = txn_notes(v->db, r->arena, n, &notes, &count, e);

	if (rc < 0)
		return rc;
	for (i = 0; i < count; i++)
		table_add(t, (struct cell[]){ CELL_S(notes[i].kind), CELL_S(notes[i].subject),
				CELL_S(notes[i].text) });
	if (count > 0)
		report_out("%s", "");
	show_table(t);
	return 0;
}

/* ---- scripts */

static const char *when_of(struct arena *a, const struct txn_script *s)
{
	const char *when = s->phase == 0 ? "staged" : s->state == SCRIPT_WAITING ?
			   "for the first boot of the root" : "on the root";

	return s->runs > 1 ? arena_printf(a, "%s, %lld times", when, (long long)s->runs) : when;
}

static const char *outcome(struct arena *a, const struct txn_script *s)
{
	switch (s->state) {
	case SCRIPT_PENDING:
	case SCRIPT_WAITING:
		return "waits";
	case SCRIPT_STARTED:
		return "begun";
	case SCRIPT_SKIPPED:
		return "did not run";
	case SCRIPT_DONE:
	case SCRIPT_FAILED:
		break;
	}
	return arena_printf(a, "exit %d", s->status);
}

static void add_script(struct run *r, struct table *t, const struct txn_script *s)
{
	table_add(t, (struct cell[]){ CELL_S(services_name(r->arena, s)), CELL_S(s->instance),
			CELL_S(outcome(r->arena, s)), CELL_S(when_of(r->arena, s)),
			{ .number = (uint64_t)s->began, .none = s->began == 0 },
			{ .number = (uint64_t)s->ended, .none = s->ended == 0 },
			CELL_N(s->runs), { .number = (uint64_t)s->status, .none = s->status < 0 },
			CELL_N(s->phase == 0), CELL_S(s->output) });
}

/* Its lines, without the last newline: report ends each. */
static void show_output(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		report_out("    %.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static int show_scripts(struct run *r, const struct view *v, int64_t n, struct error *e)
{
	struct table *t = table_new(r->arena, "scripts", script_columns, COUNT(script_columns));
	struct txn_script *scripts;
	size_t count, i;
	int rc = txn_scripts(v->db, r->arena, n, &scripts, &count, e);

	if (rc < 0)
		return rc;
	for (i = 0; i < count; i++)
		add_script(r, t, &scripts[i]);
	show_json_table(t);
	for (i = 0; i < count; i++) {
		const struct txn_script *s = &scripts[i];

		if (i == 0)
			report_out("%s", "");
		report_out("  %s: %s, %s", services_words(r->arena, s), outcome(r->arena, s),
			   when_of(r->arena, s));
		show_output(s->output);
	}
	return 0;
}

static int show_one(struct run *r, const struct view *v, int64_t n, struct error *e)
{
	struct table *t = table_new(r->arena, "transaction", detail_columns,
				    COUNT(detail_columns));
	struct txn *all = NULL, x;
	struct op *ops;
	size_t nops, count = 0, i;
	int rc = v->db != NULL ? txn_list(v->db, r->arena, &all, &count, e) : 0;

	if (rc < 0)
		return rc;
	for (i = 0; i < count && all[i].n != n; i++)
		;
	if (i == count) {
		error_set(e, E_NOT_FOUND, "'%s' has no transaction %lld", v->root->path,
			  (long long)n);
		return error_hint(e, "'commpkg history -R %s' shows all",
				  str_shell(r->arena, v->root->path));
	}
	x = all[i];
	rc = txn_ops(v->db, r->arena, n, &ops, &nops, e);
	if (rc < 0)
		return rc;
	table_add(t, (struct cell[]){ CELL_N(x.n), CELL_S(x.verb), CELL_S(x.command),
			CELL_S(x.who), CELL_N(x.started), CELL_N(x.sealed),
			CELL_S(state_of(all, count, i)),
			{ .number = (uint64_t)x.undoes, .none = x.undoes == 0 },
			{ .number = (uint64_t)x.undoes_first,
			  .none = x.undoes_first == x.undoes },
			CELL_N(undo_possible(all, count, i)), CELL_N(nops) });
	show_record(t);
	rc = show_components(r, v, n, e);
	if (rc >= 0)
		rc = show_packages(r, v, n, e);
	if (rc >= 0)
		rc = show_scripts(r, v, n, e);
	return rc < 0 ? rc : show_notes(r, v, n, e);
}

int verb_number(const struct run *r, int64_t *ret, struct error *e)
{
	const char *word = r->operands->nnames > 0 ? r->operands->names[0] : NULL;
	uint64_t n = 0;

	if (r->operands->nnames > 1)
		return error_set(e, E_USAGE, "one number of a transaction, not '%s' too",
				 r->operands->names[1]);
	if (word != NULL && (!str_to_u64(word, strlen(word), 10, INT64_MAX, &n) || n == 0)) {
		error_set(e, E_USAGE, "'%s' is no number of a transaction", word);
		return error_hint(e, "for a root of that name: '@%s'", word);
	}
	*ret = (int64_t)n;
	return 0;
}

int verb_history(struct run *r, struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	int64_t n;
	int rc;

	if (r->o->prune != NULL || r->o->keep != NULL || r->o->keep_bytes != NULL)
		return history_prune(r, e);
	rc = verb_number(r, &n, e);
	if (rc == 0)
		rc = view_open(r->target->path, &v, e);
	if (rc < 0)
		return rc;
	return n > 0 ? show_one(r, &v, n, e) : show_list(r, &v, e);
}
