/* The journal's ops, from what was staged. */
#include "ops.h"

#include <errno.h>
#include <stdlib.h>

#include "oplist.h"

struct op *oplist_add(struct oplist *l, enum op_kind kind, const char *path)
{
	struct op *op = VEC_PUSH(&l->v);

	op->seq = (int64_t)l->v.n;
	op->kind = kind;
	op->path = path;
	return op;
}

static bool is_gone(struct oplist *l, const char *path)
{
	return strmap_find(l->gone, path) != NULL;
}

/* Is a directory above the path moved away whole? Its own op covers the path then. */
static bool covered(struct oplist *l, const char *path)
{
	return is_gone(l, dirs_parent(l->s->plan->dirs, path));
}

static void make_way(struct oplist *l, const struct change_item *it)
{
	bool was_dir = it->was_type == 'd';
	struct op *op;

	if (it->kind != CHANGE_REPLACE || was_dir == ftype_is_dir(it->ftype))
		return;
	op = oplist_add(l, was_dir ? OP_REMOVE_TREE : OP_REMOVE, rpath_str(it->real));
	op->was = it->was;
}

/* A set-id program in a directory that is moved away whole must not stay a way to other
 * rights for who holds a hard link to it; the journal has the bits for undo. */
static void lose_setid(struct oplist *l, const struct change_item *it)
{
	struct op *op;

	if (it->kind != CHANGE_REMOVE || !S_ISREG(it->was.mode) ||
	    (it->was.mode & 06000) == 0 || !covered(l, rpath_str(it->real)))
		return;
	op = oplist_add(l, OP_ATTR, rpath_str(it->real));
	op->was = it->was;
	op->now = it->was;
	op->now.mode &= ~06000u;
}

static void note_gone(struct oplist *l, const struct change_item *it)
{
	bool goes = it->kind == CHANGE_REMOVE ||
		    (it->kind == CHANGE_REPLACE && !ftype_is_dir(it->ftype));

	if (goes && it->was_type == 'd')
		(void)strmap_put(l->gone, rpath_str(it->real), (void *)it);
}

/* A directory of the stage that the root does not have yet, once per topmost one. */
static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void place_trees(struct oplist *l)
{
	struct stage *s = l->s;
	size_t n = strmap_count(s->made), i = 0, k = 0;
	const char **dirs = arena_calloc(s->a, n, sizeof(*dirs));

	while (k < n && strmap_next(s->made, &i, &dirs[k]) != NULL)
		k++;
	if (n > 0)
		qsort(dirs, n, sizeof(*dirs), by_text);
	for (i = 0; i < n; i++) {
		const char *top = dirs_topmost_new(s->plan->dirs, dirs[i]);

		if (top != NULL && str_eq(top, dirs[i]))
			(void)oplist_add(l, OP_TREE, top);
	}
}

void oplist_put(struct op *op, const struct stat *staged)
{
	op_attr_of(staged, &op->now);
	op->now.dev = op->now.ino = 0;
}

/* A single staged object: nothing to do when its directory comes whole. */
static int place(struct oplist *l, struct rpath path, const struct op_attr *was, struct error *e)
{
	struct stage *s = l->s;
	const char *dir = dirs_parent(s->plan->dirs, rpath_str(path));
	struct stat st;
	struct op *op;
	int rc;

	if (dirs_topmost_new(s->plan->dirs, dir) != NULL)
		return 0;
	op = oplist_add(l, OP_PUT, rpath_str(path));
	if (was != NULL) {
		op->was = *was;
		return 0;
	}
	/* No row tells of it (NAME.new, NAME.saved, the view): undo asks whose it is. */
	rc = tree_stat(s->new, path, &st, e);
	if (rc < 0)
		return rc;
	oplist_put(op, &st);
	rc = tree_stat(s->plan->root->tree, path, &st, e);
	if (rc == 0)
		op_attr_of(&st, &op->was);
	return rc == -ENOENT ? 0 : rc;
}

static int place_item(struct oplist *l, const struct change_item *it, struct error *e)
{
	static const struct op_attr nothing;
	bool type_changed = it->was.known &&
			    (it->was_type == 'd') != ftype_is_dir(it->ftype);
	int rc = 0;

	if (!rpath_is_root(it->beside))
		rc = place(l, it->beside, NULL, e);
	if (rc < 0 || it->what == NULL || !stage_writes(l->s, it) || ftype_is_dir(it->ftype))
		return rc;
	return place(l, it->real, type_changed ? &nothing : &it->was, e);
}

