/*
 * Hooks of components (commpkg-hooks(7)): what all of them are told, and those that look at, or
 * work on, what is staged, in the cage over the stage as scripts of packages are.
 *
 *	struct hook h = { .told = { .what = "validate", .component = "MS", .to = "7.0" },
 *			  .base = "opt/ms", .command = "sbin/test-config store", ... };
 *
 *	rc = hooks_run(&place, &h, &result, e);
 *	if (rc == -E_UNSUPPORTED) ...it can't be staged here, e has why...
 *
 * What it writes is thrown away, or with `keep` folded into new/ of the stage when it ended with 0:
 * ops_from_stage() finds it there.
 *
 * Hooks of a sealed transaction are rows of its journal (services.h, migrate.h). Their
 * environment is hooks_env() at the seal and hooks_places() when they run: where the root lies is
 * for whoever recovers it to say.
 */
#ifndef COMMPKG_HOOKS_H
#define COMMPKG_HOOKS_H

#include "effects.h"
#include "script.h"

/* What they are told of themselves. */
struct hook_told {
	const char *what;		/* COMMPKG_HOOK */
	const char *component, *service; /* service NULL: it is of none */
	const char *from, *to;		/* versions before and afterwards; NULL: none */
	const char *only;		/* COMMPKG_ONLY: of what is to be done, this; NULL: all */
	bool back;			/* COMMPKG_DIRECTION=back: what is done is an undo */
	bool dry_run;			/* COMMPKG_DRYRUN=yes: say what would be done */
};

/* NAME=VALUE, each ended by a NUL. `old`: client path of the old version's base, or NULL. */
const char *hooks_env(struct arena *a, const struct hook_told *told, const char *old,
		      size_t *ret_len);
/* Adds those to env; what is no such text (a stranger's database) is left out. */
void hooks_env_read(struct arena *a, const char *bytes, size_t len, struct pkginfo *env);
/* Where things are: the root, the bases with it in front, and the component's directory for
 * state. `old` is what env has until now; outside != NULL: it is there instead. */
void hooks_places(struct arena *a, const struct root *root, const char *base,
		  const char *outside, struct pkginfo *env);

/* Directory of what hooks keep between their runs, one for each component; client path. It is
 * there once a hook made it. */
#define HOOKS_STATE_DIR "var/opt/commpkg/hooks"
/* Below CAGE_DIR: what was replaced, at its place in the root (COMMPKG_REPLACED). */
#define HOOKS_REPLACED "replaced"
/* Of hooks: the answers of the run, as a state file (commpkg-state(5)). */
#define HOOKS_ANSWERS "answers"
struct cage_file hooks_answers(struct arena *a, const char *text, struct pkginfo *env);

/* "@progress 30 mailbox 3 of 10": how far it is, and no line of its output. */
bool hooks_progress(const char *line, unsigned *ret_percent, const char **ret_text);

struct hook {
	struct hook_told told;
	const char *base;		/* client path, no leading slash */
	const char *old;		/* the same of the old version; or NULL */
	struct tree *old_tree;		/* the old base where it is not in this root, or NULL: it
					 * is at CAGE_DIR/old then, read-only */
	struct tree *replaced;		/* the old base as it was, where the outcome lies over it;
					 * or NULL: COMMPKG_REPLACED has it at its place */
	const char *command;		/* a program below base, with arguments */
	bool both;			/* the old base and base are its last arguments */
	const char *argument;		/* client path of a file: its last argument; or NULL */
	const char *answers;		/* text of a state file, or NULL */
	const char *input;		/* standard input; or NULL */
	size_t input_len;
	bool keep;			/* what it writes is made part of the stage; below `old`
					 * it may not write: -E_SCRIPT */
};

struct hook_place {
	struct arena *a;
	struct root *root;
	struct tree *txn, *new;		/* of the stage (overlay.h); NULL: no stage, and the root is
					 * only looked at */
	enum cage_policy policy;
	uint64_t memory;		/* as plan_options.script_memory */
	void (*line)(void *ctx, const char *text);	/* may be NULL */
	void (*progress)(void *ctx, unsigned percent, const char *text);	/* may be NULL */
	void *ctx;
};

int hooks_run(const struct hook_place *place, const struct hook *h, struct script_result *ret,
	      struct error *e);

/* "cd BASE; exec ./PROGRAM ARGUMENTS", with `more` behind it as it is (or NULL): the shell sees
 * words only. */
const char *hooks_command(struct arena *a, const char *command, const char *more);

#endif
