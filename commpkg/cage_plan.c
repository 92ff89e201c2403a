/* What the child will need, prepared by the caller: where the directories are, what is
 * mounted below the root. */
#include "cage_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mounts.h"

/* Where a tree lies now, for the child to open in its namespace. */
static int spot_of(struct arena *a, const struct tree *t, struct cage_spot *ret,
		   struct error *e)
{
	char magic[64], path[PATH_MAX];
	struct stat st;
	ssize_t len;

	(void)snprintf(magic, sizeof(magic), "/proc/self/fd/%d", tree_fd(t));
	len = readlink(magic, path, sizeof(path) - 1);
	if (len < 0 || fstat(tree_fd(t), &st) < 0)
		return error_errno(e, errno, "cannot find out where '%s' is", tree_path(t));
	*ret = (struct cage_spot){ .path = arena_strndup(a, path, (size_t)len),
				   .dev = st.st_dev, .ino = st.st_ino };
	return 0;
}

static int spot_below(struct arena *a, struct tree *t, const char *name,
		      struct cage_spot *ret, struct error *e)
{
	struct tree *below = NULL;
	struct rpath p;
	int rc = rpath_parse(a, name, &p, e);

	if (rc == 0)
		rc = tree_open_below(t, p, 0, false, &below, e);
	if (rc == 0)
		rc = spot_of(a, below, ret, e);
	tree_close(below);
	return rc;
}

static int spots_of_layers(struct arena *a, struct tree *txn, struct tree *new,
			   struct tree *fx, struct cage_layers *ret, struct error *e)
{
	int rc = spot_of(a, new, &ret->new, e);

	if (rc == 0)
		rc = spot_of(a, fx, &ret->fx, e);
	if (rc == 0)
		rc = spot_below(a, txn, "work/1", &ret->work[0], e);
	if (rc == 0)
		rc = spot_below(a, txn, "work/2", &ret->work[1], e);
	return rc;
}

static int spots_of_stage(struct arena *a, struct cage_plan *p, struct error *e)
{
	const struct cage_stage *s = p->cage->stage;

	p->base.at = p->root;
	if (s == NULL)
		return 0;
	return p->in_memory ? spot_of(a, s->txn, &p->txn, e) :
			      spots_of_layers(a, s->txn, s->new, s->fx, &p->base, e);
}

/* The part of the stage for what is mounted at path; *ret stays NULL when there is none. */
static int spots_of_mount(struct arena *a, struct cage_plan *p, const char *path,
			  const struct cage_layers **ret, struct error *e)
{
	const struct cage_stage *s = p->cage->stage;
	struct cage_layers *l;
	struct rpath at;
	size_t i;
	int rc;

	for (i = 0; i < tree_parts(s->new); i++) {
		struct tree *new = tree_part(s->new, i, &at);

		if (!str_eq(rpath_str(at), path))
			continue;
		l = arena_calloc(a, 1, sizeof(*l));
		*ret = l;
		l->part = i + 1;
		rc = spot_below(a, p->cage->root->tree, path, &l->at, e);
		if (rc < 0 || p->in_memory)
			return rc;
		return spots_of_layers(a, tree_part(s->txn, i, &at), new,
				       tree_part(s->fx, i, &at), l, e);
	}
	return 0;
}

static int spots_of_binds(struct arena *a, struct cage_plan *p, struct error *e)
{
	size_t n = p->cage->nbinds, i;
	int rc = 0;

	p->binds = arena_calloc(a, n, sizeof(*p->binds));
	p->bind_fds = arena_calloc(a, n, sizeof(*p->bind_fds));
	for (i = 0; rc == 0 && i < n; i++)
		rc = spot_of(a, p->cage->binds[i].tree, &p->binds[i], e);
	return rc;
}

/* ---- what is mounted below the root */

static int by_length(const void *a, const void *b)
{
	const char *one = ((const struct mount *)a)->path, *two = ((const struct mount *)b)->path;
	size_t len = strlen(one), n = strlen(two);

	return len != n ? (len < n ? -1 : 1) : strcmp(one, two);
}

/* Does it come with one that is listed? Through a layer nothing is seen that is mounted. */
static bool is_covered(const struct cage_plan *p, const char *path)
{
	for (size_t i = 0; i < p->nmounts; i++) {
		const struct cage_mount *m = &p->mounts[i];
		size_t len = strlen(m->path);

		if (strncmp(path, m->path, len) == 0 &&
		    (path[len] == '\0' || (path[len] == '/' && m->layers == NULL)))
			return true;
	}
	return false;
}

static int find_mounts(struct arena *a, struct cage_plan *p, struct error *e)
{
	struct mount *all;
	size_t n, i;
	int rc;

	if (p->cage->stage == NULL)
		return 0;
	rc = mounts_list(a, p->cage->root->tree, &all, &n, e);
	if (rc < 0)
		return rc;
	if (n > 1)
		qsort(all, n, sizeof(*all), by_length);
	p->mounts = arena_calloc(a, n, sizeof(*p->mounts));
	p->mount_fds = arena_calloc(a, n, sizeof(*p->mount_fds));
	for (i = 0; rc == 0 && i < n; i++) {
		struct cage_mount m = { .path = all[i].path };

		if (m.path[0] == '\0')
			continue;
		rc = spots_of_mount(a, p, m.path, &m.layers, e);
		if (rc == 0 && (m.layers != NULL || !is_covered(p, m.path)))
			p->mounts[p->nmounts++] = m;
		if (p->nmounts > 1 && str_eq(p->mounts[p->nmounts - 2].path, m.path))
			p->nmounts--; /* mounted on each other: the same place */
	}
	return rc;
}

/* An overlay would hide what is mounted below it. The live root is the script's to change. */
static int look_at_tools(struct arena *a, struct cage_plan *p, struct error *e)
{
	struct mount *all = NULL;
	struct tree *usr;
	size_t n = 0, i;
	int rc;

	if (!p->cage->tools || p->live || p->cage->chroot)
		return 0;
	rc = tree_open("/usr", &usr, e);
	if (rc < 0)
		return rc;
	rc = mounts_list(a, usr, &all, &n, e);
	tree_close(usr);
	for (i = 0; i < n && all[i].path[0] == '\0'; i++)
		;
	p->lay_tools = rc == 0 && i == n;
	return rc;
}

int cage_plan_make(struct arena *a, const struct cage *c, struct cage_plan *ret,
		   struct error *e)
{
	struct cage_plan p = { .cage = c, .live = c->root->live, .go_fd = -EBADF,
			       .result_fd = -EBADF, .tree_fd = -EBADF,
			       .memory_fd = -EBADF, .in_memory = cage_in_memory(c),
			       .ordinary = geteuid() != 0 };
	int rc = spot_of(a, c->root->tree, &p.root, e);

	if (rc == 0)
		rc = spots_of_stage(a, &p, e);
	if (rc == 0)
		rc = spots_of_binds(a, &p, e);
	if (rc == 0)
		rc = find_mounts(a, &p, e);
	if (rc == 0)
		rc = look_at_tools(a, &p, e);
	if (rc == 0)
		*ret = p;
	return rc;
}
