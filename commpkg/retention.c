/* How long the way back is kept. */
#include "retention.h"

#include <stdlib.h>

#include "formats/cleanup.h"
#include "undo.h"
#include "volumes.h"

#define KEEP_TRANSACTIONS "undo.keep"
#define KEEP_BYTES "undo.keep-bytes"

/* ---- settings: of a root, so of strangers */

static int get_number(struct pkgdb *db, const char *key, uint64_t usual, uint64_t *ret,
		      struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *text;
	uint64_t n;
	int rc = pkgdb_setting_get(db, a, key, &text, e);

	if (rc < 0)
		return rc;
	*ret = usual;
	if (text == NULL)
		return 0;
	if (!str_to_u64(text, strlen(text), 10, INT64_MAX, &n))
		return error_set(e, E_DB, "cannot read setting '%s': '%.64s' is no number", key,
				 text);
	*ret = n;
	return 0;
}

int retention_get(struct pkgdb *db, struct retention *ret, struct error *e)
{
	struct retention r;
	int rc = get_number(db, KEEP_TRANSACTIONS, RETENTION_TRANSACTIONS, &r.transactions, e);

	if (rc == 0)
		rc = get_number(db, KEEP_BYTES, RETENTION_UNLIMITED, &r.bytes, e);
	if (rc == 0)
		*ret = r;
	return rc;
}

static int set_number(struct pkgdb *db, const char *key, uint64_t n, struct error *e)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	return pkgdb_setting_set(db, key, n == RETENTION_UNLIMITED ? NULL : text, e);
}

int retention_set(struct pkgdb *db, const struct retention *r, struct error *e)
{
	int rc = set_number(db, KEEP_TRANSACTIONS, r->transactions, e);

	return rc < 0 ? rc : set_number(db, KEEP_BYTES, r->bytes, e);
}

/* ---- what stores take */

/* Names that other directories have too are not given back by deleting this one. */
static int usage(struct tree *state, struct rpath p, uint64_t *bytes, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char **names;
	struct rpath child;
	struct stat st;
	size_t n = 0, i;
	int rc = tree_stat(state, p, &st, e);

	if (rc < 0)
		return rc;
	if (S_ISDIR(st.st_mode) || st.st_nlink == 1)
		*bytes += (uint64_t)st.st_blocks * 512;
	if (S_ISDIR(st.st_mode))
		rc = tree_list(state, a, p, &names, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		rc = rpath_join(a, p, names[i], &child, e);
		if (rc == 0)
			rc = usage(state, child, bytes, e);
	}
	return rc;
}

static int part_usage(struct arena *a, const struct volume *v, int64_t n, uint64_t *bytes,
		      struct error *e)
{
	const char *name = volumes_name(a, v, arena_printf(a, "undo/%lld", (long long)n));
	struct rpath p;
	int rc = rpath_parse(a, name, &p, e);

	if (rc < 0 || v->dir == NULL || !tree_exists(v->dir, p))
		return rc;
	rc = usage(v->dir, p, bytes, e);
	return rc == -EACCES ? (error_clear(e), 0) : rc; /* a dry run by somebody else */
}

/* What is not mounted counts for nothing: it takes no room here. */
static int store_usage(struct root *root, struct tree *state, struct pkgdb *db, int64_t n,
		       uint64_t *ret, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct volumes vs;
	size_t i;
	int rc = 0;

	*ret = 0;
	if (state == NULL)
		return 0;
	(void)volumes_open_txn(a, root, state, db, n, &vs, NULL);
	for (i = 0; rc == 0 && i < vs.n; i++)
		rc = part_usage(a, &vs.v[i], n, ret, e);
	volumes_close(&vs);
	return rc;
}

/* ---- what is due */

struct looking {
	struct arena *a;
	struct root *root;
	struct pkgdb *db;
	struct tree *state;
	const struct retention *keep;
	struct txn *all;		/* as they will be */
	size_t n;
	const struct txn **stack;	/* in force, oldest first */
	size_t depth;
};

static int look_at(struct looking *l, const struct txn *coming, struct error *e)
{
	struct txn *all;
	int rc = txn_list(l->db, l->a, &all, &l->n, e);

	if (rc < 0)
		return rc;
	l->all = arena_calloc(l->a, l->n + 1, sizeof(*l->all));
	if (l->n > 0)
		memcpy(l->all, all, l->n * sizeof(*l->all));
	if (coming != NULL)
		l->all[l->n++] = *coming;
	l->stack = arena_calloc(l->a, l->n + 1, sizeof(*l->stack));
	l->depth = undo_effective(l->all, l->n, l->stack);
	return 0;
}

static int64_t last_of(const struct looking *l)
{
	return l->n > 0 ? l->all[l->n - 1].n : 0;
}

