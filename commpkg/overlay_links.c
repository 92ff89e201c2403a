/* Files with several names. See overlay_links.h. */
#include "overlay_links.h"

#include <errno.h>
#include <stdlib.h>

#include "formats/cleanup.h"
#include "overlay_copy.h"

struct name {
	struct rpath path;
	struct tree *tree;		/* that it is seen from: new or ROOT */
	struct stat st;
};

struct linking {
	struct root *root;
	struct tree *new, *fx;
	struct arena *a;
	uint64_t bytes;			/* copied so far */
};

/* As the layers show it. */
static int look(struct linking *l, struct rpath p, struct name *ret)
{
	int rc = tree_stat(l->new, p, &ret->st, NULL);

	ret->path = p;
	ret->tree = l->new;
	if (rc != -ENOENT)
		return rc;
	ret->tree = l->root->tree;
	return tree_stat(l->root->tree, p, &ret->st, NULL);
}

/* Of an ordinary user what he can't read, or make in its directory, is left out. */
static bool find(struct linking *l, struct rpath p, struct name *ret)
{
	struct name dir;

	if (look(l, p, ret) < 0 || !S_ISREG(ret->st.st_mode) || ret->st.st_nlink < 2)
		return false;
	return l->root->owners || ((ret->st.st_mode & 0400) != 0 &&
				   look(l, rpath_parent(l->a, p), &dir) == 0 &&
				   (dir.st.st_mode & 0200) != 0);
}

static int compare_files(const struct name *a, const struct name *b)
{
	if (a->tree != b->tree)
		return a->tree < b->tree ? -1 : 1;
	if (a->st.st_dev != b->st.st_dev)
		return a->st.st_dev < b->st.st_dev ? -1 : 1;
	return a->st.st_ino != b->st.st_ino ? (a->st.st_ino < b->st.st_ino ? -1 : 1) : 0;
}

static int by_file(const void *a, const void *b)
{
	const struct name *one = a, *two = b;
	int order = compare_files(one, two);

	return order != 0 ? order : strcmp(rpath_str(one->path), rpath_str(two->path));
}

static int put_first(struct linking *l, const struct name *n, struct error *e)
{
	int rc = overlay_mkdirs_over(l->root, l->new, l->fx, rpath_parent(l->a, n->path), e);

	return rc < 0 ? rc : overlay_copy_leaf(n->tree, l->fx, n->path, l->root->owners, e);
}

static int put_other(struct linking *l, const struct name *first, const struct name *n,
		     struct error *e)
{
	int rc = overlay_mkdirs_over(l->root, l->new, l->fx, rpath_parent(l->a, n->path), e);

	return rc < 0 ? rc : tree_link(l->fx, first->path, l->fx, n->path, e);
}

/* The names of one file. */
static int put_file(struct linking *l, const struct name *v, size_t n, struct error *e)
{
	uint64_t size = (uint64_t)v->st.st_size;
	int rc;

	if (n < 2 || size > OVERLAY_LINKS_MAX - l->bytes)
		return 0;
	rc = put_first(l, v, e);
	if (rc == -EACCES) { /* not ours to read */
		error_clear(e);
		return 0;
	}
	for (size_t i = 1; rc == 0 && i < n; i++)
		rc = put_other(l, v, &v[i], e);
	l->bytes += size;
	return rc;
}

int overlay_links(struct root *root, struct tree *new, struct tree *fx, const struct rpath *paths,
		  size_t n, struct error *e)
{
	struct linking l = { .root = root, .new = new, .fx = fx, .a = arena_new() };
	struct name *v = arena_calloc(l.a, n, sizeof(*v));
	struct strmap *seen = strmap_new(n);
	size_t m = 0, i, end;
	int rc = 0;

	for (i = 0; i < n; i++)
		if (strmap_find(seen, rpath_str(paths[i])) == NULL && find(&l, paths[i], &v[m])) {
			(void)strmap_put(seen, rpath_str(paths[i]), v);
			m++;
		}
	if (m > 1)
		qsort(v, m, sizeof(*v), by_file);
	for (i = 0; rc == 0 && i < m; i = end) {
		for (end = i + 1; end < m && compare_files(&v[i], &v[end]) == 0; end++)
			;
		rc = put_file(&l, &v[i], end - i, e);
	}
	strmap_free(seen);
	arena_free(l.a);
	return rc < 0 ? error_prefix(e, "files with several names, for a script") : 0;
}
