/*
 * NAME=value, one parameter a line. What the SVR4 readers do, and we too:
 *
 *	NAME:value		the same
 *	NAME="value" rest	the next quote of either kind ends the quoting and is dropped
 *	NAME=one\		a backslash before the newline becomes the newline, and
 *	     two		blanks at the start of the next line are skipped
 *	no separator		skipped;  # comment
 *
 * Source: svr4.md 3.1, tested there against pkgmk; pkginfo(4) of illumos.
 */
#include "pkginfo.h"

#include "lines.h"

#define NAME_MAX_BYTES 127u
#define TEXT_MAX_BYTES 256u	/* NAME, VERSION, ARCH, CATEGORY */
#define TOKEN_MAX_BYTES 16u	/* one of a comma separated list */
#define PKG_MAX_BYTES 32u

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
	return is_alpha(c) || (c >= '0' && c <= '9');
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
	return is_blank(c) || (c >= '\n' && c <= '\r');
}

static bool is_quote(char c)
{
	return c == '\'' || c == '"';
}

/* Lookups of these two see a list, in which blanks mean nothing. */
static bool name_is_list(const char *name)
{
	return str_eq(name, "ARCH") || str_eq(name, "CATEGORY");
}

static void strip_space(char *s)
{
	char *out = s;

	for (; *s != '\0'; s++)
		if (!is_space(*s))
			*out++ = *s;
	*out = '\0';
}

static void skip_blanks(struct lines *l)
{
	while (l->p < l->end && is_blank(*l->p))
		l->p++;
}

/* From behind the separator to behind the newline; false: a quote is open there. The value
 * may span lines, so this counts them in `l` itself. */
static bool read_value(struct lines *l, struct strbuf *out)
{
	bool quoted, escaped = false;

	strbuf_reset(out);
	skip_blanks(l);
	quoted = l->p < l->end && is_quote(*l->p);
	l->p += quoted;
	for (; l->p < l->end && *l->p != '\n'; l->p++) {
		if (*l->p == '\\' && l->end - l->p > 1 && l->p[1] == '\n') {
			l->p += 2;
			l->line++;
			strbuf_addch(out, '\n');
			skip_blanks(l);
			l->p--;
			escaped = false;
		} else if (quoted && !escaped && is_quote(*l->p)) {
			quoted = false;
		} else {
			escaped = *l->p == '\\' && !escaped;
			strbuf_addch(out, *l->p);
		}
	}
	l->p += l->p < l->end;
	while (out->len > 0 && is_space(out->p[out->len - 1]))
		out->p[--out->len] = '\0';
	return !quoted;
}

/* The name and its separator, or the whole line when there is nothing in it. */
static bool read_name(struct lines *l, struct span *ret)
{
	const char *nl = memchr(l->p, '\n', (size_t)(l->end - l->p));
	const char *end = nl != NULL ? nl : l->end, *p = l->p;

	l->line++;
	while (p < end && *p != '=' && *p != ':')
		p++;
	*ret = (struct span){ l->p, (size_t)(p - l->p) };
	if (p == end || ret->len == 0 || ret->p[0] == '#') {
		l->p = nl != NULL ? nl + 1 : l->end;
		return false;
	}
	l->p = p + 1;
	return true;
}

typedef VEC(struct param) params_vec;

/* 1: the value has a quote that is not closed. */
static int read_param(struct arena *a, struct lines *l, struct strbuf *value, params_vec *params,
		      struct error *e)
{
	struct param *param;
	struct span name;
	unsigned line;
	char *text;

	if (!read_name(l, &name))
		return 0;
	line = l->line;
	if (name.len > NAME_MAX_BYTES)
		return lines_error(l, e, "a parameter name of %zu bytes, at most %u are allowed",
				   name.len, NAME_MAX_BYTES);
	if (params->n == PKGINFO_MAX_PARAMS)
		return error_set(e, E_LIMIT, "%s:%u: more than %d parameters", l->file, line,
				 PKGINFO_MAX_PARAMS);
	if (!read_value(l, value))
		return 1;
	param = VEC_PUSH(params);
	param->name = span_dup(a, name);
	param->line = line;
	param->value = text = arena_strdup(a, strbuf_str(value));
	if (name_is_list(param->name))
		strip_space(text);
	return 0;
}

