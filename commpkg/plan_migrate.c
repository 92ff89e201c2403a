/* What is migrated in place by the plan, and what is saved of data that changes its format
 * (migrate.h). */
#include "planner.h"

#include "cage.h"

static int measure(struct rpath real, const struct stat *st, void *ctx, struct error *e)
{
	struct data_save *d = ctx;

	(void)real;
	(void)e;
	d->files++;
	d->bytes += (uint64_t)st->st_size;
	return 0;
}

void plan_check_caught(struct planner *p, const char *component, const char *from, const char *to)
{
	struct cage_report report;

	cage_probe(p->a, p->root, &report);
	if (!report.can_stage)
		plan_problem(p, NULL, NULL, NULL, "the migration of %s from %s to %s can't be "
			     "caught on this host, so it could not be taken back: %s",
			     component, from, to, report.why);
}

static void say_oneway(struct planner *p, const struct data_save *d)
{
	if (d->oneway)
		plan_note(p, "an older %s can't read /%s any more once it has format %s: what "
			  "arrives there after this is not in what undo brings back",
			  d->component, d->path, d->to);
}

/* A version that was beside it all the time has data of its own: a switch strands none. */
static void check_stranded(struct planner *p, const struct service_change *c)
{
	const char *format = NULL;
	const char *path = c->switches ? NULL : data_strands(p->a, c, &format);

	if (path != NULL)
		plan_problem(p, NULL, NULL, "commpkg undo, or undo --to, brings back the older "
			     "version with the data that was saved", "%s %s can't read /%s, to "
			     "which %s gave %s%s, and it has no migration from there",
			     c->component, c->to.version, path, c->from.version, format != NULL ?
			     "format " : "its own format", format != NULL ? format : "");
}

int plan_migrate(struct planner *p, struct error *e)
{
	struct plan *plan = p->plan;
	size_t i;
	int rc = 0;

	migrations_find(p->a, p->changes, p->nchanges, &plan->migrations, &plan->nmigrations);
	data_saves_find(p->a, p->changes, p->nchanges, &plan->saves, &plan->nsaves);
	if (plan->nmigrations > 0)
		plan_check_caught(p, plan->migrations[0].component, plan->migrations[0].from,
				  plan->migrations[0].to);
	for (i = 0; i < p->nchanges; i++)
		check_stranded(p, &p->changes[i]);
	for (i = 0; rc == 0 && i < plan->nsaves; i++) {
		rc = data_save_each(p->scratch, p->root->tree, &plan->saves[i], measure,
				    &plan->saves[i], e);
		say_oneway(p, &plan->saves[i]);
	}
	return rc;
}
