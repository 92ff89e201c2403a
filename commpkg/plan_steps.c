/* The steps of the plan: which instance, with which parameters, mapped to which paths. */
#include "planner.h"

#include "params.h"

/* Those of the installed one, when the same version comes again. */
static int old_params(struct planner *p, const struct step *s, struct pkginfo *ret,
		      struct error *e)
{
	*ret = (struct pkginfo){ 0 };
	if (s->installed == NULL || !str_eq(s->installed->arch, s->package->arch) ||
	    !str_eq(s->installed->version, s->package->version))
		return 0;
	return pkgdb_params(p->db, p->a, s->installed->id, ret, e);
}

/* A package that goes brings its scripts from the database. */
static int scripts_of_installed(struct planner *p, struct plan_step *ps, struct error *e)
{
	struct infofile *files;
	int rc = pkgdb_infofiles(p->db, p->a, ps->step->installed->id, &files, &ps->nscripts, e);

	if (rc == 0)
		ps->scripts = files;
	return rc;
}

static int plan_step(struct planner *p, const struct step *s, struct plan_step *ps,
		     struct error *e)
{
	const struct step_choice *c = s->choice;
	struct params_source from;
	struct pkginfo effective, old;
	int rc;

	ps->step = s;
	if (s->installed != NULL) {
		ps->instance = s->installed->instance;
		ps->old_bytes = s->installed->payload_bytes;
	}
	if (s->package == NULL)
		return scripts_of_installed(p, ps, e);
	ps->scripts = s->package->infofiles;
	ps->nscripts = s->package->ninfofiles;
	if (ps->instance == NULL)
		ps->instance = c != NULL && c->instance != NULL ? c->instance :
								  s->package->pkg;
	ps->new_bytes = s->package->payload_bytes;
	rc = old_params(p, s, &old, e);
	if (rc < 0)
		return rc;
	from = (struct params_source){ .package = s->package, .instance = ps->instance,
		.old = &old, .answers = c != NULL ? c->answers : NULL,
		.environment = c != NULL ? c->environment : NULL,
		.update = s->installed != NULL };
	params_effective(p->a, &from, &effective);
	rc = mapping_build(p->a, s->package, &effective, c != NULL ? c->basedir : NULL,
			   &ps->mapping, e);
	if (rc < 0)
		return error_prefix(e, "package '%s'", ps->instance);
	params_view(p->a, &from, ps->mapping.basedir, &ps->params);
	return 0;
}

int plan_steps(struct planner *p, struct error *e)
{
	struct plan *plan = p->plan;
	size_t i;
	int rc;

	plan->nsteps = p->solution->nsteps;
	plan->steps = arena_calloc(p->a, plan->nsteps, sizeof(*plan->steps));
	for (i = 0; i < plan->nsteps; i++) {
		rc = plan_step(p, &p->solution->steps[i], &plan->steps[i], e);
		if (rc < 0)
			return rc;
	}
	return 0;
}
