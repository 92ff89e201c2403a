/* Putting damaged objects back: the way through the rooms. */
#include "repair.h"

#include <errno.h>
#include <stdlib.h>

#include "commit.h"
#include "formats/cleanup.h"
#include "repair_look.h"
#include "retention.h"
#include "signals.h"
#include "view.h"

/* What must stay free besides, and the journal. */
#define SPARE_BYTES ((uint64_t)1 << 20)

/* ---- the plan */

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct repair_item *)a)->path,
		      ((const struct repair_item *)b)->path);
}

static void make_plan(struct repair *r)
{
	struct repair_plan *p = &r->plan;
	size_t i;

	p->txn = r->n;
	p->items = arena_calloc(r->a, r->mends.n + 1, sizeof(*p->items));
	for (i = 0; i < r->mends.n; i++) {
		const struct mend *m = &r->mends.v[i];

		if (m->item.kind == 0)
			continue;
		p->items[p->nitems++] = m->item;
		p->nput += mend_makes(m) || m->item.kind == REPAIR_GONE;
		p->nattr += m->item.kind == REPAIR_ATTR;
		p->ncannot += m->item.kind == REPAIR_CANNOT;
		p->nedited += m->item.kind == REPAIR_EDITED;
		p->bytes += mend_makes(m) && m->source != SOURCE_LINK ? m->len : 0;
	}
	if (p->nitems > 0)
		qsort(p->items, p->nitems, sizeof(*p->items), by_path);
}

/* A dry run does not recover: what it sees may be half of a transaction. */
static int warn_pending(struct repair *r, struct error *e)
{
	struct txn t;
	int rc = r->req->dry_run ? txn_pending(r->session->db, r->a, &t, e) : 0;

	if (rc > 0)
		r->plan.warning = arena_printf(r->a, "transaction %lld was interrupted: it is "
					       "finished or taken back first, and less may be "
					       "damaged then", (long long)t.n);
	return rc < 0 ? rc : 0;
}

static uint64_t bytes_on(const struct repair *r, uint32_t volume)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < r->mends.n; i++) {
		const struct mend *m = &r->mends.v[i];

		if (m->item.kind != 0 && mend_makes(m) && m->source != SOURCE_LINK &&
		    volumes_at(r->volumes, r->nvolumes, rpath_str(m->real)) == volume)
			sum += m->len;
	}
	return sum;
}

static int check_volume(struct repair *r, const struct txn_volume *v, struct error *e)
{
	uint64_t need = bytes_on(r, v->k) + SPARE_BYTES;
	const char *path = r->session->root->path;
	struct tree_space have = { .bytes = 0 };
	struct rpath at;
	int rc = volumes_place(r->a, v->path, &at, e);

	if (rc == 0)
		rc = tree_statfs(r->root, at, &have, e);
	if (rc < 0 || have.bytes >= need)
		return rc;
	path = root_host_path(r->a, r->session->root, v->path);
	(void)error_set(e, E_SPACE, "'%s' needs %llu KiB of free space, and has %llu KiB", path,
			(unsigned long long)need / 1024, (unsigned long long)have.bytes / 1024);
	return error_hint(e, "make room, then type the same again");
}

/* On each file system that something is put on. */
static int check_space(struct repair *r, struct error *e)
{
	const struct txn_volume root = { .path = "" };
	size_t i;
	int rc = r->nvolumes == 0 ? check_volume(r, &root, e) : 0;

	for (i = 0; rc == 0 && i < r->nvolumes; i++)
		rc = check_volume(r, &r->volumes[i], e);
	return rc;
}

/* What is damaged can't tell what the root should be. */
static int refuse_damaged(struct repair *r, struct error *e)
{
	AUTO_STRBUF struct strbuf damage = STRBUF_INIT;
	const char *path = r->session->root->path;
	int rc = pkgdb_check(r->session->db, &damage, e);

	if (rc < 0 || damage.len == 0)
		return rc;
	(void)error_set(e, E_DB, "the database of '%s' is damaged: %s", path,
			strbuf_str(&damage));
	return error_hint(e, "commpkg verify --database -R %s names each damage and a way out",
			  path);
}

static void add_instance(struct repair *r, const char ***list, const char *instance)
{
	const char **more = arena_calloc(r->a, r->ninstances + 1, sizeof(*more));

	for (size_t i = 0; i < r->ninstances; i++) {
		if (str_eq((*list)[i], instance))
			return;
		more[i] = (*list)[i];
	}
	more[r->ninstances++] = instance;
	*list = more;
}

/* A component stands for its packages. */
static int find_instance(struct repair *r, const struct view *v, const char *name,
			 const char ***list, struct error *e)
{
	struct pkgdb_component c;
	struct pkgdb_package p;
	int rc = view_component(v, r->a, name, &c, e);

	if (rc < 0)
		return rc;
	if (rc == 0) {
		rc = view_package(v, r->a, name, &p, e);
		if (rc == 0)
			add_instance(r, list, p.instance);
		return rc;
	}
	for (size_t i = 0; i < c.npackages; i++)
		add_instance(r, list, c.packages[i]);
	return c.npackages > 0 ? 0 :
	       error_set(e, E_NOT_FOUND, "component '%s' has no packages to repair", c.name);
}

