/* The files of a published distribution, written one after the other; for publish*.c. */
#ifndef COMMPKG_PUBLISH_WRITE_H
#define COMMPKG_PUBLISH_WRITE_H

#include "formats/catalog.h"
#include "root.h"

/* -ENOENT: there is none. */
int publish_read_repo(struct tree *dir, struct arena *a, struct repo *ret, struct error *e);
/* Written beside, synced, renamed. */
int publish_write_file(struct tree *dir, struct arena *a, const char *name, const char *bytes,
		       size_t len, struct error *e);
/* One that is not there is fine. */
int publish_remove_file(struct tree *dir, struct arena *a, const char *name, struct error *e);
/* The old signature goes, the catalog comes, then repo.xml. */
int publish_write_catalog(struct tree *dir, struct arena *a, const struct repo *r,
			  const char *bytes, size_t len, struct error *e);

#endif
