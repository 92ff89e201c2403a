/*
 * pkginfo(4): the parameters of a package, as ordered NAME=value pairs.
 *
 * The same syntax serves admin files, response files and INST_RELEASE
 * (reference: svr4.md 3.1; pkginfo(4) of illumos).
 */
#ifndef FORMATS_PKGINFO_H
#define FORMATS_PKGINFO_H

#include <stdbool.h>

#include "arena.h"
#include "error.h"
#include "str.h"

#define PKGINFO_MAX_BYTES ((size_t)1 << 20)
#define PKGINFO_MAX_PARAMS 4096

struct param {
	const char *name, *value;
	unsigned line; /* 0 when not read from a file */
};

struct pkginfo {
	struct param *params;
	size_t n;
};

/* Parses len bytes; `file` is for messages only. NUL bytes, bad quoting and
 * anything over the limits are refused with file:line. */
int pkginfo_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		  struct pkginfo *ret, struct error *e);
/* The same as pkgmk reads what it builds from: a quote that is not closed ends the reading,
 * and what comes after is lost, as in SVR4. *ret_open is its line, 0 when there is none. */
int pkginfo_parse_source(struct arena *a, const char *bytes, size_t len, const char *file,
			 struct pkginfo *ret, unsigned *ret_open, struct error *e);
/* The first parameter of that name (as single lookups of SVR4), or NULL. ARCH
 * and CATEGORY are stored without their inner white space already. */
const char *pkginfo_get(const struct pkginfo *info, const char *name);
/* Sets (replacing the last of that name) or appends. Strings are borrowed. */
void pkginfo_set(struct arena *a, struct pkginfo *info, const char *name, const char *value);
/* NAME=value lines, values unquoted, as the SVR4 database writes them; one over several
 * lines so that it is read again whole. */
void pkginfo_render(const struct pkginfo *info, struct strbuf *out);
/* The same as pkgmk writes it: the lines of a value as they are, so that readers take the
 * first for all of it; but not where another could be read as a parameter of its own. */
void pkginfo_render_built(const struct pkginfo *info, struct strbuf *out);
/* Is it one of which pkginfo_render_built() leaves the first line only? */
bool pkginfo_value_is_cut(const char *value);
/* Required parameters and the rules of svr4.md 3.2. Refused: missing PKG NAME
 * ARCH VERSION CATEGORY, a bad PKG, over-long values. Error has `file`. */
int pkginfo_check(const struct pkginfo *info, const char *file, struct error *e);
/* The same, and what pkgmk refuses besides before it builds: text that is not
 * ASCII, list members over 16 bytes, CATEGORY of other than letters and digits. */
int pkginfo_check_new(const struct pkginfo *info, const char *file, struct error *e);
/* PKG rule: first a letter, then letters digits + -, at most 32, not reserved. */
bool pkginfo_name_ok(const char *pkg);
/* PKG, or PKG.n (suffix 1-4 letters or digits). */
bool pkginfo_instance_ok(const char *instance);

#endif
