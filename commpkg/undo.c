/* Taking transactions back: what each made, and the way through the rooms. */
#include "undo.h"

#include <stdlib.h>

#include "commit.h"
#include "formats/cleanup.h"
#include "pkgdb/component.h"
#include "retention.h"
#include "signals.h"
#include "undo_look.h"

/* ---- what N made */

/* Did N bring this instance, or another version of it? */
static bool instance_came(const struct undo *u, const char *instance)
{
	size_t i;

	for (i = 0; i < u->changes.n; i++)
		if (str_eq(u->changes.v[i].instance, instance))
			return true;
	return false;
}

/* When the others are taken back it is as N left it. */
static int64_t as_of(const struct undo *u)
{
	return u->at == 0 ? PKGDB_NOW : u->txn.n;
}

static int note_package(struct undo *u, const struct pkgdb_package *p, struct error *e)
{
	struct pkgdb_file *rows;
	struct rpath dir;
	size_t n, i;
	int rc;

	if (!instance_came(u, p->instance))
		return 0;
	rc = pkgdb_files(u->session->db, u->a, p->id, as_of(u), &rows, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath client, real;

		rc = rpath_parse(u->a, rows[i].path, &client, e);
		if (rc == 0)
			rc = world_canonical(u->world, client, &real, e);
		if (rc == 0)
			(void)strmap_put(u->mine, rpath_str(real), &rows[i]);
	}
	if (rc == 0)
		rc = rpath_parse(u->a, arena_printf(u->a, "var/sadm/pkg/%s", p->instance), &dir,
				 e);
	if (rc == 0)
		rc = world_canonical(u->world, dir, &dir, e);
	if (rc == 0)
		(void)strmap_put(u->instances, rpath_str(dir), (void *)p);
	return rc;
}

/* What a script did, what a repair put there, what an undo brought back: each begins with the
 * digest of what is there since. */
static bool is_put_note(const struct txn_note *n)
{
	return str_eq(n->kind, "effect") || str_eq(n->kind, "merged") ||
	       str_eq(n->kind, "repair") || str_eq(n->kind, "back");
}

static int note_effects(struct undo *u, struct error *e)
{
	struct txn_note *notes;
	size_t n, i;
	int rc = txn_notes(u->session->db, u->a, u->txn.n, &notes, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		if (is_put_note(&notes[i]))
			(void)strmap_put(u->effects, notes[i].subject, &notes[i]);
		if (is_put_note(&notes[i]) || str_eq(notes[i].kind, "taken"))
			(void)strmap_put(u->touched, notes[i].subject, &notes[i]);
	}
	return rc;
}

static int note_mine(struct undo *u, struct error *e)
{
	static const char *const furniture[] = { ".lockfile", ".pkg.lock", "admin", "logs",
						 "gz-only-packages" };
	struct pkgdb_package *now;
	size_t n, i;
	int rc;

	for (i = 0; i < sizeof(furniture) / sizeof(*furniture); i++) {
		const char *dir = dirs_parent(u->dirs, u->contents);

		(void)strmap_put(u->instances, arena_printf(u->a, "%s/%s", dir, furniture[i]),
				 (void *)u->contents);
	}
	rc = pkgdb_packages(u->session->db, u->a, as_of(u), &now, &n, e);
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

static void forget(struct undo *u)
{
	struct strmap **maps[] = { &u->mine, &u->effects, &u->gone, &u->instances };
	size_t i;

	for (i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
		strmap_free(*maps[i]);
		*maps[i] = strmap_new(64);
	}
	if (u->then.n > 0)
		*VEC_PUSH(&u->stores) = (struct undo_store){ .volumes = u->then, .old = u->old };
	u->then = (struct volumes){ .v = NULL };
	u->old = NULL;
	u->actions.n = 0;
}

static void turn(struct undo_changes *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const char *now = c->v[i].to;

		c->v[i].to = c->v[i].from;
		c->v[i].from = now;
	}
}

/* What it made, turned: `to` is what there was before it. */
static int turn_changes(struct undo *u, struct error *e)
{
	struct pkgdb *db = u->session->db;
	int rc = txn_changes(db, u->a, u->txn.n, &u->changes.v, &u->changes.n, e);

	if (rc == 0)
		rc = txn_component_changes(db, u->a, u->txn.n, &u->components.v,
					   &u->components.n, e);
	if (rc < 0)
		return rc;
	turn(&u->changes);
	turn(&u->components);
	return 0;
}

static int find_contents(struct undo *u, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(u->a, "var/sadm/install/contents", &p, e);

	if (rc == 0)
		rc = world_canonical(u->world, p, &p, e);
	if (rc == 0)
		u->contents = rpath_str(p);
	return rc;
}

int undo_begin(struct undo *u, size_t at, struct error *e)
{
	int rc;

	forget(u);
	u->at = at;
	u->txn = u->list[at];
	rc = find_contents(u, e);
	if (rc == 0)
		rc = txn_ops(u->session->db, u->a, u->txn.n, &u->ops, &u->nops, e);
	return rc == 0 ? turn_changes(u, e) : rc;
}

/* ---- the way */

