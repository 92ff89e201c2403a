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
	unsigned priority;	/* catalogs say so: of several that provide a name, the highest is
				 * chosen; else 0 */
	const struct error *broken;	/* why it can't be read: see medium_open_each() */
};

/* NULL when there is none of that name. */
const struct infofile *package_infofile(const struct package *p, const char *name);

/* Scripts are request, checkinstall, preinstall, postinstall, preremove,
 * postremove, i.CLASS and r.CLASS. */
bool infofile_is_script(const char *name);
bool package_has_scripts(const struct package *p);

/* The part an entry is in: one that says none is in the first. */
static inline uint32_t entry_part(const struct entry *en)
{
	return en->part == 0 ? 1 : en->part;
}
/* Where the contents of an f, e or v lie in a package, in the form writers use:
 * `reloc/bin/x`, `root/usr/x`; with several parts `reloc.2/bin/x`. -E_FORMAT: a path
 * with `..`. */
int entry_payload_name(struct arena *a, const struct pkgmap *map, const struct entry *en,
		       const char **ret, struct error *e);
/* The mode of a payload file in a medium: rwx bits of pkgmap with 0644 (svr4.md 1). */
static inline uint32_t entry_payload_mode(const struct entry *en)
{
	return en->mode == MODE_UNSET ? 0644 : (en->mode & 0777) | 0644;
}

#endif
