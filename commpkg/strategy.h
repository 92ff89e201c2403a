/*
 * How a component may come from one version to another: the table of its manifest (`path`).
 *
 * A manifest with a table allows what is in it and nothing else, for older versions as for newer
 * ones. One without says nothing against an upgrade in place, or going back. The solver heeds it.
 */
#ifndef COMMPKG_STRATEGY_H
#define COMMPKG_STRATEGY_H

#include "formats/manifest.h"
#include "pkgdb/component.h"
#include "pkgdb/pkgdb.h"

/* What is installed, as rows of the table ask for it. */
struct strategy_from {
	const char *version;
	const char *arch;	/* of its packages, with commas between; NULL: none says any */
};

/* `known` (NULL at the beginning), with the architecture of a package if the component has it. */
const char *strategy_arch(struct arena *a, const char *known, const struct pkgdb_component *c,
			  const struct pkgdb_package *p);
struct strategy_from strategy_from(struct arena *a, const struct pkgdb_component *c,
				   const struct pkgdb_package *v, size_t n);

/* Bits of enum manifest_strategy. */
unsigned strategy_allowed(const struct manifest *to, struct strategy_from from);
/* By the first row for that version; 0: there is none. */
enum manifest_strategy strategy_recommended(const struct manifest *to, struct strategy_from from);
const char *strategy_name(enum manifest_strategy s);
/* "side-by-side, coexistent" */
const char *strategy_words(struct arena *a, unsigned bits);
/* The same, NULL-terminated. */
const char *const *strategy_list(struct arena *a, unsigned bits);

#endif
