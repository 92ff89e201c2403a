/*
 * What a regular file of a tree holds: digested, or copied with its attributes. Both read
 * the file once, never follow a link, and refuse what is no regular file.
 */
#ifndef COMMPKG_CONTENTS_H
#define COMMPKG_CONTENTS_H

#include "formats/digest.h"
#include "formats/medium.h"
#include "merge.h"
#include "root.h"

/* ret_sum may be NULL. */
int contents_digest(struct tree *t, struct rpath p, struct sha256 *ret, uint32_t *ret_sum,
		    struct error *e);
/* A text that is there, of at most so many bytes: 1; 0: nothing is, or something else. In a. */
int contents_text(struct arena *a, struct tree *t, struct rpath p, size_t max, struct text *ret,
		  struct error *e);
/* Told now and then how many bytes are copied; NULL: nobody is. */
struct contents_watch {
	void (*copied)(void *ctx, uint64_t bytes);
	void *ctx;
};
/* The rest of a payload's entry, digested, and written to fd (negative: nowhere). */
int contents_payload(struct payload *p, struct digest *d, int fd, struct sha256 *ret,
		     struct error *e);
/* From one open file to another; `what` is for messages. */
int contents_copy(int from, int to, const char *what, const struct contents_watch *watch,
		  struct error *e);
/* p of one tree as p of another, where nothing is, with mode, time, and extended attributes as
 * far as the system lets us give them; with `owners` also owner and group. */
int contents_copy_file(struct tree *t, struct tree *t2, struct rpath p, bool owners,
		       const struct contents_watch *watch, struct error *e);

#endif
