/* The scripts of a plan: which will run, when, and in what cage. */
#include "change.h"
#include "script.h"
#include "show.h"

static const struct column cage_columns[] = {
	{ "staged", NULL, COLUMN_FLAG },
	{ "when", NULL, COLUMN_TEXT },
	{ "why", NULL, COLUMN_TEXT },
	{ "policy", NULL, COLUMN_TEXT },
	{ "script_root", NULL, COLUMN_TEXT },
	{ "layers", NULL, COLUMN_LIST },
	{ "missing", NULL, COLUMN_LIST },
	{ "time_limit", NULL, COLUMN_NUMBER },
	{ "in_memory", NULL, COLUMN_TEXT },
	{ "memory", NULL, COLUMN_SIZE },
};
static const struct column script_columns[] = {
	{ "package", NULL, COLUMN_TEXT },
	{ "script", NULL, COLUMN_TEXT },
};
#define TABLE(a, key, columns) table_new(a, key, columns, sizeof(columns) / sizeof((columns)[0]))

static const char *policy_word(enum cage_policy p)
{
	static const char *const words[] = {
		[CAGE_TRY] = "try", [CAGE_REQUIRE] = "require", [CAGE_OFF] = "off",
	};

	return words[p];
}

static const char *const *layer_list(struct arena *a, unsigned layers)
{
	const char **list = arena_calloc(a, 33, sizeof(*list));
	size_t n = 0;

	for (unsigned i = 0; i < 32; i++)
		if ((layers & 1u << i) != 0)
			list[n++] = cage_words(a, 1u << i);
	return list;
}

static void add_script(struct table *t, const struct plan_step *ps, const struct infofile *f)
{
	if (f != NULL)
		table_add(t, (struct cell[]){ CELL_S(ps->instance), CELL_S(f->name) });
}

static void add_step(struct table *t, const struct plan_step *ps)
{
	bool comes = ps->step->package != NULL;
	size_t i;

	add_script(t, ps, plan_script(ps, comes ? "preinstall" : "preremove"));
	for (i = 0; i < ps->nclasses; i++)
		add_script(t, ps, comes ? ps->classes[i].install : ps->classes[i].remove);
	if (!ps->waits)
		add_script(t, ps, plan_script(ps, comes ? "postinstall" : "postremove"));
}

static void show_scripts(struct arena *a, const struct plan *plan)
{
	struct table *t = TABLE(a, "scripts", script_columns);
	size_t i;

	for (i = 0; i < plan->nsteps; i++)
		add_step(t, &plan->steps[i]);
	show_json_table(t);
	for (i = 0; report_options()->verbose > 0 && i < t->nrows; i++)
		report_out("    %s of %s", t->cells[2 * i + 1].text, t->cells[2 * i].text);
}

static unsigned time_limit(const struct plan_options *o)
{
	return o->script_timeout != 0 ? o->script_timeout : SCRIPT_TIME_LIMIT;
}

/* Layers that this host has, and those that it has not, by name. */
static void say_layers(struct arena *a, const struct plan *plan)
{
	char size[32];

	if (report_options()->verbose == 0)
		return;
	report_out("    in force: %s, environment from nothing, at most %u s",
		   cage_words(a, plan->layers), time_limit(plan->options));
	if (plan->in_memory != NULL)
		report_out("    in memory: what they write, at most %s, as the root is on %s",
			   report_size(plan->script_memory, size), plan->in_memory);
	if (plan->missing != 0 && plan->options->cage == CAGE_TRY)
		report_out("    missing: %s", cage_words(a, plan->missing));
}

static const char *how(const struct plan *plan)
{
	if (!plan->late)
		return plan->options->cage == CAGE_OFF ? "over the stage, not caged" :
							 "caged over the stage";
	return plan->layers == 0 || plan->options->cage == CAGE_OFF ?
	       "on the root itself after the commit, not caged" :
	       "on the root itself after the commit, caged";
}

void show_cage(struct arena *a, const struct plan *plan, size_t scripts)
{
	const struct plan_options *o = plan->options;
	struct table *t = TABLE(a, "cage", cage_columns);

	if (scripts == 0)
		return;
	table_add(t, (struct cell[]){ CELL_N(!plan->late),
			CELL_S(plan->late ? "after commit" : "staged"), CELL_S(plan->late_why),
			CELL_S(policy_word(o->cage)), CELL_S(o->script_inside ? "chroot" : "host"),
			CELL_L(layer_list(a, plan->layers)), CELL_L(layer_list(a, plan->missing)),
			CELL_N(time_limit(o)), CELL_S(plan->in_memory),
			CELL_N(plan->in_memory != NULL ? plan->script_memory : 0) });
	show_json_record(t);
	report_out("  Scripts    %zu, %s", scripts, how(plan));
	show_scripts(a, plan);
	say_layers(a, plan);
}
