/* Carrying out what was sealed: apply, settle, or take it all back. */
#include "commit.h"

#include "apply.h"
#include "boot.h"
#include "formats/cleanup.h"
#include "late.h"
#include "pkgdb/svr4view.h"
#include "retention.h"

#include <time.h>

/* An error from the commit does not say which side of it we are on: the rows may be there
 * and only the last sync have failed. So the database is asked, and synced once more
 * before anything in the root follows from the answer. */
int commit_ask(struct pkgdb *db, commit_answer *there, const void *ctx, struct tree *on,
	       struct error *e)
{
	struct error asking = ERROR_INIT;
	int is, rc = pkgdb_commit(db, e);

	if (rc == 0)
		return 0;
	pkgdb_abort(db);
	is = there(db, ctx, &asking);
	if (is == 0)
		return rc;
	if (is > 0 && tree_sync(on, &asking) == 0) {
		error_clear(e);
		return 0;
	}
	if (e != NULL)
		e->code = E_RECOVERY;
	(void)error_hint(e, "when the disk works again: commpkg recover");
	return -E_RECOVERY;
}

struct moment {
	int64_t n;
	enum txn_state state;
};

static int is_in_state(struct pkgdb *db, const void *ctx, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct moment *m = ctx;
	struct txn t;
	int rc = txn_find(db, a, m->n, &t, e);

	return rc > 0 ? t.state == m->state : rc;
}

int commit_moment(struct pkgdb *db, int64_t n, enum txn_state state, struct tree *on,
		  struct error *e)
{
	const struct moment m = { .n = n, .state = state };

	return commit_ask(db, is_in_state, &m, on, e);
}

/* With SETTLED what an undo brought back is where it was, so the store it came from is given
 * up (the same files would have two names otherwise). A redo has a store of its own. What is
 * `due` by the root's retention (NULL: nothing) goes in the same commit and costs nothing. */
static int mark(struct pkgdb *db, const struct txn *t, enum txn_state state,
		const struct retention_due *due, const int64_t *undone, size_t nundone,
		struct tree *on, struct error *e)
{
	size_t i;
	int rc = pkgdb_begin(db, e);

	if (rc == 0)
		rc = txn_set_state(db, t->n, state, e);
	if (rc == 0 && state == TXN_SETTLED)
		rc = txn_scripts_over(db, t->n, e);
	if (rc == 0 && state == TXN_SETTLED)
		rc = boot_over(db, t, e);
	for (i = 0; rc == 0 && i < nundone; i++)
		rc = txn_set_keeps(db, undone[i], false, e);
	if (rc == 0 && due != NULL)
		rc = retention_write(db, due, e);
	if (rc == 0)
		return commit_moment(db, t->n, state, on, e);
	pkgdb_abort(db);
	return rc;
}

/* Best effort, here and below: recovery deletes what stays. */
static void drop_undo(const struct volumes *vs, int64_t n)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "undo/%lld", (long long)n);
	(void)volumes_remove(vs, name, NULL);
}

static void drop_stage(const struct volumes *vs, struct arena *a, const struct txn *t)
{
	(void)volumes_remove(vs, arena_printf(a, "txn/%s", t->stage), NULL);
}

/* Those whose store an undo has used up. */
static int find_undone(struct pkgdb *db, struct arena *a, const struct txn *t, int64_t **ret,
		       size_t *ret_n, struct error *e)
{
	struct txn *all;
	size_t n = 0, i, k = 0;
	int rc = t->undoes != 0 ? txn_list(db, a, &all, &n, e) : 0;

	*ret = arena_calloc(a, n + 1, sizeof(**ret));
	for (i = 0; i < n; i++)
		if (all[i].keeps && all[i].n >= t->undoes_first && all[i].n <= t->undoes)
			(*ret)[k++] = all[i].n;
	*ret_n = k;
	return rc;
}

static void drop_undone(struct root *root, struct tree *state, struct pkgdb *db,
			struct arena *a, int64_t n)
{
	struct volumes vs;

	(void)volumes_open_txn(a, root, state, db, n, &vs, NULL); /* those that are mounted */
	drop_undo(&vs, n);
	volumes_close(&vs);
}

/* A setting that can't be read is no reason to take a transaction back. */
static void look_at_retention(struct arena *a, struct root *root, struct pkgdb *db,
			      struct tree *state, struct retention_due *ret)
{
	struct retention keep;

	*ret = (struct retention_due){ .upto = 0 };
	if (retention_get(db, &keep, NULL) == 0)
		(void)retention_look(a, root, db, state, &keep, ret, NULL);
}

/* Synced, marked, cleaned up; only then may anybody say that it is done. What can't be
 * cleaned up now is garbage that recovery deletes. */
static int settle(struct apply *ap, struct tree *state, struct pkgdb *db, const struct txn *t,
		  struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct retention_due due;
	int64_t *undone = NULL;
	size_t nundone = 0, i;
	int rc = tree_sync(ap->new, e);

	look_at_retention(a, ap->root, db, state, &due);
	if (rc == 0)
		rc = find_undone(db, a, t, &undone, &nundone, e);
	if (rc == 0)
		rc = mark(db, t, TXN_SETTLED, &due, undone, nundone, state, e);
	if (rc < 0)
		return rc;
	drop_stage(&ap->volumes, a, t);
	if (!t->keeps)
		drop_undo(&ap->volumes, t->n);
	for (i = 0; i < nundone; i++)
		drop_undone(ap->root, state, db, a, undone[i]);
	retention_sweep(ap->root, state, db, &due);
	return 0;
}

