/* What comes back, in a stage: linked from undo/N/old, so that it costs no space (but what has
 * set-id bits is copied); the store is given up once the undo is settled (commit.c). */
#include "undo_look.h"

#include "contents.h"
#include "formats/cleanup.h"
#include "history_words.h"
#include "overlay.h"
#include "xattrs.h"

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
		rc = tree_mkdirs(u->stage.new, p, 0755, e); /* a mount's place is there */
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
		rc = contents_copy(in, out, rpath_str(source), NULL, e);
	if (rc == 0 && u->session->root->owners)
		rc = tree_chown(u->stage.new, target, st.st_uid, st.st_gid, e);
	if (rc == 0)
		rc = tree_chmod(u->stage.new, target, st.st_mode & 07777, e);
	if (rc == 0)
		rc = tree_utime(u->stage.new, target, st.st_mtim.tv_sec, st.st_mtim.tv_nsec, e);
	return rc;
}

static int set_attr(struct undo *u, struct rpath p, const struct op_attr *at, struct error *e)
{
	int rc = u->session->root->owners ?
		 tree_chown(u->stage.new, p, at->uid, at->gid, e) : 0;

	if (rc == 0 && !S_ISLNK(at->mode))
		rc = tree_chmod(u->stage.new, p, at->mode & 07777, e);
	if (rc == 0 && at->xattrs != NULL)
		rc = xattrs_make(u->a, u->stage.new, p, at->xattrs, e);
	return rc == 0 ? tree_utime(u->stage.new, p, at->mtime, at->mtime_nsec, e) : rc;
}

/* ---- what is made anew: names that were one file are one again */

static const char *file_key(struct undo *u, const struct stat *st, const struct op_attr *at)
{
	return arena_printf(u->a, "%llx %llx %o %u %u %lld %lld%s", (unsigned long long)st->st_dev,
			    (unsigned long long)st->st_ino, at->mode, at->uid, at->gid,
			    (long long)at->mtime, (long long)at->mtime_nsec,
			    at->xattrs != NULL ? at->xattrs : "");
}

/* Where the file system has no links, or no more of them, names become files of their own. */
static bool cannot_link(int rc)
{
	return rc == -EMLINK || rc == -EPERM || rc == -EOPNOTSUPP;
}

/* 1: its other name was made, and it is one of that now. */
static int link_known(struct undo *u, const char *key, struct rpath to, struct error *e)
{
	const char *other = strmap_find(u->anew, key);
	struct rpath known;
	int rc;

	if (other == NULL) {
		(void)strmap_put(u->anew, key, (void *)rpath_str(to));
		return 0;
	}
	rc = rpath_parse(u->a, other, &known, e);
	if (rc == 0)
		rc = tree_link(u->stage.new, known, u->stage.new, to, e);
	if (cannot_link(rc))
		return error_clear(e), 0;
	return rc < 0 ? rc : 1;
}

static int make_node(struct undo *u, const struct world_source *s, struct rpath from,
		     struct rpath to, const struct stat *st, struct error *e)
{
	const char *target;
	int rc;

	if (S_ISREG(st->st_mode))
		return contents_copy_file(s->tree, u->stage.new, to, u->session->root->owners, NULL,
					  e);
	if (!S_ISLNK(st->st_mode))
		return tree_mknod(u->stage.new, to, st->st_mode, st->st_rdev, e);
	rc = tree_readlink(s->tree, u->a, from, &target, e);
	return rc < 0 ? rc : tree_symlink(u->stage.new, target, to, e);
}

static bool same_attr(const struct op_attr *x, const struct op_attr *y)
{
	return x->mode == y->mode && x->uid == y->uid && x->gid == y->gid &&
	       x->mtime == y->mtime && x->mtime_nsec == y->mtime_nsec &&
	       str_eq(x->xattrs != NULL ? x->xattrs : "", y->xattrs != NULL ? y->xattrs : "");
}

/* Has the kept file all that is wanted, or will it, because another name of it has stayed in the
 * root? Then it is that file again. */
static bool will_have(const struct undo *u, const struct stat *st, const struct op_attr *at)
{
	struct op_attr now;
	size_t i;

	op_attr_of(st, &now);
	if (same_attr(&now, at))
		return true;
	for (i = 0; i < u->actions.n; i++) {
		const struct undo_action *act = &u->actions.v[i];

		if (act->kind == OP_ATTR && act->was.dev == now.dev && act->was.ino == now.ino &&
		    same_attr(&act->now, at))
			return true;
	}
	return false;
}

/* With other attributes than at its source, where it is not to be touched: not linked. */
static int make_file(struct undo *u, const struct world_source *s, struct rpath from,
		     struct rpath to, const struct op_attr *at, struct error *e)
{
	struct stat st;
	int rc = tree_stat(s->tree, from, &st, e);

	if (rc == 0 && will_have(u, &st, at)) {
		rc = tree_link(s->tree, from, u->stage.new, to, e);
		if (!cannot_link(rc))
			return rc;
		error_clear(e);
		rc = 0;
	}
	if (rc == 0 && st.st_nlink > 1)
		rc = link_known(u, file_key(u, &st, at), to, e);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = make_node(u, s, from, to, &st, e);
	return rc == 0 ? set_attr(u, to, at, e) : rc;
}

/* One that has its set-id bits back: not the kept file itself, which would keep them if the stage
 * is thrown away. */
static int bring_setid(struct undo *u, const struct world_source *s, struct rpath from,
		       struct rpath to, struct error *e)
{
	struct op_attr at;
	struct stat st;
	int rc = tree_stat(s->tree, from, &st, e);

