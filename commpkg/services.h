/*
 * Services of components, stopped and started around a change (commpkg-hooks(7)).
 *
 *	sealed
 *	  was	does it run? Asked where the manifest has a `check`
 *	  stop	what runs, of the version that goes; what others need last
 *	ops, and scripts that run on the root itself
 *	  start	what was stopped, of the version that comes
 *	  check	does it answer?
 *	settled
 *
 * Each is a row of the journal (pkgdb/scripts.h), so recovery goes on where a run ended, and a hook
 * that had no end is begun again. When one fails all is taken back: what was started is stopped,
 * the files are as before, and what was stopped is started again, as it was. So at any instant
 * either a server runs or the journal knows how to start one.
 *
 * A service that did not run is not started. One that only the version that comes has is started
 * when something of its component was stopped. That of a component that was not there before is
 * left to who configures it.
 *
 * They run on the host with no cage, because what they start has to live on.
 */
#ifndef COMMPKG_SERVICES_H
#define COMMPKG_SERVICES_H

#include "formats/manifest.h"
#include "pkgdb/scripts.h"

/* Whether hooks of services run. AUTO: if the root is the live one. */
enum services_policy { SERVICES_AUTO, SERVICES_YES, SERVICES_NO };

/* One version of a component; manifest NULL: it is not there. */
struct service_side {
	const char *version;
	const char *base;		/* client path, no leading slash; "": the root's top */
	const struct manifest *manifest;
};

struct service_change {
	const char *component;
	struct service_side from, to;
	bool switches;			/* from one that stays to one that was there: of what `to`
					 * migrates only what has arrived since */
};

struct service {
	const char *component, *name;
	const char *from, *to;			/* versions; to NULL: it goes */
	const char *from_base, *to_base;
	const char *stop, *was, *restart;	/* commands of `from`; was may be NULL. stop NULL:
						 * `from` has no such service */
	const char *start, *check, *stop_new;	/* of `to`; NULL: none */
};

/* Why they are left alone, or NULL. */
const char *services_why_not(enum services_policy policy, bool live);
/* Without the leading slash; NULL: the top of the root. */
const char *services_base(const char *base);
/* What others need first. */
void services_order(struct arena *a, struct service_change *changes, size_t n);
/* In the order of changes, in which what others need stands first. */
void services_find(struct arena *a, const struct service_change *changes, size_t n,
		   struct service **ret, size_t *ret_n);

/* Their rows: what runs before the ops, in phase 1, and what runs after them, in phase `last`
 * with what is for the way back. Without seq. */
struct service_run {
	const char *answers;		/* text of a state file, or NULL */
	bool back;			/* the transaction is an undo */
};
struct service_rows {
	struct txn_script *before, *after;
	size_t nbefore, nafter;
};
void services_rows(struct arena *a, const struct service *services, size_t n, int64_t last,
		   const struct service_run *run, struct service_rows *ret);

/* As all the scripts of transaction n. */
int services_write(struct pkgdb *db, int64_t n, const struct service_rows *rows,
		   struct error *e);

/* "stop store", for a script of a package its name; and with whose it is: "stop store of MS". */
const char *services_name(struct arena *a, const struct txn_script *s);
const char *services_words(struct arena *a, const struct txn_script *s);

#endif
