/*
 * Package directories in a zip archive, as Tribblix distributes them (.zap):
 *
 *	PKG/pkginfo  PKG/pkgmap  PKG/install/NAME  PKG/reloc/PATH  PKG/root/PATH
 *
 * in any order, directories listed or not. Source: the packages of tribblix.org; what
 * unzip(1) makes of one is what spool.h reads.
 *
 * Refused: names that lead elsewhere, links and devices, names twice, what belongs to no
 * package, encrypted members.
 */
#ifndef FORMATS_ZIPPKG_H
#define FORMATS_ZIPPKG_H

#include "medium.h"
#include "zip.h"

/* Of each package one pass over the archive is needed, so there may not be many. */
#define ZIPPKG_MAX_PACKAGES 64u

/* 1: it is a zip archive with a pkginfo where one belongs; 0: something else. */
int zippkg_probe(int fd, const char *name);
/* All metadata; MEDIUM_HEAD: pkginfo and pkgmap. `each` is medium_open_each()'s. */
int zippkg_load(struct arena *a, int fd, const char *name, enum medium_depth depth, bool each,
		struct package **ret, size_t *ret_n, struct error *e);
/* "PKG/rest": false when there is no slash, or no such name of a package. */
bool zippkg_split(const char *name, char pkg[64], const char **ret_rest);

#endif
