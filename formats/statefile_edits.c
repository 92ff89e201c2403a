/*
 * Edited configuration in a state file: for each file a unified diff of its packaged text and what
 * was made of it, with all lines of both as context. patch(1) and people read it, and it carries
 * both texts exactly:
 *
 *	--- /opt/ms/config/imta.cnf<TAB>MS=6.3:config/imta.cnf
 *	+++ /opt/ms/config/imta.cnf<TAB>0640 mailsrv mail
 *	@@ -1,2 +1,2 @@
 *	 a=1
 *	-b=1
 *	+b=mine
 *
 * What somebody removed has +++ /dev/null.
 */
#include "statefile.h"

#include <string.h>

#include "lines.h"
#include "str.h"

#define EDIT_MAX ((size_t)1 << 20)	/* of each text */

struct reading {
	struct arena *a;
	const char *p, *end;		/* what is to be read */
	unsigned line;
	const char *file;
	struct error *e;
};

static int wrong(const struct reading *r, const char *what)
{
	return error_set(r->e, E_FORMAT, "%s:%u: %s", r->file, r->line, what);
}

/* The next line with its newline; false at the end. */
static bool next(struct reading *r, struct span *ret)
{
	const char *newline;

	if (r->p == r->end)
		return false;
	newline = memchr(r->p, '\n', (size_t)(r->end - r->p));
	ret->p = r->p;
	ret->len = (size_t)((newline != NULL ? newline + 1 : r->end) - r->p);
	r->p += ret->len;
	r->line++;
	return true;
}

static bool begins(struct span s, const char *with)
{
	return s.len >= strlen(with) && memcmp(s.p, with, strlen(with)) == 0;
}

/* ---- the two lines with names */

static struct span without(struct span s, size_t n)
{
	s.p += n;
	s.len -= n;
	while (s.len > 0 && (s.p[s.len - 1] == '\n' || s.p[s.len - 1] == '\r'))
		s.len--;
	return s;
}

/* Up to a tab; what is behind it is left in *s. */
static struct span name_of(struct span *s)
{
	const char *tab = memchr(s->p, '\t', s->len);
	struct span name = { s->p, tab != NULL ? (size_t)(tab - s->p) : s->len };

	s->p += name.len + (tab != NULL);
	s->len -= name.len + (tab != NULL);
	return name;
}

/* MS=6.3, or without a version. */
static void read_component(struct reading *r, struct span s, struct state_edit *ret)
{
	const char *equals = memchr(s.p, '=', s.len);
	size_t n = equals != NULL ? (size_t)(equals - s.p) : s.len;

	ret->component = arena_strndup(r->a, s.p, n);
	if (n + 1 < s.len)
		ret->version = arena_strndup(r->a, equals + 1, s.len - n - 1);
}

static int read_old(struct reading *r, struct span line, struct state_edit *ret)
{
	struct span rest = without(line, strlen("--- ")), name = name_of(&rest);
	const char *colon = memchr(rest.p, ':', rest.len);

	if (name.len < 2 || name.p[0] != '/' || span_has_control(name) || span_has_control(rest))
		return wrong(r, "bad name of a configuration file");
	ret->path = arena_strndup(r->a, name.p + 1, name.len - 1);
	if (colon == NULL)
		return 0;
	read_component(r, (struct span){ rest.p, (size_t)(colon - rest.p) }, ret);
	ret->relative = arena_strndup(r->a, colon + 1, (size_t)(rest.p + rest.len - colon - 1));
	return 0;
}

static const char *given(struct reading *r, struct span word)
{
	return word.len == 1 && word.p[0] == '-' ? NULL : span_dup(r->a, word);
}

/* MODE OWNER GROUP, each as packaged where it is '-'; or nothing. */
static int read_attributes(struct reading *r, struct span rest, struct state_edit *ret)
{
	struct span mode, owner, group, more;
	uint64_t n;

	if (!span_word(&rest, &mode))
		return 0;
	if (!span_word(&rest, &owner) || !span_word(&rest, &group) || span_word(&rest, &more) ||
	    (given(r, mode) != NULL && !str_to_u64(mode.p, mode.len, 8, 07777, &n)))
		return wrong(r, "not 'MODE OWNER GROUP' behind the name");
	if (given(r, mode) != NULL)
		ret->mode = (uint32_t)n;
	ret->owner = given(r, owner);
	ret->group = given(r, group);
	return 0;
}

static int read_new(struct reading *r, struct state_edit *ret)
{
	struct span line, rest, name;

	if (!next(r, &line) || !begins(line, "+++ "))
		return wrong(r, "a line '+++ NAME' belongs here");
	rest = without(line, strlen("+++ "));
	name = name_of(&rest);
	if (name.len == strlen("/dev/null") && memcmp(name.p, "/dev/null", name.len) == 0)
		ret->removed = true;
	else if (name.len != strlen(ret->path) + 1 ||
		 memcmp(name.p + 1, ret->path, name.len - 1) != 0)
		return wrong(r, "another name than in the line above");
	return read_attributes(r, rest, ret);
}

/* ---- the lines of both texts */

/* "-1,12" or "-1": how many lines. */
static bool read_range(struct span word, char sign, uint64_t *ret)
{
	const char *comma = memchr(word.p, ',', word.len);

	*ret = 1;
	if (word.len < 2 || word.p[0] != sign)
		return false;
	return comma == NULL || str_to_u64(comma + 1, (size_t)(word.p + word.len - comma - 1), 10,
					   EDIT_MAX, ret);
}

