/* Is what the script wrote what was there before? Copied up is not changed. */
#include "effects_internal.h"

#include <errno.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "overlay.h"

/* ---- contents */

static int digest_fd(struct walk *w, int fd, struct sha256 *ret)
{
	char buf[65536];
	ssize_t n;

	digest_reset(w->digest);
	while ((n = TEMP_FAILURE_RETRY(read(fd, buf, sizeof(buf)))) > 0)
		digest_add(w->digest, buf, (size_t)n);
	digest_finish(w->digest, ret, NULL);
	return n < 0 ? -errno : 0;
}

/* A script may leave files that their owner, who is not root, can't read. */
static int open_unreadable(struct tree *t, struct rpath p, int *ret_fd, struct error *e)
{
	struct stat st;
	int rc = tree_open_file(t, p, ret_fd, e), rc2;

	if (rc != -EACCES || tree_stat(t, p, &st, NULL) < 0)
		return rc;
	if (tree_chmod(t, p, 0600, NULL) < 0)
		return rc;
	rc = tree_open_file(t, p, ret_fd, e);
	rc2 = tree_chmod(t, p, st.st_mode & 07777, rc < 0 ? NULL : e);
	return rc < 0 ? rc : rc2;
}

static int digest_of(struct walk *w, struct tree *t, struct rpath p, struct sha256 *ret,
		     struct error *e)
{
	AUTO_FD int fd = -EBADF;
	int rc = t == w->fx ? open_unreadable(t, p, &fd, e) : tree_open_file(t, p, &fd, e);

	if (rc < 0)
		return rc;
	rc = digest_fd(w, fd, ret);
	return rc < 0 ? error_errno(e, -rc, "cannot read '/%s'", rpath_str(p)) : 0;
}

static int same_file(struct walk *w, struct rpath p, const struct stat *st,
		     const struct lower *low, struct effect *ef, struct error *e)
{
	struct sha256 before;
	int rc = digest_of(w, w->fx, p, &ef->digest, e);

	if (rc < 0)
		return rc;
	ef->digested = true;
	if (low->tree == NULL || !S_ISREG(low->st.st_mode) || low->st.st_size != st->st_size)
		return 0;
	rc = digest_of(w, low->tree, p, &before, e);
	return rc < 0 ? rc : sha256_equal(&before, &ef->digest);
}

static int same_link(struct walk *w, struct rpath p, const struct lower *low,
		     struct effect *ef, struct error *e)
{
	const char *before;
	int rc = tree_readlink(w->fx, w->a, p, &ef->target, e);

	if (rc < 0 || low->tree == NULL || !S_ISLNK(low->st.st_mode))
		return rc;
	rc = tree_readlink(low->tree, w->a, p, &before, e);
	return rc < 0 ? rc : str_eq(before, ef->target);
}

int effects_same_content(struct walk *w, struct rpath p, const struct stat *st,
			 const struct lower *low, struct effect *ef, struct error *e)
{
	if (S_ISREG(st->st_mode))
		return same_file(w, p, st, low, ef, e);
	if (S_ISLNK(st->st_mode))
		return same_link(w, p, low, ef, e);
	if (low->tree == NULL || (low->st.st_mode & S_IFMT) != (st->st_mode & S_IFMT))
		return 0;
	return S_ISFIFO(st->st_mode) || low->st.st_rdev == st->st_rdev;
}

/* ---- attributes */

/* Those that an overlay keeps for itself are not counted. */
static int list_xattrs(struct arena *a, struct tree *t, struct rpath p, const char ***ret,
		       size_t *ret_n, struct error *e)
{
	size_t n = 0, i;
	int rc = tree_xattr_list(t, a, p, ret, &n, e);

	*ret_n = 0;
	for (i = 0; rc == 0 && i < n; i++)
		if (!overlay_owns_xattr((*ret)[i]))
			(*ret)[(*ret_n)++] = (*ret)[i];
	return rc;
}

