/*
 * A directory's path to its descriptor, with the root as `/` and no way out.
 *
 * openat2(2) first: RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, which nearly always succeeds
 * and then says that no component is a link, so that the path is its own canonical
 * form; on ELOOP again with RESOLVE_IN_ROOT.
 *
 * Without openat2 the walk by component. Its invariants:
 *	- `fd` was reached from the root by O_NOFOLLOW steps into directories only, and by
 *	  `..` only when that led to the very directory (device, inode) we came from: a
 *	  directory that is moved out of the root while we are in it leads to a new start,
 *	  not out
 *	- a link is read from the descriptor that said it is one, and its text goes in front
 *	  of what is left; an absolute one starts from the root again
 *	- `..` in the root stays there
 *	- links below the top of a procfs are magic (they lead anywhere): refused, as
 *	  RESOLVE_NO_MAGICLINKS does
 */
#include "root_internal.h"

#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#define WALK_MAX_LINKS 40	/* as the kernel (MAXSYMLINKS) */
#define WALK_MAX_STARTS 64
#define PROC_ROOT_INO 1		/* linux/proc_fs.h */

enum { OPENAT2_WORKS, OPENAT2_MISSING, OPENAT2_FORBIDDEN };
static atomic_int openat2_state;

void root_force_walk(bool walk)
{
	atomic_store(&openat2_state, walk ? OPENAT2_FORBIDDEN : OPENAT2_WORKS);
}

bool walk_is_forced(void)
{
	return atomic_load(&openat2_state) != OPENAT2_WORKS;
}

/* Opening a directory with O_PATH is never EPERM by itself: that is seccomp. EAGAIN is a
 * rename somewhere while `..` was resolved. */
static int open2(int root, const char *dir, uint64_t resolve)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	long fd;
	int tries = 0;

	do {
		fd = syscall(SYS_openat2, root, dir, &how, sizeof(how));
	} while (fd < 0 && (errno == EINTR || (errno == EAGAIN && ++tries < WALK_MAX_STARTS)));
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		atomic_store(&openat2_state, OPENAT2_MISSING);
	return fd < 0 ? -errno : (int)fd;
}

/* ---- the walk by component */

struct dir_id {
	dev_t dev;
	ino_t ino;
};

struct walk {
	int root;		/* borrowed */
	int fd;			/* where we are; owned unless it is root */
	VEC(struct dir_id) ids;	/* of each component of `done` */
	char done[PATH_MAX];	/* canonical text of where we are */
	size_t done_len;
	char rest[2 * PATH_MAX];	/* what is left to go */
	const char *next;	/* in rest */
	unsigned links;
};

static void walk_to(struct walk *w, int fd)
{
	if (w->fd != w->root)
		(void)close(w->fd); /* O_PATH: there is nothing to lose */
	w->fd = fd;
}

static void walk_restart(struct walk *w)
{
	walk_to(w, w->root);
	w->ids.n = 0;
	w->done_len = 0;
	w->done[0] = '\0';
}

static void walk_free(struct walk *w)
{
	if (w == NULL)
		return;
	walk_restart(w);
	VEC_FREE(&w->ids);
	free(w);
}

static void walk_cleanup(struct walk **w)
{
	walk_free(*w);
}
#define AUTO_WALK __attribute__((cleanup(walk_cleanup)))

static struct walk *walk_new(int root)
{
	struct walk *w = xmalloc(sizeof(*w));

	w->root = w->fd = root;
	memset(&w->ids, 0, sizeof(w->ids));
	w->links = 0;
	walk_restart(w);
	return w;
}

static int done_push(struct walk *w, const char *name, size_t len)
{
	if (w->done_len + 1 + len >= sizeof(w->done))
		return -ENAMETOOLONG;
	if (w->done_len > 0)
		w->done[w->done_len++] = '/';
	memcpy(w->done + w->done_len, name, len);
	w->done_len += len;
	w->done[w->done_len] = '\0';
	return 0;
}

static void done_pop(struct walk *w)
{
	char *slash = strrchr(w->done, '/');

	w->done_len = slash != NULL ? (size_t)(slash - w->done) : 0;
	w->done[w->done_len] = '\0';
}

/* -EAGAIN: we are not where we thought. */
static int walk_up(struct walk *w)
{
	AUTO_FD int fd = -EBADF;
	struct stat st;
	const struct dir_id *want;

	if (w->ids.n <= 1) {
		walk_restart(w);
		return 0;
	}
	fd = openat(w->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	want = &w->ids.v[w->ids.n - 2];
	if (st.st_dev != want->dev || st.st_ino != want->ino)
		return -EAGAIN;
	w->ids.n--;
	done_pop(w);
	walk_to(w, TAKE_FD(fd));
	return 0;
}

static int walk_enter(struct walk *w, int fd, const struct stat *st, const char *name,
		      size_t len)
{
	struct dir_id *id;
	int rc;

	rc = done_push(w, name, len);
	if (rc < 0) {
		(void)close(fd); /* O_PATH */
		return rc;
	}
	id = VEC_PUSH(&w->ids);
	id->dev = st->st_dev;
	id->ino = st->st_ino;
	walk_to(w, fd);
	return 0;
}

static bool link_is_magic(const struct walk *w, int link)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(link, &fs) < 0)
		return true; /* can't be told: refuse */
	if (fs.f_type != PROC_SUPER_MAGIC)
		return false;
	return fstat(w->fd, &st) < 0 || st.st_ino != PROC_ROOT_INO;
}

