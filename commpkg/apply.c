/* Ops made real. See apply.h for the table. */
#include "apply.h"

#include "apply_move.h"
#include "contents.h"
#include "overlay.h"
#include "setid.h"
#include "xattrs.h"

#include "formats/cleanup.h"

/* undo/N/old; made with mode 0700, or only opened when `make` is false. On all volumes before
 * the first op: so it is missing on none when something was kept. */
static int open_old(struct apply *ap, bool make, struct error *e)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "undo/%lld", (long long)ap->n);
	return volumes_tree_below(&ap->volumes, name, "old", make ? 0700 : 0, &ap->old, e);
}

static int open_new(struct apply *ap, const char *stage, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	int rc = volumes_tree_below(&ap->volumes, arena_printf(a, "txn/%s", stage), "new", 0,
				    &ap->new, e);

	if (rc != -ENOENT)
		return rc;
	(void)error_set(e, E_RECOVERY, "the stage of transaction %lld is gone: there is no %s/"
			"txn/%s/new below the root", (long long)ap->n, ROOT_STATE_DIR, stage);
	return error_hint(e, "put it back from a backup of the root, then: commpkg recover");
}

int apply_open(struct arena *a, struct root *root, struct tree *state, struct pkgdb *db,
	       int64_t n, const char *stage, struct apply *ret, struct error *e)
{
	int rc;

	*ret = (struct apply){ .root = root, .n = n };
	rc = volumes_open_txn(a, root, state, db, n, &ret->volumes, e);
	if (rc == -ENOENT) {
		rc = -E_RECOVERY; /* with the words what to mount */
		if (e != NULL)
			e->code = E_RECOVERY;
	}
	if (rc == 0)
		rc = open_new(ret, stage, e);
	if (rc == 0) {
		rc = open_old(ret, false, e);
		rc = rc == -ENOENT ? 0 : rc; /* nothing was kept yet */
	}
	if (rc < 0)
		apply_close(ret);
	return rc;
}

void apply_close(struct apply *a)
{
	tree_close(a->new);
	tree_close(a->old);
	volumes_close(&a->volumes);
	a->new = a->old = NULL;
}

static int make_parent(struct tree *t, struct arena *a, struct rpath p, struct error *e)
{
	struct rpath parent = rpath_parent(a, p);

	return rpath_is_root(parent) ? 0 : tree_mkdirs(t, parent, 0700, e);
}

/* 1, 0, or an error: what can't be looked at must not pass for what is not there. */
static int there(struct tree *t, struct rpath p, struct error *e)
{
	struct stat st;
	int rc;

	if (t == NULL)
		return 0;
	rc = tree_stat(t, p, &st, e);
	return rc == -ENOENT ? 0 : rc < 0 ? rc : 1;
}

/* A rename that never replaces, also where the file system can't promise that itself. */
static int rename_noreplace(struct tree *from, struct rpath p, struct tree *to, struct error *e)
{
	int rc = tree_rename(from, p, to, p, RENAME_NOREPLACE, e);

	if (rc != -EINVAL)
		return rc;
	rc = there(to, p, e);
	if (rc > 0)
		return error_errno(e, EEXIST, "cannot rename '/%s'", rpath_str(p));
	return rc < 0 ? rc : tree_rename(from, p, to, p, 0, e);
}

/* ---- forward */

/* The old one is linked aside before it is replaced; where the file system has no hard
 * links for it, it is moved (the name is free for an instant; recovery closes the gap). */
static int keep_old(struct apply *ap, struct arena *a, struct rpath p, struct error *e)
{
	struct tree *root = ap->root->tree;
	int rc = tree_link(root, p, ap->old, p, e);

	if (rc == -ENOENT && (rc = there(root, p, e)) > 0) {
		rc = make_parent(ap->old, a, p, e);
		if (rc == 0)
			rc = tree_link(root, p, ap->old, p, e);
	}
	if (rc == -EEXIST || rc == -ENOENT)
		return 0; /* kept by an earlier run, or nothing is there */
	if (rc == -EMLINK || rc == -EPERM || rc == -EOPNOTSUPP) {
		rc = rename_noreplace(root, p, ap->old, e);
		return rc == -ENOENT ? 0 : rc;
	}
	return rc;
}

/* A kept inode must not stay a way to other rights: a user may hold a hard link to it.
 * Undo gives the bits back from the journal. */
static int drop_setid(struct apply *ap, const struct op *op, struct rpath p, struct error *e)
{
	int rc;

	if (!op->was.known || !S_ISREG(op->was.mode) || (op->was.mode & SETID_BITS) == 0 ||
	    op->shared)
		return 0;
	rc = tree_chmod(ap->old, p, op->was.mode & 07777 & ~SETID_BITS, e);
	return rc == -ENOENT ? 0 : rc;
}

