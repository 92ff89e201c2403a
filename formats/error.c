/* The number and the words of a failure. */
#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void error_fill(struct error *e, int code, const char *fmt, va_list ap)
{
	if (e == NULL)
		return;
	e->code = code;
	e->hint[0] = '\0';
	e->cut_off = false;
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
}

int error_set(struct error *e, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_fill(e, code, fmt, ap);
	va_end(ap);
	return -code;
}

int error_errno(struct error *e, int err, const char *fmt, ...)
{
	char words[128];
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	error_fill(e, err, fmt, ap);
	va_end(ap);
	if (e == NULL)
		return -err;
	len = strlen(e->text);
	(void)snprintf(e->text + len, sizeof(e->text) - len, ": %s",
		       strerror_r(err, words, sizeof(words)));
	return -err;
}

int error_cut_off(struct error *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_fill(e, E_FORMAT, fmt, ap);
	va_end(ap);
	if (e != NULL)
		e->cut_off = true;
	return -E_FORMAT;
}

int error_prefix(struct error *e, const char *fmt, ...)
{
	char old[ERROR_TEXT_SIZE];
	size_t len;
	va_list ap;

	if (e == NULL)
		return -E_FORMAT;
	memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	len = strlen(e->text);
	(void)snprintf(e->text + len, sizeof(e->text) - len, ": %s", old);
	return -e->code;
}

int error_hint(struct error *e, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return -E_FORMAT;
	va_start(ap, fmt);
	(void)vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return -e->code;
}

void error_clear(struct error *e)
{
	if (e == NULL)
		return;
	e->code = 0;
	e->text[0] = '\0';
	e->hint[0] = '\0';
	e->cut_off = false;
}
