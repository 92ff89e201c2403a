/* What is migrated in place by the plan, and what is saved of data that changes its format
 * (migrate.h). */
#include "planner.h"

#include "cage.h"
#include "formats/statefile.h"
#include "formats/version.h"

static int measure(struct rpath real, const struct stat *st, void *ctx, struct error *e)
{
	struct data_save *d = ctx;

	(void)real;
	(void)e;
	d->files++;
	d->bytes += (uint64_t)st->st_size;
	return 0;
}

static bool is_caught(struct planner *p, const char **ret_why)
{
	struct cage_report report;

	cage_probe(p->a, p->root, &report);
	*ret_why = report.why;
	return report.can_stage;
}

void plan_check_caught(struct planner *p, const char *component, const char *from, const char *to)
{
	const char *why;

	if (!is_caught(p, &why))
		plan_problem(p, NULL, NULL, NULL, "the migration of %s from %s to %s can't be "
			     "caught on this host, so it could not be taken back: %s",
			     component, from, to, why);
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

/* ---- configuration of another host, into a root that has nothing of the component */

/* Of which version is what was edited? NULL: nothing was, or that is not known. */
static const char *carried_version(const struct planner *p, const char *component)
{
	for (size_t i = 0; i < p->options->nedits; i++) {
		const struct state_edit *x = &p->options->edits[i];

		if (x->component != NULL && x->version != NULL && str_eq(x->component, component))
			return x->version;
	}
	return NULL;
}

static const struct manifest_migrate *carries(const struct planner *p,
					      const struct component_step *cs,
					      const char **ret_from)
{
	if (cs->comes == NULL || cs->installed != NULL || pkgdb_component_beside(cs->name))
		return NULL;
	*ret_from = carried_version(p, cs->name);
	if (*ret_from == NULL || version_compare(*ret_from, cs->version) == 0)
		return NULL;
	return migrate_from(cs->manifest, *ret_from);
}

/* What an upgrade in place would have made of it: keys with new names and the like. Where that
 * can't be caught, what does not merge waits for a decision. */
static void find_carried(struct planner *p)
{
	struct plan *plan = p->plan;
	struct migration *v = arena_calloc(p->a, plan->nmigrations + plan->ncomponents + 1,
					   sizeof(*v));

	if (plan->nmigrations > 0)
		memcpy(v, plan->migrations, plan->nmigrations * sizeof(*v));
	plan->migrations = v;
	for (size_t i = 0; i < plan->ncomponents; i++) {
		const struct component_step *cs = &plan->components[i];
		const char *from, *base = services_base(cs->base), *why;
		const struct manifest_migrate *m = carries(p, cs, &from);

		if (m == NULL)
			continue;
		if (!is_caught(p, &why)) {
			plan_note(p, "the configuration of %s %s is not migrated to %s: that can't "
				  "be caught on this host: %s", cs->name, from, cs->version, why);
			continue;
		}
		v[plan->nmigrations++] = (struct migration){
			.component = cs->name, .from = from, .to = cs->version, .base = base,
			.old_base = base, .exec = m->exec, .carried = true,
			.dry = { .known = m->dry_run },
		};
	}
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
	find_carried(p);
	for (i = 0; i < p->nchanges; i++)
		check_stranded(p, &p->changes[i]);
	for (i = 0; rc == 0 && i < plan->nsaves; i++) {
		rc = data_save_each(p->scratch, p->root->tree, &plan->saves[i], measure,
				    &plan->saves[i], e);
		say_oneway(p, &plan->saves[i]);
	}
	return rc;
}