static int reverse_rows(struct pkgdb *db, const struct txn *t, struct tree *on,
			struct error *e)
{
	int rc = pkgdb_begin(db, e);

	if (rc == 0)
		rc = pkgdb_reverse(db, t->n, e);
	if (rc == 0)
		rc = txn_scripts_over(db, t->n, e);
	if (rc == 0) /* the file is what it was before: the next one is made from the rows */
		rc = pkgdb_setting_set(db, SVR4VIEW_DIGEST, NULL, e);
	if (rc == 0)
		return commit_moment(db, t->n, TXN_REVERSED, on, e);
	pkgdb_abort(db);
	return rc;
}

/* Says of what is neither here nor there where its parts are. */
static int stuck(struct root *root, const struct txn *t, const char *what, struct error *e)
{
	(void)error_prefix(e, "transaction %lld %s (what it replaced is in %s/" ROOT_STATE_DIR
			   "/undo/%lld/old)", (long long)t->n, what,
			   root->live ? "" : root->path, (long long)t->n);
	if (e != NULL && (e->code != E_RECOVERY || e->hint[0] == '\0'))
		(void)error_hint(e, "mend what is in the way, then: commpkg recover -R %s",
				 root->path);
	if (e != NULL)
		e->code = E_RECOVERY;
	return -E_RECOVERY;
}

static int take_back(struct late *l, const struct commit_watch *watch, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	void (*told)(void *ctx, const char *words) = watch != NULL ? watch->told : NULL;
	void *ctx = watch != NULL ? watch->ctx : NULL;
	struct root *root = l->root;
	struct tree *state = l->state;
	struct pkgdb *db = l->db;
	struct apply *ap = l->ap;
	const struct txn *t = l->txn;
	int rc;

	tree_forget(root->tree); /* scripts may have been at work */
	rc = t->state == TXN_REVERSING ? 0 : mark(db, t, TXN_REVERSING, NULL, NULL, 0, state, e);
	if (rc == 0)
		late_services_stop(l, told, ctx);
	if (rc == 0)
		rc = apply_back(ap, l->ops, late_nops(l), e);
	if (rc == 0)
		rc = tree_sync(ap->new, e);
	if (rc == 0)
		late_services_start(l, told, ctx);
	if (rc == 0)
		rc = reverse_rows(db, t, state, e);
	if (rc < 0)
		return stuck(root, t, "could neither be finished nor taken back", e);
	drop_stage(&ap->volumes, a, t);
	drop_undo(&ap->volumes, t->n);
	return 1;
}

/* What scripts did besides is not ours to take back; but it is said. */
static void tell_traces(const struct late *l, const struct commit_watch *watch)
{
	struct late_traces traces = { .n = 0 };
	struct timespec now;

	if (l->began.tv_sec == 0 || watch == NULL || watch->told == NULL)
		return;
	late_missing(l, watch->told, watch->ctx);
	(void)clock_gettime(CLOCK_REALTIME, &now); /* can't fail */
	if (late_traces(l->a, l->root, l->ops, l->nops, &l->began, &now, &traces, NULL) < 0) {
		watch->told(watch->ctx, "what its scripts changed besides is not taken back");
		return;
	}
	late_traces_words(l->a, &traces, "not taken back", watch->told, watch->ctx);
}

static int carry_out(struct late *l, const struct commit_watch *watch, struct error *why,
		     struct error *e)
{
	struct root *root = l->root;
	struct txn *t = l->txn;
	int rc = -1;

	if (t->state == TXN_SEALED) {
		rc = late_run(l, why);
		if (rc == 0)
			rc = settle(l->ap, l->state, l->db, t, why);
	}
	if (rc == 0)
		return 0;
	if (rc != -E_RECOVERY) {
		rc = take_back(l, watch, e);
		if (rc > 0)
			tell_traces(l, watch);
		return rc;
	}
	if (e != NULL) /* settled or not: not to be taken back before that is known */
		*e = *why;
	return stuck(root, t, "is carried out, and may not be recorded so", e);
}

/* As a hook says how far it is. */
static void on_copying(void *ctx, const char *path, unsigned percent)
{
	const struct procedures_watch *w = ctx;

	if (w->progress != NULL)
		w->progress(w->ctx, path, "copy", percent, "");
}

int commit_carry_out(struct root *root, struct tree *state, struct pkgdb *db, int64_t n,
		     const struct commit_watch *watch, struct error *why, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct txn t = { .n = n };
	struct apply ap;
	struct late l = { .a = a, .root = root, .state = state, .db = db, .ap = &ap, .txn = &t };
	int rc = txn_find(db, a, n, &t, e);

	if (rc == 0)
		rc = error_set(e, E_DB, "it is not in the database");
	if (rc > 0)
		rc = late_open(&l, e);
	if (rc == 0)
		rc = apply_open(a, root, state, db, n, t.stage, &ap, e);
	if (rc < 0) /* it is sealed: it happens, later */
		return stuck(root, &t, "is recorded, and can't be carried out yet", e);
	if (watch != NULL) {
		ap.progress = watch->progress;
		ap.ctx = watch->ctx;
		l.watch = watch->scripts;
		ap.copying = watch->scripts != NULL ? on_copying : NULL;
		ap.copying_ctx = (void *)watch->scripts;
		l.policy = watch->policy;
	}
	rc = carry_out(&l, watch, why, e);
	VEC_FREE(&l.decided);
	apply_close(&ap);
	return rc;
}
