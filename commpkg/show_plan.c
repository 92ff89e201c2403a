/* The plan, and why there is none. */
#include "change.h"
#include "show.h"

static const struct column step_columns[] = {
	{ "package", "PACKAGE", COLUMN_TEXT },
	{ "change", "CHANGE", COLUMN_TEXT },
	{ "from", NULL, COLUMN_TEXT },
	{ "to", NULL, COLUMN_TEXT },
	{ "versions", "VERSION", COLUMN_TEXT },
	{ "bytes", "SIZE", COLUMN_SIZE },
	{ "manual", NULL, COLUMN_FLAG },
	{ "why", "WHY", COLUMN_TEXT },
};
static const struct column component_columns[] = {
	{ "component", "COMPONENT", COLUMN_TEXT },
	{ "change", "CHANGE", COLUMN_TEXT },
	{ "from", NULL, COLUMN_TEXT },
	{ "to", NULL, COLUMN_TEXT },
	{ "versions", "VERSION", COLUMN_TEXT },
	{ "kind", NULL, COLUMN_TEXT },
	{ "count", "PACKAGES", COLUMN_NUMBER },
	{ "packages", NULL, COLUMN_LIST },
	{ "bytes", "SIZE", COLUMN_SIZE },
	{ "base", NULL, COLUMN_TEXT },
	{ "manual", NULL, COLUMN_FLAG },
	{ "why", "WHY", COLUMN_TEXT },
};
static const struct column licence_columns[] = {
	{ "licence", NULL, COLUMN_TEXT },
	{ "file", NULL, COLUMN_TEXT },
	{ "components", NULL, COLUMN_TEXT },
	{ "sha256", NULL, COLUMN_TEXT },
	{ "accepted", NULL, COLUMN_FLAG },
};
static const struct column plan_columns[] = {
	{ "transaction", NULL, COLUMN_NUMBER },
	{ "feasible", NULL, COLUMN_FLAG },
	{ "create", NULL, COLUMN_NUMBER },
	{ "replace", NULL, COLUMN_NUMBER },
	{ "attributes", NULL, COLUMN_NUMBER },
	{ "remove", NULL, COLUMN_NUMBER },
	{ "same", NULL, COLUMN_NUMBER },
	{ "scripts", NULL, COLUMN_NUMBER },
	{ "stage_bytes", NULL, COLUMN_SIZE },
	{ "need_bytes", NULL, COLUMN_SIZE },
	{ "have_bytes", NULL, COLUMN_SIZE },
	{ "need_inodes", NULL, COLUMN_NUMBER },
	{ "have_inodes", NULL, COLUMN_NUMBER },
	{ "keeps", NULL, COLUMN_FLAG },
	{ "forgets", NULL, COLUMN_NUMBER },
};
static const struct column decision_columns[] = {
	{ "path", "CONFIG", COLUMN_TEXT },
	{ "decision", "DECISION", COLUMN_TEXT },
	{ "beside", "BESIDE", COLUMN_TEXT },
	{ "why", "WHY", COLUMN_TEXT },
};
static const struct column problem_columns[] = {
	{ "text", NULL, COLUMN_TEXT },
	{ "fix", NULL, COLUMN_TEXT },
	{ "path", NULL, COLUMN_TEXT },
	{ "package", NULL, COLUMN_TEXT },
};
static const struct column volume_columns[] = {
	{ "path", NULL, COLUMN_TEXT },
	{ "mounted", NULL, COLUMN_TEXT },
	{ "need_bytes", NULL, COLUMN_SIZE },
	{ "have_bytes", NULL, COLUMN_SIZE },
	{ "need_inodes", NULL, COLUMN_NUMBER },
	{ "have_inodes", NULL, COLUMN_NUMBER },
};
static const struct column note_columns[] = { { "text", NULL, COLUMN_TEXT } };
static const struct column path_columns[] = {
	{ "path", "PATH", COLUMN_TEXT },
	{ "change", "CHANGE", COLUMN_TEXT },
	{ "type", "TYPE", COLUMN_TEXT },
	{ "package", "PACKAGE", COLUMN_TEXT },
	{ "note", "NOTE", COLUMN_TEXT },
};
static const struct column no_solution_columns[] = {
	{ "chain", NULL, COLUMN_LIST },
	{ "fixes", NULL, COLUMN_LIST },
};
#define TABLE(a, key, columns) table_new(a, key, columns, sizeof(columns) / sizeof((columns)[0]))

