/*
 * A hook of a component that looks at, or works on, what is staged (commpkg-hooks(7)): in the cage,
 * over the stage, as scripts of packages are.
 *
 *	struct hook h = { .what = "validate", .component = "MS", .base = "opt/ms",
 *			  .command = "sbin/test-config store", .argument = ... };
 *
 *	rc = hooks_run(&place, &h, &result, e);
 *	if (rc == -E_UNSUPPORTED) ...it can't be staged here, e has why...
 *
 * What it writes is thrown away.
 */
#ifndef COMMPKG_HOOKS_H
#define COMMPKG_HOOKS_H

#include "script.h"

struct hook {
	const char *what;		/* COMMPKG_HOOK */
	const char *component, *version;
	const char *base;		/* client path, no leading slash */
	const char *command;		/* a program below it, with arguments */
	const char *argument;		/* client path of a file: its last argument; or NULL */
	const char *input;		/* standard input; or NULL */
	size_t input_len;
};

struct hook_place {
	struct arena *a;
	struct root *root;
	struct tree *txn, *new;		/* of the stage (overlay.h) */
	enum cage_policy policy;
	void (*line)(void *ctx, const char *text);	/* may be NULL */
	void *ctx;
};

int hooks_run(const struct hook_place *place, const struct hook *h, struct script_result *ret,
	      struct error *e);

/* "cd BASE; exec ./PROGRAM ARGUMENTS", with `more` behind it as it is (or NULL): the shell sees
 * words only. */
const char *hooks_command(struct arena *a, const char *command, const char *more);

#endif
