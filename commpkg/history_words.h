/* What every transaction says of itself: when, and by whom. */
#ifndef COMMPKG_HISTORY_WORDS_H
#define COMMPKG_HISTORY_WORDS_H

#include <stdint.h>

#include "formats/arena.h"

/* Seconds since 1970; SOURCE_DATE_EPOCH in its place, so that builds can be repeated. */
int64_t history_now(void);
/* "name (uid N)" of who called sudo, else "uid N". */
const char *history_caller(struct arena *a);

#endif
