/*
 * The signature of a datastream, compared with the stream.
 *
 *	if (medium_signed(m)) {
 *		rc = medium_verify(m, keys, time(NULL), NULL, NULL, a, &verdict, e);
 *		...
 *	}
 *
 * The stream is read once from end to end, before anything of it is unpacked, in the
 * memory of one block. A compressed stream is signed as what it becomes.
 *
 * What a signature covers: the header and all parts of all packages, to the end of the
 * file. Not the head (A0) with the first copy of pkginfo and pkgmap, but medium_open()
 * has refused one that differs from the second. What is left in A0 are numbers of cpio
 * that nobody reads; signatures of ours cover these as well (signature_head()), so that
 * every byte of such a stream counts.
 */
#ifndef FORMATS_MEDIUM_VERIFY_H
#define FORMATS_MEDIUM_VERIFY_H

#include "medium.h"
#include "sign.h"

/* Bytes read so far, of so many; negative stops. */
typedef int medium_watch(void *ctx, uint64_t done, uint64_t total, struct error *e);

bool medium_signed(const struct medium *m);
/* 0: *ret is the verdict, which may well be bad. Negative: there is none, because the
 * signature can't be read (see signature_parse()), or the stream. watch may be NULL. */
int medium_verify(const struct medium *m, const struct sign_keys *keys, int64_t now,
		  medium_watch *watch, void *ctx, struct arena *a, struct verdict *ret,
		  struct error *e);

#endif
