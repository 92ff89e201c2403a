/* What the files of `history` share; nobody else includes this. */
#ifndef COMMPKG_VERB_HISTORY_H
#define COMMPKG_VERB_HISTORY_H

#include "formats/str.h"
#include "verb.h"

/* --prune, --keep, --keep-bytes: an exit status, or a negative code. */
int history_prune(struct run *r, struct error *e);

#endif
