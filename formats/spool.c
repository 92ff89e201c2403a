#include "spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "cleanup.h"
#include "listing.h"
#include "package_load.h"

#define READ_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define SPOOL_MAX_NAMES ((size_t)2 * PKGMAP_MAX_ENTRIES)

static int openat2_beneath(int dirfd, const char *path)
{
	struct open_how how = {
		.flags = READ_FLAGS,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	do
		fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return fd;
}

/* One component; an empty one (of `a//b`) is the directory itself, `..` is refused. */
static int open_component(int at, const char *name, int flags)
{
	if (str_eq(name, "..")) {
		errno = EXDEV;
		return -1;
	}
	return openat(at, name[0] == '\0' ? "." : name, READ_FLAGS | flags);
}

/* Kernels and sandboxes without openat2: one component after the other. */
static int walk_beneath(int dirfd, const char *path)
{
	AUTO_FD int at = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	char name[NAME_MAX + 1];
	const char *slash;
	int fd;

	for (; at >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
		if ((size_t)(slash - path) >= sizeof(name)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, path, (size_t)(slash - path));
		name[slash - path] = '\0';
		fd = open_component(at, name, O_DIRECTORY);
		cleanup_fd(&at);
		at = fd;
	}
	return at < 0 ? -1 : open_component(at, path, 0);
}

int spool_open_beneath(int dirfd, const char *path, int *ret_fd, uint32_t *ret_mode,
		       uint64_t *ret_size, struct error *e)
{
	AUTO_FD int fd = openat2_beneath(dirfd, path);
	struct stat st;

	if (fd < 0 && (errno == ENOSYS || errno == EPERM || errno == E2BIG))
		fd = walk_beneath(dirfd, path);
	if (fd < 0 && errno == ELOOP)
		return error_set(e, E_FORMAT, "'%s' is a symbolic link or below one", path);
	if (fd < 0 && (errno == ENXIO || errno == ENODEV))
		return error_set(e, E_FORMAT, "'%s' is neither a regular file nor a directory",
				 path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(e, errno, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return error_set(e, E_FORMAT, "'%s' is neither a regular file nor a directory",
				 path);
	*ret_mode = st.st_mode;
	*ret_size = (uint64_t)st.st_size;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int read_all(int fd, const char *path, struct strbuf *out, size_t max, struct error *e)
{
	char buf[16384];
	ssize_t n;

	for (;;) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot read '%s'", path);
		if (n == 0)
			return 0;
		if ((size_t)n > max - out->len)
			return error_set(e, E_LIMIT, "'%s' is larger than %zu bytes", path, max);
		strbuf_add(out, buf, (size_t)n);
	}
}

int spool_read_file(struct arena *a, int dirfd, const char *path, size_t max,
		    const char **ret, size_t *ret_len, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	AUTO_FD int fd = -EBADF;
	uint32_t mode;
	uint64_t size;
	int rc;

	rc = spool_open_beneath(dirfd, path, &fd, &mode, &size, e);
	if (rc < 0)
		return rc;
	if (!S_ISREG(mode))
		return error_set(e, E_FORMAT, "'%s' is not a regular file", path);
	rc = read_all(fd, path, &text, max, e);
	if (rc < 0)
		return rc;
	*ret = arena_strndup(a, strbuf_str(&text), text.len);
	*ret_len = text.len;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_stream(struct arena *a, DIR *d, const char *path, const char ***ret,
		       size_t *ret_n, struct error *e)
{
	VEC(const char *) names = VEC_INIT;
	struct dirent *de;

	while (errno = 0, (de = readdir(d)) != NULL) {
		if (str_eq(de->d_name, ".") || str_eq(de->d_name, ".."))
			continue;
		if (names.n == SPOOL_MAX_NAMES) {
			VEC_FREE(&names);
			return error_set(e, E_LIMIT, "'%s' has more than %zu names", path,
					 SPOOL_MAX_NAMES);
		}
		*VEC_PUSH(&names) = arena_strdup(a, de->d_name);
	}
	if (errno != 0) {
		VEC_FREE(&names);
		return error_errno(e, errno, "cannot read directory '%s'", path);
	}
	*ret_n = names.n;
	*ret = arena_calloc(a, names.n, sizeof(**ret));
	if (names.n > 0) {
		memcpy(*ret, names.v, names.n * sizeof(**ret));
		qsort(*ret, names.n, sizeof(**ret), compare_names);
	}
	VEC_FREE(&names);
	return 0;
}

int spool_list(struct arena *a, int dirfd, const char *path, const char ***ret,
	       size_t *ret_n, struct error *e)
{
	AUTO_FD int fd = -EBADF;
	uint32_t mode;
	uint64_t size;
	DIR *d;
	int rc;

	rc = spool_open_beneath(dirfd, path, &fd, &mode, &size, e);
	if (rc < 0)
		return rc;
	d = fdopendir(fd);
	if (d == NULL)
		return error_errno(e, errno, "cannot read directory '%s'", path);
	(void)TAKE_FD(fd); /* the stream's now */
	rc = list_stream(a, d, path, ret, ret_n, e);
	(void)closedir(d); /* only read from */
	return rc;
}

static bool is_file(int dirfd, const char *path)
{
	struct stat st;

	return fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

bool spool_is_package(int dirfd, const char *path)
{
	AUTO_FD int dir = openat(dirfd, path, READ_FLAGS | O_DIRECTORY);

	return dir >= 0 && is_file(dir, "pkginfo") && is_file(dir, "pkgmap");
}

/* A directory is taken for a package by its pkginfo alone: without pkgmap it is a broken
 * one, which must not be passed over in silence. */
static bool is_candidate(int dirfd, const char *name)
{
	AUTO_FD int dir = openat(dirfd, name, READ_FLAGS | O_DIRECTORY);
	struct stat st;

	return dir >= 0 && pkginfo_instance_ok(name) &&
	       fstatat(dir, "pkginfo", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int spool_find_packages(struct arena *a, int dirfd, const char ***ret, size_t *ret_n,
			struct error *e)
{
	const char **names;
	size_t i, n, kept = 0;
	int rc;

	rc = spool_list(a, dirfd, ".", &names, &n, e);
	if (rc < 0)
		return rc;
	for (i = 0; i < n; i++)
		if (is_candidate(dirfd, names[i]))
			names[kept++] = names[i];
	if (kept > MEDIUM_MAX_PACKAGES)
		return error_set(e, E_LIMIT, "there are more than %u packages",
				 MEDIUM_MAX_PACKAGES);
	*ret = names;
	*ret_n = kept;
	return 0;
}

static uint32_t mode_of(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_mode : 0;
}

/* The names beside pkginfo: areas of the payload and nothing else. */
static int check_top(struct arena *a, int dir, const struct package *p, struct error *e)
{
	const char **names, *rest;
	enum name_kind kind;
	size_t i, n;
	uint32_t part;
	int rc;

	rc = spool_list(a, dir, ".", &names, &n, e);
	for (i = 0; i < n && rc == 0; i++) {
		const char *dot = strchr(names[i], '.');
		uint64_t number = 1;

		/* any part of this package will do */
		if (dot != NULL)
			(void)str_to_u64(dot + 1, strlen(dot + 1), 10, p->map.nparts, &number);
		part = (uint32_t)number;
		rc = name_classify(p->dirname, names[i], mode_of(dir, names[i]), part, &kind,
				   &rest, e);
	}
	return rc;
}

static int load_infofiles(struct arena *a, int dir, struct package *p, struct error *e)
{
	const char **names, *path;
	struct text text;
	size_t i, n = 0;
	int rc = 0;

	if (mode_of(dir, "install") != 0)
		rc = spool_list(a, dir, "install", &names, &n, e);
	for (i = 0; i < n && rc == 0; i++) {
		path = arena_printf(a, "install/%s", names[i]);
		rc = spool_read_file(a, dir, path, INFOFILE_MAX_BYTES, &text.bytes, &text.len, e);
		if (rc < 0)
			return error_prefix(e, "%s", p->dirname);
		rc = package_load_infofile(p, names[i], text, e);
	}
	return rc < 0 ? rc : package_load_done(a, p, e);
}

int spool_load_package(struct arena *a, int dirfd, const char *path, const char *dirname,
		       enum medium_depth depth, struct package *ret, struct error *e)
{
	AUTO_FD int dir = -EBADF;
	struct text info, map;
	uint32_t mode;
	uint64_t size;
	int rc;

	rc = spool_open_beneath(dirfd, path, &dir, &mode, &size, e);
	if (rc < 0)
		return rc;
	rc = spool_read_file(a, dir, "pkginfo", PKGINFO_MAX_BYTES, &info.bytes, &info.len, e);
	if (rc == 0)
		rc = spool_read_file(a, dir, "pkgmap", PKGMAP_MAX_BYTES, &map.bytes, &map.len, e);
	if (rc < 0)
		return error_prefix(e, "%s", dirname);
	rc = package_load_head(a, ret, dirname, info, map, e);
	if (rc < 0)
		return rc;
	if (depth == MEDIUM_HEAD) {
		ret->ninfofiles = 0;
		return 0;
	}
	rc = check_top(a, dir, ret, e);
	return rc < 0 ? rc : load_infofiles(a, dir, ret, e);
}
