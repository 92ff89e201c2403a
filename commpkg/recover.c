/* What an earlier run left behind. */
#include "recover.h"

#include <stdio.h>
#include <stdlib.h>

#include "commit.h"
#include "formats/cleanup.h"
#include "procedures.h"
#include "session.h"

struct telling {
	void (*told)(void *ctx, const char *words);
	void *ctx;
	struct arena *a;
	const enum cage_policy *policy;
};

static void tell(struct telling *t, const char *words)
{
	if (t->told != NULL)
		t->told(t->ctx, words);
}

int recover_needed(struct pkgdb *db, struct arena *a, struct txn *ret, struct error *e)
{
	return txn_pending(db, a, ret, e);
}

static void tell_on(void *ctx, const char *words)
{
	tell(ctx, words);
}

static void script_ended(void *ctx, const char *instance, const char *script, int status)
{
	struct telling *t = ctx;

	tell(t, arena_printf(t->a, "script '%s' of package '%s' ran: exit %d", script, instance,
			     status));
}

static int finish_pending(struct root *root, struct tree *state, struct pkgdb *db,
			  struct telling *t, struct error *e)
{
	const struct procedures_watch scripts = { .ctx = t, .ended = script_ended };
	const struct commit_watch watch = { .ctx = t, .told = tell_on, .scripts = &scripts,
					    .policy = t->policy };
	struct error why = ERROR_INIT;
	struct txn txn;
	int rc = txn_pending(db, t->a, &txn, e);

	if (rc <= 0)
		return rc;
	rc = commit_carry_out(root, state, db, txn.n, &watch, &why, e);
	if (rc < 0)
		return rc;
	if (rc == 0)
		tell(t, arena_printf(t->a, "transaction %lld (%s) was interrupted after it was "
				     "sealed; it is finished now", (long long)txn.n, txn.verb));
	else
		tell(t, arena_printf(t->a, "transaction %lld (%s) was interrupted and could not "
				     "be finished; it is taken back, and the root is as before%s%s",
				     (long long)txn.n, txn.verb, why.code != 0 ? ": " : "",
				     why.code != 0 ? why.text : ""));
	return 0;
}

/* What becomes of a stage that is left: its transaction was over, or never sealed, and then it
 * never touched the root. */
static int tell_of_stage(struct pkgdb *db, struct telling *t, const char *name, struct error *e)
{
	size_t len = strcspn(name, "-");
	struct txn txn;
	uint64_t n;
	int rc = 0;

	if (str_to_u64(name, len, 10, INT64_MAX, &n))
		rc = txn_find(db, t->a, (int64_t)n, &txn, e);
	if (rc < 0)
		return rc;
	if (rc > 0 && txn.stage != NULL && str_eq(txn.stage, name))
		tell(t, arena_printf(t->a, "transaction %lld (%s) had been %s when it was "
				     "interrupted; what it left is cleared away", (long long)txn.n,
				     txn.verb, txn.state == TXN_REVERSED ? "taken back" :
				     "carried out"));
	else
		tell(t, arena_printf(t->a, "what transaction %.*s had prepared before it "
				     "was interrupted is discarded; the root was not "
				     "touched", (int)len, name));
	return 0;
}

/* `db`: aloud; NULL: of another volume, and told of already. */
static int delete_stages(struct tree *state, struct pkgdb *db, struct telling *t, struct error *e)
{
	const char **names;
	struct rpath dir, p;
	size_t n, i;
	int rc = rpath_parse(t->a, "txn", &dir, e);

	if (rc == 0)
		rc = tree_list(state, t->a, dir, &names, &n, e);
	if (rc == -ENOENT)
		return 0;
	for (i = 0; rc == 0 && i < n; i++) {
		rc = rpath_join(t->a, dir, names[i], &p, e);
		if (rc == 0)
			rc = tree_remove_all(state, p, e);
		if (rc == 0 && db != NULL)
			rc = tell_of_stage(db, t, names[i], e);
	}
	return rc;
}

