/* The stage as a layer: dressed before scripts, cleaned after them. */
#include "overlay.h"

#include <errno.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "overlay_copy.h"
#include "overlay_links.h"

bool overlay_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

bool overlay_marks_gone(const struct stat *st)
{
	return overlay_is_whiteout(st) || (S_ISSOCK(st->st_mode) && (st->st_mode & 07777) == 0);
}

/* An overlay lets nobody make a whiteout in it. */
int overlay_hide(struct tree *new, struct rpath p, struct error *e)
{
	int rc = tree_mknod(new, p, S_IFCHR, makedev(0, 0), e);

	if (rc != -EPERM)
		return rc;
	error_clear(e);
	return tree_mknod(new, p, S_IFSOCK, 0, e);
}

bool overlay_owns_xattr(const char *name)
{
	return str_has_prefix(name, "trusted.overlay.") || str_has_prefix(name, "user.overlay.");
}

int overlay_strip(struct tree *t, struct rpath p, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char **names;
	size_t n = 0, i;
	int rc = tree_xattr_list(t, a, p, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		if (overlay_owns_xattr(names[i]))
			rc = tree_xattr_remove(t, p, names[i], e);
	return rc;
}

bool overlay_root_dir(struct root *root, struct arena *a, struct rpath p)
{
	struct rpath canon;
	struct stat st;

	if (rpath_is_root(p))
		return true;
	if (tree_stat(root->tree, p, &st, NULL) < 0 || !S_ISDIR(st.st_mode))
		return false;
	return tree_canonical(root->tree, a, p, &canon, NULL) == 0 &&
	       str_eq(rpath_str(canon), rpath_str(p));
}

/* ---- like ROOT's */

static bool is_among(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

/* What the system does not let us give or take stays as it is. */
static int forgive(int rc)
{
	return rc == -EPERM || rc == -EACCES || rc == -EOPNOTSUPP || rc == -ENODATA ? 0 : rc;
}

static int copy_xattr(struct tree *from, struct tree *to, struct rpath p, const char *name,
		      struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const void *value;
	size_t len;
	int rc = tree_xattr_get(from, a, p, name, &value, &len, e);

	return forgive(rc < 0 ? rc : tree_xattr_set(to, p, name, value, len, e));
}

int overlay_copy_xattrs(struct tree *from, struct tree *to, struct rpath p, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char **names, **old;
	size_t n = 0, nold = 0, i;
	int rc = tree_xattr_list(from, a, p, &names, &n, e);

	if (rc == 0)
		rc = tree_xattr_list(to, a, p, &old, &nold, e);
	for (i = 0; rc == 0 && i < nold; i++)
		if (!overlay_owns_xattr(old[i]) && !is_among(old[i], names, n))
			rc = forgive(tree_xattr_remove(to, p, old[i], e));
	for (i = 0; rc == 0 && i < n; i++)
		if (!overlay_owns_xattr(names[i]))
			rc = copy_xattr(from, to, p, names[i], e);
	return rc;
}

/* p is a directory in both. */
static int dress_dir(struct tree *like, struct tree *new, bool owners, struct rpath p,
		     struct error *e)
{
	struct stat is, want;
	int rc = tree_stat(like, p, &want, e);

	if (rc == 0)
		rc = tree_stat(new, p, &is, e);
	if (rc == 0 && owners && (is.st_uid != want.st_uid || is.st_gid != want.st_gid))
		rc = tree_chown(new, p, want.st_uid, want.st_gid, e);
	if (rc == 0)
		rc = overlay_copy_xattrs(like, new, p, e);
	if (rc == 0 && is.st_mode != want.st_mode)
		rc = tree_chmod(new, p, want.st_mode & 07777, e);
	return rc;
}

static int dress_below(struct root *root, struct tree *new, struct rpath dir, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char **names;
	size_t n = 0, i;
	int rc = tree_list(new, a, dir, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct stat mine, theirs;
		struct rpath p;

		rc = rpath_join(a, dir, names[i], &p, e);
		if (rc == 0)
			rc = tree_stat(new, p, &mine, e);
		if (rc < 0 || !S_ISDIR(mine.st_mode) ||
		    tree_stat(root->tree, p, &theirs, NULL) < 0 || !S_ISDIR(theirs.st_mode))
			continue;
		rc = dress_below(root, new, p, e);
		if (rc == 0)
			rc = dress_dir(root->tree, new, root->owners, p, e);
	}
	return rc;
}

int overlay_dress(struct root *root, struct tree *new, struct error *e)
{
	int rc = dress_below(root, new, rpath_root(), e);

	if (rc == 0)
		rc = dress_dir(root->tree, new, root->owners, rpath_root(), e);
	return rc < 0 ? error_prefix(e, "dressing the stage") : 0;
}

/* ---- made and hidden */

/* Link by link from the top: what is looked up below a link would be found elsewhere. */
static bool above_is_hidden(struct tree *new, struct arena *a, struct rpath p)
{
	struct rpath parent = rpath_parent(a, p);
	struct stat st;

	if (rpath_is_root(parent))
		return false;
	return above_is_hidden(new, a, parent) ||
	       (tree_stat(new, parent, &st, NULL) == 0 && !S_ISDIR(st.st_mode));
}

bool overlay_hides(struct tree *new, struct rpath p)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct stat st;

	return above_is_hidden(new, a, p) ||
	       (tree_stat(new, p, &st, NULL) == 0 && overlay_marks_gone(&st));
}

int overlay_mkdirs(struct root *root, struct tree *new, struct rpath p, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct stat st;
	int rc;

	if (rpath_is_root(p))
		return 0;
	rc = tree_stat(new, p, &st, NULL);
	if (rc == 0)
		return S_ISDIR(st.st_mode) ? 0 :
		       error_errno(e, EEXIST, "cannot make directory '/%s'", rpath_str(p));
	rc = overlay_mkdirs(root, new, rpath_parent(a, p), e);
	if (rc == 0)
		rc = tree_mkdir(new, p, 0755, e);
	if (rc == 0 && overlay_root_dir(root, a, p))
		rc = dress_dir(root->tree, new, root->owners, p, e);
	return rc;
}

int overlay_hide_below(struct root *root, struct tree *new, struct rpath p, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char **names;
	size_t n = 0, i;
	int rc = tree_list(root->tree, a, p, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath c;

		rc = rpath_join(a, p, names[i], &c, e);
		if (rc == 0)
			rc = overlay_hide(new, c, e);
	}
	return rc;
}

/* p is hidden, or nothing: its parent is a directory of new/. */
static int remake_one(struct root *root, struct tree *new, struct arena *a, struct rpath p,
		      const struct stat *st, struct error *e)
{
	int rc;

	if (st != NULL && !overlay_marks_gone(st))
		return error_set(e, EEXIST, "a script put something that is no directory in the "
				 "place of '/%s'", rpath_str(p));
	rc = st != NULL ? tree_unlink(new, p, e) : 0;
	if (rc == 0)
		rc = tree_mkdir(new, p, 0755, e);
	if (rc < 0 || !overlay_root_dir(root, a, p))
		return rc;
	return st != NULL ? overlay_hide_below(root, new, p, e) :
			    dress_dir(root->tree, new, root->owners, p, e);
}

int overlay_remake(struct root *root, struct tree *new, struct rpath p, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct stat st;
	int rc;

	if (rpath_is_root(p) || (tree_stat(new, p, &st, NULL) == 0 && S_ISDIR(st.st_mode) &&
				 !above_is_hidden(new, a, p)))
		return 0;
	rc = overlay_remake(root, new, rpath_parent(a, p), e);
	if (rc < 0)
		return rc;
	rc = tree_stat(new, p, &st, e);
	if (rc == 0 && S_ISDIR(st.st_mode))
		return 0;
	if (rc < 0 && rc != -ENOENT)
		return rc;
	return remake_one(root, new, a, p, rc == 0 ? &st : NULL, e);
}

int overlay_mkdirs_over(struct root *root, struct tree *new, struct tree *fx, struct rpath p,
			struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	int rc;

	if (rpath_is_root(p) || tree_exists(fx, p))
		return 0;
	rc = overlay_mkdirs_over(root, new, fx, rpath_parent(a, p), e);
	if (rc == 0)
		rc = tree_mkdir(fx, p, 0755, e);
	return rc < 0 ? rc : dress_dir(tree_exists(new, p) ? new : root->tree, fx, root->owners, p,
				       e);
}

int overlay_whiteout(struct root *root, struct tree *new, struct rpath p, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct rpath parent = rpath_parent(a, p);
	struct stat st;
	int rc;

	if (rpath_is_root(p))
		return error_set(e, E_UNSUPPORTED, "cannot hide the root itself");
	if (above_is_hidden(new, a, p))
		return 0;
	rc = tree_remove_all(new, p, e);
	if (rc < 0 || !overlay_root_dir(root, a, parent) ||
	    tree_stat(root->tree, p, &st, NULL) < 0 || overlay_is_whiteout(&st))
		return rc;
	rc = overlay_mkdirs(root, new, parent, e);
	return rc < 0 ? rc : overlay_hide(new, p, e);
}

/* ---- and cleaned */

static int clean_below(struct tree *new, struct rpath dir, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char **names;
	size_t n = 0, i;
	int rc = overlay_strip(new, dir, e);

	if (rc == 0)
		rc = tree_list(new, a, dir, &names, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;
		struct stat st;

		rc = rpath_join(a, dir, names[i], &p, e);
		if (rc == 0)
			rc = tree_stat(new, p, &st, e);
		if (rc == 0 && overlay_marks_gone(&st))
			rc = tree_unlink(new, p, e);
		else if (rc == 0 && S_ISDIR(st.st_mode))
			rc = clean_below(new, p, e);
	}
	return rc;
}

int overlay_clean(struct tree *new, struct error *e)
{
	int rc = clean_below(new, rpath_root(), e);

	return rc < 0 ? error_prefix(e, "cleaning the stage") : 0;
}

/* ---- the layer of one script */

/* Scratch of the kernel, on each volume. */
static int make_scratch(struct tree *txn, const char *name, struct error *e)
{
	const struct rpath p = { name };
	struct rpath at;
	struct tree *t;
	int rc = tree_open_below(txn, p, 0700, true, &t, e);

	if (rc == 0)
		tree_close(t);
	for (size_t i = 0; rc == 0 && i < tree_parts(txn); i++) {
		rc = tree_open_below(tree_part(txn, i, &at), p, 0700, true, &t, e);
		if (rc == 0)
			tree_close(t);
	}
	return rc;
}

/* Directories of the layer that are there because something is mounted in them or below look
 * as the script would find them. */
static int dress_place(struct root *root, struct tree *new, struct tree *fx, struct rpath at,
		       struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct rpath parent = rpath_parent(a, at);
	int rc = dress_dir(new, fx, root->owners, at, e);

	return rc < 0 || rpath_is_root(parent) ? rc : dress_place(root, new, fx, parent, e);
}

static int dress_places(struct root *root, struct tree *new, struct tree *fx, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < tree_parts(fx); i++) {
		struct rpath at;

		(void)tree_part(fx, i, &at);
		rc = dress_place(root, new, fx, at, e);
	}
	return rc;
}

