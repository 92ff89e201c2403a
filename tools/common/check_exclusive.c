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

/* Only files and empty directories go; what is left is told all the same. */
static void delete_foreign(struct check *c, struct rpath path)
{
	struct error why = ERROR_INIT;
	struct stat st;
	int rc = tree_stat(c->root->tree, path, &st, &why);

	if (rc == 0)
		rc = S_ISDIR(st.st_mode) ? tree_rmdir(c->root->tree, path, &why)
					 : tree_unlink(c->root->tree, path, &why);
	if (rc < 0)
		say_err("    %s\n", why.text);
}

static int look_at_name(struct check *c, const struct installed *in, const char *dir,
			struct rpath real_dir, const char *name, struct error *e)
{
	const char *path = arena_printf(c->a, "%s/%s", dir, name);
	struct pkgdb_file *owners;
	struct rpath real;
	size_t n;
	int rc = pkgdb_owners(in->db, c->a, path, PKGDB_NOW, &owners, &n, e);

	if (rc < 0 || n > 0)
		return rc < 0 ? rc : 0;
	c->faults++;
	say_err("ERROR: %s/%s\nERROR: hidden file in exclusive directory\n", c->prefix, path);
	if (!c->fix)
		return 0;
	rc = rpath_join(c->a, real_dir, name, &real, e);
	if (rc == 0)
		delete_foreign(c, real);
	return rc;
}

static int look_into(struct check *c, const struct installed *in, const char *dir,
		     struct error *e)
{
	struct check_object o = { .path = dir, .ftype = 'x' };
	struct check_seen seen;
	const char **names;
	size_t n, i;
	int rc = check_look(c, &o, &seen, e);

	if (rc < 0 || !seen.exists || !S_ISDIR(seen.st.st_mode))
		return rc;
	rc = tree_list(c->root->tree, c->a, seen.real, &names, &n, e);
	for (i = 0; rc == 0 && i < n; i++)
		rc = look_at_name(c, in, dir, seen.real, names[i], e);
	return rc;
}

int check_exclusive(struct check *c, const struct installed *in,
		    const struct check_filter *f, struct error *e)
{
	struct directories d = { .in = in, .f = f, .a = c->a };
	size_t i;
	int rc = 0;

	if (in->db != NULL)
		rc = pkgdb_walk(in->db, PKGDB_NOW, on_row, &d, e);
	for (i = 0; rc >= 0 && i < d.paths.n; i++)
		rc = look_into(c, in, d.paths.v[i], e);
	VEC_FREE(&d.paths);
	return rc < 0 ? rc : 0;
}
