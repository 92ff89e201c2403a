/* What looks wrong in the scripts of a package. */
#include "tools/common/scriptcheck.h"

#include <stdlib.h>

enum {
	ASKS = 1 << 0,		/* reads from the user */
	ROOT_SURE = 1 << 1,	/* needs root's rights */
	ROOT_MAYBE = 1 << 2,
	LOCKED_SURE = 1 << 3,	/* changes the database that is locked now */
	LOCKED_MAYBE = 1 << 4,
	WRITES_PARAM = 1 << 5,	/* to the file named by $1 */
	USES_PARAM = 1 << 6,	/* $1 in another way */
	ODD_PARAM = 1 << 7,	/* $2 and more: no script is called with them */
	READS_DB = 1 << 8,
};

/* What a kind of script should not do. */
static unsigned mask_of(const char *name)
{
	if (str_eq(name, "request"))
		return ROOT_SURE | ROOT_MAYBE | ODD_PARAM;
	if (str_eq(name, "checkinstall"))
		return ASKS | ROOT_SURE | ROOT_MAYBE | ODD_PARAM;
	if (str_eq(name, "preinstall") || str_eq(name, "preremove"))
		return ASKS | LOCKED_SURE | LOCKED_MAYBE | READS_DB | WRITES_PARAM | USES_PARAM |
		       ODD_PARAM;
	if (str_eq(name, "postinstall") || str_eq(name, "postremove"))
		return ASKS | WRITES_PARAM | USES_PARAM | ODD_PARAM;
	if (str_has_prefix(name, "i.") || str_has_prefix(name, "r."))
		return LOCKED_SURE | LOCKED_MAYBE | READS_DB | WRITES_PARAM | ODD_PARAM;
	return 0;
}

struct scan {
	const char *name;
	unsigned mask;
	struct strbuf *out;
	const char *p, *end;
	unsigned line;
	unsigned level, pipe_level;	/* of loops */
	unsigned braces;		/* open ones of a function */
	bool in_pipe, in_function;
	bool installs, installs_final, removes, removes_final;
};

