/* Of a plan: what versions of a component side by side share, and which has it. */
#include "change.h"
#include "show.h"

static const struct column put_columns[] = {
	{ "component", NULL, COLUMN_TEXT },
	{ "path", NULL, COLUMN_TEXT },
	{ "type", NULL, COLUMN_TEXT },
	{ "target", NULL, COLUMN_TEXT },
	{ "what", NULL, COLUMN_TEXT },
};

static const char *type_name(const struct plan_put *put)
{
	return put->type == 's' ? "link" : put->type == 'f' ? "file" : "removed";
}

void show_beside(struct arena *a, const struct plan *plan)
{
	struct table *t = table_new(a, "beside", put_columns,
				    sizeof(put_columns) / sizeof(put_columns[0]));

	for (size_t i = 0; i < plan->nputs; i++) {
		const struct plan_put *put = &plan->puts[i];

		table_add(t, (struct cell[]){ CELL_S(put->component),
				CELL_S(arena_printf(a, "/%s", rpath_str(put->path))),
				CELL_S(type_name(put)), CELL_S(put->target),
				CELL_S(put->words) });
		report_out("  %-9s  %s", i == 0 ? "Beside" : "", put->words);
	}
	if (plan->nputs > 0)
		show_json_table(t);
}
