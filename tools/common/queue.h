/*
 * Which packages of a medium pkgadd and pkgask work on, and what becomes of the run.
 */
#ifndef TOOLS_COMMON_QUEUE_H
#define TOOLS_COMMON_QUEUE_H

#include "formats/medium.h"

/* 0, or an exit status with everything said: SVR4 tells a device without packages (1)
 * from a broken datastream (99). Of a directory the packages that can't be read are
 * `broken`: it is said when their turn comes. Where a stream is broken is told to people. */
int queue_open(const char *device, bool noninteractive, struct medium **ret);

struct queue_wish {
	char *const *operands;		/* none: a menu, or with -n all */
	size_t noperands;
	const char *categories;		/* -Y, or NULL */
	bool noninteractive;
};
struct queue {
	size_t *v;			/* indices in the medium */
	size_t n;
};
/* -E_NOT_FOUND: an operand names nothing. -E_INTERRUPTED: nothing was chosen. */
int queue_choose(struct arena *a, const struct medium *m, const struct queue_wish *w,
		 struct queue *ret, struct error *e);

/* One after the other, until an outcome ends the run (outcome.h). Gives the exit status. */
int queue_run(const struct medium *m, const struct queue *q, bool noninteractive,
	      int (*each)(const void *ctx, const struct package *p), const void *ctx);

#endif
