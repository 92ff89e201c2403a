/*
 * Components that are there in several versions, side by side: which one is the current one.
 *
 * A switch is a solution without packages: the row of the current version takes what is in that of
 * another, which had NAME+VERSION for its name (pkgdb/component.h), and the other way round. What
 * follows from it is the plan's: ports and the link (plan_beside.c), services, what has arrived
 * since a migration.
 */
#ifndef COMMPKG_BESIDE_H
#define COMMPKG_BESIDE_H

#include "root.h"
#include "solve.h"

/* Wishes of WISH_SWITCH: NAME (the other version, if there is one other), NAME=VERSION, or NULL
 * for all that have one. With each go the translations that lie where it does. What is the current
 * one already is nothing to do. -E_NOT_FOUND: nothing to switch to, with what to type. */
int beside_switch(struct arena *a, struct pkgdb *db, const struct wish *wishes, size_t n,
		  struct solution *ret, struct error *e);

/* "NAME", "NAME=VERSION", also behind "component:": the name; *ret_version is NULL without one. */
const char *beside_word(struct arena *a, const char *word, const char **ret_version);
/* A step of what is in a row already; its name is the caller's to say. */
struct component_step beside_step(enum step_kind kind, const struct pkgdb_component *row,
				  const struct manifest *m, const char *why);

/* What is migrated, and from where. */
struct beside_request {
	const char *base;		/* all that have it (client path), or NULL: by name */
	const char *from;		/* base of the old version: in the root (a client path,
					 * or a host path below the root), or elsewhere; NULL:
					 * that of the current one */
	const char *from_version;	/* of what is elsewhere, where no database tells; or NULL */
};
/* "/opt/x", given so or with the root in front; what is outside is as it was given. Without
 * slashes at its end. */
const char *beside_client_path(struct arena *a, const struct root *root, const char *path);

/* Wishes of WISH_MIGRATE: NAME (what is beside the current one, if there is one), NAME=VERSION, or
 * NULL for all of req->base. Their steps are STEP_MIGRATE. */
int beside_migrate(struct arena *a, struct root *root, struct pkgdb *db,
		   const struct wish *wishes, size_t n, const struct beside_request *req,
		   struct solution *ret, struct error *e);

/* The transactions that are still in force and migrated this one, newest first; `prepared`: also
 * those that only prepared it. */
int beside_migrated(struct arena *a, struct pkgdb *db, const char *name, const char *version,
		    bool prepared, int64_t **ret, size_t *ret_n, struct error *e);

#endif
