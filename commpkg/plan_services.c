/* Which services of components are stopped and started around the plan (services.h). */
#include "planner.h"

static int read_installed(struct planner *p, const struct pkgdb_component *c,
			  struct service_side *ret, struct error *e)
{
	struct manifest *m = arena_alloc(p->a, sizeof(*m));
	int rc = pkgdb_component_manifest(p->a, c, m, e);

	if (rc == 0)
		*ret = (struct service_side){ .version = c->version, .manifest = m,
					      .base = services_base(c->base) };
	return rc;
}

static int change_of(struct planner *p, const struct component_step *cs,
		     struct service_change *ret, struct error *e)
{
	int rc = 0;

	*ret = (struct service_change){ .component = pkgdb_component_plain(p->a, cs->name) };
	if (cs->renames || cs->kind == STEP_MIGRATE)
		return 0;
	ret->switches = cs->takes != NULL;
	if (cs->installed != NULL)
		rc = read_installed(p, cs->installed, &ret->from, e);
	if (rc == 0 && cs->takes != NULL)
		rc = read_installed(p, cs->takes, &ret->to, e);
	if (rc == 0 && cs->comes != NULL)
		ret->to = (struct service_side){ .version = cs->version,
						 .manifest = cs->comes->manifest,
						 .base = services_base(cs->base) };
	return rc;
}

int plan_services(struct planner *p, struct error *e)
{
	struct plan *plan = p->plan;
	struct service_change *changes = arena_calloc(p->scratch, plan->ncomponents + 1,
						      sizeof(*changes));
	size_t i;
	int rc = 0;

	p->changes = changes;
	p->nchanges = plan->ncomponents;
	for (i = 0; rc == 0 && i < plan->ncomponents; i++)
		rc = change_of(p, &plan->components[i], &changes[i], e);
	if (rc < 0)
		return rc;
	services_find(p->a, changes, plan->ncomponents, &plan->services, &plan->nservices);
	plan->services_why = services_why_not(p->options->services, p->root->live);
	return 0;
}
