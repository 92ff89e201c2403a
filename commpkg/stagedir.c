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

static int open_trees(struct arena *a, struct stagedir *d, struct error *e)
{
	const struct rpath new = { "new" };
	int rc = volumes_tree(&d->volumes, arena_printf(a, "txn/%s", d->name), 0700, true,
			      &d->txn, e);

	return rc < 0 ? rc : tree_open_each(d->txn, new, 0700, true, &d->new, e);
}

/* Which volumes it has is written down before anything is on them. */
int stagedir_make(struct arena *a, const struct stagedir_place *place, int64_t n,
		  struct stagedir *ret, struct error *e)
{
	struct stagedir d = { .name = random_name(a, n) };
	int rc = 0;

	if (place->nvolumes > 0)
		rc = txn_volumes_set(place->db, n, place->volumes, place->nvolumes, e);
	if (rc == 0)
		rc = volumes_open(a, place->root, place->state, place->volumes, place->nvolumes,
				  true, &d.volumes, e);
	if (rc == 0)
		rc = open_trees(a, &d, e);
	if (rc < 0) {
		stagedir_discard(&d);
		stagedir_close(&d);
		return error_prefix(e, "making the stage");
	}
	*ret = d;
	return 0;
}

int stagedir_add_scripts(struct stagedir *d, struct error *e)
{
	const struct rpath pay = { "pay" }, data = { "data" };
	int rc = tree_open_each(d->txn, pay, 0700, true, &d->pay, e);

	if (rc == 0)
		rc = tree_open_below(d->txn, data, 0700, true, &d->data, e);
	/* Scripts read it, some of them not as root; txn/ above it is 0700. */
	if (rc == 0)
		rc = tree_chmod(d->data, rpath_root(), 0755, e);
	return rc;
}

void stagedir_discard(struct stagedir *d)
{
	struct arena *a = arena_new();

	if (d->name != NULL) /* what stays, recovery deletes */
		(void)volumes_remove(&d->volumes, arena_printf(a, "txn/%s", d->name), NULL);
	arena_free(a);
}

void stagedir_close(struct stagedir *d)
{
	tree_close(d->data);
	tree_close(d->pay);
	tree_close(d->new);
	tree_close(d->txn);
	volumes_close(&d->volumes);
	d->new = d->txn = d->pay = d->data = NULL;
}
