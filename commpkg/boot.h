/*
 * Scripts that wait for the first boot of an alternate root (--first-boot): where they can't run
 * when the root is made (another machine's programs, nothing that may be mounted), or are meant
 * for the running system. Only postinstall can wait: the other scripts make the files.
 *
 *	sealed	as rows of the transaction that brings the package, with the environment that they
 *		are to have when the root is `/` (pkgdb/scripts.h, WAITING)
 *	due	as long as what that transaction brought is what is installed: undo, removal and
 *		upgrade drop them, the undo of an undo brings them back
 *	booted	each transaction's, in order, in a transaction of its own as late scripts
 *		(late.h): journaled, recovered, with installf and all. One that fails is taken
 *		back; its scripts, and those after them, wait on
 *
 * boot_run() is `commpkg recover --boot`, which a unit of the root's init calls.
 */
#ifndef COMMPKG_BOOT_H
#define COMMPKG_BOOT_H

#include "commit.h"
#include "pkgdb/scripts.h"
#include "session.h"

/* ---- boot_seal.c */

#define BOOT_VERB "boot"

/* Rows of the plan's scripts that wait, numbered after `seq`. In the commit of the seal. */
int boot_seal(struct stage *s, struct pkgdb *db, int64_t seq, struct error *e);
/* Those that are due, in order. */
int boot_due(struct pkgdb *db, struct arena *a, struct txn_waiting **ret, size_t *ret_n,
	     struct error *e);
/* t is settled: if it ran scripts that waited, they wait no more. In that commit. */
int boot_over(struct pkgdb *db, const struct txn *t, struct error *e);

/* ---- boot.c */

struct boot_request {
	struct session *session;	/* of the root that is `/`; recovered */
	const char *command;
	const struct commit_watch *watch;
};

/* Runs all that are due. *ret_ran: transactions that did. On failure some may have run, and the
 * rest waits. */
int boot_run(const struct boot_request *req, size_t *ret_ran, struct error *e);
/* Says how many wait, if any do, and what to type. */
struct view;
void boot_mention(const struct view *v, struct arena *a);

#endif
