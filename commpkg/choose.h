/*
 * Somebody at a terminal chooses components from a numbered list (menu.h has what the words
 * typed at it mean).
 */
#ifndef COMMPKG_CHOOSE_H
#define COMMPKG_CHOOSE_H

#include "verb.h"

/* Is there something to choose from, in the distribution of the run? */
bool choose_possible(const struct run *r);
/* 1: *ret are names for the operands (~NAME: what it needs); 0: nothing was chosen, and that
 * was said. -E_NEEDS_ANSWER when nobody can be asked. */
int choose_components(struct run *r, const char ***ret, size_t *ret_n, struct error *e);

#endif
