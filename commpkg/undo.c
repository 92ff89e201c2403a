/* Taking a transaction back: choosing it, and the way through the rooms. */
#include "undo.h"

#include <stdlib.h>

#include "commit.h"
#include "formats/cleanup.h"
#include "retention.h"
#include "signals.h"
#include "pkgdb/component.h"
#include "undo_look.h"

/* ---- which one */

size_t undo_effective(const struct txn *all, size_t n, const struct txn **stack)
{
	size_t depth = 0, i, k;

	for (i = 0; i < n; i++) {
		const struct txn *undone = NULL;

		if (all[i].state == TXN_REVERSED)
			continue;
		for (k = 0; all[i].undoes != 0 && k < i; k++)
			if (all[k].n == all[i].undoes)
				undone = &all[k];
		if (undone == NULL) {
			stack[depth++] = &all[i];
			continue;
		}
		for (k = 0; k < depth && stack[k] != undone; k++)
			;
		if (k < depth)
			memmove(&stack[k], &stack[k + 1], (--depth - k) * sizeof(*stack));
		else
			stack[depth++] = &all[i];
	}
	return depth;
}

bool undo_was_undone(const struct txn *all, size_t n, size_t i)
{
	size_t k;

	for (k = i + 1; k < n; k++)
		if (all[k].undoes == all[i].n && all[k].state == TXN_SETTLED)
			return true;
	return false;
}

bool undo_possible(const struct txn *all, size_t n, size_t i)
{
	const struct txn **stack;
	size_t depth, k;
	bool last = i + 1 == n;

	if (all[i].state != TXN_SETTLED || !all[i].keeps || undo_was_undone(all, n, i))
		return false;
	if (last || all[i].undoes == 0)
		return true;
	stack = xcalloc(n, sizeof(*stack));
	depth = undo_effective(all, n, stack);
	for (k = 0; k < depth && stack[k] != &all[i]; k++)
		;
	free(stack);
	return k < depth;
}

static int not_reachable(const struct txn **stack, size_t depth, int64_t to, struct error *e)
{
	size_t i;
	int64_t before = 0;

	for (i = 0; i < depth && stack[i]->n < to; i++)
		before = stack[i]->n;
	(void)error_set(e, E_NOT_FOUND, "there is no way back to transaction %lld: there is none, "
			"or it was undone itself", (long long)to);
	return error_hint(e, "the one before that is in force: commpkg undo --to %lld",
			  (long long)before);
}

int undo_list_to(struct pkgdb *db, struct arena *a, int64_t to, struct txn **ret, size_t *ret_n,
		 struct error *e)
{
	const struct txn **stack;
	struct txn *all, *list;
	size_t n, depth, i, k;
	int rc = txn_list(db, a, &all, &n, e);

	if (rc < 0)
		return rc;
	stack = arena_calloc(a, n + 1, sizeof(*stack));
	depth = undo_effective(all, n, stack);
	for (i = 0; i < depth && stack[i]->n != to; i++)
		;
	if (to != 0 && i == depth)
		return not_reachable(stack, depth, to, e);
	list = arena_calloc(a, depth + 1, sizeof(*list));
	for (i = depth, k = 0; i-- > 0 && stack[i]->n > to; k++) {
		list[k] = *stack[i];
		if (!list[k].keeps)
			return error_set(e, E_CONFLICT, "transaction %lld can't be undone: what it "
					 "replaced is not kept any more", (long long)list[k].n);
	}
	*ret = list;
	*ret_n = k;
	return 0;
}

/* ---- may an earlier one be taken back although others came later? */

static bool paths_meet(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b), least = n < k ? n : k;

	if (memcmp(a, b, least) != 0)
		return false;
	return n == k || (n < k ? b[n] == '/' : a[k] == '/');
}

static bool ops_meet(const struct undo *u, const struct op *ops, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < u->nops; k++)
			if ((u->contents == NULL || !str_eq(ops[i].path, u->contents)) &&
			    paths_meet(ops[i].path, u->ops[k].path))
				return true;
	return false;
}

static bool packages_meet(struct undo *u, const struct txn_change *later, size_t n,
			  const struct txn_change *mine, size_t nmine)
{
	size_t i, k;

	(void)u;
	for (i = 0; i < n; i++)
		for (k = 0; k < nmine; k++)
			if (str_eq(later[i].instance, mine[k].instance))
				return true;
	return false;
}

/* A component that came later may have nothing but packages that were there. */
static int component_needs(struct undo *u, int64_t later, const struct txn_change *mine,
			   size_t nmine, bool *ret, struct error *e)
{
	struct pkgdb_component *c;
	size_t n;
	int rc = pkgdb_components(u->session->db, u->a, PKGDB_NOW, &c, &n, e);

	for (size_t i = 0; rc == 0 && i < n; i++)
		for (size_t k = 0; c[i].added == later && k < c[i].npackages; k++)
			for (size_t j = 0; j < nmine; j++)
				if (str_eq(c[i].packages[k], mine[j].instance))
					*ret = true;
	return rc;
}

