/*
 * Verbs as values, and what one run hands to them.
 *
 * main() parses, finds the roots that are meant and calls verb->run() once for each root
 * (once with target NULL when the verb has no VERB_ROOT). A verb returns an exit status
 * (CLI.md), or a negative code with words, which main prints and maps by exit_of_error().
 * Results go through show_table() and friends, so that text and JSON come from the same rows.
 */
#ifndef COMMPKG_VERB_H
#define COMMPKG_VERB_H

#include <stdint.h>

#include "formats/arena.h"
#include "options.h"
#include "resolve.h"

enum verb_flags {
	VERB_ROOT = 1,		/* works on roots */
	VERB_WRITES = 2,	/* keeps a log */
	VERB_NAMES = 4,		/* operands may be packages, bare words roots too */
	VERB_FILES = 8,		/* operands may be package files */
	VERB_CREATES = 16,	/* the root may be missing */
	VERB_PATHS = 32,	/* words are operands even when they begin with '/' */
	VERB_LISTS = 64,	/* ... but not behind the word `list`, and not without a word */
};

enum exit_status {
	EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_SOLUTION = 3,
	EXIT_DIFFERENCES = 5, EXIT_TRUST = 6, EXIT_LOCKED = 7, EXIT_NEEDS_ANSWER = 8,
	EXIT_STALE = 9, EXIT_RECOVERY = 10, EXIT_SOME_FAILED = 11, EXIT_RESTART = 100,
	EXIT_PENDING = 101, EXIT_FIRST_BOOT = 102,
};

struct dist;
struct planfile;

struct run {
	struct arena *arena;		/* of the whole run */
	const struct options *o;
	const char *command;		/* the command line, for history and the log */
	const char *statedir;		/* of the host: software list */
	const char *logdir;
	const struct target *target;	/* the root of this call, or NULL */
	size_t ntargets;		/* how many calls there are */
	const struct operands *operands;
	const struct planfile *plan;	/* what comes of it has to be this plan; or NULL */
	struct dist *dist;		/* VERB_FILES: loaded, else NULL */
};

struct verb {
	const char *name;
	const char *operands;		/* for the synopsis */
	const char *summary;
	unsigned flags;
	int (*run)(struct run *r, struct error *e);
	const struct option *groups[12];	/* beside options_general; NULL ends */
};

extern const struct verb verbs[];	/* ends with a name of NULL */
/* Do its words mean operands, whatever they look like (VERB_PATHS)? */
bool verb_takes_paths(const struct options *o);
/* Does it read packages: files that are named, and a distribution? */
bool verb_takes_files(const struct options *o);
/* Will this command line change something, so that a log is kept? */
bool verb_writes(const struct options *o);
const struct verb *verb_find(const char *name);
/* The closest name within two edits, or NULL. */
const char *verb_close(const char *name);

/* " @NAME" or " -R PATH" for a command to be typed about the root of this call, "" for /. */
const char *run_root_option(const struct run *r);
int exit_of_error(int code); /* code negative */
/* The operand [N] of history and undo; 0 when there is none. */
int verb_number(const struct run *r, int64_t *ret, struct error *e);

int verb_apply(struct run *r, struct error *e);
int verb_adopt(struct run *r, struct error *e);
int verb_cache(struct run *r, struct error *e);
int verb_config(struct run *r, struct error *e);
int verb_completion(struct run *r, struct error *e);
int verb_hold(struct run *r, struct error *e);
int verb_help(struct run *r, struct error *e);
int verb_history(struct run *r, struct error *e);
int verb_info(struct run *r, struct error *e);
int verb_inspect(struct run *r, struct error *e);
int verb_install(struct run *r, struct error *e);
int verb_migrate(struct run *r, struct error *e);
int verb_owns(struct run *r, struct error *e);
int verb_recover(struct run *r, struct error *e);
int verb_repair(struct run *r, struct error *e);
int verb_repo(struct run *r, struct error *e);
int verb_root(struct run *r, struct error *e);
int verb_undo(struct run *r, struct error *e);
int verb_switch(struct run *r, struct error *e);
int verb_uninstall(struct run *r, struct error *e);
int verb_upgrade(struct run *r, struct error *e);
int verb_why(struct run *r, struct error *e);
int verb_why_not(struct run *r, struct error *e);
int verb_verify(struct run *r, struct error *e);

#endif
