/* One entry line of a prototype. */
#include "prototype.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_WORDS 12

struct words {
	char *v[MAX_WORDS];
	size_t n, i;
};

/* No entry has more words than that; the rest is a comment, and left alone. */
static void words_split(char *text, struct words *ret)
{
	char *word, *save = NULL;

	ret->n = ret->i = 0;
	for (word = strtok_r(text, " \t", &save); word != NULL && ret->n < MAX_WORDS;
	     word = strtok_r(NULL, " \t", &save))
		ret->v[ret->n++] = word;
}

static const char *words_next(struct words *w)
{
	return w->i < w->n ? w->v[w->i++] : NULL;
}

static size_t words_left(const struct words *w)
{
	return w->n - w->i;
}

/* Blanks too: a variable may bring them, and no pkgmap can hold them. */
static bool has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= 0x20 || *s == 0x7f)
			return true;
	return false;
}

/* `.` and `..` resolved by text, doubled slashes squeezed; NULL when it leads out. */
static const char *resolve_dots(struct arena *a, const char *path)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	bool absolute = path[0] == '/';

	while (*path != '\0') {
		size_t n;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 2 && path[0] == '.' && path[1] == '.') {
			char *slash = out.len > 0 ? strrchr(out.p, '/') : NULL;

			if (out.len == 0)
				return NULL;
			out.len = slash != NULL ? (size_t)(slash - out.p) : 0;
			out.p[out.len] = '\0';
		} else if (n > 0 && !(n == 1 && path[0] == '.')) {
			if (out.len > 0 || absolute)
				strbuf_addch(&out, '/');
			strbuf_add(&out, path, n);
		}
		path += n;
	}
	if (out.len == 0)
		return absolute ? "/" : NULL;
	return arena_strdup(a, strbuf_str(&out));
}

/* Of a part, of the whole line, and of a line whose words SVR4 can't tell apart. */
static int not_allowed(struct proto_entry *ret, struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int not_allowed(struct proto_entry *ret, struct error *e, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE];
	va_list ap;

	ret->garbled = false;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set(e, E_FORMAT, "%s", text);
}

static bool equals_inside(const char *path)
{
	const char *eq = strchr(path, '=');

	return eq != NULL && eq[1] != '\0';
}

static int parse_local(struct arena *a, const char *text, const struct pkginfo *vars,
		       struct proto_entry *ret, struct error *e)
{
	struct entry *en = &ret->entry;

	if (*text == '\0')
		return error_set(e, E_FORMAT, en->ftype == 's' || en->ftype == 'l' ?
				 "unable to read link specification." :
				 "unable to read local pathname");
	if (strlen(text) > PKGMAP_MAX_PATH || has_control(text))
		return error_set(e, E_FORMAT, "invalid text after '='");
	if (en->ftype == 's' || en->ftype == 'l')
		en->target = proto_expand(a, text, vars, true, false, NULL);
	else /* of a directory or a device it says nothing, and is not kept */
		ret->local = proto_expand(a, text, vars, true, true, NULL);
	return 0;
}

/* A name that ends in '=' is written twice, as `X==X=`: see pkgmap.c. */
static char *find_equals(char *text)
{
	char *eq = strchr(text, '=');
	size_t half = strlen(text) / 2;

	if (eq == NULL || half < 2 || eq != text + half - 1 || text[half] != '=' ||
	    text[2 * half] == '\0' || strncmp(text, text + half + 1, half) != 0)
		return eq;
	text[half] = '\0';
	return NULL;
}

static int parse_path(struct arena *a, char *text, const struct pkginfo *vars,
		      struct proto_entry *ret, struct error *e)
{
	struct entry *en = &ret->entry;
	char *eq = find_equals(text);
	bool unknown = false;
	const char *path;

	if (eq != NULL)
		*eq++ = '\0';
	en->path = text;
	path = proto_expand(a, text, vars, true, false, &unknown);
	if (unknown)
		return not_allowed(ret, e, "cannot resolve all build parameters associated with "
				   "path <%s>.", text);
	path = resolve_dots(a, path);
	if (path == NULL)
		return error_set(e, E_FORMAT, "invalid path");
	en->path = path;
	if (strlen(path) > PKGMAP_MAX_PATH)
		return error_set(e, E_LIMIT, "path is longer than %u bytes", PKGMAP_MAX_PATH);
	if (has_control(path) || equals_inside(path))
		return error_set(e, E_FORMAT, "invalid path");
	return eq != NULL ? parse_local(a, eq, vars, ret, e) : 0;
}

