/*
 * The index of a Debian release (Packages, deb-control(5) paragraphs) as a catalog: packages
 * as debpkg.h names and relates them, media as the index has them (Filename, Size, SHA256).
 *
 * The media are .deb files, which nobody installs from: such a catalog is for solving.
 */
#ifndef FORMATS_DEBINDEX_H
#define FORMATS_DEBINDEX_H

#include "catalog.h"

#define DEBINDEX_MAX_BYTES ((size_t)1 << 30)

/* Refused with file:line: what is no paragraph, and paragraphs without Filename, Size or
 * SHA256. */
int debindex_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		   struct catalog *ret, struct error *e);

#endif
