/* What a regular file of a tree holds. */
#include "contents.h"

#include <linux/fs.h>
#include <sys/ioctl.h>

#include "formats/cleanup.h"
#include "formats/fd.h"
#include "overlay.h"
#include "signals.h"

#define PIECE ((size_t)1 << 16)

static int digest_file(int fd, struct digest *d, struct rpath p, struct error *e)
{
	AUTO_FREE char *buf = xmalloc(PIECE);
	ssize_t n;

	while ((n = read(fd, buf, PIECE)) != 0) {
		if (n > 0)
			digest_add(d, buf, (size_t)n);
		else if (errno != EINTR)
			return error_errno(e, errno, "cannot read '/%s'", rpath_str(p));
	}
	return 0;
}

int contents_digest(struct tree *t, struct rpath p, struct sha256 *ret, uint32_t *ret_sum,
		    struct error *e)
{
	AUTO_FD int fd = -EBADF;
	struct digest *d;
	int rc = tree_open_file(t, p, &fd, e);

	if (rc < 0)
		return rc;
	d = digest_new();
	rc = digest_file(fd, d, p, e);
	if (rc == 0)
		digest_finish(d, ret, ret_sum);
	digest_free(d);
	return rc;
}

int contents_text(struct arena *a, struct tree *t, struct rpath p, size_t max, struct text *ret,
		  struct error *e)
{
	struct stat st;
	char *bytes;
	int rc = tree_stat(t, p, &st, e);

	if (rc == -ENOENT || rc == -ENOTDIR)
		return error_clear(e), 0;
	if (rc < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size > max)
		return rc;
	rc = tree_read(t, a, p, max, &bytes, &ret->len, e);
	ret->bytes = bytes;
	return rc < 0 ? rc : 1;
}

int contents_payload(struct payload *p, struct digest *d, int fd, struct sha256 *ret,
		     struct error *e)
{
	const void *bytes;
	size_t len;
	int rc;

	digest_reset(d);
	while ((rc = payload_read(p, &bytes, &len, e)) > 0) {
		digest_add(d, bytes, len);
		rc = fd >= 0 ? fd_write_all(fd, bytes, len) : 0;
		if (rc < 0)
			return error_errno(e, -rc, "cannot write to the stage");
		rc = signals_check(e);
		if (rc < 0)
			return rc;
	}
	if (rc == 0)
		digest_finish(d, ret, NULL);
	return rc;
}

int contents_copy(int from, int to, const char *what, const struct contents_watch *watch,
		  struct error *e)
{
	AUTO_FREE char *buf = NULL;
	uint64_t copied = 0;
	ssize_t n;
	int rc;

	if (ioctl(to, FICLONE, from) == 0) /* where the file system shares blocks */
		return 0;
	buf = xmalloc(PIECE);
	while ((n = read(from, buf, PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot read '/%s'", what);
		rc = fd_write_all(to, buf, (size_t)n);
		if (rc < 0)
			return error_errno(e, -rc, "cannot write the copy of '/%s'", what);
		copied += (uint64_t)n;
		if (watch != NULL)
			watch->copied(watch->ctx, copied);
	}
	return 0;
}

static int dress(struct tree *t, struct rpath p, const struct stat *st, bool owners,
		 struct error *e)
{
	int rc = owners ? tree_chown(t, p, st->st_uid, st->st_gid, e) : 0;

	if (rc == 0)
		rc = tree_chmod(t, p, st->st_mode & 07777, e);
	return rc < 0 ? rc : tree_utime(t, p, st->st_mtim.tv_sec, st->st_mtim.tv_nsec, e);
}

int contents_copy_file(struct tree *t, struct tree *t2, struct rpath p, bool owners,
		       const struct contents_watch *watch, struct error *e)
{
	AUTO_FD int in = -EBADF;
	AUTO_FD int out = -EBADF;
	struct stat st;
	int rc = tree_stat(t, p, &st, e);

	if (rc == 0)
		rc = tree_open_file(t, p, &in, e);
	if (rc == 0)
		rc = tree_create(t2, p, &out, e);
	if (rc == 0)
		rc = contents_copy(in, out, rpath_str(p), watch, e);
	if (rc == 0)
		rc = overlay_copy_xattrs(t, t2, p, e);
	return rc < 0 ? rc : dress(t2, p, &st, owners, e);
}
