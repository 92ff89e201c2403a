/* What the child will need, prepared by the caller: where the directories are, what is
 * mounted below the root. */
#include "cage_internal.h"

#include <errno.h>
#include <unistd.h>

#include "formats/cleanup.h"

#define MOUNTS_MAX 4096

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

static int spots_of_stage(struct arena *a, struct cage_plan *p, struct error *e)
{
	const struct cage_stage *s = p->cage->stage;
	int rc;

	if (s == NULL)
		return 0;
	rc = spot_of(a, s->new, &p->new, e);
	if (rc == 0)
		rc = spot_of(a, s->fx, &p->fx, e);
	if (rc == 0)
		rc = spot_below(a, s->txn, "work/1", &p->work[0], e);
	if (rc == 0)
		rc = spot_below(a, s->txn, "work/2", &p->work[1], e);
	return rc;
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

/* \040 and the like: proc(5), mountinfo. In place. */
static void unescape(char *s)
{
	char *to = s;
	uint64_t byte;

	while (*s != '\0') {
		if (s[0] == '\\' && str_to_u64(s + 1, strnlen(s + 1, 3), 8, 255, &byte)) {
			*to++ = (char)byte;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* The fifth field of a line, or NULL. */
static char *mount_point(char *line)
{
	char *save = NULL, *field = strtok_r(line, " ", &save);

	for (int i = 0; field != NULL && i < 4; i++)
		field = strtok_r(NULL, " ", &save);
	return field;
}

typedef VEC(const char *) path_vec;

/* Lines are in the order of mounting: what is below one that is listed comes with it. */
static bool is_covered(const path_vec *paths, const char *path)
{
	for (size_t i = 0; i < paths->n; i++) {
		size_t len = strlen(paths->v[i]);

		if (strncmp(path, paths->v[i], len) == 0 &&
		    (path[len] == '/' || path[len] == '\0'))
			return true;
	}
	return false;
}

static int read_mounts(struct arena *a, const char *root, path_vec *ret, struct error *e)
{
	AUTO_FILE FILE *f = fopen("/proc/self/mountinfo", "re");
	AUTO_FREE char *line = NULL;
	size_t cap = 0, len = strlen(root);

	if (f == NULL)
		return error_errno(e, errno, "cannot read '/proc/self/mountinfo'");
	while (getline(&line, &cap, f) > 0) {
		char *path = mount_point(line);

		if (path == NULL)
			continue;
		unescape(path);
		if (strncmp(path, root, len) != 0 || path[len] != '/' || path[len + 1] == '\0' ||
		    is_covered(ret, path + len + 1))
			continue;
		if (ret->n == MOUNTS_MAX)
			return error_set(e, E_LIMIT, "over %d mounts below '%s'", MOUNTS_MAX, root);
		*VEC_PUSH(ret) = arena_strdup(a, path + len + 1);
	}
	return 0;
}

static int find_mounts(struct arena *a, struct cage_plan *p, struct error *e)
{
	path_vec paths = VEC_INIT;
	int rc = 0;

	if (p->cage->stage != NULL)
		rc = read_mounts(a, p->live ? "" : p->root.path, &paths, e);
	if (rc == 0) {
		p->mounts = arena_memdup(a, paths.v, paths.n, sizeof(*paths.v));
		p->mount_fds = arena_calloc(a, paths.n, sizeof(*p->mount_fds));
		p->nmounts = paths.n;
	}
	VEC_FREE(&paths);
	return rc;
}

/* An overlay would hide what is mounted below it. The live root is the script's to change. */
static int look_at_tools(struct arena *a, struct cage_plan *p, struct error *e)
{
	path_vec paths = VEC_INIT;
	int rc = 0;

	if (!p->cage->tools || p->live || p->cage->chroot)
		return 0;
	rc = read_mounts(a, "/usr", &paths, e);
	p->lay_tools = rc == 0 && paths.n == 0;
	VEC_FREE(&paths);
	return rc;
}

int cage_plan_make(struct arena *a, const struct cage *c, struct cage_plan *ret,
		   struct error *e)
{
	struct cage_plan p = { .cage = c, .live = c->root->live, .go_fd = -EBADF,
			       .result_fd = -EBADF, .tree_fd = -EBADF,
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
