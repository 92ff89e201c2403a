/*
 * Rows that scripts decide: what their installf and removef asked for, and a package that goes
 * and was not let go.
 */
#include "procedures.h"
#include "seal_rows.h"

/* What installf and removef of scripts said of the path: 1 *f is its row, -1 none is left. */
int seal_registered_row(const struct stage *s, const char *instance, struct pkgdb_file *f)
{
	const struct registered *it;

	if (s->procedures == NULL)
		return 0;
	it = registry_find(&s->procedures->registry, instance, f->path);
	if (it == NULL || registered_is_known(it, f))
		return 0;
	if (it->gone)
		return -1;
	registered_fill(it, f);
	return 1;
}

static bool is_mapped(const struct stage *s, const struct plan_step *ps, const char *path)
{
	struct rpath p;
	size_t i;

	if (rpath_parse(s->a, path, &p, NULL) < 0)
		return false;
	for (i = 0; i < ps->mapping.n; i++)
		if (str_eq(rpath_str(ps->mapping.v[i].path), path))
			return true;
	for (i = 0; i < ps->ncarried; i++)
		if (str_eq(ps->carried[i]->path, path))
			return true;
	return false;
}

/* Paths that a package of this plan did not bring, and that its scripts registered. */
int seal_registered_add(struct stage *s, struct pkgdb *db, const struct plan_step *ps,
			int64_t package, struct error *e)
{
	size_t i, n = s->procedures != NULL ? s->procedures->registry.v.n : 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		const struct registered *it = s->procedures->registry.v.v[i];
		struct pkgdb_file f = { .package = package, .path = it->row.path,
					.arrival = package, .added = s->plan->txn };

		if (str_eq(it->instance, ps->instance) && !is_mapped(s, ps, f.path) &&
		    seal_registered_row(s, it->instance, &f) > 0)
			rc = pkgdb_file_add(db, &f, e);
	}
	return rc;
}

static bool comes(const struct plan *plan, const char *instance)
{
	size_t i;

	for (i = 0; i < plan->nsteps; i++)
		if (str_eq(plan->steps[i].instance, instance))
			return true;
	return false;
}

int seal_registered(struct stage *s, struct pkgdb *db, struct error *e)
{
	size_t i, n = s->procedures != NULL ? s->procedures->registry.v.n : 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		const struct registered *it = s->procedures->registry.v.v[i];

		rc = comes(s->plan, it->instance) ?
		     registered_note(db, s->a, it, s->plan->txn, e) :
		     registered_write(db, s->a, it, s->plan->txn, e);
	}
	return rc;
}

/* ---- a removal that is not finished */

static int add_lingering(struct stage *s, struct pkgdb *db, const struct plan_step *ps,
			 int64_t package, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ps->nrows; i++) {
		struct pkgdb_file f = ps->rows[i];

		f.package = package;
		f.added = s->plan->txn;
		f.removed = 0;
		if (seal_registered_row(s, ps->instance, &f) < 0)
			continue;
		f.status = '-';
		rc = pkgdb_file_add(db, &f, e);
	}
	return rc;
}

int seal_lingers(struct stage *s, struct pkgdb *db, const struct plan_step *ps, struct error *e)
{
	struct pkgdb_package p = *ps->step->installed;
	struct pkginfo params;
	struct infofile *files;
	size_t n;
	int rc = pkgdb_params(db, s->a, p.id, &params, e);

	if (rc == 0)
		rc = pkgdb_infofiles(db, s->a, p.id, &files, &n, e);
	if (rc < 0)
		return rc;
	p.added = s->plan->txn;
	p.removed = 0;
	p.state = 'R';
	p.nfiles = s->procedures->stopped != NULL ? ps->nrows : 0;
	rc = pkgdb_package_add(db, &p, &params, files, n, e);
	return rc < 0 || s->procedures->stopped == NULL ? rc :
							 add_lingering(s, db, ps, p.id, e);
}
