/*
 * The queue of the relay: what was accepted lies here, synced, until the store has it.
 *
 *	DIR/ID		recipients, a line each; an empty line; the message
 *	DIR/ID.failed	what the store refuses for good
 *
 * ID.part is being written. Who delivers a file holds its lock.
 */
#ifndef SUITE_QUEUE_H
#define SUITE_QUEUE_H

#include "net.h"

#define QUEUE_RECIPIENTS 20
#define QUEUE_ID_SIZE 48
struct envelope {
	char to[QUEUE_RECIPIENTS][65];
	size_t n;
};

/* 0, or -1 with errno. */
int queue_put(const char *dir, const struct envelope *e, const char *text, size_t n,
	      char id[QUEUE_ID_SIZE]);
/* 1: it is in the store, 0: it waits (or another delivers it), -1: it was refused. */
int queue_try(const char *dir, const char *id, const struct address *store);
/* All that waits; how many still do. */
unsigned queue_run(const char *dir, const struct address *store);

#endif
