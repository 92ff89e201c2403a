/* The file systems of one root that a transaction changes. */
#include "volumes.h"

#include <sys/random.h>
#include <unistd.h>

#include "formats/cleanup.h"

/* ---- one of them */

int volumes_place(struct arena *a, const char *path, struct rpath *ret, struct error *e)
{
	if (path[0] != '\0')
		return rpath_parse(a, path, ret, e);
	*ret = rpath_root();
	return 0;
}

static int refuse(const struct tree *t, const char *why, struct error *e)
{
	(void)error_set(e, EPERM, "cannot use '%s': %s", tree_path(t), why);
	return error_hint(e, "it is for commpkg alone; move it away if it is something else");
}

/* Ours, for us alone, and no mount of its own. */
static int check_dir(struct tree *top, const struct tree *t, struct error *e)
{
	struct stat st, above;

	if (fstat(tree_fd(t), &st) < 0 || fstat(tree_fd(top), &above) < 0)
		return error_errno(e, errno, "cannot stat '%s'", tree_path(t));
	if (st.st_uid != geteuid())
		return refuse(t, "it belongs to somebody else", e);
	if ((st.st_mode & 077) != 0)
		return refuse(t, "others have rights there", e);
	return st.st_dev == above.st_dev ? 0 : refuse(t, "something is mounted there", e);
}

static int open_checked(struct tree *top, struct tree *in, const char *name, bool make,
			struct tree **ret, struct error *e)
{
	const struct rpath p = { name };
	struct tree *t;
	int rc = tree_open_below(in, p, make ? 0700 : 0, false, &t, e);

	if (rc == 0)
		rc = check_dir(top, t, e);
	else
		return rc;
	if (rc < 0) {
		tree_close(t);
		return rc;
	}
	*ret = t;
	return 0;
}

static int open_store(struct volume *v, bool make, struct error *e)
{
	struct tree *ours = NULL;
	int rc = open_checked(v->top, v->top, VOLUME_DIR, make, &ours, e);

	if (rc == 0)
		rc = open_checked(v->top, ours, v->row.store, make, &v->dir, e);
	tree_close(ours);
	return rc;
}

static int not_mounted(const struct root *root, const struct txn_volume *row, struct error *e)
{
	const char *top = root->live ? "" : root->path;

	(void)error_set(e, ENOENT, "%s is not mounted at '%s/%s': there is no " VOLUME_DIR "/%s",
			row->what[0] != '\0' ? row->what : "what was there", top, row->path,
			row->store);
	return error_hint(e, "mount it at %s/%s, then type the same again", top, row->path);
}

static int open_volume(struct arena *a, struct root *root, bool make, struct volume *v,
		       struct error *e)
{
	struct rpath at;
	int rc = volumes_place(a, v->row.path, &at, e);

	if (rc == 0)
		rc = tree_open_below(root->tree, at, 0, false, &v->top, e);
	if (rc == 0)
		rc = open_store(v, make, e);
	return rc == -ENOENT && !make ? not_mounted(root, &v->row, e) : rc;
}

/* ---- all of them */

int volumes_open(struct arena *a, struct root *root, struct tree *state,
		 const struct txn_volume *rows, size_t n, bool make, struct volumes *ret,
		 struct error *e)
{
	static const struct txn_volume alone = { .path = "", .store = "", .what = "" };
	size_t i;
	int rc = 0;

	if (n == 0) {
		rows = &alone;
		n = 1;
	}
	ret->v = arena_calloc(a, n, sizeof(*ret->v));
	ret->n = n;
	for (i = 0; i < n; i++)
		ret->v[i].row = rows[i];
	ret->v[0].dir = state;
	for (i = 1; i < n; i++) {
		int rc2 = open_volume(a, root, make, &ret->v[i], rc < 0 ? NULL : e);

		rc = rc < 0 ? rc : rc2;
	}
	return rc;
}

