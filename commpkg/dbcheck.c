/* The database, the undo stores, and the SVR4 view against each other. */
#include "dbcheck.h"

#include <errno.h>
#include <stdlib.h>

#include "dbcheck_view.h"
#include "formats/cleanup.h"
#include "formats/str.h"
#include "volumes.h"

void dbcheck_add(struct dbcheck *c, const char *path, const char *fix, const char *text)
{
	struct dbproblem *p = VEC_PUSH(&c->problems);

	p->path = path;
	p->fix = fix;
	p->text = text;
}

/* ---- the database */

/* The SVR4 view says the same in another form: a database that is past mending is made anew
 * from it. */
static const char *fix_database(struct dbcheck *c)
{
	const char *root = str_shell(c->a, c->root->path);
	const char *dir = str_shell(c->a, root_host_path(c->a, c->root, ROOT_STATE_DIR));

	return arena_printf(c->a, "put %s/pkgdb.sqlite back from a backup; or make it anew from "
			    "the SVR4 view: mv %s %s.damaged && commpkg adopt -R %s", dir, dir,
			    dir, root);
}

static int check_rows(struct dbcheck *c, struct error *e)
{
	AUTO_STRBUF struct strbuf found = STRBUF_INIT;
	const char *line, *end;
	int rc = pkgdb_check(c->db, &found, e);

	for (line = strbuf_str(&found); rc == 0 && *line != '\0'; line = end + (*end == '\n')) {
		end = line + strcspn(line, "\n");
		dbcheck_add(c, NULL, fix_database(c),
			    arena_printf(c->a, "database: %.*s", (int)(end - line), line));
	}
	return rc;
}

/* ---- undo stores */

static const char *fix_store(struct dbcheck *c, int64_t n)
{
	return arena_printf(c->a, "put it back from a backup, or give the way back up: commpkg "
			    "history --prune -R %s (transaction %lld can't be undone as it is)",
			    str_shell(c->a, c->root->path), (long long)n);
}

static bool op_keeps(const struct op *op)
{
	return op->was.known && (op->kind == OP_PUT || op->kind == OP_REMOVE ||
				 op->kind == OP_REMOVE_TREE);
}

static int check_kept(struct dbcheck *c, int64_t n, struct tree *old, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct op *ops;
	struct stat st;
	struct rpath p;
	size_t nops, i;
	int rc = txn_ops(c->db, a, n, &ops, &nops, e);

	for (i = 0; rc == 0 && i < nops; i++) {
		if (!op_keeps(&ops[i]))
			continue;
		rc = rpath_parse(a, ops[i].path, &p, e);
		if (rc == 0)
			rc = tree_stat(old, p, &st, e);
		if (rc != -ENOENT && rc != -ENOTDIR)
			continue;
		rc = 0;
		dbcheck_add(c, arena_printf(c->a, ROOT_STATE_DIR "/undo/%lld/old/%s",
					    (long long)n, ops[i].path), fix_store(c, n),
			    arena_printf(c->a, "undo store of transaction %lld: the kept '/%s' is "
					 "gone", (long long)n, ops[i].path));
	}
	return rc == -EACCES ? (error_clear(e), 0) : rc;
}

static void add_store(struct dbcheck *c, const struct txn *t, const char *why)
{
	dbcheck_add(c, arena_printf(c->a, ROOT_STATE_DIR "/undo/%lld/old", (long long)t->n),
		    fix_store(c, t->n),
		    arena_printf(c->a, "undo store of transaction %lld: %s", (long long)t->n, why));
}

/* What an ordinary user may not look into is not judged. */
static int check_store(struct dbcheck *c, const struct txn *t, struct error *e)
{
	const char *dir = arena_printf(c->a, "undo/%lld", (long long)t->n);
	struct tree *old = NULL;
	struct volumes vs;
	int rc;

	if (t->state != TXN_SETTLED || !t->keeps)
		return 0;
	c->transactions++;
	rc = volumes_open_txn(c->a, c->root, c->state, c->db, t->n, &vs, e);
	if (rc < 0 && rc != -EACCES)
		add_store(c, t, arena_strdup(c->a, e->text));
	if (rc == 0) {
		rc = volumes_tree_below(&vs, dir, "old", 0, &old, e);
		if (rc < 0 && rc != -EACCES)
			add_store(c, t, "it is gone or unusable");
	}
	if (rc < 0) {
		error_clear(e);
		rc = 0;
	} else {
		rc = check_kept(c, t->n, old, e);
	}
	tree_close(old);
	volumes_close(&vs);
	return rc;
}

static int check_stores(struct dbcheck *c, struct error *e)
{
	struct txn *all;
	size_t n, i;
	int rc = txn_list(c->db, c->a, &all, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		rc = check_store(c, &all[i], e);
	return rc;
}

/* ---- together */

/* Between seal and settle the root is on its way to what the database says. */
static int check_pending(struct dbcheck *c, bool *ret, struct error *e)
{
	struct txn t;
	int rc = txn_pending(c->db, c->a, &t, e);

	*ret = rc > 0;
	if (rc > 0)
		dbcheck_add(c, NULL, arena_printf(c->a, "commpkg recover -R %s",
						  str_shell(c->a, c->root->path)),
			    arena_printf(c->a, "transaction %lld (%s) was interrupted: the "
					 "database is ahead of the root", (long long)t.n, t.verb));
	return rc < 0 ? rc : 0;
}

static void give(struct dbcheck *c, struct dbcheck_result *ret)
{
	*ret = (struct dbcheck_result){ .n = c->problems.n, .packages = c->packages,
					.transactions = c->transactions };
	ret->v = arena_calloc(c->a, c->problems.n + 1, sizeof(*ret->v));
	if (c->problems.n > 0)
		memcpy(ret->v, c->problems.v, c->problems.n * sizeof(*ret->v));
}

int dbcheck_view_run(struct arena *a, struct root *root, struct pkgdb *db,
		     struct dbcheck_result *ret, struct error *e)
{
	struct dbcheck c = { .a = a, .root = root, .db = db };
	int rc = dbcheck_view(&c, e);

	if (rc == 0)
		give(&c, ret);
	VEC_FREE(&c.problems);
	return rc;
}

int dbcheck_run(struct arena *a, struct root *root, struct tree *state, struct pkgdb *db,
		struct dbcheck_result *ret, struct error *e)
{
	struct dbcheck c = { .a = a, .root = root, .state = state, .db = db };
	bool pending = false;
	int rc = check_rows(&c, e);

	if (rc == 0 && c.problems.n == 0) /* else it can't be trusted to judge others */
		rc = check_pending(&c, &pending, e);
	if (rc == 0 && c.problems.n == 0)
		rc = check_stores(&c, e);
	if (rc == 0 && !pending)
		rc = dbcheck_view(&c, e);
	if (rc == 0)
		give(&c, ret);
	VEC_FREE(&c.problems);
	return rc;
}
