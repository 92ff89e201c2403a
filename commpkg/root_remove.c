/*
 * A whole tree removed, by descriptor.
 *
 * One level per directory on the way down, each with the names of the directories in it
 * that are still to be done; everything else is unlinked while it is listed. Depth is
 * bounded by memory only: no recursion, and just the deepest OPEN_LEVELS levels hold a
 * descriptor. The ones above get theirs back by `..`, believed only when it leads to the
 * directory (device, inode) that we came from: if somebody moves a directory while we
 * are in it, that is an error, not a way out.
 *
 * A child is opened with O_NOFOLLOW, and a mount point is not entered (hazard 17): what
 * is mounted there is not ours to remove.
 *
 * In a directory whose mode keeps us out (0555 of a package, and we are not root) the mode
 * is changed: it goes anyway.
 */
#include "root_internal.h"

#include <dirent.h>

#define OPEN_LEVELS 32
#define MAX_LISTINGS 64
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct level {
	int fd;			/* -EBADF: given up for now */
	dev_t dev;
	ino_t ino;
	char *name;		/* in the level above */
	VEC(char *) dirs;	/* still to be done */
	unsigned listed;	/* how often */
};

struct removal {
	int top;		/* borrowed: where the first level's name is */
	VEC(struct level) levels;
};

static void level_free(struct level *l)
{
	if (l->fd >= 0)
		(void)close(l->fd); /* a directory */
	for (size_t i = 0; i < l->dirs.n; i++)
		free(l->dirs.v[i]);
	VEC_FREE(&l->dirs);
	free(l->name);
}

static void removal_free(struct removal *r)
{
	for (size_t i = 0; i < r->levels.n; i++)
		level_free(&r->levels.v[i]);
	VEC_FREE(&r->levels);
}

/* unlinkat, with the directory's mode changed when that is what is in the way. */
static int remove_name(int dirfd, const char *name, int flags)
{
	if (unlinkat(dirfd, name, flags) == 0 || errno == ENOENT)
		return 0;
	if (errno != EACCES)
		return -errno;
	if (fchmod(dirfd, 0700) < 0 || unlinkat(dirfd, name, flags) < 0)
		return errno == EPERM ? -EACCES : -errno;
	return 0;
}

/* 1: it is a directory, and left alone. */
static int remove_unless_dir(int dirfd, const char *name, unsigned char type)
{
	struct stat st;
	int rc;

	if (type == DT_DIR)
		return 1;
	rc = remove_name(dirfd, name, 0);
	if (rc != -EISDIR && rc != -EPERM) /* EPERM: what POSIX says of directories */
		return rc;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 1 : rc;
}

static int open_level(int dirfd, const char *name)
{
	int fd = TEMP_FAILURE_RETRY(openat(dirfd, name, DIR_FLAGS));

	if (fd < 0 && errno == EACCES && chmod_name(dirfd, name, 0700) == 0)
		fd = TEMP_FAILURE_RETRY(openat(dirfd, name, DIR_FLAGS));
	return fd < 0 ? -errno : fd;
}

