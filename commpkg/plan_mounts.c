/*
 * Where is what changes? Nothing is renamed across a mount, so each file system that the plan
 * changes has a part of the stage (volumes.h); and what can't be done on one of them is seen
 * here, before anything is.
 */
#include "planner.h"

#include "formats/cleanup.h"
#include "volumes_find.h"

struct look {
	struct planner *p;
	struct volumes_found found;
};

bool plan_is_mount(struct planner *p, const struct claim *c)
{
	struct dirs *d = p->plan->dirs;
	uint64_t above;

	(void)dirs_mount(d, dirs_parent(d, rpath_str(c->real)), &above);
	return c->exists && c->mount != above;
}

static size_t note_path(struct look *l, struct rpath path)
{
	struct dirs *d = l->p->plan->dirs;

	return volumes_find_add(&l->found, dirs_parent(d, rpath_str(path)));
}

static bool changes_name(const struct change_item *it)
{
	return it->kind == CHANGE_CREATE || it->kind == CHANGE_REPLACE ||
	       it->kind == CHANGE_REMOVE || it->kind == CHANGE_SCRIPT;
}

/* A rename to or from what is mounted on gives EBUSY. */
static void check_busy(struct look *l, const struct claim *c)
{
	const struct change_item *it = &c->item;

	if ((it->kind != CHANGE_REPLACE && it->kind != CHANGE_REMOVE) || !plan_is_mount(l->p, c))
		return;
	plan_problem(l->p, c, NULL, arena_printf(l->p->a, "unmount %s, then type the same again",
						 root_host_path(l->p->a, l->p->root,
								rpath_str(c->real))),
		     "'/%s' can't be %s: something is mounted there", rpath_str(c->real),
		     it->kind == CHANGE_REMOVE ? "removed" : "replaced");
}

static void check_link(struct look *l, const struct claim *c)
{
	const struct change_item *it = &c->item;

	if (it->ftype != 'l' || it->what == NULL ||
	    (it->kind != CHANGE_CREATE && it->kind != CHANGE_REPLACE) ||
	    note_path(l, it->link) == note_path(l, c->real))
		return;
	plan_problem(l->p, c, NULL, NULL, "'/%s' can't be a hard link to '/%s', which is on "
		     "another file system", rpath_str(c->real), rpath_str(it->link));
}

static void check_ours(struct look *l, const struct claim *c, size_t volume)
{
	const struct txn_volume *v = &l->found.v.v[volume];

	if (volume > 0 && volumes_is_ours(rpath_str(c->real), v->path))
		plan_problem(l->p, c, NULL, NULL, "'/%s' is where commpkg keeps its own",
			     rpath_str(c->real));
}

/* Data that is saved may be on a file system of its own. */
static int note_saved(struct rpath real, const struct stat *st, void *ctx, struct error *e)
{
	(void)st;
	(void)e;
	(void)note_path(ctx, real);
	return 0;
}

static void look_at_claim(struct look *l, const struct claim *c)
{
	const struct change_item *it = &c->item;

	if (!rpath_is_root(it->beside))
		(void)note_path(l, it->beside);
	if (changes_name(it))
		check_ours(l, c, note_path(l, c->real));
	else if (it->kind == CHANGE_ATTR && ftype_is_dir(it->ftype))
		(void)volumes_find_add(&l->found, rpath_str(c->real)); /* may be a mount point */
	else if (it->kind == CHANGE_ATTR)
		(void)note_path(l, c->real);
	check_busy(l, c);
	check_link(l, c);
}

static void check_volume(struct look *l, const struct txn_volume *v)
{
	struct planner *p = l->p;
	struct error why = ERROR_INIT;
	struct rpath at;
	int rc = volumes_place(p->a, v->path, &at, &why);

	if (rc == 0)
		rc = volumes_may_make(p->root, at, &why);
	if (rc == 0)
		return;
	plan_problem(p, NULL, NULL, why.hint[0] != '\0' ? arena_strdup(p->a, why.hint) : NULL,
		     "what is mounted at '/%s' can't be changed: %s", v->path, why.text);
}

static void keep(struct look *l)
{
	struct plan *plan = l->p->plan;
	size_t n = l->found.v.n, i;

	plan->spaces = arena_calloc(l->p->a, n, sizeof(*plan->spaces));
	plan->nspaces = n;
	for (i = 0; i < n; i++)
		plan->spaces[i] = (struct plan_volume){ .path = l->found.v.v[i].path,
							.what = l->found.v.v[i].what };
	if (n < 2)
		return;
	plan->volumes = arena_memdup(l->p->a, l->found.v.v, n, sizeof(*plan->volumes));
	plan->nvolumes = n;
}

int plan_mounts(struct planner *p, struct error *e)
{
	struct look l = { .p = p };
	const char *sadm = arena_printf(p->a, "%s/x", rpath_str(p->plan->sadm_pkg));
	int rc = volumes_find_begin(p->a, p->root, p->plan->dirs, p->db, &l.found, e);
	size_t i;

	for (i = 0; rc == 0 && i < p->claims.n; i++)
		look_at_claim(&l, p->claims.v[i]);
	if (rc == 0) {
		(void)note_path(&l, p->plan->contents);
		(void)volumes_find_add(&l.found, dirs_parent(p->plan->dirs, sadm));
		if (p->plan->scripted || p->plan->nmigrations > 0)
			volumes_find_writable(&l.found);
		for (i = 0; rc == 0 && i < p->plan->nsaves; i++)
			rc = data_save_each(p->scratch, p->root->tree, &p->plan->saves[i],
					    note_saved, &l, e);
		for (i = 1; i < l.found.v.n; i++)
			check_volume(&l, &l.found.v.v[i]);
		keep(&l);
	}
	VEC_FREE(&l.found.v);
	return rc;
}
