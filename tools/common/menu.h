/*
 * A menu of packages, as SVR4 shows one: numbered, a title and `(ARCH) VERSION` each.
 *
 *	rc = menu_choose(a, &menu, picked);	1 chosen, 0 somebody quit
 *
 * An entry is named by its number, its name, or the beginning of a name that no other has;
 * several by blanks or commas between them. `?` helps, `??` shows the menu again, `q` quits.
 * The menu goes to stderr.
 */
#ifndef TOOLS_COMMON_MENU_H
#define TOOLS_COMMON_MENU_H

#include <stdbool.h>
#include <stddef.h>

#include "formats/arena.h"

struct menu_entry {
	const char *name, *title, *arch, *version;
};

struct menu {
	const char *header, *prompt, *help;
	bool many;			/* several, and `all`, which is what an empty line means */
	const struct menu_entry *v;
	size_t n;
};

/* The menu of pkgadd, pkgask and pkgrm without operands. */
struct menu menu_of_packages(const struct menu_entry *v, size_t n);
/* picked[] has room for n. */
int menu_choose(struct arena *a, const struct menu *m, bool *picked);

#endif
