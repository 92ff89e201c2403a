/*
 * How SVR4 counts what became of packages (svr4.md 8.5, 11.5).
 */
#ifndef TOOLS_COMMON_OUTCOME_H
#define TOOLS_COMMON_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

enum outcome {
	OUTCOME_OK = 0,
	OUTCOME_FAILED = 1,
	OUTCOME_PARTIAL = 2,
	OUTCOME_QUIT = 3,
	OUTCOME_ADMIN = 4,
	OUTCOME_INTERACTION = 5,
	OUTCOME_INTERNAL = 99,
};

/* A script that wants the machine restarted adds to the outcome of its package: when all
 * packages are done, or before the next one. */
#define REBOOT 10
#define REBOOT_NOW 20
/* The outcome in a status with such an addition. */
enum outcome outcome_in(int status);

/* What was done, for outcome_say(). */
struct outcome_done {
	const char *instance;
	const char *root_path;
	bool removal;
	int64_t txn;		/* 0: nothing was changed, and that is said */
};

/* The words of it: `Installation`, `was successful`. */
const char *outcome_noun(const struct outcome_done *done);
const char *outcome_words(enum outcome o);
/* `Installation of <X> was successful.` and its kin, on stderr. A package that is left
 * unfinished: what to type, for whoever is there. */
void outcome_say(int status, const struct outcome_done *done);
/* The same of pkgask: `Processing of request script was successful.` */
void outcome_say_asked(int status);
/* Does the run go on with the next package? Asked for unless `noninteractive`. */
int outcome_goes_on(int status, int noninteractive, int is_removal);

/* For struct change_watch: what scripts say goes to stdout. */
void outcome_script_line(void *ctx, const char *instance, const char *script, const char *text);
void outcome_script_prompt(void *ctx, const char *instance, const char *script,
			   const char *text);

/* What the scripts of a package have said so far. */
struct outcome_scripts {
	int failed;		/* the outcome that one of them ended the package with, or OK */
	bool warning;		/* one ended with 2 */
	bool reboot, reboot_now;
};
/* A script ended with that status of script.h: says `X script did not complete
 * successfully` where SVR4 does. */
void outcome_script_ended(struct outcome_scripts *s, const char *script, int status);
/* The status of a package that came to `o`, with what its scripts want. */
int outcome_with(const struct outcome_scripts *s, enum outcome o);

struct outcome_counts {
	unsigned seen[6];	/* by outcome; 99 counts as 1 */
	bool reboot, reboot_now;
};
void outcome_count(struct outcome_counts *c, int status);
/* The exit status of the run. What is to be done about a restart is said. */
int outcome_status(const struct outcome_counts *c);

#endif
