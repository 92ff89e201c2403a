/*
 * A thread that fills blocks ahead of the one who reads them.
 *
 *	ra = readahead_new(fill, ctx, block_size, nblocks);
 *	while ((rc = readahead_next(ra, &bytes, &len, e)) > 0)
 *		...			valid until the next call
 *	readahead_free(ra);		stops the thread, wherever it is
 *
 * `fill` is only called by the thread. Its first negative result, and its error,
 * are given to the reader after the blocks before it. Signals are blocked in the
 * thread, so handlers stay with the others.
 */
#ifndef FORMATS_READAHEAD_H
#define FORMATS_READAHEAD_H

#include <stddef.h>

#include "error.h"

/* Fills buf; *ret_len < cap only at the end, 0 when nothing is left. */
typedef int readahead_fill(void *ctx, void *buf, size_t cap, size_t *ret_len,
			   struct error *e);

struct readahead;
/* NULL when no thread can be had: the caller then reads by itself. */
struct readahead *readahead_new(readahead_fill *fill, void *ctx, size_t block_size,
				unsigned nblocks);
/* 1: a block; 0: the end; negative: the error of fill. */
int readahead_next(struct readahead *ra, const unsigned char **ret, size_t *ret_len,
		   struct error *e);
void readahead_free(struct readahead *ra); /* takes NULL */

#endif
