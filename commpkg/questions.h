/*
 * What a package asks before its plan is made: its request and checkinstall scripts, and the
 * answers to them (svr4.md 8.1, 8.2). Answers choose classes, the base directory and any
 * other parameter, so nothing can be planned before they are known.
 *
 *	struct questions q = { .root = ..., .package = p, .instance = "SUNWfoo", ... };
 *
 *	rc = response_load(a, path, instance, &q.given, e);	if there is a response file
 *	rc = questions_ask(a, &q, &answers, e);
 *	...plan with answers.params; answers.text is what a response file holds...
 *
 * Both scripts run in the cage, as the user `install`, `noaccess` or `nobody`, and only look:
 * neither root nor host can be written to, so a dry run runs them too. What they say goes
 * into the response file alone. request reads standard input when `terminal` is set: then a
 * person, or whatever the caller gave us in place of one, answers. With `given` it is not run.
 */
#ifndef COMMPKG_QUESTIONS_H
#define COMMPKG_QUESTIONS_H

#include "owners.h"
#include "params.h"
#include "cage.h"

struct questions_watch {
	void *ctx;
	/* `text` is from outside: to be escaped before it is shown. prompt: a line that has
	 * not ended, because the script waits for an answer. */
	void (*begins)(void *ctx, const char *instance, const char *script);
	void (*line)(void *ctx, const char *instance, const char *script, const char *text);
	void (*prompt)(void *ctx, const char *instance, const char *script, const char *text);
	/* Status of script.h, also of a script that ends everything. */
	void (*ended)(void *ctx, const char *instance, const char *script, int status);
	/* An answer to what can't be asked, and is passed over. */
	void (*refused)(void *ctx, const char *name);
};

struct questions {
	struct root *root;
	const char *root_path;		/* where it is, or will be */
	struct owners *owners;
	const struct package *package;
	const char *instance;
	const struct pkginfo *old;	/* see params.h */
	const char *old_basedir;	/* of the installed one: no answer may change it */
	bool update;
	const struct pkginfo *environment, *flags; /* see environment.h */
	const char *given;		/* text of a response file, or NULL */
	bool ask;			/* somebody can be asked, at standard input */
	bool request_only;		/* pkgask: no checkinstall */
	bool as_root;			/* admin rscriptalt=root: without `install`, not noaccess */
	bool trace;			/* sh -x */
	enum cage_policy cage;
	const struct questions_watch *watch;
};

struct answers {
	struct pkginfo params;
	const char *text;		/* of the response file as it is at the end */
	size_t len;
	bool warning;			/* a script ended with 2 */
	bool reboot;			/* ... or with 10 or 20 added */
};

bool questions_has(const struct package *p);
/* -E_NEEDS_ANSWER: it asks, and nobody can be asked. -E_SCRIPT: a script said no.
 * -E_CONFLICT: BASEDIR of what is installed can't be changed. -E_FORMAT: answers that can't
 * be read. -E_UNSUPPORTED: no cage, and the policy wants one. */
int questions_ask(struct arena *a, const struct questions *q, struct answers *ret,
		  struct error *e);

#endif
