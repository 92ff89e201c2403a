/* The root as it will be. See undo_world.h. */
#include "undo_world.h"

#include <errno.h>
#include <stdlib.h>

#include "formats/cleanup.h"
#include "undo_look.h"

/* The last word on a path. What is later counts; so each has its place in time. */
struct place {
	enum { NOTHING_SAID, GONE, FILE_COMES, TREE_COMES, EMPTY_COMES } kind;
	size_t when;		/* kind was said */
	struct world_source source;
	size_t attr_when;	/* 0: never */
	struct op_attr attr;
	const char *path;
};

struct names {
	VEC(const char *) v;
};

struct world {
	struct arena *a;
	struct tree *root;
	struct strmap *places;		/* path -> struct place */
	struct strmap *inside;		/* directory -> names of places in it */
	VEC(struct place *) v;
	VEC(struct names *) lists;
	size_t now;
};

struct world *world_new(struct arena *a, struct tree *root)
{
	struct world *w = arena_alloc(a, sizeof(*w));

	*w = (struct world){ .a = a, .root = root, .places = strmap_new(64),
			     .inside = strmap_new(64) };
	return w;
}

void world_free(struct world *w)
{
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; i < w->lists.n; i++)
		VEC_FREE(&w->lists.v[i]->v);
	VEC_FREE(&w->lists);
	VEC_FREE(&w->v);
	strmap_free(w->places);
	strmap_free(w->inside);
}

/* ---- what was said */

static const char *parent_of(struct world *w, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? "" : arena_strndup(w->a, path, (size_t)(slash - path));
}

static void note_name(struct world *w, const char *path)
{
	const char *dir = parent_of(w, path), *slash = strrchr(path, '/');
	struct names *list = strmap_find(w->inside, dir);

	if (list == NULL) {
		list = arena_calloc(w->a, 1, sizeof(*list));
		*VEC_PUSH(&w->lists) = list;
		(void)strmap_put(w->inside, dir, list);
	}
	*VEC_PUSH(&list->v) = slash != NULL ? slash + 1 : path;
}

static struct place *place_at(struct world *w, const char *path)
{
	struct place *p = strmap_find(w->places, path);

	if (p != NULL)
		return p;
	p = arena_calloc(w->a, 1, sizeof(*p));
	p->path = path;
	(void)strmap_put(w->places, path, p);
	*VEC_PUSH(&w->v) = p;
	note_name(w, path);
	return p;
}

static int kind_that_comes(const struct undo_action *act)
{
	if (act->kind == OP_PUT)
		return FILE_COMES;
	return act->alone ? EMPTY_COMES : TREE_COMES;
}

void world_take(struct world *w, const struct undo_action *act)
{
	struct place *p = place_at(w, act->path);

	w->now++;
	switch (act->kind) {
	case OP_ATTR: {
		const char *xattrs = p->attr_when > 0 ? p->attr.xattrs : NULL;

		p->attr = act->now;
		if (p->attr.xattrs == NULL) /* then what was said of them before stands */
			p->attr.xattrs = xattrs;
		p->attr_when = w->now;
		return;
	}
	case OP_PUT:
	case OP_TREE:
		p->kind = kind_that_comes(act);
		p->source = act->source;
		break;
	default:
		p->kind = GONE;
	}
	p->when = w->now;
	p->attr_when = 0;
}

/* ---- what follows from it */

/* The last word on a path: of it, or of a directory above it. NULL: it is as it is in the
 * root. */
static const struct place *word_on(struct world *w, const char *path)
{
	const struct place *last = NULL, *p;
	const char *at = path;

	while (w->v.n > 0 && at[0] != '\0') {
		p = strmap_find(w->places, at);
		if (p != NULL && p->kind != NOTHING_SAID && (last == NULL || p->when > last->when))
			last = p;
		at = parent_of(w, at);
	}
	return last;
}