static int find_instances(struct repair *r, struct error *e)
{
	const struct view v = { .root = r->session->root, .state = r->session->state,
				.db = r->session->db };
	const char **names = NULL;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->req->n; i++)
		rc = find_instance(r, &v, r->req->names[i], &names, e);
	r->instances = names;
	return rc;
}

/* 1: go on. */
static int prepare(struct repair *r, struct error *e)
{
	int rc = refuse_damaged(r, e);

	if (rc == 0)
		rc = find_instances(r, e);
	if (rc == 0)
		rc = txn_next(r->session->db, &r->n, e);
	if (rc == 0)
		rc = warn_pending(r, e);
	if (rc == 0)
		rc = repair_look(r, e);
	if (rc == 0)
		rc = repair_gone(r, e);
	if (rc == 0 && !r->req->attributes)
		rc = repair_view(r, e);
	if (rc == 0)
		rc = repair_sources(r, e);
	if (rc == 0)
		rc = repair_ways(r, e);
	if (rc < 0)
		return rc;
	make_plan(r);
	if (r->plan.nput + r->plan.nattr > 0)
		rc = retention_foretell(r->session->root, r->session->db, r->session->state,
					&(struct txn){ .n = r->n, .state = TXN_SETTLED,
						       .keeps = true }, &r->plan.forgets, e);
	if (rc == 0)
		rc = r->watch->plan(r->watch->ctx, &r->plan, e);
	if (rc >= 0 && r->plan.nput + r->plan.nattr > 0 && r->session->cannot.code != 0) {
		if (e != NULL)
			*e = r->session->cannot;
		return -r->session->cannot.code;
	}
	return rc > 0 && r->plan.nput + r->plan.nattr > 0 ? 1 : rc < 0 ? rc : 0;
}

static int carry_out(struct repair *r, struct error *e)
{
	struct error why = ERROR_INIT;
	int rc = signals_check(e);

	if (rc == 0)
		rc = check_space(r, e);
	if (rc == 0)
		rc = repair_stage(r, e);
	if (rc == 0)
		rc = repair_seal(r, e);
	if (rc == -E_RECOVERY)
		return rc; /* it may be sealed: recovery knows */
	if (rc < 0) {
		stagedir_discard(&r->stage);
		return rc;
	}
	rc = commit_carry_out(r->session->root, r->session->state, r->session->db, r->n, NULL,
			      &why, e);
	if (rc <= 0)
		return rc;
	if (e != NULL)
		*e = why;
	return error_prefix(e, "the repair was taken back and the root is as it was");
}

static void repair_free(struct repair *r)
{
	size_t i;

	for (i = 0; i < r->stores.n; i++)
		tree_close(r->stores.v[i]);
	VEC_FREE(&r->stores);
	stagedir_close(&r->stage);
	dirs_free(r->dirs);
	strmap_free(r->by_real);
	strmap_free(r->sizes);
	strmap_free(r->digests);
	strmap_free(r->entries);
	strmap_free(r->made);
	VEC_FREE(&r->made_order);
	VEC_FREE(&r->mends);
	arena_free(r->a);
}

static void repair_init(struct repair *r, const struct repair_request *req,
			const struct repair_watch *watch, struct session *s)
{
	*r = (struct repair){ .a = arena_new(), .req = req, .watch = watch, .session = s,
			      .root = s->root->tree, .by_real = strmap_new(64),
			      .made = strmap_new(64) };
	r->sizes = strmap_new(64);
	r->digests = strmap_new(64);
	r->entries = strmap_new(64);
	r->dirs = dirs_new(r->a, r->root);
}

int repair_run(const struct repair_request *req, const struct repair_watch *watch,
	       struct repair_result *ret, struct error *e)
{
	struct session_options o = {
		.who = req->command, .lock_wait = req->lock_wait, .read_only = req->dry_run,
		.waiting = watch->waiting, .told = watch->recovered, .ctx = watch->ctx,
	};
	struct session s;
	struct repair r;
	int rc = session_open(req->root_path, &o, &s, e);

	if (rc == 0)
		rc = session_check_adopted(&s, e); /* the view is not made anew from nothing */
	if (rc < 0) {
		session_close(&s);
		return rc;
	}
	repair_init(&r, req, watch, &s);
	rc = prepare(&r, e);
	*ret = (struct repair_result){ .left = r.plan.ncannot,
				       .repaired = r.plan.nput + r.plan.nattr };
	if (rc > 0) {
		rc = req->dry_run ? 0 : carry_out(&r, e);
		ret->txn = rc == 0 && !req->dry_run ? r.n : 0;
	}
	repair_free(&r);
	session_close(&s);
	return rc;
}
