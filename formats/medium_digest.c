#include "medium_digest.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "medium_internal.h"

#define FILES_MAX 1000000u
#define DEPTH_MAX 64
#define BLOCK ((size_t)256 << 10)

struct found {
	const char *path;
	struct stat st;
};

struct walk {
	struct arena *a;
	VEC(struct found) files;
};

/* ---- which files */

static int walk_directory(struct walk *w, int fd, const char *path, unsigned depth,
			  struct error *e);

static int walk_name(struct walk *w, int dir, const char *path, const char *name,
		     unsigned depth, struct error *e)
{
	const char *below = *path != '\0' ? arena_printf(w->a, "%s/%s", path, name) :
					    arena_strdup(w->a, name);
	struct stat st;
	int fd;

	if (strchr(name, '\n') != NULL)
		return error_set(e, E_FORMAT, "'%s' has a newline in its name", below);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(e, errno, "cannot look at '%s'", below);
	if (S_ISDIR(st.st_mode)) {
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return error_errno(e, errno, "cannot open '%s'", below);
		return walk_directory(w, fd, below, depth + 1, e);
	}
	if (!S_ISREG(st.st_mode))
		return error_set(e, E_FORMAT, "'%s' is neither a file nor a directory", below);
	if (w->files.n == FILES_MAX)
		return error_set(e, E_LIMIT, "more than %u files", FILES_MAX);
	*VEC_PUSH(&w->files) = (struct found){ .path = below, .st = st };
	return 0;
}

/* Takes the descriptor over. */
static int walk_directory(struct walk *w, int fd, const char *path, unsigned depth,
			  struct error *e)
{
	DIR *d = fdopendir(fd);
	struct dirent *de;
	int rc = 0;

	if (d == NULL) {
		(void)close(fd); /* nothing was written */
		return error_errno(e, errno, "cannot read directory '%s'", path);
	}
	if (depth > DEPTH_MAX)
		rc = error_set(e, E_LIMIT, "'%s' is more than %d levels deep", path, DEPTH_MAX);
	errno = 0;
	while (rc == 0 && (de = readdir(d)) != NULL)
		if (!str_eq(de->d_name, ".") && !str_eq(de->d_name, ".."))
			rc = walk_name(w, dirfd(d), path, de->d_name, depth, e);
	(void)closedir(d);
	return rc;
}

static int by_path(const void *x, const void *y)
{
	return strcmp(((const struct found *)x)->path, ((const struct found *)y)->path);
}

static int find(struct walk *w, const struct medium *m, struct error *e)
{
	struct found only = { .path = "" };
	int fd, rc;

	if (!S_ISDIR(m->st.st_mode)) {
		if (fstat(m->fd, &only.st) < 0)
			return error_errno(e, errno, "cannot look at it");
		*VEC_PUSH(&w->files) = only;
		return 0;
	}
	fd = openat(m->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fd < 0 ? error_errno(e, errno, "cannot open it") : walk_directory(w, fd, "", 0, e);
	if (rc == 0 && w->files.n > 0)
		qsort(w->files.v, w->files.n, sizeof(*w->files.v), by_path);
	return rc;
}

static void looks(const struct walk *w, struct sha256 *ret)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	for (i = 0; i < w->files.n; i++) {
		const struct stat *st = &w->files.v[i].st;

		strbuf_addf(&b, "%llu %llu %lld %lld.%ld %lld.%ld %s\n",
			    (unsigned long long)st->st_dev, (unsigned long long)st->st_ino,
			    (long long)st->st_size, (long long)st->st_mtim.tv_sec,
			    st->st_mtim.tv_nsec, (long long)st->st_ctim.tv_sec,
			    st->st_ctim.tv_nsec, w->files.v[i].path);
	}
	sha256_of(strbuf_str(&b), b.len, ret);
}

/* ---- their bytes */

struct reading {
	struct digest *digest;
	char *block;
	uint64_t done, total;
	medium_watch *watch;
	void *ctx;
};

static int read_through(struct reading *r, int fd, uint64_t size, struct sha256 *ret,
			struct error *e)
{
	uint64_t at = 0;
	int rc = 0;

