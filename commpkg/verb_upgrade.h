/* What the files of the verb `upgrade` share. */
#ifndef COMMPKG_VERB_UPGRADE_H
#define COMMPKG_VERB_UPGRADE_H

#include "dist.h"
#include "verb.h"

int upgrade_advise(struct run *r, struct error *e);

#endif
