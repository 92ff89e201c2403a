/*
 * The model of one SVR4 package as it lies in a medium: its metadata whole, its
 * payload not read yet. Everything lives in the arena of the medium.
 */
#ifndef FORMATS_PACKAGE_H
#define FORMATS_PACKAGE_H

#include "depend.h"
#include "pkginfo.h"
#include "pkgmap.h"
#include "space.h"

#define INFOFILE_MAX_BYTES ((size_t)16 << 20)

struct infofile {
	const char *name;	/* depend, postinstall, i.build, ... */
	const char *bytes;	/* NUL added after len */
	size_t len;
	int64_t mtime;
	const struct entry *entry;	/* its line in pkgmap */
};

struct medium;

struct package {
	const struct medium *medium;
	size_t index;		/* in the medium */
	const char *dirname;	/* name in the medium: PKG or PKG.n */
	const char *pkg;	/* PKG */
	const char *title;	/* NAME */
	const char *arch, *version, *category;
	const char *basedir;	/* BASEDIR as written, or NULL */
	struct pkginfo info;
	const char *pkginfo_bytes;	/* the file as it is */
	size_t pkginfo_len;
	struct pkgmap map;
	const char *pkgmap_bytes;
	size_t pkgmap_len;
	struct infofile *infofiles;	/* install/, without pkginfo */
	size_t ninfofiles;
	struct depends depend;
	struct compver compver;
	struct space space;
	struct relations relations;
	uint64_t payload_bytes;	/* sum of the sizes of f e v */
};

/* NULL when there is none of that name. */
const struct infofile *package_infofile(const struct package *p, const char *name);

/* Scripts are request, checkinstall, preinstall, postinstall, preremove,
 * postremove, i.CLASS and r.CLASS. */
bool infofile_is_script(const char *name);
bool package_has_scripts(const struct package *p);

#endif
