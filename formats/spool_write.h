/*
 * Writes package directories (layout: spool.h, svr4.md 1).
 *
 *	rc = spool_writer_open(dirfd, "SUNWfoo", &w, e);
 *	spool_writer_put(w, "pkginfo", bytes, len, 0644, mtime, e);
 *	spool_writer_put(w, "install/depend", ...);
 *	spool_writer_begin(w, "reloc/bin/x", 0755, mtime, e);	a large one in pieces
 *	spool_writer_add(w, bytes, len, e) ...
 *	spool_writer_end(w, e);
 *	rc = spool_writer_close(w, SPOOL_NEW, e);	or spool_writer_abort(w)
 *
 * Everything is written into a fresh directory of a random name beside the final one
 * (".SUNWfoo.0123456789abcdef", mode 0700 until it is done), which spool_writer_close()
 * renames: readers see a whole package or none. Directories are made as needed, 0755.
 * Nothing is ever written through a link or over a file that is there. Owners are not
 * set; nothing is synced.
 *
 * Errors: -EEXIST from close with SPOOL_NEW when the package is there already;
 * -E_FORMAT for a name that leads elsewhere; -errno.
 */
#ifndef FORMATS_SPOOL_WRITE_H
#define FORMATS_SPOOL_WRITE_H

#include "medium.h"

struct spool_writer;

int spool_writer_open(int dirfd, const char *instance, struct spool_writer **ret,
		      struct error *e);
/* `name` is pkginfo, pkgmap, install/x, or what entry_payload_name() gives (package.h). */
int spool_writer_begin(struct spool_writer *w, const char *name, uint32_t mode, int64_t mtime,
		       struct error *e);
int spool_writer_add(struct spool_writer *w, const void *bytes, size_t len, struct error *e);
int spool_writer_end(struct spool_writer *w, struct error *e);
/* A symbolic link in the place of a file, as pkgmk -s has it. Readers refuse it: what it
 * leads to is not the package's. */
int spool_writer_link(struct spool_writer *w, const char *name, const char *target,
		      struct error *e);
/* begin, add, end */
int spool_writer_put(struct spool_writer *w, const char *name, const void *bytes, size_t len,
		     uint32_t mode, int64_t mtime, struct error *e);

enum spool_close {
	SPOOL_NEW,		/* refused when there is one of that name */
	SPOOL_REPLACE,		/* the old one goes */
};
/* Frees w also when it fails; then nothing is left behind. */
int spool_writer_close(struct spool_writer *w, enum spool_close how, struct error *e);
void spool_writer_abort(struct spool_writer *w); /* takes NULL */

/* pkginfo, pkgmap and install files. */
int spool_write_metadata(struct spool_writer *w, const struct package *p, struct error *e);
/* The payload of the package that payload_next_package() has just given. */
int spool_write_payload(struct spool_writer *w, const struct package *p, struct payload *pl,
			struct error *e);

/* Removes a package directory (any tree below dirfd), without following links. */
int spool_remove(int dirfd, const char *name, struct error *e);

#endif
