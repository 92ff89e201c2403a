/*
 * Ops anew, after scripts: what the plan saw may be gone by then, or be there by then.
 *
 *	op		there now			becomes
 *	PUT		nothing, and no directory	TREE of the topmost directory from the stage
 *	PUT		a directory			REMOVE_TREE, PUT
 *	TREE		a directory			what is in it, each; its attributes
 *	TREE		something else			REMOVE, TREE
 *	ATTR REMOVE	nothing				-
 *	COPY RMDIR	another type than meant		-
 *
 * and every one is told what is there, for the way back.
 */
#include "late.h"

#include "contents.h"
#include "dirs.h"
#include "formats/cleanup.h"

struct anew {
	struct late *l;
	struct tree *root;
	struct dirs *dirs;		/* as the root is now */
	struct strmap *placed;		/* directories that come whole */
	VEC(struct op) ops;
};

static struct op *add(struct anew *w, enum op_kind kind, const char *path)
{
	struct op *op = VEC_PUSH(&w->ops);

	*op = (struct op){ .kind = kind, .path = path };
	return op;
}

/* 1 there, 0 not. */
static int look(struct anew *w, const char *path, struct stat *ret, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(w->l->a, path, &p, e);

	if (rc == 0)
		rc = tree_stat(w->root, p, ret, e);
	return rc == -ENOENT ? 0 : rc < 0 ? rc : 1;
}

/* ---- what comes */

static bool is_covered(struct anew *w, const char *path)
{
	const char *dir = path;

	while (*(dir = dirs_parent(w->dirs, dir)) != '\0')
		if (strmap_find(w->placed, dir) != NULL)
			return true;
	return false;
}

static void place_tree(struct anew *w, const char *path)
{
	(void)add(w, OP_TREE, path);
	(void)strmap_put(w->placed, path, (void *)path);
}

/* Scripts removed the directory it was to go into. In the stage that is only a scaffold, for
 * which nobody has said how it looks. */
static int place_parents(struct anew *w, const char *path, const char *top, struct error *e)
{
	const char *dir = dirs_parent(w->dirs, path);
	struct rpath p;
	int rc = 0;

	for (; rc == 0; dir = dirs_parent(w->dirs, dir)) {
		rc = rpath_parse(w->l->a, dir, &p, e);
		if (rc == 0)
			rc = tree_chmod(w->l->ap->new, p, 0755, e);
		if (str_eq(dir, top))
			break;
	}
	if (rc == 0)
		place_tree(w, top);
	return rc;
}

/* 1: its directory is there, 0: it comes with one. */
static int has_parent(struct anew *w, const char *path, struct error *e)
{
	const char *top;
	int rc;

	if (is_covered(w, path))
		return 0;
	top = dirs_topmost_new(w->dirs, dirs_parent(w->dirs, path));
	if (top == NULL)
		return 1;
	rc = place_parents(w, path, top, e);
	return rc < 0 ? rc : 0;
}

static int put(struct anew *w, const char *path, struct error *e)
{
	struct stat st;
	struct op *op;
	int rc = has_parent(w, path, e);

	if (rc <= 0)
		return rc;
	rc = look(w, path, &st, e);
	if (rc < 0)
		return rc;
	if (rc > 0 && S_ISDIR(st.st_mode)) {
		op_attr_of(&st, &add(w, OP_REMOVE_TREE, path)->was);
		rc = 0;
	}
	op = add(w, OP_PUT, path);
	if (rc > 0)
		op_attr_of(&st, &op->was);
	return 0;
}

static int tree(struct anew *w, const char *path, struct error *e);

/* As the stage has the directory. */
static int attributes(struct anew *w, const char *path, const struct stat *is, struct error *e)
{
	struct rpath p;
	struct stat want;
	struct op *op;
	int rc = rpath_parse(w->l->a, path, &p, e);

	if (rc == 0)
		rc = tree_stat(w->l->ap->new, p, &want, e);
	if (rc < 0)
		return rc;
	op = add(w, OP_ATTR, path);
	op_attr_of(is, &op->was);
	op->now = op->was;
	op->now.mode = want.st_mode;
	op->now.uid = want.st_uid;
	op->now.gid = want.st_gid;
	return 0;
}

