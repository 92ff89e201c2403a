/* Questions and paragraphs. */
#include "tools/common/ask.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "formats/cleanup.h"
#include "formats/str.h"
#include "tools/common/say.h"

#define WIDTH 69u

static const char *read_line(struct arena *a)
{
	AUTO_FREE char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	(void)fflush(stdout);
	(void)setvbuf(stdin, NULL, _IONBF, 0); /* byte by byte: the rest is not ours */
	n = getline(&line, &cap, stdin);
	if (n < 0)
		return NULL;
	while (n > 0 && strchr(" \t\r\n", line[n - 1]) != NULL)
		line[--n] = '\0';
	return arena_strdup(a, line + strspn(line, " \t"));
}

static bool is_word(const char *answer, const char *word)
{
	return answer[0] != '\0' && (strcasecmp(answer, word) == 0 ||
				     (answer[1] == '\0' && (answer[0] | 0x20) == word[0]));
}

enum ask_answer ask_yes_no(const char *question)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *answer;

	for (;;) {
		say_err("\n%s [y,n,?,q] ", question);
		answer = read_line(a);
		if (answer == NULL)
			say_err("\n");
		if (answer == NULL || is_word(answer, "quit"))
			return ASK_QUIT;
		if (is_word(answer, "yes"))
			return ASK_YES;
		if (is_word(answer, "no"))
			return ASK_NO;
		if (str_eq(answer, "?"))
			say_paragraph("To respond in the affirmative, enter y, yes, Y, or YES. To "
				      "respond in the negative, enter n, no, N, or NO.");
		else
			say_err("ERROR: Please enter yes or no.\n");
	}
}

const char *ask_word(struct arena *a, const char *question, const char *keys,
		     const char *fallback)
{
	const char *answer;

	do {
		say_err("\n%s [%s]: ", question, keys);
		answer = read_line(a);
		if (answer == NULL)
			say_err("\n");
		if (answer == NULL || is_word(answer, "quit"))
			return NULL;
		if (answer[0] == '\0')
			answer = fallback;
	} while (answer == NULL);
	return answer;
}

const char *ask_line(struct arena *a, const char *question, const char *help,
		     const char *fallback)
{
	const char *answer;

	do {
		answer = ask_word(a, question, "?,q", fallback);
		if (answer != NULL && str_eq(answer, "?"))
			say_paragraph("%s", help);
	} while (answer != NULL && str_eq(answer, "?"));
	return answer;
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
