/*
 * The installation of one package by pkgadd (svr4.md 8.1): what SVR4 asks, says and
 * refuses, around change_run().
 *
 *	add.c		the steps in order
 *	add_instance.c	which instance it becomes
 *	add_basedir.c	where it goes
 *	add_plan.c	conflicts, set-id objects, space: looked for in the plan
 *	add_show.c	what is printed without -n
 *
 * Each step gives an outcome; OUTCOME_OK goes on.
 */
#ifndef TOOLS_COMMON_ADD_H
#define TOOLS_COMMON_ADD_H

#include "commpkg/change.h"
#include "formats/medium.h"
#include "tools/common/admin.h"
#include "tools/common/installed.h"
#include "tools/common/outcome.h"

/* The same for all packages of a run. */
struct add_options {
	const char *root_path, *prefix;
	const char *device;		/* for messages */
	const char *command;		/* for history */
	struct admin admin;
	bool noninteractive;		/* -n */
	bool silent_copyright;		/* -S */
	const char *response;		/* -r: file or directory, or NULL */
	struct pkginfo environment;	/* LC_*, LANG, TZ */
};

struct add {
	const struct add_options *o;
	struct arena *a;
	const struct package *p;
	struct installed in;		/* the root as it was; n = 0 without one */
	const char *instance;		/* chosen */
	const struct pkgdb_package *old; /* the installed instance it replaces, or NULL */
	struct pkginfo answers;
	const char *basedir;		/* to override BASEDIR, or NULL */
	bool relocatable;
	enum conflict_policy conflict;
	bool strip_setid;
	bool again;			/* with the policies changed by an answer */
	enum outcome outcome;		/* of the look at the plan */
	int script_status;		/* of the last script that ran */
	bool told;			/* warnings are said already */
};

/* All of it, result said. */
enum outcome add_package(const struct add_options *o, const struct package *p);

/* ---- the steps */
/* When it refuses, instance stays NULL and why is said. */
enum outcome add_choose_instance(struct add *ad);
enum outcome add_choose_basedir(struct add *ad);
/* The value of a parameter, answers first. */
const char *add_param(const struct add *ad, const char *name);
/* Called by change_run() with the plan: 1 go on, 0 stop (outcome says why). */
int add_look_at_plan(struct add *ad, const struct plan *plan, struct error *e);
void add_show_header(const struct add *ad);
void add_show_copyright(struct add *ad);
void add_show_warnings(const struct add *ad, const struct plan *plan);
void add_show_plan(const struct add *ad, const struct plan *plan);

#endif
