/*
 * Extended attributes of what the last component names, never followed: the parent's
 * descriptor and a name, joined by /proc/self/fd because there are no *at calls for them
 * before Linux 6.13.
 */
#include "root_internal.h"

#include <limits.h>
#include <sys/xattr.h>

#define TRIES 8			/* while somebody changes them under us */

/* "/proc/self/fd/N/name"; NAME_MAX bounds the name. */
struct magic {
	char s[32 + NAME_MAX + 1];
};

static int magic_path(struct tree *t, struct rpath p, struct magic *ret)
{
	struct place at;
	int rc = place_find(t, p, &at);

	if (rc == 0)
		(void)snprintf(ret->s, sizeof(ret->s), "/proc/self/fd/%d/%s", at.fd, at.name);
	return rc;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* names: len bytes of strings that end in NUL. */
static void split_names(struct arena *a, const char *names, size_t len, const char ***ret,
			size_t *ret_n)
{
	size_t n = 0, i;

	for (i = 0; i < len; i++)
		n += names[i] == '\0';
	*ret = arena_calloc(a, n, sizeof(**ret));
	*ret_n = n;
	for (i = 0, n = 0; n < *ret_n; i += strlen(names + i) + 1)
		(*ret)[n++] = names + i;
	if (n > 1)
		qsort(*ret, n, sizeof(**ret), compare_names);
}

/* The size may have grown between two calls: then once more. */
static ssize_t read_names(struct arena *a, const char *path, char **ret)
{
	for (int i = 0; i < TRIES; i++) {
		ssize_t n = llistxattr(path, NULL, 0);

		if (n < 0)
			return errno == EOPNOTSUPP ? 0 : -errno;
		*ret = arena_alloc(a, (size_t)n + 1);
		if (n > 0)
			n = llistxattr(path, *ret, (size_t)n);
		if (n >= 0 || errno != ERANGE)
			return n < 0 ? -errno : n;
	}
	return -EAGAIN;
}

int tree_xattr_list(struct tree *t, struct arena *a, struct rpath p, const char ***ret,
		    size_t *ret_n, struct error *e)
{
	char *names = NULL;
	struct magic m;
	ssize_t len;
	int rc = magic_path(t, p, &m);

	if (rc < 0)
		return tree_fail(t, p, rc, "cannot list the attributes of", e);
	len = read_names(a, m.s, &names);
	if (len < 0)
		return tree_fail(t, p, (int)len, "cannot list the attributes of", e);
	split_names(a, names, (size_t)len, ret, ret_n);
	return 0;
}

static ssize_t read_value(struct arena *a, const char *path, const char *name, void **ret)
{
	for (int i = 0; i < TRIES; i++) {
		ssize_t n = lgetxattr(path, name, NULL, 0);

		if (n < 0)
			return -errno;
		*ret = arena_alloc(a, (size_t)n + 1);
		if (n > 0)
			n = lgetxattr(path, name, *ret, (size_t)n);
		if (n >= 0 || errno != ERANGE)
			return n < 0 ? -errno : n;
	}
	return -EAGAIN;
}

int tree_xattr_get(struct tree *t, struct arena *a, struct rpath p, const char *name,
		   const void **ret, size_t *ret_len, struct error *e)
{
	void *value = NULL;
	struct magic m;
	ssize_t len;
	int rc = magic_path(t, p, &m);

	len = rc < 0 ? rc : read_value(a, m.s, name, &value);
	if (len < 0)
		return tree_fail(t, p, (int)len, "cannot read an attribute of", e);
	*ret = value;
	*ret_len = (size_t)len;
	return 0;
}

int tree_xattr_set(struct tree *t, struct rpath p, const char *name, const void *value,
		   size_t len, struct error *e)
{
	struct magic m;
	int rc = magic_path(t, p, &m);

	if (rc == 0 && lsetxattr(m.s, name, value, len, 0) < 0)
		rc = -errno;
	return rc < 0 ? tree_fail(t, p, rc, "cannot set an attribute of", e) : 0;
}

int tree_xattr_remove(struct tree *t, struct rpath p, const char *name, struct error *e)
{
	struct magic m;
	int rc = magic_path(t, p, &m);

	if (rc == 0 && lremovexattr(m.s, name) < 0 && errno != ENODATA)
		rc = -errno;
	return rc < 0 ? tree_fail(t, p, rc, "cannot remove an attribute of", e) : 0;
}
