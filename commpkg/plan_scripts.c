/*
 * Which scripts run for the steps of the plan: those the package brings, and for classes
 * that SVR4 systems have a script for, ours (svr4.md 8.4, 8.7, 8.8). A class with neither
 * is like `none`.
 */
#include "planner.h"

#include "builtin.h"
#include "formats/cleanup.h"

const struct infofile *plan_script(const struct plan_step *ps, const char *name)
{
	size_t i;

	for (i = 0; i < ps->nscripts; i++)
		if (str_eq(ps->scripts[i].name, name))
			return &ps->scripts[i];
	return NULL;
}

const struct infofile *plan_class_script(const struct plan_step *ps, char which,
					 const char *class)
{
	const struct plan_class *c;
	size_t i;

	for (i = 0; class != NULL && i < ps->nclasses; i++) {
		c = &ps->classes[i];
		if (str_eq(c->name, class))
			return which == 'i' ? c->install : c->remove;
	}
	return NULL;
}

const struct pkgdb_file *plan_step_row(const struct plan_step *ps, const char *path)
{
	size_t low = 0, high = ps->nrows;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = strcmp(ps->rows[mid].path, path);

		if (order == 0)
			return &ps->rows[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static const struct infofile *find_class_script(struct planner *p, const struct plan_step *ps,
						const char *prefix, const char *class)
{
	const char *name = arena_printf(p->a, "%s%s", prefix, class);
	const struct infofile *own = plan_script(ps, name);

	return own != NULL ? own : builtin_class_script(p->a, name);
}

/* Kept are those that have a script, which are few, whatever a package says. */
static void add_class(struct planner *p, struct plan_step *ps, const char *class)
{
	struct plan_class c = { .name = class };
	struct plan_class *more;

	c.install = find_class_script(p, ps, "i.", class);
	c.remove = find_class_script(p, ps, "r.", class);
	if (c.install == NULL && c.remove == NULL)
		return;
	more = arena_calloc(p->a, ps->nclasses + 1, sizeof(*more));
	if (ps->nclasses > 0)
		memcpy(more, ps->classes, ps->nclasses * sizeof(*more));
	more[ps->nclasses++] = c;
	ps->classes = more;
}

static void find_classes(struct planner *p, struct plan_step *ps)
{
	bool comes = ps->step->package != NULL;
	struct strmap *seen = strmap_new(16);
	size_t n = comes ? ps->mapping.n : ps->nrows, i;

	for (i = 0; i < n; i++) {
		const char *class = comes ? ps->mapping.v[i].entry->class : ps->rows[i].class;

		if (class == NULL || strmap_find(seen, class) != NULL)
			continue;
		(void)strmap_put(seen, class, (void *)class);
		add_class(p, ps, class);
	}
	strmap_free(seen);
}

/* What runs for a package that comes, and for one that goes (svr4.md 8.1, 8.7). */
static void count_scripts(struct plan_step *ps, bool first_boot)
{
	bool comes = ps->step->package != NULL;
	size_t i;

	ps->nrun = plan_script(ps, comes ? "preinstall" : "preremove") != NULL;
	ps->waits = first_boot && comes && plan_script(ps, "postinstall") != NULL;
	ps->nrun += !ps->waits && plan_script(ps, comes ? "postinstall" : "postremove") != NULL;
	for (i = 0; i < ps->nclasses; i++)
		ps->nrun += (comes ? ps->classes[i].install : ps->classes[i].remove) != NULL;
	ps->scripted = ps->nrun > 0;
}

static void say_waiting(struct planner *p)
{
	const struct plan *plan = p->plan;
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	for (i = 0; i < plan->nsteps; i++)
		if (plan->steps[i].waits)
			strbuf_addf(&b, "%s%s", b.len > 0 ? ", " : "", plan->steps[i].instance);
	plan_note(p, "the postinstall of %s waits for the first boot of the root, where "
		  "'commpkg recover --boot' runs it", strbuf_str(&b));
}

int plan_scripts(struct planner *p, struct error *e)
{
	size_t i;

	(void)e;
	for (i = 0; i < p->plan->nsteps; i++) {
		struct plan_step *ps = &p->plan->steps[i];

		find_classes(p, ps);
		count_scripts(ps, p->options->first_boot);
		p->plan->nwaiting += ps->waits;
		p->plan->scripted |= ps->scripted;
	}
	if (p->options->first_boot && p->root->live)
		plan_problem(p, NULL, NULL, "the same again without --first-boot",
			     "this is the live system, which is booted: no script can wait for "
			     "that");
	else if (p->plan->nwaiting > 0)
		say_waiting(p);
	return 0;
}
