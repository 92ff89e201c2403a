#include "fixed.h"

#include <errno.h>

#include "formats/str.h"
#include "mounts.h"

/* ---- words */

const char *fixed_words(struct arena *a, const char *path, enum tree_fixed how)
{
	return arena_printf(a, "'/%s' can't be changed: it is %s", path,
			    how == TREE_IMMUTABLE ? "immutable" : "append-only");
}

const char *fixed_way(struct arena *a, const struct root *root, const char *path,
		      enum tree_fixed how)
{
	return arena_printf(a, "chattr -%c %s, then type the same again",
			    how == TREE_IMMUTABLE ? 'i' : 'a', root_host_path(a, root, path));
}

const char *fixed_swap_words(struct arena *a, const char *path)
{
	return arena_printf(a, "'/%s' can't be changed: this host swaps to it", path);
}

const char *fixed_swap_way(struct arena *a, const struct root *root, const char *path)
{
	return arena_printf(a, "swapoff %s, then type the same again",
			    root_host_path(a, root, path));
}

/* ---- the ops of a transaction */

struct checking {
	struct arena *a;
	struct root *root;
	struct strmap *directories;	/* that were asked */
	struct strmap *swaps;
};

static int refuse(const char *words, const char *way, struct error *e)
{
	(void)error_set(e, E_CONFLICT, "%s", words);
	return error_hint(e, "%s", way);
}

/* What is not there can't be in the way; what can't be looked at shows later. */
static int check_path(struct checking *c, struct rpath p, struct error *e)
{
	struct tree_look look;
	const char *path = rpath_str(p);

	if (tree_look(c->root->tree, p, &look, NULL) < 0 || look.fixed == TREE_FREE)
		return 0;
	return refuse(fixed_words(c->a, path, look.fixed),
		      fixed_way(c->a, c->root, path, look.fixed), e);
}

static int check_parent(struct checking *c, struct rpath p, struct error *e)
{
	struct rpath parent = rpath_parent(c->a, p);

	if (strmap_find(c->directories, rpath_str(parent)) != NULL)
		return 0;
	(void)strmap_put(c->directories, rpath_str(parent), c);
	return check_path(c, parent, e);
}

static int check_op(struct checking *c, const struct op *op, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(c->a, op->path, &p, e);

	if (rc == 0)
		rc = check_path(c, p, e);
	if (rc < 0 || op->kind == OP_ATTR)
		return rc;
	if (op->was.known && strmap_find(c->swaps, op->path) != NULL)
		return refuse(fixed_swap_words(c->a, op->path),
			      fixed_swap_way(c->a, c->root, op->path), e);
	return check_parent(c, p, e);
}

int fixed_check(struct arena *a, struct root *root, struct pkgdb *db, int64_t txn,
		struct error *e)
{
	struct checking c = { .a = a, .root = root };
	struct op *ops;
	size_t n, i;
	int rc = txn_ops(db, a, txn, &ops, &n, e);

	if (rc == 0)
		rc = mounts_swaps(a, root->tree, &c.swaps, e);
	if (rc < 0)
		return rc;
	c.directories = strmap_new(64);
	for (i = 0; rc == 0 && i < n; i++)
		rc = check_op(&c, &ops[i], e);
	strmap_free(c.directories);
	strmap_free(c.swaps);
	return rc;
}