static const char *step_name(enum step_kind k)
{
	static const char *const names[] = {
		[STEP_INSTALL] = "install", [STEP_UPGRADE] = "upgrade",
		[STEP_DOWNGRADE] = "downgrade", [STEP_REINSTALL] = "reinstall",
		[STEP_REMOVE] = "remove", [STEP_SWITCH] = "switch",
		[STEP_MIGRATE] = "migrate",
	};

	return names[k];
}

static const char *change_name(enum change_kind k)
{
	static const char *const names[] = {
		[CHANGE_CREATE] = "create", [CHANGE_REPLACE] = "replace",
		[CHANGE_ATTR] = "attributes", [CHANGE_REMOVE] = "remove",
		[CHANGE_SAME] = "same", [CHANGE_KEEP] = "keep", [CHANGE_SKIP] = "skip",
		[CHANGE_SCRIPT] = "script",
	};

	return names[k];
}

/* ---- steps */

static const char *const *ended(struct arena *a, const char **v, size_t n)
{
	const char **list = arena_calloc(a, n + 1, sizeof(*list));

	if (n > 0)
		memcpy(list, v, n * sizeof(*list));
	return list;
}

static void show_steps(struct arena *a, const struct plan *plan)
{
	struct table *t = TABLE(a, "steps", step_columns);
	size_t i;

	for (i = 0; i < plan->nsteps; i++) {
		const struct plan_step *ps = &plan->steps[i];
		const struct step *s = ps->step;
		const char *from = s->installed != NULL ? s->installed->version : NULL;
		const char *to = s->package != NULL ? s->package->version : NULL;
		const char *both = from == NULL ? to : to == NULL ? from :
			arena_printf(a, "%s %s %s", from, report_symbol(MARK_ARROW), to);

		table_add(t, (struct cell[]){ CELL_S(ps->instance), CELL_S(step_name(s->kind)),
				CELL_S(from), CELL_S(to), CELL_S(both),
				CELL_N(to != NULL ? ps->new_bytes : ps->old_bytes),
				CELL_N(s->manual), CELL_S(s->why) });
	}
	show_table(t);
	if (t->nrows > 0 || plan->ncomponents == 0)
		report_out("%s", "");
}

static uint64_t component_bytes(const struct plan *plan, const struct component_step *cs)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < plan->nsteps; i++)
		for (size_t k = 0; k < cs->npackages; k++)
			if (str_eq(cs->packages[k], plan->steps[i].instance))
				bytes += plan->steps[i].step->package != NULL ?
					 plan->steps[i].new_bytes : plan->steps[i].old_bytes;
	return bytes;
}

static const char *component_change(const struct component_step *cs)
{
	return cs->kind == STEP_INSTALL && pkgdb_component_beside(cs->name) ? "beside" :
									      step_name(cs->kind);
}

