/* What comes back, in a stage: linked from undo/N/old, so that it costs no space; the store
 * is given up once the undo is settled (commit.c). */
#include "undo_look.h"

#include "contents.h"
#include "formats/cleanup.h"

int undo_mkdirs(struct undo *u, const char *dir, struct error *e)
{
	struct rpath p;
	int rc;

	if (dir[0] == '\0' || strmap_find(u->made, dir) != NULL)
		return 0;
	rc = undo_mkdirs(u, dirs_parent(u->dirs, dir), e);
	if (rc == 0)
		rc = rpath_parse(u->a, dir, &p, e);
	if (rc == 0)
		rc = tree_mkdirs(u->stage.new, p, 0700, e); /* a mount's place is there */
	if (rc == 0)
		(void)strmap_put(u->made, rpath_str(p), (void *)rpath_str(p));
	return rc;
}

/* A copy with the same attributes. */
static int copy_file(struct undo *u, struct tree *from, struct rpath source, struct rpath target,
		     struct error *e)
{
	AUTO_FD int in = -EBADF;
	AUTO_FD int out = -EBADF;
	struct stat st;
	int rc = tree_stat(from, source, &st, e);

	if (rc == 0)
		rc = tree_open_file(from, source, &in, e);
	if (rc == 0)
		rc = tree_create(u->stage.new, target, &out, e);
	if (rc == 0)
		rc = contents_copy(in, out, rpath_str(source), e);
	if (rc == 0 && u->session->root->owners)
		rc = tree_chown(u->stage.new, target, st.st_uid, st.st_gid, e);
	if (rc == 0)
		rc = tree_chmod(u->stage.new, target, st.st_mode & 07777, e);
	if (rc == 0)
		rc = tree_utime(u->stage.new, target, st.st_mtim.tv_sec, st.st_mtim.tv_nsec, e);
	return rc;
}

static int bring_file(struct undo *u, const char *path, uint32_t mode, struct error *e)
{
	struct rpath p;
	struct stat st;
	int rc = rpath_parse(u->a, path, &p, e);

	if (rc == 0)
		rc = tree_stat(u->old, p, &st, e);
	if (rc < 0)
		return rc;
	rc = tree_link(u->old, p, u->stage.new, p, e);
	if (rc == -EMLINK || rc == -EPERM || rc == -EOPNOTSUPP)
		rc = S_ISREG(st.st_mode) ? copy_file(u, u->old, p, p, e) : rc;
	if (rc == 0 && mode != 0)
		rc = tree_chmod(u->stage.new, p, mode, e);
	return rc;
}

static int dress_like(struct undo *u, struct rpath p, const struct stat *st, struct error *e)
{
	int rc = 0;

	if (u->session->root->owners)
		rc = tree_chown(u->stage.new, p, st->st_uid, st->st_gid, e);
	if (rc == 0)
		rc = tree_chmod(u->stage.new, p, st->st_mode & 07777, e);
	if (rc == 0)
		rc = tree_utime(u->stage.new, p, st->st_mtim.tv_sec, st->st_mtim.tv_nsec, e);
	return rc;
}

static int bring_tree(struct undo *u, const char *path, struct error *e)
{
	const char **names;
	struct rpath p;
	struct stat dir, st;
	size_t n, i;
	int rc = undo_mkdirs(u, path, e);

	if (rc == 0)
		rc = rpath_parse(u->a, path, &p, e);
	if (rc == 0)
		rc = tree_stat(u->old, p, &dir, e);
	if (rc == 0)
		rc = tree_list(u->old, u->a, p, &names, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		const char *child = arena_printf(u->a, "%s/%s", path, names[i]);
		struct rpath c;

		rc = rpath_parse(u->a, child, &c, e);
		if (rc == 0)
			rc = tree_stat(u->old, c, &st, e);
		if (rc == 0)
			rc = S_ISDIR(st.st_mode) ? bring_tree(u, child, e) :
						   bring_file(u, child, 0, e);
	}
	return rc == 0 ? dress_like(u, p, &dir, e) : rc;
}

static int save_live(struct undo *u, const struct undo_action *act, struct error *e)
{
	struct rpath from, to;
	int rc = rpath_parse(u->a, act->copy_of, &from, e);

	if (rc == 0)
		rc = rpath_parse(u->a, act->path, &to, e);
	return rc < 0 ? rc : copy_file(u, u->root, from, to, e);
}

/* Last, because its mode may forbid to put something into it. */
static int dress_directory(struct undo *u, const char *path, struct error *e)
{
	struct rpath p;
	struct stat st;
	int rc = rpath_parse(u->a, path, &p, e);

	if (rc == 0)
		rc = tree_stat(u->old, p, &st, e);
	return rc < 0 ? rc : dress_like(u, p, &st, e);
}

static int bring(struct undo *u, const struct undo_action *act, struct error *e)
{
	int rc = undo_mkdirs(u, dirs_parent(u->dirs, act->path), e);

	if (rc < 0)
		return rc;
	if (act->copy_of != NULL)
		return save_live(u, act, e);
	if (act->alone)
		return undo_mkdirs(u, act->path, e);
	return act->kind == OP_TREE ? bring_tree(u, act->path, e) :
				      bring_file(u, act->path, act->mode, e);
}

int undo_stage(struct undo *u, struct error *e)
{
	size_t i;
	const struct stagedir_place place = {
		.root = u->session->root, .state = u->session->state, .db = u->session->db,
		.volumes = u->volumes, .nvolumes = u->nvolumes,
	};
	int rc = stagedir_make(u->a, &place, u->m, &u->stage, e);

	for (i = 0; rc == 0 && i < u->actions.n; i++)
		if (u->actions.v[i].from_old || u->actions.v[i].copy_of != NULL)
			rc = bring(u, &u->actions.v[i], e);
	for (i = u->actions.n; rc == 0 && i-- > 0;)
		if (u->actions.v[i].alone)
			rc = dress_directory(u, u->actions.v[i].path, e);
	return rc;
}
