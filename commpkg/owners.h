/*
 * Names of owners and groups in a root.
 *
 * From the root's own etc/passwd and etc/group, parsed here with limits (size, lines,
 * line length; a FIFO or a link that leads out is not read), never through NSS. A root
 * that has no such file falls back to the names every system has (root bin daemon sys
 * adm lp mail nobody and the like, with their SVR4 numbers); the host's own files are
 * asked only for the live root (there they are the root's).
 */
#ifndef COMMPKG_OWNERS_H
#define COMMPKG_OWNERS_H

#include "root.h"

struct owners;
int owners_load(struct root *r, struct owners **ret, struct error *e);
void owners_free(struct owners *o); /* takes NULL */
/* 1 found, 0 not known. A name of digits only is the number itself. */
int owners_uid(const struct owners *o, const char *name, uid_t *ret);
int owners_gid(const struct owners *o, const char *name, gid_t *ret);
/* The name, or NULL. */
const char *owners_user_name(const struct owners *o, uid_t uid);
const char *owners_group_name(const struct owners *o, gid_t gid);

#endif