/* What people asked for, above what it is made of. */
static void show_components(struct arena *a, const struct plan *plan)
{
	static const char *const kinds[] = { [COMPONENT_PRODUCT] = "product",
		[COMPONENT_SHARED] = "shared", [COMPONENT_L10N] = "l10n" };
	struct table *t = TABLE(a, "components", component_columns);

	for (size_t i = 0; i < plan->ncomponents; i++) {
		const struct component_step *cs = &plan->components[i];
		const char *from = cs->kind == STEP_MIGRATE ? cs->from :
				   cs->installed != NULL ? cs->installed->version : NULL;
		const char *to = component_step_stays(cs) ? cs->version : NULL;
		const char *both = from == NULL ? to : to == NULL ? from :
			arena_printf(a, "%s %s %s", from, report_symbol(MARK_ARROW), to);

		if (cs->renames)
			continue;
		table_add(t, (struct cell[]){ CELL_S(pkgdb_component_plain(a, cs->name)),
				CELL_S(component_change(cs)),
				CELL_S(from), CELL_S(to), CELL_S(both),
				CELL_S(kinds[cs->manifest->kind]), CELL_N(cs->npackages),
				CELL_L(ended(a, cs->packages, cs->npackages)),
				CELL_N(component_bytes(plan, cs)), CELL_S(cs->base),
				CELL_N(cs->manual), CELL_S(cs->why) });
	}
	show_table(t);
	if (t->nrows > 0)
		report_out("%s", "");
}

/* ---- counts and space */

static size_t count_scripts(const struct plan *plan)
{
	size_t i, n = 0;

	for (i = 0; i < plan->nsteps; i++)
		n += plan->steps[i].nrun;
	return n;
}

static void add_count(struct strbuf *b, size_t n, const char *what)
{
	if (n > 0)
		strbuf_addf(b, "%s%zu %s", b->len > 0 ? ", " : "", n, what);
}

void show_forgotten(int64_t upto, int64_t txn)
{
	if (upto >= txn)
		report_out("  Undo       not possible: this root keeps nothing (commpkg history "
			   "--keep)");
	else if (upto > 0)
		report_out("  Undo       not possible any more for transactions up to %lld",
			   (long long)upto);
}

static const char *volume_path(struct arena *a, const struct plan *plan, size_t i)
{
	return root_host_path(a, plan->root, plan->spaces[i].path);
}

/* A line for each file system, named when there are several. */
static void show_space(struct arena *a, const struct plan *plan)
{
	char need[32], have[32];
	size_t i;

	for (i = 0; i < plan->nspaces; i++) {
		const struct plan_space *s = &plan->spaces[i].space;

		report_out("  %-9s  %s of %s%s%s", i == 0 ? "Space" : "",
			   report_size(s->need_bytes, need), report_size(s->have_bytes, have),
			   plan->nspaces > 1 ? " at " : "",
			   plan->nspaces > 1 ? volume_path(a, plan, i) : "");
	}
}

static void show_volumes(struct arena *a, const struct plan *plan)
{
	struct table *t = TABLE(a, "volumes", volume_columns);
	size_t i;

	for (i = 0; i < plan->nspaces; i++) {
		const struct plan_space *s = &plan->spaces[i].space;
		struct cell inodes = CELL_N(s->have_inodes);

		inodes.none = s->have_inodes == UINT64_MAX;
		table_add(t, (struct cell[]){ CELL_S(volume_path(a, plan, i)),
				CELL_S(plan->spaces[i].what), CELL_N(s->need_bytes),
				CELL_N(s->have_bytes), CELL_N(s->need_inodes), inodes });
	}
	show_json_table(t);
}

static void show_counts(struct arena *a, const struct plan *plan, size_t scripts)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	add_count(&b, plan->ncreate, "new");
	add_count(&b, plan->nreplace, "replaced");
	add_count(&b, plan->nattr, "attributes");
	add_count(&b, plan->nremove, "removed");
	add_count(&b, plan->nsame, "the same");
	add_count(&b, plan->nscript, "by scripts");
	report_out("  Objects    %s", b.len > 0 ? strbuf_str(&b) : "none");
	show_cage(a, plan, scripts);
	show_space(a, plan);
	if (plan->options->no_keep)
		report_out("  Undo       not possible (nothing is kept)");
	show_forgotten(plan->forgets, plan->txn);
}

