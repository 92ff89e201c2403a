/*
 * What went wrong, for the program (a number) and for a person (a text).
 *
 * Every function that can fail returns a negative int and takes a
 * `struct error *e` as its last argument. The function that knows most fills
 * it; callers may put a prefix in front; only verbs print it, once.
 *
 *	rc = root_rename(r, from, to, e);
 *	if (rc < 0)
 *		return error_prefix(e, "installing '%s'", name);
 *
 * Numbers are -errno for what the system said and -E_... for our own words;
 * both share one number space. The text has no capital and no full stop,
 * says what failed first and quotes the subject:
 * `cannot rename '/opt/x': No space left on device`. The hint is what to type
 * next, and is printed on a line of its own.
 *
 * `e` may be NULL where the caller does not care for words. Library code never
 * prints.
 */
#ifndef FORMATS_ERROR_H
#define FORMATS_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

enum error_code {
	E_FORMAT = 4096,	/* outside bytes are not what their format says */
	E_LIMIT,		/* outside bytes are larger than we read */
	E_DIGEST,		/* contents do not have the digest or sum they claim */
	E_UNSUPPORTED,		/* understood, and refused by name */
	E_USAGE,		/* the command line is wrong */
	E_NOT_FOUND,		/* what the user named is not there */
	E_CONFLICT,		/* a plan can't be carried out: see its problems */
	E_NO_SOLUTION,		/* the solver found no way */
	E_LOCKED,		/* another run holds the lock and the wait ran out */
	E_NEEDS_ANSWER,		/* nobody can be asked */
	E_STALE,		/* the root changed since the plan was made */
	E_TRUST,		/* signature, key or digest policy refused */
	E_RECOVERY,		/* an interrupted transaction is in the way */
	E_INTERRUPTED,		/* SIGINT, SIGTERM or SIGHUP before the seal */
	E_SPACE,		/* a file system is too small for the plan */
	E_SCRIPT,		/* a script of a package failed */
	E_DB,			/* the database is damaged or not ours */
};

#define ERROR_TEXT_SIZE 2048

struct error {
	int code;		/* positive errno or enum error_code; 0 = none */
	char text[ERROR_TEXT_SIZE];
	char hint[1024];
	bool cut_off;		/* E_FORMAT, because the bytes ended too early */
};

#define ERROR_INIT { .code = 0 }

/* Both set text; error_errno() appends ": " and the system's words for `err`.
 * They return -code, so `return error_set(e, E_FORMAT, ...)` reads well. */
int error_set(struct error *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int error_errno(struct error *e, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Bytes that end too early, or may: E_FORMAT, with cut_off set. */
int error_cut_off(struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the text. Returns -e->code (-E_FORMAT without e). */
int error_prefix(struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets what to type next; keeps the code. Returns -e->code. */
int error_hint(struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void error_clear(struct error *e);

#endif
