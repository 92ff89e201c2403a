/*
 * The installation of one package by pkgadd (svr4.md 8.1): what SVR4 asks, says and
 * refuses, around change_run().
 *
 *	add.c		the steps in order
 *	add_instance.c	which instance it becomes
 *	add_ask.c	its request and checkinstall scripts
 *	add_basedir.c	where it goes
 *	add_plan.c	conflicts, set-id objects, space: looked for in the plan
 *	add_show.c	what is printed without -n
 *	add_broken.c	one that can't be read
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
	bool trace;			/* -v */
	const char *response;		/* -r: file or directory, or NULL */
	const char *ask_only;		/* pkgask: where the answers go, and nothing else is done */
	struct pkginfo environment;	/* LC_*, LANG, TZ */
	struct pkginfo flags;		/* further variables of scripts (environment.h) */
};

struct add {
	const struct add_options *o;
	struct arena *a;
	const struct package *p;
	struct installed in;		/* the root as it was; n = 0 without one */
	const char *instance;		/* chosen */
	const struct pkgdb_package *old; /* the installed instance it replaces, or NULL */
	struct pkginfo answers;
	const char *answers_text;	/* as the response file has them */
	size_t answers_len;
	const char *basedir;		/* to override BASEDIR, or NULL */
	bool relocatable;
	enum conflict_policy conflict;
	bool strip_setid, any_space;
	bool again;			/* with the policies changed by an answer */
	enum outcome outcome;		/* of the look at the plan */
	struct outcome_scripts scripts;
	bool told;			/* warnings are said already */
	int64_t txn;			/* that was made; 0: none */
	bool mapped;			/* SVR4 would have looked at contents by now */
	const struct plan *plan;	/* that is shown; while it is carried out */
	bool parts_shown;
};

/* All of it, result said. Gives its outcome, and what outcome.h adds for a restart. */
int add_package(const struct add_options *o, const struct package *p);

/* The same for one that is `broken` (medium_open_each()): says why. */
int add_broken(const struct add_options *o, const struct package *p);

/* ---- the steps */
/* Is all of a stream there? As SVR4, which unpacks it first. */
enum outcome add_check_stream(const struct add *ad);
/* When it refuses, instance stays NULL and why is said. */
enum outcome add_choose_instance(struct add *ad);
enum outcome add_ask(struct add *ad, struct error *e);
enum outcome add_choose_basedir(struct add *ad);
/* A package was refused: the empty database that SVR4's pkgadd has made by then. */
void add_leave_database(const char *root_path, bool mapped);
/* The value of a parameter, answers first. */
const char *add_param(const struct add *ad, const char *name);
/* Called by change_run() with the plan: 1 go on, 0 stop (outcome says why). */
int add_look_at_plan(struct add *ad, const struct plan *plan, struct error *e);
void add_show_header(const struct add *ad);
/* The text of the file `copyright`, or NULL, and the parameter VENDOR, or NULL. */
void add_show_legal(const struct add_options *o, const char *text, const char *vendor);
void add_show_warnings(const struct add *ad, const struct plan *plan);
void add_show_plan(struct add *ad, const struct plan *plan);
/* What is done about a script, for people. */
void add_show_script(struct add *ad, const char *script);
/* The objects, part by part and class by class: once. */
void add_show_parts(struct add *ad);

#endif
