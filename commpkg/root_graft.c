/*
 * Trees of several parts: a stage, or an undo store, of a root in which other file systems
 * are mounted. Each part lies on the file system that it is for, and is found by the path.
 */
#include "root_internal.h"

struct tree *graft_find(struct tree *t, struct rpath *p)
{
	const struct graft *best = NULL;

	for (size_t i = 0; i < t->ngrafts; i++) {
		const struct graft *g = &t->grafts[i];

		if (strncmp(p->s, g->at, g->len) == 0 &&
		    (p->s[g->len] == '/' || p->s[g->len] == '\0') &&
		    (best == NULL || g->len > best->len))
			best = g;
	}
	if (best == NULL)
		return t;
	p->s += best->len + (p->s[best->len] == '/');
	return best->tree;
}

void tree_graft(struct tree *t, struct rpath at, struct tree *part)
{
	t->grafts = xrealloc(t->grafts, (t->ngrafts + 1) * sizeof(*t->grafts));
	t->grafts[t->ngrafts++] = (struct graft){ .at = xstrdup(at.s), .len = strlen(at.s),
						  .tree = part };
}

void graft_drop(struct tree *t)
{
	for (size_t i = 0; i < t->ngrafts; i++) {
		free(t->grafts[i].at);
		tree_close(t->grafts[i].tree);
	}
	free(t->grafts);
	t->grafts = NULL;
	t->ngrafts = 0;
}

size_t tree_parts(const struct tree *t)
{
	return t->ngrafts;
}

struct tree *tree_part(const struct tree *t, size_t i, struct rpath *ret_at)
{
	ret_at->s = t->grafts[i].at;
	return t->grafts[i].tree;
}

/* What is grafted is listed in the directory that it is grafted in, too. */
static int graft_like(struct tree *from, struct tree *to, size_t i, struct rpath dir,
		      mode_t mode, bool exclusive, struct error *e)
{
	const struct rpath at = { from->grafts[i].at };
	struct tree *part;
	int rc = mode != 0 ? tree_mkdirs(to, at, mode, e) : 0;

	if (rc == 0)
		rc = tree_open_below(from->grafts[i].tree, dir, mode, exclusive, &part, e);
	if (rc == 0)
		tree_graft(to, at, part);
	return rc;
}

int tree_open_each(struct tree *t, struct rpath dir, mode_t mode, bool exclusive,
		   struct tree **ret, struct error *e)
{
	struct tree *all;
	int rc = tree_open_below(t, dir, mode, exclusive, &all, e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < t->ngrafts; i++)
		rc = graft_like(t, all, i, dir, mode, exclusive, e);
	if (rc < 0) {
		tree_close(all);
		return rc;
	}
	*ret = all;
	return 0;
}

int tree_remove_each(struct tree *t, struct rpath p, struct error *e)
{
	struct graft *grafts = t->grafts;
	size_t n = t->ngrafts;
	int rc;

	t->ngrafts = 0; /* p is a name in each part, not a path below the root */
	rc = tree_remove_all(t, p, e);
	t->ngrafts = n;
	for (size_t i = 0; i < n; i++) {
		int rc2 = tree_remove_all(grafts[i].tree, p, rc < 0 ? NULL : e);

		rc = rc < 0 ? rc : rc2;
	}
	return rc;
}

int graft_dup(struct tree *from, struct tree *to, struct error *e)
{
	for (size_t i = 0; i < from->ngrafts; i++) {
		struct tree *part;
		int rc = tree_dup(from->grafts[i].tree, &part, e);

		if (rc < 0)
			return rc;
		tree_graft(to, (struct rpath){ from->grafts[i].at }, part);
	}
	return 0;
}