static int components_meet(struct undo *u, int64_t later, bool *ret, struct error *e)
{
	struct pkgdb *db = u->session->db;
	struct txn_change *theirs, *mine, *packages;
	size_t ntheirs, nmine, npackages;
	int rc = txn_component_changes(db, u->a, later, &theirs, &ntheirs, e);

	if (rc == 0)
		rc = txn_component_changes(db, u->a, u->txn.n, &mine, &nmine, e);
	if (rc == 0)
		rc = txn_changes(db, u->a, u->txn.n, &packages, &npackages, e);
	if (rc == 0 && packages_meet(u, theirs, ntheirs, mine, nmine))
		*ret = true;
	return rc < 0 ? rc : component_needs(u, later, packages, npackages, ret, e);
}

static int in_the_way(struct undo *u, const struct txn *later, bool *ret, struct error *e)
{
	struct pkgdb *db = u->session->db;
	struct txn_change *theirs, *mine;
	struct op *ops;
	size_t n, ntheirs, nmine;
	int rc = txn_ops(db, u->a, later->n, &ops, &n, e);

	if (rc == 0)
		rc = txn_changes(db, u->a, later->n, &theirs, &ntheirs, e);
	if (rc == 0)
		rc = txn_changes(db, u->a, u->txn.n, &mine, &nmine, e);
	if (rc == 0)
		*ret = packages_meet(u, theirs, ntheirs, mine, nmine) || ops_meet(u, ops, n);
	return rc < 0 ? rc : components_meet(u, later->n, ret, e);
}

static int check_later(struct undo *u, const struct txn **stack, size_t depth, struct error *e)
{
	size_t i;
	bool met = false;
	int rc = 0;

	for (i = depth; rc == 0 && !met && i-- > 0 && stack[i]->n > u->txn.n;) {
		rc = in_the_way(u, stack[i], &met, e);
		if (rc < 0 || !met)
			continue;
		(void)error_set(e, E_CONFLICT, "transaction %lld (%s) came after %lld and changed "
				"the same things", (long long)stack[i]->n, stack[i]->summary,
				(long long)u->txn.n);
		return error_hint(e, "undo that first: commpkg undo %lld, or all of them: "
				  "commpkg undo --to %lld", (long long)stack[i]->n,
				  (long long)u->txn.n - 1);
	}
	return rc;
}

static int nothing_to_undo(const struct undo *u, const struct txn *all, size_t n,
			   struct error *e)
{
	(void)error_set(e, E_NOT_FOUND, "there is nothing to undo in '%s'",
			u->session->root->path);
	if (n == 0 || all[n - 1].undoes == 0 || all[n - 1].state != TXN_SETTLED)
		return -E_NOT_FOUND;
	return error_hint(e, "all is undone already; the last undo is taken back by its number: "
			  "commpkg undo %lld", (long long)all[n - 1].n);
}

static int not_in_force(const struct txn *t, const struct txn *all, size_t n, struct error *e)
{
	while (n-- > 0)
		if (all[n].undoes == t->n && all[n].state == TXN_SETTLED)
			return error_set(e, E_NOT_FOUND, "transaction %lld is not in force: "
					 "transaction %lld took it back", (long long)t->n,
					 (long long)all[n].n);
	return error_set(e, E_NOT_FOUND, "transaction %lld is not in force%s", (long long)t->n,
			 t->undoes != 0 ? ": other things were done since" :
			 ": it could not be finished, and was taken back");
}

static int choose(struct undo *u, int64_t n, struct error *e)
{
	const struct txn **stack;
	struct txn *all;
	size_t count, depth, i;
	int rc = txn_list(u->session->db, u->a, &all, &count, e);

	if (rc < 0)
		return rc;
	stack = arena_calloc(u->a, count + 1, sizeof(*stack));
	depth = undo_effective(all, count, stack);
	if (n == 0 && depth == 0)
		return nothing_to_undo(u, all, count, e);
	u->txn.n = 0;
	for (i = 0; i < count; i++)
		if (n == 0 ? &all[i] == stack[depth - 1] : all[i].n == n)
			u->txn = all[i];
	if (u->txn.n == 0)
		return error_set(e, E_NOT_FOUND, "there is no transaction %lld", (long long)n);
	/* An undo is undone (redone) only while it is the last thing that was done. */
	for (i = 0; i < depth && stack[i]->n != u->txn.n; i++)
		;
	if (i == depth && u->txn.n != all[count - 1].n)
		return not_in_force(&u->txn, all, count, e);
	if (!u->txn.keeps) {
		(void)error_set(e, E_NOT_FOUND, "what transaction %lld replaced is not kept any "
				"more", (long long)u->txn.n);
		return error_hint(e, "commpkg history shows what can be undone");
	}
	u->is_last = i == depth ? depth == 0 || u->txn.n == all[count - 1].n : i + 1 == depth;
	rc = txn_ops(u->session->db, u->a, u->txn.n, &u->ops, &u->nops, e);
	return rc == 0 && i < depth ? check_later(u, stack, depth, e) : rc;
}

