/* What changed in a root while scripts ran on it, by the times of change that no program can
 * set. */
#include "late.h"

#include <errno.h>

#include "formats/cleanup.h"

struct look {
	struct arena *a;
	struct root *root;
	const struct op *ops;
	size_t nops;
	const struct timespec *from, *to;
	struct strmap *known;		/* paths of ops, and the directories above them */
	VEC(const char *) found;
	size_t n, looked;
};

/* What we write there ourselves says nothing of scripts, and some is gone by tomorrow. */
static bool is_passed_over(const char *path)
{
	static const char *const dirs[] = { ROOT_STATE_DIR, "var/sadm", "var/log/commpkg", "proc",
					    "sys", "dev", "run", "tmp", "var/tmp" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (str_eq(path, dirs[i]))
			return true;
	return false;
}

static bool before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Whole directories of the transaction go back as a whole. */
static bool came_whole(const struct look *w, const char *path)
{
	size_t i;

	for (i = 0; i < w->nops; i++)
		if ((w->ops[i].kind == OP_TREE || w->ops[i].kind == OP_REMOVE_TREE) &&
		    str_eq(w->ops[i].path, path))
			return true;
	return false;
}

/* With the directories above it, which have got or lost a name by us. */
static void note_path(struct look *w, const char *text)
{
	char *path = arena_strdup(w->a, text), *slash;

	do {
		(void)strmap_put(w->known, arena_strdup(w->a, path), w);
		slash = strrchr(path, '/');
		if (slash != NULL)
			*slash = '\0';
	} while (slash != NULL);
}

static void note_known(struct look *w)
{
	size_t i;

	note_path(w, ROOT_STATE_DIR);
	note_path(w, "var/sadm");
	for (i = 0; i < w->nops; i++)
		note_path(w, w->ops[i].path);
}

static int look_inside(struct look *w, struct rpath dir, bool *ret_found, struct error *e);

static int look_at(struct look *w, struct rpath p, bool *ret_found, struct error *e)
{
	struct stat st;
	bool inside = false;
	int rc;

	if (w->looked == LATE_LOOK_MAX)
		return 0;
	w->looked++;
	rc = tree_stat(w->root->tree, p, &st, e);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc; /* gone while we looked */
	if (S_ISDIR(st.st_mode)) {
		if (is_passed_over(rpath_str(p)) || st.st_dev != tree_dev(w->root->tree) ||
		    came_whole(w, rpath_str(p)))
			return 0;
		rc = look_inside(w, p, &inside, e);
	}
	if (rc < 0 || before(&st.st_ctim, w->from) || before(w->to, &st.st_ctim) ||
	    strmap_find(w->known, rpath_str(p)) != NULL)
		return rc == -EACCES ? 0 : rc;
	*ret_found = true;
	if (inside)
		return 0; /* it says so itself */
	w->n++;
	if (w->found.n < LATE_TRACES_MAX)
		*VEC_PUSH(&w->found) = arena_strdup(w->a, rpath_str(p));
	return 0;
}

/* The largest part, and the least likely. */
static void put_last(const char **names, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i + 1 < n; i++)
		if (str_eq(names[i], name)) {
			names[i] = names[i + 1];
			names[i + 1] = name;
		}
}

static int look_inside(struct look *w, struct rpath dir, bool *ret_found, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char **names;
	size_t n, i;
	int rc = tree_list(w->root->tree, a, dir, &names, &n, e);

	if (rc == 0 && rpath_is_root(dir))
		put_last(names, n, "usr");
	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;

		rc = rpath_is_root(dir) ? rpath_parse(a, names[i], &p, NULL) :
					  rpath_join(a, dir, names[i], &p, NULL);
		rc = rc < 0 ? 0 : look_at(w, p, ret_found, e); /* odd names are nobody's */
	}
	return rc == -EACCES || rc == -ENOENT ? 0 : rc;
}

int late_traces(struct arena *a, struct root *root, const struct op *ops, size_t nops,
		const struct timespec *from, const struct timespec *to, struct late_traces *ret,
		struct error *e)
{
	struct look w = { .a = a, .root = root, .ops = ops, .nops = nops, .from = from, .to = to,
			  .known = strmap_new(nops + 1) };
	bool found = false;
	int rc;

	tree_forget(root->tree);
	note_known(&w);
	rc = look_inside(&w, rpath_root(), &found, e);
	if (rc == 0)
		*ret = (struct late_traces){
			.paths = arena_memdup(a, w.found.v, w.found.n, sizeof(*ret->paths)),
			.npaths = w.found.n, .n = w.n,
			.whole = w.looked < LATE_LOOK_MAX,
		};
	strmap_free(w.known);
	VEC_FREE(&w.found);
	return rc;
}

void late_traces_words(struct arena *a, const struct late_traces *t, const char *what,
		       void (*each)(void *ctx, const char *words), void *ctx)
{
	size_t i;

	for (i = 0; i < t->npaths; i++)
		each(ctx, arena_printf(a, "changed while its scripts ran, and %s: '/%s'", what,
				       t->paths[i]));
	if (t->n > t->npaths)
		each(ctx, arena_printf(a, "changed while its scripts ran, and %s: %zu more", what,
				       t->n - t->npaths));
	if (!t->whole)
		each(ctx, arena_printf(a, "not all of the root was looked at for what else changed "
				       "while its scripts ran"));
}

/* ---- what is missing */

static bool is_missing(struct arena *a, struct root *root, struct pkgdb *db, const char *text)
{
	struct pkgdb_file *rows;
	struct rpath p;
	struct stat st;
	size_t n = 0;

	return rpath_parse(a, text, &p, NULL) == 0 &&
	       tree_stat(root->tree, p, &st, NULL) == -ENOENT &&
	       pkgdb_owners(db, a, text, PKGDB_NOW, &rows, &n, NULL) == 0 && n > 0;
}

void late_missing(const struct late *l, void (*each)(void *ctx, const char *words), void *ctx)
{
	struct strmap *seen = strmap_new(l->nops);
	size_t n = 0, i;

	tree_forget(l->root->tree);
	for (i = 0; i < l->nops; i++) {
		const char *path = l->ops[i].path;

		if (strmap_put(seen, path, (void *)path) != NULL ||
		    !is_missing(l->a, l->root, l->db, path))
			continue;
		if (++n <= LATE_TRACES_MAX)
			each(ctx, arena_printf(l->a, "'/%s' is missing: its scripts took it away "
					       "before it could be kept; repair brings it from a "
					       "package", path));
	}
	if (n > LATE_TRACES_MAX)
		each(ctx, arena_printf(l->a, "and %zu more are missing", n - LATE_TRACES_MAX));
	strmap_free(seen);
}
