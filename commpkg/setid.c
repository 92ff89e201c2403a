#include "setid.h"

#include <errno.h>

#include "formats/str.h"
#include "pkgdb/pkgdb.h"

struct sharing {
	struct arena *a;
	struct root *root;
	struct pkgdb *db;
	int64_t txn;
	struct op *ops;
	size_t n;
	struct strmap *away;	/* path -> op that takes away, or replaces, what is there */
	struct strmap *instances; /* whose names count */
};

static bool takes_away(const struct op *op)
{
	return op->was.known && (op->kind == OP_PUT || op->kind == OP_REMOVE ||
				 op->kind == OP_REMOVE_TREE || op->kind == OP_COPY);
}

/* Does what is there go, itself or with a directory above it? */
static bool goes(const struct sharing *s, const char *path)
{
	const char *slash = path;

	if (strmap_find(s->away, path) != NULL)
		return true;
	while ((slash = strchr(slash, '/')) != NULL) {
		const char *dir = arena_strndup(s->a, path, (size_t)(slash - path));
		const struct op *op = strmap_find(s->away, dir);

		if (op != NULL && op->kind == OP_REMOVE_TREE)
			return true;
		slash++;
	}
	return false;
}

/* A file that is kept, with such bits and another name somewhere; what is there by now may be what
 * came in its place. Bits that are taken from a file that stays were meant to be. */
static bool is_candidate(const struct sharing *s, const struct op *op, struct stat *st)
{
	struct rpath p;

	if (!op->was.known || !S_ISREG(op->was.mode) || (op->was.mode & SETID_BITS) == 0 ||
	    !goes(s, op->path))
		return false;
	return rpath_parse(s->a, op->path, &p, NULL) == 0 &&
	       tree_stat(s->root->tree, p, st, NULL) == 0 && st->st_dev == op->was.dev &&
	       st->st_ino == op->was.ino && st->st_nlink > 1;
}

/* ---- whose names count */

static int add_owners(struct sharing *s, const char *path, int64_t at, struct error *e)
{
	struct pkgdb_package *packages;
	struct pkgdb_file *rows;
	size_t nrows, npackages, i, k;
	int rc = pkgdb_owners(s->db, s->a, path, at, &rows, &nrows, e);

	if (rc == 0)
		rc = pkgdb_packages(s->db, s->a, at, &packages, &npackages, e);
	for (i = 0; rc == 0 && i < nrows; i++)
		for (k = 0; k < npackages; k++)
			if (packages[k].id == rows[i].package)
				(void)strmap_put(s->instances, packages[k].instance, s);
	return rc;
}

static int add_changed(struct sharing *s, struct error *e)
{
	struct txn_change *changes;
	size_t n, i;
	int rc = txn_changes(s->db, s->a, s->txn, &changes, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		(void)strmap_put(s->instances, changes[i].instance, s);
	return rc;
}

static bool is_name_of(const struct sharing *s, const struct pkgdb_file *row, const struct stat *st)
{
	struct rpath client, real;
	struct stat other;

	if (row->ftype == 's' || row->ftype == 'd' || row->ftype == 'x' ||
	    rpath_parse(s->a, row->path, &client, NULL) < 0 ||
	    tree_canonical(s->root->tree, s->a, client, &real, NULL) < 0 ||
	    tree_stat(s->root->tree, real, &other, NULL) < 0)
		return false;
	return other.st_dev == st->st_dev && other.st_ino == st->st_ino &&
	       !goes(s, rpath_str(real));
}

/* 1: such a name stays. */
static int stays_of(struct sharing *s, const char *instance, const struct stat *st,
		    struct error *e)
{
	struct pkgdb_package p;
	struct pkgdb_file *rows;
	size_t n, i;
	int rc = pkgdb_package_find(s->db, s->a, instance, PKGDB_NOW, &p, e);

	if (rc <= 0)
		return rc;
	rc = pkgdb_files(s->db, s->a, p.id, PKGDB_NOW, &rows, &n, e);
	for (i = 0; rc == 0 && i < n; i++)
		if (is_name_of(s, &rows[i], st))
			return 1;
	return rc;
}

static int share(struct sharing *s, const struct op *op, const struct stat *st, struct error *e)
{
	const char *instance;
	size_t i = 0;
	int rc = add_owners(s, op->path, s->txn - 1, e);

	if (rc == 0)
		rc = add_owners(s, op->path, PKGDB_NOW, e);
	while (rc == 0 && strmap_next(s->instances, &i, &instance) != NULL)
		rc = stays_of(s, instance, st, e);
	return rc > 0 ? txn_op_share(s->db, s->txn, op->seq, e) : rc;
}

int setid_share(struct arena *a, struct root *root, struct pkgdb *db, int64_t txn,
		struct error *e)
{
	struct sharing s = { .a = a, .root = root, .db = db, .txn = txn };
	struct stat st;
	size_t i;
	int rc = txn_ops_on_mode(db, txn, SETID_BITS, e);

	if (rc <= 0) /* mostly there is none */
		return rc;
	rc = txn_ops(db, a, txn, &s.ops, &s.n, e);
	if (rc < 0)
		return rc;
	s.away = strmap_new(s.n);
	s.instances = strmap_new(8);
	for (i = 0; i < s.n; i++)
		if (takes_away(&s.ops[i]))
			(void)strmap_put(s.away, s.ops[i].path, &s.ops[i]);
	rc = add_changed(&s, e);
	for (i = 0; rc == 0 && i < s.n; i++)
		if (is_candidate(&s, &s.ops[i], &st))
			rc = share(&s, &s.ops[i], &st, e);
	strmap_free(s.away);
	strmap_free(s.instances);
	return rc;
}