/* ---- what N made */

/* Did N bring this instance, or another version of it? */
static bool instance_came(const struct undo *u, const char *instance)
{
	size_t i;

	for (i = 0; i < u->nchanges; i++)
		if (str_eq(u->changes[i].instance, instance))
			return true;
	return false;
}

static int note_package(struct undo *u, const struct pkgdb_package *p, struct error *e)
{
	struct pkgdb_file *rows;
	struct rpath dir;
	size_t n, i;
	int rc;

	if (!instance_came(u, p->instance))
		return 0;
	rc = pkgdb_files(u->session->db, u->a, p->id, PKGDB_NOW, &rows, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath client, real;

		rc = rpath_parse(u->a, rows[i].path, &client, e);
		if (rc == 0)
			rc = tree_canonical(u->root, u->a, client, &real, e);
		if (rc == 0)
			(void)strmap_put(u->mine, rpath_str(real), &rows[i]);
	}
	if (rc == 0)
		rc = rpath_parse(u->a, arena_printf(u->a, "var/sadm/pkg/%s", p->instance), &dir,
				 e);
	if (rc == 0)
		rc = tree_canonical(u->root, u->a, dir, &dir, e);
	if (rc == 0)
		(void)strmap_put(u->instances, rpath_str(dir), (void *)p);
	return rc;
}

/* What a script did, what a repair put there, what an undo brought back: each begins with the
 * digest of what is there since. */
static int note_effects(struct undo *u, struct error *e)
{
	struct txn_note *notes;
	size_t n, i;
	int rc = txn_notes(u->session->db, u->a, u->txn.n, &notes, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		if (str_eq(notes[i].kind, "effect") || str_eq(notes[i].kind, "merged") ||
		    str_eq(notes[i].kind, "repair") || str_eq(notes[i].kind, "back"))
			(void)strmap_put(u->effects, notes[i].subject, &notes[i]);
	return rc;
}

static int note_mine(struct undo *u, struct error *e)
{
	static const char *const furniture[] = { ".lockfile", ".pkg.lock", "admin", "logs",
						 "gz-only-packages" };
	struct pkgdb_package *now;
	struct rpath p;
	size_t n, i;
	int rc = rpath_parse(u->a, "var/sadm/install/contents", &p, e);

	if (rc == 0)
		rc = tree_canonical(u->root, u->a, p, &p, e);
	if (rc < 0)
		return rc;
	u->contents = rpath_str(p);
	for (i = 0; i < sizeof(furniture) / sizeof(*furniture); i++) {
		const char *dir = dirs_parent(u->dirs, u->contents);

		(void)strmap_put(u->instances, arena_printf(u->a, "%s/%s", dir, furniture[i]),
				 (void *)u->contents);
	}
	rc = pkgdb_packages(u->session->db, u->a, PKGDB_NOW, &now, &n, e);
	for (i = 0; rc == 0 && i < n; i++)
		rc = note_package(u, &now[i], e);
	return rc == 0 ? note_effects(u, e) : rc;
}

static int open_old(struct undo *u, struct error *e)
{
	const char *name = arena_printf(u->a, "undo/%lld", (long long)u->txn.n);
	struct session *s = u->session;
	int rc = volumes_open_txn(u->a, s->root, s->state, s->db, u->txn.n, &u->then, e);

	if (rc < 0)
		return error_prefix(e, "looking for what transaction %lld replaced",
				    (long long)u->txn.n);
	rc = volumes_tree_below(&u->then, name, "old", 0, &u->old, e);
	if (rc == -ENOENT)
		return error_set(e, E_NOT_FOUND, "what transaction %lld replaced is gone from "
				 "undo/%lld", (long long)u->txn.n, (long long)u->txn.n);
	return rc;
}

/* ---- the way */

static int show(struct undo *u, const struct undo_watch *watch, struct error *e)
{
	struct undo_plan plan = { .txn = u->m, .undone = u->txn, .items = u->items.v,
				  .nitems = u->items.n, .changes = u->changes,
				  .nchanges = u->nchanges, .components = u->components,
				  .ncomponents = u->ncomponents, .stays = u->stays.v,
				  .nstays = u->stays.n };
	struct session *s = u->session;
	int rc = retention_foretell(s->root, s->db, s->state, u->m, u->txn.n, &plan.forgets, e);

	if (rc < 0)
		return rc;
	return watch->plan != NULL ? watch->plan(watch->ctx, &plan, e) : 1;
}

static void turn(struct txn_change *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *now = v[i].to;

		v[i].to = v[i].from;
		v[i].from = now;
	}
}

