#include "spool_write.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "listing.h"
#include "package_load.h"
#include "spool.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct spool_writer {
	int parent;		/* the caller's directory, a descriptor of our own */
	char *instance, *temp;
	int dir;		/* temp */
	int file;		/* being written */
	char *name;		/* its name, for messages */
	uint32_t mode;
	int64_t mtime;
	bool ends_in_hole;
};

static void writer_free(struct spool_writer *w)
{
	cleanup_fd(&w->file);
	cleanup_fd(&w->dir);
	cleanup_fd(&w->parent);
	free(w->name);
	free(w->temp);
	free(w->instance);
	free(w);
}

void spool_writer_abort(struct spool_writer *w)
{
	if (w == NULL)
		return;
	if (w->dir >= 0)
		(void)spool_remove(w->parent, w->temp, NULL); /* a random name: harmless if left */
	writer_free(w);
}

static char *random_name(const char *instance)
{
	AUTO_STRBUF struct strbuf name = STRBUF_INIT;
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		abort(); /* can't happen for 8 bytes */
	strbuf_addf(&name, ".%s.%016llx", instance, (unsigned long long)random);
	return xstrdup(name.p);
}

static int writer_make(struct spool_writer *w, int dirfd, struct error *e)
{
	w->parent = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	if (dirfd == AT_FDCWD)
		w->parent = open(".", DIR_FLAGS);
	if (w->parent < 0)
		return error_errno(e, errno, "cannot open the spool directory");
	if (mkdirat(w->parent, w->temp, 0700) < 0)
		return error_errno(e, errno, "cannot make directory '%s'", w->temp);
	w->dir = openat(w->parent, w->temp, DIR_FLAGS);
	if (w->dir < 0)
		return error_errno(e, errno, "cannot open directory '%s'", w->temp);
	return 0;
}

int spool_writer_open(int dirfd, const char *instance, struct spool_writer **ret,
		      struct error *e)
{
	struct spool_writer *w;
	int rc;

	if (!pkginfo_instance_ok(instance))
		return error_set(e, E_FORMAT, "'%s' is no name of a package", instance);
	w = xcalloc(1, sizeof(*w));
	w->parent = w->dir = w->file = -EBADF;
	w->instance = xstrdup(instance);
	w->temp = random_name(instance);
	rc = writer_make(w, dirfd, e);
	if (rc < 0) {
		spool_writer_abort(w);
		return rc;
	}
	*ret = w;
	return 0;
}

/* The directory that `name` goes into, made when it is not there; *ret_last is the
 * last component. */
static int open_parent(struct spool_writer *w, char *name, int *ret_fd, const char **ret_last,
		       struct error *e)
{
	AUTO_FD int at = fcntl(w->dir, F_DUPFD_CLOEXEC, 0);
	char *s = name, *slash;
	bool made;
	int fd;

	for (; at >= 0 && (slash = strchr(s, '/')) != NULL; s = slash + 1) {
		*slash = '\0';
		made = mkdirat(at, s, 0755) == 0;
		if (!made && errno != EEXIST)
			return error_errno(e, errno, "cannot make directory '%s'", name);
		fd = openat(at, s, DIR_FLAGS);
		if (fd < 0)
			return error_errno(e, errno, "cannot open directory '%s'", name);
		cleanup_fd(&at);
		at = fd;
		if (made && fchmod(at, 0755) < 0) /* whatever the umask */
			return error_errno(e, errno, "cannot set mode of '%s'", name);
		*slash = '/';
	}
	if (at < 0)
		return error_errno(e, errno, "cannot open directory of '%s'", name);
	*ret_last = s;
	*ret_fd = TAKE_FD(at);
	return 0;
}

/* Names come from a pkgmap: the same care as when reading one. */
static int check_name(const struct spool_writer *w, const char *name, struct error *e)
{
	const char *dot = strchr(name, '.'), *rest;
	enum name_kind kind;
	uint64_t part = 1;
	int rc;

	if (dot != NULL)
		(void)str_to_u64(dot + 1, strcspn(dot + 1, "/"), 10, PKGMAP_MAX_PARTS, &part);
	rc = name_classify(w->instance, name, S_IFREG, (uint32_t)part, &kind, &rest, e);
	return rc == 0 && kind == NAME_ARCHIVE ? name_refuse_archive(w->instance, name, e) : rc;
}

