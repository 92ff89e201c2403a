/*
 * Three texts into one: what the packager changed from `base` to `new`, and what the administrator
 * changed from `base` to `live`. Pure: no files, no decisions (config.h has those).
 *
 *	merge_lines(arena, base, live, new, &result);	text, line by line, as diff3(1)
 *	if (result.outcome == MERGE_CONFLICT)
 *		merge_keys(arena, base, live, new, &result);	key=value files and INI, key by key
 *
 * It holds (tests/unit/merge_test.c): merge(b, b, x) = x, merge(b, x, b) = x, merge(b, x, x) = x,
 * and merge(b, x, y) conflicts where merge(b, y, x) does, with the sides changed.
 * A text with a NUL byte is binary and never merged.
 */
#ifndef COMMPKG_MERGE_H
#define COMMPKG_MERGE_H

#include "formats/str.h"

struct text {
	const char *bytes;
	size_t len;
};

enum merge_outcome {
	MERGE_CLEAN = 1,	/* `text` has both changes */
	MERGE_CONFLICT,		/* both changed the same place, differently */
	MERGE_BINARY,		/* not text: not tried */
	MERGE_UNFIT,		/* merge_keys(): not a file of unique keys */
};

struct merge_result {
	enum merge_outcome outcome;
	struct text text;	/* CLEAN: the merged text */
	size_t conflicts;	/* CONFLICT: how many places */
	size_t line;		/* of the first one in `live`, from 1 */
};

void merge_lines(struct arena *a, struct text base, struct text live, struct text new,
		 struct merge_result *ret);

/* For a person with an editor: all that merges is merged, and each place of conflict has the three
 * sides between marks (<<<<<<< live, ||||||| packaged before, =======, >>>>>>> packaged now).
 * Only ever for a copy, never for a live file. */
void merge_marked(struct arena *a, struct text base, struct text live, struct text new,
		  struct text *ret);
/* Is there such a mark at the beginning of a line? Then nobody has finished with it. */
bool merge_has_marks(struct text t);

/*
 * Files of `key = value`, perhaps in [sections], with comments (# ; or !) and blank lines: changed
 * keys are taken over one by one, so that neighbours don't conflict. The result is `live` with
 * the packager's changes in it: order and comments of `live` stay, a key that is new comes
 * with the comment above it, behind the key it follows in `new`.
 * UNFIT: some line is nothing of the kind, or a key stands twice in its section.
 */
void merge_keys(struct arena *a, struct text base, struct text live, struct text new,
		struct merge_result *ret);

#endif
