/*
 * Response files: what was answered to the questions of packages, on this host.
 *
 * NAME='value' lines, as a request script wrote them (svr4.md 11.3). The user names a
 * file, or a directory in which each package has the one of its instance's name.
 */
#ifndef COMMPKG_RESPONSE_H
#define COMMPKG_RESPONSE_H

#include <stdbool.h>

#include "formats/arena.h"
#include "formats/error.h"

/* The text of FILE, or of DIR/INSTANCE. -ENOENT: not there. */
int response_load(struct arena *a, const char *path, const char *instance,
		  const char **ret, struct error *e);
bool response_is_directory(const char *path);
/* Where the answers of an instance go: FILE, or DIR/INSTANCE. -EEXIST: it is there. */
int response_place(struct arena *a, const char *path, const char *instance,
		   const char **ret, struct error *e);
/* A file that is not there yet: whole or not at all. */
int response_save(const char *file, const char *text, size_t len, struct error *e);

#endif