void oplist_attribute(struct oplist *l, const struct change_item *it)
{
	struct op *op;

	if (it->kind != CHANGE_ATTR || stage_writes(l->s, it))
		return;
	op = oplist_add(l, OP_ATTR, rpath_str(it->real));
	op->was = it->was;
	op->now = it->was;
	op->now.mode = (it->was.mode & ~07777u) | it->mode;
	if (l->s->plan->root->owners) {
		op->now.uid = it->uid;
		op->now.gid = it->gid;
	}
	if (ftype_has_payload(it->ftype)) {
		op->now.mtime = it->what->entry->mtime;
		op->now.mtime_nsec = 0;
	}
}

static void take_away(struct oplist *l, const struct change_item *it)
{
	struct op *op;

	if (it->kind != CHANGE_REMOVE)
		return;
	if (covered(l, rpath_str(it->real)))
		return;
	op = oplist_add(l, it->was_type == 'd' ? OP_REMOVE_TREE : OP_REMOVE, rpath_str(it->real));
	op->was = it->was;
}

/* The directory of an instance in the view goes whole: removed, or written anew. */
static int view_makes_way(struct oplist *l, const struct plan_step *ps, struct error *e)
{
	struct plan *plan = (struct plan *)l->s->plan;
	struct rpath path;
	struct stat st;
	struct op *op;
	int rc;

	if (ps->step->installed == NULL || (plan->late && ps->step->package != NULL))
		return 0;
	rc = rpath_parse(l->s->a, arena_printf(l->s->a, "%s/%s", rpath_str(plan->sadm_pkg),
					       ps->instance), &path, e);
	if (rc < 0)
		return rc;
	rc = tree_stat(plan->root->tree, path, &st, e);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	op = oplist_add(l, S_ISDIR(st.st_mode) ? OP_REMOVE_TREE : OP_REMOVE, rpath_str(path));
	op_attr_of(&st, &op->was);
	dirs_replace(plan->dirs, rpath_str(path));
	return 0;
}

static int ops_list(struct oplist *l, struct error *e)
{
	const struct plan *plan = l->s->plan;
	size_t i;
	int rc = 0;

	for (i = 0; i < plan->nitems; i++)
		note_gone(l, &plan->items[i]);
	for (i = 0; i < plan->nitems; i++)
		lose_setid(l, &plan->items[i]);
	for (i = 0; i < plan->nitems; i++)
		make_way(l, &plan->items[i]);
	for (i = 0; rc == 0 && i < plan->nsteps; i++)
		rc = view_makes_way(l, &plan->steps[i], e);
	place_trees(l);
	for (i = 0; rc == 0 && i < plan->nitems; i++)
		rc = place_item(l, &plan->items[i], e);
	for (i = 0; rc == 0 && i < l->s->views.n; i++)
		rc = place(l, l->s->views.v[i], NULL, e);
	for (i = 0; i < plan->nitems; i++)
		oplist_attribute(l, &plan->items[i]);
	for (i = 0; i < plan->nputs; i++)
		if (plan->puts[i].type == 0)
			oplist_add(l, OP_REMOVE, rpath_str(plan->puts[i].path))->was =
				plan->puts[i].was;
	/* Backwards: what is in a directory before the directory. */
	for (i = plan->nitems; i-- > 0;)
		take_away(l, &plan->items[i]);
	return rc;
}

int ops_build(struct stage *s, struct op **ret, size_t *ret_n, struct error *e)
{
	struct oplist l = { .s = s, .gone = strmap_new(64) };
	int rc = (s->plan->scripted && !s->plan->late) || s->folded ? oplist_walk(&l, e) :
								       ops_list(&l, e);

	if (rc == 0) {
		*ret = arena_calloc(s->a, l.v.n, sizeof(**ret));
		if (l.v.n > 0)
			memcpy(*ret, l.v.v, l.v.n * sizeof(**ret));
		*ret_n = l.v.n;
	}
	strmap_free(l.gone);
	VEC_FREE(&l.v);
	return rc;
}
