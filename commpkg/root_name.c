/*
 * What is done to a name in a directory: made, renamed, linked, removed, its attributes
 * set. Every call here takes the parent's descriptor and the last component, and none
 * follows that.
 */
#include "root_internal.h"

#include <limits.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452	/* Linux 6.6, the same number on every architecture but alpha */
#endif

static atomic_bool fchmodat2_missing;

/* The inode is pinned by O_PATH, which neither follows nor opens it, and its mode set by
 * the name that the kernel has for descriptors. */
static int chmod_pinned(int dirfd, const char *name, mode_t mode)
{
	AUTO_FD int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char magic[64];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -EOPNOTSUPP;
	(void)snprintf(magic, sizeof(magic), "/proc/self/fd/%d", fd);
	if (chmod(magic, mode) == 0)
		return 0;
	return errno == ENOENT ? -EOPNOTSUPP : -errno; /* no /proc */
}

int chmod_name(int dirfd, const char *name, mode_t mode)
{
	if (walk_is_forced() || atomic_load(&fchmodat2_missing))
		return chmod_pinned(dirfd, name, mode);
	if (syscall(SYS_fchmodat2, dirfd, name, mode, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOSYS && errno != EPERM)
		return -errno;
	if (errno == ENOSYS)
		atomic_store(&fchmodat2_missing, true);
	return chmod_pinned(dirfd, name, mode); /* EPERM may be seccomp: ask the old way */
}

/* mkdir(2) leaves set-id bits alone and heeds the umask. */
int mkdir_name(int dirfd, const char *name, mode_t mode)
{
	if (mkdirat(dirfd, name, mode) < 0)
		return -errno;
	if ((mode & (process_umask() | S_ISUID | S_ISGID)) == 0)
		return 0;
	return chmod_name(dirfd, name, mode);
}

static int mknod_name(int dirfd, const char *name, mode_t mode, dev_t dev)
{
	if (mknodat(dirfd, name, mode, dev) < 0)
		return -errno;
	if ((mode & process_umask()) == 0)
		return 0;
	return chmod_name(dirfd, name, mode & 07777);
}

int tree_mkdir(struct tree *t, struct rpath p, mode_t mode, struct error *e)
{
	struct place at;
	int rc;

	rc = place_find(t, p, &at);
	if (rc == 0)
		rc = rpath_is_root(p) ? -EEXIST : mkdir_name(at.fd, at.name, mode);
	return rc < 0 ? tree_fail(t, p, rc, "cannot make directory", e) : 0;
}

/* The first len bytes of p, which end before a slash or at its end. */
static int mkdirs_one(struct tree *t, const char *path, size_t len, mode_t mode)
{
	char text[RPATH_MAX + 1];
	struct place at;
	int rc;

	memcpy(text, path, len);
	text[len] = '\0';
	rc = place_find(t, (struct rpath){ text }, &at);
	if (rc == 0)
		rc = mkdir_name(at.fd, at.name, mode);
	return rc == -EEXIST ? 0 : rc;
}

int tree_mkdirs(struct tree *t, struct rpath p, mode_t mode, struct error *e)
{
	struct dircache_slot *slot;
	const char *s = p.s;
	int rc;

	if (rpath_is_root(p))
		return 0;
	rc = place_dir(t, p.s, strlen(p.s), &slot);
	if (rc != -ENOENT)
		return rc < 0 ? tree_fail(t, p, rc, "cannot make directory", e) : 0;
	for (rc = 0; rc == 0 && *s != '\0'; s += *s == '/') {
		s += strcspn(s, "/");
		rc = mkdirs_one(t, p.s, (size_t)(s - p.s), mode);
	}
	if (rc == 0) /* what was there already may be a file, or a link to nowhere */
		rc = place_dir(t, p.s, strlen(p.s), &slot);
	return rc < 0 ? tree_fail(t, p, rc, "cannot make directory", e) : 0;
}

int tree_create(struct tree *t, struct rpath p, int *ret_fd, struct error *e)
{
	return tree_create_mode(t, p, 0600, ret_fd, e);
}

int tree_create_mode(struct tree *t, struct rpath p, mode_t mode, int *ret_fd,
		     struct error *e)
{
	const int flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
	struct place at;
	int fd = -EBADF, rc;

	rc = place_find(t, p, &at);
	if (rc == 0) {
		fd = TEMP_FAILURE_RETRY(openat(at.fd, at.name, flags, mode));
		rc = fd < 0 ? -errno : 0;
	}
	if (rc < 0)
		return tree_fail(t, p, rc, "cannot create", e);
	*ret_fd = fd;
	return 0;
}

int tree_symlink(struct tree *t, const char *target, struct rpath p, struct error *e)
{
	struct place at;
	int rc;

	rc = place_find(t, p, &at);
	if (rc == 0 && symlinkat(target, at.fd, at.name) < 0)
		rc = -errno;
	return rc < 0 ? tree_fail(t, p, rc, "cannot make symbolic link", e) : 0;
}

int tree_mknod(struct tree *t, struct rpath p, mode_t mode_and_type, dev_t dev,
	       struct error *e)
{
	struct place at;
	int rc;

	rc = place_find(t, p, &at);
	if (rc == 0)
		rc = mknod_name(at.fd, at.name, mode_and_type, dev);
	return rc < 0 ? tree_fail(t, p, rc, "cannot make special file", e) : 0;
}

/* Both ends of a link or rename. The second look-up leaves the first one's slot alone:
 * it is the youngest. */
static int two_places(struct tree *t, struct rpath from, struct place *ret_from,
		      struct tree *t2, struct rpath to, struct place *ret_to)
{
	int rc = place_find(t, from, ret_from);

	return rc < 0 ? rc : place_find(t2, to, ret_to);
}

static int fail_two(struct tree *t, struct rpath from, struct tree *t2, struct rpath to,
		    int rc, const char *what, struct error *e)
{
	t = graft_find(t, &from);
	t2 = graft_find(t2, &to);
	return error_errno(e, -rc, "cannot %s '%s/%.700s' to '%s/%.700s'", what, t->label,
			   from.s, t2->label, to.s);
}

int tree_link(struct tree *t, struct rpath from, struct tree *t2, struct rpath to,
	      struct error *e)
{
	struct place a, b;
	int rc;

	rc = two_places(t, from, &a, t2, to, &b);
	if (rc == 0 && linkat(a.fd, a.name, b.fd, b.name, 0) < 0)
		rc = -errno;
	return rc < 0 ? fail_two(t, from, t2, to, rc, "link", e) : 0;
}

int tree_rename(struct tree *t, struct rpath from, struct tree *t2, struct rpath to,
		unsigned flags, struct error *e)
{
	struct place a, b;
	int rc;

	rc = two_places(t, from, &a, t2, to, &b);
	if (rc == 0 && renameat2(a.fd, a.name, b.fd, b.name, flags) < 0)
		rc = -errno;
	if (rc < 0)
		return fail_two(t, from, t2, to, rc, "rename", e);
	dircache_forget(t, from, a.plain);
	dircache_forget(t2, to, b.plain);
	return 0;
}

static int tree_drop_name(struct tree *t, struct rpath p, int flags, const char *what,
			  struct error *e)
{
	struct place at;
	int rc;

	rc = place_find(t, p, &at);
	if (rc == 0 && unlinkat(at.fd, at.name, flags) < 0)
		rc = -errno;
	if (rc < 0)
		return tree_fail(t, p, rc, what, e);
	dircache_forget(t, p, at.plain);
	return 0;
}

int tree_unlink(struct tree *t, struct rpath p, struct error *e)
{
	return tree_drop_name(t, p, 0, "cannot remove", e);
}

int tree_rmdir(struct tree *t, struct rpath p, struct error *e)
{
	return tree_drop_name(t, p, AT_REMOVEDIR, "cannot remove directory", e);
}

int tree_chmod(struct tree *t, struct rpath p, mode_t mode, struct error *e)
{
	struct place at;
	int rc;

	rc = place_find(t, p, &at);
	if (rc == 0)
		rc = chmod_name(at.fd, at.name, mode & 07777);
	return rc < 0 ? tree_fail(t, p, rc, "cannot change the mode of", e) : 0;
}

int tree_chown(struct tree *t, struct rpath p, uid_t uid, gid_t gid, struct error *e)
{
	struct place at;
	int rc;

	rc = place_find(t, p, &at);
	if (rc == 0 && fchownat(at.fd, at.name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		rc = -errno;
	return rc < 0 ? tree_fail(t, p, rc, "cannot change the owner of", e) : 0;
}

int tree_utime(struct tree *t, struct rpath p, int64_t sec, int64_t nsec, struct error *e)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT }, { .tv_sec = sec, .tv_nsec = nsec },
	};
	struct place at;
	int rc;

	rc = place_find(t, p, &at);
	if (rc == 0 && utimensat(at.fd, at.name, times, AT_SYMLINK_NOFOLLOW) < 0)
		rc = -errno;
	return rc < 0 ? tree_fail(t, p, rc, "cannot set the time of", e) : 0;
}
