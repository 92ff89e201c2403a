/*
 * What brings the payload of one kind of medium; the border between payload.c and the
 * readers of streams and directories.
 *
 * package() goes to a package (indexes only grow), next() to its next payload entry,
 * read() gives its bytes. The carrier marks in the listing what it finds and refuses
 * what is unlisted; sizes and sums are payload.c's.
 */
#ifndef FORMATS_CARRIER_H
#define FORMATS_CARRIER_H

#include "listing.h"
#include "medium_internal.h"

struct carrier_ops {
	int (*open)(const struct medium *m, void **ret, struct error *e);
	void (*close)(void *c);
	/* `l` lives until the next package() or close(). */
	int (*package)(void *c, size_t index, struct listing *l, struct error *e);
	/* 1: *ret has *ret_size bytes; 0: no more, and none is missing. What is left unread
	 * of the one before is skipped. */
	int (*next)(void *c, const struct entry **ret, uint64_t *ret_size, struct error *e);
	/* 1: bytes, valid until the next call; 0: no more. */
	int (*read)(void *c, const void **ret, size_t *ret_len, struct error *e);
	/* After the last wanted package; `last` when it is the last of the medium. */
	int (*finish)(void *c, bool last, struct error *e);
};

extern const struct carrier_ops stream_carrier;
extern const struct carrier_ops spool_carrier;
extern const struct carrier_ops zip_carrier;

#endif
