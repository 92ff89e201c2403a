/*
 * Merged configuration, looked at by the program that its component's manifest names, before
 * anything is sealed: over the stage, in the cage. A text that it does not accept is treated as a
 * conflict: what is there stays, what came lies beside, somebody decides.
 *
 * Where nothing can be staged nobody can look: that is told, and the merged text is taken.
 */
#ifndef COMMPKG_VALIDATE_H
#define COMMPKG_VALIDATE_H

#include "procedures.h"

/* Stage and plan are changed where a text is not accepted. `told` hears of each. */
int validate_merged(struct stage *s, struct plan *plan, const struct procedures_watch *watch,
		    void (*told)(void *ctx, const char *words), void *ctx, struct error *e);

#endif
