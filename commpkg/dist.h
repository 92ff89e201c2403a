/*
 * A distribution: packages and components to choose from. A directory as it is (scanned for
 * datastreams, package directories and manifests of components; not deeper than one level
 * below) and package files named on the command line; the index is made in memory. Or a
 * published one (published.h), whose catalog is the index: its packages have no medium until
 * they are taken (take.h).
 */
#ifndef COMMPKG_DIST_H
#define COMMPKG_DIST_H

#include "formats/manifest.h"
#include "formats/medium.h"

struct dist;

struct dist *dist_new(void);
void dist_free(struct dist *d);	/* takes NULL; closes all media */
/* A directory scanned, in name order: media and manifests in it, and in the directories in it,
 * but no deeper. Files that are neither and names that begin with a dot are ignored,
 * broken ones are passed over with a note; the error of a broken manifest is for who wishes
 * for its component. -E_NOT_FOUND when nothing was found. */
int dist_add_directory(struct dist *d, const char *path, struct error *e);
/* A directory with a repo.xml, which dist_add_directory() sees by itself. */
int dist_add_published(struct dist *d, const char *place, struct error *e);
/* NAME.ovl with NAME.pkgs of Tribblix, in a directory and in its `overlays`, as components. */
int dist_add_overlays(struct dist *d, const char *place, struct error *e);
/* One medium named by the user: its packages are wished for (`named`). */
int dist_add_medium(struct dist *d, const char *path, struct error *e);
/* A package that the caller has open, and keeps open longer than d. */
void dist_add_package(struct dist *d, const struct package *p, const char *origin,
		      bool named);

struct dist_package {
	const struct package *package;
	const char *origin;	/* path of the medium, for people */
	bool named;		/* given as a package file */
};
size_t dist_count(const struct dist *d);
const struct dist_package *dist_package(const struct dist *d, size_t i);

/* ---- components */

struct dist_component {
	const struct manifest *manifest;
	const char *bytes;	/* of the manifest, as it is */
	size_t len;
	const char *origin;	/* path of the manifest, for people */
	struct published *published; /* whose catalog it is from, or NULL */
	const char *path;	/* in that */
};
/* A manifest that was read elsewhere (a catalog). The bytes are copied and parsed; one that is
 * broken is noted as dist_component_broken() has it. */
void dist_add_component(struct dist *d, const char *bytes, size_t len, const char *origin);
size_t dist_component_count(const struct dist *d);
const struct dist_component *dist_component(const struct dist *d, size_t i);
/* A file beside its manifest, or below: a licence. *ret_path is where it is, for people, and NULL
 * when it is not there. */
int dist_read_beside(struct arena *a, const struct dist_component *c, const char *file, size_t max,
		     const char **ret_path, char **ret, size_t *ret_len, struct error *e);
/* Is there a manifest of that component that could not be read? Then *ret says why, with file
 * and line, and what to type next. */
bool dist_component_broken(const struct dist *d, const char *id, struct error *ret);

/* ---- published ones; d's own */

struct published;
size_t dist_published_count(const struct dist *d);
struct published *dist_published(const struct dist *d, size_t i);

/* So many media are going to be open. */
void dist_make_room(size_t media);

/* What was passed over: the same PKG, ARCH and VERSION again (the first one counts), and
 * what can't be read. */
size_t dist_note_count(const struct dist *d);
const char *dist_note(const struct dist *d, size_t i);
/* Media and manifests that can't be read: why, and of which file. */
size_t dist_unread_count(const struct dist *d);
const char *dist_unread(const struct dist *d, size_t i, const char **ret_file);
/* The note on what can't be read and by its name may be the package that somebody wants
 * (NAME or NAME=VERSION), or NULL. */
const char *dist_broken(const struct dist *d, const char *name);

#endif
