/* The moment of a decision: pristine texts, history and journal in one commit. */
#include <errno.h>

#include "commit.h"
#include "fixed.h"
#include "configure_internal.h"
#include "history_words.h"

/* ---- was somebody quicker? */

static int check_live(struct configure *c, const struct editable *ed, struct error *e)
{
	struct stat st;
	int rc = tree_stat(c->view.root->tree, ed->real, &st, e);

	if (rc < 0 && rc != -ENOENT && rc != -ENOTDIR)
		return rc;
	if (rc < 0 && !ed->there)
		return error_clear(e), 0;
	if (rc == 0 && ed->there && st.st_dev == ed->st.st_dev && st.st_ino == ed->st.st_ino &&
	    st.st_mode == ed->st.st_mode && st.st_size == ed->st.st_size &&
	    st.st_mtim.tv_sec == ed->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == ed->st.st_mtim.tv_nsec)
		return 0;
	(void)error_set(e, E_STALE, "'/%s' changed while the decision was being carried out",
			ed->path);
	return error_hint(e, "type the same again: the plan is made anew");
}

/* ---- ops */

static int add_op(struct configure *c, int64_t *seq, struct op *op, struct error *e)
{
	op->seq = ++*seq;
	op->volume = volumes_at(c->volumes, c->nvolumes, op->path);
	return txn_op_add(c->session->db, c->n, op, e);
}

/* Once for a directory that is new. */
static int add_directory(struct configure *c, size_t upto, const char *top, int64_t *seq,
			 struct error *e)
{
	struct op op = { .kind = OP_TREE, .path = top };
	size_t i;

	for (i = 0; i < upto; i++) {
		const struct choice *x = &c->choices.v[i];
		const char *before = dirs_topmost_new(c->dirs, dirs_parent(c->dirs, x->item.real));

		if (x->puts && before != NULL && str_eq(before, top))
			return 0;
	}
	return add_op(c, seq, &op, e);
}

static int add_put(struct configure *c, size_t i, int64_t *seq, struct error *e)
{
	const struct choice *x = &c->choices.v[i];
	struct op op = { .kind = OP_PUT, .path = x->item.real };
	const char *top = dirs_topmost_new(c->dirs, dirs_parent(c->dirs, op.path));

	if (top != NULL)
		return add_directory(c, i, top, seq, e);
	if (x->ed.there)
		op_attr_of(&x->ed.st, &op.was);
	return add_op(c, seq, &op, e);
}

/* What stays has an op all the same, which changes nothing: so undo knows that the decision is
 * about this path. */
static int add_stay(struct configure *c, const struct choice *x, int64_t *seq, struct error *e)
{
	struct op op = { .kind = OP_ATTR, .path = x->item.real };

	if (!x->ed.there)
		return 0;
	op_attr_of(&x->ed.st, &op.was);
	op.now = op.was;
	return add_op(c, seq, &op, e);
}

static int add_ops(struct configure *c, size_t i, int64_t *seq, struct error *e)
{
	const struct choice *x = &c->choices.v[i];
	struct op save = { .kind = OP_PUT, .path = rpath_str(x->saved) };
	struct op gone = { .kind = OP_REMOVE, .path = rpath_str(x->ed.beside) };
	int rc = 0;

	if (x->saves)
		rc = add_op(c, seq, &save, e);
	if (rc == 0)
		rc = x->puts ? add_put(c, i, seq, e) : add_stay(c, x, seq, e);
	if (rc < 0 || x->item.gone == NULL)
		return rc;
	op_attr_of(&x->ed.beside_st, &gone.was);
	return add_op(c, seq, &gone, e);
}

/* ---- history */

static int note_put(struct configure *c, const char *real, const struct sha256 *sha,
		    const char *words, struct error *e)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(sha, hex);
	return txn_note_add(c->session->db, c->n, "merged", real,
			    arena_printf(c->a, "%s %s", hex, words), e);
}

/* What was decided; and of what was put there its digest, by which undo knows later edits. */
static int add_notes(struct configure *c, const struct choice *x, struct error *e)
{
	struct sha256 sha;
	int rc = txn_note_add(c->session->db, c->n, "config", x->item.path, x->item.what, e);

	if (rc == 0 && x->puts) {
		sha256_of(x->text.bytes, x->text.len, &sha);
		rc = note_put(c, x->item.real, &sha, x->item.what, e);
	}
	if (rc == 0 && x->saves)
		rc = note_put(c, rpath_str(x->saved), &x->ed.digest,
			      arena_printf(c->a, "the edit of /%s", x->item.path), e);
	return rc;
}

static const char *summary(struct configure *c)
{
	static const char *const verbs[] = {
		[CONFIGURE_TAKE_NEW] = "take the packaged", [CONFIGURE_KEEP] = "keep",
		[CONFIGURE_MERGED] = "merge", [CONFIGURE_RESTORE] = "restore",
	};
	const char *first = c->choices.v[0].item.path;

	if (c->choices.n == 1)
		return arena_printf(c->a, "%s /%s", verbs[c->req->kind], first);
	return arena_printf(c->a, "%s /%s and %zu more", verbs[c->req->kind], first,
			    c->choices.n - 1);
}

static int add_txn(struct configure *c, struct error *e)
{
	struct txn t = {
		.n = c->n, .state = TXN_SEALED, .verb = "config", .command = c->req->command,
		.who = history_caller(c->a), .started = history_now(), .sealed = history_now(),
		.keeps = true, .stage = c->stage.name, .summary = summary(c),
	};

	return txn_add(c->session->db, &t, e);
}

int configure_seal(struct configure *c, struct error *e)
{
	struct pkgdb *db = c->session->db;
	int64_t seq = 0;
	size_t i;
	int rc = pkgdb_begin(db, e);

	for (i = 0; rc == 0 && i < c->choices.n; i++)
		rc = pkgdb_pristine_set(db, c->choices.v[i].item.path,
					c->choices.v[i].packaged.bytes,
					c->choices.v[i].packaged.len, e);
	if (rc == 0)
		rc = add_txn(c, e);
	for (i = 0; rc == 0 && i < c->choices.n; i++)
		rc = add_ops(c, i, &seq, e);
	if (rc == 0)
		rc = fixed_check(c->a, c->session->root, db, c->n, e);
	for (i = 0; rc == 0 && i < c->choices.n; i++)
		rc = add_notes(c, &c->choices.v[i], e);
	if (rc == 0)
		rc = tree_sync(c->stage.new, e);
	for (i = 0; rc == 0 && i < c->choices.n; i++)
		rc = check_live(c, &c->choices.v[i].ed, e);
	if (rc < 0)
		pkgdb_abort(db);
	else
		rc = commit_moment(db, c->n, TXN_SEALED, c->stage.new, e);
	return rc < 0 ? error_prefix(e, "sealing the decision (transaction %lld)",
				     (long long)c->n) : 0;
}
