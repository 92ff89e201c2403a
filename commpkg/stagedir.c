/* The directory of a stage. */
#include "stagedir.h"

#include <sys/random.h>

static const char *random_name(struct arena *a, int64_t n)
{
	uint64_t r;

	/* 64 bits from the kernel: it blocks only before the pool is ready at boot. */
	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		r = (uint64_t)(uintptr_t)a;
	return arena_printf(a, "%lld-%016llx", (long long)n, (unsigned long long)r);
}

static int open_trees(struct arena *a, struct tree *state, struct stagedir *d, struct error *e)
{
	struct tree *all = NULL;
	struct rpath p;
	int rc = rpath_parse(a, "txn", &p, e);

	if (rc == 0)
		rc = tree_open_below(state, p, 0700, false, &all, e);
	if (rc == 0)
		rc = rpath_parse(a, d->name, &p, e);
	if (rc == 0)
		rc = tree_open_below(all, p, 0700, true, &d->txn, e);
	if (rc == 0)
		rc = rpath_parse(a, "new", &p, e);
	if (rc == 0)
		rc = tree_open_below(d->txn, p, 0700, true, &d->new, e);
	tree_close(all);
	return rc;
}

int stagedir_make(struct arena *a, struct tree *state, int64_t n, struct stagedir *ret,
		  struct error *e)
{
	struct stagedir d = { .name = random_name(a, n) };
	int rc = open_trees(a, state, &d, e);

	if (rc < 0) {
		stagedir_discard(&d, state);
		stagedir_close(&d);
		return error_prefix(e, "making the stage");
	}
	*ret = d;
	return 0;
}

static int add_tree(struct arena *a, struct tree *in, const char *name, struct tree **ret,
		    struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(a, name, &p, e);

	return rc < 0 ? rc : tree_open_below(in, p, 0700, true, ret, e);
}

int stagedir_add_scripts(struct arena *a, struct stagedir *d, struct error *e)
{
	int rc = add_tree(a, d->txn, "pay", &d->pay, e);

	if (rc == 0)
		rc = add_tree(a, d->txn, "data", &d->data, e);
	/* Scripts read it, some of them not as root; txn/ above it is 0700. */
	if (rc == 0)
		rc = tree_chmod(d->data, rpath_root(), 0755, e);
	return rc;
}

void stagedir_discard(struct stagedir *d, struct tree *state)
{
	struct arena *a = arena_new();
	struct rpath p;

	if (d->name != NULL &&
	    rpath_parse(a, arena_printf(a, "txn/%s", d->name), &p, NULL) == 0)
		(void)tree_remove_all(state, p, NULL); /* what stays, recovery deletes */
	arena_free(a);
}

void stagedir_close(struct stagedir *d)
{
	tree_close(d->data);
	tree_close(d->pay);
	tree_close(d->new);
	tree_close(d->txn);
	d->new = d->txn = d->pay = d->data = NULL;
}
