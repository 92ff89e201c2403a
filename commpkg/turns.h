/*
 * Those who change a directory of several files that belong together, and those who read it, take
 * turns: a distribution that is published anew (repo.xml, its signature, the catalog), the cache.
 *
 *	turn_take(fd, TURN_READ);		until fd, of the directory, is closed
 *
 * A file lock (flock) on the directory itself: that needs no right to write there. It is
 * courtesy, and no protection: anybody may hold one, and what is read is checked whoever holds
 * what. So nobody waits for longer than TURN_WAIT_MS for it, and a file system that has no locks
 * is used without.
 */
#ifndef COMMPKG_TURNS_H
#define COMMPKG_TURNS_H

#include <stdbool.h>

#define TURN_WAIT_MS 10000

enum turn { TURN_READ, TURN_WRITE };
void turn_take(int fd, enum turn turn);
/* To write, without waiting; false: somebody reads or writes. */
bool turn_try(int fd);
void turn_end(int fd);

#endif
