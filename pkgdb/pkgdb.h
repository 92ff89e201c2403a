/*
 * What is installed in a root: the only SQL in the house.
 *
 * A root carries its own database, pkgdb.sqlite in var/lib/commpkg. It is input
 * from strangers: pkgdb_open() is given the descriptor of that directory (reached
 * without links), checks every file before SQLite sees it (regular, ours, one
 * link), compares the schema with ours and sets limits.
 *
 * Readers need neither lock nor rights. A writer takes pkgdb_lock() first, then
 * opens with PKGDB_WRITE; all rows of a transaction, its history and its journal
 * are written between pkgdb_begin() and pkgdb_commit(), and that commit is *the*
 * moment (DESIGN.md 4).
 *
 * History is temporal. A package row is one version of one instance, and carries
 * the transaction that added it and the one that removed it (0 = none); its file
 * rows go with it. A file row has its own pair for what changes while the package
 * stays (shared paths, installf). "What was installed at N" is therefore a query:
 * every reader takes `at`, the number of a transaction, or PKGDB_NOW.
 *
 * Paths are as below the root, without a leading slash ("opt/x/bin/y").
 *
 * Strings in results live in the arena given. A handle is not for two threads at once.
 */
#ifndef PKGDB_PKGDB_H
#define PKGDB_PKGDB_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/arena.h"
#include "formats/digest.h"
#include "formats/error.h"
#include "formats/package.h"

#define PKGDB_NOW INT64_MAX
#define PKGDB_SCHEMA_VERSION 1
#define PKGDB_APPLICATION_ID 0x636f6d70 /* "comp" */

struct pkgdb;

/* ---- lock */

struct pkgdb_lock;
/* flock on `lock` in the state directory, opened O_NOFOLLOW and checked (regular,
 * one link). Waits up to `seconds` (0 = do not wait, -1 = for ever); a signal ends
 * the wait with -E_INTERRUPTED. `waiting(who, ctx)` is called once when it has to wait.
 * On -E_LOCKED the text names the holder (program, process id, since when), which
 * the holder wrote into the file; `who` is what we write ("commpkg install"). */
int pkgdb_lock(int statefd, const char *who, int seconds,
	       void (*waiting)(const char *holder, void *ctx), void *ctx,
	       struct pkgdb_lock **ret, struct error *e);
void pkgdb_unlock(struct pkgdb_lock *l); /* takes NULL */

/* ---- open */

enum pkgdb_mode { PKGDB_READ, PKGDB_WRITE };
/* PKGDB_READ: -E_NOT_FOUND when the root has no database. PKGDB_WRITE makes one
 * and migrates old ones. -E_DB: not ours or damaged; -E_UNSUPPORTED: made by a newer
 * commpkg (its schema version is named). */
int pkgdb_open(int statefd, enum pkgdb_mode mode, struct pkgdb **ret, struct error *e);
/* An empty one that lives in memory and is nobody else's: for what other tools recorded. */
int pkgdb_open_memory(struct pkgdb **ret, struct error *e);
void pkgdb_close(struct pkgdb *db); /* takes NULL; rolls back what is open */
/* Many small queries in a row: between these two SQLite keeps its lock (each query costs
 * microseconds instead of a dozen system calls), the state seen is one, and a writer's
 * commit waits. A writer's handle does so by itself between its commits, and therefore
 * must have the lock of the root. */
int pkgdb_hold(struct pkgdb *db, struct error *e);
void pkgdb_release(struct pkgdb *db);
/* PRAGMA integrity_check and foreign_key_check; findings are appended. */
int pkgdb_check(struct pkgdb *db, struct strbuf *findings, struct error *e);
/* All tables as text, ordered, for people and for git. */
int pkgdb_dump(struct pkgdb *db, struct strbuf *out, struct error *e);

/* ---- settings of the root (key, value): serials seen, policy, identity */
int pkgdb_setting_get(struct pkgdb *db, struct arena *a, const char *key,
		      const char **ret /* NULL when unset */, struct error *e);
int pkgdb_setting_set(struct pkgdb *db, const char *key, const char *value /* NULL unsets */,
		      struct error *e);
/* *ret: nothing was ever recorded, neither a transaction nor a setting nor a package. */
int pkgdb_is_blank(struct pkgdb *db, bool *ret, struct error *e);
/* The keys that begin so, sorted. */
int pkgdb_setting_keys(struct pkgdb *db, struct arena *a, const char *prefix, const char ***ret,
		       size_t *ret_n, struct error *e);

/* ---- packages */

struct pkgdb_package {
	int64_t id;
	const char *instance;	/* PKG or PKG.n */
	const char *pkg, *title, *arch, *version, *category;
	const char *basedir;	/* client path, or NULL when not relocatable */
	int64_t added, removed;	/* transactions; removed = 0 while installed */
	int64_t first;		/* id of the first row of this instance in an unbroken
				 * chain of upgrades: order of arrival in `contents` */
	bool manual;		/* named by a user, not pulled in */
	char state;		/* 0 complete; 'I' partially installed, 'R' partially removed */
	uint64_t payload_bytes;	/* of f e v */
	uint64_t nfiles;	/* file rows, all types */
};

int pkgdb_packages(struct pkgdb *db, struct arena *a, int64_t at,
		   struct pkgdb_package **ret, size_t *ret_n, struct error *e);
/* By instance. 1 found, 0 not. */
int pkgdb_package_find(struct pkgdb *db, struct arena *a, const char *instance, int64_t at,
		       struct pkgdb_package *ret, struct error *e);