static void show_licences(struct arena *a, const struct plan *plan)
{
	struct table *t = TABLE(a, "licences", licence_columns);

	for (size_t i = 0; i < plan->options->nlicences; i++) {
		const struct plan_licence *l = &plan->options->licences[i];
		char hex[SHA256_HEX_SIZE];

		sha256_hex(&l->digest, hex);
		table_add(t, (struct cell[]){ CELL_S(l->name), CELL_S(l->file),
				CELL_S(l->components), CELL_S(arena_strdup(a, hex)),
				CELL_N(l->known || l->accepted) });
		report_out("  %-9s  %s (%s)%s", i == 0 ? "Licence" : "", l->name,
			   l->file != NULL ? l->file : l->components,
			   l->known ? ", accepted before" : l->accepted ? ", accepted" :
			   ": to be accepted (--acceptLicense)");
	}
	show_json_table(t);
}

static void show_totals(struct arena *a, const struct plan *plan)
{
	struct table *t = TABLE(a, "plan", plan_columns);
	size_t scripts = count_scripts(plan);
	const struct plan_space *space = &plan->spaces[0].space;
	struct cell inodes = CELL_N(space->have_inodes);

	inodes.none = space->have_inodes == UINT64_MAX;
	table_add(t, (struct cell[]){ CELL_N(plan->txn), CELL_N(plan->nproblems == 0),
			CELL_N(plan->ncreate), CELL_N(plan->nreplace), CELL_N(plan->nattr),
			CELL_N(plan->nremove), CELL_N(plan->nsame), CELL_N(scripts),
			CELL_N(plan->stage_bytes), CELL_N(space->need_bytes),
			CELL_N(space->have_bytes), CELL_N(space->need_inodes), inodes,
			CELL_N(!plan->options->no_keep),
			{ .number = (uint64_t)plan->forgets, .none = plan->forgets == 0 } });
	show_json_record(t);
	if (plan->nspaces > 1)
		show_volumes(a, plan);
	show_licences(a, plan);
	show_counts(a, plan, scripts);
}

/* ---- configuration */

/* What an administrator wants to know of; plain replacement only with -v. */
static bool notable(enum decision_kind k)
{
	return k == DECISION_KEEP_LIVE || k == DECISION_ADOPT || k == DECISION_QUEUE_NEW ||
	       k == DECISION_STAY_REMOVED || k == DECISION_SAVE || k == DECISION_MERGE ||
	       k == DECISION_CARRY ||
	       report_options()->verbose > 0;
}

static const char *absolute(struct arena *a, struct rpath p)
{
	return rpath_str(p) == NULL || rpath_is_root(p) ? NULL :
	       arena_printf(a, "/%s", rpath_str(p));
}

static void show_decisions(struct arena *a, const struct plan *plan)
{
	struct table *t = TABLE(a, "decisions", decision_columns);
	size_t i, some = 0;

	for (i = 0; i < plan->ndecisions; i++) {
		const struct decision *d = &plan->decisions[i];

		table_add(t, (struct cell[]){ CELL_S(absolute(a, d->path)),
				CELL_S(plan_decision_words(d)), CELL_S(absolute(a, d->beside)),
				CELL_S(d->why) });
		some += notable(d->kind);
	}
	show_json_table(t);
	if (plan->ndecisions == 0)
		return;
	report_out("  Config     %zu file%s%s", plan->ndecisions,
		   plan->ndecisions == 1 ? "" : "s", some > 0 ? ":" : "");
	for (i = 0; i < plan->ndecisions; i++) {
		const struct cell *c = &t->cells[i * t->ncolumns];

		if (notable(plan->decisions[i].kind))
			report_out("    %s: %s%s%s", c[0].text, c[1].text,
				   c[2].text != NULL ? ", " : "",
				   c[2].text != NULL ? c[2].text : "");
	}
}

/* ---- problems, notes, paths */

/* The option that all of them name as the way out (it begins their fixes), or NULL. */
static const char *common_option(struct arena *a, const struct plan *plan)
{
	const char *first = plan->nproblems > 0 ? plan->problems[0].fix : NULL;
	size_t len = first != NULL ? strcspn(first, " ") : 0, i;

	for (i = 0; i < plan->nproblems; i++) {
		const char *fix = plan->problems[i].fix;

		if (fix == NULL || !str_has_prefix(fix, "--") || strncmp(fix, first, len) != 0 ||
		    fix[len] != ' ')
			return NULL;
	}
	return plan->nproblems > 0 ? arena_strndup(a, first, len) : NULL;
}

