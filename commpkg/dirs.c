/* Remembered answers to "is this directory there?". */
#include "dirs.h"

struct node {
	const char *path;
	const struct node *parent;	/* NULL for the root */
	bool exists;			/* as a directory, and stays one */
	bool in_the_way;		/* something else is there, and stays */
	uint64_t mount;			/* of the nearest that is there */
};

struct dirs {
	struct arena *a;
	struct tree *root;
	struct strmap *nodes;
	struct node top;
};

struct dirs *dirs_new(struct arena *a, struct tree *root)
{
	struct dirs *d = arena_alloc(a, sizeof(*d));

	d->a = a;
	d->root = root;
	d->nodes = strmap_new(1024);
	d->top = (struct node){ .path = "", .exists = true };
	(void)tree_mount(root, rpath_root(), &d->top.mount, NULL); /* open: it has one */
	return d;
}

void dirs_free(struct dirs *d)
{
	if (d != NULL)
		strmap_free(d->nodes);
}

const char *dirs_parent(struct dirs *d, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? "" : arena_strndup(d->a, path, (size_t)(slash - path));
}

/* Asks the root about one directory whose parent is known. */
static void node_look(struct dirs *d, struct node *n)
{
	struct rpath path;
	struct stat st;

	if (!n->parent->exists)
		return;
	if (rpath_parse(d->a, n->path, &path, NULL) < 0)
		return;
	if (tree_stat(d->root, path, &st, NULL) < 0)
		return;
	n->exists = S_ISDIR(st.st_mode);
	n->in_the_way = !n->exists;
	if (n->exists)
		(void)tree_mount(d->root, path, &n->mount, NULL); /* else: as above */
}

static struct node *node_get(struct dirs *d, const char *dir)
{
	struct node *n;

	if (dir[0] == '\0')
		return &d->top;
	n = strmap_find(d->nodes, dir);
	if (n != NULL)
		return n;
	n = arena_alloc(d->a, sizeof(*n));
	n->path = arena_strdup(d->a, dir);
	n->parent = node_get(d, dirs_parent(d, dir));
	n->mount = n->parent->mount;
	node_look(d, n);
	(void)strmap_put(d->nodes, n->path, n);
	return n;
}

void dirs_replace(struct dirs *d, const char *dir)
{
	struct node *n = node_get(d, dir);

	n->exists = false;
	n->in_the_way = false;
}

bool dirs_exists(struct dirs *d, const char *dir)
{
	return node_get(d, dir)->exists;
}

const char *dirs_in_the_way(struct dirs *d, const char *dir)
{
	const struct node *n;

	for (n = node_get(d, dir); n != NULL; n = n->parent)
		if (n->in_the_way)
			return n->path;
	return NULL;
}

const char *dirs_topmost_new(struct dirs *d, const char *dir)
{
	const struct node *n, *top = NULL;

	for (n = node_get(d, dir); n != NULL && !n->exists; n = n->parent)
		top = n;
	return top != NULL ? top->path : NULL;
}

const char *dirs_mount(struct dirs *d, const char *dir, uint64_t *ret_id)
{
	const struct node *n = node_get(d, dir);

	*ret_id = n->mount;
	while (n->parent != NULL && n->parent->mount == n->mount)
		n = n->parent;
	return n->path;
}
