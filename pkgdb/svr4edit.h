/*
 * The text of a contents file, read and edited line by line, where there is no database to
 * ask: in the cage of a script, whose stage shows the SVR4 view as it is so far.
 *
 *	ed = svr4edit_open(a, text, len);
 *	svr4edit_put(ed, &row, "SUNWfoo");	the row of a path, in place of the instance's
 *	svr4edit_drop(ed, path, "SUNWfoo");
 *	svr4edit_render(ed, "installf", "SUNWfoo", when, &out);
 *	svr4edit_close(ed);
 *
 * The text is borrowed, and from outside: lines that are no lines of contents(4) are left
 * out (svr4.md 10.2 has the format), numbers have limits, paths are not trusted: whoever
 * uses one parses it. It need not be sorted.
 */
#ifndef PKGDB_SVR4EDIT_H
#define PKGDB_SVR4EDIT_H

#include "svr4view.h"

#define SVR4EDIT_MAX_BYTES ((size_t)1 << 30)

struct svr4edit;

/* Who has a path: rows[0] rules, in order of arrival follow the others. `package` is not
 * set. */
struct svr4_group {
	struct pkgdb_file *rows;
	const char **instances;
	size_t n;
};

struct svr4edit *svr4edit_open(struct arena *a, const char *text, size_t len);
void svr4edit_close(struct svr4edit *ed);	/* takes NULL */
/* n = 0 when nobody has it. Valid until the path is changed. */
struct svr4_group svr4edit_find(struct svr4edit *ed, const char *path);
/* A row with `ruling` becomes the one whose attributes the line has. */
void svr4edit_put(struct svr4edit *ed, const struct pkgdb_file *row, const char *instance);
void svr4edit_drop(struct svr4edit *ed, const char *path, const char *instance);
/* The status character of the instance's entries of that path; 0: none. */
void svr4edit_status(struct svr4edit *ed, const char *path, const char *instance, char status);
/* Calls `each` for every path, in the order of the text, then those that are new; a negative
 * result ends it and is returned. */
int svr4edit_each(struct svr4edit *ed,
		  int (*each)(const struct svr4_group *g, void *ctx, struct error *e),
		  void *ctx, struct error *e);
/* The whole file, sorted by path, with its two closing lines. */
void svr4edit_render(struct svr4edit *ed, const char *program, const char *instance,
		     int64_t when, struct strbuf *out);

#endif