/* Where it lies; -ENOENT, without words, when it is known not to be there. */
static int find(struct world *w, const char *path, struct world_source *ret)
{
	const struct place *p = word_on(w, path);

	*ret = (struct world_source){ .tree = w->root, .path = path };
	if (p == NULL)
		return 0;
	if (p->kind == GONE || (p->kind != TREE_COMES && !str_eq(p->path, path)))
		return -ENOENT;
	*ret = p->source;
	if (p->kind == TREE_COMES)
		ret->path = path;
	return 0;
}

static int not_there(const char *path, struct error *e)
{
	return error_errno(e, ENOENT, "'/%s' will not be there", path);
}

int world_source(struct world *w, const char *path, struct world_source *ret, struct stat *ret_st,
		 struct error *e)
{
	struct rpath p;
	int rc = find(w, path, ret);

	if (rc < 0)
		return not_there(path, e);
	rc = rpath_parse(w->a, ret->path, &p, e);
	if (rc == 0)
		rc = tree_stat(ret->tree, p, ret_st, e);
	if (rc == 0 && ret->mode != 0)
		ret_st->st_mode = (ret_st->st_mode & S_IFMT) | ret->mode;
	return rc;
}

/* If that was said after where it comes from. */
const struct op_attr *world_attr(struct world *w, const char *path)
{
	const struct place *p = w->v.n > 0 ? strmap_find(w->places, path) : NULL, *last;

	if (p == NULL || p->attr_when == 0)
		return NULL;
	last = word_on(w, path);
	return last == NULL || last->when < p->attr_when ? &p->attr : NULL;
}

int world_stat(struct world *w, const char *path, struct stat *ret, struct error *e)
{
	const struct op_attr *attr;
	struct world_source source;
	int rc = world_source(w, path, &source, ret, e);

	attr = rc == 0 ? world_attr(w, path) : NULL;
	if (attr == NULL)
		return rc;
	ret->st_mode = (ret->st_mode & S_IFMT) | (attr->mode & 07777);
	ret->st_uid = attr->uid;
	ret->st_gid = attr->gid;
	ret->st_mtim = (struct timespec){ .tv_sec = attr->mtime, .tv_nsec = attr->mtime_nsec };
	return 0;
}

/* ---- where links lead, as the root does it: never out of it */

#define LINKS_MAX 40

struct walk {
	struct world *w;
	const char *done;	/* canonical, "" at the top */
	const char *rest;	/* what is still to be walked */
	unsigned links;
};

static const char *below(struct world *w, const char *dir, const char *name)
{
	return dir[0] == '\0' ? arena_strdup(w->a, name) : arena_printf(w->a, "%s/%s", dir, name);
}

static int follow(struct walk *k, const char *path, struct error *e)
{
	struct world_source source;
	const char *target;
	struct rpath p;
	int rc = find(k->w, path, &source);

	if (rc == 0)
		rc = rpath_parse(k->w->a, source.path, &p, e);
	if (rc == 0)
		rc = tree_readlink(source.tree, k->w->a, p, &target, e);
	if (rc < 0)
		return rc;
	if (++k->links > LINKS_MAX)
		return error_errno(e, ELOOP, "cannot follow '/%s'", path);
	if (target[0] == '/')
		k->done = "";
	k->rest = arena_printf(k->w->a, "%s/%s", target, k->rest);
	return 0;
}

/* One component; *ret_end: nothing is there, so the rest stays as it is. */
static int step(struct walk *k, const char *name, bool *ret_end, struct error *e)
{
	const char *path;
	struct stat st;
	int rc;

	if (str_eq(name, "") || str_eq(name, "."))
		return 0;
	if (str_eq(name, "..")) {
		k->done = parent_of(k->w, k->done);
		return 0;
	}
	path = below(k->w, k->done, name);
	rc = world_stat(k->w, path, &st, e);
	if (rc == 0 && S_ISLNK(st.st_mode))
		return follow(k, path, e);
	*ret_end = rc == -ENOENT || rc == -ENOTDIR;
	if (rc == 0 || *ret_end)
		k->done = path;
	return *ret_end ? 0 : rc;
}