static int read_head(struct reading *r, struct span line, uint64_t *ret_old, uint64_t *ret_new)
{
	struct span rest = without(line, 0), word;

	if (!span_word(&rest, &word) || !span_word(&rest, &word) ||
	    !read_range(word, '-', ret_old) || !span_word(&rest, &word) ||
	    !read_range(word, '+', ret_new))
		return wrong(r, "not '@@ -LINE,COUNT +LINE,COUNT @@'");
	return 0;
}

static void drop_newline(struct strbuf *b)
{
	if (b->len > 0 && strbuf_str(b)[b->len - 1] == '\n')
		b->len--;
}

/* "\ No newline at end of file", of the line above. */
static void take_marks(struct reading *r, char mark, struct strbuf *old, struct strbuf *new)
{
	struct span line;

	if (r->p == r->end || *r->p != '\\')
		return;
	(void)next(r, &line);
	if (mark != '+')
		drop_newline(old);
	if (mark != '-')
		drop_newline(new);
}

static int read_lines(struct reading *r, uint64_t nold, uint64_t nnew, struct strbuf *old,
		      struct strbuf *new)
{
	while (nold > 0 || nnew > 0) {
		struct span line;
		char mark;

		if (!next(r, &line))
			return wrong(r, "the text ends before its last line");
		mark = line.p[0];
		if ((mark != ' ' && mark != '-' && mark != '+') || (mark != '+' && nold == 0) ||
		    (mark != '-' && nnew == 0))
			return wrong(r, "neither ' ', '-' nor '+' as many times as said");
		if (old->len + line.len > EDIT_MAX || new->len + line.len > EDIT_MAX)
			return wrong(r, "the text is too long");
		if (mark != '+')
			strbuf_add(old, line.p + 1, line.len - 1);
		if (mark != '-')
			strbuf_add(new, line.p + 1, line.len - 1);
		nold -= mark != '+';
		nnew -= mark != '-';
		take_marks(r, mark, old, new);
	}
	return 0;
}

static int read_texts(struct reading *r, struct state_edit *ret)
{
	AUTO_STRBUF struct strbuf old = STRBUF_INIT, new = STRBUF_INIT;
	uint64_t nold, nnew;
	struct span line;
	int rc = 0;

	if (r->end - r->p >= 2 && memcmp(r->p, "@@", 2) == 0) {
		(void)next(r, &line);
		rc = read_head(r, line, &nold, &nnew);
		if (rc == 0)
			rc = read_lines(r, nold, nnew, &old, &new);
	}
	if (rc == 0 && ret->removed && new.len > 0)
		rc = wrong(r, "of a file that was removed there are lines");
	ret->base = arena_strndup(r->a, strbuf_str(&old), old.len);
	ret->base_len = old.len;
	ret->live = arena_strndup(r->a, strbuf_str(&new), new.len);
	ret->live_len = new.len;
	return rc;
}

static int add(struct reading *r, const struct state_edit *edit, struct statefile *ret)
{
	struct state_edit *v;
	size_t i;

	if (ret->nedits == STATEFILE_MAX_EDITS)
		return wrong(r, "too many configuration files");
	for (i = 0; i < ret->nedits; i++)
		if (str_eq(ret->edits[i].path, edit->path))
			return wrong(r, arena_printf(r->a, "'/%s' is there twice", edit->path));
	if ((ret->nedits & (ret->nedits - 1)) == 0) { /* room for as many again */
		v = arena_calloc(r->a, 2 * ret->nedits + 1, sizeof(*v));
		if (ret->nedits > 0)
			memcpy(v, ret->edits, ret->nedits * sizeof(*v));
		ret->edits = v;
	}
	ret->edits[ret->nedits++] = *edit;
	return 0;
}

static int read_edit(struct reading *r, struct span line, struct statefile *ret)
{
	struct state_edit edit = { .mode = STATE_EDIT_NO_MODE };
	const char *from = line.p;
	int rc = read_old(r, line, &edit);

	if (rc == 0)
		rc = read_new(r, &edit);
	if (rc == 0)
		rc = read_texts(r, &edit);
	edit.block = arena_strndup(r->a, from, (size_t)(r->p - from));
	return rc < 0 ? rc : add(r, &edit, ret);
}

size_t statefile_edits_at(const char *bytes, size_t len)
{
	size_t i = 0;

	while (i < len) {
		const char *newline = memchr(bytes + i, '\n', len - i);

		if (begins((struct span){ bytes + i, len - i }, "--- /"))
			return i;
		i = newline != NULL ? (size_t)(newline + 1 - bytes) : len;
	}
	return len;
}

int statefile_edits_parse(struct arena *a, const char *bytes, size_t len, unsigned line,
			  const char *file, struct statefile *ret, struct error *e)
{
	struct reading r = { .a = a, .p = bytes, .end = bytes + len, .line = line,
			     .file = file, .e = e };
	struct span s;
	int rc = 0;

	if (memchr(bytes, '\0', len) != NULL)
		return error_set(e, E_FORMAT, "%s: NUL byte in a configuration file", file);
	while (rc == 0 && next(&r, &s)) {
		if (begins(s, "--- /"))
			rc = read_edit(&r, s, ret);
		else if (s.p[0] != '#' && span_trim(s).len > 0)
			rc = wrong(&r, "neither a configuration file ('--- /PATH') nor a comment");
	}
	return rc;
}
