#include "publish_write.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/fd.h"

int publish_read_repo(struct tree *dir, struct arena *a, struct repo *ret, struct error *e)
{
	struct rpath p;
	size_t len;
	char *bytes;
	int rc = rpath_parse(a, REPO_NAME, &p, e);

	if (rc == 0)
		rc = tree_read(dir, a, p, REPO_MAX_BYTES, &bytes, &len, e);
	if (rc == 0)
		rc = repo_parse(a, bytes, len, REPO_NAME, ret, e);
	return rc;
}

/* Begins with a dot: no scan looks at one that a crash left. */
static int temporary_name(struct arena *a, const char *name, struct rpath *ret, struct error *e)
{
	uint64_t n;

	if (getrandom(&n, sizeof(n), 0) != (ssize_t)sizeof(n))
		return error_errno(e, errno, "cannot make a random name");
	return rpath_parse(a, arena_printf(a, ".%s.%016llx", name, (unsigned long long)n), ret, e);
}

static int write_temporary(struct tree *dir, struct rpath p, const char *bytes, size_t len,
			   struct error *e)
{
	AUTO_FD int fd = -EBADF;
	int rc = tree_create(dir, p, &fd, e);

	if (rc < 0)
		return rc;
	rc = fd_write_all(fd, bytes, len);
	if (rc == 0 && fchmod(fd, 0644) < 0)
		rc = -errno;
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
	if (close(TAKE_FD(fd)) < 0 && rc == 0)
		rc = -errno;
	return rc < 0 ? error_errno(e, -rc, "cannot write '%s/%s'", tree_path(dir), rpath_str(p)) :
			0;
}

int publish_write_file(struct tree *dir, struct arena *a, const char *name, const char *bytes,
		       size_t len, struct error *e)
{
	struct rpath temporary, p;
	int rc = temporary_name(a, name, &temporary, e);

	if (rc == 0)
		rc = rpath_parse(a, name, &p, e);
	if (rc < 0)
		return rc;
	rc = write_temporary(dir, temporary, bytes, len, e);
	if (rc == 0)
		rc = tree_rename(dir, temporary, dir, p, 0, e);
	if (rc < 0) {
		(void)tree_unlink(dir, temporary, NULL); /* what went wrong is said already */
		return rc;
	}
	if (fsync(tree_fd(dir)) < 0) /* the one before is there before the next one is */
		return error_errno(e, errno, "cannot sync '%s'", tree_path(dir));
	return 0;
}

int publish_remove_file(struct tree *dir, struct arena *a, const char *name, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(a, name, &p, e);

	if (rc == 0)
		rc = tree_unlink(dir, p, e);
	if (rc == -ENOENT) {
		error_clear(e);
		return 0;
	}
	return rc;
}

int publish_write_catalog(struct tree *dir, struct arena *a, const struct repo *r,
			  const char *bytes, size_t len, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	int rc = repo_render(r, &text, e);

	if (rc == 0)
		rc = publish_remove_file(dir, a, REPO_SIGNATURE_NAME, e);
	if (rc == 0)
		rc = publish_write_file(dir, a, r->catalog.path, bytes, len, e);
	if (rc == 0)
		rc = publish_write_file(dir, a, REPO_NAME, strbuf_str(&text), text.len, e);
	if (rc == 0) /* of the signature that is gone */
		rc = publish_remove_file(dir, a, REPO_CERTIFICATES_NAME, e);
	return rc;
}
