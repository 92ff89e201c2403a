/* From where a published distribution is read: a directory or a server; for published*.c. */
#ifndef COMMPKG_PUBLISHED_PLACE_H
#define COMMPKG_PUBLISHED_PLACE_H

#include "published.h"

/* repo.xml and its signature, if there is one. */
int published_read_local(struct published *p, struct error *e);
/* From the server; from the copy of the last time when it can't be reached. */
int published_read_remote(struct published *p, struct error *e);
/* A directory is not published anew while fd is open (turns.h); -EBADF: there is none. */
void published_hold_still(const struct published *p, int *ret_fd);
/* Are repo.xml or its signature others by now than those that p has? Then what did not fit together
 * may have been two states of it. */
bool published_has_moved(const struct published *p);
/* All of it was as it should be: the copy for the next time. Best effort. */
void published_keep_remote(struct published *p);

/* No repo.xml (e says so): a catalog of others? The error stays when there is none either. */
int published_open_foreign(struct published *p, struct error *e);
/* Of a directory. */
enum foreign_kind published_foreign_probe(const char *dir);

#endif
