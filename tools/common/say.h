/*
 * The voice of the SVR4 commands: their messages go to stderr in SVR4's form.
 *
 *	say_program("pkgadd");
 *	say_error("no package associated with <%s>", name);
 *		pkgadd: ERROR: no package associated with <...>
 *
 * Text of packages may want to drive the terminal: everything said here passes
 * strbuf_add_escaped(), line by line.
 */
#ifndef TOOLS_COMMON_SAY_H
#define TOOLS_COMMON_SAY_H

#include "formats/error.h"

void say_program(const char *name);
const char *say_name(void);
/* stderr and stdout as formatted; newlines are the caller's. */
void say_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_out(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* `NAME: ERROR: text` and a newline; `WARNING: text`. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The text of e as say_error(), and its hint on a line of its own. */
void say_failure(const struct error *e);
/* Says `usage:` and the lines; gives 1, the status of wrong usage. */
int say_usage(const char *lines);

#endif
