/*
 * The directory form of a package, and directories of them.
 *
 *	PKG/pkginfo  PKG/pkgmap  PKG/install/NAME
 *	PKG/reloc/PATH  PKG/root/PATH		several parts: reloc.N, root.N or these
 *
 * Source: svr4.md 1; golden ones in tests/corpus/svr4/packages/dir. Whoever made the
 * tree may be hostile: everything below the directory given is opened without
 * following links, and must be a regular file or a directory.
 */
#ifndef FORMATS_SPOOL_H
#define FORMATS_SPOOL_H

#include "medium.h"

/* Opens `path` below dirfd, no component of which may be a link. *ret_mode has the type
 * bits. Anything but a regular file or directory is refused by name (never waited for). */
int spool_open_beneath(int dirfd, const char *path, int *ret_fd, uint32_t *ret_mode,
		       uint64_t *ret_size, struct error *e);
/* A regular file whole, NUL added; -E_LIMIT over max. */
int spool_read_file(struct arena *a, int dirfd, const char *path, size_t max,
		    const char **ret, size_t *ret_len, struct error *e);
/* The names in a directory, sorted, without "." and "..". */
int spool_list(struct arena *a, int dirfd, const char *path, const char ***ret,
	       size_t *ret_n, struct error *e);

/* Does the directory hold a pkginfo and a pkgmap? */
bool spool_is_package(int dirfd, const char *path);
/* The package in directory `path` of dirfd; `dirname` is what PKG must fit. */
int spool_load_package(struct arena *a, int dirfd, const char *path, const char *dirname,
		       enum medium_depth depth, struct package *ret, struct error *e);
/* Names of subdirectories that are packages, sorted. */
int spool_find_packages(struct arena *a, int dirfd, const char ***ret, size_t *ret_n,
			struct error *e);

#endif
