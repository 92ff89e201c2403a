/*
 * Can all of it be renamed into place? What is staged lies in var/lib/commpkg, and nothing is
 * renamed across a mount. So a directory below the root that is another file system (or is
 * bound from elsewhere) is seen here, before anything is done.
 */
#include "planner.h"

#include "formats/cleanup.h"

struct mounts {
	struct planner *p;
	struct strmap *said;	/* mount points that have their problem */
};

static void say(struct mounts *m, const char *mount, const char *path)
{
	struct planner *p = m->p;
	const char *root = p->root->live ? "" : p->root->path;
	const char *fix = arena_printf(p->a, "unmount %s/%s for the while, then type the same "
				       "again", root, mount);

	if (strmap_find(m->said, mount) != NULL)
		return;
	(void)strmap_put(m->said, mount, (void *)path);
	if (mount[0] == '\0')
		fix = arena_printf(p->a, "var/lib/commpkg has to be on the file system of %s",
				   p->root->path);
	plan_problem(p, NULL, NULL, fix, "'/%s' can't be changed together with the rest: '/%s' is "
		     "mounted apart from '/" ROOT_STATE_DIR "'", path, mount);
}

static void check_parent(struct mounts *m, const char *path)
{
	struct dirs *d = m->p->plan->dirs;
	const char *mount = dirs_foreign(d, dirs_parent(d, path));

	if (mount != NULL)
		say(m, mount, path);
}

bool plan_is_mount(struct planner *p, const struct claim *c)
{
	uint64_t above, mount;

	return tree_mount(p->root->tree, rpath_parent(p->a, c->real), &above, NULL) == 0 &&
	       tree_mount(p->root->tree, c->real, &mount, NULL) == 0 && above != mount;
}

static void check_claim(struct mounts *m, const struct claim *c)
{
	const struct change_item *it = &c->item;
	if (it->kind == CHANGE_CREATE || it->kind == CHANGE_REPLACE || it->kind == CHANGE_REMOVE)
		check_parent(m, rpath_str(c->real));
	else if (it->kind == CHANGE_KEEP && !rpath_is_root(it->beside))
		check_parent(m, rpath_str(it->beside));
	if (it->kind == CHANGE_REPLACE && plan_is_mount(m->p, c))
		say(m, rpath_str(c->real), rpath_str(c->real)); /* a rename would give EBUSY */
}

int plan_mounts(struct planner *p, struct error *e)
{
	struct mounts m = { .p = p, .said = strmap_new(8) };
	size_t i;

	(void)e;
	for (i = 0; i < p->claims.n; i++)
		check_claim(&m, p->claims.v[i]);
	check_parent(&m, rpath_str(p->plan->contents));
	check_parent(&m, arena_printf(p->a, "%s/x", rpath_str(p->plan->sadm_pkg)));
	strmap_free(m.said);
	return 0;
}
