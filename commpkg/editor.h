/*
 * A text, in the editor of the person who sits there.
 *
 *	rc = editor_copy(a, "x.conf", text, &copy, e);	a file of its own, nobody else's to read
 *	rc = editor_run(a, &copy, e);			$VISUAL, $EDITOR or vi; waits
 *	rc = editor_read(a, copy.path, max, &text, e);
 *	editor_discard(&copy);				or left, and said where it is
 */
#ifndef COMMPKG_EDITOR_H
#define COMMPKG_EDITOR_H

#include "formats/error.h"
#include "merge.h"

struct editor_copy {
	const char *dir, *path;	/* below TMPDIR or /tmp */
};

int editor_copy(struct arena *a, const char *name, struct text text, struct editor_copy *ret,
		struct error *e);
/* -E_NEEDS_ANSWER: no editor is named, and there is no terminal for vi. */
int editor_run(struct arena *a, const struct editor_copy *c, struct error *e);
/* A file of the host, as the user named it; "-": standard input. -E_LIMIT. */
int editor_read(struct arena *a, const char *path, size_t max, struct text *ret,
		struct error *e);
void editor_discard(const struct editor_copy *c);

#endif