/* Parameters as stored in the SVR4 view (order kept), and install/ files. */
int pkgdb_params(struct pkgdb *db, struct arena *a, int64_t package,
		 struct pkginfo *ret, struct error *e);
int pkgdb_infofiles(struct pkgdb *db, struct arena *a, int64_t package,
		    struct infofile **ret /* entry is NULL */, size_t *ret_n, struct error *e);

/* ---- files */

struct pkgdb_file {
	int64_t package;	/* id of the package row */
	const char *path;
	char ftype;		/* f e v d x p c b s l */
	const char *class;
	const char *target;	/* s l */
	uint32_t major, minor, mode;	/* NUM_UNSET, MODE_UNSET */
	const char *owner, *group;	/* NULL = '?' */
	uint64_t size;		/* f e v: as pkgmap says, bytes */
	uint32_t sum;
	int64_t mtime;
	bool content_unknown;	/* f e v: size, sum and mtime were never known ('?') */
	bool has_sha256;
	struct sha256 sha256;	/* of what was put there: f e v */
	char status;		/* 0, or one of + - * ~ ! %% of svr4.md 10.3 */
	int64_t arrival;	/* first of the package that brought this instance here
				 * (given as 0: of its own package) */
	bool ruling;		/* of several owners, the one whose type, attributes and
				 * contents are on disk (the last writer) */
	int64_t added, removed;
};

/* The files of a package row, by path. */
int pkgdb_files(struct pkgdb *db, struct arena *a, int64_t package, int64_t at,
		struct pkgdb_file **ret, size_t *ret_n, struct error *e);
/* All owners of one path, ruling first, then by arrival. *ret_n = 0 when nobody. */
int pkgdb_owners(struct pkgdb *db, struct arena *a, const char *path, int64_t at,
		 struct pkgdb_file **ret, size_t *ret_n, struct error *e);
/* Every live row, by path, then ruling first, then arrival. The row is valid during
 * the call only; a negative result of `each` ends the walk and is returned. */
int pkgdb_walk(struct pkgdb *db, int64_t at,
	       int (*each)(const struct pkgdb_file *f, void *ctx, struct error *e), void *ctx,
	       struct error *e);
/* Owned paths strictly below `dir` ("" = all), in path order, each once. */
int pkgdb_below(struct pkgdb *db, struct arena *a, const char *dir,
		const char ***ret, size_t *ret_n, struct error *e);
/* Paths that some package has as a directory (`d`, `x`) now, in path order, each once. */
int pkgdb_directories(struct pkgdb *db, struct arena *a, const char ***ret, size_t *ret_n,
		      struct error *e);
/* Number of live file rows (fast). */
int pkgdb_count_files(struct pkgdb *db, uint64_t *ret, struct error *e);

/* ---- pristine configuration: packaged text the administrator last accepted */
/* 1 found, 0 not. */
int pkgdb_pristine_get(struct pkgdb *db, struct arena *a, const char *path,
		       const char **ret, size_t *ret_len, struct error *e);
/* The same as of a transaction, for undo. Pristine text is part of history: what a
 * write records belongs to the transaction that txn_add() adds in it. */
int pkgdb_pristine_at(struct pkgdb *db, struct arena *a, const char *path, int64_t at,
		      const char **ret, size_t *ret_len, struct error *e);
int pkgdb_pristine_set(struct pkgdb *db, const char *path, const void *bytes, size_t len,
		       struct error *e);
int pkgdb_pristine_drop(struct pkgdb *db, const char *path, struct error *e);
/* Paths that some package has as an `e` now, in path order, each once. */
int pkgdb_editable(struct pkgdb *db, struct arena *a, const char ***ret, size_t *ret_n,
		   struct error *e);

/* ---- writing: all between begin and commit */

int pkgdb_begin(struct pkgdb *db, struct error *e);	/* BEGIN IMMEDIATE */
int pkgdb_commit(struct pkgdb *db, struct error *e);
void pkgdb_abort(struct pkgdb *db);

/* Fills p->id; p->first = 0 means "itself". params and infofiles are stored with it.
 * nfiles and payload_bytes are counted from the file rows. At commit there is one
 * live row per instance, or it is refused (-EEXIST). */
int pkgdb_package_add(struct pkgdb *db, struct pkgdb_package *p, const struct pkginfo *params,
		      const struct infofile *infofiles, size_t ninfofiles, struct error *e);
/* Ends the row and so all its files. */
int pkgdb_package_end(struct pkgdb *db, int64_t package, int64_t txn, struct error *e);
int pkgdb_package_set_state(struct pkgdb *db, int64_t package, char state, struct error *e);
int pkgdb_package_set_manual(struct pkgdb *db, int64_t package, bool manual, struct error *e);
/* f->added must be set; one prepared statement, made for a hundred thousand calls in
 * package and path order. */
int pkgdb_file_add(struct pkgdb *db, const struct pkgdb_file *f, struct error *e);
/* Ends one row. */
int pkgdb_file_end(struct pkgdb *db, int64_t package, const char *path, int64_t txn,
		   struct error *e);
/* Ends the row and adds `f` (same package and path) in its place. */
int pkgdb_file_replace(struct pkgdb *db, const struct pkgdb_file *f, int64_t txn,
		       struct error *e);

/* Takes back, exactly, every row that transaction `txn` added or ended (apply met an
 * error, DESIGN.md 4), and marks it reversed. Own begin/commit are the caller's. */
int pkgdb_reverse(struct pkgdb *db, int64_t txn, struct error *e);
/* Forgets history before and including `txn`: rows ended by then, and its journal. */
int pkgdb_prune(struct pkgdb *db, int64_t txn, struct error *e);

#endif
