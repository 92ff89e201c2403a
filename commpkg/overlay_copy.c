/* Layers copied from one file system to another. See overlay_copy.h. */
#include "overlay_copy.h"

#include <errno.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#include "contents.h"
#include "formats/cleanup.h"
#include "overlay.h"

/* ---- no directories */

/* Of an ordinary user, who has it all to himself, and can't read it: for a moment he can. */
static int copy_file(struct tree *from, struct tree *to, struct rpath p, const struct stat *st,
		     bool owners, struct error *e)
{
	mode_t mode = st->st_mode & 07777;
	int rc = contents_copy_file(from, to, p, owners, NULL, e), rc2;

	if (rc != -EACCES || (mode & 0400) != 0)
		return rc;
	error_clear(e);
	rc = tree_chmod(from, p, mode | 0400, e);
	if (rc < 0)
		return rc;
	rc = contents_copy_file(from, to, p, owners, NULL, e);
	rc2 = tree_chmod(from, p, mode, rc < 0 ? NULL : e);
	if (rc == 0)
		rc = rc2;
	return rc < 0 ? rc : tree_chmod(to, p, mode, e);
}

static int copy_link(struct tree *from, struct tree *to, struct rpath p, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *target;
	int rc = tree_readlink(from, a, p, &target, e);

	return rc < 0 ? rc : tree_symlink(to, target, p, e);
}

/* The mode last: changing the owner takes set-id bits away. */
static int dress(struct tree *from, struct tree *to, struct rpath p, const struct stat *st,
		 bool owners, struct error *e)
{
	int rc = owners ? tree_chown(to, p, st->st_uid, st->st_gid, e) : 0;

	if (rc == 0 && !S_ISLNK(st->st_mode))
		rc = overlay_copy_xattrs(from, to, p, e);
	if (rc == 0 && !S_ISLNK(st->st_mode))
		rc = tree_chmod(to, p, st->st_mode & 07777, e);
	return rc < 0 ? rc : tree_utime(to, p, st->st_mtim.tv_sec, st->st_mtim.tv_nsec, e);
}

int overlay_copy_leaf(struct tree *from, struct tree *to, struct rpath p, bool owners,
		      struct error *e)
{
	struct stat st;
	int rc = tree_stat(from, p, &st, e);

	if (rc < 0)
		return rc;
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, p, &st, owners, e);
	rc = S_ISLNK(st.st_mode) ? copy_link(from, to, p, e) :
				   tree_mknod(to, p, st.st_mode & S_IFMT, st.st_rdev, e);
	return rc < 0 ? rc : dress(from, to, p, &st, owners, e);
}

/* ---- trees */

struct copying {
	struct arena *a;
	struct tree *from, *to;
	bool owners;
	struct strmap *links;		/* "dev:ino" -> path */
};

static int copy_name(struct copying *c, struct rpath p, const struct stat *st, struct error *e)
{
	const char *key, *first;
	struct rpath other;
	int rc;

	if (overlay_marks_gone(st))
		return tree_mknod(c->to, p, S_IFCHR, makedev(0, 0), e);
	if (!S_ISREG(st->st_mode) || st->st_nlink < 2)
		return overlay_copy_leaf(c->from, c->to, p, c->owners, e);
	key = arena_printf(c->a, "%llx:%llx", (unsigned long long)st->st_dev,
			   (unsigned long long)st->st_ino);
	first = strmap_find(c->links, key);
	if (first == NULL) {
		(void)strmap_put(c->links, key, arena_strdup(c->a, rpath_str(p)));
		return overlay_copy_leaf(c->from, c->to, p, c->owners, e);
	}
	rc = rpath_borrow(first, &other, e);
	return rc < 0 ? rc : tree_link(c->to, other, c->to, p, e);
}

static int copy_below(struct copying *c, struct rpath dir, struct error *e);

/* What is mounted there has its directory already. */
static int copy_directory(struct copying *c, struct rpath p, const struct stat *st,
			  struct error *e)
{
	int rc = tree_mkdir(c->to, p, 0700, e);

	if (rc == -EEXIST) {
		error_clear(e);
		rc = 0;
	}
	if (rc == 0)
		rc = copy_below(c, p, e);
	return rc < 0 ? rc : dress(c->from, c->to, p, st, c->owners, e);
}

static int copy_below(struct copying *c, struct rpath dir, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char **names;
	size_t n = 0, i;
	int rc = tree_list(c->from, a, dir, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct stat st;
		struct rpath p;

		rc = rpath_join(a, dir, names[i], &p, e);
		if (rc == 0)
			rc = tree_stat(c->from, p, &st, e);
		if (rc == 0)
			rc = S_ISDIR(st.st_mode) ? copy_directory(c, p, &st, e) :
						   copy_name(c, p, &st, e);
	}
	return rc;
}

static int open_layer(struct arena *a, struct tree *memory, size_t part, const char *name,
		      struct tree **ret, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(a, arena_printf(a, "%zu/%s", part, name), &p, e);

	return rc < 0 ? rc : tree_open_below(memory, p, 0700, true, ret, e);
}

/* The directories K/name, put together as the parts of `like`. */
static int open_layers(struct tree *memory, struct tree *like, const char *name,
		       struct tree **ret, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct tree *all = NULL, *part;
	int rc = open_layer(a, memory, 0, name, &all, e);

	for (size_t i = 0; rc == 0 && i < tree_parts(like); i++) {
		struct rpath at;

		(void)tree_part(like, i, &at);
		rc = tree_mkdirs(all, at, 0700, e);
		if (rc == 0)
			rc = open_layer(a, memory, i + 1, name, &part, e);
		if (rc == 0)
			tree_graft(all, at, part);
	}
	if (rc < 0)
		tree_close(all);
	else
		*ret = all;
	return rc;
}

int overlay_copy_stage(struct tree *new, struct tree *memory, bool owners, struct tree **ret_fx,
		       struct error *e)
{
	struct copying c = { .a = arena_new(), .from = new, .owners = owners,
			     .links = strmap_new(16) };
	struct tree *work = NULL, *fx = NULL;
	int rc = open_layers(memory, new, "work", &work, e);

	if (rc == 0)
		rc = open_layers(memory, new, "fx", &fx, e);
	if (rc == 0)
		rc = open_layers(memory, new, "new", &c.to, e);
	if (rc == 0)
		rc = copy_below(&c, rpath_root(), e);
	tree_close(work);
	tree_close(c.to);
	strmap_free(c.links);
	arena_free(c.a);
	if (rc < 0)
		tree_close(fx);
	else
		*ret_fx = fx;
	return rc;
}
