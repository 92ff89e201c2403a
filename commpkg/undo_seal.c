/* The moment of an undo: rows, contents, history and journal in one commit. */
#include <stdlib.h>
#include <time.h>

#include "commit.h"
#include "contents.h"
#include "fixed.h"
#include "formats/cleanup.h"
#include "formats/fd.h"
#include "history_words.h"
#include "hook_answers.h"
#include "pkgdb/svr4view.h"
#include "pkgdb/undo.h"
#include "setid.h"
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
	rc = svr4view_contents(db, "commpkg", u->turned.n > 0 ? u->turned.v[0].instance : "no",
			       history_now(), &text, e);
	if (rc == 0)
		rc = rpath_parse(u->a, u->contents, &p, e);
	if (rc == 0)
		rc = undo_mkdirs(u, dirs_parent(u->dirs, u->contents), e);
	if (rc == 0)
		rc = tree_create(u->stage.new, p, &fd, e);
	if (rc < 0)
		return rc;
	rc = fd_write_all(fd, strbuf_str(&text), text.len);
	if (rc == 0 && fchmod(fd, 0644) < 0)
		rc = -errno;
	if (rc < 0)
		return error_errno(e, -rc, "cannot write '/%s' in the stage", u->contents);
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

	op.now = act->now;
	op.now.dev = op.now.ino = 0;
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

static bool runs_services(const struct undo *u)
{
	return u->nservices > 0 && u->services_why == NULL;
}

static int add_services(struct undo *u, struct pkgdb *db, struct error *e)
{
	struct service_run run = { .back = true };
	struct state_answer *known;
	struct service_rows rows;
	size_t n;
	int rc = runs_services(u) ? hook_answers_known(db, u->a, &known, &n, e) : 0;

	if (rc < 0 || !runs_services(u))
		return rc;
	run.answers = hook_answers_text(u->a, NULL, known, n);
	services_rows(u->a, u->services, u->nservices, 2, &run, &rows);
	return services_write(db, u->m, &rows, e);
}

