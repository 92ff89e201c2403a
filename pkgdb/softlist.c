/*
 * The software list as text, and looking things up in it.
 *
 *	# commpkg software list 1
 *	root NAME PATH
 *	group NAME ROOT...
 *
 * One blank between words; PATH has blanks, '%' and control bytes as %XX. Roots come
 * before the groups that name them.
 */
#include "softlist.h"

#include <stdlib.h>

#include "softlist_internal.h"

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool softlist_name_ok(const char *name)
{
	size_t i;

	if (!is_letter(name[0]))
		return false;
	for (i = 1; name[i] != '\0'; i++)
		if (!is_letter(name[i]) && !(name[i] >= '0' && name[i] <= '9') &&
		    strchr("._-", name[i]) == NULL)
			return false;
	return i <= SOFTLIST_MAX_NAME;
}

/* Absolute, no empty, `.` or `..` component, no slash at the end unless it is all. */
bool softlist_path_ok(const char *path)
{
	const char *s = path;
	size_t n;

	if (path[0] != '/' || strlen(path) > SOFTLIST_MAX_PATH)
		return false;
	if (path[1] == '\0')
		return true;
	while (*s == '/') {
		n = strcspn(++s, "/");
		if (n == 0 || (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
			return false;
		s += n;
	}
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool must_encode(unsigned char c)
{
	return c <= ' ' || c == '%' || c == 0x7f;
}

/* NULL when it is not what softlist_render() writes. */
static char *path_decode(struct arena *a, const char *word, size_t len)
{
	char *path = arena_alloc(a, len + 1), *out = path;
	size_t i;

	for (i = 0; i < len; i++) {
		int high, low;

		if (word[i] != '%') {
			*out++ = word[i];
			continue;
		}
		high = i + 2 < len ? hex_digit(word[i + 1]) : -1;
		low = i + 2 < len ? hex_digit(word[i + 2]) : -1;
		if (high < 0 || low < 0 || (high | low) == 0)
			return NULL;
		*out++ = (char)(high << 4 | low);
		i += 2;
	}
	*out = '\0';
	return path;
}

static void path_encode(const char *path, struct strbuf *out)
{
	for (; *path != '\0'; path++) {
		if (must_encode((unsigned char)*path))
			strbuf_addf(out, "%%%02X", (unsigned char)*path);
		else
			strbuf_addch(out, *path);
	}
}

/* ---- parsing */

struct parser {
	struct arena *a;
	const char *file;
	unsigned line;
	VEC(struct softlist_root) roots;
	VEC(struct softlist_group) groups;
	VEC(const char *) words;	/* of the present line */
};

static int bad(struct parser *p, const char *why, struct error *e)
{
	return error_set(e, E_FORMAT, "%s:%u: %s", p->file, p->line, why);
}

static bool name_in_use(const struct parser *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->roots.n; i++)
		if (str_eq(p->roots.v[i].name, name))
			return true;
	for (i = 0; i < p->groups.n; i++)
		if (str_eq(p->groups.v[i].name, name))
			return true;
	return false;
}

static bool path_in_use(const struct parser *p, const char *path)
{
	size_t i;

	for (i = 0; i < p->roots.n; i++)
		if (str_eq(p->roots.v[i].path, path))
			return true;
	return false;
}

static int parse_root(struct parser *p, struct error *e)
{
	const char *path;

	if (p->words.n != 3)
		return bad(p, "a root has a name and a path", e);
	path = path_decode(p->a, p->words.v[2], strlen(p->words.v[2]));
	if (path == NULL || !softlist_path_ok(path))
		return bad(p, "not an absolute, clean path", e);
	if (path_in_use(p, path))
		return bad(p, "the path has a name already", e);
	if (p->roots.n == SOFTLIST_MAX_ENTRIES)
		return error_set(e, E_LIMIT, "%s:%u: more than %d roots", p->file, p->line,
				 SOFTLIST_MAX_ENTRIES);
	*VEC_PUSH(&p->roots) = (struct softlist_root){ .name = p->words.v[1], .path = path };
	return 0;
}

static bool is_root(const struct parser *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->roots.n; i++)
		if (str_eq(p->roots.v[i].name, name))
			return true;
	return false;
}

static int parse_group(struct parser *p, struct error *e)
{
	size_t n = p->words.n - 2, i, k;
	const char **roots;

	if (p->words.n < 3)
		return bad(p, "a group has a name and roots", e);
	if (p->groups.n == SOFTLIST_MAX_ENTRIES)
		return error_set(e, E_LIMIT, "%s:%u: more than %d groups", p->file, p->line,
				 SOFTLIST_MAX_ENTRIES);
	roots = arena_calloc(p->a, n, sizeof(*roots));
	for (i = 0; i < n; i++) {
		roots[i] = p->words.v[i + 2];
		if (!is_root(p, roots[i]))
			return bad(p, "a group names a root that is not in the list", e);
		for (k = 0; k < i; k++)
			if (str_eq(roots[k], roots[i]))
				return bad(p, "a group names a root twice", e);
	}
	*VEC_PUSH(&p->groups) = (struct softlist_group){ .name = p->words.v[1], .roots = roots,
							 .n = n };
	return 0;
}

static int split_line(struct parser *p, const char *line, size_t len, struct error *e)
{
	size_t start = 0, i;

	p->words.n = 0;
	for (i = 0; i <= len; i++) {
		const char *word;

		if (i < len && line[i] != ' ') {
			if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
				return bad(p, "a control byte", e);
			continue;
		}
		if (i == start)
			return bad(p, "one blank goes between words", e);
		if (p->words.n == SOFTLIST_MAX_ENTRIES)
			return bad(p, "too many words", e);
		word = arena_strndup(p->a, line + start, i - start);
		*VEC_PUSH(&p->words) = word;
		start = i + 1;
	}
	return 0;
}

static int parse_line(struct parser *p, const char *line, size_t len, struct error *e)
{
	int rc;

	if (len == 0 || line[0] == '#')
		return 0;
	rc = split_line(p, line, len, e);
	if (rc < 0)
		return rc;
	if (p->words.n < 2 || !softlist_name_ok(p->words.v[1]))
		return bad(p, "a name begins with a letter and has letters, digits, '.', '_', "
			   "'-' only", e);
	if (name_in_use(p, p->words.v[1]))
		return bad(p, "the name is used twice", e);
	if (str_eq(p->words.v[0], "root"))
		return parse_root(p, e);
	if (str_eq(p->words.v[0], "group"))
		return parse_group(p, e);
	return bad(p, "neither a root nor a group", e);
}

static int compare_roots(const void *a, const void *b)
{
	return strcmp(((const struct softlist_root *)a)->name,
		      ((const struct softlist_root *)b)->name);
}

static int compare_groups(const void *a, const void *b)
{
	return strcmp(((const struct softlist_group *)a)->name,
		      ((const struct softlist_group *)b)->name);
}

static void parser_give(struct parser *p, struct softlist *ret)
{
	struct softlist l = { .nroots = p->roots.n, .ngroups = p->groups.n };

	l.roots = arena_calloc(p->a, l.nroots, sizeof(*l.roots));
	l.groups = arena_calloc(p->a, l.ngroups, sizeof(*l.groups));
	if (l.nroots > 0)
		memcpy(l.roots, p->roots.v, l.nroots * sizeof(*l.roots));
	if (l.ngroups > 0)
		memcpy(l.groups, p->groups.v, l.ngroups * sizeof(*l.groups));
	qsort(l.roots, l.nroots, sizeof(*l.roots), compare_roots);
	qsort(l.groups, l.ngroups, sizeof(*l.groups), compare_groups);
	*ret = l;
}

int softlist_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		   struct softlist *ret, struct error *e)
{
	struct parser p = { .a = a, .file = file };
	const char *s = bytes, *end = bytes + len, *nl;
	int rc = 0;

	if (len > SOFTLIST_MAX_BYTES)
		return error_set(e, E_LIMIT, "%s: larger than %zu bytes", file,
				 SOFTLIST_MAX_BYTES);
	for (; s < end && rc == 0; s = nl + 1) {
		p.line++;
		nl = memchr(s, '\n', (size_t)(end - s));
		if (nl == NULL) {
			rc = bad(&p, "the last line has no end", e);
			break;
		}
		rc = parse_line(&p, s, (size_t)(nl - s), e);
	}
	if (rc == 0)
		parser_give(&p, ret);
	VEC_FREE(&p.roots);
	VEC_FREE(&p.groups);
	VEC_FREE(&p.words);
	return rc;
}

