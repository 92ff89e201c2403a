/* nodeps: steps exactly as wished, in the order wished; instances are the caller's choice. */
#include "commpkg/solve_pool.h"

static const struct pkgdb_package *row_of(const struct solve_ask *ask, const char *instance)
{
	for (size_t i = 0; i < ask->ninstalled; i++)
		if (str_eq(ask->installed[i].row->instance, instance))
			return ask->installed[i].row;
	return NULL;
}

static const struct package *newest_named(const struct solve_ask *ask, const char *name)
{
	size_t n = ask->dist != NULL ? dist_count(ask->dist) : 0, len = strcspn(name, "=");
	const struct package *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct package *p = dist_package(ask->dist, i)->package;

		if (strlen(p->pkg) != len || strncmp(p->pkg, name, len) != 0)
			continue;
		if (name[len] == '=' && !depend_version_equal(p->version, name + len + 1))
			continue;
		if (best == NULL || package_version_compare(p, best->version) > 0)
			best = p;
	}
	return best;
}

static int step_as_wished(const struct solve_ask *ask, const struct wish *w, struct step *ret,
			  struct error *e)
{
	const char *instance = w->choice != NULL ? w->choice->instance : NULL;
	int c, rc;

	*ret = (struct step){ .kind = STEP_REMOVE, .choice = w->choice, .manual = true,
			      .why = "named" };
	if (w->kind == WISH_REMOVE) {
		ret->installed = w->name != NULL ? row_of(ask, w->name) : NULL;
		return ret->installed != NULL ? holds_refuse(ask, ret->installed->instance, e) :
		       error_set(e, E_NOT_FOUND, "'%s' is not installed",
				 w->name != NULL ? w->name : "");
	}
	ret->package = w->package != NULL ? w->package :
		       w->name != NULL ? newest_named(ask, w->name) : NULL;
	if (ret->package == NULL)
		return error_set(e, E_NOT_FOUND, "'%s' is not in the distribution",
				 w->name != NULL ? w->name : "");
	ret->installed = row_of(ask, instance != NULL ? instance : ret->package->pkg);
	ret->kind = STEP_INSTALL;
	if (ret->installed == NULL)
		return 0;
	rc = holds_refuse(ask, ret->installed->instance, e);
	if (rc < 0)
		return rc;
	c = package_version_compare(ret->package, ret->installed->version);
	ret->kind = c == 0 ? STEP_REINSTALL : c > 0 ? STEP_UPGRADE : STEP_DOWNGRADE;
	return 0;
}

int steps_as_wished(struct arena *a, const struct solve_ask *ask, struct solution *ret,
		    struct error *e)
{
	int rc = 0;

	ret->steps = arena_calloc(a, ask->nwishes, sizeof(*ret->steps));
	for (size_t i = 0; i < ask->nwishes && rc == 0; i++)
		rc = step_as_wished(ask, &ask->wishes[i], &ret->steps[ret->nsteps++], e);
	return rc;
}
