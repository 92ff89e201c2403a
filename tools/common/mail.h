/*
 * Who is told by mail that a package came or went (admin keyword `mail`, svr4.md 7).
 *
 * It goes through sendmail(8), which every mail server on Linux has, found in PATH, /usr/sbin or
 * /usr/lib. That nobody could be told is a warning: the package is there all the same.
 */
#ifndef TOOLS_COMMON_MAIL_H
#define TOOLS_COMMON_MAIL_H

#include "formats/arena.h"
#include "tools/common/outcome.h"

/* `users` as the admin file has them, by blanks; NULL or empty: nobody. A word that is no
 * plain address is passed over with a warning. */
void mail_outcome(struct arena *a, const char *users, int status, const struct outcome_done *done);

#endif