int volumes_open_txn(struct arena *a, struct root *root, struct tree *state, struct pkgdb *db,
		     int64_t n, struct volumes *ret, struct error *e)
{
	struct txn_volume *rows = NULL;
	size_t nrows = 0;
	int rc;

	*ret = (struct volumes){ .v = NULL };
	rc = db != NULL ? txn_volumes(db, a, n, &rows, &nrows, e) : 0;
	return rc < 0 ? rc : volumes_open(a, root, state, rows, nrows, false, ret, e);
}

int volumes_open_all(struct arena *a, struct root *root, struct tree *state, struct pkgdb *db,
		     struct volumes *ret, struct error *e)
{
	struct txn_volume *rows = NULL, *all;
	size_t n = 0;
	int rc = txn_volumes(db, a, 0, &rows, &n, e), rc2;

	all = arena_calloc(a, n + 1, sizeof(*all));
	all[0] = (struct txn_volume){ .path = "", .store = "", .what = "" };
	if (n > 0)
		memcpy(all + 1, rows, n * sizeof(*all));
	rc2 = volumes_open(a, root, state, all, n + 1, false, ret, rc < 0 ? NULL : e);
	return rc < 0 ? rc : rc2;
}

void volumes_close(struct volumes *vs)
{
	size_t i;

	for (i = 0; i < vs->n; i++) {
		tree_close(vs->v[i].top);
		if (i > 0)
			tree_close(vs->v[i].dir);
	}
	*vs = (struct volumes){ .v = NULL };
}

const char *volumes_name(struct arena *a, const struct volume *v, const char *name)
{
	return v->row.k > 0 ? arena_printf(a, "%s.%u", name, (unsigned)v->row.k) : name;
}

static int name_on(struct arena *a, const struct volume *v, const char *name, struct rpath *ret,
		   struct error *e)
{
	return rpath_parse(a, volumes_name(a, v, name), ret, e);
}

static int open_part(struct arena *a, const struct volume *v, const char *name, mode_t mode,
		     bool exclusive, struct tree **ret, struct error *e)
{
	struct rpath p;
	int rc = name_on(a, v, name, &p, e);

	return rc < 0 ? rc : tree_open_below(v->dir, p, mode, exclusive, ret, e);
}

/* Shorter paths first: what is mounted in a mount is grafted after it. */
static const struct volume *next_by_length(const struct volumes *vs, const struct volume *last)
{
	const struct volume *next = NULL;
	size_t i, len, least = last != NULL ? strlen(last->row.path) : 0;

	for (i = 0; i < vs->n; i++) {
		const struct volume *v = &vs->v[i];

		len = strlen(v->row.path);
		if (last != NULL && (len < least || (len == least && v <= last)))
			continue;
		if (next == NULL || len < strlen(next->row.path))
			next = v;
	}
	return next;
}

int volumes_tree(const struct volumes *vs, const char *name, mode_t mode, bool exclusive,
		 struct tree **ret, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct volume *v = next_by_length(vs, NULL);
	struct tree *all = NULL, *part;
	int rc;

	if (v->row.path[0] != '\0')
		return error_set(e, E_DB, "the volumes of a transaction are not those of a root");
	rc = open_part(a, v, name, mode, exclusive, &all, e);
	while (rc == 0 && (v = next_by_length(vs, v)) != NULL) {
		struct rpath at;

		rc = volumes_place(a, v->row.path, &at, e);
		if (rc == 0 && rpath_is_root(at))
			rc = error_set(e, E_DB, "two volumes of a transaction are one");
		if (rc == 0)
			rc = open_part(a, v, name, mode, exclusive, &part, e);
		if (rc == 0)
			tree_graft(all, at, part);
	}
	if (rc < 0) {
		tree_close(all);
		return rc;
	}
	*ret = all;
	return 0;
}

int volumes_tree_below(const struct volumes *vs, const char *name, const char *below, mode_t mode,
		       struct tree **ret, struct error *e)
{
	const struct rpath dir = { below };
	struct tree *all;
	int rc = volumes_tree(vs, name, mode, false, &all, e);

