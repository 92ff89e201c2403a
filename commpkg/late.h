/*
 * Scripts that run on the root itself, after the seal: on the live root, and where this host
 * can't stage them (commpkg-transaction(7)).
 *
 * They are sealed with the transaction, as pending, with all that it takes to run them, and
 * its ops are in phases around them (pkgdb/journal.h):
 *
 *	0	ops: the SVR4 view of what comes, `contents` for the time of the scripts; copies
 *		of what r.CLASS scripts change
 *	1	preinstall, preremove and r.CLASS of each step; then all other ops, and copies of
 *		what i.CLASS scripts change
 *	2...	i.CLASS of each step, each with the attributes of its objects as ops; postinstall,
 *		postremove; last the view of what goes, and `contents`
 *
 * Hooks of services (services.h) are rows of the same kind: the first of phase 1, and a last
 * phase of their own; migrations (migrate.h) have the one before that. With either the ops of a
 * transaction whose scripts were staged are in phase 1.
 *
 * Recovery goes on where a run ended, and begins a script again that had no end: late_run()
 * is all that either does. A script that fails has the transaction taken back; what it did
 * to the root besides, nobody caught: late_traces() looks for it by the times that the
 * kernel keeps, which no script can set.
 */
#ifndef COMMPKG_LATE_H
#define COMMPKG_LATE_H

#include "apply.h"
#include "editable.h"
#include "pkgdb/scripts.h"
#include "migrate.h"
#include "procedures.h"
#include "services.h"

/* ---- late_seal.c: before the seal */

struct late_recorder;

/* Notes what is to run. When the stage is filled, and before its ops are built: parents of
 * what scripts will make are staged. In the stage's arena, but for late_recorder_free(). */
int late_record(struct stage *s, struct pkgdb *db, struct late_recorder **ret, struct error *e);
void late_recorder_free(struct late_recorder *rec);	/* takes NULL */

/* An environment as jobs have it. */
const char *late_env_text(struct arena *a, const struct pkginfo *env, size_t *ret_len);

/* The same with ops in their phases; scripts are the recorder's. */
struct late_plan {
	struct txn_script *scripts;
	size_t nscripts;
	struct op *ops;
	size_t nops;
};

/* ops: of the plan, as ops_build() gives them. */
int late_arrange(struct stage *s, struct late_recorder *rec, const struct op *ops, size_t nops,
		 struct late_plan *ret, struct error *e);

/* ---- late_run.c: after it */

struct late {
	struct arena *a;
	struct root *root;
	struct tree *state;
	struct pkgdb *db;
	struct apply *ap;
	struct txn *txn;		/* its phase is written too */
	const struct procedures_watch *watch; /* may be NULL */
	const enum cage_policy *policy;	/* in place of what was sealed, or NULL */
	struct txn_script *scripts;
	size_t nscripts;
	struct op *ops;			/* all, in order */
	size_t nops;
	VEC(struct editable) decided;	/* by migrations of the phase that is entered */
	struct timespec began;		/* the first script of this run; 0: none yet */
};

/* Reads scripts and ops. */
int late_open(struct late *l, struct error *e);
/* The number of ops that belong to phases up to the present one. */
size_t late_nops(const struct late *l);
/* From where an earlier run ended to the end of the last phase. -E_SCRIPT, -E_INTERRUPTED. */
int late_run(struct late *l, struct error *e);
/* Did some script end with a warning; does one want a restart? */
void late_outcome(const struct txn_script *scripts, size_t n, bool *ret_warning, bool *ret_reboot);

/* ---- late_services.c: hooks of services (services.h), between late*.c and commit.c */

/* Is it to run, by what is known of the others of its service? */
bool late_service_wanted(const struct late *l, const struct txn_script *s);
/* On the way back: what was started is stopped; and, when the files are as they were, what was
 * stopped is started. One that fails is told, with what to type, and no reason to stop. */
void late_services_stop(struct late *l, void (*told)(void *ctx, const char *words), void *ctx);
void late_services_start(struct late *l, void (*told)(void *ctx, const char *words), void *ctx);
/* late_run.c: one, with its states; the result is judged by the caller. */
int late_run_one(struct late *l, struct txn_script *s, struct script_result *ret,
		 struct error *e);

/* ---- late_migrate.c: migrations (migrate.h), between late*.c */

/* Before the scripts of a phase: where one of its migrations was interrupted, all of them are
 * to run again, from nothing. */
int late_migrate_anew(struct late *l, int64_t phase, struct error *e);
/* In the cage over the root; what it wrote is in new/ then. */
int late_migrate(struct late *l, const struct script *script, const struct script_place *place,
		 struct script_result *ret, struct error *e);
/* Are the ops of a phase those of migrations, and of data that is saved? */
bool late_migrates(const struct late *l, int64_t phase);
int late_migrate_ops(struct late *l, int64_t phase, struct op **ret, size_t *ret_n,
		     struct error *e);
int late_migrate_notes(struct late *l, const struct op *ops, size_t n, struct error *e);

/* ---- late_requests.c: between late*.c */

/* What installf and removef of a script asked for, into rows, in the commit that records its end:
 * so no script that ended has asked in vain, and none twice. -E_FORMAT: it is no request. */
int late_requests(struct late *l, const struct txn_script *s, const struct script_result *result,
		  struct error *e);

/* ---- late_view.c: between late*.c */

/* If the phase has `contents`: made from the rows, into new/, and synced. ret: its SHA-256 in hex,
 * or as it was. */
int late_view(struct late *l, int64_t phase, char ret[SHA256_HEX_SIZE], struct error *e);

/* ---- late_ops.c: between late*.c */

/* The ops of a phase as they are to be now that its scripts have run. */
int late_ops_anew(struct late *l, int64_t phase, struct op **ret, size_t *ret_n, struct error *e);
/* Notes of what class action scripts left, so that undo knows it from later edits. */
int late_note_effects(struct late *l, struct error *e);

/* ---- late_traces.c */

#define LATE_TRACES_MAX 20
#define LATE_LOOK_MAX ((size_t)100000)	/* names that are looked at: part of a second */

struct late_traces {
	const char **paths;		/* below the root; at most LATE_TRACES_MAX */
	size_t npaths, n;		/* n: how many there are */
	bool whole;			/* all of the root was looked at */
};

/* What changed in the root between two instants and is not of these ops. What other programs
 * changed meanwhile is among it. Stays on the root's file system, and leaves out /tmp and the
 * like. */
int late_traces(struct arena *a, struct root *root, const struct op *ops, size_t nops,
		const struct timespec *from, const struct timespec *to, struct late_traces *ret,
		struct error *e);

/* The same in words, a line each; `what` as "not taken back". */
void late_traces_words(struct arena *a, const struct late_traces *t, const char *what,
		       void (*each)(void *ctx, const char *words), void *ctx);

/* When a transaction was taken back: what packages have, and is not there any more. The first
 * LATE_TRACES_MAX, a line each. Best effort: what can't be looked at is not told. */
void late_missing(const struct late *l, void (*each)(void *ctx, const char *words), void *ctx);

#endif