int pkginfo_parse_source(struct arena *a, const char *bytes, size_t len, const char *file,
			 struct pkginfo *ret, unsigned *ret_open, struct error *e)
{
	AUTO_STRBUF struct strbuf value = STRBUF_INIT;
	params_vec params = VEC_INIT;
	struct lines l;
	int rc;

	rc = lines_open(&l, bytes, len, PKGINFO_MAX_BYTES, file, e);
	while (rc == 0 && l.p < l.end)
		rc = read_param(a, &l, &value, &params, e);
	if (rc >= 0) {
		ret->params = arena_memdup(a, params.v, params.n, sizeof(*params.v));
		ret->n = params.n;
		*ret_open = rc > 0 ? l.line : 0;
	}
	VEC_FREE(&params);
	return rc < 0 ? rc : 0;
}

int pkginfo_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		  struct pkginfo *ret, struct error *e)
{
	struct pkginfo info;
	unsigned open = 0;
	int rc = pkginfo_parse_source(a, bytes, len, file, &info, &open, e);

	if (rc == 0 && open > 0)
		rc = error_set(e, E_FORMAT, "%s:%u: a quote is not closed on its line", file, open);
	if (rc == 0)
		*ret = info;
	return rc;
}

const char *pkginfo_get(const struct pkginfo *info, const char *name)
{
	size_t i;

	for (i = 0; i < info->n; i++)
		if (str_eq(info->params[i].name, name))
			return info->params[i].value;
	return NULL;
}

void pkginfo_set(struct arena *a, struct pkginfo *info, const char *name, const char *value)
{
	struct param *grown;
	size_t i;

	for (i = info->n; i > 0; i--) {
		if (str_eq(info->params[i - 1].name, name)) {
			info->params[i - 1].value = value;
			return;
		}
	}
	grown = arena_calloc(a, info->n + 1, sizeof(*grown));
	if (info->n > 0)
		memcpy(grown, info->params, info->n * sizeof(*grown));
	grown[info->n++] = (struct param){ .name = name, .value = value };
	info->params = grown;
}

/* The place behind the first newline that blanks follow, or NULL. The reader skips
 * blanks there, unless a quote that it drops stands before them. */
static const char *find_indent(const char *value)
{
	const char *p = value;

	while ((p = strchr(p, '\n')) != NULL && !is_blank(*++p))
		;
	return p;
}

/* Would a quote before the value be open until `end`? */
static bool stays_quoted(const char *p, const char *end)
{
	bool escaped = false;

	for (; p < end; p++) {
		if (is_quote(*p) && !escaped)
			return false;
		escaped = *p == '\\' && !escaped;
	}
	return true;
}

/* Unquoted where that is possible, and so that reading gives the same value again:
 * a value can't begin a line of its own, open a quote, lose a blank or join the next
 * line. (What no file can say, as blanks after two newlines, is read without them.) */
static void render_value(const char *value, struct strbuf *out)
{
	const char *close = find_indent(value), *p;

	if (close != NULL && !stays_quoted(value, close))
		close = NULL;
	if (close != NULL)
		strbuf_addch(out, '"');
	else if (is_quote(value[0]) || is_blank(value[0]))
		strbuf_adds(out, "\"\"");
	for (p = value; *p != '\0'; p++) {
		if (p == close)
			strbuf_addch(out, '"');
		if (*p == '\n')
			strbuf_addch(out, '\\');
		strbuf_addch(out, *p);
	}
	if (str_has_suffix(value, "\\"))
		strbuf_addch(out, ' ');
}

static void render_param(const struct param *param, struct strbuf *out)
{
	strbuf_adds(out, param->name);
	strbuf_addch(out, '=');
	render_value(param->value, out);
	strbuf_addch(out, '\n');
}

void pkginfo_render(const struct pkginfo *info, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < info->n; i++)
		render_param(&info->params[i], out);
}

bool pkginfo_value_is_cut(const char *value)
{
	const char *nl = strchr(value, '\n');

	return nl != NULL && strpbrk(nl, "=:") == NULL && !is_quote(value[0]) &&
	       !is_blank(value[0]) && !str_has_suffix(value, "\\");
}

void pkginfo_render_built(const struct pkginfo *info, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < info->n; i++) {
		const struct param *param = &info->params[i];

		if (pkginfo_value_is_cut(param->value))
			strbuf_addf(out, "%s=%s\n", param->name, param->value);
		else
			render_param(param, out);
	}
}