/* Is there a transaction that still keeps undo/NAME ("N", or "N.K" on other volumes)? */
static int keeps_undo(struct pkgdb *db, struct arena *a, const char *name, bool *ret,
		      struct error *e)
{
	struct txn t;
	uint64_t n;
	int rc;

	*ret = false;
	if (!str_to_u64(name, strcspn(name, "."), 10, INT64_MAX, &n))
		return 0;
	rc = txn_find(db, a, (int64_t)n, &t, e);
	*ret = rc > 0 && t.keeps && t.state != TXN_REVERSED;
	return rc < 0 ? rc : 0;
}

static int delete_undo(struct tree *state, struct pkgdb *db, struct telling *t, struct error *e)
{
	const char **names;
	struct rpath dir, p;
	size_t n, i;
	bool keep;
	int rc = rpath_parse(t->a, "undo", &dir, e);

	if (rc == 0)
		rc = tree_list(state, t->a, dir, &names, &n, e);
	if (rc == -ENOENT)
		return 0;
	for (i = 0; rc == 0 && i < n; i++) {
		rc = keeps_undo(db, t->a, names[i], &keep, e);
		if (rc == 0 && !keep)
			rc = rpath_join(t->a, dir, names[i], &p, e);
		if (rc == 0 && !keep)
			rc = tree_remove_all(state, p, e);
	}
	return rc;
}

/* Rows of volumes were written for a transaction that was not sealed: it never was. */
static int forget_volumes(struct pkgdb *db, struct telling *t, struct error *e)
{
	struct txn_volume *rows;
	size_t n, i;
	int64_t next;
	int rc = txn_next(db, &next, e);

	if (rc == 0)
		rc = txn_volumes(db, t->a, 0, &rows, &n, e);
	for (i = 0; rc == 0 && i < n; i++)
		if (rows[i].n >= next)
			rc = txn_volumes_set(db, rows[i].n, NULL, 0, e);
	return rc;
}

/* On other volumes, if they are mounted: else when they are again. */
static int clean_volumes(struct root *root, struct tree *state, struct pkgdb *db,
			 struct telling *t, struct error *e)
{
	struct volumes vs;
	size_t i;
	int rc = volumes_open_all(t->a, root, state, db, &vs, e);

	if (rc == -ENOENT) {
		error_clear(e);
		rc = 0;
	}
	for (i = 1; rc == 0 && i < vs.n; i++) {
		if (vs.v[i].dir == NULL)
			continue;
		rc = delete_stages(vs.v[i].dir, NULL, t, e);
		if (rc == 0)
			rc = delete_undo(vs.v[i].dir, db, t, e);
	}
	volumes_tidy(&vs);
	if (rc == 0 && vs.n > 1)
		rc = forget_volumes(db, t, e);
	volumes_close(&vs);
	return rc;
}

int recover_root(struct root *root, struct tree *state, struct pkgdb *db,
		 const enum cage_policy *policy, void (*told)(void *ctx, const char *words),
		 void *ctx, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct telling t = { .told = told, .ctx = ctx, .a = a, .policy = policy };
	int rc = finish_pending(root, state, db, &t, e);

	if (rc == 0)
		rc = delete_stages(state, db, &t, e);
	if (rc == 0)
		rc = delete_undo(state, db, &t, e);
	if (rc == 0)
		rc = clean_volumes(root, state, db, &t, e);
	return rc;
}

int recover_run(const char *root_path, int lock_wait, const enum cage_policy *policy,
		void (*waiting)(void *ctx, const char *holder),
		void (*told)(void *ctx, const char *words), void *ctx, struct error *e)
{
	struct session_options o = {
		.who = "commpkg recover", .lock_wait = lock_wait, .waiting = waiting,
		.told = told, .ctx = ctx, .policy = policy,
	};
	struct session s;
	int rc = session_open(root_path, &o, &s, e);

	if (rc == -E_NOT_FOUND)
		return 0;
	session_close(&s);
	return rc;
}
