/*
 * pkgchk -f. Attributes are set, what is missing and has no contents is made, links are
 * put right. A file that holds something is never removed for it: other
 * implementations put a pipe in the place of a file.
 */
#include "tools/common/check.h"

#include <errno.h>
#include <sys/sysmacros.h>

static bool is_file(char ftype)
{
	return ftype == 'f' || ftype == 'e' || ftype == 'v';
}

static int fix_times(struct check *c, const struct check_object *o,
		     const struct check_seen *seen, struct error *e)
{
	if (!is_file(o->ftype) || !o->has_content || seen->st.st_mtim.tv_sec == o->mtime)
		return 0;
	return tree_utime(c->root->tree, seen->real, o->mtime, 0, e);
}

static int fix_owner(struct check *c, const struct check_object *o,
		     const struct check_seen *seen, struct error *e)
{
	uid_t uid = seen->st.st_uid;
	gid_t gid = seen->st.st_gid;

	if (!c->root->owners)
		return 0;
	if (o->owner != NULL)
		(void)owners_uid(c->owners, o->owner, &uid); /* unknown: reported after */
	if (o->group != NULL)
		(void)owners_gid(c->owners, o->group, &gid);
	if (uid == seen->st.st_uid && gid == seen->st.st_gid)
		return 0;
	return tree_chown(c->root->tree, seen->real, uid, gid, e);
}

/* The mode comes last: a change of owner clears set-id bits. */
static int fix_attributes(struct check *c, const struct check_object *o,
			  const struct check_seen *seen, struct error *e)
{
	int rc = fix_owner(c, o, seen, e);

	if (rc == 0 && o->mode != MODE_UNSET)
		rc = tree_chmod(c->root->tree, seen->real, o->mode, e);
	return rc == 0 ? fix_times(c, o, seen, e) : rc;
}

static int make_parent(struct check *c, struct rpath path, struct error *e)
{
	return tree_mkdirs(c->root->tree, rpath_parent(c->a, path), 0755, e);
}

static int fix_symlink(struct check *c, const struct check_object *o,
		       const struct check_seen *seen, struct error *e)
{
	const char *text;
	int rc = 0;

	if (seen->exists && !S_ISLNK(seen->st.st_mode))
		return 0;
	if (seen->exists) {
		rc = tree_readlink(c->root->tree, c->a, seen->real, &text, e);
		if (rc < 0 || str_eq(text, o->target))
			return rc;
		rc = tree_unlink(c->root->tree, seen->real, e);
	} else {
		rc = make_parent(c, seen->real, e);
	}
	return rc == 0 ? tree_symlink(c->root->tree, o->target, seen->real, e) : rc;
}

/* A copy that lost its link, as archivers leave them, may go: nothing is lost. */
static bool same_contents(struct check *c, struct rpath a, struct rpath b)
{
	uint64_t asize, bsize;
	uint32_t asum, bsum;

	return check_sum(c, a, &asize, &asum, NULL) == 0 &&
	       check_sum(c, b, &bsize, &bsum, NULL) == 0 && asize == bsize && asum == bsum;
}

static int fix_link(struct check *c, const struct check_object *o,
		    const struct check_seen *seen, struct error *e)
{
	struct rpath target;
	bool linked;
	int rc = check_is_linked(c, o, seen, &linked, e);

	if (rc == 0 && !linked)
		rc = check_link_target(c, o, &target, e);
	if (rc < 0 || linked || !tree_exists(c->root->tree, target))
		return rc;
	if (seen->exists && !same_contents(c, seen->real, target))
		return 0;
	rc = seen->exists ? tree_unlink(c->root->tree, seen->real, e)
			  : make_parent(c, seen->real, e);
	return rc == 0 ? tree_link(c->root->tree, target, c->root->tree, seen->real, e) : rc;
}

static int make_missing(struct check *c, const struct check_object *o,
			const struct check_seen *seen, struct error *e)
{
	mode_t mode = o->mode != MODE_UNSET ? o->mode : 0755;
	dev_t dev = 0;
	int rc = make_parent(c, seen->real, e);

	if (rc < 0)
		return rc;
	switch (o->ftype) {
	case 'd': case 'x':
		return tree_mkdir(c->root->tree, seen->real, mode, e);
	case 'p':
		return tree_mknod(c->root->tree, seen->real, S_IFIFO | (mode & 0777), 0, e);
	case 'c': case 'b':
		if (o->major == NUM_UNSET || o->minor == NUM_UNSET)
			return 0;
		dev = makedev(o->major, o->minor);
		return tree_mknod(c->root->tree, seen->real,
				  (o->ftype == 'c' ? S_IFCHR : S_IFBLK) | (mode & 0777), dev, e);
	default:
		return 0;
	}
}

static bool has_type(const struct check_object *o, mode_t mode)
{
	switch (o->ftype) {
	case 'd': case 'x': return S_ISDIR(mode);
	case 'p': return S_ISFIFO(mode);
	case 'c': return S_ISCHR(mode);
	case 'b': return S_ISBLK(mode);
	default: return S_ISREG(mode);
	}
}

int check_fix(struct check *c, const struct check_object *o, struct error *e)
{
	struct check_seen seen;
	int rc = check_look(c, o, &seen, e);

	if (rc < 0)
		return rc;
	if (o->ftype == 's')
		return fix_symlink(c, o, &seen, e);
	if (o->ftype == 'l')
		return fix_link(c, o, &seen, e);
	if (!seen.exists && !is_file(o->ftype)) {
		rc = make_missing(c, o, &seen, e);
		if (rc == 0)
			rc = check_look(c, o, &seen, e);
		if (rc < 0)
			return rc;
	}
	if (!seen.exists || !has_type(o, seen.st.st_mode))
		return 0;
	return fix_attributes(c, o, &seen, e);
}
