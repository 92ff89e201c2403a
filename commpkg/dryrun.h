/*
 * What migrations say that they would do (commpkg-hooks(7)), while a plan is made: of those whose
 * manifest says that they know dry runs.
 *
 * They want to see what the migration will see: what comes is staged in a directory of the host
 * (below TMPDIR, else /var/tmp) that only we can enter, the hook runs in the cage over it with
 * COMMPKG_DRYRUN=yes, and all of it is thrown away. The root is only read, so neither its lock nor
 * the right to write there is wanted. The real run asks the same before it shows its plan: what
 * a dry run showed is what it shows.
 */
#ifndef COMMPKG_DRYRUN_H
#define COMMPKG_DRYRUN_H

#include "plan.h"
#include "procedures.h"

/* Any member may be NULL. */
struct dryrun_watch {
	const struct procedures_watch *hooks;	/* of which progress */
	stage_progress progress;		/* bytes that are staged */
	void *ctx;
};

/* What they say goes to the plan, in its arena; that one would fail is a problem of it. Where none
 * can be asked (no space, several file systems) a note says so: 0. -E_INTERRUPTED. Of a root that
 * is not there yet `called` is what it will be called; else NULL. */
int dryrun_ask(struct arena *a, struct plan *plan, const char *called, unsigned threads,
	       const struct dryrun_watch *watch, struct error *e);

#endif
