/*
 * The only voice of the program.
 *
 * Results on stdout, everything else on stderr; progress bars only when stderr is a
 * terminal (one line per finished phase otherwise); NO_COLOR and --color; marks fall back
 * to ASCII in locales that are not UTF-8. Everything printed passes strbuf_add_escaped().
 * With --json nothing but JSON goes to stdout: the verb fills a document with report_json().
 */
#ifndef COMMPKG_REPORT_H
#define COMMPKG_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"

enum report_json { JSON_OFF, JSON_DOCUMENT, JSON_LINES };
enum report_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum report_mark { MARK_OK, MARK_WARN, MARK_BAD, MARK_ARROW, MARK_NONE, MARK_UNKNOWN };

struct report_options {
	bool quiet;
	unsigned verbose;
	enum report_json json;
	enum report_color color;
	const char *program;	/* "commpkg" */
};
void report_init(const struct report_options *o);
const struct report_options *report_options(void);

/* What a line is, for those who listen: the log of a run, the JSON document. */
enum report_kind {
	REPORT_LINE, REPORT_NOTE, REPORT_DETAIL, REPORT_WARNING, REPORT_ERROR,
};
/* Gets every line (escaped), also those that -q, a missing -v or --json keep from the
 * terminal. Text and hint are valid during the call; code is an error's, else 0. */
struct report_sink {
	void (*line)(void *ctx, enum report_kind kind, const char *text, const char *hint,
		     int code);
	void *ctx;
};
void report_set_sink(const struct report_sink *sink); /* NULL: none */

/* Each call below is one line: no newline in fmt or in what it prints. */

/* A line of result on stdout (not with --json). */
void report_out(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Many lines of a text from outside. On a terminal each is escaped, but for tabs; anybody else gets
 * the bytes as they are, as patch(1) or a file wants them. */
void report_text(const char *bytes, size_t len);
/* The same in bold, and with a mark in front. */
void report_heading(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void report_marked(enum report_mark m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* While muted the three above go to the listener only (the plan of a run with -q). */
void report_mute(bool mute);
/* stderr; not with -q. */
void report_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void report_mark(enum report_mark m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void report_verbose(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* `commpkg: TEXT`, then the hint on a line of its own. With JSON also in the document. */
void report_error(const struct error *e);
void report_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One bar; total 0 = not known. report_progress_end() prints the line that stays. */
void report_progress(const char *what, uint64_t done, uint64_t total);
/* What somebody else is doing, in his words, where a bar would be; from outside. */
void report_step(const char *what, unsigned percent, const char *words);
void report_progress_end(const char *what, const char *result);
/* The beginning of a line, on stderr, in front of what somebody is to type. */
void report_prompt(const char *text);
/* Asks on the terminal. 1 yes, 0 no, -E_NEEDS_ANSWER when nobody can be asked (the text
 * names `option`, which would have answered). */
int report_ask(const char *question, const char *option, struct error *e);
/* The same for any line: 1 there it is, without its newline (a longer one is cut, the rest
 * is the next one); 0 the input has ended. hint: what to type next when nobody can be asked. */
int report_ask_line(const char *question, const char *hint, char *ret, size_t size,
		    struct error *e);
/* The mark alone, as the locale allows. */
const char *report_symbol(enum report_mark m);
/* Empties stdout: negative when something could not be written. The last call. */
int report_finish(struct error *e);
/* What was said goes out now; an error is kept for report_finish(). */
void report_flush(void);
/* "212 MiB" */
const char *report_size(uint64_t bytes, char buf[32]);

#endif
