/*
 * A numbered menu: what is to choose from, and what the words typed at it mean. Pure; who
 * prints and reads is the verb.
 *
 *	rc = menu_parse(a, "1 ~3 5-7", n, &choice, e);
 *
 * Numbers, ranges (2-4) and `all`, with blanks or commas between; a tilde in front of one
 * means only what it needs (the original's `~3`).
 */
#ifndef COMMPKG_MENU_H
#define COMMPKG_MENU_H

#include <stdbool.h>
#include <stddef.h>

#include "formats/arena.h"
#include "formats/error.h"

enum menu_pick { MENU_NOT, MENU_WHOLE, MENU_NEEDS };

/* ret: n picks, in the arena. Nothing typed: none is picked. -E_USAGE with words for what is
 * no number, out of range, or wanted both ways. */
int menu_parse(struct arena *a, const char *typed, size_t n, enum menu_pick **ret,
	       struct error *e);

#endif
