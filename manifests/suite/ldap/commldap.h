/*
 * A directory in a file: entries of LDIF, as `comm_dssetup` prepares it.
 *
 * 5.17 is libcommldap.so.5 and says whether there is a user. 6.0 is libcommldap.so.6: it also
 * knows when an account is not active, and no longer has the function of 5; who was linked with
 * the one can't run with the other.
 */
#ifndef COMMLDAP_H
#define COMMLDAP_H

#include <stddef.h>

#if SUITE_RELEASE < 70
/* 1, 0; -1 with errno when the file can't be read */
int commldap_has_user(const char *file, const char *uid);
#else
enum commldap_user { COMMLDAP_NONE, COMMLDAP_ACTIVE, COMMLDAP_INACTIVE };
/* One of these (by the attribute inetUserStatus); -1 with errno when the file can't be read. */
int commldap_find_user(const char *file, const char *uid);
#endif

#endif
