/*
 * The scripts of a plan, run between staging and seal, each in its cage over the outcome
 * so far (svr4.md 8.1, 8.4, 8.7; DESIGN.md 4 and 6).
 *
 * Package by package, in the order of the plan:
 *
 *	comes	view in var/sadm/pkg, preinstall, objects of classes without a script, class
 *		action scripts in the order of CLASSES, postinstall
 *	goes	preremove, classes in reverse with their scripts, other objects, postremove
 *
 * Payload has been staged in txn/N/pay; a package's own moves into txn/N/new when its turn
 * comes, so that preinstall does not see it. What a script does is caught, attributed,
 * noted and folded into new/. After the last script new/ is the outcome, and ops come
 * from comparing it with the root (ops_from_stage()).
 *
 * A script that fails ends the transaction; the root was only read. With keep_stopped
 * (plan_options) it ends the package there instead: what it and those before it made is the
 * outcome, objects whose turn did not come are marked `*` or `~`, and those of a package that
 * goes `-` (svr4.md 8.5, 10.3).
 */
#ifndef COMMPKG_PROCEDURES_H
#define COMMPKG_PROCEDURES_H

#include "effects.h"
#include "requests.h"
#include "script.h"
#include "stage.h"

struct procedures_watch {
	void *ctx;
	void (*begins)(void *ctx, const char *instance, const char *script);
	/* `text` is from outside: to be escaped before it is shown. */
	void (*line)(void *ctx, const char *instance, const char *script, const char *text);
	/* A hook of a component says how far it is (hooks.h); from outside, too. */
	void (*progress)(void *ctx, const char *instance, const char *hook, unsigned percent,
			 const char *text);
	/* Status of script.h, also of scripts that end the transaction. */
	void (*ended)(void *ctx, const char *instance, const char *script, int status);
};

/* What a script did to one path, for history and undo. */
struct procedure_effect {
	const char *instance, *script;
	struct effect effect;
};

struct procedure_output {
	const char *instance, *script;
	int status;
	int64_t began, ended;		/* history_now() */
	struct strbuf text;		/* its lines, from outside */
};

struct procedures {
	VEC(struct procedure_output) outputs; /* one for each script that ran */
	VEC(struct procedure_effect) effects;
	struct registry registry;	/* what their installf and removef asked for */
	const char *program;		/* who changed `contents` last: "installf"; NULL: we */
	const struct plan_step *stopped; /* one of its scripts ended it there; or NULL */
	bool lingers;			/* the package that goes is marked, and stays: it was
					 * stopped, or a script of it warned */
	bool warning;			/* some script ended with 2 */
	bool reboot;			/* ... or with 10 or 20 added */
};

/* -E_UNSUPPORTED: scripts can't be staged here, with words why. -E_SCRIPT: one failed. */
int procedures_run(struct stage *s, struct pkgdb *db, const struct procedures_watch *watch,
		   struct procedures *ret, struct error *e);
void procedures_free(struct procedures *p);

/* What SVR4 puts before a package in `contents` while the object is to be done: `*` contents,
 * `~` attributes, 0 nothing is to be done. */
char procedures_to_come(const struct change_item *it);

/* A command of ours, run as scripts are, for no package: installf on the command line
 * (register.h). How it ended is for watch->ended to judge. */
struct procedures_command {
	const char *name, *text;
	const char *const *args;
	size_t nargs;
	const char *input;
	size_t input_len;
};
int procedures_command(struct stage *s, struct pkgdb *db, const struct procedures_watch *watch,
		       const struct procedures_command *c, struct procedures *ret,
		       struct error *e);

/* ---- procedures_env.c */

/* The environment of svr4.md 8.3 for one script of a step. */
int procedures_env(struct stage *s, struct pkgdb *db, const struct plan_step *ps,
		   const char *script, struct pkginfo *ret, struct error *e);
/* The same as of the root when it is booted, and its own `/`. */
int procedures_env_booted(struct stage *s, struct pkgdb *db, const struct plan_step *ps,
			  const char *script, struct pkginfo *ret, struct error *e);
/* A client path with the root in front, as scripts are given paths. */
const char *procedures_path(struct stage *s, const char *client);

#endif
