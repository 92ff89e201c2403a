/* Taking over a root that SVR4 tools made: the way through the rooms. */
#include "adopt.h"

#include <errno.h>

#include "adopt_read.h"
#include "commit.h"
#include "formats/cleanup.h"
#include "signals.h"

static int refuse_ours(const struct root *root, size_t n, struct error *e)
{
	(void)error_set(e, E_CONFLICT, "'%s' has a package database of commpkg already, with %zu "
			"package%s", root->path, n, n == 1 ? "" : "s");
	return error_hint(e, "commpkg verify --database -R %s compares it with the SVR4 view",
			  root->path);
}

static int check_database(struct root *root, struct pkgdb *db, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct pkgdb_package *v;
	size_t n;
	int rc = pkgdb_packages(db, a, PKGDB_NOW, &v, &n, e);

	return rc == 0 && n > 0 ? refuse_ours(root, n, e) : rc;
}

/* Before anything is read: a root that is ours is not taken over twice. */
static int check_ours(struct root *root, struct error *e)
{
	struct tree *state = NULL;
	struct pkgdb *db = NULL;
	int rc = root_state(root, false, &state, e);

	if (rc == 0)
		rc = pkgdb_open(tree_fd(state), PKGDB_READ, &db, e);
	if (rc == -ENOENT || rc == -E_NOT_FOUND)
		rc = (error_clear(e), 0);
	else if (rc == 0)
		rc = check_database(root, db, e);
	pkgdb_close(db);
	tree_close(state);
	return rc;
}

/* 1: go on. */
static int look(struct adopt *d, struct error *e)
{
	struct owners *owners = NULL;
	struct error cannot = ERROR_INIT;
	int rc = check_ours(d->root, e);

	if (rc == 0)
		rc = adopt_read(d, e);
	if (rc == 0 && d->npackages == 0)
		return 0;
	if (rc == 0)
		rc = owners_load(d->root, &owners, e);
	if (rc == 0)
		rc = adopt_compare(d, owners, e);
	owners_free(owners);
	if (rc < 0)
		return rc;
	d->plan.packages = d->npackages;
	d->plan.paths = d->db.n;
	d->plan.found = &d->found;
	d->plan.notes = d->notes.v;
	d->plan.nnotes = d->notes.n;
	rc = d->watch->plan(d->watch->ctx, &d->plan, e);
	if (rc >= 0 && d->req->dry_run && root_may_write(d->req->root_path, true, &cannot) < 0) {
		if (e != NULL)
			*e = cannot;
		return -cannot.code;
	}
	return rc;
}

static int carry_out(struct adopt *d, struct session *s, struct adopt_result *ret,
		     struct error *e)
{
	struct stagedir stage = { .name = NULL };
	struct error why = ERROR_INIT;
	int64_t n = 0;
	int rc = check_database(s->root, s->db, e);

	if (rc == 0)
		rc = signals_check(e);
	if (rc == 0)
		rc = adopt_write(d, s, &stage, &n, &ret->same_view, e);
	if (rc < 0 && rc != -E_RECOVERY && stage.name != NULL)
		stagedir_discard(&stage);
	if (rc == 0)
		rc = commit_carry_out(s->root, s->state, s->db, n, NULL, &why, e);
	stagedir_close(&stage);
	if (rc == 0)
		ret->txn = n;
	if (rc <= 0)
		return rc;
	if (e != NULL)
		*e = why;
	return error_prefix(e, "taking over was taken back and the root is as it was");
}

static int with_session(struct adopt *d, struct adopt_result *ret, struct error *e)
{
	struct session_options o = {
		.who = d->req->command, .lock_wait = d->req->lock_wait, .create = true,
		.waiting = d->watch->waiting, .told = d->watch->recovered, .ctx = d->watch->ctx,
	};
	struct session s;
	int rc = session_open(d->req->root_path, &o, &s, e);

	if (rc < 0)
		return rc;
	rc = carry_out(d, &s, ret, e);
	session_close(&s);
	return rc;
}

static int open_root(const char *path, struct root **ret, struct error *e)
{
	int rc = root_open(path, false, ret, e);

	if (rc != -ENOENT)
		return rc;
	return error_set(e, E_NOT_FOUND, "there is no root '%s'", path);
}

int adopt_run(const struct adopt_request *req, const struct adopt_watch *watch,
	      struct adopt_result *ret, struct error *e)
{
	struct adopt d = { .req = req, .watch = watch };
	int rc = open_root(req->root_path, &d.root, e);

	*ret = (struct adopt_result){ .txn = 0 };
	if (rc < 0)
		return rc;
	d.a = arena_new();
	d.by_instance = strmap_new(64);
	rc = look(&d, e);
	if (rc > 0)
		rc = req->dry_run ? 0 : with_session(&d, ret, e);
	ret->nothing = rc == 0 && d.npackages == 0;
	strmap_free(d.by_instance);
	VEC_FREE(&d.notes);
	arena_free(d.a);
	root_close(d.root);
	return rc;
}
