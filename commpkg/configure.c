/* Decisions about editable files: what becomes of each, and the way through the rooms. */
#include "configure_internal.h"

#include "commit.h"
#include "history_words.h"
#include "retention.h"
#include "signals.h"

/* What must stay free besides, and the journal. */
#define SPARE_BYTES ((uint64_t)1 << 20)

/* ---- may it be decided? */

static int no_text(struct configure *c, const struct editable *ed, struct error *e)
{
	if (ed->scripted)
		return error_set(e, E_UNSUPPORTED, "script i.%s of '%s' makes the contents of "
				 "'/%s': no packaged text is meant to be there", ed->row.class,
				 ed->instance, ed->path);
	(void)error_set(e, E_CONFLICT, "'/%s' is no regular file", ed->path);
	return error_hint(e, "move it away, then: commpkg config restore%s /%s",
			  root_option(c->a, c->view.root), ed->path);
}

static int nothing_waits(struct configure *c, const struct editable *ed, struct error *e)
{
	(void)error_set(e, E_NOT_FOUND, "no decision about '/%s' is pending", ed->path);
	if (!ed->edited && ed->there)
		return error_hint(e, "it has the packaged text; commpkg config list%s shows what "
				  "is pending", root_option(c->a, c->view.root));
	return error_hint(e, "to go back to the packaged text: commpkg config restore%s /%s",
			  root_option(c->a, c->view.root), ed->path);
}

static int changed_meanwhile(const struct editable *ed, struct error *e)
{
	return error_set(e, E_STALE, "'/%s', or its packaged text, is not what the merged text "
			 "was made from", ed->path);
}

static int check_merged(struct configure *c, const struct editable *ed, struct error *e)
{
	const struct configure_request *req = c->req;

	if (req->merged.len > EDITABLE_MAX)
		return error_set(e, E_LIMIT, "the text for '/%s' is larger than %zu KiB", ed->path,
				 EDITABLE_MAX / 1024);
	if (merge_has_marks(req->merged)) {
		(void)error_set(e, E_CONFLICT, "the text for '/%s' has conflict markers in it "
				"still", ed->path);
		return error_hint(e, "resolve each place between <<<<<<< and >>>>>>>, then type "
				  "the same again");
	}
	if (req->from_live != NULL && (!ed->regular || !sha256_equal(req->from_live, &ed->digest)))
		return changed_meanwhile(ed, e);
	if (req->from_packaged != NULL && !sha256_equal(req->from_packaged, &ed->row.sha256))
		return changed_meanwhile(ed, e);
	return 0;
}

/* ---- what becomes of it */

/* As packaged; what the package leaves open stays as it is. */
static void dress_packaged(struct configure *c, struct choice *x)
{
	const struct pkgdb_file *row = &x->ed.row;
	const struct owners *owners = c->session->owners;

	x->uid = x->ed.there ? x->ed.st.st_uid : 0;
	x->gid = x->ed.there ? x->ed.st.st_gid : 0;
	if (row->owner != NULL)
		(void)owners_uid(owners, row->owner, &x->uid); /* unknown: as it is */
	if (row->group != NULL)
		(void)owners_gid(owners, row->group, &x->gid);
	x->mode = row->mode != MODE_UNSET ? row->mode :
		  x->ed.there ? x->ed.st.st_mode & 07777 : 0644;
	x->mtime = row->content_unknown ? history_now() : row->mtime;
}

static void dress_live(struct choice *x)
{
	x->uid = x->ed.st.st_uid;
	x->gid = x->ed.st.st_gid;
	x->mode = x->ed.st.st_mode & 07777;
	x->mtime = history_now();
	x->like_live = true;
}

/* NAME.saved, or with the number of the transaction where that is taken. */
static int keep_edit(struct configure *c, struct choice *x, struct error *e)
{
	const char *name = arena_printf(c->a, "%s.saved", rpath_str(x->ed.real));
	int rc = rpath_parse(c->a, name, &x->saved, e);

	if (rc == 0 && tree_exists(c->view.root->tree, x->saved))
		rc = rpath_parse(c->a, arena_printf(c->a, "%s-%lld", name, (long long)c->n),
				 &x->saved, e);
	if (rc == 0 && tree_exists(c->view.root->tree, x->saved))
		return error_set(e, E_CONFLICT, "'/%s' is there already", rpath_str(x->saved));
	x->saves = true;
	x->item.saved = rpath_str(x->saved);
	return rc;
}

