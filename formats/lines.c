/* Lines and words of text that is not trusted. */
#include "lines.h"

#include <stdio.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
	return is_blank(c) || (c >= '\n' && c <= '\r');
}

static unsigned line_of(const char *bytes, const char *where)
{
	unsigned line = 1;

	while ((bytes = memchr(bytes, '\n', (size_t)(where - bytes))) != NULL) {
		line++;
		bytes++;
	}
	return line;
}

int lines_open(struct lines *l, const char *bytes, size_t len, size_t max, const char *file,
	       struct error *e)
{
	const char *nul;

	if (len > max)
		return error_set(e, E_LIMIT, "%s: %zu bytes, more than the %zu we read", file,
				 len, max);
	nul = len != 0 ? memchr(bytes, '\0', len) : NULL;
	if (nul != NULL)
		return error_set(e, E_FORMAT, "%s:%u: a NUL byte", file, line_of(bytes, nul));
	if (len == 0)
		bytes = "";	/* NULL has no end */
	*l = (struct lines){ .file = file, .p = bytes, .end = bytes + len };
	return 0;
}

bool lines_next(struct lines *l, struct span *ret)
{
	const char *nl;

	if (l->p == l->end)
		return false;
	nl = memchr(l->p, '\n', (size_t)(l->end - l->p));
	*ret = (struct span){ l->p, (size_t)((nl != NULL ? nl : l->end) - l->p) };
	l->p = nl != NULL ? nl + 1 : l->end;
	l->line++;
	return true;
}

int lines_error(const struct lines *l, struct error *e, const char *fmt, ...)
{
	char words[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	return error_set(e, E_FORMAT, "%s:%u: %s", l->file, l->line, words);
}

bool span_word(struct span *rest, struct span *ret)
{
	const char *p = rest->p, *end = p + rest->len, *word;

	while (p < end && is_blank(*p))
		p++;
	word = p;
	while (p < end && !is_blank(*p))
		p++;
	*rest = (struct span){ p, (size_t)(end - p) };
	if (p == word)
		return false;
	*ret = (struct span){ word, (size_t)(p - word) };
	return true;
}

struct span span_trim(struct span s)
{
	while (s.len > 0 && is_space(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && is_space(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool span_eq(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.p, text, s.len) == 0;
}

bool span_has_control(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

char *span_dup(struct arena *a, struct span s)
{
	return arena_strndup(a, s.p, s.len);
}

const char *span_squeeze(struct arena *a, struct span s)
{
	char *out, *p;
	size_t i;

	s = span_trim(s);
	if (s.len == 0)
		return NULL;
	out = p = arena_alloc(a, s.len + 1);
	for (i = 0; i < s.len; i++) {
		if (!is_space(s.p[i]))
			*p++ = s.p[i];
		else if (p[-1] != ' ')
			*p++ = ' ';
	}
	return out;
}
