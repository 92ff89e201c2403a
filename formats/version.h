/*
 * The order of SVR4 versions.
 *
 * SVR4 itself never orders versions; suites do. `V,REV=R` splits at the last
 * `,REV=` into V-R and compares as RPM does (libraries.md 4.6, measured on real
 * catalogs): segments of digits by value, of letters by strcmp, digits newer
 * than letters, `~` older than the end, separators ignored.
 */
#ifndef FORMATS_VERSION_H
#define FORMATS_VERSION_H

#include "arena.h"

/* <0, 0, >0 as a is older than, equal to, newer than b. Any strings. */
int version_compare(const char *a, const char *b);
/* The form libsolv compares the same way under RPM rules: V-R, or V alone. A '-'
 * within V that is not Sun's release dash becomes '.'. No white space. */
const char *version_evr(struct arena *a, const char *version);

#endif