/* From the newest but the last back: the first that does not fit. */
static int due_by_bytes(const struct looking *l, int64_t *upto, struct error *e)
{
	uint64_t bytes, left = l->keep->bytes;
	size_t i;
	int rc;

	if (left == RETENTION_UNLIMITED)
		return 0;
	for (i = l->depth; i-- > 0;) {
		if (!l->stack[i]->keeps || l->stack[i]->n == last_of(l))
			continue;
		rc = store_usage(l->root, l->state, l->db, l->stack[i]->n, &bytes, e);
		if (rc < 0)
			return rc;
		if (bytes > left) {
			*upto = l->stack[i]->n > *upto ? l->stack[i]->n : *upto;
			return 0;
		}
		left -= bytes;
	}
	return 0;
}

static int find_upto(const struct looking *l, int64_t *ret, struct error *e)
{
	uint64_t keep = l->keep->transactions;

	*ret = 0;
	if (keep == 0)
		*ret = last_of(l);
	else if (keep < l->depth)
		*ret = l->stack[l->depth - keep - 1]->n;
	return due_by_bytes(l, ret, e);
}

static bool in_force(const struct looking *l, const struct txn *t)
{
	size_t i;

	for (i = 0; i < l->depth; i++)
		if (l->stack[i] == t)
			return true;
	return false;
}

static void find_dead(const struct looking *l, struct retention_due *due)
{
	size_t i;

	due->dead = arena_calloc(l->a, l->n + 1, sizeof(*due->dead));
	for (i = 0; i + 1 < l->n; i++)
		if (l->all[i].keeps && l->all[i].n > due->upto && !in_force(l, &l->all[i]))
			due->dead[due->ndead++] = l->all[i].n;
}

int retention_look(struct arena *a, struct root *root, struct pkgdb *db, struct tree *state,
		   const struct retention *r, struct retention_due *ret, struct error *e)
{
	struct looking l = { .a = a, .root = root, .db = db, .state = state, .keep = r };
	struct retention_due due = { .upto = 0 };
	int rc = look_at(&l, NULL, e);

	if (rc == 0)
		rc = find_upto(&l, &due.upto, e);
	if (rc < 0)
		return rc;
	find_dead(&l, &due);
	*ret = due;
	return 0;
}

static bool goes(const struct retention_due *due, int64_t n)
{
	size_t i;

	for (i = 0; n > due->upto && i < due->ndead && due->dead[i] != n; i++)
		;
	return n <= due->upto || i < due->ndead;
}

int retention_measure(struct root *root, struct pkgdb *db, struct tree *state,
		      struct retention_due *due, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	uint64_t bytes, sum = 0;
	struct txn *all;
	size_t n, i, k = 0;
	int rc = txn_list(db, a, &all, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		if (!all[i].keeps || !goes(due, all[i].n))
			continue;
		rc = store_usage(root, state, db, all[i].n, &bytes, e);
		sum += bytes;
		k++;
	}
	if (rc < 0)
		return rc;
	due->bytes = sum;
	due->n = k;
	return 0;
}

int retention_foretell(struct root *root, struct pkgdb *db, struct tree *state,
		       const struct txn *coming, int64_t *ret, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct retention keep;
	struct looking l = { .a = a, .root = root, .db = db, .state = state, .keep = &keep };
	int64_t upto = 0;
	size_t i;
	int rc = retention_get(db, &keep, e);

	if (rc == 0)
		rc = look_at(&l, coming, e);
	if (rc == 0)
		rc = find_upto(&l, &upto, e);
	if (rc < 0)
		return rc;
	*ret = upto >= coming->n ? coming->n : 0;
	for (i = 0; *ret == 0 && i < l.depth; i++)
		if (l.stack[i]->n <= upto && l.stack[i]->keeps)
			*ret = upto;
	return 0;
}

/* ---- giving it up */

int retention_write(struct pkgdb *db, const struct retention_due *due, struct error *e)
{
	size_t i;
	int rc = due->upto > 0 ? pkgdb_prune(db, due->upto, e) : 0;

	for (i = 0; rc == 0 && i < due->ndead; i++)
		rc = txn_set_keeps(db, due->dead[i], false, e);
	return rc;
}

/* "N" in the state directory, "N.K" on other volumes. */
static void sweep_store(struct arena *a, struct tree *store, const struct retention_due *due)
{
	const struct rpath dir = { "undo" };
	const char **names;
	struct rpath p;
	uint64_t number;
	size_t n, i;

	if (tree_list(store, a, dir, &names, &n, NULL) < 0)
		return;
	for (i = 0; i < n; i++)
		if (str_to_u64(names[i], strcspn(names[i], "."), 10, INT64_MAX, &number) &&
		    goes(due, (int64_t)number) && rpath_join(a, dir, names[i], &p, NULL) == 0)
			(void)tree_remove_all(store, p, NULL); /* what stays, recovery deletes */
}

void retention_sweep(struct root *root, struct tree *state, struct pkgdb *db,
		     const struct retention_due *due)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct volumes vs;
	size_t i;

	if (due->upto == 0 && due->ndead == 0)
		return;
	(void)volumes_open_all(a, root, state, db, &vs, NULL); /* those that are mounted */
	for (i = 0; i < vs.n; i++)
		if (vs.v[i].dir != NULL)
			sweep_store(a, vs.v[i].dir, due);
	volumes_tidy(&vs);
	volumes_close(&vs);
}
