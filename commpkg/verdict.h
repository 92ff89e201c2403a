/* A verdict about a signature as a row, for text and JSON. */
#ifndef COMMPKG_VERDICT_H
#define COMMPKG_VERDICT_H

#include "formats/sign.h"
#include "show.h"

/* "trusted", "expired", "not yet valid", ... */
const char *verdict_state(const struct verdict *v);
/* A table of that one row, "signatures". */
struct table *verdict_table(struct arena *a, const char *file, const struct verdict *v);

#endif
