/*
 * Migrations side by side, in the stage (commpkg-hooks(7)).
 *
 * The old version is read only, and its servers may run: nothing is stopped, and what the hook
 * writes is part of the stage before the seal. So one that fails is a refusal like any other.
 * Where the outcome would have the port that the old version has, it is shifted (ports.h), until
 * the switch.
 */
#ifndef COMMPKG_STAGE_MIGRATE_H
#define COMMPKG_STAGE_MIGRATE_H

#include "procedures.h"
#include "stage.h"

/* All of plan->besides. -E_SCRIPT: one failed. */
int stage_migrate(struct stage *s, const struct procedures_watch *watch, struct error *e);
/* For the seal: who was migrated from what, and what of it is there by now. */
int stage_migrate_notes(struct stage *s, struct pkgdb *db, struct error *e);

#endif
