/* What is only looked at: status, contents, links, names, space. */
#include "root_internal.h"

#include <dirent.h>
#include <limits.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static int stat_place(struct tree *t, struct rpath p, struct place *at, struct stat *ret)
{
	int rc = place_find(t, p, at);

	if (rc == 0 && fstatat(at->fd, at->name, ret, AT_SYMLINK_NOFOLLOW) < 0)
		rc = -errno;
	return rc;
}

int tree_stat(struct tree *t, struct rpath p, struct stat *ret, struct error *e)
{
	struct place at;
	struct stat st;
	int rc;

	rc = stat_place(t, p, &at, &st);
	if (rc < 0)
		return tree_fail(t, p, rc, "cannot stat", e);
	*ret = st;
	return 0;
}

bool tree_exists(struct tree *t, struct rpath p)
{
	struct place at;
	struct stat st;
	int rc = stat_place(t, p, &at, &st);

	tree_note(t, p, rc, "cannot stat");
	return rc == 0;
}

static struct timespec time_of(const struct statx_timestamp *t)
{
	return (struct timespec){ .tv_sec = t->tv_sec, .tv_nsec = t->tv_nsec };
}

static void stat_of(const struct statx *sx, struct stat *ret)
{
	*ret = (struct stat){
		.st_dev = makedev(sx->stx_dev_major, sx->stx_dev_minor),
		.st_ino = sx->stx_ino,
		.st_mode = sx->stx_mode,
		.st_nlink = sx->stx_nlink,
		.st_uid = sx->stx_uid,
		.st_gid = sx->stx_gid,
		.st_rdev = makedev(sx->stx_rdev_major, sx->stx_rdev_minor),
		.st_size = (off_t)sx->stx_size,
		.st_blksize = (blksize_t)sx->stx_blksize,
		.st_blocks = (blkcnt_t)sx->stx_blocks,
		.st_atim = time_of(&sx->stx_atime),
		.st_mtim = time_of(&sx->stx_mtime),
		.st_ctim = time_of(&sx->stx_ctime),
	};
}

static enum tree_fixed fixed_of(const struct statx *sx)
{
	return (sx->stx_attributes & STATX_ATTR_IMMUTABLE) != 0 ? TREE_IMMUTABLE :
	       (sx->stx_attributes & STATX_ATTR_APPEND) != 0 ? TREE_APPEND_ONLY : TREE_FREE;
}

/* statx(2), STATX_MNT_ID since Linux 5.8; the device is the next best thing. */
static int look_place(const struct place *at, struct tree_look *ret)
{
	const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
	struct statx sx;

	if (statx(at->fd, at->name, flags, STATX_BASIC_STATS | STATX_MNT_ID, &sx) == 0) {
		stat_of(&sx, &ret->st);
		ret->mount = (sx.stx_mask & STATX_MNT_ID) != 0 ? sx.stx_mnt_id : ret->st.st_dev;
		ret->fixed = fixed_of(&sx);
		return 0;
	}
	if (errno != ENOSYS && errno != EPERM && errno != EINVAL)
		return -errno; /* a device in place of a mount would be another one */
	if (fstatat(at->fd, at->name, &ret->st, flags) < 0)
		return -errno;
	ret->mount = ret->st.st_dev;
	ret->fixed = TREE_FREE;
	return 0;
}

int tree_look(struct tree *t, struct rpath p, struct tree_look *ret, struct error *e)
{
	struct tree_look look;
	struct place at;
	int rc = place_find(t, p, &at);

	if (rc == 0)
		rc = look_place(&at, &look);
	if (rc < 0)
		return tree_fail(t, p, rc, "cannot stat", e);
	*ret = look;
	return 0;
}

static const char *type_words(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return "a directory";
	case S_IFLNK: return "a symbolic link";
	case S_IFIFO: return "a named pipe";
	case S_IFSOCK: return "a socket";
	default: return "a device";
	}
}

static int not_regular(const struct tree *t, struct rpath p, mode_t mode, struct error *e)
{
	return error_set(e, E_UNSUPPORTED, "cannot read '%s/%.1500s': it is %s", t->label, p.s,
			 type_words(mode));
}

/* Asked before it is opened, because opening alone can wind a tape; and again when open,
 * because it may have been changed in between. */
int tree_open_file(struct tree *t, struct rpath p, int *ret_fd, struct error *e)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	AUTO_FD int fd = -EBADF;
	struct place at;
	struct stat st;
	int rc;

	rc = stat_place(t, p, &at, &st);
	if (rc < 0)
		return tree_fail(t, p, rc, "cannot open", e);
	if (!S_ISREG(st.st_mode))
		return not_regular(t, p, st.st_mode, e);
	fd = TEMP_FAILURE_RETRY(openat(at.fd, at.name, flags));
	if (fd < 0 || fstat(fd, &st) < 0)
		return tree_fail(t, p, -errno, "cannot open", e);
	if (!S_ISREG(st.st_mode))
		return not_regular(t, p, st.st_mode, e);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Reads until the end or cap bytes. The number read, or -errno. */
