#include "http.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HTTP_HEADERS_MAX 64

static int hex(int c)
{
	const char *digits = "0123456789abcdef", *p = c == 0 ? NULL : strchr(digits, c | 0x20);

	return p == NULL ? -1 : (int)(p - digits);
}

/* %XX, without the query; what has control bytes or does not fit is no path of ours. */
static int take_path(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; *from != '\0' && *from != '?'; from++) {
		int byte = (unsigned char)*from;

		if (byte == '%') {
			int high = hex(from[1]), low = high < 0 ? -1 : hex(from[2]);

			if (low < 0)
				return -1;
			byte = high * 16 + low;
			from += 2;
		}
		if (byte < ' ' || byte == 127 || n + 1 == size)
			return -1;
		to[n++] = (char)byte;
	}
	to[n] = '\0';
	return *to == '/' ? 0 : -1;
}

static int refuse(struct conn *c, int status)
{
	http_answer(c, status, NULL, NULL);
	return -1;
}

static int take_request(struct conn *c, struct http_request *q)
{
	char line[1024], *method, *path, *save;
	int n = conn_line(c, line, sizeof(line));

	if (n == CONN_CLOSED)
		return -1;
	if (n == CONN_LONG)
		return refuse(c, 414);
	method = strtok_r(line, " ", &save);
	path = method == NULL ? NULL : strtok_r(NULL, " ", &save);
	if (path == NULL || strlen(method) >= sizeof(q->method) ||
	    take_path(q->path, sizeof(q->path), path) < 0)
		return refuse(c, 400);
	snprintf(q->method, sizeof(q->method), "%s", method);
	return 0;
}

int http_read(struct conn *c, struct http_request *ret)
{
	char line[1024], *end;

	*ret = (struct http_request){ .length = 0 };
	if (take_request(c, ret) < 0)
		return -1;
	for (int i = 0; i < HTTP_HEADERS_MAX; i++) {
		int n = conn_line(c, line, sizeof(line));

		if (n == CONN_CLOSED)
			return -1;
		if (n == 0)
			return ret->length > HTTP_BODY_MAX ? refuse(c, 413) : 0;
		if (n > 0 && strncasecmp(line, "Accept-Language:", 16) == 0)
			snprintf(ret->languages, sizeof(ret->languages), "%.*s",
				 (int)sizeof(ret->languages) - 1, line + 16);
		if (n > 0 && strncasecmp(line, "Content-Length:", 15) == 0) {
			ret->length = strtoul(line + 15, &end, 10);
			if (*end != '\0')
				return refuse(c, 400);
		}
	}
	return refuse(c, 431);
}

/* ---- answers */

static char *more(struct page *p, size_t n)
{
	if (p->n + n + 1 > p->room) {
		size_t room = 2 * (p->n + n + 1);
		char *text = realloc(p->text, room);

		if (text == NULL)
			return NULL;
		p->text = text;
		p->room = room;
	}
	return p->text + p->n;
}

void page_add(struct page *p, const char *format, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n > (int)sizeof(text) - 1)
		n = (int)sizeof(text) - 1;
	if (n > 0 && more(p, (size_t)n) != NULL) {
		memcpy(p->text + p->n, text, (size_t)n);
		p->n += (size_t)n;
	}
}

void page_escape(struct page *p, const char *text, size_t n)
{
	for (; n > 0; n--, text++) {
		switch (*text) {
		case '<':
			page_add(p, "&lt;");
			break;
		case '>':
			page_add(p, "&gt;");
			break;
		case '&':
			page_add(p, "&amp;");
			break;
		case '"':
			page_add(p, "&quot;");
			break;
		default:
			if ((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t')
				page_add(p, "%c", *text);
		}
	}
}

static const char *words(int status)
{
	switch (status) {
	case 200: return "OK";
	case 201: return "Created";
	case 400: return "Bad Request";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 413: return "Content Too Large";
	case 414: return "URI Too Long";
	case 431: return "Request Header Fields Too Large";
	case 503: return "Service Unavailable";
	default: return "Internal Server Error";
	}
}

void http_answer(struct conn *c, int status, const char *type, struct page *p)
{
	struct page none = { 0 };

	if (p == NULL) {
		p = &none;
		type = "text/plain";
		page_add(p, "%d %s\n", status, words(status));
	}
	if (conn_printf(c, "HTTP/1.0 %d %s\r\nContent-Type: %s; charset=utf-8\r\n"
			"Content-Length: %zu\r\nX-Content-Type-Options: nosniff\r\n\r\n",
			status, words(status), type, p->n) == 0 && p->n > 0)
		(void)conn_write(c, p->text, p->n);
	free(p->text);
	*p = (struct page){ 0 };
}
