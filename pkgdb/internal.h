/*
 * What the files of this room share: the handle, and the doors between them.
 *
 * The handle owns one connection, its prepared statements and a descriptor of the
 * state directory of its own, through which SQLite reaches its files (vfs.c).
 */
#ifndef PKGDB_INTERNAL_H
#define PKGDB_INTERNAL_H

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/str.h"
#include "journal.h"
#include "pkgdb.h"
#include "query.h"

#define DB_NAME "pkgdb.sqlite"

/* Limits of one value; what is longer is refused going in and coming out. */
#define DB_MAX_BYTES ((int64_t)8 << 30)		/* the file itself */
#define DB_MAX_VALUE (INFOFILE_MAX_BYTES + 4096)
#define DB_MAX_PATH 4095u
#define DB_MAX_WORD 255u			/* instance, class, owner, ... */
#define DB_MAX_TEXT ((size_t)1 << 20)		/* titles, parameters, notes */
#define DB_MAX_PACKAGES 1000000u

/* Changes of the counters kept in a package row, written at commit. */
struct counter {
	int64_t package;
	int64_t files, bytes;
};

struct pkgdb {
	sqlite3 *sql;
	int dir;
	bool writable;
	bool held;	/* a read transaction is open between writes (db_hold()) */
	int64_t now;	/* in a transaction: the number its rows will carry */
	bool sealed;	/* ... and txn_add() has taken it */
	int64_t pruned;	/* history up to here is forgotten; -1 = not looked yet */
	struct {
		int64_t id, added, first;
	} last;		/* the package of the last pkgdb_file_add() */
	VEC(struct counter) counters;
	long budget;	/* of the progress handler, for one query */
	sqlite3_stmt *statements[STATEMENT_COUNT];
};

/* Words and number for what SQLite said; `what` as "cannot read packages". */
int db_error(struct pkgdb *db, int rc, struct error *e, const char *what);
/* Runs fixed SQL without results. */
int db_exec(struct pkgdb *db, const char *sql, struct error *e);
/* 0, or -EINVAL outside of pkgdb_begin() and pkgdb_commit(). */
int db_must_write(struct pkgdb *db, struct error *e);
/* For single writes: opens a transaction when there is none; *ret_own tells. */
int db_begin_own(struct pkgdb *db, bool *ret_own, struct error *e);
int db_end_own(struct pkgdb *db, bool own, int rc, struct error *e);
/* Before a query: a writer, who has the lock of the root, keeps one read transaction
 * open between its writes. Each query by itself costs SQLite a dozen system calls. */
int db_hold(struct pkgdb *db, struct error *e);
/* Is a write transaction open? */
bool db_writing(const struct pkgdb *db);
/* 0, or -E_NOT_FOUND when what was so at `at` has been forgotten. */
int db_check_at(struct pkgdb *db, int64_t at, struct error *e);

const char *vfs_name(void);

int schema_create(struct pkgdb *db, struct error *e);
int schema_check(struct pkgdb *db, struct error *e);
/* Name of the i-th table, NULL after the last. */
const char *schema_table(size_t i);

/* A path as this database has it: relative, clean, no control bytes; "" is the root. */
bool path_ok(const char *path);
int path_check(const char *path, struct error *e);
/* NULL passes. -E_LIMIT names `what`. */
int text_check(const char *text, size_t max, const char *what, struct error *e);

void counter_add(struct pkgdb *db, int64_t package, int64_t files, int64_t bytes);
int counter_flush(struct pkgdb *db, struct error *e);
int counter_recount(struct pkgdb *db, int64_t package, struct error *e);

/* 0, or -EEXIST when an instance has two live rows. */
int package_check_twice(struct pkgdb *db, struct error *e);

int component_check_twice(struct pkgdb *db, struct error *e);
/* The rows (name, from, to) of a statement of one transaction. */
int txn_changes_by(struct pkgdb *db, struct arena *a, enum statement_id id, int64_t n,
		   struct txn_change **ret, size_t *ret_n, struct error *e);

/* At a commit without txn_add(): changes belong to the last transaction. */
int pristine_settle(struct pkgdb *db, struct error *e);

/* All rows of one path, ruling first, then by arrival. */
struct file_group {
	const struct pkgdb_file *rows;
	const char *const *instances;
	size_t n;
};
#define FILE_COLUMNS \
	"f.package, f.path, f.ftype, f.class, f.target, f.major, f.minor, f.mode, f.owner, " \
	"f.grp, f.size, f.sum, f.mtime, f.sha256, f.status, f.ruling, " \
	"CASE WHEN f.added > 0 THEN f.added ELSE p.added END, " \
	"CASE WHEN f.removed > 0 THEN f.removed ELSE p.removed END, " \
	"coalesce(f.arrival, p.first), p.instance"
/* Reads FILE_COLUMNS; strings stay SQLite's until the next step. */
int file_read(struct query *q, struct pkgdb_file *f, const char **ret_instance,
	      struct error *e);
/* Ruling first, then by arrival. */
void file_group_sort(struct pkgdb_file *rows, const char **instances, size_t n);
int file_walk(struct pkgdb *db, int64_t at,
	      int (*each)(const struct file_group *g, void *ctx, struct error *e), void *ctx,
	      struct error *e);
int file_group_of(struct pkgdb *db, struct arena *a, const char *path, int64_t at,
		  struct file_group *ret, struct error *e);
/* Do packages that came, or those that went, with `txn` have more rows than that? */
int file_over(struct pkgdb *db, int64_t txn, size_t most, bool *ret, struct error *e);
/* Paths that rows of transaction `txn` brought, changed or ended, sorted, each once. */
int file_paths_of(struct pkgdb *db, struct arena *a, int64_t txn, const char ***ret,
		  size_t *ret_n, struct error *e);

#endif
