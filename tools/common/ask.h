/*
 * Questions on standard input, and paragraphs as SVR4 breaks them.
 */
#ifndef TOOLS_COMMON_ASK_H
#define TOOLS_COMMON_ASK_H

#include "formats/arena.h"

enum ask_answer { ASK_YES, ASK_NO, ASK_QUIT };

/* `QUESTION [y,n,?,q] ` on stderr until one of them is typed; the end of standard input
 * is quit. */
enum ask_answer ask_yes_no(const char *question);
/* One line without its newline (`fallback` when it is empty), or NULL for q or the end. */
const char *ask_line(struct arena *a, const char *question, const char *fallback);

/* A newline, then the text broken before column 71, then a newline, on stderr. */
void say_paragraph(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