/* The gravest alone, as it was always told. */
static void tell(struct scan *s, unsigned bits)
{
	static const struct { unsigned bit; const char *before, *middle, *after; } table[] = {
		{ ROOT_SURE, "ERROR: script", "requires root permission", "." },
		{ LOCKED_SURE, "ERROR: script", "attempts to modify locked package database", "." },
		{ ASKS, "WARNING: script", "may require user interaction", "." },
		{ ROOT_MAYBE, "WARNING: script", "may not have permission to execute", "." },
		{ LOCKED_MAYBE, "WARNING: script", "may seek access to the transitional package "
			"database", ". This is safest in the postinstall or postremove script." },
		{ WRITES_PARAM | USES_PARAM, "WARNING: script", "questionable usage of parameter",
			"." },
		{ ODD_PARAM, "WARNING: not sure where script", "gets the parameter", "." },
		{ READS_DB, "WARNING: script", "questionable read of package database",
			". An intermediate buffer may be appropriate." },
	};
	size_t i;

	bits &= s->mask;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if ((bits & table[i].bit) == 0)
			continue;
		strbuf_addf(s->out, "%s <", table[i].before);
		strbuf_add_escaped(s->out, s->name);
		strbuf_addf(s->out, "> %s %sline <%u>%s\n", table[i].middle,
			    table[i].bit == ROOT_MAYBE ? "" : "at ", s->line, table[i].after);
		return;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static char at(const struct scan *s, size_t i)
{
	return (size_t)(s->end - s->p) > i ? s->p[i] : '\n';
}

static size_t blanks_from(const struct scan *s, size_t i)
{
	while (is_blank(at(s, i)))
		i++;
	return i;
}

static bool looks_like(const struct scan *s, size_t i, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(s->end - s->p) >= i + n && memcmp(s->p + i, text, n) == 0;
}

/* To the closing quote; a backslash hides what follows. */
static void skip_quoted(struct scan *s, char quote)
{
	for (s->p++; s->p < s->end && *s->p != quote; s->p++) {
		if (*s->p == '\\' && s->p + 1 < s->end)
			s->p++;
		if (*s->p == '\n')
			s->line++;
	}
	if (s->p < s->end)
		s->p++;
}

/* `>` to anywhere but /dev/null and /tmp may need rights. */
static void redirection(struct scan *s)
{
	size_t i = blanks_from(s, 1);
	char c = at(s, i);

	if (looks_like(s, i, "/dev/null") || looks_like(s, i, "/tmp")) {
		s->p += i + 4;
	} else if (looks_like(s, i, "$1") && (is_blank(at(s, i + 2)) || at(s, i + 2) == '\n')) {
		if (!s->in_function)
			tell(s, WRITES_PARAM);
		s->p += i + 2;
	} else if (c == '$' || c == '/' || is_word(c)) {
		tell(s, ROOT_MAYBE);
		s->p += i + 1;
	} else {
		s->p++;
	}
}

static void parameter(struct scan *s, bool begins)
{
	char c = at(s, 1), after = at(s, 2);

	if (s->in_function)
		;
	else if (c == '1' && begins && (is_blank(after) || after == '\n'))
		tell(s, USES_PARAM);
	else if (c >= '2' && c <= '9')
		tell(s, ODD_PARAM);
	s->p++;
	while (s->p < s->end && (is_word(*s->p) || *s->p == '#'))
		s->p++;
}

/* An option among the words up to the end of the command. */
static bool has_option(const struct scan *s, const char *option, bool path)
{
	const char *p = s->p, *end = s->p;
	size_t n = strlen(option);

	while (end < s->end && strchr("\n|>;", *end) == NULL)
		end++;
	for (; (size_t)(end - p) >= n; p++)
		if (memcmp(p, option, n) == 0 && (!path || ((size_t)(end - p) > n + 1 &&
		    is_blank(p[n]) && (p[n + 1] == '/' || p[n + 1] == '$'))))
			return true;
	return false;
}

static void database_command(struct scan *s, const char *word)
{
	bool elsewhere = has_option(s, "-R", true), final = has_option(s, "-f", false);

	if (str_eq(word, "pkgchk")) {
		tell(s, (final ? ROOT_SURE : 0) | (elsewhere ? 0 : READS_DB));
		return;
	}
	if (str_eq(word, "installf")) {
		s->installs = true;
		s->installs_final = s->installs_final || final;
	}
	if (str_eq(word, "removef")) {
		s->removes = true;
		s->removes_final = s->removes_final || final;
	}
	if (elsewhere)
		tell(s, ROOT_SURE);
	else if (str_eq(word, "pkgadd") || str_eq(word, "pkgrm"))
		tell(s, ROOT_SURE | LOCKED_SURE);
	else
		tell(s, ROOT_SURE | LOCKED_MAYBE);
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (str_eq(word, *list))
			return true;
	return false;
}

/* What comes through a pipe is not asked of anybody: up to the end of its target, which
 * may be a loop. */
static bool keyword(struct scan *s, const char *word)
{
	static const char *const loops[] = { "for", "while", "until", "case", NULL };
	static const char *const ends[] = { "done", "esac", NULL };

	if (is_one_of(word, loops)) {
		s->level++;
		return true;
	}
	if (!is_one_of(word, ends))
		return false;
	s->level -= s->level > 0;
	if (s->in_pipe && s->level <= s->pipe_level)
		s->in_pipe = false;
	return true;
}

static void command(struct scan *s, const char *word, bool after_slash)
{
	static const char *const asks[] = { "ckdate", "ckint", "ckrange", "cktime", "ckyorn",
		"ckgid", "ckpath", "ckstr", "ckuid", NULL };
	static const char *const sure[] = { "mkdir", "mv", "cpio", "tar", "compress",
		"uncompress", "rmdir", NULL };
	static const char *const maybe[] = { "cp", "rcp", "cpdir", "rcpdir", "rm", NULL };
	static const char *const database[] = { "pkgchk", "installf", "removef", "pkgadd",
		"pkgrm", NULL };

	if (!after_slash && keyword(s, word))
		return;
	if (is_one_of(word, asks) || (!after_slash && str_eq(word, "read"))) {
		if (!s->in_pipe)
			tell(s, ASKS);
	} else if (is_one_of(word, sure)) {
		tell(s, ROOT_SURE);
	} else if (is_one_of(word, maybe)) {
		tell(s, ROOT_MAYBE);
	} else if (is_one_of(word, database)) {
		database_command(s, word);
	}
	if (s->in_pipe && s->level <= s->pipe_level)
		s->in_pipe = false;
}

/* A word counts with a blank or the end of the line behind it. */
static void word(struct scan *s, char before)
{
	char text[16];
	size_t n = 0;

	while (is_word(at(s, n)))
		n++;
	if (n < sizeof(text) && (before == '\n' || before == '/' || is_blank(before)) &&
	    (is_blank(at(s, n)) || at(s, n) == '\n')) {
		memcpy(text, s->p, n);
		text[n] = '\0';
		s->p += n;
		command(s, text, before == '/');
		return;
	}
	s->p += n;
}

/* Inside of a function $1 is somebody else's. */
static void function(struct scan *s)
{
	size_t i = blanks_from(s, 2);

	if (at(s, i) == '\n')
		i = blanks_from(s, i + 1);
	if (at(s, i) == '{')
		s->in_function = true;
	s->p += 2;
}

static void brace(struct scan *s, char c)
{
	if (s->in_function && c == '{')
		s->braces++;
	if (s->in_function && c == '}' && s->braces > 0 && --s->braces == 0)
		s->in_function = false;
	s->p++;
}

static void comment(struct scan *s)
{
	while (s->p < s->end && *s->p != '\n')
		s->p++;
}

static void pipe_mark(struct scan *s)
{
	if (!s->in_pipe)
		s->pipe_level = s->level;
	s->in_pipe = true;
	s->p += 1 + (at(s, 1) == '|');
}

/* One step; gives the character that stands before the next one. */
static char step(struct scan *s, char before)
{
	char c = *s->p;

	switch (c) {
	case '\n':
		s->line++;
		s->p++;
		return '\n';
	case '#': comment(s); return ' ';
	case '"': case '\'': skip_quoted(s, c); return c;
	case '\\':
		s->line += at(s, 1) == '\n' && s->p + 1 < s->end;
		s->p += s->p + 1 < s->end ? 2 : 1;
		return ' ';
	case '`': s->p++; return ' ';
	case '>': redirection(s); return '>';
	case '|': pipe_mark(s); return ' ';
	case '$': parameter(s, is_blank(before) || before == '\n'); return '$';
	case '{': case '}': brace(s, c); return c;
	case '(':
		if (at(s, 1) == ')') {
			function(s);
			return ')';
		}
		break;
	default:
		break;
	}
	if (is_word(c)) {
		word(s, before);
		return 'x';
	}
	s->p++;
	return c;
}

static void tell_script(struct scan *s, const char *before, const char *after)
{
	strbuf_addf(s->out, "WARNING: script <");
	strbuf_add_escaped(s->out, s->name);
	strbuf_addf(s->out, "> %s%s\n", before, after);
}

void script_check(const char *name, const char *bytes, size_t len, bool has_space,
		  struct strbuf *out)
{
	struct scan s = { .name = name, .mask = mask_of(name), .out = out, .p = bytes,
			  .end = bytes + len, .line = 1 };
	char before = '\n';

	if (s.mask == 0)
		return;
	while (s.p < s.end)
		before = step(&s, before);
	if (s.installs && !s.installs_final)
		tell_script(&s, "uses installf but no ", "installf -f was detected.");
	if (s.removes && !s.removes_final)
		tell_script(&s, "uses removef but no ", "removef -f was detected.");
	if (s.installs && !has_space)
		tell_script(&s, "updates the package database but provides no space file to ",
			    "account for the additional package object.");
}

static unsigned rank(const char *name)
{
	static const char *const first[] = { "request", "checkinstall", "preinstall" };
	static const char *const last[] = { "postinstall", "preremove" };
	unsigned i;

	for (i = 0; i < 3; i++)
		if (str_eq(name, first[i]))
			return i;
	if (str_has_prefix(name, "i."))
		return 3;
	for (i = 0; i < 2; i++)
		if (str_eq(name, last[i]))
			return 4 + i;
	if (str_has_prefix(name, "r."))
		return 6;
	return 7;
}

int script_order(const char *a, const char *b)
{
	unsigned x = rank(a), y = rank(b);

	return x != y ? (x < y ? -1 : 1) : strcmp(a, b);
}

static int by_order(const void *a, const void *b)
{
	const struct infofile *const *x = a, *const *y = b;

	return script_order((*x)->name, (*y)->name);
}

void scripts_check(const struct package *p, struct strbuf *out)
{
	const struct infofile **v = xcalloc(p->ninfofiles + 1, sizeof(struct infofile *));
	bool has_space = package_infofile(p, "space") != NULL;
	size_t i;

	for (i = 0; i < p->ninfofiles; i++)
		v[i] = &p->infofiles[i];
	qsort(v, p->ninfofiles, sizeof(struct infofile *), by_order);
	for (i = 0; i < p->ninfofiles; i++)
		script_check(v[i]->name, v[i]->bytes, v[i]->len, has_space, out);
	free(v);
}
