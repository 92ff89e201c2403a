#include "medium.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "medium_internal.h"
#include "package_load.h"
#include "spool.h"
#include "zippkg.h"

void medium_close(struct medium *m)
{
	if (m == NULL)
		return;
	cleanup_fd(&m->fd);
	arena_free(m->a);
	free(m);
}

const char *medium_path(const struct medium *m)
{
	return m->path;
}

enum medium_kind medium_kind(const struct medium *m)
{
	return m->kind;
}

const char *medium_compression(const struct medium *m)
{
	return compression_name(m->compression);
}

size_t medium_count(const struct medium *m)
{
	return m->n;
}

const struct package *medium_package(const struct medium *m, size_t i)
{
	return &m->packages[i];
}

uint64_t medium_stored_bytes(const struct medium *m)
{
	return m->stored;
}

/* What people give by mistake, told by its name. */
static const struct {
	const char *magic;
	size_t len;
	const char *what;
} foreign[] = {
	{ "\xed\xab\xee\xdb", 4, "an rpm package" },
	{ "!<arch>\ndebian", 14, "a deb package" },
	{ "PK\005\006", 4, "an empty zip archive" },
	{ "07070", 5, "a cpio archive without the header of a datastream" },
};

static int foreign_refuse(const unsigned char *head, size_t len, struct error *e)
{
	size_t i;

	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (len >= foreign[i].len &&
		    memcmp(head, foreign[i].magic, foreign[i].len) == 0)
			return error_set(e, E_FORMAT, "it is %s", foreign[i].what);
	return 0;
}

static bool is_zip(const unsigned char *head, size_t len)
{
	return len >= ZIP_MAGIC_LEN && memcmp(head, ZIP_MAGIC, ZIP_MAGIC_LEN) == 0;
}

/* In a compressed file it would not be one: zips are read by offset. */
static int open_zip(struct medium *m, struct error *e)
{
	if (m->compression != COMPRESSION_NONE)
		return error_set(e, E_UNSUPPORTED, "it is a zip archive, compressed once more");
	m->kind = MEDIUM_ZIP;
	return zippkg_load(m->a, m->fd, m->path, m->depth, m->each, &m->packages, &m->n, e);
}

static int open_stream(struct medium *m, struct error *e)
{
	struct source *s;
	const unsigned char *head;
	size_t len;
	int rc;

	rc = source_open(m->fd, m->path, 0, NULL, &s, e);
	if (rc < 0)
		return rc;
	m->kind = MEDIUM_STREAM;
	m->compression = source_compression(s);
	m->stored = source_stored_bytes(s);
	rc = source_fill(s, &head, &len, e);
	if (rc == 0)
		rc = error_set(e, E_FORMAT, "it is empty");
	if (rc > 0 && is_zip(head, len)) {
		source_close(s);
		return open_zip(m, e);
	}
	if (rc > 0)
		rc = foreign_refuse(head, len, e);
	if (rc == 0)
		rc = stream_load(m->a, s, m->path, m->depth, m->each, &m->header,
				 &m->packages, e);
	m->n = m->header.n;
	source_close(s);
	return rc;
}

/* The true name of the directory: the path given may be "." or a link. */
static const char *directory_name(struct medium *m)
{
	char proc[64], target[PATH_MAX];
	const char *slash;
	ssize_t n;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", m->fd);
	n = readlink(proc, target, sizeof(target) - 1);
	if (n <= 0)
		return m->path;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return arena_strdup(m->a, slash != NULL ? slash + 1 : target);
}

static int load_one(struct medium *m, size_t i, const char *name, struct error *e)
{
	struct error why = ERROR_INIT;
	int rc;

	if (!m->each)
		return spool_load_package(m->a, m->fd, name, name, m->depth, &m->packages[i], e);
	rc = spool_load_package(m->a, m->fd, name, name, m->depth, &m->packages[i], &why);
	if (rc < 0)
		package_load_broken(m->a, &m->packages[i], name, &why);
	return 0;
}

static int open_spool(struct medium *m, struct error *e)
{
	const char **names;
	size_t i;
	int rc;

	m->kind = MEDIUM_SPOOL;
	rc = spool_find_packages(m->a, m->fd, &names, &m->n, e);
	if (rc < 0)
		return rc;
	if (m->n == 0)
		return error_set(e, E_FORMAT, "there is no package in it");
	m->packages = arena_calloc(m->a, m->n, sizeof(*m->packages));
	for (i = 0; i < m->n && rc == 0; i++)
		rc = load_one(m, i, names[i], e);
	return rc;
}

