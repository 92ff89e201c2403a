/* Undo of one transaction, for verbs that know which one they mean. */
#ifndef COMMPKG_VERB_UNDO_H
#define COMMPKG_VERB_UNDO_H

#include "verb.h"

/* Shown, asked about and taken back as 'undo N' does; an exit status. */
int undo_transaction(struct run *r, int64_t n, struct error *e);
/* The same, of all that came after n, in one transaction ('undo --to N'). */
int undo_back_to(struct run *r, int64_t n, struct error *e);

#endif