int spool_writer_begin(struct spool_writer *w, const char *name, uint32_t mode, int64_t mtime,
		       struct error *e)
{
	AUTO_FD int parent = -EBADF;
	const char *last = NULL;
	int rc;

	rc = check_name(w, name, e);
	if (rc < 0)
		return rc;
	free(w->name);
	w->name = xstrdup(name);
	rc = open_parent(w, w->name, &parent, &last, e);
	if (rc < 0)
		return rc;
	w->file = openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->file < 0)
		return error_errno(e, errno, "cannot make '%s/%s'", w->instance, name);
	w->mode = mode & 0777;
	w->mtime = mtime;
	w->ends_in_hole = false;
	return 0;
}

int spool_writer_link(struct spool_writer *w, const char *name, const char *target,
		      struct error *e)
{
	AUTO_FREE char *copy = xstrdup(name);
	AUTO_FD int parent = -EBADF;
	const char *last = NULL;
	int rc = check_name(w, name, e);

	if (rc == 0)
		rc = open_parent(w, copy, &parent, &last, e);
	if (rc < 0)
		return rc;
	if (symlinkat(target, parent, last) < 0)
		return error_errno(e, errno, "cannot make link '%s/%s'", w->instance, name);
	return 0;
}

/* Zeros of a block and more need no place on the disk: a file of 3 GB with nothing in it
 * stays small. */
static bool is_hole(const void *bytes, size_t len)
{
	const char *p = bytes;

	return len >= 4096 && p[0] == '\0' && memcmp(p, p + 1, len - 1) == 0;
}

