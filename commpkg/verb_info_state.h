/* info --state: what is installed in a root, as a state file for another one. For verb_info.c. */
#ifndef COMMPKG_VERB_INFO_STATE_H
#define COMMPKG_VERB_INFO_STATE_H

#include "verb.h"
#include "view.h"

/* Prints it. -E_NOT_FOUND when nothing is installed that somebody named. */
int info_state(struct run *r, const struct view *v, struct error *e);

#endif