static int forward_put(struct apply *ap, const struct op *op, struct arena *a, struct rpath p,
		       struct error *e)
{
	struct tree *root = ap->root->tree;
	int rc = there(ap->new, p, e);

	if (rc == 0)
		return drop_setid(ap, op, p, e); /* done by an earlier run */
	if (rc > 0)
		rc = op->was.known ? keep_old(ap, a, p, e) : 0;
	if (rc == 0)
		rc = op->was.known ? tree_rename(ap->new, p, root, p, 0, e) :
				     rename_noreplace(ap->new, p, root, e);
	if (rc < 0)
		return rc;
	/* rename(2) does nothing when both names are one file already */
	(void)tree_unlink(ap->new, p, NULL);
	return drop_setid(ap, op, p, e);
}

static int forward_tree(struct apply *ap, struct rpath p, struct error *e)
{
	int rc = there(ap->new, p, e);

	return rc <= 0 ? rc : rename_noreplace(ap->new, p, ap->root->tree, e);
}

static int forward_remove(struct apply *ap, const struct op *op, struct arena *a,
			  struct rpath p, struct error *e)
{
	int rc = rename_noreplace(ap->root->tree, p, ap->old, e);

	if (rc == -ENOENT && (rc = there(ap->root->tree, p, e)) > 0) {
		rc = make_parent(ap->old, a, p, e);
		if (rc == 0)
			rc = rename_noreplace(ap->root->tree, p, ap->old, e);
	}
	if (op->kind == OP_REMOVE_TREE && (rc == -EXDEV || rc == -ENOENT)) {
		error_clear(e);
		return apply_move(ap, a, p, e);
	}
	if (rc < 0 && rc != -ENOENT && rc != -EEXIST)
		return rc;
	return op->kind == OP_REMOVE ? drop_setid(ap, op, p, e) : 0;
}

static bool has_attr(const struct stat *st, const char *xattrs, const struct op_attr *at,
		     bool owners)
{
	return (at->xattrs == NULL || str_eq(xattrs, at->xattrs)) &&
	       (!owners || (st->st_uid == at->uid && st->st_gid == at->gid)) &&
	       (S_ISLNK(at->mode) || ((st->st_mode ^ at->mode) & 07777) == 0) &&
	       st->st_mtim.tv_sec == at->mtime && st->st_mtim.tv_nsec == at->mtime_nsec;
}

/* What is as it should be is not touched: nobody may be able to, where an op failed for that. */
static int set_attr(struct apply *ap, struct arena *a, struct rpath p, const struct op_attr *at,
		    struct error *e)
{
	struct tree *t = ap->root->tree;
	bool owners = ap->root->owners;
	const char *xattrs = "";
	struct stat st;
	int rc = tree_stat(t, p, &st, e);

	if (rc == 0 && at->xattrs != NULL)
		rc = xattrs_whole(a, t, p, &xattrs, e);
	if (rc < 0 || has_attr(&st, xattrs, at, owners))
		return rc == -ENOENT ? 0 : rc;
	rc = owners ? tree_chown(t, p, at->uid, at->gid, e) : 0;
	if (rc == 0 && !S_ISLNK(at->mode))
		rc = tree_chmod(t, p, at->mode & 07777, e);
	if (rc == 0 && at->xattrs != NULL) /* of an access control list the mode is a part */
		rc = xattrs_make(a, t, p, at->xattrs, e);
	if (rc == 0)
		rc = tree_utime(t, p, at->mtime, at->mtime_nsec, e);
	return rc == -ENOENT ? 0 : rc; /* removed by an administrator since */
}

struct copying {
	const struct apply *ap;
	const char *path;
	uint64_t total;
	unsigned told;		/* percent */
};

static void on_copied(void *ctx, uint64_t bytes)
{
	struct copying *c = ctx;
	unsigned percent = bytes < c->total ? (unsigned)(bytes * 100 / c->total) : 100;

	if (percent == c->told)
		return;
	c->told = percent;
	c->ap->copying(c->ap->copying_ctx, c->path, percent);
}

/* A link is not enough, as a script may write into the file. What is there already with an
 * inode of its own is the copy, or what the script made of it. */
