#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int address_set(struct address *a, const char *host, long port)
{
	struct in_addr in;

	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (port < 1 || port > 65535 || inet_pton(AF_INET, host, &in) != 1 ||
	    inet_ntop(AF_INET, &in, a->host, sizeof(a->host)) == NULL)
		return -1;
	a->port = (uint16_t)port;
	return 0;
}

int address_parse(struct address *a, const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[64], *end;
	long port;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(host) || colon[1] < '0' ||
	    colon[1] > '9')
		return -1;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	port = strtol(colon + 1, &end, 10);
	return *end != '\0' ? -1 : address_set(a, host, port);
}

static struct sockaddr_in to_sockaddr(const struct address *a)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(a->port) };

	(void)inet_pton(AF_INET, a->host, &in.sin_addr);
	return in;
}

static int close_with(int fd, int error)
{
	(void)close(fd);
	errno = error;
	return -1;
}

int net_listen(const struct address *a)
{
	struct sockaddr_in in = to_sockaddr(a);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 || listen(fd, 32) < 0)
		return close_with(fd, errno);
	return fd;
}

static int ready(int fd, short events, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int rc;

	do
		rc = poll(&p, 1, timeout_ms);
	while (rc < 0 && errno == EINTR);
	if (rc == 0)
		errno = ETIMEDOUT;
	return rc > 0 ? 0 : -1;
}

int net_connect(const struct address *a, int timeout_ms)
{
	struct sockaddr_in in = to_sockaddr(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
	socklen_t len = sizeof(error);

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0)
		return fd;
	if (errno != EINPROGRESS || ready(fd, POLLOUT, timeout_ms) < 0)
		return close_with(fd, errno);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error != 0)
		return close_with(fd, error != 0 ? error : errno);
	return fd;
}

/* ---- lines and bytes */

void conn_init(struct conn *c, int fd, int timeout_ms)
{
	c->fd = fd;
	c->timeout_ms = timeout_ms;
	c->at = c->have = 0;
}

static int fill(struct conn *c)
{
	ssize_t n;

	if (c->at < c->have)
		return 0;
	c->at = c->have = 0;
	do {
		if (ready(c->fd, POLLIN, c->timeout_ms) < 0)
			return CONN_CLOSED;
		n = read(c->fd, c->buf, sizeof(c->buf));
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n <= 0)
		return CONN_CLOSED;
	c->have = (size_t)n;
	return 0;
}

int conn_line(struct conn *c, char *line, size_t size)
{
	size_t n = 0;
	int tail = 0;

	for (;;) {
		if (fill(c) < 0)
			return CONN_CLOSED;
		char byte = c->buf[c->at++];

		if (byte == '\n')
			break;
		if (n + 1 < size)
			line[n++] = byte;
		else
			tail = 1;
	}
	if (tail)
		return CONN_LONG;
	if (n > 0 && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	return (int)n;
}

int conn_some(struct conn *c, void *to, size_t n)
{
	if (fill(c) < 0)
		return 0;
	if (n > c->have - c->at)
		n = c->have - c->at;
	memcpy(to, c->buf + c->at, n);
	c->at += n;
	return (int)n;
}

int conn_bytes(struct conn *c, void *to, size_t n)
{
	for (size_t got = 0; got < n;) {
		int some = conn_some(c, (char *)to + got, n - got);

		if (some == 0)
			return CONN_CLOSED;
		got += (size_t)some;
	}
	return 0;
}

int conn_write(struct conn *c, const void *from, size_t n)
{
	const char *p = from;

	while (n > 0) {
		ssize_t done;

		if (ready(c->fd, POLLOUT, c->timeout_ms) < 0)
			return CONN_CLOSED;
		done = send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (done < 0 && errno != EINTR && errno != EAGAIN)
			return CONN_CLOSED;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

int conn_printf(struct conn *c, const char *format, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n < 0)
		return CONN_CLOSED;
	return conn_write(c, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}
