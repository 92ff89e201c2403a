/*
 * Connections of the suite: TCP over IPv4, numerical addresses, lines and bytes, each read and
 * write with a limit in time, each line with a limit in length.
 */
#ifndef SUITE_NET_H
#define SUITE_NET_H

#include <stddef.h>
#include <stdint.h>

struct address {
	char host[16];		/* dotted */
	uint16_t port;
};
int address_set(struct address *a, const char *host, long port);
int address_parse(struct address *a, const char *text);	/* HOST:PORT */

/* A descriptor; negative, with errno, when it failed. */
int net_listen(const struct address *a);
int net_connect(const struct address *a, int timeout_ms);

struct conn {
	int fd, timeout_ms;
	size_t at, have;	/* what is read and not taken yet */
	char buf[4096];
};
void conn_init(struct conn *c, int fd, int timeout_ms);

enum { CONN_CLOSED = -1, CONN_LONG = -2 };
/* One line without its end (LF or CRLF); its length, CONN_CLOSED (also: too slow), or CONN_LONG:
 * it did not fit, and was passed over. */
int conn_line(struct conn *c, char *line, size_t size);
int conn_bytes(struct conn *c, void *to, size_t n);	/* exactly n; 0 or CONN_CLOSED */
/* What there is, at most n, 0 at the end. */
int conn_some(struct conn *c, void *to, size_t n);
int conn_write(struct conn *c, const void *from, size_t n);
/* At most 1 KiB. */
int conn_printf(struct conn *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
