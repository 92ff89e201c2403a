/*
 * A medium holds packages: a datastream (plain, or compressed as a whole with
 * zstd, gzip, bzip2, xz or compress), a package directory, a directory of package
 * directories (a spool), or a zip archive of them. Recognised by content, never by name.
 *
 *	struct medium *m;
 *	rc = medium_open(AT_FDCWD, "SUNWfoo.pkg", MEDIUM_ALL, &m, e);
 *	for (i = 0; i < medium_count(m); i++)
 *		show(medium_package(m, i));
 *
 *	bool *wanted = ...;			one per package
 *	rc = payload_open(m, wanted, &p, e);	one pass, in the order of the medium
 *	while ((rc = payload_next_package(p, &i, e)) > 0)
 *		while ((rc = payload_next(p, &entry, e)) > 0)
 *			while ((rc = payload_read(p, &bytes, &len, e)) > 0)
 *				...
 *	payload_close(p);
 *	medium_close(m);
 *
 * medium_open() reads and checks all metadata (pkginfo, pkgmap, install files): every
 * information file is there, is listed, and has the size and sum its pkgmap line
 * says; pkginfo in the head and in the part agree; PKG fits the directory name.
 * payload_*() gives exactly the f, e and v entries that have payload: a member that
 * is missing, too short, too long, twice there, or with a wrong sum is refused with
 * its path (and offset in a stream); so is a member that no pkgmap line lists (but see
 * payload_pass_unlisted()), and one that is no regular file. So whoever copies what
 * payload_*() gives has what the package promised.
 *
 * Entries are handed out in the order of the medium; an entry's identity is its
 * pointer into medium_package(m, i)->map.entries.
 *
 * Threads: a medium is immutable once open; several payloads (of one medium or of
 * several) may run in several threads.
 */
#ifndef FORMATS_MEDIUM_H
#define FORMATS_MEDIUM_H

#include "package.h"

#define MEDIUM_MAX_PACKAGES 20000u

enum medium_depth {
	MEDIUM_ALL,		/* everything above */
	MEDIUM_HEAD,		/* pkginfo and pkgmap only (pkginfo -d, indexing) */
};

enum medium_kind { MEDIUM_STREAM, MEDIUM_PACKAGE_DIR, MEDIUM_SPOOL, MEDIUM_ZIP };

struct medium;

/* dirfd and path as in openat(2), following links (a user named it). On failure
 * -E_FORMAT: it is no medium, or broken: says which, at what offset or line. */
int medium_open(int dirfd, const char *path, enum medium_depth depth,
		struct medium **ret, struct error *e);
/* The same, but a package that can't be read does not keep the others from it: it is there
 * with `broken`, its dirname, what its pkginfo says where that can be read (else empty
 * words), and nothing in its map. payload_open() refuses it. In a stream that is cut off or
 * no archive from some place on, these are all whose end is not before it: nothing tells
 * where the next one begins. */
int medium_open_each(int dirfd, const char *path, enum medium_depth depth,
		     struct medium **ret, struct error *e);
/* The same, but `before` sees it first, when not a byte of it has been read as packages:
 * medium_digest() works on it then. Its words are handed on as they are. */
typedef int medium_before(void *ctx, const struct medium *m, struct error *e);
int medium_open_after(int dirfd, const char *path, medium_before *before, void *ctx,
		      struct medium **ret, struct error *e);
void medium_close(struct medium *m); /* takes NULL */

const char *medium_path(const struct medium *m);	/* as given */
enum medium_kind medium_kind(const struct medium *m);
/* "zstd", "gzip", "bzip2", "xz", "compress" or NULL. */
const char *medium_compression(const struct medium *m);
size_t medium_count(const struct medium *m);
const struct package *medium_package(const struct medium *m, size_t i);
/* Bytes of the medium as stored, for progress; 0 for directories. */
uint64_t medium_stored_bytes(const struct medium *m);
/* Is this directory, by its look, a medium? For scanning a distribution:
 * 1 it looks like one, 0 not, negative: can't be read. Reads a few bytes. */
int medium_probe(int dirfd, const char *path, struct error *e);

struct payload;
/* `wanted` has medium_count() elements and is copied; NULL = all. */
int payload_open(const struct medium *m, const bool *wanted, struct payload **ret,
		 struct error *e);
/* 1: at package *ret_index; 0: no more. Skips what is left of the one before. At the
 * end of a package (when the next is asked for, or payload_next() gives 0) every
 * payload entry of it has been seen or the call fails. */
int payload_next_package(struct payload *p, size_t *ret_index, struct error *e);
/* 1: at the contents of *ret; 0: no more in this package. */
int payload_next(struct payload *p, const struct entry **ret, struct error *e);
/* 1: *ret_len (>0) bytes at *ret_bytes, valid until the next call; 0: the end, and
 * size and sum were right (those of classes in the package's PKG_SRC_NOVERIFY are not
 * looked at). */
int payload_read(struct payload *p, const void **ret_bytes, size_t *ret_len,
		 struct error *e);
void payload_close(struct payload *p); /* takes NULL */

/* For tools that must do as SVR4's pkgadd does with damaged packages (svr4.md 8.9): from
 * now on contents that differ, missing and unlisted payload are told to `note` instead
 * of refused. Contents are handed out as they are; a missing entry never comes. `en` is
 * NULL for PAYLOAD_UNLISTED. Names that lead elsewhere and broken media are refused as
 * ever. Call it right after payload_open(). */
enum payload_fault { PAYLOAD_SIZE, PAYLOAD_SUM, PAYLOAD_MISSING, PAYLOAD_UNLISTED };
typedef void payload_note(const struct package *p, const struct entry *en,
			  enum payload_fault fault, const char *name, void *ctx);
void payload_tolerate(struct payload *p, payload_note *note, void *ctx);
/* Payload that no line of pkgmap names is passed over, as SVR4 does: nothing is lost, since
 * nobody asked for it. `note` (may be NULL) is told. Call it right after payload_open(). */
void payload_pass_unlisted(struct payload *p, payload_note *note, void *ctx);

#endif