static int show(struct undo *u, const struct undo_watch *watch, struct error *e)
{
	struct undo_plan plan = { .txn = u->m, .undone = u->list, .nundone = u->nlist,
				  .items = u->items.v, .nitems = u->items.n,
				  .changes = u->turned.v, .nchanges = u->turned.n,
				  .components = u->turned_components.v,
				  .ncomponents = u->turned_components.n,
				  .services = u->services, .nservices = u->nservices,
				  .services_why = u->services_why,
				  .stays = u->stays.v, .nstays = u->stays.n };
	const struct txn coming = { .n = u->m, .state = TXN_SETTLED, .keeps = true,
				    .undoes = u->list[0].n,
				    .undoes_first = u->list[u->nlist - 1].n };
	struct session *s = u->session;
	int rc = retention_foretell(s->root, s->db, s->state, &coming, &plan.forgets, e);

	if (rc < 0)
		return rc;
	return watch->plan != NULL ? watch->plan(watch->ctx, &plan, e) : 1;
}

/* From the last to the first: what is there now, and what there was before all of them. */
static void add_changes(const struct undo_changes *c, struct undo_changes *all)
{
	size_t i, k;

	for (i = 0; i < c->n; i++) {
		for (k = 0; k < all->n; k++)
			if (str_eq(all->v[k].instance, c->v[i].instance))
				break;
		if (k == all->n)
			*VEC_PUSH(all) = c->v[i];
		else
			all->v[k].to = c->v[i].to;
	}
}

static int change_order(const void *a, const void *b)
{
	return strcmp(((const struct txn_change *)a)->instance,
		      ((const struct txn_change *)b)->instance);
}

/* What came and went again is nobody's business. */
static void sort_changes(struct undo_changes *c)
{
	size_t i, k = 0;

	for (i = 0; i < c->n; i++)
		if (c->v[i].from != NULL || c->v[i].to != NULL)
			c->v[k++] = c->v[i];
	c->n = k;
	if (k > 0)
		qsort(c->v, k, sizeof(*c->v), change_order);
}

static int look_at_one(struct undo *u, size_t at, struct error *e)
{
	size_t i;
	int rc = undo_begin(u, at, e);

	if (rc == 0)
		rc = note_mine(u, e);
	if (rc == 0)
		rc = open_old(u, e);
	if (rc == 0)
		rc = undo_look(u, e);
	if (rc == 0)
		rc = undo_late(u, e);
	if (rc < 0)
		return u->nlist > 1 ? error_prefix(e, "taking back transaction %lld",
						   (long long)u->txn.n) : rc;
	for (i = 0; i < u->actions.n; i++)
		world_take(u->world, &u->actions.v[i]);
	rc = undo_late_lost(u, e);
	if (rc < 0)
		return rc;
	add_changes(&u->changes, &u->turned);
	add_changes(&u->components, &u->turned_components);
	return 0;
}

static int prepare(struct undo *u, const struct undo_request *req,
		   const struct undo_watch *watch, struct error *e)
{
	size_t i;
	int rc = undo_choose(u, req, e);

	if (rc == 0)
		rc = txn_next(u->session->db, &u->m, e);
	for (i = 0; rc == 0 && i < u->nlist; i++)
		rc = look_at_one(u, i, e);
	if (rc < 0 || u->nlist == 0)
		return rc;
	sort_changes(&u->turned);
	sort_changes(&u->turned_components);
	rc = undo_holds(u, e);
	if (rc == 0)
		rc = undo_services(u, req->services, e);
	if (rc == 0)
		rc = undo_compose(u, e);
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

static int carry_out(struct undo *u, const struct undo_request *req,
		     const struct undo_watch *watch, struct error *e)
{
	const struct commit_watch told = { .ctx = watch->ctx, .told = watch->recovered };
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
	rc = commit_carry_out(u->session->root, u->session->state, u->session->db, u->m,
			      &told, &why, e);
	if (rc <= 0)
		return rc;
	if (e != NULL)
		*e = why;
	return error_prefix(e, "the undo was taken back and the root is as it was");
}

void undo_free(struct undo *u)
{
	size_t i;

	stagedir_close(&u->stage);
	forget(u);
	for (i = 0; i < u->stores.n; i++) {
		tree_close(u->stores.v[i].old);
		volumes_close(&u->stores.v[i].volumes);
	}
	dirs_free(u->dirs);
	world_free(u->world);
	strmap_free(u->mine);
	strmap_free(u->effects);
	strmap_free(u->gone);
	strmap_free(u->instances);
	strmap_free(u->touched);
	strmap_free(u->made);
	strmap_free(u->anew);
	strmap_free(u->placed);
	VEC_FREE(&u->actions);
	VEC_FREE(&u->items);
	VEC_FREE(&u->stays);
	VEC_FREE(&u->brought);
	VEC_FREE(&u->stores);
	VEC_FREE(&u->turned);
	VEC_FREE(&u->turned_components);
	arena_free(u->a);
}

static void undo_init(struct undo *u, struct session *s)
{
	*u = (struct undo){ .a = arena_new(), .session = s, .root = s->root->tree,
			    .mine = strmap_new(1024), .effects = strmap_new(64),
			    .gone = strmap_new(64), .instances = strmap_new(64),
			    .touched = strmap_new(64),
			    .made = strmap_new(64), .anew = strmap_new(16),
			    .placed = strmap_new(16) };
	u->dirs = dirs_new(u->a, u->root);
	u->world = world_new(u->a, u->root);
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
		rc = req->dry_run ? 0 : carry_out(&u, req, watch, e);
		done = rc == 0 && !req->dry_run ? u.m : 0;
	}
	undo_free(&u);
	session_close(&s);
	if (rc == 0)
		*ret_txn = done;
	return rc;
}
