/* commpkg inspect FILE.xml: a manifest checked and shown. */
#ifndef COMMPKG_INSPECT_MANIFEST_H
#define COMMPKG_INSPECT_MANIFEST_H

#include "verb.h"

/* 1: it was one, and is shown; 0: it is something else; -E_FORMAT: it is broken, every
 * problem told with its line. */
int inspect_manifest(struct run *r, const char *path, struct error *e);

#endif
