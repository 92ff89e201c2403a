/* From a package of a medium to its entry in a catalog. */
#ifndef FORMATS_CATALOG_PACKAGE_H
#define FORMATS_CATALOG_PACKAGE_H

#include "catalog.h"

/* Copies what catalogs have, into the arena, with the digest of its pkgmap if it has one;
 * `medium` is the number in the catalog. */
void catalog_package_of(struct arena *a, const struct package *p, size_t medium,
			struct catalog_package *ret);
/* Its dependencies in an order of their own: a cache that forgets theirs (solve_cache.h) must not
 * lead to another solution than the file. */
void catalog_package_sort(struct catalog_package *cp);
/* -E_DIGEST, with what differs: a package that was opened is not the one of the catalog. */
int catalog_package_check(const struct catalog_package *cp, const struct package *p,
			  struct error *e);

/* The catalog of an index in another form: a medium for each package, in their order; copied to
 * `a`. -E_FORMAT when there is none: file is its name. */
int catalog_of_index(struct arena *a, const char *file, const struct catalog_medium *media,
		     const struct catalog_package *packages, size_t n, struct catalog *ret,
		     struct error *e);

#endif