static int open_directory(struct medium *m, struct error *e)
{
	if (!spool_is_package(m->fd, "."))
		return open_spool(m, e);
	m->kind = MEDIUM_PACKAGE_DIR;
	m->n = 1;
	m->packages = arena_calloc(m->a, 1, sizeof(*m->packages));
	return spool_load_package(m->a, m->fd, ".", directory_name(m), m->depth, m->packages, e);
}

static int open_any(struct medium *m, struct error *e)
{
	size_t i;
	int rc;

	if (S_ISDIR(m->st.st_mode))
		rc = open_directory(m, e);
	else if (S_ISREG(m->st.st_mode))
		rc = open_stream(m, e);
	else
		return error_set(e, E_FORMAT, "it is neither a file nor a directory");
	for (i = 0; i < m->n && rc == 0; i++) {
		m->packages[i].medium = m;
		m->packages[i].index = i;
	}
	return rc;
}

static int open_fd(int dirfd, const char *path, struct medium **ret, struct error *e)
{
	struct medium *m;
	int fd;

	fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(e, errno, "cannot open '%s'", path);
	m = xcalloc(1, sizeof(*m));
	m->a = arena_new();
	m->path = arena_strdup(m->a, path);
	m->fd = fd;
	if (fstat(m->fd, &m->st) < 0) {
		medium_close(m);
		return error_errno(e, errno, "cannot look at '%s'", path);
	}
	*ret = m;
	return 0;
}

/* How it is opened, beside where. */
struct opening {
	enum medium_depth depth;
	bool each;
	medium_before *before;
	void *ctx;
};

static int open_with(int dirfd, const char *path, const struct opening *o, struct medium **ret,
		     struct error *e)
{
	struct medium *m = NULL;
	int rc = open_fd(dirfd, path, &m, e);

	if (rc < 0)
		return rc;
	m->depth = o->depth;
	m->each = o->each;
	if (o->before != NULL)
		rc = o->before(o->ctx, m, e);
	if (rc == 0) {
		rc = open_any(m, e);
		if (rc < 0)
			rc = error_prefix(e, "'%s' can't be read as packages", path);
	}
	if (rc < 0) {
		medium_close(m);
		return rc;
	}
	*ret = m;
	return 0;
}

int medium_open(int dirfd, const char *path, enum medium_depth depth,
		struct medium **ret, struct error *e)
{
	return open_with(dirfd, path, &(struct opening){ .depth = depth }, ret, e);
}

int medium_open_each(int dirfd, const char *path, enum medium_depth depth,
		     struct medium **ret, struct error *e)
{
	return open_with(dirfd, path, &(struct opening){ .depth = depth, .each = true }, ret, e);
}

int medium_open_after(int dirfd, const char *path, medium_before *before, void *ctx,
		      struct medium **ret, struct error *e)
{
	return open_with(dirfd, path, &(struct opening){ .depth = MEDIUM_ALL, .before = before,
							 .ctx = ctx }, ret, e);
}

static int probe_stream(int fd, const char *path, struct error *e)
{
	struct source *s;
	const unsigned char *head;
	size_t len;
	int rc;

	rc = source_open(fd, path, 0, NULL, &s, e);
	if (rc < 0)
		return rc;
	rc = source_fill(s, &head, &len, e);
	if (rc > 0 && is_zip(head, len) && source_compression(s) == COMPRESSION_NONE)
		rc = zippkg_probe(fd, path);
	else if (rc > 0)
		rc = len >= STREAM_MAGIC_LEN && memcmp(head, STREAM_MAGIC, STREAM_MAGIC_LEN) == 0;
	else if (rc == -E_FORMAT || rc == -E_LIMIT)
		rc = 0; /* broken, or something else that begins like it */
	source_close(s);
	return rc;
}

static int probe_directory(int fd, struct error *e)
{
	struct arena *a;
	const char **names;
	size_t n;
	int rc;

	if (spool_is_package(fd, "."))
		return 1;
	a = arena_new();
	rc = spool_find_packages(a, fd, &names, &n, e);
	arena_free(a);
	return rc < 0 ? rc : n > 0;
}

int medium_probe(int dirfd, const char *path, struct error *e)
{
	AUTO_FD int fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENXIO)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(e, errno, "cannot open '%s'", path);
	if (S_ISDIR(st.st_mode))
		return probe_directory(fd, e);
	return S_ISREG(st.st_mode) ? probe_stream(fd, path, e) : 0;
}