static int remove_layer(struct tree *txn, struct arena *a, struct error *e)
{
	struct rpath fx, work;
	int rc = rpath_parse(a, "fx", &fx, e);

	if (rc == 0)
		rc = rpath_parse(a, "work", &work, e);
	if (rc == 0)
		rc = tree_remove_each(txn, fx, e);
	if (rc == 0)
		rc = tree_remove_each(txn, work, e);
	return rc;
}

/* The attributes of the merged top are those of its upper layer's top. */
static int furnish(struct cage_stage *s, struct root *root, struct error *e)
{
	int rc = dress_dir(root->tree, s->fx, root->owners, rpath_root(), e);

	if (rc == 0)
		rc = dress_places(root, s->new, s->fx, e);
	return rc < 0 ? rc : overlay_links(root, s->new, s->fx, s->wish->links, s->wish->nlinks, e);
}

/* Can that be part of a layer, all of it? */
static bool can_catch(const struct tree *t)
{
	struct rpath at;
	bool can = cage_cannot_catch(t) == NULL;

	for (size_t i = 0; can && i < tree_parts(t); i++)
		can = cage_cannot_catch(tree_part(t, i, &at)) == NULL;
	return can;
}

static int begin_beside(struct root *root, struct cage_stage *s, struct error *e)
{
	static const char *const scratch[] = { "work/1", "work/2" };
	const struct rpath layer = { "fx" };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(scratch) / sizeof(*scratch); i++)
		rc = make_scratch(s->txn, scratch[i], e);
	if (rc == 0)
		rc = tree_open_each(s->txn, layer, 0700, true, &s->fx, e);
	return rc < 0 ? rc : furnish(s, root, e);
}

