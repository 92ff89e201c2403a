/*
 * why: who named what is installed, or what needs it. why-not: what stands in the way of what
 * is not. Both look only.
 */
#include "show.h"
#include "solve_why.h"
#include "system.h"
#include "view.h"
#include "writer.h"

static const struct column why_columns[] = {
	{ "name", NULL, COLUMN_TEXT },
	{ "kind", NULL, COLUMN_TEXT },
	{ "version", NULL, COLUMN_TEXT },
	{ "manual", NULL, COLUMN_FLAG },
	{ "transaction", NULL, COLUMN_NUMBER },
	{ "needed_by", NULL, COLUMN_LIST },
};
static const struct column path_columns[] = {
	{ "name", NULL, COLUMN_TEXT },
	{ "path", NULL, COLUMN_LIST },
	{ "manual", NULL, COLUMN_FLAG },
	{ "transaction", NULL, COLUMN_NUMBER },
};
static const struct column why_not_columns[] = {
	{ "name", NULL, COLUMN_TEXT },
	{ "possible", NULL, COLUMN_FLAG },
	{ "command", NULL, COLUMN_TEXT },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- why */

static const char *kind_name(const struct why_node *n)
{
	return n->shared ? "shared component" : n->component ? "component" : "package";
}

static const char *node_text(struct arena *a, const struct why_node *n)
{
	return arena_printf(a, "%s %s", n->name, n->version);
}

static const char *const *path_list(struct arena *a, const struct why_path *p)
{
	const char **list = arena_calloc(a, p->n + 1, sizeof(*list));

	for (size_t i = 0; i < p->n; i++)
		list[i] = node_text(a, &p->v[i]);
	return list;
}

static void show_path(struct arena *a, const struct why_path *p)
{
	const struct why_node *top = &p->v[p->n - 1];
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < p->n; i++)
		strbuf_addf(&b, "%sneeded by %s", i > 0 ? ", which is " : "",
			    node_text(a, &p->v[i]));
	if (top->manual)
		report_out("    %s, which a user named (transaction %lld)", strbuf_str(&b),
			   (long long)top->txn);
	else
		report_out("    %s, which nobody needs any more", strbuf_str(&b));
}

static void show_why(struct run *r, const struct why *w)
{
	struct arena *a = r->arena;
	struct table *t = table_new(a, "why", why_columns, COUNT(why_columns));
	struct table *paths = table_new(a, "paths", path_columns, COUNT(path_columns));
	const char **direct = arena_calloc(a, w->npaths + 1, sizeof(*direct));
	size_t ndirect = 0;

	report_out("  %s (%s, transaction %lld)", node_text(a, &w->what), kind_name(&w->what),
		   (long long)w->what.txn);
	if (w->what.manual)
		report_out("    a user named it");
	for (size_t i = 0; i < w->npaths; i++) {
		const struct why_path *p = &w->paths[i];
		const char *first = node_text(a, &p->v[0]);
		bool again = false;

		for (size_t k = 0; k < ndirect; k++)
			again = again || str_eq(direct[k], first);
		if (!again)
			direct[ndirect++] = first;
		show_path(a, p);
		table_add(paths, (struct cell[]){ CELL_S(w->what.name), CELL_L(path_list(a, p)),
				CELL_N(p->v[p->n - 1].manual), CELL_N(p->v[p->n - 1].txn) });
	}
	if (w->more)
		report_out("    and more");
	if (w->npaths == 0 && !w->what.manual)
		report_out("    nobody needs it any more ('commpkg uninstall --autoremove' "
			   "removes such)");
	table_add(t, (struct cell[]){ CELL_S(w->what.name), CELL_S(kind_name(&w->what)),
			CELL_S(w->what.version), CELL_N(w->what.manual), CELL_N(w->what.txn),
			CELL_L(direct) });
	show_json_table(t);
	show_json_table(paths);
}

static int nothing_there(const struct run *r, struct error *e)
{
	(void)error_set(e, E_NOT_FOUND, "nothing is installed in '%s'", r->target->path);
	return error_hint(e, "what stands in the way of something: commpkg why-not NAME");
}