int world_canonical(struct world *w, struct rpath p, struct rpath *ret, struct error *e)
{
	struct walk k = { .w = w, .done = "", .rest = parent_of(w, rpath_str(p)) };
	bool end = false;
	int rc = 0;

	if (w->v.n == 0)
		return tree_canonical(w->root, w->a, p, ret, e);
	while (rc == 0 && !end && k.rest[0] != '\0') {
		size_t len = strcspn(k.rest, "/");
		const char *name = arena_strndup(w->a, k.rest, len);

		k.rest += k.rest[len] == '/' ? len + 1 : len;
		rc = step(&k, name, &end, e);
	}
	if (rc == 0 && end && k.rest[0] != '\0')
		k.done = below(w, k.done, k.rest);
	/* A link that leads nowhere, or round: nothing is there, whatever it is called. */
	if (rc == -ELOOP ||
	    (rc == 0 && rpath_parse(w->a, below(w, k.done, rpath_name(p)), ret, NULL) < 0)) {
		error_clear(e);
		*ret = p;
		rc = 0;
	}
	return rc;
}

/* ---- what is in a directory */

static int name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those of the directory that it comes from. */
static int names_there(struct world *w, const char *dir, const char ***ret, size_t *ret_n,
		       struct error *e)
{
	const struct place *p = word_on(w, dir);
	struct world_source source;
	struct rpath at;
	int rc = find(w, dir, &source);

	if (rc < 0)
		return not_there(dir, e);
	*ret = NULL;
	*ret_n = 0;
	if (p != NULL && p->kind == EMPTY_COMES)
		return 0;
	rc = rpath_parse(w->a, source.path, &at, e);
	return rc < 0 ? rc : tree_list(source.tree, w->a, at, ret, ret_n, e);
}

int world_list(struct world *w, const char *dir, const char ***ret, size_t *ret_n,
	       struct error *e)
{
	const struct names *more = w->v.n > 0 ? strmap_find(w->inside, dir) : NULL;
	size_t nmore = more != NULL ? more->v.n : 0, n, i, k = 0;
	const char **names, **all; /* names that remain move to the front of all */
	int rc = names_there(w, dir, &names, &n, e);

	if (rc < 0)
		return rc;
	all = arena_calloc(w->a, n + nmore + 1, sizeof(*all));
	if (n > 0)
		memcpy(all, names, n * sizeof(*all));
	if (nmore > 0)
		memcpy(all + n, more->v.v, nmore * sizeof(*all));
	qsort(all, n + nmore, sizeof(*all), name_order);
	for (i = 0; rc == 0 && i < n + nmore; i++) {
		struct stat st;

		if (i > 0 && str_eq(all[i], all[i - 1]))
			continue;
		rc = nmore > 0 ? world_stat(w, arena_printf(w->a, "%s/%s", dir, all[i]), &st, e) :
				 0;
		if (rc == 0)
			all[k++] = all[i];
		rc = rc == -ENOENT ? 0 : rc;
	}
	*ret = all;
	*ret_n = k;
	return rc;
}

/* ---- at the end */

static int path_order(const void *a, const void *b)
{
	return strcmp((*(struct place *const *)a)->path, (*(struct place *const *)b)->path);
}

static int look_at_fate(struct world *w, const struct place *p, struct world_fate *f,
			struct error *e)
{
	struct stat st;
	int rc;

	*f = (struct world_fate){
		.path = p->path, .parent_stays = word_on(w, parent_of(w, p->path)) == NULL,
		.stays = word_on(w, p->path) == NULL,
	};
	rc = world_stat(w, p->path, &st, e);
	f->there = rc == 0;
	return rc == -ENOENT ? 0 : rc;
}

int world_fates(struct world *w, struct world_fate **ret, size_t *ret_n, struct error *e)
{
	struct world_fate *fates = arena_calloc(w->a, w->v.n + 1, sizeof(*fates));
	size_t i;
	int rc = 0;

	if (w->v.n > 0)
		qsort(w->v.v, w->v.n, sizeof(struct place *), path_order);
	for (i = 0; rc == 0 && i < w->v.n; i++)
		rc = look_at_fate(w, w->v.v[i], &fates[i], e);
	*ret = fates;
	*ret_n = w->v.n;
	return rc;
}
