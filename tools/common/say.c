/* Messages of the SVR4 commands. */
#include "tools/common/say.h"

#include <stdio.h>
#include <stdlib.h>

#include "commpkg/places.h"
#include "formats/str.h"

static const char *program = "commpkg";

void say_program(const char *name)
{
	places_standard();
	program = name;
}

const char *say_name(void)
{
	return program;
}

/* Tabs and newlines are layout; the rest of the controls is not ours. */
static void put_escaped(FILE *to, char *text)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;

	while (*text != '\0') {
		size_t n = strcspn(text, "\n\t");
		char end = text[n];

		text[n] = '\0';
		strbuf_add_escaped(&out, text);
		if (end == '\0')
			break;
		strbuf_addch(&out, end);
		text += n + 1;
	}
	(void)fputs(strbuf_str(&out), to);
}

static void put_formatted(FILE *to, const char *before, const char *fmt, va_list ap,
			  const char *after)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	(void)fputs(before, to);
	put_escaped(to, text);
	(void)fputs(after, to);
	free(text);
}

void say_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_formatted(stderr, "", fmt, ap, "");
	va_end(ap);
}

void say_out(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_formatted(stdout, "", fmt, ap, "");
	va_end(ap);
}

void say_error(const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "%s: ERROR: ", program);
	va_start(ap, fmt);
	put_formatted(stderr, "", fmt, ap, "\n");
	va_end(ap);
}

void say_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_formatted(stderr, "WARNING: ", fmt, ap, "\n");
	va_end(ap);
}

void say_failure(const struct error *e)
{
	say_error("%s", e->text);
	if (e->hint[0] != '\0')
		say_err("    - %s\n", e->hint);
}

int say_usage(const char *lines)
{
	(void)fprintf(stderr, "usage:\n%s", lines);
	return 1;
}
