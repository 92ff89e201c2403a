/*
 * Answers given before, and those of this run for the next one: state files
 * (commpkg-state(5); their bytes are read and written by formats/statefile).
 *
 *	rc = answer_load(a, &o, e);		--silent FILE, right after options_parse()
 *	rc = answer_save(r, &decided, e);	when the plan is made
 *
 * The command line beats the file, the file beats the default. The file names roots only
 * when the command line names none, and components only when it names nothing.
 */
#ifndef COMMPKG_ANSWER_H
#define COMMPKG_ANSWER_H

#include "verb.h"

/* Does nothing without --silent. `NONE` is a file without answers, `-` standard input.
 * o->words is replaced, its new texts live in a. -E_USAGE when the file is of another verb. */
int answer_load(struct arena *a, struct options *o, struct error *e);

/* What only the plan knows. */
struct answer_decided {
	const char *versions;	/* NAME=VERSION, blanks between; NULL: none */
	const char *names;	/* in place of those that were named, blanks between; or NULL */
	bool license_accepted, shared_upgraded;
};
/* The state file of this run as its hooks get it, without their answers: what was asked for, as it
 * is known before the plan. NULL: it can't be written down. */
const char *answer_text(struct run *r);
/* LOGDIR/silent_CommsInstaller_VERB_YYYYMMDDHHMMSS, for people: a warning when it can't be
 * written; and --record FILE, which has to be. */
int answer_save(struct run *r, const struct answer_decided *d, struct error *e);

#endif