static int take_packaged(struct configure *c, struct choice *x, struct error *e)
{
	x->item.what = "has the packaged text";
	if (x->ed.there && !x->ed.edited)
		return 0;
	x->puts = true;
	x->text = x->packaged;
	x->item.what = "the packaged text is put there";
	dress_packaged(c, x);
	return x->ed.there ? keep_edit(c, x, e) : 0;
}

static int take_merged(struct configure *c, struct choice *x, struct error *e)
{
	struct sha256 sha;
	int rc = check_merged(c, &x->ed, e);

	if (rc < 0)
		return rc;
	x->text = c->req->merged;
	sha256_of(x->text.bytes, x->text.len, &sha);
	x->item.what = "stays as it is: it is the merged text already";
	if (x->ed.there && sha256_equal(&sha, &x->ed.digest))
		return 0;
	x->puts = true;
	x->item.what = "the merged text is put there";
	dress_packaged(c, x);
	if (x->ed.there)
		dress_live(x);
	return 0;
}

static bool has_accepted(const struct editable *ed)
{
	struct sha256 sha;

	if (!ed->has_pristine)
		return false;
	sha256_of(ed->pristine.bytes, ed->pristine.len, &sha);
	return sha256_equal(&sha, &ed->row.sha256);
}

static int choose(struct configure *c, struct choice *x, struct error *e)
{
	enum configure_kind kind = c->req->kind;
	struct editable *ed = &x->ed;
	int rc;

	if (ed->scripted || (ed->there && !ed->regular))
		return no_text(c, ed, e);
	if (kind != CONFIGURE_RESTORE && ed->pending == PENDING_NONE)
		return nothing_waits(c, ed, e);
	rc = editable_packaged(&c->view, c->a, ed, &x->packaged, e);
	if (rc < 0)
		return rc;
	x->item.what = ed->there ? "stays as it is" : "stays removed";
	if (kind == CONFIGURE_TAKE_NEW || kind == CONFIGURE_RESTORE)
		rc = take_packaged(c, x, e);
	else if (kind == CONFIGURE_MERGED)
		rc = take_merged(c, x, e);
	if (ed->queued)
		x->item.gone = rpath_str(ed->beside);
	return rc;
}

static int add_choice(struct configure *c, const char *path, struct error *e)
{
	struct choice x = { .saved = rpath_root() };
	size_t i;
	int rc;

	for (i = 0; i < c->choices.n; i++)
		if (str_eq(c->choices.v[i].item.path, path))
			return 0;
	rc = editable_look(&c->view, c->a, path, &x.ed, e);
	if (rc == 0)
		return error_set(e, E_NOT_FOUND, "no package has '/%s' as an editable file", path);
	if (rc < 0)
		return rc;
	x.item.path = x.ed.path;
	x.item.real = rpath_str(x.ed.real);
	x.item.instance = x.ed.instance;
	rc = choose(c, &x, e);
	if (rc == 0 && (x.puts || x.item.gone != NULL || !has_accepted(&x.ed)))
		*VEC_PUSH(&c->choices) = x;
	return rc;
}

/* ---- the plan */

static void make_plan(struct configure *c)
{
	struct configure_item *items = arena_calloc(c->a, c->choices.n + 1, sizeof(*items));
	size_t i;

	for (i = 0; i < c->choices.n; i++)
		items[i] = c->choices.v[i].item;
	c->plan.txn = c->n;
	c->plan.items = items;
	c->plan.n = c->choices.n;
}

/* A dry run does not recover: what it sees may be half of a transaction. */
static int warn_pending(struct configure *c, struct error *e)
{
	struct txn t;
	int rc = c->req->dry_run ? txn_pending(c->session->db, c->a, &t, e) : 0;

	if (rc > 0)
		c->plan.warning = arena_printf(c->a, "transaction %lld was interrupted: it is "
					       "finished or taken back first", (long long)t.n);
	return rc < 0 ? rc : 0;
}

