/*
 * One change of one root, from a wish to an exit status. change_run() lists the rooms
 * of the corridor in order and is what every writing verb and the SVR4 tools call.
 */
#ifndef COMMPKG_CHANGE_H
#define COMMPKG_CHANGE_H

#include "formats/statefile.h"
#include "beside.h"
#include "plan.h"
#include "trust.h"

enum change_phase {
	PHASE_READ, PHASE_SOLVE, PHASE_TRUST, PHASE_PLAN, PHASE_STAGE, PHASE_SCRIPT, PHASE_SEAL,
	PHASE_APPLY, PHASE_SETTLE, PHASE_DONE,
};

/* What the engine tells while it works; any member may be NULL. Called from the main
 * thread only. */
struct change_watch {
	void *ctx;
	/* The lock is held by another; called once. */
	void (*waiting)(void *ctx, const char *holder);
	/* An interrupted transaction was finished or discarded. */
	void (*recovered)(void *ctx, const char *words);
	/* What the signature of a medium was found to be (or that it has none), before the plan;
	 * not called for one that is refused. */
	void (*trusted)(void *ctx, const struct medium *m, const struct trust_finding *f);
	/* A published distribution that is accepted, before the solver is asked. */
	void (*published)(void *ctx, const struct published *p, const struct trust_published *f);
	/* The plan, before anything is done. 1 go on, 0 stop (dry run or "no"), negative
	 * error. Called also for plans with problems (the result is then ignored). */
	int (*plan)(void *ctx, const struct plan *plan, struct error *e);
	/* bytes of total done in this phase. */
	void (*progress)(void *ctx, enum change_phase phase, uint64_t done, uint64_t total);
	/* A script begins; a line that it said (from outside: escape it), or the beginning of
	 * one with which it waits for an answer; and how it ended. */
	void (*script_begins)(void *ctx, const char *instance, const char *script);
	void (*script_line)(void *ctx, const char *instance, const char *script,
			    const char *text);
	void (*script_prompt)(void *ctx, const char *instance, const char *script,
			      const char *text);
	void (*script_ended)(void *ctx, const char *instance, const char *script, int status);
	/* A hook of a component says how far it is (hooks.h); text as a line's. */
	void (*hook_progress)(void *ctx, const char *component, const char *hook,
			      unsigned percent, const char *text);
	/* An answer of that name, which no answer can change, was passed over. */
	void (*answer_refused)(void *ctx, const char *name);
	/* What a transaction that was taken back leaves in the root. */
	void (*told)(void *ctx, const char *words);
	/* A licence that the root has not accepted: 1 accepted, 0 not. Without it the run ends
	 * with -E_NEEDS_ANSWER. */
	int (*licence)(void *ctx, const struct plan_licence *l, struct error *e);
	/* A shared component has to be upgraded for what was asked, or could be when everything is
	 * upgraded: 1 yes, 0 no. NULL: no. */
	int (*shared)(void *ctx, const struct component_step *cs, struct error *e);
	/* There is nothing to do; the solver's notes say why, if there is more to say. */
	void (*nothing)(void *ctx, const struct solution *s);
	/* A solver that found no way. */
	void (*no_solution)(void *ctx, const struct solution *s);
};

/* Who answers the questions of packages (questions.h). */
struct change_answers {
	const char *response;		/* a response file, or a directory of them, or NULL */
	bool ask;			/* somebody is there, at standard input */
	const char *save;		/* directory to write response files to, or NULL */
};

struct change_request {
	const char *root_path;
	bool create_root;
	const struct dist *dist;
	const struct wish *wishes;
	size_t nwishes;
	struct solve_options solve;
	struct plan_options plan;
	struct change_answers answers;
	const char *state;		/* for hooks: the run as a state file, or NULL */
	const struct state_answer *given; /* ... and what it answers to them */
	size_t ngiven;
	bool accept_licences;
	bool planned;			/* it is a saved plan, of a root whose last */
	int64_t generation;		/* transaction was this */
	const struct beside_request *migrate; /* WISH_MIGRATE: from where, and what of it */
	const struct trust_options *trust; /* NULL: the caller has looked at signatures */
	int lock_wait;			/* seconds; -1 for ever */
	const enum cage_policy *policy;	/* of scripts that recovery runs first; or NULL */
	unsigned threads;		/* 0: as many as cores, at most 4 */
	bool dry_run;			/* takes no lock, writes nothing, makes no root */
};

struct change_result {
	int64_t txn;			/* 0: nothing was done */
	bool nothing_to_do;
	bool refused;			/* a licence was not accepted */
	size_t pending_config;		/* decisions queued: exit 101 */
	size_t waiting;			/* scripts, for the first boot of the root: exit 102 */
	bool script_warning;		/* a script ended with a warning */
	bool stopped;			/* one ended its package, and what was there is kept
					 * (plan_options) */
	bool reboot;			/* a script wants one: exit 100 */
};

/* 0 done (or nothing to do, or the dry-run plan can be carried out). -E_CONFLICT,
 * -E_SPACE: the plan has problems (they were shown by watch->plan). Any negative code but
 * -E_RECOVERY means: the root is as it was. */
int change_run(const struct change_request *req, const struct change_watch *watch,
	       struct change_result *ret, struct error *e);

#endif
