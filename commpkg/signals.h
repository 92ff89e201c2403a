/*
 * SIGINT, SIGTERM and SIGHUP: asked for, and looked at between steps.
 *
 * Before the seal a signal ends the run with -E_INTERRUPTED and the root untouched; after
 * it the run goes on to the end (it is a matter of renames). SIGPIPE is ignored.
 */
#ifndef COMMPKG_SIGNALS_H
#define COMMPKG_SIGNALS_H

#include "formats/error.h"

void signals_install(void);
/* 0, or -E_INTERRUPTED with words. */
int signals_check(struct error *e);

#endif