static int fill(struct cage_stage *s, struct root *root, struct tree *memory, struct error *e)
{
	int rc = overlay_copy_stage(s->new, memory, root->owners, &s->fx, e);

	if (rc == 0)
		rc = furnish(s, root, e);
	if (rc == -ENOSPC)
		(void)error_hint(e, OVERLAY_MEMORY_HINT);
	return rc < 0 ? error_prefix(e, "copying the stage into memory for a script") : 0;
}

int overlay_begin(struct root *root, struct tree *txn, struct tree *new,
		  const struct overlay_wish *wish, struct cage_stage *ret, struct error *e)
{
	uint64_t memory = wish->memory;
	AUTO_ARENA struct arena *a = arena_new();
	int rc = remove_layer(txn, a, e);

	*ret = (struct cage_stage){ .txn = txn, .new = new, .memory_fd = -EBADF, .wish = wish };
	if (rc == 0 && cage_cannot_catch(root->tree) == NULL && can_catch(txn)) {
		rc = begin_beside(root, ret, e);
	} else if (rc == 0) {
		ret->memory = memory != 0 && memory <= INT64_MAX ? memory : cage_memory_usual();
		ret->fill = fill;
	}
	return rc < 0 ? error_prefix(e, "making room for a script") : 0;
}

bool overlay_is_full(const struct cage_stage *s)
{
	struct tree_space have;

	return s->memory != 0 && s->fx != NULL &&
	       tree_statfs(s->fx, rpath_root(), &have, NULL) == 0 &&
	       (have.bytes < have.block || have.inodes == 0);
}

void overlay_end(struct cage_stage *s)
{
	AUTO_ARENA struct arena *a = arena_new();

	tree_close(s->fx);
	if (s->memory_fd >= 0)
		(void)close(s->memory_fd); /* all of it goes */
	if (s->txn != NULL)
		(void)remove_layer(s->txn, a, NULL); /* what stays goes with the stage */
}
