/*
 * What a user has to agree to before a plan is made: licences of components that come, and
 * upgrades of shared components that something needs. For change.c only.
 */
#ifndef COMMPKG_CHANGE_CONSENT_H
#define COMMPKG_CHANGE_CONSENT_H

#include "change.h"

/* Licences of what comes that the root (db, or NULL: a new one) has not accepted, each asked
 * about once; they are added to *o. 1 go on, 0 refused, negative error: in a dry run nothing is
 * asked. */
int change_licences(struct arena *a, const struct change_request *req,
		    const struct change_watch *watch, struct pkgdb *db,
		    const struct solution *solution, struct plan_options *o, struct error *e);
/* Each upgrade of a shared component in a solution that depends on them: 1 all are wanted. */
int change_shared(const struct change_watch *watch, const struct solution *solution,
		  struct error *e);
/* Each in a solution that would do without: names of those that are wanted go to ret_yes, which has
 * room for ncomponents. */
int change_shared_each(const struct change_watch *watch, const struct solution *solution,
		       const char **ret_yes, size_t *ret_nyes, size_t *ret_asked, struct error *e);
/* For the seal: the licences accepted in this run belong to the transaction. */
int change_licences_record(struct pkgdb *db, struct arena *a, int64_t txn,
			   const struct plan_options *o, struct error *e);

#endif
