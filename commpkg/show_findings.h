/*
 * What verify found: a line for each, and the table `findings`. With -q edits are left out.
 */
#ifndef COMMPKG_SHOW_FINDINGS_H
#define COMMPKG_SHOW_FINDINGS_H

#include "verify.h"

void show_findings(struct arena *a, const struct verify_result *v);

#endif
