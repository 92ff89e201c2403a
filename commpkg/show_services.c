/* The services of a plan: what is stopped, what is started, or why they are left alone. */
#include "change.h"
#include "show.h"

static const struct column columns[] = {
	{ "component", NULL, COLUMN_TEXT },
	{ "service", NULL, COLUMN_TEXT },
	{ "stop", NULL, COLUMN_TEXT },
	{ "start", NULL, COLUMN_TEXT },
	{ "check", NULL, COLUMN_TEXT },
	{ "run", NULL, COLUMN_FLAG },
	{ "why", NULL, COLUMN_TEXT },
};

static const struct column migration_columns[] = {
	{ "component", NULL, COLUMN_TEXT },
	{ "from", NULL, COLUMN_TEXT },
	{ "to", NULL, COLUMN_TEXT },
	{ "exec", NULL, COLUMN_TEXT },
	{ "only", NULL, COLUMN_TEXT },
	{ "says", NULL, COLUMN_LIST },
};
static const struct column data_columns[] = {
	{ "component", NULL, COLUMN_TEXT },
	{ "path", NULL, COLUMN_TEXT },
	{ "from", NULL, COLUMN_TEXT },
	{ "to", NULL, COLUMN_TEXT },
	{ "oneway", NULL, COLUMN_FLAG },
	{ "saved", NULL, COLUMN_LIST },
	{ "bytes", NULL, COLUMN_SIZE },
	{ "files", NULL, COLUMN_NUMBER },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void show_one(const struct service *s)
{
	if (s->start == NULL)
		report_out("    %s of %s: stopped", s->name, s->component);
	else if (s->stop == NULL)
		report_out("    %s of %s: new, started%s if another of %s was stopped", s->name,
			   s->component, s->check != NULL ? " and checked" : "", s->component);
	else
		report_out("    %s of %s: stopped, then started%s", s->name, s->component,
			   s->check != NULL ? " and checked" : "");
}

void show_services(struct arena *a, const struct service *services, size_t n, const char *why)
{
	struct table *t = table_new(a, "services", columns, COUNT(columns));
	bool run = n > 0 && why == NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct service *s = &services[i];

		table_add(t, (struct cell[]){ CELL_S(s->component), CELL_S(s->name),
				CELL_S(s->stop), CELL_S(s->start), CELL_S(s->check), CELL_N(run),
				CELL_S(why) });
	}
	if (n > 0)
		show_json_table(t);
	if (n > 0 && !run)
		report_out("  Services   %zu, left alone: %s", n, why);
	else if (run)
		report_out("  Services   %zu, if %s:", n, n == 1 ? "it runs" : "they run");
	for (i = 0; run && i < n; i++)
		show_one(&services[i]);
}

static const char *const *absolute(struct arena *a, const char *const *paths)
{
	const char **list;
	size_t n = 0, i;

	while (paths[n] != NULL)
		n++;
	list = arena_calloc(a, n + 1, sizeof(*list));
	for (i = 0; i < n; i++)
		list[i] = arena_printf(a, "/%s", paths[i]);
	return list;
}

static void show_data(struct arena *a, const struct plan *plan)
{
	struct table *t = table_new(a, "data", data_columns, COUNT(data_columns));
	char size[32];
	size_t i;

	for (i = 0; i < plan->nsaves; i++) {
		const struct data_save *d = &plan->saves[i];

		table_add(t, (struct cell[]){ CELL_S(d->component),
				CELL_S(arena_printf(a, "/%s", d->path)), CELL_S(d->from),
				CELL_S(d->to), CELL_N(d->oneway), CELL_L(absolute(a, d->save)),
				CELL_N(d->bytes), CELL_N(d->files) });
		report_out("  Data       /%s of %s: format %s to %s%s; %llu file%s (%s) saved for "
			   "undo", d->path, d->component, d->from != NULL ? d->from : "?",
			   d->to != NULL ? d->to : "?", d->oneway ? ", which is one way" : "",
			   (unsigned long long)d->files, d->files == 1 ? "" : "s",
			   report_size(d->bytes, size));
	}
	if (plan->nsaves > 0)
		show_json_table(t);
}

/* Where a hook has more to say than people read. */
#define SHOWN_LINES 40

/* What it said that it would do, below its line. */
static void show_said(const struct dry_run *dry)
{
	bool all = report_options()->verbose > 0 || dry->n <= SHOWN_LINES;
	size_t n = all ? dry->n : SHOWN_LINES;

	for (size_t i = 0; i < n; i++)
		report_out("    %s", dry->lines[i]);
	if (!all)
		report_out("    and %zu lines more (-v shows them)", dry->n - n);
}

static const char *const *said(struct arena *a, const struct dry_run *dry)
{
	const char **list = arena_calloc(a, dry->n + 1, sizeof(*list));

	for (size_t i = 0; i < dry->n; i++)
		list[i] = dry->lines[i];
	return list;
}

static void show_migration(struct table *t, const struct migration *m, const char *only)
{
	table_add(t, (struct cell[]){ CELL_S(m->component), CELL_S(m->from), CELL_S(m->to),
				      CELL_S(m->exec), CELL_S(only),
				      CELL_L(said(t->a, &m->dry)) });
	report_out("  Migrate    %s from %s to %s: %s%s%s%s", m->component, m->from, m->to, m->exec,
		   only != NULL ? " (only " : "", only != NULL ? only : "",
		   only != NULL ? ")" : "");
	show_said(&m->dry);
}

void show_migrations(struct arena *a, const struct plan *plan)
{
	struct table *t = table_new(a, "migrations", migration_columns,
				    COUNT(migration_columns));

	for (size_t i = 0; i < plan->nmigrations; i++)
		show_migration(t, &plan->migrations[i], NULL);
	for (size_t i = 0; i < plan->nbesides; i++) {
		const struct beside_migration *b = &plan->besides[i];
		const struct migration m = { .component = b->component, .from = b->from,
					     .to = b->to, .exec = b->command, .dry = b->dry };

		show_migration(t, &m, b->only);
	}
	if (t->nrows > 0)
		show_json_table(t);
	show_data(a, plan);
}