static int inside(struct anew *w, const char *dir, struct error *e)
{
	struct arena *a = w->l->a;
	const char **names;
	struct rpath p, q;
	struct stat st;
	size_t n, i;
	int rc = rpath_parse(a, dir, &p, e);

	if (rc == 0)
		rc = tree_list(w->l->ap->new, a, p, &names, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		rc = rpath_join(a, p, names[i], &q, e);
		if (rc == 0)
			rc = tree_stat(w->l->ap->new, q, &st, e);
		if (rc == 0)
			rc = S_ISDIR(st.st_mode) ? tree(w, rpath_str(q), e) :
						   put(w, rpath_str(q), e);
	}
	return rc;
}

static int tree(struct anew *w, const char *path, struct error *e)
{
	struct stat st;
	int rc = has_parent(w, path, e);

	if (rc <= 0)
		return rc;
	rc = look(w, path, &st, e);
	if (rc < 0)
		return rc;
	if (rc > 0 && S_ISDIR(st.st_mode)) {
		rc = attributes(w, path, &st, e);
		return rc < 0 ? rc : inside(w, path, e);
	}
	if (rc > 0)
		op_attr_of(&st, &add(w, OP_REMOVE, path)->was);
	dirs_replace(w->dirs, path);
	place_tree(w, path);
	return 0;
}

/* ---- what is there */

/* The attributes after the first phase are those of objects of classes with scripts. */
static void not_made(struct anew *w, const char *path)
{
	const struct procedures_watch *watch = w->l->watch;

	if (watch != NULL && watch->line != NULL)
		watch->line(watch->ctx, "commpkg", "class script",
			    arena_printf(w->l->a, "the script did not make '/%s'", path));
}

static int present(struct anew *w, const struct op *op, struct error *e)
{
	struct stat st;
	struct op *now;
	int rc = look(w, op->path, &st, e);

	if (rc < 0)
		return rc;
	if (rc == 0 && op->kind == OP_ATTR && TXN_PHASE(op->seq) > 1)
		not_made(w, op->path);
	if (rc == 0 && op->kind != OP_COPY)
		return 0;
	if (rc > 0 && op->was.known && S_ISDIR(op->was.mode) != S_ISDIR(st.st_mode))
		return 0;
	if (rc > 0 && op->kind == OP_ATTR &&
	    (st.st_mode & S_IFMT) != (op->now.mode & S_IFMT))
		return 0;
	now = VEC_PUSH(&w->ops);
	*now = *op;
	now->was = (struct op_attr){ .known = false };
	if (rc > 0)
		op_attr_of(&st, &now->was);
	return 0;
}

static int one(struct anew *w, const struct op *op, struct error *e)
{
	switch (op->kind) {
	case OP_PUT:
		return put(w, op->path, e);
	case OP_TREE:
		return tree(w, op->path, e);
	default:
		return present(w, op, e);
	}
}

int late_ops_anew(struct late *l, int64_t phase, struct op **ret, size_t *ret_n, struct error *e)
{
	struct anew w = { .l = l, .root = l->root->tree,
			  .dirs = dirs_new(l->a, l->root->tree), .placed = strmap_new(16) };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->nops; i++)
		if (TXN_PHASE(l->ops[i].seq) == phase)
			rc = one(&w, &l->ops[i], e);
	for (i = 0; i < w.ops.n; i++)
		w.ops.v[i].seq = TXN_SEQ(phase, i + 1);
	if (rc == 0) {
		*ret = arena_memdup(l->a, w.ops.v, w.ops.n, sizeof(**ret));
		*ret_n = w.ops.n;
	}
	VEC_FREE(&w.ops);
	strmap_free(w.placed);
	dirs_free(w.dirs);
	return rc;
}

/* ---- what class action scripts left */

int late_note_effects(struct late *l, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->nops; i++) {
		char hex[SHA256_HEX_SIZE];
		struct sha256 sha;
		struct stat st;
		struct rpath p;

		if (l->ops[i].kind != OP_COPY || late_migrates(l, TXN_PHASE(l->ops[i].seq)))
			continue;
		rc = rpath_parse(l->a, l->ops[i].path, &p, e);
		if (rc < 0 || tree_stat(l->root->tree, p, &st, NULL) < 0 || !S_ISREG(st.st_mode))
			continue;
		rc = contents_digest(l->root->tree, p, &sha, NULL, e);
		if (rc < 0)
			break;
		sha256_hex(&sha, hex);
		rc = txn_note_add(l->db, l->txn->n, "effect", l->ops[i].path,
				  arena_printf(l->a, "%s %s by its class action script", hex,
					       l->ops[i].was.known ? "changed" : "added"), e);
	}
	return rc;
}
