/*
 * From packages of a catalog to packages of media: what the solver chose is opened and
 * compared, several media at a time, and takes the place of the catalog's entry.
 */
#ifndef COMMPKG_TAKE_H
#define COMMPKG_TAKE_H

#include "formats/medium_verify.h"
#include "solve.h"

struct published;
/* Whose entry is it? NULL: a package that has its medium. */
struct published *take_published(const struct dist *d, const struct package *p);
/* One. */
int take_package(const struct dist *d, const struct package *p, const struct package **ret,
		 struct error *e);
/* Those of all steps, in place. watch is called in the calling thread. */
int take_steps(const struct dist *d, struct step *steps, size_t n, unsigned threads,
	       medium_watch *watch, void *ctx, struct error *e);

#endif
