/*
 * What the verbs that write share: a request for the corridor, the plan shown and asked
 * for, progress, and the words at the end.
 *
 *	struct writer w;
 *	writer_init(&w, r, "Install into", "installed");
 *	w.request.wishes = ...;
 *	return writer_run(&w, e);		an exit status, or a negative code
 */
#ifndef COMMPKG_WRITER_H
#define COMMPKG_WRITER_H

#include <time.h>

#include "change.h"
#include "verb.h"

struct writer {
	struct run *run;
	struct change_request request;
	struct change_watch watch;
	struct trust_options trust;
	const char *asking;	/* "Install into" */
	const char *done;	/* "installed" */
	/* what happened, for the last lines */
	const char *summary;	/* "SUNWfoo 1.0", "3 packages" */
	bool plan_shown, refused;
	bool asked;		/* one yes for all that follows was given */
	bool agreed;		/* to a licence, in this run */
	bool shared_yes, shared_no; /* answers about shared components */
	bool forgotten;		/* the root keeps nothing: there is no way back */
	bool by_number;		/* the way back names the transaction */
	double thinking;	/* seconds until a question was answered */
	enum change_phase phase;
	struct timespec started;
};

/* Options, command line, locks and callbacks filled in from the run. */
void writer_init(struct writer *w, struct run *r, const char *asking, const char *done);
int writer_run(struct writer *w, struct error *e);

/* Wishes for the operands: names, and package files (kind for both). */
int writer_wishes(struct writer *w, enum wish_kind kind, struct error *e);
/* One wish without a name: for all there are. */
void writer_wish_all(struct writer *w, enum wish_kind kind);

/* For verbs with an engine of their own (undo, recover): what they tell, by the same voice.
 * ctx is the writer. */
void writer_waiting(void *ctx, const char *holder);
void writer_recovered(void *ctx, const char *words);
/* What --script-cage says, or NULL. */
const enum cage_policy *writer_cage(const struct options *o);
/* 1 yes (or -y), 0 no. */
int writer_ask(struct writer *w, const char *question, struct error *e);
/* The end of a run: rc of the engine, and what it did. */
int writer_finish(struct writer *w, int rc, const struct change_result *result,
		  struct error *e);

#endif
