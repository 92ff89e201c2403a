/*
 * What the operands of the SVR4 commands mean.
 */
#ifndef TOOLS_COMMON_OPERAND_H
#define TOOLS_COMMON_OPERAND_H

#include <stdbool.h>

/* Does an operand mean this instance? `all`, PKG.* or the name itself. */
bool operand_matches(const char *operand, const char *instance);
/* `spool` is /var/spool/pkg; everything else is a path. */
const char *device_path(const char *device);
/* One of the comma separated words of list, without regard to case when `fold`. */
bool word_in_list(const char *word, const char *list, bool fold);
/* Is one of the wanted categories (by commas or blanks) among those of a package? */
bool categories_meet(const char *wanted, const char *categories);

#endif
