/*
 * What every SVR4 database has beside its records (svr4.md 10.1): empty directories and files
 * below var/sadm/install.
 */
#ifndef COMMPKG_FURNITURE_H
#define COMMPKG_FURNITURE_H

#include "root.h"

struct furniture {
	const char *name;
	mode_t mode;		/* 0: a directory */
};

/* `contents` aside. The last one is the list of packages of the global zone alone. */
#define FURNITURE_N 5u
extern const struct furniture furniture[FURNITURE_N];
#define FURNITURE_WITHOUT_ZONES (FURNITURE_N - 1)

/* An empty database, or what one lacks, in the root itself: what SVR4's pkgadd has made before
 * it refuses a package. `locked`: it has come as far as the lock of contents. Nothing where
 * other tools keep the database. Nobody waits for it: errors are not told. */
void furniture_leave(struct root *root, bool ours, bool locked);

#endif
