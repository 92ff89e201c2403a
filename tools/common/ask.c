/* Questions and paragraphs. */
#include "tools/common/ask.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/cleanup.h"
#include "formats/str.h"
#include "tools/common/say.h"

#define WIDTH 70u

static const char *read_line(struct arena *a)
{
	AUTO_FREE char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	(void)fflush(stdout);
	n = getline(&line, &cap, stdin);
	if (n < 0)
		return NULL;
	while (n > 0 && strchr(" \t\n", line[n - 1]) != NULL)
		line[--n] = '\0';
	return arena_strdup(a, line + strspn(line, " \t"));
}

enum ask_answer ask_yes_no(const char *question)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *answer;

	for (;;) {
		say_err("\n%s [y,n,?,q] ", question);
		answer = read_line(a);
		if (answer == NULL) {
			say_err("\n");
			return ASK_QUIT;
		}
		switch (answer[0]) {
		case 'y': case 'Y': return ASK_YES;
		case 'n': case 'N': return ASK_NO;
		case 'q': case 'Q': return ASK_QUIT;
		default: say_err("Enter y or yes, n or no, or q to stop.\n");
		}
	}
}

const char *ask_line(struct arena *a, const char *question, const char *fallback)
{
	const char *answer;

	for (;;) {
		say_err("\n%s [?,q] ", question);
		answer = read_line(a);
		if (answer == NULL)
			say_err("\n");
		if (answer == NULL || str_eq(answer, "q"))
			return NULL;
		if (answer[0] == '\0' && fallback != NULL)
			return fallback;
		if (answer[0] != '\0' && answer[0] != '?')
			return answer;
	}
}

/* The bytes of text that go on a line: up to the last blank before WIDTH. */
static size_t line_length(const char *text)
{
	size_t n = strlen(text), i;

	if (n <= WIDTH)
		return n;
	for (i = WIDTH; i > 0 && text[i] != ' '; i--)
		continue;
	return i > 0 ? i : strcspn(text, " ");
}

void say_paragraph(const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	const char *p;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	say_err("\n");
	for (p = text; *p != '\0'; p += strspn(p, " ")) {
		size_t n = line_length(p), k = n;

		while (k > 0 && p[k - 1] == ' ')
			k--;
		say_err("%.*s\n", (int)k, p);
		p += n;
	}
}
