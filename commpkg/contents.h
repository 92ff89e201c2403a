/*
 * What a regular file of a tree holds: digested, or copied with its attributes. Both read
 * the file once, never follow a link, and refuse what is no regular file.
 */
#ifndef COMMPKG_CONTENTS_H
#define COMMPKG_CONTENTS_H

#include "formats/digest.h"
#include "root.h"

/* ret_sum may be NULL. */
int contents_digest(struct tree *t, struct rpath p, struct sha256 *ret, uint32_t *ret_sum,
		    struct error *e);
/* From one open file to another; `what` is for messages. */
int contents_copy(int from, int to, const char *what, struct error *e);

#endif
