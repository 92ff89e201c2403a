/*
 * Questions on standard input, and paragraphs as SVR4 breaks them.
 *
 * A question is on stderr, with what may be answered to it in brackets: `[y,n,?,q]`. The
 * end of standard input is `q`. Nothing is read ahead, so that a script that is run between
 * two questions finds its own answers there.
 */
#ifndef TOOLS_COMMON_ASK_H
#define TOOLS_COMMON_ASK_H

#include "formats/arena.h"

enum ask_answer { ASK_YES, ASK_NO, ASK_QUIT };

/* `QUESTION [y,n,?,q] ` until one of them is typed. */
enum ask_answer ask_yes_no(const char *question);
/* One line without its newline (`fallback` when it is empty), or NULL for q or the end.
 * `?` shows `help`. */
const char *ask_line(struct arena *a, const char *question, const char *help,
		     const char *fallback);
/* The same with other answers in the brackets, and without an answer of its own to `?`. */
const char *ask_word(struct arena *a, const char *question, const char *keys,
		     const char *fallback);

/* A newline, then the text broken before column 70, then a newline, on stderr. */
void say_paragraph(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
