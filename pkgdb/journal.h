/*
 * Transactions and their journal of ops: what recovery reads.
 *
 * Invariants (each has a test):
 *
 *  1. A transaction row exists only once it is sealed: row, package and file rows,
 *     and ops are one SQLite commit. A stage without a row is garbage.
 *  2. At most one transaction is in state SEALED or REVERSING, and it is the last.
 *  3. Ops are applied in the order of `seq`, and each may be applied again.
 *  4. Going forward needs only ROOT, txn/N/new and the ops; going back only ROOT,
 *     undo/N/old and the ops.
 *  5. Nothing is lost: before an op replaces or removes a path, the old one is in
 *     undo/N/old.
 *  6. SETTLED and REVERSED are written only after a syncfs that followed the last op.
 *
 *	   seal_commit()              settle_mark()
 *	(none) ----------> SEALED -----------------> SETTLED --undo--> (its own new txn)
 *	                     |
 *	                     | apply failed: reverse_mark_begin()
 *	                     v                settle: reverse_mark_end()
 *	                  REVERSING ----------------------------------> REVERSED
 *
 * A transaction whose scripts run on the root itself (scripts.h) has phases: the ops of phase
 * 0, the scripts of phase 1, the ops of phase 1, and so on. The phase of an op is in its seq.
 * The ops of a phase are written anew, in the commit that begins it, as they are to be by
 * what its scripts did:
 *
 *  7. Of phases below `phase` all is done; ops of phases above it are not begun.
 *  8. Scripts of phases up to `phase` are DONE.
 */
#ifndef PKGDB_JOURNAL_H
#define PKGDB_JOURNAL_H

#include "pkgdb.h"

enum txn_state { TXN_SEALED = 1, TXN_SETTLED, TXN_REVERSING, TXN_REVERSED };

struct txn {
	int64_t n;		/* number, from 1 */
	enum txn_state state;
	const char *verb;	/* install, upgrade, ... */
	const char *command;	/* the command line, for people */
	const char *who;	/* user name or uid of the caller */
	int64_t started, sealed; /* seconds since 1970; SOURCE_DATE_EPOCH respected */
	int64_t undoes;		/* the transaction this one takes back, or 0 */
	int64_t undoes_first;	/* with those that were in force from this one on; or the same */
	bool keeps;		/* undo/N/old is there (false with --no-keep or pruned) */
	const char *stage;	/* name of its directory in txn/ ("N-random") */
	const char *summary;	/* "install SUNWfoo 1.0, remove SUNWbar 2.1" */
	int64_t phase;		/* whose ops are being applied; those before it are done */
};

enum op_kind {
	OP_PUT = 1,		/* new/P (no directory) to ROOT/P, in place of what is there */
	OP_TREE,		/* new/P, a directory with all below, to ROOT/P where nothing is */
	OP_ATTR,		/* mode, owner, group, mtime of ROOT/P to `now` */
	OP_REMOVE,		/* ROOT/P (no directory) to old/P */
	OP_REMOVE_TREE,		/* ROOT/P, a directory with all below, to old/P */
	OP_COPY,		/* ROOT/P is kept, and a copy of it takes its place, because a
				 * script may change it there, make it or remove it */
	OP_RMDIR,		/* ROOT/P, a directory, if nothing is in it by then */
};

struct op_attr {
	bool known;
	uint32_t mode;		/* 07777 and the type bits */
	uint32_t uid, gid;
	int64_t mtime, mtime_nsec;
	uint64_t dev, ino;	/* identity of the old one; 0 in `now` */
	uint64_t size;
	const char *xattrs;	/* OP_ATTR: all extended attributes in words (commpkg/xattrs.h);
				 * NULL: they are not its business */
};

/* Phase p has the numbers from TXN_SEQ(p, 0) to TXN_SEQ(p + 1, 0) - 1. */
#define TXN_PHASE_MAX ((int64_t)1 << 24)
#define TXN_SEQ(phase, i) (((int64_t)(phase) << 32) + (int64_t)(i))
#define TXN_PHASE(seq) ((int64_t)(seq) >> 32)