/* The command line once more with it; behind `--` it would be a word. */
static void show_way_out(struct arena *a, const struct plan *plan)
{
	const char *command = plan->options->command, *option = common_option(a, plan);

	if (option != NULL && str_has_prefix(command, "commpkg ") &&
	    strstr(command, " -- ") == NULL)
		report_out("  1) %s %s", command, option);
}

static void show_problems(struct arena *a, const struct plan *plan)
{
	struct table *t = TABLE(a, "problems", problem_columns);
	size_t i;

	for (i = 0; i < plan->nproblems; i++) {
		const struct problem *p = &plan->problems[i];

		table_add(t, (struct cell[]){ CELL_S(p->text), CELL_S(p->fix), CELL_S(p->path),
					      CELL_S(p->instance) });
	}
	show_json_table(t);
	if (plan->nproblems == 0)
		report_out("  Conflicts  none");
	for (i = 0; i < plan->nproblems; i++) {
		report_marked(MARK_BAD, "%s", plan->problems[i].text);
		if (plan->problems[i].fix != NULL)
			report_out("    %s %s", report_symbol(MARK_ARROW), plan->problems[i].fix);
	}
	show_way_out(a, plan);
}

static void show_notes(struct arena *a, const char *const *notes, size_t n)
{
	struct table *t = TABLE(a, "notes", note_columns);
	size_t i;

	for (i = 0; i < n; i++) {
		table_add(t, (struct cell[]){ CELL_S(notes[i]) });
		report_marked(MARK_WARN, "%s", notes[i]);
	}
	show_json_table(t);
}

static void show_paths(struct arena *a, const struct plan *plan)
{
	struct table *t = TABLE(a, "paths", path_columns);
	size_t i;

	if (report_options()->verbose == 0)
		return;
	for (i = 0; i < plan->nitems; i++) {
		const struct change_item *it = &plan->items[i];
		const char type[2] = { it->ftype, '\0' };

		table_add(t, (struct cell[]){ CELL_S(absolute(a, it->path)),
				CELL_S(change_name(it->kind)), CELL_S(arena_strdup(a, type)),
				CELL_S(it->step != NULL && it->step_index < plan->nsteps ?
				       plan->steps[it->step_index].instance : NULL),
				CELL_S(it->note) });
	}
	if (t->nrows > 0)
		report_out("%s", "");
	show_table(t);
}

void show_plan(struct arena *a, const struct plan *plan)
{
	show_components(a, plan);
	show_steps(a, plan);
	show_totals(a, plan);
	show_decisions(a, plan);
	show_services(a, plan->services, plan->nservices, plan->services_why);
	show_migrations(a, plan);
	show_beside(a, plan);
	show_notes(a, plan->notes, plan->nnotes);
	show_problems(a, plan);
	show_paths(a, plan);
	report_out("%s", "");
}

/* ---- no solution */

void show_solution_notes(struct arena *a, const struct solution *s)
{
	if (s->nnotes > 0)
		show_notes(a, s->notes, s->nnotes);
}

void show_solution_problems(struct arena *a, const struct solution *s)
{
	struct table *t = TABLE(a, "no_solution", no_solution_columns);
	size_t i, k;

	for (i = 0; i < s->nproblems; i++) {
		const struct solve_problem *p = &s->problems[i];

		table_add(t, (struct cell[]){ CELL_L(ended(a, p->chain, p->nchain)),
					      CELL_L(ended(a, p->fixes, p->nfixes)) });
		for (k = 0; k < p->nchain; k++) {
			if (k == 0)
				report_marked(MARK_BAD, "%s", p->chain[k]);
			else
				report_out("    %s", p->chain[k]);
		}
		for (k = 0; k < p->nfixes; k++)
			report_out("  %zu) commpkg %s", k + 1, p->fixes[k]);
	}
	show_json_table(t);
}