static int copy_old(struct apply *ap, struct arena *a, struct rpath p, struct error *e)
{
	struct tree *root = ap->root->tree;
	struct copying copying = { .ap = ap, .path = rpath_str(p) };
	const struct contents_watch watch = { .copied = on_copied, .ctx = &copying };
	struct stat old, live;
	int rc = tree_stat(ap->old, p, &old, e);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	rc = tree_stat(root, p, &live, e);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (!S_ISREG(old.st_mode) || (rc == 0 && live.st_ino != old.st_ino))
		return 0;
	(void)tree_unlink(ap->new, p, NULL); /* half a copy, of an earlier run */
	rc = make_parent(ap->new, a, p, e);
	copying.total = (uint64_t)old.st_size;
	if (rc == 0)
		rc = contents_copy_file(ap->old, ap->new, p, ap->root->owners,
					ap->copying != NULL ? &watch : NULL, e);
	return rc < 0 ? rc : tree_rename(ap->new, p, root, p, 0, e);
}

/* As ROOT/P is, so that the way back has its attributes. */
static int keep_directory(struct apply *ap, struct rpath p, struct error *e)
{
	struct tree *root = ap->root->tree;
	struct stat st;
	int rc = tree_stat(root, p, &st, e);

	if (rc < 0 || !S_ISDIR(st.st_mode))
		return rc == -ENOENT ? 0 : rc;
	rc = tree_mkdirs(ap->old, p, 0700, e);
	if (rc == 0 && ap->root->owners)
		rc = tree_chown(ap->old, p, st.st_uid, st.st_gid, e);
	if (rc == 0)
		rc = overlay_copy_xattrs(root, ap->old, p, e);
	if (rc == 0)
		rc = tree_chmod(ap->old, p, st.st_mode & 07777, e);
	return rc;
}

static int forward_copy(struct apply *ap, const struct op *op, struct arena *a, struct rpath p,
			struct error *e)
{
	int rc;

	if (!op->was.known)
		return 0; /* the script makes it; the way back takes it out */
	if (S_ISDIR(op->was.mode))
		return keep_directory(ap, p, e);
	rc = keep_old(ap, a, p, e);
	if (rc == 0)
		rc = copy_old(ap, a, p, e);
	return rc < 0 ? rc : drop_setid(ap, op, p, e);
}

static int forward_rmdir(struct apply *ap, struct rpath p, struct error *e)
{
	struct stat st;
	int rc = tree_stat(ap->root->tree, p, &st, e);

	if (rc < 0 || !S_ISDIR(st.st_mode))
		return rc == -ENOENT ? 0 : rc;
	rc = keep_directory(ap, p, e);
	if (rc == 0)
		rc = tree_rmdir(ap->root->tree, p, e);
	/* Something is in it, or mounted on it: it stays. */
	return rc == -ENOTEMPTY || rc == -EEXIST || rc == -EBUSY ? 0 : rc;
}

static int op_forward(struct apply *ap, const struct op *op, struct arena *a, struct rpath p,
		      struct error *e)
{
	switch (op->kind) {
	case OP_PUT:
		return forward_put(ap, op, a, p, e);
	case OP_TREE:
		return forward_tree(ap, p, e);
	case OP_ATTR:
		return op->shared ? 0 : set_attr(ap, a, p, &op->now, e);
	case OP_REMOVE:
	case OP_REMOVE_TREE:
		return forward_remove(ap, op, a, p, e);
	case OP_COPY:
		return forward_copy(ap, op, a, p, e);
	case OP_RMDIR:
		return forward_rmdir(ap, p, e);
	}
	return error_set(e, E_DB, "the journal has an op of unknown kind %d", (int)op->kind);
}

/* ---- back */

/* Before the file is live again: afterwards nobody would know that it is to be done. */
static int give_setid(struct apply *ap, const struct op *op, struct rpath p, struct error *e)
{
	if (!S_ISREG(op->was.mode) || (op->was.mode & SETID_BITS) == 0)
		return 0;
	return tree_chmod(ap->old, p, op->was.mode & 07777, e);
}

static int bring_back(struct apply *ap, const struct op *op, struct arena *a, struct rpath p,
		      struct error *e)
{
	int rc = there(ap->old, p, e);

	if (rc <= 0)
		return rc; /* never replaced, or back already */
	rc = give_setid(ap, op, p, e);
	if (rc == 0)
		rc = tree_rename(ap->old, p, ap->root->tree, p, 0, e);
	if (rc == -ENOENT) { /* a script has removed the directory */
		rc = tree_mkdirs(ap->root->tree, rpath_parent(a, p), 0755, e);
		if (rc == 0)
			rc = tree_rename(ap->old, p, ap->root->tree, p, 0, e);
	}
	if (rc == 0)
		(void)tree_unlink(ap->old, p, NULL); /* see forward_put() */
	return rc;
}

