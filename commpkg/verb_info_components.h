/* info: components of a root. For verb_info.c. */
#ifndef COMMPKG_VERB_INFO_COMPONENTS_H
#define COMMPKG_VERB_INFO_COMPONENTS_H

#include "verb.h"
#include "view.h"

/* What is in a root, read once. */
struct info_of {
	struct arena *a;
	struct pkgdb_package *packages;
	size_t npackages;
	struct pkgdb_component *components;
	size_t ncomponents;
	const char *const *holds;	/* as in hold.h */
	size_t nholds;
};
int info_read(struct arena *a, const struct view *v, struct info_of *ret, struct error *e);
/* The table of all. */
void info_components(const struct info_of *o);
/* Everything about one. */
void info_component(const struct info_of *o, const struct pkgdb_component *c);
/* The components that have a package: names, ends with NULL. */
const char *const *info_users(struct arena *a, const struct pkgdb_component *c, size_t n,
			      const char *instance);

#endif