int spool_writer_add(struct spool_writer *w, const void *bytes, size_t len, struct error *e)
{
	ssize_t n;

	w->ends_in_hole = is_hole(bytes, len);
	if (w->ends_in_hole && lseek(w->file, (off_t)len, SEEK_CUR) >= 0)
		return 0;
	while (len > 0) {
		n = write(w->file, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot write '%s/%s'", w->instance, w->name);
		bytes = (const char *)bytes + n;
		len -= (size_t)n;
	}
	return 0;
}

int spool_writer_end(struct spool_writer *w, struct error *e)
{
	struct timespec times[2] = {
		{ .tv_sec = w->mtime }, { .tv_sec = w->mtime },
	};

	if (w->ends_in_hole && ftruncate(w->file, lseek(w->file, 0, SEEK_CUR)) < 0)
		return error_errno(e, errno, "cannot write '%s/%s'", w->instance, w->name);
	if (fchmod(w->file, w->mode) < 0 || futimens(w->file, times) < 0)
		return error_errno(e, errno, "cannot set attributes of '%s/%s'", w->instance,
				   w->name);
	if (close(TAKE_FD(w->file)) < 0)
		return error_errno(e, errno, "cannot write '%s/%s'", w->instance, w->name);
	return 0;
}

int spool_writer_put(struct spool_writer *w, const char *name, const void *bytes, size_t len,
		     uint32_t mode, int64_t mtime, struct error *e)
{
	int rc;

	rc = spool_writer_begin(w, name, mode, mtime, e);
	if (rc == 0)
		rc = spool_writer_add(w, bytes, len, e);
	return rc < 0 ? rc : spool_writer_end(w, e);
}

/* Some file systems know no flags of renameat2: then a look before the leap. */
static int rename_new(struct spool_writer *w)
{
	struct stat st;

	if (renameat2(w->parent, w->temp, w->parent, w->instance, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(w->parent, w->instance, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(w->parent, w->temp, w->parent, w->instance);
}

/* The old one gets our temporary name and is removed there. */
static int rename_replace(struct spool_writer *w, struct error *e)
{
	if (rename_new(w) == 0)
		return 0;
	if (errno == EEXIST &&
	    renameat2(w->parent, w->temp, w->parent, w->instance, RENAME_EXCHANGE) == 0)
		return spool_remove(w->parent, w->temp, e);
	if (errno != EINVAL && errno != ENOSYS)
		return error_errno(e, errno, "cannot replace '%s'", w->instance);
	if (spool_remove(w->parent, w->instance, e) < 0)
		return error_prefix(e, "replacing '%s'", w->instance);
	if (renameat(w->parent, w->temp, w->parent, w->instance) < 0)
		return error_errno(e, errno, "cannot replace '%s'", w->instance);
	return 0;
}

int spool_writer_close(struct spool_writer *w, enum spool_close how, struct error *e)
{
	int rc = 0;

	if (fchmod(w->dir, 0755) < 0)
		rc = error_errno(e, errno, "cannot set mode of '%s'", w->temp);
	else if (how == SPOOL_REPLACE)
		rc = rename_replace(w, e);
	else if (rename_new(w) < 0)
		rc = error_errno(e, errno, "cannot make package '%s'", w->instance);
	if (rc < 0)
		spool_writer_abort(w);
	else
		writer_free(w);
	return rc;
}

int spool_write_metadata(struct spool_writer *w, const struct package *p, struct error *e)
{
	int64_t mtime = package_info_entry(p, "pkginfo")->mtime;
	AUTO_ARENA struct arena *a = arena_new();
	size_t i;
	int rc;

	rc = spool_writer_put(w, "pkginfo", p->pkginfo_bytes, p->pkginfo_len, 0644, mtime, e);
	if (rc == 0)
		rc = spool_writer_put(w, "pkgmap", p->pkgmap_bytes, p->pkgmap_len, 0644, mtime, e);
	for (i = 0; i < p->ninfofiles && rc == 0; i++) {
		const struct infofile *f = &p->infofiles[i];

		rc = spool_writer_put(w, arena_printf(a, "install/%s", f->name), f->bytes, f->len,
				      0644, f->mtime, e);
	}
	return rc;
}

static int write_entry(struct spool_writer *w, const struct package *p, struct payload *pl,
		       const struct entry *en, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *name;
	const void *bytes;
	size_t len;
	int rc;

	rc = entry_payload_name(a, &p->map, en, &name, e);
	if (rc == 0)
		rc = spool_writer_begin(w, name, entry_payload_mode(en), en->mtime, e);
	while (rc >= 0 && (rc = payload_read(pl, &bytes, &len, e)) > 0)
		rc = spool_writer_add(w, bytes, len, e);
	return rc < 0 ? rc : spool_writer_end(w, e);
}

int spool_write_payload(struct spool_writer *w, const struct package *p, struct payload *pl,
			struct error *e)
{
	const struct entry *en;
	int rc;

	while ((rc = payload_next(pl, &en, e)) > 0) {
		rc = write_entry(w, p, pl, en, e);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int remove_below(int dirfd, const char *name, unsigned depth, struct error *e);

static int remove_one(int dir, const char *name, unsigned depth, struct error *e)
{
	if (unlinkat(dir, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return error_errno(e, errno, "cannot remove '%s'", name);
	return remove_below(dir, name, depth + 1, e);
}

/* Paths in a package are shorter than 1024, so a deeper tree is not one. */
static int remove_below(int dirfd, const char *name, unsigned depth, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_FD int dir = openat(dirfd, name, DIR_FLAGS);
	const char **names;
	size_t i, n;
	int rc;

	if (dir < 0)
		return error_errno(e, errno, "cannot open directory '%s'", name);
	if (depth > PKGMAP_MAX_PATH / 2)
		return error_set(e, E_LIMIT, "'%s' is too deep", name);
	rc = spool_list(a, dir, ".", &names, &n, e);
	for (i = 0; i < n && rc == 0; i++)
		rc = remove_one(dir, names[i], depth, e);
	if (rc == 0 && unlinkat(dirfd, name, AT_REMOVEDIR) < 0)
		rc = error_errno(e, errno, "cannot remove directory '%s'", name);
	return rc;
}

int spool_remove(int dirfd, const char *name, struct error *e)
{
	return remove_below(dirfd, name, 0, e);
}