/* In the order of the actions: what makes way for what comes back stands before it. */
static int add_ops(struct undo *u, struct pkgdb *db, struct error *e)
{
	int64_t seq = runs_services(u) ? TXN_SEQ(1, 0) : 0; /* they wait for the first hook */
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
 * before and is back, alone or with its directory: a redo, and its undo, know it by these. */
static int add_note(struct undo *u, struct pkgdb *db, const char *path, struct error *e)
{
	char hex[SHA256_HEX_SIZE] = "-";
	struct sha256 sha;
	struct stat st;
	struct rpath p;
	int rc = volumes_place(u->a, path, &p, e);

	if (rc < 0)
		return rc;
	rc = tree_stat(u->stage.new, p, &st, e);
	if (rc == -ENOENT || rc == -ENOTDIR)
		return world_stat(u->world, path, &st, NULL) == -ENOENT ?
		       txn_note_add(db, u->m, "taken", path, "- taken away", e) : 0;
	if (rc < 0)
		return rc;
	if (contents_digest(u->stage.new, p, &sha, NULL, NULL) == 0)
		sha256_hex(&sha, hex);
	return txn_note_add(db, u->m, "back", path, arena_printf(u->a, "%s brought back", hex), e);
}

static int path_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_notes(struct undo *u, struct pkgdb *db, struct error *e)
{
	const char **paths = arena_calloc(u->a, strmap_count(u->touched) + 1, sizeof(*paths));
	size_t i = 0, n = 0;
	int rc = 0;

	while (strmap_next(u->touched, &i, &paths[n]) != NULL)
		n++;
	qsort(paths, n, sizeof(*paths), path_order);
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_note(u, db, paths[i], e);
	return rc;
}

/* ---- what comes back edited, or was nobody's: no row tells of that either */

static int read_rows(struct undo *u, struct pkgdb *db, struct strmap *rows, struct error *e)
{
	struct pkgdb_package p;
	struct pkgdb_file *f;
	size_t n, i, k;
	int rc = 0;

	for (i = 0; rc >= 0 && i < u->turned.n; i++) {
		rc = pkgdb_package_find(db, u->a, u->turned.v[i].instance, PKGDB_NOW, &p, e);
		if (rc <= 0)
			continue;
		rc = pkgdb_files(db, u->a, p.id, PKGDB_NOW, &f, &n, e);
		for (k = 0; rc == 0 && k < n; k++)
			(void)strmap_put(rows, f[k].path, &f[k]);
	}
	return rc < 0 ? rc : 0;
}

static int note_if_edited(struct undo *u, struct pkgdb *db, const char *path,
			  const struct pkgdb_file *row, struct error *e)
{
	struct sha256 sha;
	struct rpath p;
	struct stat st;
	int rc;

	if (strmap_find(u->touched, path) != NULL)
		return 0;
	rc = volumes_place(u->a, path, &p, e);
	if (rc == 0)
		rc = tree_stat(u->stage.new, p, &st, e);
	if (rc == 0 && row == NULL) /* the SVR4 view is known without */
		return str_has_prefix(path, "var/sadm/") && !S_ISDIR(st.st_mode) ? 0 :
		       add_note(u, db, path, e);
	if (rc < 0 || !row->has_sha256)
		return rc;
	if (row->ftype != 'e' && (uint64_t)st.st_size == row->size &&
	    st.st_mtim.tv_sec == row->mtime)
		return 0;
	rc = contents_digest(u->stage.new, p, &sha, NULL, e);
	return rc < 0 || sha256_equal(&sha, &row->sha256) ? rc : add_note(u, db, path, e);
}

static int note_edited(struct undo *u, struct pkgdb *db, struct error *e)
{
	struct strmap *rows;
	size_t i;
	int rc;

	if (u->brought.n == 0)
		return 0;
	rows = strmap_new(1024);
	rc = read_rows(u, db, rows, e);
	for (i = 0; rc == 0 && i < u->brought.n; i++)
		rc = note_if_edited(u, db, u->brought.v[i],
				    strmap_find(rows, u->brought.v[i]), e);
	strmap_free(rows);
	return rc;
}

/* "undo 3: upgrade SUNWfoo 2.0", or "undo 2 to 5 (4 transactions)". */
static const char *summary(struct undo *u)
{
	const struct txn *last = &u->list[0], *first = &u->list[u->nlist - 1];

	if (u->nlist == 1)
		return arena_printf(u->a, "undo %lld: %s", (long long)last->n, last->summary);
	return arena_printf(u->a, "undo %lld to %lld (%zu transactions)", (long long)first->n,
			    (long long)last->n, u->nlist);
}

static int add_txn(struct undo *u, struct pkgdb *db, const char *command, struct error *e)
{
	struct txn t = {
		.n = u->m, .state = TXN_SEALED, .verb = "undo", .command = command,
		.who = history_caller(u->a), .started = history_now(), .sealed = history_now(),
		.undoes = u->list[0].n, .undoes_first = u->list[u->nlist - 1].n, .keeps = true,
		.stage = u->stage.name, .summary = summary(u),
	};

	return txn_add(db, &t, e);
}

int undo_seal(struct undo *u, const char *command, struct error *e)
{
	struct pkgdb *db = u->session->db;
	size_t i;
	int rc = pkgdb_begin(db, e);

	for (i = 0; rc == 0 && i < u->nlist; i++)
		rc = pkgdb_undo(db, u->list[i].n, u->m, e);
	if (rc == 0)
		rc = write_contents(u, db, e);
	if (rc == 0)
		rc = add_txn(u, db, command, e);
	if (rc == 0)
		rc = add_ops(u, db, e);
	if (rc == 0)
		rc = fixed_check(u->a, u->session->root, db, u->m, e);
	if (rc == 0)
		rc = setid_share(u->a, u->session->root, db, u->m, e);
	if (rc == 0)
		rc = add_services(u, db, e);
	if (rc == 0)
		rc = add_notes(u, db, e);
	if (rc == 0)
		rc = note_edited(u, db, e);
	if (rc == 0)
		rc = tree_sync(u->stage.new, e);
	if (rc == 0)
		rc = tree_trouble(u->root, e);
	if (rc < 0)
		pkgdb_abort(db);
	else
		rc = commit_moment(db, u->m, TXN_SEALED, u->stage.new, e);
	return rc < 0 ? error_prefix(e, "sealing the undo of transaction %lld",
				     (long long)u->list[u->nlist - 1].n) : 0;
}
