/* Remembered answers to "is this directory there?". */
#include "dirs.h"

struct node {
	const char *path;
	const struct node *parent;	/* NULL for the root */
	bool exists;			/* as a directory, and stays one */
	bool in_the_way;		/* something else is there, and stays */
	uint64_t mount;			/* of the nearest that is there */
	enum tree_fixed fixed;
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
	struct tree_look look = { .mount = 0 };

	d->a = a;
	d->root = root;
	d->nodes = strmap_new(1024);
	(void)tree_look(root, rpath_root(), &look, NULL); /* open: it is there */
	d->top = (struct node){ .path = "", .exists = true, .mount = look.mount,
				.fixed = look.fixed };
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
	const struct node *n;

	if (slash == NULL)
		return "";
	n = strmap_find_part(d->nodes, path, (size_t)(slash - path));
	return n != NULL ? n->path : arena_strndup(d->a, path, (size_t)(slash - path));
}

/* Asks the root about one directory whose parent is known. */
static void node_look(struct dirs *d, struct node *n)
{
	struct tree_look look;
	struct rpath path;

	if (!n->parent->exists)
		return;
	if (rpath_parse(d->a, n->path, &path, NULL) < 0)
		return;
	if (tree_look(d->root, path, &look, NULL) < 0)
		return;
	n->exists = S_ISDIR(look.st.st_mode);
	n->in_the_way = !n->exists;
	if (!n->exists)
		return; /* what could be made there lies where the one above does */
	n->mount = look.mount;
	n->fixed = look.fixed;
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

enum tree_fixed dirs_fixed(struct dirs *d, const char *dir)
{
	return node_get(d, dir)->fixed;
}
