/*
 * From a staged plan to the ops of its journal, in the order they are applied:
 *
 *	1. what must make way for another type (a directory that becomes a file, ...)
 *	2. what comes: whole new directories, then single objects, then attributes
 *	3. what goes
 *
 * so that at every instant either the old or the new of a path is there.
 */
#ifndef COMMPKG_OPS_H
#define COMMPKG_OPS_H

#include "stage.h"

/* Results live in the stage's arena. */
int ops_build(struct stage *s, struct op **ret, size_t *ret_n, struct error *e);

#endif
