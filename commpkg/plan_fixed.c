/*
 * What nobody can change (fixed.h), and directories that we may not write to. Asked only of what
 * the plan changes.
 */
#include "planner.h"

#include "fixed.h"
#include "mounts.h"

#include "formats/cleanup.h"

struct fixed {
	struct planner *p;
	struct strmap *asked;	/* directories in which something changes */
	struct strmap *said;
	struct strmap *swaps;
};

/* Once: a directory may be changed itself, and have things in it that are. */
static void say_fixed(struct fixed *f, const struct claim *c, const char *path,
		      enum tree_fixed how)
{
	if (strmap_put(f->said, path, (void *)c) != NULL)
		return;
	plan_problem(f->p, c, NULL, fixed_way(f->p->a, f->p->root, path, how), "%s",
		     fixed_words(f->p->a, path, how));
}

static void check_self(struct fixed *f, const struct claim *c)
{
	if (c->fixed != TREE_FREE)
		say_fixed(f, c, rpath_str(c->real), c->fixed);
	else if (c->item.kind != CHANGE_ATTR && strmap_find(f->swaps, rpath_str(c->real)) != NULL)
		plan_problem(f->p, c, NULL,
			     fixed_swap_way(f->p->a, f->p->root, rpath_str(c->real)), "%s",
			     fixed_swap_words(f->p->a, rpath_str(c->real)));
}

/* Of the directory that a name is made in, replaced or removed; once. */
static void check_parent(struct fixed *f, const struct claim *c, struct rpath path)
{
	struct error why = ERROR_INIT;
	struct dirs *dirs = f->p->plan->dirs;
	const char *above = dirs_parent(dirs, rpath_str(path));
	struct rpath dir;

	if (strmap_find(f->asked, above) != NULL || !dirs_exists(dirs, above))
		return;
	dir = rpath_parent(f->p->a, path);
	(void)strmap_put(f->asked, rpath_str(dir), (void *)rpath_str(dir));
	if (dirs_fixed(dirs, above) != TREE_FREE)
		say_fixed(f, c, rpath_str(dir), dirs_fixed(dirs, above));
	else if (tree_may_write(f->p->root->tree, dir, &why) == -EACCES)
		plan_problem(f->p, c, NULL,
			     arena_printf(f->p->a, "chmod u+w %s, or type the same as the user "
					  "that it belongs to",
					  root_host_path(f->p->a, f->p->root, rpath_str(dir))),
			     "'/%s' can't be changed: %s", rpath_str(dir), why.text);
}

static void check_claim(struct fixed *f, const struct claim *c)
{
	const struct change_item *it = &c->item;

	if (!rpath_is_root(it->beside))
		check_parent(f, c, it->beside);
	if (it->kind == CHANGE_CREATE || it->kind == CHANGE_REPLACE || it->kind == CHANGE_REMOVE)
		check_parent(f, c, c->real);
	if (it->kind == CHANGE_REPLACE || it->kind == CHANGE_REMOVE || it->kind == CHANGE_ATTR)
		check_self(f, c);
}

int plan_fixed(struct planner *p, struct error *e)
{
	struct fixed f = { .p = p };
	size_t i;
	int rc = mounts_swaps(p->a, p->root->tree, &f.swaps, e);

	if (rc < 0)
		return rc;
	f.asked = strmap_new(64);
	f.said = strmap_new(16);
	for (i = 0; i < p->claims.n; i++)
		check_claim(&f, p->claims.v[i]);
	strmap_free(f.asked);
	strmap_free(f.said);
	strmap_free(f.swaps);
	return 0;
}