/* From N's view: `to` is what there is now, `from` what there will be again. */
static int turn_changes(struct undo *u, struct error *e)
{
	struct pkgdb *db = u->session->db;
	int rc = txn_changes(db, u->a, u->txn.n, &u->changes, &u->nchanges, e);

	if (rc == 0)
		rc = txn_component_changes(db, u->a, u->txn.n, &u->components, &u->ncomponents, e);
	if (rc < 0)
		return rc;
	turn(u->changes, u->nchanges);
	turn(u->components, u->ncomponents);
	return 0;
}

static int prepare(struct undo *u, const struct undo_request *req,
		   const struct undo_watch *watch, struct error *e)
{
	int rc = choose(u, req->n, e);

	if (rc == 0)
		rc = txn_next(u->session->db, &u->m, e);
	if (rc == 0)
		rc = turn_changes(u, e);
	if (rc == 0)
		rc = note_mine(u, e);
	if (rc == 0)
		rc = open_old(u, e);
	if (rc == 0)
		rc = undo_look(u, e);
	if (rc == 0)
		rc = undo_late(u, e);
	if (rc == 0)
		rc = tree_trouble(u->root, e); /* or it would be no true plan */
	if (rc == 0)
		rc = show(u, watch, e);
	if (rc >= 0 && u->session->cannot.code != 0) {
		if (e != NULL)
			*e = u->session->cannot;
		return -u->session->cannot.code;
	}
	return rc;
}

static int carry_out(struct undo *u, const struct undo_request *req, struct error *e)
{
	struct error why = ERROR_INIT;
	int rc = signals_check(e);

	if (rc == 0)
		rc = undo_stage(u, e);
	if (rc == 0)
		rc = undo_seal(u, req->command, e);
	if (rc == -E_RECOVERY)
		return rc; /* it may be sealed: recovery knows */
	if (rc < 0) {
		stagedir_discard(&u->stage);
		return rc;
	}
	rc = commit_carry_out(u->session->root, u->session->state, u->session->db, u->m, NULL,
			      &why, e);
	if (rc <= 0)
		return rc;
	if (e != NULL)
		*e = why;
	return error_prefix(e, "the undo was taken back and the root is as it was");
}

void undo_free(struct undo *u)
{
	stagedir_close(&u->stage);
	tree_close(u->old);
	volumes_close(&u->then);
	dirs_free(u->dirs);
	strmap_free(u->mine);
	strmap_free(u->effects);
	strmap_free(u->gone);
	strmap_free(u->instances);
	strmap_free(u->made);
	strmap_free(u->placed);
	VEC_FREE(&u->actions);
	VEC_FREE(&u->items);
	VEC_FREE(&u->stays);
	arena_free(u->a);
}

static void undo_init(struct undo *u, struct session *s)
{
	*u = (struct undo){ .a = arena_new(), .session = s, .root = s->root->tree,
			    .mine = strmap_new(1024), .effects = strmap_new(64),
			    .gone = strmap_new(64), .instances = strmap_new(64),
			    .made = strmap_new(64), .placed = strmap_new(16) };
	u->dirs = dirs_new(u->a, u->root);
}

int undo_run(const struct undo_request *req, const struct undo_watch *watch, int64_t *ret_txn,
	     struct error *e)
{
	struct session_options o = {
		.who = req->command, .lock_wait = req->lock_wait, .read_only = req->dry_run,
		.policy = req->policy,
		.waiting = watch->waiting, .told = watch->recovered, .ctx = watch->ctx,
	};
	struct session s;
	struct undo u;
	int64_t done = 0;
	int rc = session_open(req->root_path, &o, &s, e);

	if (rc < 0)
		return rc;
	undo_init(&u, &s);
	if (s.db == NULL)
		rc = error_set(e, E_NOT_FOUND, "'%s' has no history", req->root_path);
	if (rc == 0)
		rc = prepare(&u, req, watch, e);
	if (rc > 0) {
		rc = req->dry_run ? 0 : carry_out(&u, req, e);
		done = rc == 0 && !req->dry_run ? u.m : 0;
	}
	undo_free(&u);
	session_close(&s);
	if (rc == 0)
		*ret_txn = done;
	return rc;
}