void softlist_render(const struct softlist *l, struct strbuf *out)
{
	size_t i, k;

	strbuf_adds(out, "# commpkg software list 1\n");
	for (i = 0; i < l->nroots; i++) {
		strbuf_addf(out, "root %s ", l->roots[i].name);
		path_encode(l->roots[i].path, out);
		strbuf_addch(out, '\n');
	}
	for (i = 0; i < l->ngroups; i++) {
		strbuf_addf(out, "group %s", l->groups[i].name);
		for (k = 0; k < l->groups[i].n; k++)
			strbuf_addf(out, " %s", l->groups[i].roots[k]);
		strbuf_addch(out, '\n');
	}
}

/* ---- looking up */

const struct softlist_root *softlist_find(const struct softlist *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->nroots; i++)
		if (str_eq(l->roots[i].name, name))
			return &l->roots[i];
	return NULL;
}

const struct softlist_root *softlist_find_path(const struct softlist *l, const char *path)
{
	size_t i;

	for (i = 0; i < l->nroots; i++)
		if (str_eq(l->roots[i].path, path))
			return &l->roots[i];
	return NULL;
}

const struct softlist_group *softlist_find_group(const struct softlist *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->ngroups; i++)
		if (str_eq(l->groups[i].name, name))
			return &l->groups[i];
	return NULL;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

/* Letters put in, left out or changed on the way from a to b. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[SOFTLIST_MAX_NAME + 1], diagonal, above;
	size_t n = strlen(b), i, k;

	for (k = 0; k <= n; k++)
		row[k] = (unsigned)k;
	for (i = 0; a[i] != '\0'; i++) {
		diagonal = row[0];
		row[0] = (unsigned)i + 1;
		for (k = 1; k <= n; k++) {
			above = row[k];
			row[k] = least(above + 1, row[k - 1] + 1, diagonal + (a[i] != b[k - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

static void closer(const char *name, const char *candidate, const char **best, unsigned *edits)
{
	unsigned d = distance(name, candidate);

	if (d < *edits) {
		*edits = d;
		*best = candidate;
	}
}

const char *softlist_close(const struct softlist *l, const char *name)
{
	const char *best = NULL;
	unsigned edits = 3;
	size_t i;

	if (strlen(name) > SOFTLIST_MAX_NAME + 2)
		return NULL;
	for (i = 0; i < l->nroots; i++)
		closer(name, l->roots[i].name, &best, &edits);
	for (i = 0; i < l->ngroups; i++)
		closer(name, l->groups[i].name, &best, &edits);
	return best;
}