static ssize_t read_full(int fd, char *buf, size_t cap)
{
	size_t len = 0;

	while (len < cap) {
		ssize_t n = TEMP_FAILURE_RETRY(read(fd, buf + len, cap - len));

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* The size is what fstat says, and one byte more is asked for: a file that grows while it
 * is read is refused like one that is too large. */
int tree_read(struct tree *t, struct arena *a, struct rpath p, size_t max, char **ret,
	      size_t *ret_len, struct error *e)
{
	AUTO_FD int fd = -EBADF;
	struct stat st;
	char *buf;
	ssize_t len;
	int rc;

	rc = tree_open_file(t, p, &fd, e);
	if (rc < 0)
		return rc;
	if (fstat(fd, &st) < 0)
		return tree_fail(t, p, -errno, "cannot stat", e);
	if ((uint64_t)st.st_size > max)
		return error_set(e, E_LIMIT, "'%s/%.1500s' is over %zu bytes", t->label, p.s, max);
	buf = arena_alloc(a, (size_t)st.st_size + 1);
	len = read_full(fd, buf, (size_t)st.st_size + 1);
	if (len < 0)
		return tree_fail(t, p, (int)len, "cannot read", e);
	if (len > st.st_size)
		return error_set(e, E_LIMIT, "'%s/%.1500s' grows while it is read", t->label, p.s);
	buf[len] = '\0';
	*ret = buf;
	*ret_len = (size_t)len;
	return 0;
}

int tree_readlink(struct tree *t, struct arena *a, struct rpath p, const char **ret,
		  struct error *e)
{
	char text[PATH_MAX];
	struct place at;
	ssize_t len = 0;
	int rc;

	rc = place_find(t, p, &at);
	if (rc == 0) {
		len = readlinkat(at.fd, at.name, text, sizeof(text));
		rc = len < 0 ? -errno : 0;
	}
	if (rc == 0 && len == (ssize_t)sizeof(text))
		rc = -ENAMETOOLONG;
	if (rc < 0)
		return tree_fail(t, p, rc, "cannot read symbolic link", e);
	*ret = arena_strndup(a, text, (size_t)len);
	return 0;
}

/* ---- directories */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int open_list(struct tree *t, struct rpath p, DIR **ret)
{
	AUTO_FD int fd = -EBADF;
	struct place at;
	int rc;

	rc = place_find(t, p, &at);
	if (rc < 0)
		return rc;
	fd = TEMP_FAILURE_RETRY(openat(at.fd, at.name,
				       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0)
		return -errno;
	*ret = fdopendir(fd);
	if (*ret == NULL)
		return -errno;
	(void)TAKE_FD(fd); /* now the DIR's */
	return 0;
}

typedef VEC(const char *) name_vec;

/* The next entry that is not . or ..; NULL at the end, and when *ret_rc is an error. */
static const struct dirent *next_entry(DIR *dir, int *ret_rc)
{
	struct dirent *d;

	do {
		errno = 0;
		d = readdir(dir);
	} while (d != NULL && (str_eq(d->d_name, ".") || str_eq(d->d_name, "..")));
	*ret_rc = d == NULL ? -errno : 0;
	return d;
}

static const char *next_name(DIR *dir, int *ret_rc)
{
	const struct dirent *d = next_entry(dir, ret_rc);

	return d != NULL ? d->d_name : NULL;
}

static int read_names(DIR *dir, struct arena *a, name_vec *names)
{
	const char *name;
	int rc;

	while ((name = next_name(dir, &rc)) != NULL)
		*VEC_PUSH(names) = arena_strdup(a, name);
	return rc;
}

int tree_count(struct tree *t, struct rpath p, size_t *ret, struct error *e)
{
	size_t n = 0;
	DIR *dir;
	int rc = open_list(t, p, &dir);

	if (rc == 0) {
		while (next_name(dir, &rc) != NULL)
			n++;
		(void)closedir(dir); /* only read */
	}
	if (rc < 0)
		return tree_fail(t, p, rc, "cannot list directory", e);
	*ret = n;
	return 0;
}

static void sort_names(struct arena *a, const name_vec *names, const char ***ret, size_t *ret_n)
{
	*ret = arena_calloc(a, names->n, sizeof(**ret));
	*ret_n = names->n;
	if (names->n == 0)
		return;
	memcpy(*ret, names->v, names->n * sizeof(**ret));
	qsort(*ret, names->n, sizeof(**ret), compare_names);
}

int tree_list(struct tree *t, struct arena *a, struct rpath p, const char ***ret,
	      size_t *ret_n, struct error *e)
{
	name_vec names = VEC_INIT;
	DIR *dir;
	int rc;

	rc = open_list(t, p, &dir);
	if (rc == 0) {
		rc = read_names(dir, a, &names);
		(void)closedir(dir); /* only read */
	}
	if (rc == 0)
		sort_names(a, &names, ret, ret_n);
	VEC_FREE(&names);
	return rc < 0 ? tree_fail(t, p, rc, "cannot list directory", e) : 0;
}

static bool is_link_in(DIR *dir, const struct dirent *d)
{
	struct stat st;

	if (d->d_type != DT_UNKNOWN)
		return d->d_type == DT_LNK;
	return fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISLNK(st.st_mode);
}

int tree_links(struct tree *t, struct arena *a, struct rpath p, const char ***ret,
	       size_t *ret_n, struct error *e)
{
	name_vec names = VEC_INIT;
	const struct dirent *d;
	DIR *dir;
	int rc;

	rc = open_list(t, p, &dir);
	if (rc == 0) {
		while ((d = next_entry(dir, &rc)) != NULL)
			if (is_link_in(dir, d))
				*VEC_PUSH(&names) = arena_strdup(a, d->d_name);
		(void)closedir(dir); /* only read */
	}
	if (rc == 0)
		sort_names(a, &names, ret, ret_n);
	VEC_FREE(&names);
	return rc < 0 ? tree_fail(t, p, rc, "cannot list directory", e) : 0;
}

int tree_may_write(struct tree *t, struct rpath dir, struct error *e)
{
	struct dircache_slot *s;
	struct statvfs fs;
	int rc = place_dir(t, dir.s, strlen(dir.s), &s);

	if (rc == 0 && fstatvfs(s->fd, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0)
		rc = -EROFS;
	else if (rc == 0 && faccessat(s->fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		rc = -errno;
	return rc < 0 ? tree_fail(t, dir, rc, "cannot write to", e) : 0;
}

/* ---- where a path really lies */

static int canonical_parent(struct tree *t, struct arena *a, const char *dir, size_t len,
			    const char **ret)
{
	AUTO_FREE char *canon = NULL;
	struct dircache_slot *s = NULL;
	char *text = arena_strndup(a, dir, len);
	int rc;

	rc = place_dir(t, dir, len, &s);
	if (rc < 0 && rc != -ENOENT && rc != -ENOTDIR)
		return rc;
	if (s != NULL && (s->plain || s->canon != NULL)) {
		*ret = s->plain ? text : arena_strdup(a, s->canon);
		return 0;
	}
	rc = walk_canonical(t->fd, text, &canon);
	if (rc < 0)
		return rc;
	*ret = arena_strdup(a, canon);
	if (s != NULL)
		s->canon = TAKE_PTR(canon);
	return 0;
}

int tree_canonical(struct tree *t, struct arena *a, struct rpath p, struct rpath *ret,
		   struct error *e)
{
	const char *slash = strrchr(p.s, '/');
	const char *dir = "";
	int rc;

	if (slash == NULL) {
		ret->s = arena_strdup(a, p.s);
		return 0;
	}
	rc = canonical_parent(t, a, p.s, (size_t)(slash - p.s), &dir);
	if (rc < 0)
		return tree_fail(t, p, rc, "cannot resolve", e);
	return rpath_parse(a, arena_printf(a, "%s/%s", dir, slash + 1), ret, e);
}

/* ---- space */

static uint64_t mul_capped(uint64_t a, uint64_t b)
{
	uint64_t r;

	return __builtin_mul_overflow(a, b, &r) ? UINT64_MAX : r;
}

/* p need not exist: its nearest parent that does is asked. */
static int statfs_nearest(struct tree *t, struct rpath p, struct statvfs *ret)
{
	size_t len;
	struct dircache_slot *s;
	int rc;

	t = graft_find(t, &p);
	len = strlen(p.s);
	while (len > 0) {
		rc = place_dir(t, p.s, len, &s);
		if (rc == 0)
			return fstatvfs(s->fd, ret) < 0 ? -errno : 0;
		if (rc != -ENOENT && rc != -ENOTDIR)
			return rc;
		while (len > 0 && p.s[--len] != '/')
			;
	}
	return fstatvfs(t->fd, ret) < 0 ? -errno : 0;
}

/* f_bavail also for root: what a file system keeps back is not for software. */
int tree_statfs(struct tree *t, struct rpath p, struct tree_space *ret, struct error *e)
{
	struct statvfs st;
	int rc;

	rc = statfs_nearest(t, p, &st);
	if (rc < 0)
		return tree_fail(t, p, rc, "cannot ask for free space at", e);
	ret->block = st.f_frsize != 0 ? st.f_frsize : st.f_bsize;
	ret->bytes = mul_capped(st.f_bavail, ret->block);
	ret->inodes = st.f_files == 0 ? UINT64_MAX : st.f_favail;
	return 0;
}
