/*
 * Effects into the stage.
 *
 * In the order of the list: parents are there before their children, and what was removed
 * below a directory is hidden one name at a time. No directory of the stage is ever opaque:
 * a mark could not be told from one that somebody forged, and apply could not be told what
 * goes.
 */
#include "effects_internal.h"

#include <errno.h>

#include "overlay_copy.h"
#include "overlay.h"

struct fold {
	struct arena *a;
	struct root *root;
	struct tree *new, *fx;
};

/* What an ordinary user may not write in (0555) is his own: opened for a moment. */
struct opened {
	struct tree *tree;
	struct rpath dir;
	mode_t mode;
	bool changed;
};

static int open_dir(struct tree *t, struct rpath dir, struct opened *ret, struct error *e)
{
	struct stat st;
	int rc = tree_stat(t, dir, &st, e);

	*ret = (struct opened){ .tree = t, .dir = dir };
	if (rc < 0 || (st.st_mode & 0300) == 0300)
		return rc;
	ret->mode = st.st_mode & 07777;
	ret->changed = true;
	return tree_chmod(t, dir, ret->mode | 0700, e);
}

static int close_dir(const struct opened *o, int rc, struct error *e)
{
	int rc2 = o->changed ? tree_chmod(o->tree, o->dir, o->mode, rc < 0 ? NULL : e) : 0;

	return rc < 0 ? rc : rc2;
}

/* What is at p in new/, whatever it is, makes room. *ret_dir: a directory was there. */
static int clear(struct fold *f, struct rpath p, bool keep_dir, bool *ret_dir, struct error *e)
{
	struct stat st;
	bool dir;

	*ret_dir = false;
	if (tree_stat(f->new, p, &st, NULL) < 0)
		return 0;
	dir = S_ISDIR(st.st_mode);
	*ret_dir = dir;
	return dir && keep_dir ? 0 : tree_remove_all(f->new, p, e);
}

/* ---- one effect each */

static int fold_attributes(struct fold *f, const struct effect *ef, struct rpath p,
			   struct error *e)
{
	int rc = overlay_copy_xattrs(f->fx, f->new, p, e);

	if (rc == 0 && f->root->owners)
		rc = tree_chown(f->new, p, ef->uid, ef->gid, e);
	return rc < 0 ? rc : tree_chmod(f->new, p, ef->mode & 07777, e);
}

static int fold_dir(struct fold *f, const struct effect *ef, struct rpath p, struct error *e)
{
	bool was_dir;
	int rc;

	if (ef->kind == EFFECT_ATTRIBUTES)
		rc = overlay_mkdirs(f->root, f->new, p, e);
	else {
		rc = clear(f, p, true, &was_dir, e);
		if (rc == 0 && !was_dir)
			rc = tree_mkdir(f->new, p, 0700, e);
		if (rc == 0 && !was_dir && ef->over_dir)
			rc = overlay_hide_below(f->root, f->new, p, e);
	}
	return rc < 0 ? rc : fold_attributes(f, ef, p, e);
}

static int fold_link(struct fold *f, const struct effect *ef, struct rpath p, struct error *e)
{
	struct rpath to;
	bool was_dir;
	int rc = rpath_parse(f->a, ef->link_to, &to, e);

	if (rc == 0)
		rc = clear(f, p, false, &was_dir, e);
	return rc < 0 ? rc : tree_link(f->new, to, f->new, p, e);
}

/* The layer's directory may not be ours to write in either: it is thrown away. */
static int fold_leaf(struct fold *f, const struct effect *ef, struct rpath p, struct error *e)
{
	struct opened from;
	bool was_dir;
	int rc = clear(f, p, false, &was_dir, e);

	if (rc == 0)
		rc = overlay_strip(f->fx, p, e);
	if (rc < 0)
		return rc;
	rc = open_dir(f->fx, rpath_parent(f->a, p), &from, e);
	if (rc == 0)
		rc = close_dir(&from, tree_rename(f->fx, p, f->new, p, 0, e), e);
	if (rc != -EXDEV)
		return rc;
	error_clear(e); /* a layer in memory: copied */
	return ef->link_to != NULL ? fold_link(f, ef, p, e) :
				     overlay_copy_leaf(f->fx, f->new, p, f->root->owners, e);
}

static int fold_removed(struct fold *f, const struct effect *ef, struct rpath p,
			struct error *e)
{
	return ef->top ? overlay_whiteout(f->root, f->new, p, e) : 0;
}

static int fold_one(struct fold *f, const struct effect *ef, struct rpath p, struct error *e)
{
	if (ef->kind == EFFECT_REMOVED)
		return fold_removed(f, ef, p, e);
	if (S_ISDIR(ef->mode))
		return fold_dir(f, ef, p, e);
	return ef->relink ? fold_link(f, ef, p, e) : fold_leaf(f, ef, p, e);
}

static int fold_effect(struct fold *f, const struct effect *ef, struct error *e)
{
	struct rpath p, parent;
	struct opened in;
	int rc;

	if (ef->path[0] == '\0')
		return fold_attributes(f, ef, rpath_root(), e);
	if (ef->kind == EFFECT_REMOVED && !ef->top)
		return 0;
	rc = rpath_parse(f->a, ef->path, &p, e);
	if (rc < 0)
		return rc;
	parent = rpath_parent(f->a, p);
	rc = overlay_mkdirs(f->root, f->new, parent, e);
	if (rc == 0)
		rc = open_dir(f->new, parent, &in, e);
	if (rc < 0)
		return rc;
	return close_dir(&in, fold_one(f, ef, p, e), e);
}

int effects_fold(const struct effects *effects, struct root *root, struct tree *new,
		 struct tree *fx, struct error *e)
{
	struct fold f = { .a = arena_new(), .root = root, .new = new, .fx = fx };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < effects->n; i++)
		rc = fold_effect(&f, &effects->v[i], e);
	arena_free(f.a);
	return rc < 0 ? error_prefix(e, "taking over what a script did") : 0;
}
