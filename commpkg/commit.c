/* Carrying out what was sealed: apply, settle, or take it all back. */
#include "commit.h"

#include "apply.h"
#include "formats/cleanup.h"

static int delete_below(struct tree *state, struct arena *a, const char *what, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(a, what, &p, e);

	return rc < 0 ? rc : tree_remove_all(state, p, e);
}

static int mark(struct pkgdb *db, const struct txn *t, enum txn_state state, struct error *e)
{
	int rc = pkgdb_begin(db, e);

	if (rc == 0)
		rc = txn_set_state(db, t->n, state, e);
	if (rc == 0)
		rc = pkgdb_commit(db, e);
	if (rc < 0)
		pkgdb_abort(db);
	return rc;
}

/* Settled; and what an undo brought back is where it was, so the store it came from is given
 * up (the same files would have two names otherwise). A redo has a store of its own. */
static int mark_settled(struct pkgdb *db, const struct txn *t, struct error *e)
{
	int rc = pkgdb_begin(db, e);

	if (rc == 0)
		rc = txn_set_state(db, t->n, TXN_SETTLED, e);
	if (rc == 0 && t->undoes != 0)
		rc = txn_set_keeps(db, t->undoes, false, e);
	if (rc == 0)
		rc = pkgdb_commit(db, e);
	if (rc < 0)
		pkgdb_abort(db);
	return rc;
}

static void drop_undo(struct tree *state, struct arena *a, int64_t n)
{
	(void)delete_below(state, a, arena_printf(a, "undo/%lld", (long long)n), NULL);
}

/* Synced, marked, cleaned up; only then may anybody say that it is done. What can't be
 * cleaned up now is garbage that recovery deletes. */
static int settle(struct root *root, struct tree *state, struct pkgdb *db, const struct txn *t,
		  struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	int rc = tree_sync(root->tree, e);

	if (rc == 0)
		rc = mark_settled(db, t, e);
	if (rc < 0)
		return rc;
	(void)delete_below(state, a, arena_printf(a, "txn/%s", t->stage), NULL);
	if (!t->keeps)
		drop_undo(state, a, t->n);
	if (t->undoes != 0)
		drop_undo(state, a, t->undoes);
	return 0;
}

static int reverse_rows(struct pkgdb *db, const struct txn *t, struct error *e)
{
	int rc = pkgdb_begin(db, e);

	if (rc == 0)
		rc = pkgdb_reverse(db, t->n, e);
	if (rc == 0)
		rc = pkgdb_commit(db, e);
	if (rc < 0)
		pkgdb_abort(db);
	return rc;
}

static int take_back(struct root *root, struct tree *state, struct pkgdb *db,
		     const struct txn *t, struct apply *ap, const struct op *ops, size_t n,
		     struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	int rc = t->state == TXN_REVERSING ? 0 : mark(db, t, TXN_REVERSING, e);

	if (rc == 0)
		rc = apply_back(ap, ops, n, e);
	if (rc == 0)
		rc = tree_sync(root->tree, e);
	if (rc == 0)
		rc = reverse_rows(db, t, e);
	if (rc < 0) {
		(void)error_prefix(e, "transaction %lld could neither be finished nor taken "
				   "back (what it replaced is in %s/" ROOT_STATE_DIR
				   "/undo/%lld/old)", (long long)t->n,
				   root->live ? "" : root->path, (long long)t->n);
		(void)error_hint(e, "mend what is in the way, then: commpkg recover -R %s",
				 root->path);
		if (e != NULL)
			e->code = E_RECOVERY;
		return -E_RECOVERY;
	}
	(void)delete_below(state, a, arena_printf(a, "txn/%s", t->stage), NULL);
	(void)delete_below(state, a, arena_printf(a, "undo/%lld", (long long)t->n), NULL);
	return 1;
}

int commit_carry_out(struct root *root, struct tree *state, struct pkgdb *db, int64_t n,
		     commit_progress progress, void *ctx, struct error *why, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct apply ap;
	struct txn t;
	struct op *ops;
	size_t nops;
	int rc = txn_find(db, a, n, &t, e);

	if (rc == 0)
		return error_set(e, E_DB, "transaction %lld is not in the database", (long long)n);
	if (rc > 0)
		rc = txn_ops(db, a, n, &ops, &nops, e);
	if (rc == 0)
		rc = apply_open(root, state, n, t.stage, &ap, e);
	if (rc < 0)
		return rc;
	ap.progress = progress;
	ap.ctx = ctx;
	rc = -1;
	if (t.state == TXN_SEALED)
		rc = apply_forward(&ap, ops, nops, why);
	if (rc == 0)
		rc = settle(root, state, db, &t, why);
	if (rc < 0)
		rc = take_back(root, state, db, &t, &ap, ops, nops, e);
	apply_close(&ap);
	return rc;
}
