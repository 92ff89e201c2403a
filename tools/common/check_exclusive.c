/* Foreign files in exclusive directories: pkgchk -x. */
#include "tools/common/check.h"

#include <errno.h>

#include "tools/common/operand.h"
#include "tools/common/say.h"

struct directories {
	const struct installed *in;
	const struct check_filter *f;
	struct arena *a;
	VEC(const char *) paths;
};

static const char *instance_of(const struct installed *in, int64_t package)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (in->v[i].id == package)
			return in->v[i].instance;
	return "?";
}

static int on_row(const struct pkgdb_file *f, void *ctx, struct error *e)
{
	struct directories *d = ctx;
	bool wanted = d->f->npackages == 0;
	size_t i;

	(void)e;
	if (f->ftype != 'x' || !f->ruling)
		return 0;
	for (i = 0; i < d->f->npackages; i++)
		wanted = wanted || operand_matches(d->f->packages[i],
						   instance_of(d->in, f->package));
	if (wanted)
		*VEC_PUSH(&d->paths) = arena_strdup(d->a, f->path);
	return 0;
}

struct foreign {
	struct check *c;
	const struct installed *in;
	VEC(const char *) found;
};

static int look_at_name(struct foreign *x, const char *dir, const char *name, struct error *e)
{
	const char *path = arena_printf(x->c->a, "%s/%s", dir, name);
	struct pkgdb_file *owners;
	size_t n;
	int rc = pkgdb_owners(x->in->db, x->c->a, path, PKGDB_NOW, &owners, &n, e);

	if (rc >= 0 && n == 0)
		*VEC_PUSH(&x->found) = path;
	return rc < 0 ? rc : 0;
}

static int look_into(struct foreign *x, const char *dir, struct error *e)
{
	struct check_object o = { .path = dir, .ftype = 'x' };
	struct check_seen seen;
	const char **names;
	size_t n, i;
	int rc = check_look(x->c, &o, &seen, e);

	if (rc < 0 || !seen.exists || !S_ISDIR(seen.st.st_mode))
		return rc;
	rc = tree_list(x->c->root->tree, x->c->a, seen.real, &names, &n, e);
	for (i = 0; rc == 0 && i < n; i++)
		rc = look_at_name(x, dir, names[i], e);
	return rc;
}

int check_exclusive_find(struct check *c, const struct installed *in,
			 const struct check_filter *f, const char *const **ret, size_t *ret_n,
			 struct error *e)
{
	struct directories d = { .in = in, .f = f, .a = c->a };
	struct foreign x = { .c = c, .in = in };
	size_t i;
	int rc = 0;

	if (in->db != NULL)
		rc = pkgdb_walk(in->db, PKGDB_NOW, on_row, &d, e);
	for (i = 0; rc >= 0 && i < d.paths.n; i++)
		rc = look_into(&x, d.paths.v[i], e);
	*ret = arena_memdup(c->a, x.found.v, x.found.n, sizeof(*x.found.v));
	*ret_n = x.found.n;
	VEC_FREE(&d.paths);
	VEC_FREE(&x.found);
	return rc < 0 ? rc : 0;
}

int check_exclusive(struct check *c, const struct installed *in,
		    const struct check_filter *f, struct error *e)
{
	const char *const *found;
	size_t n = 0, i;
	int rc = check_exclusive_find(c, in, f, &found, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		c->faults++;
		say_err("ERROR: %s/%s\nERROR: %s\n", c->prefix, found[i], c->fix ?
			"unable to remove hidden file" : "hidden file in exclusive directory");
	}
	return rc;
}
