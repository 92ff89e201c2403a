#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/fd.h"
#include "places.h"
#include "root.h"
#include "turns.h"

struct cache {
	struct arena *a;
	struct tree *tree;
	const char *path;
};

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static int in_use = -EBADF; /* the directory of the cache: nothing of it goes while we use it */

static void begin_use(const char *dir)
{
	(void)pthread_mutex_lock(&opening);
	if (in_use < 0 && places_open(dir, &in_use, NULL) == 0)
		turn_take(in_use, TURN_READ);
	(void)pthread_mutex_unlock(&opening);
}

bool cache_end_use(void)
{
	bool was_used = in_use >= 0;

	cleanup_fd(&in_use);
	in_use = -EBADF;
	return was_used;
}

static int check_owner(const struct cache *c, struct error *e)
{
	struct stat st;

	if (fstat(tree_fd(c->tree), &st) < 0)
		return error_errno(e, errno, "cannot look at '%s'", c->path);
	if ((st.st_uid == geteuid() || st.st_uid == 0) && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	return error_set(e, E_TRUST, "the cache '%s' can be written by others: it is not used",
			 c->path);
}

int cache_open(const char *part, struct cache **ret, struct error *e)
{
	struct arena *a = arena_new();
	struct cache *c = arena_calloc(a, 1, sizeof(*c));
	const char *dir;
	int rc = places_cache(a, &dir, e);

	c->a = a;
	if (rc == 0) {
		c->path = arena_printf(a, "%s/%s", dir, part);
		rc = places_make_directories(c->path, "cache", e);
	}
	if (rc == 0)
		rc = tree_open(c->path, &c->tree, e);
	if (rc == 0)
		rc = check_owner(c, e);
	if (rc == 0)
		begin_use(dir);
	if (rc < 0) {
		cache_close(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void cache_close(struct cache *c)
{
	if (c == NULL)
		return;
	tree_close(c->tree);
	arena_free(c->a);
}

const char *cache_path(const struct cache *c)
{
	return c->path;
}

int cache_read(struct cache *c, struct arena *a, const char *name, size_t max, char **ret,
	       size_t *ret_len, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(c->a, name, &p, e);

	return rc < 0 ? rc : tree_read(c->tree, a, p, max, ret, ret_len, e);
}

static int write_temporary(struct cache *c, struct rpath p, const void *bytes, size_t len,
			   struct error *e)
{
	AUTO_FD int fd = -EBADF;
	int rc = tree_create(c->tree, p, &fd, e);

	if (rc < 0)
		return rc;
	rc = fd_write_all(fd, bytes, len);
	if (rc == 0 && fchmod(fd, 0644) < 0)
		rc = -errno;
	if (close(TAKE_FD(fd)) < 0 && rc == 0)
		rc = -errno;
	return rc < 0 ? error_errno(e, -rc, "cannot write '%s/%s'", c->path, rpath_str(p)) : 0;
}

/* Not synced: after a power cut it is compared, found wrong, and made anew. */
int cache_write(struct cache *c, const char *name, const void *bytes, size_t len,
		struct error *e)
{
	struct rpath temporary, p;
	uint64_t n;
	int rc = rpath_parse(c->a, name, &p, e);

	if (rc == 0 && getrandom(&n, sizeof(n), 0) != (ssize_t)sizeof(n))
		rc = error_errno(e, errno, "cannot make a random name");
	if (rc == 0)
		rc = rpath_parse(c->a, arena_printf(c->a, ".%016llx", (unsigned long long)n),
				 &temporary, e);
	if (rc == 0)
		rc = write_temporary(c, temporary, bytes, len, e);
	if (rc < 0)
		return rc;
	rc = tree_rename(c->tree, temporary, c->tree, p, 0, e);
	if (rc < 0)
		(void)tree_unlink(c->tree, temporary, NULL); /* what went wrong is said already */
	return rc;
}

int64_t cache_size(struct cache *c, const char *name)
{
	struct rpath p;
	struct stat st;

	if (rpath_parse(c->a, name, &p, NULL) < 0 || tree_stat(c->tree, p, &st, NULL) < 0 ||
	    !S_ISREG(st.st_mode))
		return -1;
	return st.st_size;
}

int cache_open_part(struct cache *c, const char *part, int *ret_fd, struct error *e)
{
	AUTO_FD int fd = openat(tree_fd(c->tree), part,
				O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(e, errno, "cannot write '%s/%s'", c->path, part);
	if (!S_ISREG(st.st_mode))
		return error_set(e, E_UNSUPPORTED, "'%s/%s' is not a regular file", c->path, part);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return error_errno(e, errno, "cannot lock '%s/%s'", c->path, part);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int cache_keep_part(struct cache *c, const char *part, const char *name, struct error *e)
{
	struct rpath from, to;
	int rc = rpath_parse(c->a, part, &from, e);

	if (rc == 0)
		rc = rpath_parse(c->a, name, &to, e);
	return rc < 0 ? rc : tree_rename(c->tree, from, c->tree, to, 0, e);
}

int cache_remove(struct cache *c, const char *name, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(c->a, name, &p, e);

	if (rc == 0)
		rc = tree_unlink(c->tree, p, e);
	if (rc != -ENOENT)
		return rc;
	error_clear(e);
	return 0;
}
