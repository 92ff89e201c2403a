/*
 * The software list: the roots known to this host (or to this user), by name.
 *
 * A small text file, softlist, in the host's state directory (/var/lib/commpkg, or
 * XDG_STATE_HOME/commpkg, or COMMPKG_STATE), replaced by rename under a flock:
 *
 *	# commpkg software list 1
 *	root NAME PATH          PATH percent-encoded for blanks, %, control bytes
 *	group NAME ROOT...
 *
 * Names match [A-Za-z][A-Za-z0-9._-]* and are unique over roots and groups.
 */
#ifndef PKGDB_SOFTLIST_H
#define PKGDB_SOFTLIST_H

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/str.h"

struct softlist_root {
	const char *name, *path; /* path absolute and canonical in form */
};
struct softlist_group {
	const char *name;
	const char **roots;
	size_t n;
};
struct softlist {
	struct softlist_root *roots;	/* by name */
	size_t nroots;
	struct softlist_group *groups;
	size_t ngroups;
};

bool softlist_name_ok(const char *name);
/* An absent file is an empty list. */
int softlist_load(struct arena *a, const char *statedir, struct softlist *ret, struct error *e);
const struct softlist_root *softlist_find(const struct softlist *l, const char *name);
const struct softlist_root *softlist_find_path(const struct softlist *l, const char *path);
/* Each takes the lock, reads, changes, writes. Refused with what to type instead: a name
 * or path in use, a root inside another, "/" as an alternate root, a bad name. */
int softlist_add(const char *statedir, const char *name, const char *path, struct error *e);
int softlist_remove(const char *statedir, const char *name, struct error *e);
int softlist_rename(const char *statedir, const char *from, const char *to, struct error *e);
int softlist_group_set(const char *statedir, const char *name, const char *const *roots,
		       size_t n, struct error *e);
/* The closest known name within two edits, for "did you mean", or NULL. */
const char *softlist_close(const struct softlist *l, const char *name);

#endif