static int same_value(struct arena *a, struct walk *w, struct rpath p, struct tree *low,
		      const char *name, struct error *e)
{
	const void *now, *before;
	size_t len, len2;
	int rc = tree_xattr_get(w->fx, a, p, name, &now, &len, e);

	if (rc == 0)
		rc = tree_xattr_get(low, a, p, name, &before, &len2, e);
	if (rc == -EACCES || rc == -EPERM)
		return 1; /* not ours to see, so not ours to have changed */
	return rc < 0 ? rc : len == len2 && memcmp(now, before, len) == 0;
}

static int same_xattrs(struct walk *w, struct rpath p, struct tree *low, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char **now, **before;
	size_t n = 0, n2 = 0, i;
	int rc = list_xattrs(a, w->fx, p, &now, &n, e);

	if (rc == 0)
		rc = list_xattrs(a, low, p, &before, &n2, e);
	if (rc < 0 || n != n2)
		return rc;
	for (i = 0, rc = 1; rc == 1 && i < n; i++)
		rc = !str_eq(now[i], before[i]) ? 0 :
		     same_value(a, w, p, low, now[i], e);
	return rc;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Directories get new times whenever something is made in them. */
int effects_same_attributes(struct walk *w, struct rpath p, const struct stat *st,
			    const struct lower *low, struct error *e)
{
	const struct stat *was = &low->st;

	if (st->st_mode != was->st_mode || st->st_uid != was->st_uid ||
	    st->st_gid != was->st_gid)
		return 0;
	if (!S_ISDIR(st->st_mode) && !same_time(&st->st_mtim, &was->st_mtim))
		return 0;
	return S_ISLNK(st->st_mode) ? 1 : same_xattrs(w, p, low->tree, e);
}

/* ---- marks */

/* What the kernel writes there itself, behind either prefix (fs/overlayfs/overlayfs.h). */
static bool is_kernels(const char *name)
{
	static const char *const marks[] = {
		"opaque", "origin", "impure", "nlink", "upper", "uuid", "protattr",
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (str_eq(name, marks[i]))
			return true;
	return false;
}

static int refuse_mark(struct rpath p, const char *name, struct error *e)
{
	return error_set(e, E_UNSUPPORTED, "the script gave '/%s' the attribute '%s', which would "
			 "hide files", rpath_str(p), name);
}

static int read_opaque(struct walk *w, struct arena *a, struct rpath p, const char *name,
		       bool *ret, struct error *e)
{
	const void *value;
	size_t len;
	int rc = tree_xattr_get(w->fx, a, p, name, &value, &len, e);

	if (rc < 0)
		return rc;
	if (len != 1 || *(const char *)value != 'y')
		return refuse_mark(p, name, e);
	*ret = true;
	return 0;
}

/* The kernel marks by the prefix of its mode, and lets nobody else write that one. The
 * other is free to a script (trusted: only with rights that the cage took away), and would
 * be believed when the stage is next used in the other mode. */
int effects_is_opaque(struct walk *w, struct rpath p, bool *ret, struct error *e)
{
	bool user = (w->rules->layers & CAGE_USER) != 0;
	const char *prefix = user ? "user.overlay." : "trusted.overlay.";
	AUTO_ARENA struct arena *a = arena_new();
	const char **names;
	bool opaque = false;
	size_t n = 0, i;
	int rc = tree_xattr_list(w->fx, a, p, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		const char *mark = names[i] + strlen(prefix);

		if (!overlay_owns_xattr(names[i]))
			continue;
		if (!str_has_prefix(names[i], prefix) || !is_kernels(mark))
			return refuse_mark(p, names[i], e);
		if (str_eq(mark, "opaque"))
			rc = read_opaque(w, a, p, names[i], &opaque, e);
	}
	if (rc == 0)
		*ret = opaque;
	return rc;
}