/* What was put where nothing had been goes back into the stage. */
static int take_out(struct apply *ap, struct arena *a, struct rpath p, struct error *e)
{
	int rc = there(ap->new, p, e);

	if (rc != 0)
		return rc < 0 ? rc : 0; /* never put, or out already */
	rc = make_parent(ap->new, a, p, e);
	if (rc == 0)
		rc = rename_noreplace(ap->root->tree, p, ap->new, e);
	return rc == -ENOENT ? 0 : rc;
}

static int back_remove(struct apply *ap, const struct op *op, struct arena *a, struct rpath p,
		       struct error *e)
{
	int rc = there(ap->old, p, e);

	if (rc == 0 && op->kind == OP_REMOVE_TREE && ap->old != NULL)
		return apply_move_back(ap, a, p, e);
	if (rc <= 0)
		return rc; /* never removed, or back already */
	rc = op->kind == OP_REMOVE ? give_setid(ap, op, p, e) : 0;
	return rc < 0 ? rc : rename_noreplace(ap->old, p, ap->root->tree, e);
}

static int back_directory(struct apply *ap, const struct op *op, struct arena *a,
			  struct rpath p, struct error *e)
{
	struct tree *root = ap->root->tree;
	int rc = op->was.known ? there(root, p, e) : 1;

	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = tree_mkdirs(root, p, 0700, e);
	if (rc == 0 && there(ap->old, p, NULL) > 0)
		rc = overlay_copy_xattrs(ap->old, root, p, e);
	return rc < 0 ? rc : set_attr(ap, a, p, &op->was, e);
}

/* Where nothing was, what is there is a script's. */
static int back_copy(struct apply *ap, const struct op *op, struct arena *a, struct rpath p,
		     struct error *e)
{
	struct stat st;
	int rc;

	if (op->was.known)
		return S_ISDIR(op->was.mode) ? back_directory(ap, op, a, p, e) :
					       bring_back(ap, op, a, p, e);
	rc = tree_stat(ap->root->tree, p, &st, e);
	if (rc < 0 || S_ISDIR(st.st_mode))
		return rc == -ENOENT ? 0 : rc;
	return tree_unlink(ap->root->tree, p, e);
}

static int op_back(struct apply *ap, const struct op *op, struct arena *a, struct rpath p,
		   struct error *e)
{
	switch (op->kind) {
	case OP_PUT:
		return op->was.known ? bring_back(ap, op, a, p, e) : take_out(ap, a, p, e);
	case OP_TREE:
		return take_out(ap, a, p, e);
	case OP_ATTR:
		return op->was.known ? set_attr(ap, a, p, &op->was, e) : 0;
	case OP_REMOVE:
	case OP_REMOVE_TREE:
		return back_remove(ap, op, a, p, e);
	case OP_COPY:
		return back_copy(ap, op, a, p, e);
	case OP_RMDIR:
		return back_directory(ap, op, a, p, e);
	}
	return error_set(e, E_DB, "the journal has an op of unknown kind %d", (int)op->kind);
}

/* ---- all of them */

/* A path from the database is a stranger's word: it passes rpath_parse() again. */
static int op_run(struct apply *ap, const struct op *op, bool forward, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct rpath p;
	int rc = rpath_parse(a, op->path, &p, e);

	if (rc == 0 && rpath_is_root(p))
		rc = error_set(e, E_DB, "the journal has an op on the root itself");
	if (rc == 0 && op->volume != volumes_of(&ap->volumes, op->path)->row.k)
		rc = error_set(e, E_DB, "the journal has an op on another volume than its path");
	if (rc == 0)
		rc = forward ? op_forward(ap, op, a, p, e) : op_back(ap, op, a, p, e);
	return rc;
}

int apply_forward(struct apply *ap, const struct op *ops, size_t n, struct error *e)
{
	size_t i;
	int rc = ap->old == NULL ? open_old(ap, true, e) : 0;

	for (i = 0; rc == 0 && i < n; i++) {
		rc = op_run(ap, &ops[i], true, e);
		if (rc < 0)
			return error_prefix(e, "changing '/%s'", ops[i].path);
		if (ap->progress != NULL && i % 256 == 0)
			ap->progress(ap->ctx, i, n);
	}
	return rc;
}

int apply_back(struct apply *ap, const struct op *ops, size_t n, struct error *e)
{
	int rc;

	while (n-- > 0) {
		rc = op_run(ap, &ops[n], false, e);
		if (rc < 0)
			return error_prefix(e, "taking back '/%s'", ops[n].path);
	}
	return 0;
}
