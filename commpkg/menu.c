/* What was typed at a menu. */
#include "menu.h"

#include <string.h>

#include "formats/lines.h"
#include "formats/str.h"

#define SEPARATORS " \t,"

static int bad(struct span word, size_t n, struct error *e)
{
	return error_set(e, E_USAGE, SPAN_FMT " is no choice: numbers are 1 to %zu, 2-4 is a "
			 "range, ~3 means only what number 3 needs", SPAN_ARG(word), n);
}

static int pick(enum menu_pick *at, enum menu_pick how, size_t number, struct error *e)
{
	if (*at != MENU_NOT && *at != how)
		return error_set(e, E_USAGE, "%zu and ~%zu exclude each other", number, number);
	*at = how;
	return 0;
}

/* N or N-M. */
static bool range_of(struct span s, size_t n, size_t *ret_from, size_t *ret_to)
{
	const char *dash = memchr(s.p, '-', s.len);
	size_t len = dash != NULL ? (size_t)(dash - s.p) : s.len;
	uint64_t from, to;

	if (s.len == 3 && memcmp(s.p, "all", 3) == 0) {
		*ret_from = 1;
		*ret_to = n;
		return true;
	}
	if (!str_to_u64(s.p, len, 10, n, &from))
		return false;
	to = from;
	if (dash != NULL && !str_to_u64(dash + 1, s.len - len - 1, 10, n, &to))
		return false;
	*ret_from = from;
	*ret_to = to;
	return from >= 1 && from <= to;
}

int menu_parse(struct arena *a, const char *typed, size_t n, enum menu_pick **ret,
	       struct error *e)
{
	enum menu_pick *picks = arena_calloc(a, n + 1, sizeof(*picks));
	const char *p = typed;
	int rc = 0;

	while (rc == 0 && *(p += strspn(p, SEPARATORS)) != '\0') {
		struct span word = { p, strcspn(p, SEPARATORS) }, s = word;
		enum menu_pick how = MENU_WHOLE;
		size_t from, to, i;

		if (*s.p == '~') {
			how = MENU_NEEDS;
			s = (struct span){ s.p + 1, s.len - 1 };
		}
		if (!range_of(s, n, &from, &to))
			return bad(word, n, e);
		for (i = from; rc == 0 && i <= to; i++)
			rc = pick(&picks[i - 1], how, i, e);
		p += word.len;
	}
	if (rc == 0)
		*ret = picks;
	return rc;
}
