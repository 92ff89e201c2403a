/*
 * Ops from comparing the stage with the root, for plans with scripts: what is in the stage
 * is what packages and scripts made of it together.
 *
 *	in the stage	in the root	op
 *	whiteout	anything	REMOVE, REMOVE_TREE
 *	directory	nothing		TREE
 *	directory	directory	ATTR when they differ; look inside
 *	directory	another type	REMOVE, TREE
 *	other		nothing		PUT
 *	other		directory	REMOVE_TREE, PUT
 *	other		other		PUT
 */
#include <errno.h>

#include "oplist.h"
#include "overlay.h"
#include "xattrs.h"

struct walk {
	struct oplist *l;
	struct arena *a;
	struct tree *new, *root;
	bool owners;
	VEC(struct op) away;	/* removals come last */
};

static struct arena *arena_of(const struct walk *w)
{
	return w->a;
}

/* Set-id bits below a directory that is moved away whole: see lose_setid() in ops.c. */
static int lose_setid_below(struct walk *w, struct rpath dir, struct error *e)
{
	const char **names;
	size_t n, i;
	int rc = tree_list(w->root, arena_of(w), dir, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;
		struct stat st;
		struct op *op;

		rc = rpath_join(arena_of(w), dir, names[i], &p, e);
		if (rc == 0)
			rc = tree_stat(w->root, p, &st, e);
		if (rc == 0 && S_ISDIR(st.st_mode))
			rc = lose_setid_below(w, p, e);
		if (rc < 0 || !S_ISREG(st.st_mode) || (st.st_mode & 06000) == 0)
			continue;
		op = oplist_add(w->l, OP_ATTR, rpath_str(p));
		op_attr_of(&st, &op->was);
		op->now = op->was;
		op->now.mode &= ~06000u;
	}
	return rc;
}

static int away(struct walk *w, struct rpath p, const struct stat *st, bool now, struct error *e)
{
	struct op op = { .kind = S_ISDIR(st->st_mode) ? OP_REMOVE_TREE : OP_REMOVE,
			 .path = rpath_str(p) };
	int rc = S_ISDIR(st->st_mode) ? lose_setid_below(w, p, e) : 0;

	op_attr_of(st, &op.was);
	if (now)
		*oplist_add(w->l, op.kind, op.path) = op;
	else
		*VEC_PUSH(&w->away) = op;
	return rc;
}

/* Of a directory that is in both. */
static int attributes(struct walk *w, struct rpath p, const struct stat *new,
		      const struct stat *root, struct error *e)
{
	const char *now = "", *was = "";
	bool owners = w->owners;
	struct op *op;
	int rc = xattrs_whole(arena_of(w), w->new, p, &now, e);

	if (rc == 0)
		rc = xattrs_whole(arena_of(w), w->root, p, &was, e);
	if (rc < 0 || ((new->st_mode & 07777) == (root->st_mode & 07777) && str_eq(now, was) &&
	    (!owners || (new->st_uid == root->st_uid && new->st_gid == root->st_gid))))
		return rc;
	op = oplist_add(w->l, OP_ATTR, rpath_str(p));
	op_attr_of(root, &op->was);
	op->now = op->was;
	op->now.mode = (op->was.mode & ~07777u) | (new->st_mode & 07777);
	op->now.uid = owners ? new->st_uid : op->was.uid;
	op->now.gid = owners ? new->st_gid : op->was.gid;
	if (!str_eq(now, was)) {
		op->was.xattrs = was;
		op->now.xattrs = now;
	}
	return 0;
}

static int walk_directory(struct walk *w, struct rpath dir, struct error *e);

static int compare(struct walk *w, struct rpath p, struct error *e)
{
	struct stat new, root;
	int rc = tree_stat(w->new, p, &new, e), had;

	if (rc < 0)
		return rc;
	had = tree_stat(w->root, p, &root, e);
	if (had < 0 && had != -ENOENT)
		return had;
	if (overlay_marks_gone(&new))
		return had == 0 ? away(w, p, &root, false, e) : 0;
	if (had == 0 && S_ISDIR(new.st_mode) && S_ISDIR(root.st_mode)) {
		rc = attributes(w, p, &new, &root, e);
		return rc < 0 ? rc : walk_directory(w, p, e);
	}
	if (had == 0 && S_ISDIR(new.st_mode) != S_ISDIR(root.st_mode)) {
		rc = away(w, p, &root, true, e);
		had = -ENOENT;
	}
	if (rc == 0) {
		struct op *op = oplist_add(w->l, S_ISDIR(new.st_mode) ? OP_TREE : OP_PUT,
					   rpath_str(p));

		if (had == 0)
			op_attr_of(&root, &op->was);
		if (op->kind == OP_PUT)
			oplist_put(op, &new);
	}
	return rc;
}

static int walk_directory(struct walk *w, struct rpath dir, struct error *e)
{
	const char **names;
	size_t n, i;
	int rc = tree_list(w->new, arena_of(w), dir, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;

		rc = rpath_is_root(dir) ? rpath_parse(arena_of(w), names[i], &p, e) :
					  rpath_join(arena_of(w), dir, names[i], &p, e);
		if (rc == 0)
			rc = compare(w, p, e);
	}
	return rc;
}

/* Attributes that the plan or a script's class wants, of what is only in the root. */
static void add_attributes(struct walk *w)
{
	struct stage *s = w->l->s;
	size_t i;

	for (i = 0; i < s->plan->nitems; i++)
		if (!tree_exists(s->new, s->plan->items[i].real))
			oplist_attribute(w->l, &s->plan->items[i]);
	for (i = 0; i < s->attrs.n; i++) {
		struct rpath p;

		if (rpath_parse(s->a, s->attrs.v[i].path, &p, NULL) == 0 &&
		    !tree_exists(s->new, p))
			*oplist_add(w->l, OP_ATTR, s->attrs.v[i].path) = s->attrs.v[i];
	}
}

static void add_removals(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->away.n; i++)
		*oplist_add(w->l, w->away.v[i].kind, w->away.v[i].path) = w->away.v[i];
	VEC_FREE(&w->away);
	for (i = 0; i < w->l->v.n; i++)
		w->l->v.v[i].seq = (int64_t)i + 1;
}

int oplist_walk(struct oplist *l, struct error *e)
{
	const struct root *root = l->s->plan->root;
	struct walk w = { .l = l, .a = l->s->a, .new = l->s->new, .root = root->tree,
			  .owners = root->owners };
	int rc = walk_directory(&w, rpath_root(), e);

	if (rc == 0)
		add_attributes(&w);
	add_removals(&w);
	return rc == 0 ? overlay_clean(w.new, e) : rc;
}

int ops_compare(struct arena *a, struct tree *new, const struct root *root, struct op **ret,
		size_t *ret_n, struct error *e)
{
	struct oplist l = { .s = NULL };
	struct walk w = { .l = &l, .a = a, .new = new, .root = root->tree,
			  .owners = root->owners };
	int rc = walk_directory(&w, rpath_root(), e);

	add_removals(&w);
	*ret = arena_memdup(a, l.v.v, l.v.n, sizeof(**ret));
	*ret_n = l.v.n;
	VEC_FREE(&l.v);
	return rc;
}
