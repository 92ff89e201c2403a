/*
 * A distribution: packages to choose from. For now a directory as it is (scanned for
 * datastreams, package directories; not deeper than one level below) and package
 * files named on the command line; the index is made in memory.
 */
#ifndef COMMPKG_DIST_H
#define COMMPKG_DIST_H

#include "formats/medium.h"

struct dist;

struct dist *dist_new(void);
void dist_free(struct dist *d);	/* takes NULL; closes all media */
/* A directory scanned, in name order. Files that are no medium are ignored, broken
 * packages are an error with their path. -E_NOT_FOUND when nothing was found. */
int dist_add_directory(struct dist *d, const char *path, struct error *e);
/* One medium named by the user: its packages are wished for (`named`). */
int dist_add_medium(struct dist *d, const char *path, struct error *e);

struct dist_package {
	const struct package *package;
	const char *origin;	/* path of the medium, for people */
	bool named;		/* given as a package file */
};
size_t dist_count(const struct dist *d);
const struct dist_package *dist_package(const struct dist *d, size_t i);

#endif
