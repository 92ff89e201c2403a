#include "store_client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STORE_TIMEOUT_MS 5000

static int take_answer(struct store_client *s)
{
	if (conn_line(&s->c, s->answer, sizeof(s->answer)) < 0) {
		snprintf(s->answer, sizeof(s->answer), "the store does not answer");
		return -1;
	}
	return strncmp(s->answer, "+OK", 3) == 0 ? 0 : 1;
}

int store_client_open(struct store_client *s, const struct address *at)
{
	int fd = net_connect(at, STORE_TIMEOUT_MS);

	if (fd < 0) {
		snprintf(s->answer, sizeof(s->answer), "no store at %s port %u: %s", at->host,
			 at->port, strerror(errno));
		return -1;
	}
	conn_init(&s->c, fd, STORE_TIMEOUT_MS);
	if (take_answer(s) == 0)
		return 0;
	(void)close(fd);
	return -1;
}

void store_client_close(struct store_client *s)
{
	(void)conn_printf(&s->c, "QUIT\r\n");	/* it closes on its own as well */
	(void)close(s->c.fd);
}

int store_client_ask(struct store_client *s, const char *format, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line) || conn_printf(&s->c, "%s\r\n", line) < 0)
		return -1;
	return take_answer(s);
}

int store_client_next(struct store_client *s, char *line, size_t size)
{
	int rc = conn_line(&s->c, line, size);

	if (rc < 0)
		return -1;
	return strcmp(line, ".") != 0;
}

int store_client_deliver(struct store_client *s, const char *name, const void *text, size_t n)
{
	int rc;

	if (conn_printf(&s->c, "DELIVER %s %zu\r\n", name, n) < 0 ||
	    conn_write(&s->c, text, n) < 0) {
		snprintf(s->answer, sizeof(s->answer), "the store went away");
		return -1;
	}
	rc = take_answer(s);
	return rc == 1 && strstr(s->answer, " FAILED ") != NULL ? -1 : rc;
}
