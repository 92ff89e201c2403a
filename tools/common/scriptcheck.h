/*
 * What looks wrong in the scripts of a package, as pkgmk and pkgchk -d tell it: words only,
 * no script is refused for it. Source: svr4.md 4.5 and the golden packages class, req, instf.
 *
 * The text is looked through word by word, not parsed: comments and quoted text are
 * skipped, and a word counts as a command wherever a blank or a slash stands before it.
 */
#ifndef TOOLS_COMMON_SCRIPTCHECK_H
#define TOOLS_COMMON_SCRIPTCHECK_H

#include "formats/package.h"

/* Appends a line each, as `WARNING: script <...> ...` and `ERROR: ...`; nothing for a
 * file that is no script. `has_space`: the package has a space file. */
void script_check(const char *name, const char *bytes, size_t len, bool has_space,
		  struct strbuf *out);
/* All of the package, in the order in which they run. */
void scripts_check(const struct package *p, struct strbuf *out);

/* The names in the order in which they run, for scripts that are not in a package yet:
 * less than, equal to or greater than 0 as with strcmp(). */
int script_order(const char *a, const char *b);

#endif
