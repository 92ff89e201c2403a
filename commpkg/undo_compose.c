/*
 * All actions together: what has to be done to the root that is there now, for it to be as it
 * will be when all are taken back.
 *
 * In this order, so that what makes way stands before what comes, and what a mode might forbid
 * before the mode:
 *
 *	set-id bits are dropped of files that go with their directory
 *	what goes
 *	what comes; what is below a directory that comes, comes with it
 *	attributes of what stays, from the depth up
 */
#include "formats/cleanup.h"
#include "undo_look.h"
#include "xattrs.h"

struct composing {
	struct undo *u;
	struct world_fate *fates;
	size_t n;
};

static struct undo_action *add(struct composing *c, enum op_kind kind, const char *path)
{
	struct undo_action *act = VEC_PUSH(&c->u->actions);

	act->kind = kind;
	act->path = path;
	return act;
}

/* What is in the root now: 1, or 0 for nothing. */
static int live(struct composing *c, const char *path, struct stat *ret, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(c->u->a, path, &p, e);

	if (rc == 0)
		rc = tree_stat(c->u->root, p, ret, e);
	if (rc == -ENOENT || rc == -ENOTDIR)
		return 0;
	return rc < 0 ? rc : 1;
}

/* Does it go with its directory, with such bits? */
static int drops_setid(struct composing *c, const struct world_fate *f, struct stat *ret,
		       struct error *e)
{
	int rc = f->parent_stays ? 0 : live(c, f->path, ret, e);

	return rc > 0 ? S_ISREG(ret->st_mode) && (ret->st_mode & 06000) != 0 : rc;
}

static int drop_setid(struct composing *c, const struct world_fate *f, struct error *e)
{
	struct undo_action *act;
	struct stat st;
	int rc = drops_setid(c, f, &st, e);

	if (rc <= 0)
		return rc;
	act = add(c, OP_ATTR, f->path);
	op_attr_of(&st, &act->was);
	act->now = act->was;
	act->now.mode &= ~06000u;
	return 0;
}

/* What takes its place at once need not go before. */
static int remove_old(struct composing *c, const struct world_fate *f, struct error *e)
{
	struct world_source source;
	struct undo_action *act;
	struct stat st, then;
	int rc = !f->parent_stays || f->stays ? 0 : live(c, f->path, &st, e);

	if (rc <= 0)
		return rc;
	if (f->there) {
		rc = world_source(c->u->world, f->path, &source, &then, e);
		if (rc < 0 || (!S_ISDIR(st.st_mode) && !S_ISDIR(then.st_mode)))
			return rc;
	}
	act = add(c, S_ISDIR(st.st_mode) ? OP_REMOVE_TREE : OP_REMOVE, f->path);
	op_attr_of(&st, &act->was);
	return 0;
}

static int bring_new(struct composing *c, const struct world_fate *f, struct error *e)
{
	struct undo_action *act;
	struct stat st, then;
	struct world_source source;
	int rc;

	if (!f->parent_stays || f->stays || !f->there)
		return 0;
	rc = world_source(c->u->world, f->path, &source, &then, e);
	if (rc < 0)
		return rc;
	act = add(c, S_ISDIR(then.st_mode) ? OP_TREE : OP_PUT, f->path);
	act->source = source;
	if (act->kind == OP_TREE)
		return 0;
	rc = world_stat(c->u->world, f->path, &then, e);
	if (rc < 0)
		return rc;
	op_attr_of(&then, &act->now);
	rc = live(c, f->path, &st, e);
	if (rc > 0 && !S_ISDIR(st.st_mode))
		op_attr_of(&st, &act->was);
	return rc < 0 ? rc : 0;
}

/* The op that drops set-id bits, done once more when its directory has been replaced, would do it
 * to what is there then. */
