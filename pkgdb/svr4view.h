/*
 * The SVR4 text view of the database: what pkginfo and pkgchk from elsewhere read.
 *
 * var/sadm/install/contents and var/sadm/pkg/INST/pkginfo, byte-compatible
 * (svr4.md 10.2, 10.5; golden ones in tests/corpus). It is generated, never a source
 * of truth; an old `contents` is used only to copy unchanged lines from, and only when
 * its digest is the one we recorded.
 */
#ifndef PKGDB_SVR4VIEW_H
#define PKGDB_SVR4VIEW_H

#include "pkgdb.h"

/* Where the SHA-256 of the file last written is recorded, in hex, by who writes it. */
#define SVR4VIEW_DIGEST "contents.sha256"

/* One line of contents for one path: rows[0] rules, rows in order of arrival follow.
 * instances[i] belongs to rows[i]. Nothing when the format can't hold it: the path, the
 * target, the class or an instance has a blank or a control byte. */
void svr4view_line(const struct pkgdb_file *const *rows, const char *const *instances,
		   size_t n, struct strbuf *out);
/* The whole file from the live rows, uncommitted ones included, with the two closing
 * comment lines (`program` as "pkgadd", `instance` the last package, `when` in seconds,
 * printed in the C locale and the zone of TZ). */
int svr4view_contents(struct pkgdb *db, const char *program, const char *instance,
		      int64_t when, struct strbuf *out, struct error *e);
/* The two closing comment lines. */
void svr4view_closing(struct strbuf *out, const char *program, const char *instance,
		      int64_t when);
/* The same, merged from the bytes of the present file, given that they are what the
 * database recorded (setting contents.sha256): only paths that rows of transaction txn
 * touch are looked up. Returns 1 when done, 0 when the old bytes can't be used, or so much
 * is touched that it is not worth while (the caller then takes svr4view_contents()). */
int svr4view_contents_merge(struct pkgdb *db, const char *old, size_t old_len, int64_t txn,
			    const char *program, const char *instance, int64_t when,
			    struct strbuf *out, struct error *e);

#endif
