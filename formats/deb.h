/*
 * Reads Debian packages (deb(5), deb-control(5), deb-conffiles(5)):
 *
 *	!<arch>
 *	debian-binary		"2.x\n"
 *	control.tar[.gz|.xz|.zst]	control, conffiles, scripts
 *	_...			ignored, as dpkg does
 *	data.tar[.gz|.xz|.zst|.bz2|.lzma]
 *
 *	rc = deb_open(AT_FDCWD, "hello_2.10-3_amd64.deb", &d, e);
 *	deb_field(d, "Depends") ...
 *	while ((rc = deb_next(d, &entry, e)) > 0)
 *		while ((rc = deb_read(d, &bytes, &len, e)) > 0)
 *			...
 *	deb_close(d);
 *
 * The archives are libarchive's (ar, tar, and only the filter that the member's name
 * says). Everything is hostile: members in another order or twice, members that are
 * none of these, a tar within that claims more than the file can hold (limits as for
 * compressed media, compress.h), paths that lead elsewhere, sparse files and sockets
 * are refused by name. Names are bytes; what a pkgmap can't say is the caller's to see.
 *
 * Strings live as long as the struct deb, those of an entry until the next one.
 */
#ifndef FORMATS_DEB_H
#define FORMATS_DEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"

#define DEB_MAX_CONTROL_BYTES ((size_t)4 << 20)	/* each file of control.tar */
#define DEB_MAX_CONTROL_FILES 1024u
#define DEB_MAX_FIELDS 256u

/* ---- control */

struct deb_pair {
	const char *name, *value; /* lines of a value are separated by '\n', unindented */
};
struct deb_control {
	struct deb_pair *v;
	size_t n;
};
/* One paragraph. Refused with file:line: no field, a field twice, a second paragraph,
 * control bytes. */
int deb_control_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		      struct deb_control *ret, struct error *e);
/* Without regard to case; NULL when it is not there. */
const char *deb_control_get(const struct deb_control *c, const char *name);

/* Package, Version and Architecture are there, and are what these can be. */
int deb_control_check(const struct deb_control *c, const char *file, struct error *e);

/* ---- the package */

struct deb;

struct deb_entry {
	char type;		/* f d s l c b p, as in a pkgmap */
	const char *path;	/* below the root, canonical, no leading slash */
	const char *target;	/* s: as written; l: path of the first name, like `path` */
	uint32_t mode;		/* 07777 */
	const char *owner, *group; /* names; the number as text where there is no name */
	uint64_t size;		/* f */
	int64_t mtime;
	uint32_t major, minor;	/* c b */
};

int deb_open(int dirfd, const char *path, struct deb **ret, struct error *e);
void deb_close(struct deb *d); /* takes NULL */
/* Of the control file; Package, Version and Architecture are there and plausible. */
const char *deb_field(const struct deb *d, const char *name);
const struct deb_control *deb_fields(const struct deb *d);
/* Configuration files, without leading slash. */
const char *const *deb_conffiles(const struct deb *d, size_t *ret_n);
/* preinst postinst prerm postrm config: those that are there. */
const char *const *deb_scripts(const struct deb *d, size_t *ret_n);
/* Of the control file: when the package was made. */
int64_t deb_mtime(const struct deb *d);

/* 1 an entry, 0 the end. The root directory itself is not given. */
int deb_next(struct deb *d, struct deb_entry *ret, struct error *e);
/* 1 bytes of an `f` (valid until the next call), 0 the end. */
int deb_read(struct deb *d, const void **ret_bytes, size_t *ret_len, struct error *e);

#endif
