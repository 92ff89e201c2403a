/*
 * apply: a saved plan becomes the command that it was saved of.
 *
 * main() calls apply_load() once the words are parsed: it puts the words of the plan in place of
 * `apply PLAN`, with what was said beside them (-y, -q, --json). The verb that they name then
 * runs as ever, and the writer compares what comes of it (run.plan).
 */
#ifndef COMMPKG_VERB_APPLY_H
#define COMMPKG_VERB_APPLY_H

#include "planfile.h"
#include "verb.h"

/* For `apply PLAN`: *o becomes that of the plan, *ret is the plan. Else nothing. o->verb stays
 * apply on failure. */
int apply_load(struct arena *a, struct options *o, struct planfile **ret, struct error *e);
/* -n --save PLAN: the plan that was shown. */
int apply_save(struct run *r, const struct plan *plan, struct error *e);

#endif
