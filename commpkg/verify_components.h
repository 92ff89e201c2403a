/* verify: components to the packages they are made of. For verb_verify.c. */
#ifndef COMMPKG_VERIFY_COMPONENTS_H
#define COMMPKG_VERIFY_COMPONENTS_H

#include "verb.h"
#include "view.h"

/* The instances that the words of the command line mean, *ret_n of them; none: all. A component
 * means its packages; --excludeSC takes out what only shared components have. */
int verify_instances(struct run *r, const struct view *v, const char *const **ret, size_t *ret_n,
		     struct error *e);
/* Shows which components that were meant lack a package; how many do. */
int verify_missing(struct run *r, const struct view *v, size_t *ret, struct error *e);

#endif