static int check_space(struct configure *c, struct error *e)
{
	struct tree_space have;
	uint64_t need = SPARE_BYTES;
	size_t i;
	int rc = tree_statfs(c->view.root->tree, rpath_root(), &have, e);

	for (i = 0; i < c->choices.n; i++)
		need += c->choices.v[i].packaged.len + c->choices.v[i].text.len +
			(c->choices.v[i].saves ? (uint64_t)c->choices.v[i].ed.st.st_size : 0);
	if (rc < 0 || have.bytes >= need)
		return rc;
	(void)error_set(e, E_SPACE, "'%s' needs %llu KiB of free space, and has %llu KiB",
			c->view.root->path, (unsigned long long)need / 1024,
			(unsigned long long)have.bytes / 1024);
	return error_hint(e, "make room, then type the same again");
}

/* 1: go on. */
static int prepare(struct configure *c, struct error *e)
{
	size_t i;
	int rc = txn_next(c->session->db, &c->n, e);

	if (rc == 0)
		rc = warn_pending(c, e);
	for (i = 0; rc == 0 && i < c->req->npaths; i++)
		rc = add_choice(c, c->req->paths[i], e);
	if (rc == 0)
		rc = configure_volumes(c, e);
	if (rc == 0)
		rc = tree_trouble(c->view.root->tree, e); /* or it would be no true plan */
	if (rc < 0)
		return rc;
	make_plan(c);
	if (c->plan.n > 0)
		rc = retention_foretell(c->view.root, c->session->db, c->session->state,
					&(struct txn){ .n = c->n, .state = TXN_SETTLED,
						       .keeps = true }, &c->plan.forgets, e);
	if (rc == 0)
		rc = c->watch->plan(c->watch->ctx, &c->plan, e);
	if (rc >= 0 && c->plan.n > 0 && c->session->cannot.code != 0) {
		if (e != NULL)
			*e = c->session->cannot;
		return -c->session->cannot.code;
	}
	return rc > 0 && c->plan.n > 0 ? 1 : rc < 0 ? rc : 0;
}

static int carry_out(struct configure *c, struct error *e)
{
	struct error why = ERROR_INIT;
	int rc = signals_check(e);

	if (rc == 0)
		rc = check_space(c, e);
	if (rc == 0)
		rc = configure_stage(c, e);
	if (rc == 0)
		rc = configure_validate(c, e);
	if (rc == 0)
		rc = configure_seal(c, e);
	if (rc == -E_RECOVERY)
		return rc; /* it may be sealed: recovery knows */
	if (rc < 0) {
		stagedir_discard(&c->stage);
		return rc;
	}
	rc = commit_carry_out(c->session->root, c->session->state, c->session->db, c->n, NULL,
			      &why, e);
	if (rc <= 0)
		return rc;
	if (e != NULL)
		*e = why;
	return error_prefix(e, "the decision was taken back and the root is as it was");
}

static int count_left(struct configure *c, size_t *ret, struct error *e)
{
	struct editable *v;

	tree_forget(c->view.root->tree);
	return editable_pending(&c->view, c->a, &v, ret, e);
}

static void configure_free(struct configure *c)
{
	stagedir_close(&c->stage);
	dirs_free(c->dirs);
	VEC_FREE(&c->choices);
	arena_free(c->a);
}

int configure_run(const struct configure_request *req, const struct configure_watch *watch,
		  struct configure_result *ret, struct error *e)
{
	struct session_options o = {
		.who = req->command, .lock_wait = req->lock_wait, .read_only = req->dry_run,
		.waiting = watch->waiting, .told = watch->recovered, .ctx = watch->ctx,
	};
	struct session s;
	struct configure c;
	int rc = session_open(req->root_path, &o, &s, e);

	if (rc < 0)
		return rc;
	c = (struct configure){ .a = arena_new(), .req = req, .watch = watch, .session = &s,
				.view = { .root = s.root, .state = s.state, .db = s.db } };
	c.dirs = dirs_new(c.a, s.root->tree);
	rc = prepare(&c, e);
	*ret = (struct configure_result){ .changed = c.plan.n };
	if (rc > 0 && req->dry_run)
		rc = 0;
	else if (rc > 0) {
		rc = carry_out(&c, e);
		ret->txn = rc == 0 ? c.n : 0;
	}
	if (rc == 0 && ret->txn != 0)
		rc = count_left(&c, &ret->left, e);
	configure_free(&c);
	session_close(&s);
	return rc;
}
