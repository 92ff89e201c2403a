/*
 * Answers for hooks of components (commpkg-hooks(7)): KEY=value lines of the state file of this
 * run, and of earlier ones, which the root remembers.
 *
 *	hook_answers_known(db, a, &v, &n, e);		what the root remembers
 *	hook_answers_join(a, known, nknown, given, ngiven, &v, &n);
 *	hook_answers_text(a, run, v, n);		what a hook reads
 *
 * They are a setting of the root: what was answered stays answered, also when its transaction is
 * undone.
 */
#ifndef COMMPKG_HOOK_ANSWERS_H
#define COMMPKG_HOOK_ANSWERS_H

#include "formats/statefile.h"
#include "pkgdb/pkgdb.h"

#define HOOK_ANSWERS_KEY "answers"

/* db NULL: none. In a. */
int hook_answers_known(struct pkgdb *db, struct arena *a, struct state_answer **ret,
		       size_t *ret_n, struct error *e);
/* Those of `over` instead of, and behind, those that are known. */
void hook_answers_join(struct arena *a, const struct state_answer *known, size_t nknown,
		       const struct state_answer *over, size_t nover,
		       struct state_answer **ret, size_t *ret_n);
/* Lines NAME=value, behind `head` (or NULL). */
const char *hook_answers_text(struct arena *a, const char *head, const struct state_answer *v,
			      size_t n);

#endif