/* pkgmk writes absolute targets in canonical form and relative ones as they are. */
static int check_link(struct arena *a, struct entry *en, struct error *e)
{
	if (en->target == NULL || en->target[0] == '\0' || has_control(en->target) ||
	    strlen(en->target) > PKGMAP_MAX_PATH)
		return error_set(e, E_FORMAT, "missing or invalid link specification");
	if (en->target[0] == '/') {
		en->target = resolve_dots(a, en->target);
		if (en->target == NULL)
			return error_set(e, E_FORMAT, "link target leads above /");
	}
	return 0;
}

static int parse_number(const char *text, const char *what, uint32_t *ret, struct error *e)
{
	uint64_t v;

	if (text != NULL && str_eq(text, "?")) {
		*ret = NUM_UNSET;
		return 0;
	}
	if (text == NULL || !str_to_u64(text, strlen(text), 10, NUM_UNSET - 1, &v))
		return error_set(e, E_FORMAT, "invalid %s device number", what);
	*ret = (uint32_t)v;
	return 0;
}

static int unknown_variable(const char *text, struct error *e)
{
	return error_set(e, E_FORMAT, "no value defined for build variable <%s>.", text);
}

static int parse_mode(struct arena *a, const char *text, const struct pkginfo *vars,
		      struct entry *en, struct error *e)
{
	uint64_t v;

	if (text[0] == '$') {
		bool unknown = false;
		const char *name = text;

		if (text[1] < 'a' || text[1] > 'z')
			return error_set(e, E_FORMAT, "mode must not be parametric at install "
					 "time.");
		text = proto_expand(a, text, vars, true, false, &unknown);
		if (unknown)
			return unknown_variable(name, e);
	}
	if (str_eq(text, "-"))
		return 0;
	en->mode = MODE_UNSET;
	if (str_eq(text, "?"))
		return 0;
	if (text[strspn(text, "0123456789")] != '\0')
		return error_set(e, E_FORMAT, "mode is not numeric.");
	if (!str_to_u64(text, strlen(text), 8, UINT64_MAX, &v))
		return error_set(e, E_FORMAT, "invalid base for mode.");
	if (v > 07777)
		return error_set(e, E_FORMAT, "invalid bits set in mode.");
	en->mode = (uint32_t)v;
	return 0;
}

bool proto_account_ok(const char *name)
{
	return name[0] != '\0' && !has_control(name) && strpbrk(name, ":/=") == NULL;
}

static int parse_owner(struct arena *a, const char *text, const struct pkginfo *vars,
		       const char *what, const char **ret, struct error *e)
{
	bool unknown = false;
	const char *value;

	if (str_eq(text, "-"))
		return 0;
	value = proto_expand(a, text, vars, true, false, &unknown);
	if (unknown)
		return unknown_variable(text, e);
	if (strlen(value) > PKGMAP_MAX_FIELD)
		return error_set(e, E_LIMIT, "%s string is too long.", what);
	if (!proto_account_ok(value))
		return error_set(e, E_FORMAT, "invalid %s", what);
	*ret = str_eq(value, "?") ? NULL : value;
	return 0;
}

/* Any of the three may be left out, the last ones first; SVR4.2 says `-` for the default, so
 * that something can come behind it. */
static int parse_attributes(struct arena *a, struct words *w, const struct pkginfo *vars,
			    const struct proto_default *def, struct proto_entry *ret,
			    struct error *e)
{
	struct entry *en = &ret->entry;
	const char *word;
	int rc = 0;

	en->mode = def->set ? def->mode : MODE_UNSET;
	en->owner = def->set ? def->owner : NULL;
	en->group = def->set ? def->group : NULL;
	ret->unsaid = !def->set && words_left(w) < 3;
	word = words_next(w);
	if (word != NULL)
		rc = parse_mode(a, word, vars, en, e);
	word = rc == 0 ? words_next(w) : NULL;
	if (word != NULL)
		rc = parse_owner(a, word, vars, "owner", &en->owner, e);
	word = rc == 0 ? words_next(w) : NULL;
	if (word != NULL)
		rc = parse_owner(a, word, vars, "group", &en->group, e);
	return rc;
}

static int parse_class(const char *class, struct proto_entry *ret, struct error *e)
{
	if (class[0] == '$' || class[0] == '?')
		return not_allowed(ret, e, "parametric class specification for <%s> not allowed",
				   ret->entry.path);
	if (strlen(class) > PKGMAP_MAX_FIELD)
		return error_set(e, E_LIMIT, "class is longer than %u bytes", PKGMAP_MAX_FIELD);
	/* it becomes part of the file name i.CLASS */
	if (strpbrk(class, "/$?") != NULL || has_control(class))
		return error_set(e, E_FORMAT, "invalid class '%s'", class);
	return 0;
}

static bool is_number(const char *word)
{
	return word[0] != '\0' && word[strspn(word, "0123456789")] == '\0';
}