struct op {
	int64_t seq;
	enum op_kind kind;
	uint32_t volume;	/* which stage: file systems under one root, 0 = ROOT's own */
	const char *path;	/* below the root, checked again by rpath_parse() */
	struct op_attr was;	/* what the plan saw; known = false: nothing was there */
	struct op_attr now;	/* OP_ATTR: what to set; OP_PUT: what is put (for undo; not known
				 * where rows tell) */
	bool shared;		/* another name of the file that was there stays: so do its set-id
				 * bits */
};

/* The number the next transaction will have. */
int txn_next(struct pkgdb *db, int64_t *ret, struct error *e);
int txn_add(struct pkgdb *db, const struct txn *t, struct error *e);
int txn_op_add(struct pkgdb *db, int64_t n, const struct op *op, struct error *e);
/* Was there a regular file with one of these bits of its mode, where one of them is? 1, or 0. */
int txn_ops_on_mode(struct pkgdb *db, int64_t n, uint32_t bits, struct error *e);
/* Marks one as shared. */
int txn_op_share(struct pkgdb *db, int64_t n, int64_t seq, struct error *e);
/* Takes out the ops of a phase. */
int txn_ops_drop(struct pkgdb *db, int64_t n, int64_t phase, struct error *e);
int txn_set_phase(struct pkgdb *db, int64_t n, int64_t phase, struct error *e);
int txn_set_state(struct pkgdb *db, int64_t n, enum txn_state state, struct error *e);
int txn_set_keeps(struct pkgdb *db, int64_t n, bool keeps, struct error *e);
/* 1 found, 0 not. */
int txn_find(struct pkgdb *db, struct arena *a, int64_t n, struct txn *ret, struct error *e);
/* All, oldest first. */
int txn_list(struct pkgdb *db, struct arena *a, struct txn **ret, size_t *ret_n,
	     struct error *e);
/* The one in SEALED or REVERSING: 1, or 0 when there is none. */
int txn_pending(struct pkgdb *db, struct arena *a, struct txn *ret, struct error *e);
int txn_ops(struct pkgdb *db, struct arena *a, int64_t n, struct op **ret, size_t *ret_n,
	    struct error *e);

/* Is the directory `path` there because a transaction made it for something of a package that
 * came below it, and not because it was there before? As far as the journal goes back. */
int txn_made_directory(struct pkgdb *db, const char *path, bool *ret, struct error *e);

/* Where a transaction has parts of its stage and of its undo store, when that is not only our
 * state directory on the root's own file system. k = 0: that directory, whatever it lies on. */
#define TXN_STORE_LENGTH 16
struct txn_volume {
	int64_t n;
	uint32_t k;
	const char *path;	/* the mount point below the root, "": the root itself */
	const char *store;	/* name of our directory there, hexadecimal */
	const char *what;	/* what was mounted: "/dev/sdb1 (xfs)"; for people */
};
/* In place of those that n had, in a commit of its own unless one is open. n need not be there
 * yet. */
int txn_volumes_set(struct pkgdb *db, int64_t n, const struct txn_volume *v, size_t count,
		    struct error *e);
/* In the order of k. n = 0: of all transactions, also of such that were never sealed; each
 * store once, with n of the last. */
int txn_volumes(struct pkgdb *db, struct arena *a, int64_t n, struct txn_volume **ret,
		size_t *ret_n, struct error *e);

/* What a transaction did to packages, for history and undo. */
struct txn_change {
	const char *instance;
	const char *from, *to;	/* versions; NULL = was not / is not installed */
};
int txn_changes(struct pkgdb *db, struct arena *a, int64_t n, struct txn_change **ret,
		size_t *ret_n, struct error *e);

/* Text that belongs to a transaction: decisions, script output. kind is a word. */
int txn_note_add(struct pkgdb *db, int64_t n, const char *kind, const char *subject,
		 const char *text, struct error *e);
struct txn_note {
	const char *kind, *subject, *text;
};
int txn_notes(struct pkgdb *db, struct arena *a, int64_t n, struct txn_note **ret,
	      size_t *ret_n, struct error *e);

#endif
