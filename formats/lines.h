/*
 * Text from outside, line by line and word by word, without copying.
 *
 *	rc = lines_open(&l, bytes, len, SPACE_MAX_BYTES, file, e);
 *	while (lines_next(&l, &line))
 *		while (span_word(&line, &word))
 *			...
 *	return lines_error(&l, e, "wrong number of fields");	"FILE:LINE: wrong ..."
 *
 * Everything is borrowed from the bytes and from `file`. Words are separated by
 * blanks and tabs, as all SVR4 readers have it; a '\r' before the newline is
 * trimmed by span_trim() only.
 */
#ifndef FORMATS_LINES_H
#define FORMATS_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "error.h"

struct span {
	const char *p;
	size_t len;
};

struct lines {
	const char *file;
	const char *p, *end;
	unsigned line;		/* of the span that lines_next() gave last, from 1 */
};

/* Refuses more than max bytes (-E_LIMIT) and NUL bytes (-E_FORMAT, with line),
 * because a NUL would end what is shown but not what is used. */
int lines_open(struct lines *l, const char *bytes, size_t len, size_t max, const char *file,
	       struct error *e);
/* The next line without its newline; false at the end. */
bool lines_next(struct lines *l, struct span *ret);
/* Sets -E_FORMAT with "FILE:LINE: " in front, and returns it. */
int lines_error(const struct lines *l, struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Cuts the first word off *rest; false when there is none. */
bool span_word(struct span *rest, struct span *ret);
/* Without white space at either end. */
struct span span_trim(struct span s);
bool span_eq(struct span s, const char *text);
/* Is there a byte below 0x20, or 0x7f? Tabs count. */
bool span_has_control(struct span s);
/* All words of s, separated by one blank each; NULL when there is none. */
const char *span_squeeze(struct arena *a, struct span s);
char *span_dup(struct arena *a, struct span s);

/* For "%.*s" in messages: a long word is cut there. */
#define SPAN_FMT "'%.*s'"
#define SPAN_ARG(s) (int)((s).len < 80 ? (s).len : 80), (s).p

#endif
