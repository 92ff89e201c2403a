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

static void show_one(const struct service *s)
{
	if (s->start == NULL)
		report_out("    %s of %s: stopped", s->name, s->component);
	else
		report_out("    %s of %s: stopped, then started%s", s->name, s->component,
			   s->check != NULL ? " and checked" : "");
}

void show_services(struct arena *a, const struct plan *plan)
{
	struct table *t = table_new(a, "services", columns, sizeof(columns) / sizeof(columns[0]));
	bool run = plan_runs_services(plan);
	size_t i;

	for (i = 0; i < plan->nservices; i++) {
		const struct service *s = &plan->services[i];

		table_add(t, (struct cell[]){ CELL_S(s->component), CELL_S(s->name),
				CELL_S(s->stop), CELL_S(s->start), CELL_S(s->check), CELL_N(run),
				CELL_S(plan->services_why) });
	}
	if (plan->nservices > 0)
		show_json_table(t);
	if (plan->nservices > 0 && !run)
		report_out("  Services   %zu, left alone: %s", plan->nservices, plan->services_why);
	else if (run)
		report_out("  Services   %zu, if %s:", plan->nservices,
			   plan->nservices == 1 ? "it runs" : "they run");
	for (i = 0; run && i < plan->nservices; i++)
		show_one(&plan->services[i]);
}