	if (rc < 0)
		return rc;
	op_attr_of(&st, &at);
	at.mode = (at.mode & S_IFMT) | s->mode;
	return make_file(u, s, from, to, &at, e);
}

static int bring_file(struct undo *u, const char *path, const struct world_source *s, mode_t type,
		      struct error *e)
{
	const struct op_attr *attr = world_attr(u->world, path);
	struct rpath from, to;
	int rc = rpath_parse(u->a, s->path, &from, e);

	if (rc == 0)
		rc = rpath_parse(u->a, path, &to, e);
	if (rc < 0)
		return rc;
	if (s->copy)
		return copy_file(u, s->tree, from, to, e);
	if (S_ISREG(type))
		*VEC_PUSH(&u->brought) = path;
	if (attr != NULL)
		return make_file(u, s, from, to, attr, e);
	if (s->mode != 0)
		return bring_setid(u, s, from, to, e);
	rc = tree_link(s->tree, from, u->stage.new, to, e);
	if (cannot_link(rc))
		rc = S_ISREG(type) ? copy_file(u, s->tree, from, to, e) : rc;
	return rc;
}

/* Last, because its mode may forbid to put something into it. */
static int dress(struct undo *u, const char *path, const struct world_source *s,
		 const struct stat *st, struct error *e)
{
	const struct op_attr *attr = world_attr(u->world, path);
	struct op_attr at;
	struct rpath p;
	int rc = rpath_parse(u->a, path, &p, e);

	op_attr_of(st, &at);
	if (rc == 0)
		rc = overlay_copy_xattrs(s->tree, u->stage.new, p, e);
	return rc == 0 ? set_attr(u, p, attr != NULL ? attr : &at, e) : rc;
}

static int bring(struct undo *u, const char *path, struct error *e);

static int bring_tree(struct undo *u, const char *path, struct error *e)
{
	const char **names;
	size_t n, i;
	int rc = undo_mkdirs(u, path, e);

	if (rc == 0)
		rc = world_list(u->world, path, &names, &n, e);
	if (rc == 0 && n == 0)
		*VEC_PUSH(&u->brought) = path;
	for (i = 0; rc == 0 && i < n; i++)
		rc = bring(u, arena_printf(u->a, "%s/%s", path, names[i]), e);
	return rc;
}

static int bring(struct undo *u, const char *path, struct error *e)
{
	struct world_source source;
	struct stat st;
	int rc = world_source(u->world, path, &source, &st, e);

	if (rc == 0 && !S_ISDIR(st.st_mode))
		return bring_file(u, path, &source, st.st_mode, e);
	if (rc == 0)
		rc = bring_tree(u, path, e);
	return rc == 0 ? dress(u, path, &source, &st, e) : rc;
}

/* ---- directories that nothing brought back: somebody removed them since, and what comes back goes
 * into them */

/* As the package has them that has them then. */
static int directory_attr(struct undo *u, const char *dir, struct op_attr *ret, struct error *e)
{
	const struct owners *owners = u->session->owners;
	struct pkgdb_file *rows;
	uid_t uid = 0;
	gid_t gid = 0;
	size_t n = 0;
	int rc = pkgdb_owners(u->session->db, u->a, dir, u->list[u->nlist - 1].n - 1, &rows, &n, e);

	*ret = (struct op_attr){ .mode = S_IFDIR | 0755, .mtime = history_now() };
	if (rc < 0 || n == 0 || !ftype_is_dir(rows[0].ftype))
		return rc;
	if (rows[0].mode != MODE_UNSET)
		ret->mode = S_IFDIR | rows[0].mode;
	if (rows[0].owner != NULL && owners_uid(owners, rows[0].owner, &uid) > 0)
		ret->uid = uid;
	if (rows[0].group != NULL && owners_gid(owners, rows[0].group, &gid) > 0)
		ret->gid = gid;
	return 0;
}

static int dress_made(struct undo *u, const char *dir, struct error *e)
{
	struct op_attr at;
	struct rpath p;
	struct stat st;
	int rc;

	if (dirs_exists(u->dirs, dir) || world_stat(u->world, dir, &st, NULL) == 0)
		return 0;
	rc = directory_attr(u, dir, &at, e);
	if (rc == 0)
		rc = rpath_parse(u->a, dir, &p, e);
	return rc < 0 ? rc : set_attr(u, p, &at, e);
}

static int dress_all_made(struct undo *u, struct error *e)
{
	const char *dir;
	size_t i = 0;
	int rc = 0;

	while (rc == 0 && strmap_next(u->made, &i, &dir) != NULL)
		rc = dress_made(u, dir, e);
	return rc;
}

int undo_stage(struct undo *u, struct error *e)
{
	size_t i;
	const struct stagedir_place place = {
		.root = u->session->root, .state = u->session->state, .db = u->session->db,
		.volumes = u->volumes, .nvolumes = u->nvolumes,
	};
	int rc = stagedir_make(u->a, &place, u->m, &u->stage, e);

	for (i = 0; rc == 0 && i < u->actions.n; i++) {
		const struct undo_action *act = &u->actions.v[i];

		if (act->kind != OP_PUT && act->kind != OP_TREE)
			continue;
		rc = undo_mkdirs(u, dirs_parent(u->dirs, act->path), e);
		if (rc == 0)
			rc = bring(u, act->path, e);
	}
	return rc == 0 ? dress_all_made(u, e) : rc;
}
