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

#define FILES 6

struct exchange {
	struct tree *dir;
	struct arena *a;
	struct {
		const char *name;
		struct rpath p, temporary;
		bool goes;		/* else it is written */
		bool written;		/* to temporary */
	} v[FILES];
	size_t n;
	struct error *e;
};

static int add(struct exchange *x, const char *name, const struct publish_text *text)
{
	size_t i = x->n;
	int rc = rpath_parse(x->a, name, &x->v[i].p, x->e);

	x->v[i].name = name;
	x->v[i].goes = text == NULL;
	if (rc == 0 && text != NULL)
		rc = temporary_name(x->a, name, &x->v[i].temporary, x->e);
	if (rc < 0)
		return rc;
	x->n++;
	x->v[i].written = text != NULL;
	return text != NULL ? write_temporary(x->dir, x->v[i].temporary, text->bytes, text->len,
					      x->e) : 0;
}

/* In this order, for those who don't wait: a signature goes before what it was for, and comes
 * after it. */
static int add_all(struct exchange *x, const struct publication *p)
{
	int rc = p->signature.bytes == NULL ? add(x, REPO_SIGNATURE_NAME, NULL) : 0;

	if (rc == 0 && p->certificates.bytes != NULL)
		rc = add(x, REPO_CERTIFICATES_NAME, &p->certificates);
	if (rc == 0 && p->catalog.bytes != NULL)
		rc = add(x, CATALOG_NAME, &p->catalog);
	if (rc == 0)
		rc = add(x, REPO_NAME, &p->repo);
	if (rc == 0 && p->certificates.bytes == NULL)
		rc = add(x, REPO_CERTIFICATES_NAME, NULL);
	if (rc == 0 && p->signature.bytes != NULL)
		rc = add(x, REPO_SIGNATURE_NAME, &p->signature);
	return rc;
}

static int remove_file(struct exchange *x, struct rpath p)
{
	int rc = tree_unlink(x->dir, p, x->e);

	if (rc != -ENOENT)
		return rc;
	error_clear(x->e);
	return 0;
}

static int exchange_all(struct exchange *x)
{
	int rc = 0;
	size_t i;

	for (i = 0; rc == 0 && i < x->n; i++) {
		if (x->v[i].goes) {
			rc = remove_file(x, x->v[i].p);
			continue;
		}
		rc = tree_rename(x->dir, x->v[i].temporary, x->dir, x->v[i].p, 0, x->e);
		if (rc == 0)
			x->v[i].written = false;
	}
	if (rc == 0 && fsync(tree_fd(x->dir)) < 0)
		rc = error_errno(x->e, errno, "cannot sync '%s'", tree_path(x->dir));
	return rc;
}

int publish_write(struct tree *dir, struct arena *a, const struct publication *p,
		  struct error *e)
{
	struct exchange x = { .dir = dir, .a = a, .e = e };
	int rc = add_all(&x, p);
	size_t i;

	if (rc == 0)
		rc = exchange_all(&x);
	for (i = 0; i < x.n; i++)
		if (x.v[i].written) /* what went wrong is said already */
			(void)tree_unlink(dir, x.v[i].temporary, NULL);
	return rc;
}
