/*
 * What installf and removef of a script asked for, taken up when it has ended (svr4.md
 * 11.4): the stage is looked at, and the rows wait in the registry for the seal.
 */
#include "procedures_internal.h"

#include <errno.h>

#include "contents.h"
#include "overlay.h"

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

/* Where a client path lies: in the stage, else in the root. NULL: nowhere. */
static struct tree *tree_of(struct procedure_run *r, const char *path, struct rpath *ret,
			    struct stat *st)
{
	struct tree *root = r->s->plan->root->tree;
	struct rpath p;

	if (rpath_parse(r->s->a, path, &p, NULL) < 0 ||
	    tree_canonical(root, r->s->a, p, ret, NULL) < 0)
		return NULL;
	if (tree_stat(r->s->new, *ret, st, NULL) == 0)
		return overlay_is_whiteout(st) ? NULL : r->s->new;
	return tree_stat(root, *ret, st, NULL) == 0 ? root : NULL;
}

static void fill_attributes(const struct procedure_run *r, const struct stat *st,
			    struct pkgdb_file *row)
{
	const struct owners *owners = r->s->plan->owners;
	bool set = r->s->plan->root->owners; /* else all is ours, and means root's */

	if (row->mode == MODE_UNSET)
		row->mode = st->st_mode & 07777;
	if (row->owner == NULL)
		row->owner = owners_user_name(owners, set ? st->st_uid : 0);
	if (row->group == NULL)
		row->group = owners_group_name(owners, set ? st->st_gid : 0);
}

static int fill_contents(struct tree *t, struct rpath p, const struct stat *st,
			 struct pkgdb_file *row, struct error *e)
{
	int rc = contents_digest(t, p, &row->sha256, &row->sum, e);

	if (rc < 0)
		return rc;
	row->has_sha256 = true;
	row->size = (uint64_t)st->st_size;
	row->mtime = st->st_mtim.tv_sec;
	row->content_unknown = false;
	return 1;
}

static bool is_type(const struct stat *st, char ftype)
{
	switch (ftype) {
	case 'd': case 'x': return S_ISDIR(st->st_mode);
	case 's': return S_ISLNK(st->st_mode);
	case 'p': return S_ISFIFO(st->st_mode);
	case 'c': return S_ISCHR(st->st_mode);
	case 'b': return S_ISBLK(st->st_mode);
	default: return S_ISREG(st->st_mode);
	}
}

static int look(void *ctx, struct pkgdb_file *row, struct error *e)
{
	struct procedure_run *r = ctx;
	struct rpath p;
	struct stat st;
	struct tree *t = tree_of(r, row->path, &p, &st);

	if (t == NULL || !is_type(&st, row->ftype))
		return 0;
	if (row->ftype == 's' || row->ftype == 'l')
		return 1;
	fill_attributes(r, &st, row);
	return ftype_has_payload(row->ftype) ? fill_contents(t, p, &st, row, e) : 1;
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
