/*
 * Where two texts differ, line by line: the shortest edit script (Myers, "An O(ND) Difference
 * Algorithm and Its Variations", 1986, the linear space variant), with hunks then slid as far
 * down as they go, so that equal neighbours fall together. Pure; used by merge and by
 * `config diff`.
 *
 *	struct diff_text a, b;
 *
 *	diff_split(arena, text, len, &a);
 *	diff_split(arena, other, other_len, &b);
 *	diff_number(arena, (struct diff_text *[]){ &a, &b }, 2);
 *	diff_lines(arena, &a, &b, &script);
 *
 * A line holds its newline; a last one without is another line than the same with one.
 */
#ifndef COMMPKG_DIFF_H
#define COMMPKG_DIFF_H

#include "formats/str.h"

struct diff_line {
	const char *s;		/* borrowed from the text; not terminated */
	size_t len;		/* with its newline */
	uint32_t id;		/* equal lines have equal ids, once numbered */
};

struct diff_text {
	struct diff_line *v;
	size_t n;
};

/* Lines [from, to) of either side; one of the two may be empty. */
struct hunk {
	size_t a_from, a_to, b_from, b_to;
};

struct diff {
	struct hunk *v;		/* in order; no two touch */
	size_t n;
};

void diff_split(struct arena *a, const char *text, size_t len, struct diff_text *ret);
/* Gives equal lines of all these texts the same id. */
void diff_number(struct arena *a, struct diff_text *const *texts, size_t n);
/* Both numbered together. Texts that differ in thousands of places get a script that is
 * right, but perhaps not the shortest: time is bounded. */
void diff_lines(struct arena *a, const struct diff_text *x, const struct diff_text *y,
		struct diff *ret);

/* A unified diff as patch(1) reads it, three lines of context; nothing where nothing differs.
 * The texts are from outside: escape lines before a terminal sees them. */
void diff_unified(struct arena *a, const struct diff_text *x, const struct diff_text *y,
		  const char *x_name, const char *y_name, struct strbuf *ret);

/* One hunk with all lines of both, without the two lines of names; nothing where nothing
 * differs. */
void diff_whole(struct arena *a, const struct diff_text *x, const struct diff_text *y,
		struct strbuf *ret);

#endif
