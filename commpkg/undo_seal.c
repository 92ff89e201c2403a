/* The moment of an undo: rows, contents, history and journal in one commit. */
#include <stdlib.h>
#include <time.h>

#include "commit.h"
#include "contents.h"
#include "formats/cleanup.h"
#include "history_words.h"
#include "pkgdb/svr4view.h"
#include "pkgdb/undo.h"
#include "undo_look.h"

/* What comes back from the store is what the database knows of, or nothing is there. */
static int note_contents(struct undo *u, struct pkgdb *db, struct error *e)
{
	char hex[SHA256_HEX_SIZE];
	struct sha256 sha;
	struct rpath p;
	char *text;
	size_t len;
	int rc = rpath_parse(u->a, u->contents, &p, e);

	if (rc < 0)
		return rc;
	if (tree_read(u->stage.new, u->a, p, (size_t)1 << 30, &text, &len, NULL) < 0)
		return pkgdb_setting_set(db, SVR4VIEW_DIGEST, NULL, e);
	sha256_of(text, len, &sha);
	sha256_hex(&sha, hex);
	return pkgdb_setting_set(db, SVR4VIEW_DIGEST, hex, e);
}

/* The SVR4 view after the undo, staged like a file. */
static int write_contents(struct undo *u, struct pkgdb *db, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	AUTO_FD int fd = -EBADF;
	char hex[SHA256_HEX_SIZE];
	struct sha256 sha;
	struct rpath p;
	int rc;

	if (!u->contents_stays || u->contents_goes)
		return note_contents(u, db, e);
	rc = svr4view_contents(db, "commpkg", u->nchanges > 0 ? u->changes[0].instance : "no",
			       history_now(), &text, e);
	if (rc == 0)
		rc = rpath_parse(u->a, u->contents, &p, e);
	if (rc == 0)
		rc = undo_mkdirs(u, dirs_parent(u->dirs, u->contents), e);
	if (rc == 0)
		rc = tree_create(u->stage.new, p, &fd, e);
	if (rc < 0)
		return rc;
	if (write(fd, strbuf_str(&text), text.len) != (ssize_t)text.len || fchmod(fd, 0644) < 0)
		return error_errno(e, errno, "cannot write '/%s' in the stage", u->contents);
	sha256_of(strbuf_str(&text), text.len, &sha);
	sha256_hex(&sha, hex);
	return pkgdb_setting_set(db, SVR4VIEW_DIGEST, hex, e);
}

/* ---- ops */

static int add_op(struct undo *u, struct pkgdb *db, struct op *op, int64_t *seq, struct error *e)
{
	op->seq = ++*seq;
	op->volume = volumes_at(u->volumes, u->nvolumes, op->path);
	return txn_op_add(db, u->m, op, e);
}

/* What comes back below a directory that is not there comes with its directory. */
static int add_placed(struct undo *u, struct pkgdb *db, const struct undo_action *act,
		      int64_t *seq, struct error *e)
{
	const char *top = dirs_topmost_new(u->dirs, dirs_parent(u->dirs, act->path));
	struct op op = { .kind = act->kind, .path = act->path, .was = act->was };

	if (act->copy_of != NULL) {
		op.now = act->now;
		op.now.dev = op.now.ino = 0;
	}
	if (top == NULL && act->kind == OP_TREE) /* with what else comes back in it */
		(void)strmap_put(u->placed, act->path, (void *)act->path);
	if (top == NULL)
		return add_op(u, db, &op, seq, e);
	if (strmap_find(u->placed, top) != NULL)
		return 0;
	(void)strmap_put(u->placed, top, (void *)top);
	op = (struct op){ .kind = OP_TREE, .path = top };
	return add_op(u, db, &op, seq, e);
}

static int add_contents(struct undo *u, struct pkgdb *db, int64_t *seq, struct error *e)
{
	struct op op = { .kind = OP_PUT, .path = u->contents };
	struct rpath p;
	struct stat st;
	int rc;

	if (!u->contents_stays || u->contents_goes)
		return 0;
	rc = rpath_parse(u->a, u->contents, &p, e);
	if (rc == 0 && tree_stat(u->root, p, &st, NULL) == 0)
		op_attr_of(&st, &op.was);
	return rc < 0 ? rc : add_op(u, db, &op, seq, e);
}

static bool brings(const struct undo_action *act)
{
	return act->kind == OP_PUT || act->kind == OP_TREE;
}

/* In the order of the actions: what makes way for what comes back stands before it. */
static int add_ops(struct undo *u, struct pkgdb *db, struct error *e)
{
	int64_t seq = 0;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < u->actions.n; i++) {
		const struct undo_action *act = &u->actions.v[i];
		struct op op = { .kind = act->kind, .path = act->path, .was = act->was,
				 .now = act->now };

		rc = brings(act) ? add_placed(u, db, act, &seq, e) :
				   add_op(u, db, &op, &seq, e);
	}
	return rc == 0 ? add_contents(u, db, &seq, e) : rc;
}

/* No package row tells of what a script or a repair had put there, nor of what stood there
 * before and is back: a redo knows it by these. */
static int add_note(struct undo *u, struct pkgdb *db, const struct undo_action *act,
		    struct error *e)
{
	char hex[SHA256_HEX_SIZE] = "-";
	struct sha256 sha;
	struct rpath p;
	int rc;

	if (act->kind != OP_PUT || !act->from_old || strmap_find(u->effects, act->path) == NULL)
		return 0;
	rc = rpath_parse(u->a, act->path, &p, e);
	if (rc == 0 && contents_digest(u->stage.new, p, &sha, NULL, NULL) == 0)
		sha256_hex(&sha, hex);
	return rc < 0 ? rc : txn_note_add(db, u->m, "back", act->path,
					  arena_printf(u->a, "%s brought back", hex), e);
}

static int add_notes(struct undo *u, struct pkgdb *db, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < u->actions.n; i++)
		rc = add_note(u, db, &u->actions.v[i], e);
	return rc;
}

static int add_txn(struct undo *u, struct pkgdb *db, const char *command, struct error *e)
{
	struct txn t = {
		.n = u->m, .state = TXN_SEALED, .verb = "undo", .command = command,
		.who = history_caller(u->a), .started = history_now(), .sealed = history_now(),
		.undoes = u->txn.n, .keeps = true, .stage = u->stage.name,
		.summary = arena_printf(u->a, "undo %lld: %s", (long long)u->txn.n,
					u->txn.summary),
	};

	return txn_add(db, &t, e);
}

int undo_seal(struct undo *u, const char *command, struct error *e)
{
	struct pkgdb *db = u->session->db;
	int rc = pkgdb_begin(db, e);

	if (rc == 0)
		rc = pkgdb_undo(db, u->txn.n, u->m, e);
	if (rc == 0)
		rc = write_contents(u, db, e);
	if (rc == 0)
		rc = add_txn(u, db, command, e);
	if (rc == 0)
		rc = add_ops(u, db, e);
	if (rc == 0)
		rc = add_notes(u, db, e);
	if (rc == 0)
		rc = tree_sync(u->stage.new, e);
	if (rc == 0)
		rc = tree_trouble(u->root, e);
	if (rc < 0)
		pkgdb_abort(db);
	else
		rc = commit_moment(db, u->m, TXN_SEALED, u->stage.new, e);
	return rc < 0 ? error_prefix(e, "sealing the undo of transaction %lld",
				     (long long)u->txn.n) : 0;
}
