/*
 * As much of HTTP/1.0 as the web servers of the suite need: one request, one answer, the end.
 *
 *	if (http_read(c, &q) < 0)
 *		return;			it has been answered, or nobody is there
 *	page_add(&p, "<h1>"), page_escape(&p, title), ...
 *	http_answer(c, 200, "text/html", &p);
 */
#ifndef SUITE_HTTP_H
#define SUITE_HTTP_H

#include "net.h"

struct http_request {
	char method[8];
	char path[256];		/* decoded; begins with / */
	char languages[128];	/* Accept-Language */
	size_t length;		/* of the body, which is still to be read with conn_bytes() */
};
#define HTTP_BODY_MAX ((size_t)64 << 10)
int http_read(struct conn *c, struct http_request *ret);

struct page {
	char *text;
	size_t n, room;		/* text is NULL when memory ran out */
};
void page_add(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* With < > & " and control bytes made harmless. */
void page_escape(struct page *p, const char *text, size_t n);

/* Frees the page, which may be NULL: then the answer is its status in words. */
void http_answer(struct conn *c, int status, const char *type, struct page *p);

#endif
