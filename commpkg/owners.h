/*
 * Names of owners and groups in a root.
 *
 * From the root's own etc/passwd and etc/group, parsed here with limits (size, lines,
 * line length; links are followed inside the root, what is no regular file then is refused
 * without opening it), never through NSS. A file the root does not have falls back to the
 * names every system has, with the numbers of Debian's base-passwd, because that is the
 * file such a root will get (so lp is 7, not SVR4's 71); names that only SVR4 has keep
 * its numbers. The host's own files are asked only for the live root (there they are the
 * root's).
 *
 * Lines without a name and a number (NIS's "+::", comments, "nobody:x:-2:") are skipped,
 * as the C library does; the first of two equal names or numbers counts.
 */
#ifndef COMMPKG_OWNERS_H
#define COMMPKG_OWNERS_H

#include "root.h"

#define OWNERS_MAX_BYTES ((size_t)16 << 20)
#define OWNERS_MAX_LINES 500000u
#define OWNERS_MAX_LINE ((size_t)1 << 20)
#define OWNERS_MAX_NAME 255u

struct owners;
/* -E_LIMIT, -E_FORMAT (a NUL), -E_UNSUPPORTED (not a regular file): with path and line. */
int owners_load(struct root *r, struct owners **ret, struct error *e);
/* The same from bytes; NULL is a file that is not there. */
int owners_parse(const char *passwd, size_t passwd_len, const char *group, size_t group_len,
		 struct owners **ret, struct error *e);
void owners_free(struct owners *o); /* takes NULL */
/* 1 found, 0 not known. A name of digits only is the number itself; -1, which chown takes
 * for "as it is", is nobody's number. */
int owners_uid(const struct owners *o, const char *name, uid_t *ret);
int owners_gid(const struct owners *o, const char *name, gid_t *ret);
/* The name, or NULL. */
const char *owners_user_name(const struct owners *o, uid_t uid);
const char *owners_group_name(const struct owners *o, gid_t gid);

#endif
