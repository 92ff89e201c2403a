/*
 * The member `signature` at the end of A0, as our writer makes it: for the writer, and for
 * the reader that compares (see medium_verify.h).
 */
#ifndef FORMATS_STREAM_SIGNATURE_H
#define FORMATS_STREAM_SIGNATURE_H

#include "cpio_write.h"

/* Into an archive that has all other members of A0; then the archive's end. */
int stream_signature_write(struct cpio_writer *w, const char *pem, size_t len, int64_t mtime,
			   struct error *e);

#endif