/* A pkgmap is taken for a prototype too: size, sum and time are found out anew. */
static void skip_contents(struct words *w)
{
	if (words_left(w) >= 3 && is_number(w->v[w->i]) && is_number(w->v[w->i + 1]) &&
	    is_number(w->v[w->i + 2]))
		w->i += 3;
}

/* `i name`, `i name=file`, and `i dir/name` for `i name=dir/name`. */
static int parse_info(struct arena *a, struct words *w, const struct pkginfo *vars,
		      struct proto_entry *ret, struct error *e)
{
	char *text = (char *)words_next(w);
	const char *slash;
	int rc;

	if (text == NULL)
		return error_set(e, E_FORMAT, "unable to read pathname field");
	rc = parse_path(a, text, vars, ret, e);
	if (rc < 0)
		return rc;
	skip_contents(w);
	if (words_left(w) > 0)
		return error_set(e, E_FORMAT, "extra tokens on input line");
	slash = strrchr(ret->entry.path, '/');
	if (slash != NULL) {
		if (ret->local == NULL)
			ret->local = ret->entry.path;
		ret->entry.path = slash + 1;
	}
	if (ret->entry.path[0] == '\0')
		return error_set(e, E_FORMAT, "unable to read pathname field");
	return 0;
}

/* 0 is for pkgmk to say. */
static int parse_part(struct words *w, uint32_t *ret, struct error *e)
{
	const char *text = w->v[0];
	uint64_t part;

	if (text[0] < '0' || text[0] > '9')
		return 0;
	if (!str_to_u64(text, strlen(text), 10, PKGMAP_MAX_PARTS, &part))
		return error_set(e, E_FORMAT, "bad volume number");
	*ret = (uint32_t)part;
	w->i++;
	return 0;
}

static int parse_device(struct words *w, struct entry *en, struct error *e)
{
	int rc = parse_number(words_next(w), "major", &en->major, e);

	if (rc == 0)
		rc = parse_number(words_next(w), "minor", &en->minor, e);
	/* overlayfs takes it for a whiteout: pkgmap_parse() refuses it too */
	if (rc == 0 && en->ftype == 'c' && en->major == 0 && en->minor == 0)
		return error_set(e, E_FORMAT, "character device 0,0");
	return rc;
}

/* Behind the path a word that begins with '#' is the first of a comment. */
static void drop_comment(struct words *w)
{
	size_t i;

	for (i = w->i; i < w->n; i++)
		if (w->v[i][0] == '#')
			w->n = i;
}

static int parse_object(struct arena *a, struct words *w, const struct pkginfo *vars,
			const struct proto_default *def, struct proto_entry *ret, struct error *e)
{
	struct entry *en = &ret->entry;
	char *path;
	int rc;

	en->class = words_next(w);
	if (en->class == NULL)
		return error_set(e, E_FORMAT, "unable to read class token");
	path = (char *)words_next(w);
	if (path == NULL)
		return error_set(e, E_FORMAT, "unable to read pathname field");
	rc = parse_path(a, path, vars, ret, e);
	if (rc == 0)
		rc = parse_class(en->class, ret, e);
	if (rc < 0)
		return rc;
	drop_comment(w);
	/* what stands behind a link, as its attributes, says nothing */
	if (en->ftype == 's' || en->ftype == 'l')
		return check_link(a, en, e);
	if (en->ftype == 'c' || en->ftype == 'b')
		rc = parse_device(w, en, e);
	if (rc == 0)
		rc = parse_attributes(a, w, vars, def, ret, e);
	if (rc < 0)
		return rc;
	skip_contents(w);
	ret->extra = words_left(w) > 0;
	return 0;
}

int proto_entry_parse(struct arena *a, char *text, const struct pkginfo *vars,
		      const struct proto_default *def, struct proto_entry *ret,
		      struct error *e)
{
	struct words w;
	const char *type;
	int rc;

	words_split(text, &w);
	ret->entry = (struct entry){ .mode = MODE_UNSET, .major = NUM_UNSET,
				     .minor = NUM_UNSET };
	ret->garbled = true;
	rc = parse_part(&w, &ret->entry.part, e);
	if (rc < 0)
		return rc;
	type = words_next(&w);
	if (type == NULL || type[1] != '\0' || strchr("fevdxpcbsli", type[0]) == NULL)
		return error_set(e, E_FORMAT, "unknown ftype");
	ret->entry.ftype = type[0];
	rc = type[0] == 'i' ? parse_info(a, &w, vars, ret, e)
			    : parse_object(a, &w, vars, def, ret, e);
	if (rc == 0)
		ret->garbled = false;
	return rc;
}
