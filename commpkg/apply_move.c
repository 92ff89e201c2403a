/* Directories that can't be renamed. See apply_move.h. */
#include "apply_move.h"

#include <errno.h>
#include <stdio.h>

#include "xattrs.h"

static int moving_top(const struct apply *ap, struct arena *a, struct rpath p, struct rpath *ret,
		      struct error *e)
{
	const struct volume *v = volumes_of(&ap->volumes, rpath_str(p));

	return rpath_parse(a, v->row.k == 0 ? ROOT_STATE_DIR "/moving" :
			   arena_printf(a, "%s/" VOLUME_DIR "/moving", v->row.path), ret, e);
}

struct move {
	struct tree *from, *to;
	bool owners;
	bool back;		/* what is in its place has kept its attributes */
};

static int move_directory(const struct move *m, struct rpath p, struct rpath q, struct error *e);

/* A directory that is there already was begun by an earlier run. */
static int move_name(const struct move *m, struct rpath p, struct rpath q, struct error *e)
{
	struct stat st;
	int rc = tree_rename(m->from, p, m->to, q, RENAME_NOREPLACE, e);

	if ((rc != -EXDEV && rc != -EEXIST) || tree_stat(m->from, p, &st, NULL) < 0 ||
	    !S_ISDIR(st.st_mode))
		return rc;
	error_clear(e);
	return move_directory(m, p, q, e);
}

static int move_names(const struct move *m, struct rpath p, struct rpath q, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char **names;
	size_t n = 0, i;
	int rc = tree_list(m->from, a, p, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath from, to;

		rc = rpath_join(a, p, names[i], &from, e);
		if (rc == 0)
			rc = rpath_join(a, q, names[i], &to, e);
		if (rc == 0)
			rc = move_name(m, from, to, e);
	}
	return rc;
}

/* to/q gets the attributes of from/p; the time is that of before. */
static int dress(const struct move *m, struct rpath p, struct rpath q, const struct stat *st,
		 struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *xattrs = "";
	int rc = xattrs_whole(a, m->from, p, &xattrs, e);

	if (rc == 0 && m->owners)
		rc = tree_chown(m->to, q, st->st_uid, st->st_gid, e);
	if (rc == 0)
		rc = tree_chmod(m->to, q, st->st_mode & 07777, e);
	if (rc == 0 && xattrs[0] != '\0')
		rc = xattrs_make(a, m->to, q, xattrs, e);
	return rc < 0 ? rc : tree_utime(m->to, q, st->st_mtim.tv_sec, st->st_mtim.tv_nsec, e);
}

/* It has its attributes before p, which has them, goes. */
static int move_directory(const struct move *m, struct rpath p, struct rpath q, struct error *e)
{
	bool made = false;
	struct stat st;
	int rc = tree_stat(m->from, p, &st, e);

	if (rc == 0) {
		rc = tree_mkdir(m->to, q, 0700, e);
		made = rc == 0;
	}
	if (rc == -EEXIST) {
		error_clear(e);
		rc = 0;
	}
	if (rc == 0)
		rc = move_names(m, p, q, e);
	if (rc == 0 && (made || !m->back))
		rc = dress(m, p, q, &st, e);
	return rc < 0 ? rc : tree_rmdir(m->from, p, e);
}

/* 1, 0, or an error. */
static int is_directory(struct tree *t, struct rpath p, struct error *e)
{
	struct stat st;
	int rc = tree_stat(t, p, &st, e);

	if (rc == -ENOENT) {
		error_clear(e);
		return 0;
	}
	return rc < 0 ? rc : S_ISDIR(st.st_mode);
}

static int prepare(struct apply *ap, struct arena *a, struct rpath p, struct rpath *ret_q,
		   struct error *e)
{
	struct rpath top;
	int rc = moving_top(ap, a, p, &top, e);

	return rc < 0 ? rc : rpath_parse(a, arena_printf(a, "%s/%s", rpath_str(top),
							 rpath_str(p)), ret_q, e);
}

/* Directories of MOVING that are empty: in others an op that comes later may have begun. */
static void tidy(struct apply *ap, struct arena *a, struct rpath q, struct error *e)
{
	struct rpath top;

	if (moving_top(ap, a, q, &top, e) < 0)
		return;
	for (q = rpath_parent(a, q); !rpath_below(top, q); q = rpath_parent(a, q))
		if (tree_rmdir(ap->old, q, NULL) < 0 && tree_exists(ap->old, q))
			return;
}

int apply_move(struct apply *ap, struct arena *a, struct rpath p, struct error *e)
{
	const struct move m = { .from = ap->root->tree, .to = ap->old,
				.owners = ap->root->owners };
	struct rpath q, parent = rpath_parent(a, p);
	int rc = prepare(ap, a, p, &q, e), there = 0, begun = 0;

	if (rc == 0)
		rc = begun = is_directory(ap->old, q, e);
	if (rc >= 0)
		rc = there = is_directory(m.from, p, e);
	if (rc >= 0 && there && !begun)
		rc = tree_mkdirs(ap->old, rpath_parent(a, q), 0700, e);
	if (rc >= 0 && there)
		rc = move_directory(&m, p, q, e);
	if (rc >= 0 && (there || begun) && !rpath_is_root(parent))
		rc = tree_mkdirs(ap->old, parent, 0700, e);
	if (rc >= 0 && (there || begun))
		rc = tree_rename(ap->old, q, ap->old, p, RENAME_NOREPLACE, e);
	if (rc < 0)
		return rc;
	tidy(ap, a, q, e);
	return 0;
}

int apply_move_back(struct apply *ap, struct arena *a, struct rpath p, struct error *e)
{
	const struct move m = { .from = ap->old, .to = ap->root->tree,
				.owners = ap->root->owners, .back = true };
	struct rpath q;
	int rc = prepare(ap, a, p, &q, e);

	if (rc == 0)
		rc = is_directory(ap->old, q, e);
	if (rc > 0)
		rc = move_directory(&m, q, p, e);
	if (rc == 0)
		tidy(ap, a, q, e);
	return rc;
}
