/*
 * Whoever publishes a distribution and whoever reads one on the same host take turns: several
 * files change (repo.xml, its signature, the catalog), and a reader is to see all of them or none.
 *
 *	publish_lock(fd, PUBLISH_READ);		until fd, of the directory, is closed
 *
 * A file lock (flock) on the directory itself: that needs no right to write there. It is
 * courtesy, and no protection: what does not fit together is refused whoever holds what. So
 * nobody waits for longer than PUBLISH_WAIT for it, and a file system that has no locks is
 * used without.
 */
#ifndef COMMPKG_PUBLISH_LOCK_H
#define COMMPKG_PUBLISH_LOCK_H

#define PUBLISH_WAIT_MS 10000

enum publish_turn { PUBLISH_READ, PUBLISH_WRITE };
void publish_lock(int fd, enum publish_turn turn);
void publish_unlock(int fd);

#endif
