/*
 * A Debian package's metadata in the words of SVR4, for deb2pkg(1): pure functions.
 *
 * Names: PKG takes letters, digits, + and -, begins with a letter and ends at 32
 * (svr4.md 3.2). A Debian name that fits is taken as it is; otherwise what does not
 * fit becomes '-', and a dash and eight hexadecimal digits of the SHA-256 of the
 * name are appended, so that different names stay different. The name as it was is the
 * parameter DEB_PACKAGE, and is provided as `deb:NAME`.
 *
 * Versions are taken as they are, epoch included; install/relations says `scheme deb`.
 * depend(4) gets what it can say: P and I lines for one package without a version or
 * with exactly one. All of it is in install/relations (commpkg-relations(5)).
 */
#ifndef FORMATS_DEBPKG_H
#define FORMATS_DEBPKG_H

#include "deb.h"
#include "depend.h"
#include "pkginfo.h"

#define DEBPKG_MAX_RELATIONS 5000u

const char *debpkg_name(struct arena *a, const char *deb_name);
/* The PKG of the package that is called so in Debian, of a provided `deb:NAME`; NULL for other
 * names. */
const char *debpkg_provider(struct arena *a, const char *provided);
/* amd64 -> x86_64, arm64 -> aarch64, all -> all, ... */
const char *debpkg_arch(struct arena *a, const char *deb_arch);
/* The parameters, checked; control must have passed deb_open(). */
int debpkg_pkginfo(struct arena *a, const struct deb_control *control,
		   const char *const *scripts, size_t nscripts, const char *file,
		   struct pkginfo *ret, struct error *e);
/* Refused with file: a field that is no list of relations. */
int debpkg_relations(struct arena *a, const struct deb_control *control, const char *file,
		     struct relations *ret, struct error *e);
/* What depend(4) can say of these relations; own is the package's own PKG. */
void debpkg_depend(struct arena *a, const struct relations *r, const char *own,
		   struct depends *ret);
/* NULL, or why a pkgmap can't say this entry: "a blank in its name". */
const char *debpkg_unsayable(const struct deb_entry *en);

#endif