static int walk_follow(struct walk *w, int link)
{
	char text[2 * PATH_MAX];
	size_t left = strlen(w->next);
	ssize_t len;

	if (++w->links > WALK_MAX_LINKS || link_is_magic(w, link))
		return -ELOOP;
	len = readlinkat(link, "", text, PATH_MAX);
	if (len < 0)
		return -errno;
	if (len == 0)
		return -ENOENT;
	if ((size_t)len + 1 + left >= sizeof(w->rest))
		return -ENAMETOOLONG;
	text[len] = '/';
	memcpy(text + len + 1, w->next, left + 1);
	memcpy(w->rest, text, (size_t)len + 1 + left + 1);
	w->next = w->rest;
	if (text[0] == '/')
		walk_restart(w);
	return 0;
}

/* One component of len bytes at `name`; next is behind it. */
static int walk_step(struct walk *w, const char *name, size_t len)
{
	char c[NAME_MAX + 1];
	AUTO_FD int fd = -EBADF;
	struct stat st;

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(c, name, len);
	c[len] = '\0';
	fd = openat(w->fd, c, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return walk_follow(w, fd);
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return walk_enter(w, TAKE_FD(fd), &st, c, len);
}

/* Goes on from `next` to its end. On failure `next` is at the component that failed. */
static int walk_run(struct walk *w)
{
	for (;;) {
		const char *name = w->next + strspn(w->next, "/");
		size_t len = strcspn(name, "/");
		int rc = 0;

		if (len == 0)
			return 0;
		w->next = name + len;
		if (len == 2 && memcmp(name, "..", 2) == 0)
			rc = walk_up(w);
		else if (len != 1 || name[0] != '.')
			rc = walk_step(w, name, len);
		if (rc < 0) {
			w->next = name;
			return rc;
		}
	}
}

static int walk_from_root(struct walk *w, const char *dir)
{
	int starts = 0, rc;

	do {
		walk_restart(w);
		w->links = 0;
		if (strlen(dir) >= PATH_MAX)
			return -ENAMETOOLONG;
		memcpy(w->rest, dir, strlen(dir) + 1);
		w->next = w->rest;
		rc = walk_run(w);
	} while (rc == -EAGAIN && ++starts < WALK_MAX_STARTS);
	return rc;
}

static int walk_open_by_hand(int root, const char *dir, int *ret_fd, bool *ret_plain)
{
	AUTO_WALK struct walk *w = walk_new(root);
	int rc;

	rc = walk_from_root(w, dir);
	if (rc < 0)
		return rc;
	*ret_fd = fcntl(w->fd, F_DUPFD_CLOEXEC, 0);
	if (*ret_fd < 0)
		return -errno;
	*ret_plain = w->links == 0;
	return 0;
}

int walk_open(int root, const char *dir, int *ret_fd, bool *ret_plain)
{
	int fd;

	if (dir[0] == '\0')
		dir = ".";
	if (walk_is_forced())
		return walk_open_by_hand(root, dir, ret_fd, ret_plain);
	fd = open2(root, dir, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	*ret_plain = fd >= 0;
	if (fd == -ELOOP)
		fd = open2(root, dir, RESOLVE_IN_ROOT);
	if (fd == -EAGAIN || (fd < 0 && walk_is_forced()))
		return walk_open_by_hand(root, dir, ret_fd, ret_plain);
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

/* ---- canonical text */

/* What is left does not exist: only its text counts. */
static int canonical_rest(struct walk *w)
{
	for (;;) {
		const char *name = w->next + strspn(w->next, "/");
		size_t len = strcspn(name, "/");
		int rc = 0;

		if (len == 0)
			return 0;
		w->next = name + len;
		if (len == 2 && memcmp(name, "..", 2) == 0)
			done_pop(w);
		else if (len != 1 || name[0] != '.')
			rc = done_push(w, name, len);
		if (rc < 0)
			return rc;
	}
}

/* A component that is missing or no directory with no link before it: what openat2 says
 * about it needs no walk. */
static bool is_plain(int root, const char *dir)
{
	int fd;

	if (walk_is_forced())
		return false;
	fd = open2(root, dir, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (fd >= 0)
		(void)close(fd); /* O_PATH */
	return fd >= 0 || fd == -ENOENT || (fd == -ENOTDIR && !walk_is_forced());
}

int walk_canonical(int root, const char *dir, char **ret)
{
	AUTO_WALK struct walk *w = NULL;
	int rc;

	if (dir[0] == '\0' || is_plain(root, dir)) {
		*ret = xstrdup(dir);
		return 0;
	}
	w = walk_new(root);
	rc = walk_from_root(w, dir);
	if (rc == -ENOENT || rc == -ENOTDIR)
		rc = canonical_rest(w);
	if (rc < 0)
		return rc;
	*ret = xstrdup(w->done);
	return 0;
}