static bool is_mount_point(int fd)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH, 0, &stx) < 0)
		return false; /* too old to tell; st_dev is compared as well */
	return (stx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 &&
	       (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* Unlinks what is no directory and notes what is one. */
static int level_list(struct level *l)
{
	int copy = openat(l->fd, ".", DIR_FLAGS); /* closedir() takes it along */
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;
	int rc = 0;

	l->listed++;
	if (dir == NULL) {
		rc = -errno;
		if (copy >= 0)
			(void)close(copy);
		return rc;
	}
	while (errno = 0, rc >= 0 && (d = readdir(dir)) != NULL) {
		if (str_eq(d->d_name, ".") || str_eq(d->d_name, ".."))
			continue;
		rc = remove_unless_dir(l->fd, d->d_name, d->d_type);
		if (rc > 0)
			*VEC_PUSH(&l->dirs) = xstrdup(d->d_name);
	}
	if (rc >= 0)
		rc = -errno;
	(void)closedir(dir); /* only read */
	return rc;
}

/* Enters the directory `name` (taken over) of the level above. 1: it is gone. */
static int removal_down(struct removal *r, int dirfd, char *name, dev_t dev)
{
	struct level l = { .fd = open_level(dirfd, name), .name = name };
	struct stat st;
	int rc = l.fd;

	if (rc >= 0)
		rc = fstat(l.fd, &st) < 0 ? -errno : 0;
	if (rc == 0 && (st.st_dev != dev || is_mount_point(l.fd)))
		rc = -EBUSY;
	if (rc < 0) {
		level_free(&l);
		return rc == -ENOENT ? 1 : rc;
	}
	l.dev = st.st_dev;
	l.ino = st.st_ino;
	if (r->levels.n >= OPEN_LEVELS) {
		struct level *far = &r->levels.v[r->levels.n - OPEN_LEVELS];

		(void)close(far->fd); /* a directory */
		far->fd = -EBADF;
	}
	*VEC_PUSH(&r->levels) = l;
	return level_list(&r->levels.v[r->levels.n - 1]);
}

/* The level above the deepest one gets its descriptor back. */
static int level_reopen(struct level *above, int below)
{
	AUTO_FD int fd = -EBADF;
	struct stat st;

	if (above->fd >= 0)
		return 0;
	fd = openat(below, "..", DIR_FLAGS);
	if (fd < 0 && errno == EACCES && fchmod(below, 0700) == 0)
		fd = openat(below, "..", DIR_FLAGS);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != above->dev || st.st_ino != above->ino)
		return -ESTALE;
	above->fd = TAKE_FD(fd);
	return 0;
}

/* The deepest level is done: remove it. A listing may miss names while others are removed,
 * and somebody may add some: then it is listed again. */
static int removal_up(struct removal *r)
{
	struct level *l = &r->levels.v[r->levels.n - 1];
	int dirfd = r->top;
	int rc;

	if (r->levels.n > 1) {
		rc = level_reopen(l - 1, l->fd);
		if (rc < 0)
			return rc;
		dirfd = l[-1].fd;
	}
	rc = remove_name(dirfd, l->name, AT_REMOVEDIR);
	if (rc == -ENOTEMPTY && l->listed < MAX_LISTINGS)
		return level_list(l);
	level_free(l);
	r->levels.n--;
	return rc;
}

static int removal_run(struct removal *r)
{
	while (r->levels.n > 0) {
		struct level *l = &r->levels.v[r->levels.n - 1];
		int rc;

		if (l->dirs.n == 0)
			rc = removal_up(r);
		else
			rc = removal_down(r, l->fd, l->dirs.v[--l->dirs.n], l->dev);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int remove_dir(const struct place *at)
{
	struct removal r = { .top = at->fd };
	struct stat st;
	int rc;

	if (fstat(at->fd, &st) < 0)
		return -errno;
	rc = removal_down(&r, at->fd, xstrdup(at->name), st.st_dev);
	if (rc == 0)
		rc = removal_run(&r);
	removal_free(&r);
	return rc < 0 ? rc : 0;
}

int tree_remove_all(struct tree *t, struct rpath p, struct error *e)
{
	struct place at;
	int rc;

	if (rpath_is_root(p))
		return tree_fail(t, p, -EBUSY, "cannot remove", e);
	rc = place_find(t, p, &at);
	if (rc == -ENOENT)
		return 0;
	if (rc == 0)
		rc = remove_unless_dir(at.fd, at.name, DT_UNKNOWN);
	if (rc > 0)
		rc = remove_dir(&at);
	if (rc < 0)
		return tree_fail(t, p, rc, "cannot remove", e);
	dircache_forget(t, p, at.plain);
	return 0;
}
