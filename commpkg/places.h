/*
 * Where things live on the host (CLI.md, "Where things live").
 *
 * COMMPKG_STATE moves all state. Without it root has /var/lib/commpkg and /var/log/commpkg,
 * anybody else $XDG_STATE_HOME/commpkg (~/.local/state/commpkg) with `log` below.
 * --logdir beats COMMPKG_LOGDIR beats these.
 */
#ifndef COMMPKG_PLACES_H
#define COMMPKG_PLACES_H

#include "formats/arena.h"
#include "formats/error.h"

/* First of all: descriptors 0 to 2 that our parent closed lead to /dev/null. A file of a root
 * would be opened as one of them otherwise, and get what we say. */
void places_standard(void);
/* -E_USAGE when a variable is relative or no home is known. */
int places_state(struct arena *a, const char **ret, struct error *e);
/* option: --logdir or NULL. */
int places_log(struct arena *a, const char *option, const char **ret, struct error *e);
/* Where keys.d and commpkg.conf are looked for: COMMPKG_STATE alone when it is set; else
 * /etc/commpkg and, for an ordinary user, $XDG_CONFIG_HOME/commpkg (~/.config/commpkg). */
#define PLACES_CONFIG_MAX 2
int places_config(struct arena *a, const char *ret[PLACES_CONFIG_MAX], size_t *ret_n,
		  struct error *e);
/* The directory of the running program, where our others are too; NULL: not known. */
const char *places_programs(struct arena *a);
/* The directory of the running program when it may be a distribution (it is not called
 * bin or sbin), else NULL. */
const char *places_program(struct arena *a);
/* What the user named, on the host; links are followed. */
enum place_kind { PLACE_GONE, PLACE_UNREADABLE, PLACE_DIRECTORY, PLACE_FILE };
enum place_kind places_look(const char *path);
int places_open(const char *path, int *ret_fd, struct error *e); /* for reading */
/* The whole of a regular file up to max bytes (-E_LIMIT). NUL added after *ret_len. */
/* Whatever can be read, to its end; "-" is standard input. NUL added after *ret_len. */
int places_read_any(struct arena *a, const char *path, size_t max, char **ret, size_t *ret_len,
		    struct error *e);
/* A directory of ours and those above it; "cannot make the WHAT '...'". What may not be made is
 * left to who uses it. */
int places_make_directories(const char *dir, const char *what, struct error *e);
int places_read(struct arena *a, const char *path, size_t max, char **ret, size_t *ret_len,
		struct error *e);
/* $COMMPKG_STATE/cache, else /var/cache/commpkg, or of an ordinary user $XDG_CACHE_HOME/commpkg
 * (~/.cache/commpkg). What is in it can be made anew. */
int places_cache(struct arena *a, const char **ret, struct error *e);
int places_make(const char *path, int *ret_fd, struct error *e); /* for writing, emptied */

/* path as an absolute one, from the working directory, in canonical form. */
int places_absolute(struct arena *a, const char *path, const char **ret, struct error *e);
/* The same for what is there: links and `..` are followed. What is not, as above; an URL
 * is one already. */
int places_real(struct arena *a, const char *path, const char **ret, struct error *e);

#endif
