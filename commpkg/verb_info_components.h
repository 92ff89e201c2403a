/* info: components of a root. For verb_info.c. */
#ifndef COMMPKG_VERB_INFO_COMPONENTS_H
#define COMMPKG_VERB_INFO_COMPONENTS_H

#include "verb.h"
#include "view.h"

/* The table of all. */
int info_components(struct run *r, const struct view *v, const struct pkgdb_package *p, size_t n,
		    struct error *e);
/* Everything about one. */
int info_component(struct run *r, const struct view *v, const struct pkgdb_component *c,
		   struct error *e);
/* The components that have a package: names, ends with NULL. */
const char *const *info_users(struct arena *a, const struct pkgdb_component *c, size_t n,
			      const char *instance);

#endif