static bool pkg_ok(const char *pkg, size_t len)
{
	static const char *const reserved[] = { "all", "install", "new" };
	size_t i;

	if (len == 0 || len > PKG_MAX_BYTES || !is_alpha(pkg[0]))
		return false;
	for (i = 1; i < len; i++)
		if (!is_alnum(pkg[i]) && pkg[i] != '-' && pkg[i] != '+')
			return false;
	for (i = 0; i < 3; i++)
		if (len == strlen(reserved[i]) && memcmp(pkg, reserved[i], len) == 0)
			return false;
	return true;
}

bool pkginfo_name_ok(const char *pkg)
{
	return pkg_ok(pkg, strlen(pkg));
}

bool pkginfo_instance_ok(const char *instance)
{
	const char *dot = strchr(instance, '.');
	size_t n, i;

	if (dot == NULL)
		return pkginfo_name_ok(instance);
	n = strlen(dot + 1);
	for (i = 1; i <= n; i++)
		if (!is_alnum(dot[i]))
			return false;
	return n >= 1 && n <= 4 && pkg_ok(instance, (size_t)(dot - instance));
}

static const char *const required[] = { "PKG", "NAME", "ARCH", "VERSION", "CATEGORY" };

static int check_required(const struct pkginfo *info, const char *name, const char *file,
			  struct error *e)
{
	const char *value = pkginfo_get(info, name);

	if (value == NULL)
		return error_set(e, E_FORMAT, "%s: parameter %s is missing", file, name);
	if (value[0] == '\0')
		return error_set(e, E_FORMAT, "%s: parameter %s is empty", file, name);
	if (strlen(value) > TEXT_MAX_BYTES)
		return error_set(e, E_FORMAT, "%s: parameter %s has %zu bytes, at most %u are "
				 "allowed", file, name, strlen(value), TEXT_MAX_BYTES);
	if (span_has_control((struct span){ value, strlen(value) }))
		return error_set(e, E_FORMAT, "%s: parameter %s holds a control character", file,
				 name);
	return 0;
}

int pkginfo_check(const struct pkginfo *info, const char *file, struct error *e)
{
	const char *pkg = pkginfo_get(info, "PKG");
	size_t i;
	int rc;

	for (i = 0; i < sizeof(required) / sizeof(*required); i++) {
		rc = check_required(info, required[i], file, e);
		if (rc < 0)
			return rc;
	}
	if (!pkginfo_name_ok(pkg))
		return error_set(e, E_FORMAT, "%s: bad package abbreviation '%.80s'", file, pkg);
	if (pkginfo_get(info, "VERSION")[0] == '(')
		return error_set(e, E_FORMAT, "%s: parameter VERSION begins with '('", file);
	return 0;
}

static int check_ascii(const struct pkginfo *info, const char *name, const char *file,
		       struct error *e)
{
	const char *p;

	for (p = pkginfo_get(info, name); *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			return error_set(e, E_FORMAT, "%s: parameter %s is not ASCII", file, name);
	return 0;
}

/* A comma separated list whose members pkgmk measures one by one. */
static int check_list(const struct pkginfo *info, const char *name, bool alnum, const char *file,
		      struct error *e)
{
	const char *p = pkginfo_get(info, name);
	size_t n, i;

	for (;; p += n + 1) {
		n = strcspn(p, ", ");
		if (n > TOKEN_MAX_BYTES)
			return error_set(e, E_FORMAT, "%s: '%.*s' in %s is longer than %u bytes",
					 file, (int)(n < 80 ? n : 80), p, name, TOKEN_MAX_BYTES);
		for (i = 0; alnum && i < n; i++)
			if (!is_alnum(p[i]))
				return error_set(e, E_FORMAT, "%s: '%.*s' in %s is not only "
						 "letters and digits", file, (int)n, p, name);
		if (p[n] == '\0')
			return 0;
	}
}

int pkginfo_check_new(const struct pkginfo *info, const char *file, struct error *e)
{
	int rc = pkginfo_check(info, file, e);

	if (rc == 0)
		rc = check_ascii(info, "NAME", file, e);
	if (rc == 0)
		rc = check_ascii(info, "VERSION", file, e);
	if (rc == 0)
		rc = check_ascii(info, "ARCH", file, e);
	if (rc == 0)
		rc = check_list(info, "ARCH", false, file, e);
	if (rc == 0)
		rc = check_list(info, "CATEGORY", true, file, e);
	return rc;
}