static int set_again(struct composing *c, const struct world_fate *f, struct error *e)
{
	struct undo_action *act;
	struct stat st;
	int rc = f->there ? drops_setid(c, f, &st, e) : 0;

	if (rc <= 0)
		return rc;
	rc = world_stat(c->u->world, f->path, &st, e);
	if (rc < 0)
		return rc;
	act = add(c, OP_ATTR, f->path);
	op_attr_of(&st, &act->now);
	act->was = act->now;
	if (S_ISREG(st.st_mode)) /* as it is kept */
		act->was.mode &= ~06000u;
	return 0;
}

static int xattrs_now(struct composing *c, const char *path, const char **ret, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(c->u->a, path, &p, e);

	return rc < 0 ? rc : xattrs_whole(c->u->a, c->u->root, p, ret, e);
}

/* What comes has its attributes in the stage. */
static int set_attr(struct composing *c, const struct world_fate *f, struct error *e)
{
	const struct op_attr *attr = world_attr(c->u->world, f->path);
	struct undo_action *act;
	struct stat st;
	int rc = !f->stays || attr == NULL ? set_again(c, f, e) : live(c, f->path, &st, e);

	if (rc <= 0)
		return rc;
	act = add(c, OP_ATTR, f->path);
	op_attr_of(&st, &act->was);
	act->now = *attr;
	return attr->xattrs != NULL ? xattrs_now(c, f->path, &act->was.xattrs, e) : 0;
}

/* ---- for show */

/* What a later transaction brought back and an earlier one takes away, and the reverse. */
static bool is_said_again(const struct undo *u, size_t i)
{
	size_t k;

	for (k = i + 1; k < u->items.n; k++)
		if (u->items.v[k].kind < UNDO_SAVE && str_eq(u->items.v[k].path,
							      u->items.v[i].path))
			return true;
	return false;
}

static int is_true(struct composing *c, const struct undo_item *it, struct error *e)
{
	struct stat st;
	int rc;

	if (it->kind == UNDO_REMOVE)
		return live(c, it->path, &st, e);
	rc = world_stat(c->u->world, it->path, &st, e);
	return rc == 0 ? 1 : rc == -ENOENT ? 0 : rc;
}

static int sort_out_items(struct composing *c, struct error *e)
{
	struct undo *u = c->u;
	size_t i, k = 0;
	int rc = 0;

	for (i = 0; rc >= 0 && i < u->items.n; i++) {
		const struct undo_item *it = &u->items.v[i];

		rc = it->kind >= UNDO_SAVE ? 1 : is_said_again(u, i) ? 0 : is_true(c, it, e);
		if (rc > 0)
			u->items.v[k++] = *it;
	}
	if (rc >= 0)
		u->items.n = k;
	return rc < 0 ? rc : 0;
}

/* ---- all */

typedef int (*each_fate)(struct composing *, const struct world_fate *, struct error *);

static int each(struct composing *c, each_fate f, bool backwards, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->n; i++)
		rc = f(c, &c->fates[backwards ? c->n - 1 - i : i], e);
	return rc;
}

/* Which directories are there, as it is to be: in the order of paths. */
static void note_dirs(struct composing *c)
{
	struct undo *u = c->u;
	size_t i;

	dirs_free(u->dirs);
	u->dirs = dirs_new(u->a, u->root);
	for (i = 0; i < c->n; i++)
		if (c->fates[i].parent_stays && !c->fates[i].stays)
			dirs_replace(u->dirs, c->fates[i].path);
}

int undo_compose(struct undo *u, struct error *e)
{
	struct composing c = { .u = u };
	int rc = world_fates(u->world, &c.fates, &c.n, e);

	u->actions.n = 0;
	if (rc == 0)
		rc = each(&c, drop_setid, false, e);
	if (rc == 0)
		rc = each(&c, remove_old, false, e);
	if (rc == 0)
		rc = each(&c, bring_new, false, e);
	if (rc == 0)
		rc = each(&c, set_attr, true, e);
	if (rc == 0 && u->nlist > 1)
		rc = sort_out_items(&c, e);
	if (rc < 0)
		return rc;
	note_dirs(&c);
	return undo_volumes(u, e);
}
