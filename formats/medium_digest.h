/*
 * What a medium is as it is stored, in one digest: for catalogs.
 *
 * Of a file it is the SHA-256 of its bytes, as sha256sum(1) says. Of a directory that of the
 * list of its files, sorted by their paths as bytes: one line `SHA256 SIZE PATH` for each.
 * What is neither a file nor a directory is refused there, and so are more than a million.
 */
#ifndef FORMATS_MEDIUM_DIGEST_H
#define FORMATS_MEDIUM_DIGEST_H

#include "medium_verify.h"

struct medium_stored {
	bool tree;
	uint64_t size;		/* bytes of all files */
	struct sha256 sha;
	struct sha256 looks;	/* devices, inodes, sizes and times, before they were read */
};

/* The same with MD5 in `sha`, for foreign catalogs. -E_UNSUPPORTED: there is no MD5. */
int medium_digest_md5(const struct medium *m, medium_watch *watch, void *ctx,
		      struct medium_stored *ret, struct error *e);
/* Reads the medium once, through the descriptor that it is read by. watch may be NULL. */
int medium_digest(const struct medium *m, medium_watch *watch, void *ctx,
		  struct medium_stored *ret, struct error *e);
/* `looks` alone, without reading: has it been touched since? */
int medium_looks(const struct medium *m, struct sha256 *ret, struct error *e);

#endif
