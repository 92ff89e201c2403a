/* The root: opened where a user said, its state directory found below it. */
#include "root_internal.h"

#include <limits.h>

static int refuse(const char *path, struct error *e, const char *why)
{
	return error_set(e, E_USAGE, "cannot use '%.1500s' as root: %s", path, why);
}

/* Made with 0755 whatever the umask; it may be there already. */
static int make_root(const char *path, struct error *e)
{
	AUTO_FD int fd = -EBADF;

	if (mkdir(path, 0755) < 0)
		return errno == EEXIST ? 0 : error_errno(e, errno, "cannot make root '%.1500s'",
							 path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchmod(fd, 0755) < 0)
		return error_errno(e, errno, "cannot make root '%.1500s'", path);
	return 0;
}

static bool is_live(const struct tree *t)
{
	struct stat us, host;

	return fstat(t->fd, &us) == 0 && stat("/", &host) == 0 && us.st_dev == host.st_dev &&
	       us.st_ino == host.st_ino;
}

int root_open(const char *path, bool create, struct root **ret, struct error *e)
{
	struct tree *t;
	struct root *r;
	int rc;

	if (path == NULL || path[0] == '\0')
		return refuse("", e, "the path is empty");
	if (path[0] != '/')
		return refuse(path, e, "the path does not begin with '/'");
	if (create) {
		rc = make_root(path, e);
		if (rc < 0)
			return rc;
	}
	rc = tree_open(path, &t, e);
	if (rc < 0)
		return error_prefix(e, "no root");
	free(t->label); /* messages name paths as the root sees them */
	t->label = xstrdup("");
	r = xcalloc(1, sizeof(*r));
	r->tree = t;
	r->path = t->path;
	r->live = is_live(t);
	r->owners = geteuid() == 0;
	*ret = r;
	return 0;
}

void root_close(struct root *r)
{
	if (r == NULL)
		return;
	tree_close(r->tree);
	free(r);
}

/* Whoever could write here could have us do what they like. */
int root_check_state(const struct tree *state, struct error *e)
{
	struct stat st;

	if (fstat(state->fd, &st) < 0)
		return tree_fail(state, rpath_root(), -errno, "cannot stat", e);
	if (st.st_uid != geteuid())
		return error_set(e, EPERM, "'%s' does not belong to user %ld", state->label,
				 (long)geteuid());
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	(void)error_set(e, EPERM, "'%s' can be written by others (mode %04o)", state->label,
			(unsigned)st.st_mode & 07777);
	return error_hint(e, "look at who did what there, then: chmod go-w %.500s", state->path);
}

int root_sets_owners(const struct tree *state, bool *ret, struct error *e)
{
	struct stat st;

	if (fstat(state->fd, &st) < 0)
		return tree_fail(state, rpath_root(), -errno, "cannot stat", e);
	*ret = st.st_uid == 0;
	return 0;
}

static int may_write_dir(int fd, const char *path, struct error *e)
{
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	return error_errno(e, errno, "cannot write to '%.1500s'", path);
}

/* The nearest directory that is there is where the first missing one would be made. */
static int may_make_state(struct tree *t, struct error *e)
{
	static const char *const above[] = { ROOT_STATE_DIR, "var/lib", "var" };
	size_t i;

	for (i = 0; i < sizeof(above) / sizeof(above[0]); i++) {
		const struct rpath dir = { above[i] };
		struct tree *there;
		int rc = tree_open_below(t, dir, 0, false, &there, e);

		if (rc == -ENOENT) {
			error_clear(e);
			continue;
		}
		if (rc < 0)
			return rc;
		rc = i == 0 ? root_check_state(there, e) : 0;
		if (rc == 0)
			rc = may_write_dir(there->fd, there->label, e);
		tree_close(there);
		return rc;
	}
	return may_write_dir(t->fd, t->path, e);
}

static int may_make_root(const char *path, struct error *e)
{
	AUTO_FREE char *parent = xstrdup(path);
	AUTO_FD int fd = -EBADF;
	char *slash = strrchr(parent, '/');

	slash[slash == parent] = '\0';
	fd = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(e, errno, "cannot make root '%.1500s'", path);
	return faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0 ? 0 :
	       error_errno(e, errno, "cannot make root '%.1500s'", path);
}

int root_may_write(const char *path, bool create, struct error *e)
{
	struct root *r;
	int rc = root_open(path, false, &r, e);

	if (rc == -ENOENT && create) {
		error_clear(e);
		return may_make_root(path, e);
	}
	if (rc < 0)
		return rc;
	rc = may_make_state(r->tree, e);
	root_close(r);
	return rc;
}

const char *root_host_path(struct arena *a, const struct root *root, const char *path)
{
	return path[0] == '\0' ? root->path :
	       arena_printf(a, "%s/%s", root->live ? "" : root->path, path);
}

const char *root_option(struct arena *a, const struct root *root)
{
	return root->live ? "" : arena_printf(a, " -R %s", str_shell(a, root->path));
}

int root_state(struct root *r, bool create, struct tree **ret, struct error *e)
{
	const struct rpath dir = { ROOT_STATE_DIR };
	struct tree *t;
	int rc;

	rc = tree_open_below(r->tree, dir, create ? 0755 : 0, false, &t, e);
	if (rc < 0)
		return rc;
	rc = create ? root_check_state(t, e) : 0;
	if (rc < 0) {
		tree_close(t);
		return rc;
	}
	*ret = t;
	return 0;
}