	if (rc < 0)
		return rc;
	rc = tree_open_each(all, dir, mode, false, ret, e);
	tree_close(all);
	return rc;
}

int volumes_remove(const struct volumes *vs, const char *name, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	size_t i;
	int first = 0;

	for (i = 0; i < vs->n; i++) {
		struct error *told = first < 0 ? NULL : e;
		struct rpath p;
		int rc = vs->v[i].dir != NULL ? name_on(a, &vs->v[i], name, &p, told) : 0;

		if (rc == 0 && vs->v[i].dir != NULL)
			rc = tree_remove_all(vs->v[i].dir, p, told);
		first = first < 0 ? first : rc;
	}
	volumes_tidy(vs);
	return first;
}

void volumes_tidy(const struct volumes *vs)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct rpath txn = { "txn" }, undo = { "undo" }, ours = { VOLUME_DIR };
	size_t i;

	for (i = 1; i < vs->n; i++) {
		const struct volume *v = &vs->v[i];
		struct rpath store;

		if (v->dir == NULL || rpath_join(a, ours, v->row.store, &store, NULL) < 0)
			continue;
		/* Each of them stays while something is in it. */
		(void)tree_rmdir(v->dir, txn, NULL);
		(void)tree_rmdir(v->dir, undo, NULL);
		if (tree_rmdir(v->top, store, NULL) == 0)
			(void)tree_rmdir(v->top, ours, NULL);
	}
}

/* ---- for plans */

/* Is it a name in what is mounted there? The mount point itself is one in what that is in. */
static bool is_on(const char *path, const char *mount)
{
	size_t len = strlen(mount);

	return strncmp(path, mount, len) == 0 && (len == 0 || path[len] == '/');
}

uint32_t volumes_at(const struct txn_volume *rows, size_t n, const char *path)
{
	size_t i, best = 0, longest = 0;

	for (i = 0; i < n; i++) {
		size_t len = strlen(rows[i].path);

		if (len >= longest && is_on(path, rows[i].path)) {
			best = i;
			longest = len;
		}
	}
	return n > 0 ? rows[best].k : 0;
}

const struct volume *volumes_of(const struct volumes *vs, const char *path)
{
	const struct volume *best = &vs->v[0];
	size_t i, longest = 0;

	for (i = 0; i < vs->n; i++) {
		size_t len = strlen(vs->v[i].row.path);

		if (len >= longest && is_on(path, vs->v[i].row.path)) {
			best = &vs->v[i];
			longest = len;
		}
	}
	return best;
}

int volumes_store(struct arena *a, struct pkgdb *db, const char **ret, struct error *e)
{
	struct txn_volume *rows = NULL;
	size_t n = 0;
	uint64_t r;
	int rc = db != NULL ? txn_volumes(db, a, 0, &rows, &n, e) : 0;

	if (rc < 0)
		return rc;
	if (n > 0) {
		*ret = rows[n - 1].store;
		return 0;
	}
	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		return error_errno(e, errno, "cannot get a random name");
	*ret = arena_printf(a, "%016llx", (unsigned long long)r);
	return 0;
}

int volumes_may_make(struct root *root, struct rpath mount, struct error *e)
{
	struct tree *top, *ours = NULL;
	int rc = tree_open_below(root->tree, mount, 0, false, &top, e);

	if (rc < 0)
		return rc;
	rc = tree_may_write(root->tree, mount, e);
	if (rc == 0) {
		rc = open_checked(top, top, VOLUME_DIR, false, &ours, e);
		if (rc == -ENOENT) {
			error_clear(e);
			rc = 0;
		}
	}
	tree_close(ours);
	tree_close(top);
	return rc;
}

bool volumes_is_ours(const char *path, const char *mount)
{
	size_t len = strlen(mount);

	if (strncmp(path, mount, len) != 0 || (len > 0 && path[len] != '/'))
		return false;
	path += len + (len > 0);
	len = strlen(VOLUME_DIR);
	return strncmp(path, VOLUME_DIR, len) == 0 && (path[len] == '/' || path[len] == '\0');
}
