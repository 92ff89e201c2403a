/*
 * What installf and removef of a script asked for, taken up when it has ended (svr4.md
 * 11.4): the stage is looked at, and the rows wait in the registry for the seal.
 */
#include "procedures_internal.h"

static int find(void *ctx, const char *instance, const char *path, struct pkgdb_file *ret,
		struct error *e)
{
	struct procedure_run *r = ctx;
	struct svr4_group g = svr4edit_find(r->view, path);

	(void)e;
	for (size_t i = 0; i < g.n; i++)
		if (str_eq(g.instances[i], instance)) {
			*ret = g.rows[i];
			return 1;
		}
	return 0;
}

static int look(void *ctx, struct pkgdb_file *row, struct error *e)
{
	const struct procedure_run *r = ctx;
	const struct request_place place = {
		.a = r->s->a, .root = r->s->plan->root, .new = r->s->new,
		.owners = r->s->plan->owners,
	};

	return request_look(&place, row, e);
}

static void changed(void *ctx, const struct registered *it)
{
	struct procedure_run *r = ctx;

	if (it->gone)
		svr4edit_drop(r->view, it->row.path, it->instance);
	else
		svr4edit_put(r->view, &it->row, it->instance);
}

/* The running package, or one that is there. */
static int check_instance(struct procedure_run *r, const char *instance, struct error *e)
{
	struct pkgdb_package p;
	int rc;

	for (size_t i = 0; i < r->s->plan->nsteps; i++)
		if (str_eq(r->s->plan->steps[i].instance, instance))
			return 0;
	rc = pkgdb_package_find(r->db, r->s->a, instance, PKGDB_NOW, &p, e);
	if (rc == 0)
		return error_set(e, E_NOT_FOUND, "installf or removef for package '%s', which "
				 "is not installed", instance);
	return rc < 0 ? rc : 0;
}

/* Of a package that goes nothing is to be kept, unless its removal may be ended. */
static bool is_heard(const struct procedure_run *r, const char *instance)
{
	bool goes = r->ps->step != NULL && r->ps->step->package == NULL;

	return !goes || (procedure_keeps(r) && str_eq(instance, r->ps->instance));
}

int procedure_requests(struct procedure_run *r, const char *bytes, size_t len, struct error *e)
{
	const struct registry_ops ops = { .ctx = r, .find = find, .look = look,
					  .changed = changed };
	struct request *v;
	size_t n = 0, i;
	int rc = requests_parse(r->s->a, bytes, len, &v, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		if (!is_heard(r, v[i].instance))
			continue;
		rc = check_instance(r, v[i].instance, e);
		if (rc == 0)
			rc = registry_apply(&r->result->registry, &v[i], &ops, e);
	}
	if (rc == 0 && n > 0 && is_heard(r, v[n - 1].instance))
		r->result->program = v[n - 1].kind <= REQUEST_FINISH ? "installf" : "removef";
	return rc;
}
