/* verify --signatures: packages to the signed ones they came from. For verb_verify.c. */
#ifndef COMMPKG_VERIFY_SIGNED_H
#define COMMPKG_VERIFY_SIGNED_H

#include "verb.h"
#include "view.h"

/* Shows each package that was meant; how many are not as signed, or were not seen signed. */
int verify_signed(struct run *r, const struct view *v, size_t *ret, struct error *e);

#endif
