/*
 * How a component may come from one version to another: the table of its manifest (`path`).
 *
 * A manifest with a table allows what is in it and nothing else, for older versions as for newer
 * ones. One without says nothing against an upgrade in place, or going back. The solver heeds it.
 */
#ifndef COMMPKG_STRATEGY_H
#define COMMPKG_STRATEGY_H

#include "formats/manifest.h"

/* Bits of enum manifest_strategy. */
unsigned strategy_allowed(const struct manifest *to, const char *from);
/* By the first row for that version; 0: there is none. */
enum manifest_strategy strategy_recommended(const struct manifest *to, const char *from);
const char *strategy_name(enum manifest_strategy s);
/* "side-by-side, coexistent" */
const char *strategy_words(struct arena *a, unsigned bits);
/* The same, NULL-terminated. */
const char *const *strategy_list(struct arena *a, unsigned bits);

#endif
