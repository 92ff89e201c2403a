/*
 * A root opened to be looked at: what info, owns, history and verify work on.
 *
 * Takes no lock and needs no rights. A root that has no database yet is a view with
 * db = NULL: nothing was ever installed there.
 */
#ifndef COMMPKG_VIEW_H
#define COMMPKG_VIEW_H

#include "pkgdb/component.h"
#include "root.h"

struct view {
	struct root *root;
	struct tree *state;	/* NULL with db */
	struct pkgdb *db;
};

/* Warns (report) when a transaction is not settled. A root that is not there is
 * -E_NOT_FOUND with what to type instead. */
int view_open(const char *path, struct view *ret, struct error *e);
void view_close(struct view *v);
#define AUTO_VIEW __attribute__((cleanup(view_close)))

/* The packages of now, by instance; none without a database. */
int view_packages(const struct view *v, struct arena *a, struct pkgdb_package **ret,
		  size_t *ret_n, struct error *e);
/* The components of now, by name. */
int view_components(const struct view *v, struct arena *a, struct pkgdb_component **ret,
		    size_t *ret_n, struct error *e);
/* The component that a word names (NAME, the current one, or NAME=VERSION): 1, or 0 when it is
 * another name (package:NAME never is a component; component:NAME must be one: -E_NOT_FOUND). */
int view_component(const struct view *v, struct arena *a, const char *word,
		   struct pkgdb_component *ret, struct error *e);
/* The same, among those that view_components() gave. */
int view_component_of(const struct view *v, const struct pkgdb_component *c, size_t n,
		      const char *word, struct pkgdb_component *ret, struct error *e);
/* By instance, or by PKG when exactly one instance has it. -E_NOT_FOUND with the closest
 * name. */
int view_package(const struct view *v, struct arena *a, const char *name,
		 struct pkgdb_package *ret, struct error *e);
/* The same, among those that view_packages() gave. */
int view_package_of(const struct view *v, const struct pkgdb_package *p, size_t n,
		    const char *name, struct pkgdb_package *ret, struct error *e);

#endif