int verb_why(struct run *r, struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	size_t i;
	int rc;

	if (r->operands->nnames == 0)
		return error_set(e, E_USAGE, "'why' wants a component or a package");
	rc = view_open(r->target->path, &v, e);
	if (rc == 0 && v.db == NULL)
		return nothing_there(r, e);
	for (i = 0; rc == 0 && i < r->operands->nnames; i++) {
		struct why w;

		rc = solve_why(r->arena, v.db, r->operands->names[i], &w, e);
		if (rc == 0 && i > 0)
			report_out("%s", "");
		if (rc == 0)
			show_why(r, &w);
	}
	return rc < 0 ? rc : EXIT_DONE;
}

/* ---- why-not */

/* An installation that is solved and goes no further. */
static int try_it(struct writer *w, const struct view *v, struct solution *ret, struct error *e)
{
	struct arena *a = w->run->arena;
	struct solve_options options = w->request.solve;
	struct pkgdb_package *installed;
	struct solve_system system;
	size_t n;
	int rc = view_packages(v, a, &installed, &n, e);

	if (rc == 0 && !options.any_system) {
		rc = system_read(a, v->root, &system, e);
		options.system = &system;
	}
	return rc < 0 ? rc : solve(a, installed, n, v->db, w->request.dist, w->request.wishes,
				   w->request.nwishes, &options, ret, e);
}

static const char *words(struct arena *a, const struct operands *ops, bool versions)
{
	const char *s = "";

	for (size_t i = 0; i < ops->nnames; i++) {
		size_t n = versions ? strlen(ops->names[i]) : strcspn(ops->names[i], "=");

		s = arena_printf(a, "%s%s%s", s, i > 0 ? " " : "",
				 str_shell(a, arena_strndup(a, ops->names[i], n)));
	}
	return s;
}

static void nothing_in_the_way(struct run *r, const struct solve_options *o, bool there)
{
	struct arena *a = r->arena;
	struct table *t = table_new(a, "why_not", why_not_columns, COUNT(why_not_columns));
	const char *names = words(a, r->operands, true);
	const char *command = there ? arena_printf(a, "why%s%s %s", o->root != NULL ? " -R " : "",
			o->root != NULL ? str_shell(a, o->root) : "",
			words(a, r->operands, false)) :
		arena_printf(a, "install%s%s%s%s%s %s", o->root != NULL ? " -R " : "",
			     o->root != NULL ? str_shell(a, o->root) : "",
			     o->distro != NULL ? " -d " : "",
			     o->distro != NULL ? str_shell(a, o->distro) : "", o->typed, names);

	report_out("  %s: %s", names, there ? "installed as asked" :
		   "nothing that it needs stands in the way");
	report_out("  commpkg %s", command);
	table_add(t, (struct cell[]){ CELL_S(names), CELL_N(true), CELL_S(command) });
	show_json_table(t);
}

int verb_why_not(struct run *r, struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	struct solution solution;
	struct table *t;
	struct writer w;
	int rc;

	if (r->operands->nnames == 0)
		return error_set(e, E_USAGE, "'why-not' wants a component or a package");
	writer_init(&w, r, "", "");
	rc = writer_wishes(&w, WISH_INSTALL, e);
	if (rc == 0)
		rc = view_open(r->target->path, &v, e);
	if (rc == 0)
		rc = try_it(&w, &v, &solution, e);
	if (rc == -E_NO_SOLUTION) {
		t = table_new(r->arena, "why_not", why_not_columns, COUNT(why_not_columns));
		table_add(t, (struct cell[]){
				CELL_S(words(r->arena, r->operands, true)), CELL_N(false),
				CELL_S(NULL) });
		show_json_table(t);
		show_solution_problems(r->arena, &solution);
		error_clear(e);
		return EXIT_NO_SOLUTION;
	}
	if (rc < 0)
		return rc;
	nothing_in_the_way(r, &w.request.solve,
			   solution.nsteps == 0 && solution.ncomponents == 0);
	return EXIT_DONE;
}