	digest_reset(r->digest);
	while (rc == 0 && at < size) {
		size_t want = size - at < BLOCK ? (size_t)(size - at) : BLOCK;
		ssize_t n = pread(fd, r->block, want, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot read it");
		if (n == 0)
			return error_set(e, E_FORMAT, "it became shorter while it was read");
		digest_add(r->digest, r->block, (size_t)n);
		at += (uint64_t)n;
		r->done += (uint64_t)n;
		if (r->watch != NULL)
			rc = r->watch(r->ctx, r->done, r->total, e);
	}
	digest_finish(r->digest, ret, NULL);
	return rc;
}

static int digest_file(struct reading *r, const struct medium *m, const struct walk *w,
		       struct medium_stored *ret, struct error *e)
{
	ret->tree = false;
	return read_through(r, m->fd, (uint64_t)w->files.v[0].st.st_size, &ret->sha, e);
}

static int digest_tree(struct reading *r, const struct medium *m, const struct walk *w,
		       struct medium_stored *ret, struct error *e)
{
	AUTO_STRBUF struct strbuf list = STRBUF_INIT;
	char hex[SHA256_HEX_SIZE];
	size_t i;

	for (i = 0; i < w->files.n; i++) {
		const struct found *f = &w->files.v[i];
		AUTO_FD int fd = openat(m->fd, f->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
					O_CLOEXEC);
		struct sha256 sha;
		int rc = fd < 0 ? error_errno(e, errno, "cannot open '%s'", f->path) :
			 read_through(r, fd, (uint64_t)f->st.st_size, &sha, e);

		if (rc < 0)
			return rc;
		sha256_hex(&sha, hex);
		strbuf_addf(&list, "%s %lld %s\n", hex, (long long)f->st.st_size, f->path);
	}
	ret->tree = true;
	sha256_of(strbuf_str(&list), list.len, &ret->sha);
	return 0;
}

static int digest_all(const struct medium *m, const struct walk *w, bool md5, medium_watch *watch,
		      void *ctx, struct medium_stored *ret, struct error *e)
{
	struct reading r = { .watch = watch, .ctx = ctx };
	bool tree = S_ISDIR(m->st.st_mode);
	size_t i;
	int rc;

	for (i = 0; i < w->files.n; i++)
		r.total += (uint64_t)w->files.v[i].st.st_size;
	r.digest = md5 ? digest_new_md5() : digest_new_sha256();
	if (r.digest == NULL)
		return error_set(e, E_UNSUPPORTED, "OpenSSL has no MD5 here");
	r.block = xmalloc(BLOCK);
	rc = tree ? digest_tree(&r, m, w, ret, e) : digest_file(&r, m, w, ret, e);
	ret->size = r.total;
	free(r.block);
	digest_free(r.digest);
	return rc;
}

static int digest_medium(const struct medium *m, bool md5, medium_watch *watch, void *ctx,
			 struct medium_stored *ret, struct error *e)
{
	struct walk w = { .a = arena_new() };
	struct medium_stored stored = { .tree = false };
	int rc = find(&w, m, e);

	if (rc == 0) {
		looks(&w, &stored.looks);
		rc = digest_all(m, &w, md5, watch, ctx, &stored, e);
	}
	VEC_FREE(&w.files);
	arena_free(w.a);
	if (rc < 0)
		return error_prefix(e, "'%s'", m->path);
	*ret = stored;
	return 0;
}

int medium_digest(const struct medium *m, medium_watch *watch, void *ctx,
		  struct medium_stored *ret, struct error *e)
{
	return digest_medium(m, false, watch, ctx, ret, e);
}

int medium_digest_md5(const struct medium *m, medium_watch *watch, void *ctx,
		      struct medium_stored *ret, struct error *e)
{
	return digest_medium(m, true, watch, ctx, ret, e);
}

int medium_looks(const struct medium *m, struct sha256 *ret, struct error *e)
{
	struct walk w = { .a = arena_new() };
	int rc = find(&w, m, e);

	if (rc == 0)
		looks(&w, ret);
	VEC_FREE(&w.files);
	arena_free(w.a);
	return rc < 0 ? error_prefix(e, "'%s'", m->path) : 0;
}
