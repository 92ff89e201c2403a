/* Talking to the store, for the servers in front of it. The protocol is in store.c. */
#ifndef SUITE_STORE_CLIENT_H
#define SUITE_STORE_CLIENT_H

#include "net.h"

struct store_client {
	struct conn c;
	char answer[256];	/* the last line of it */
};
/* Connected and greeted; -1, the reason in answer. Then every one ends with _close(). */
int store_client_open(struct store_client *s, const struct address *at);
void store_client_close(struct store_client *s);
/* Sends a line, reads the line that answers: 0 for +OK, 1 for -ERR, -1 when there is none. */
int store_client_ask(struct store_client *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The next line of a list: 1, or 0 at its end, or -1. */
int store_client_next(struct store_client *s, char *line, size_t size);
/* 0 for delivered, 1 for refused for good, -1 for try again; the reason in answer. */
int store_client_deliver(struct store_client *s, const char *name, const void *text, size_t n);

#endif
