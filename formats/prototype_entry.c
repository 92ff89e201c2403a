/* One entry line of a prototype. */
#include "prototype.h"

#define MAX_WORDS 12

struct words {
	char *v[MAX_WORDS];
	size_t n, i;
};

static bool words_split(char *text, struct words *ret)
{
	char *word, *save = NULL;

	ret->n = ret->i = 0;
	for (word = strtok_r(text, " \t", &save); word != NULL;
	     word = strtok_r(NULL, " \t", &save)) {
		if (ret->n == MAX_WORDS)
			return false;
		ret->v[ret->n++] = word;
	}
	return true;
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

static int parse_path(struct arena *a, char *text, const char *at,
		      const struct pkginfo *vars, struct proto_entry *ret, struct error *e)
{
	struct entry *en = &ret->entry;
	char *eq = strchr(text, '=');
	bool unknown = false;
	const char *path;

	if (eq != NULL)
		*eq++ = '\0';
	path = proto_expand(a, text, vars, true, false, &unknown);
	if (unknown)
		return error_set(e, E_FORMAT, "%s: cannot resolve all build parameters "
				 "associated with path <%s>", at, text);
	en->path = resolve_dots(a, path);
	if (en->path == NULL)
		return error_set(e, E_FORMAT, "%s: invalid path <%s>", at, path);
	if (strlen(en->path) > PKGMAP_MAX_PATH)
		return error_set(e, E_LIMIT, "%s: path is longer than %u bytes", at,
				 PKGMAP_MAX_PATH);
	if (has_control(en->path) || strchr(en->path, '=') != NULL)
		return error_set(e, E_FORMAT, "%s: invalid path <%s>", at, en->path);
	if (eq == NULL || *eq == '\0')
		return 0;
	if (strlen(eq) > PKGMAP_MAX_PATH || has_control(eq))
		return error_set(e, E_FORMAT, "%s: <%s>: invalid text after '='", at, text);
	if (en->ftype == 's' || en->ftype == 'l')
		en->target = proto_expand(a, eq, vars, true, false, NULL);
	else if (!ftype_has_payload(en->ftype))
		return error_set(e, E_FORMAT, "%s: <%s>: only files and links take '='", at,
				 text);
	else
		ret->local = proto_expand(a, eq, vars, true, true, NULL);
	return 0;
}

/* pkgmk writes absolute targets in canonical form and relative ones as they are. */
static int check_link(struct arena *a, const char *at, struct entry *en, struct error *e)
{
	if (en->target == NULL || en->target[0] == '\0' || has_control(en->target) ||
	    strlen(en->target) > PKGMAP_MAX_PATH)
		return error_set(e, E_FORMAT, "%s: <%s>: missing or invalid link specification",
				 at, en->path);
	if (en->target[0] == '/') {
		en->target = resolve_dots(a, en->target);
		if (en->target == NULL)
			return error_set(e, E_FORMAT, "%s: <%s>: link target leads above /",
					 at, en->path);
	}
	return 0;
}

static int parse_number(const char *text, const char *at, const struct entry *en,
			const char *what, uint32_t *ret, struct error *e)
{
	uint64_t v;

	if (text != NULL && str_eq(text, "?")) {
		*ret = NUM_UNSET;
		return 0;
	}
	if (text == NULL || !str_to_u64(text, strlen(text), 10, NUM_UNSET - 1, &v))
		return error_set(e, E_FORMAT, "%s: <%s>: invalid %s number", at, en->path, what);
	*ret = (uint32_t)v;
	return 0;
}

static int parse_mode(struct arena *a, const char *text, const char *at,
		      const struct pkginfo *vars, struct entry *en, struct error *e)
{
	uint64_t v;

	if (text[0] == '$') {
		bool unknown = false;

		if (text[1] >= 'A' && text[1] <= 'Z')
			return error_set(e, E_FORMAT, "%s: <%s>: mode must not be parametric "
					 "at install time", at, en->path);
		text = proto_expand(a, text, vars, true, false, &unknown);
		if (unknown)
			return error_set(e, E_FORMAT, "%s: <%s>: cannot resolve mode '%s'", at,
					 en->path, text);
	}
	en->mode = MODE_UNSET;
	if (str_eq(text, "?"))
		return 0;
	if (!str_to_u64(text, strlen(text), 8, UINT64_MAX, &v))
		return error_set(e, E_FORMAT, "%s: <%s>: invalid base for mode", at, en->path);
	if (v > 07777)
		return error_set(e, E_FORMAT, "%s: <%s>: invalid bits set in mode", at, en->path);
	en->mode = (uint32_t)v;
	return 0;
}

bool proto_account_ok(const char *name)
{
	return name[0] != '\0' && !has_control(name) && strpbrk(name, ":/=") == NULL;
}

static int parse_owner(struct arena *a, const char *text, const char *at,
		       const struct pkginfo *vars, const struct entry *en, const char *what,
		       const char **ret, struct error *e)
{
	bool unknown = false;
	const char *value = proto_expand(a, text, vars, true, false, &unknown);

	if (unknown)
		return error_set(e, E_FORMAT, "%s: <%s>: cannot resolve %s '%s'", at, en->path,
				 what, text);
	if (strlen(value) > PKGMAP_MAX_FIELD)
		return error_set(e, E_LIMIT, "%s: <%s>: %s is longer than %u bytes", at, en->path,
				 what, PKGMAP_MAX_FIELD);
	if (!proto_account_ok(value))
		return error_set(e, E_FORMAT, "%s: <%s>: invalid %s", at, en->path, what);
	*ret = str_eq(value, "?") ? NULL : value;
	return 0;
}

static int parse_attributes(struct arena *a, struct words *w, const char *at,
			    const struct pkginfo *vars, const struct proto_default *def,
			    struct proto_entry *ret, struct error *e)
{
	struct entry *en = &ret->entry;
	int rc;

	if (words_left(w) == 0) {
		en->mode = def->set ? def->mode : MODE_UNSET;
		en->owner = def->set ? def->owner : NULL;
		en->group = def->set ? def->group : NULL;
		ret->unsaid = !def->set;
		return 0;
	}
	if (words_left(w) != 3)
		return error_set(e, E_FORMAT, "%s: <%s>: mode, owner and group expected", at,
				 en->path);
	rc = parse_mode(a, words_next(w), at, vars, en, e);
	if (rc == 0)
		rc = parse_owner(a, words_next(w), at, vars, en, "owner", &en->owner, e);
	if (rc == 0)
		rc = parse_owner(a, words_next(w), at, vars, en, "group", &en->group, e);
	return rc;
}

static int parse_class(const char *class, const char *at, const char *path, struct error *e)
{
	if (class[0] == '$' || class[0] == '?')
		return error_set(e, E_FORMAT, "%s: parametric class specification for <%s> "
				 "not allowed", at, path);
	if (strlen(class) > PKGMAP_MAX_FIELD)
		return error_set(e, E_LIMIT, "%s: class is longer than %u bytes", at,
				 PKGMAP_MAX_FIELD);
	/* it becomes part of the file name i.CLASS */
	if (strpbrk(class, "/$?") != NULL || has_control(class))
		return error_set(e, E_FORMAT, "%s: invalid class '%s'", at, class);
	return 0;
}

/* `i name`, `i name=file`, and `i dir/name` for `i name=dir/name`. */
static int parse_info(struct arena *a, struct words *w, const char *at,
		      const struct pkginfo *vars, struct proto_entry *ret, struct error *e)
{
	char *text = (char *)words_next(w);
	const char *slash;
	int rc;

	if (text == NULL || words_left(w) > 0)
		return error_set(e, E_FORMAT, "%s: an i entry has one name", at);
	rc = parse_path(a, text, at, vars, ret, e);
	if (rc < 0)
		return rc;
	slash = strrchr(ret->entry.path, '/');
	if (slash != NULL) {
		if (ret->local == NULL)
			ret->local = ret->entry.path;
		ret->entry.path = slash + 1;
	}
	if (ret->entry.path[0] == '\0')
		return error_set(e, E_FORMAT, "%s: an i entry has one name", at);
	return 0;
}

static int parse_part(struct words *w, const char *at, uint32_t *ret, struct error *e)
{
	const char *text = w->v[0];
	uint64_t part;

	if (text[0] < '0' || text[0] > '9')
		return 0;
	if (!str_to_u64(text, strlen(text), 10, PKGMAP_MAX_PARTS, &part) || part == 0)
		return error_set(e, E_FORMAT, "%s: invalid part number '%s'", at, text);
	*ret = (uint32_t)part;
	w->i++;
	return 0;
}

static int parse_object(struct arena *a, struct words *w, const char *at,
			const struct pkginfo *vars, const struct proto_default *def,
			struct proto_entry *ret, struct error *e)
{
	struct entry *en = &ret->entry;
	char *path;
	int rc;

	en->class = words_next(w);
	path = (char *)words_next(w);
	if (path == NULL)
		return error_set(e, E_FORMAT, "%s: class and path expected", at);
	rc = parse_path(a, path, at, vars, ret, e);
	if (rc == 0)
		rc = parse_class(en->class, at, en->path, e);
	if (rc < 0)
		return rc;
	if (en->ftype == 's' || en->ftype == 'l') {
		if (words_left(w) != 0)
			return error_set(e, E_FORMAT, "%s: <%s>: extra tokens on line", at,
					 en->path);
		return check_link(a, at, en, e);
	}
	if (en->ftype == 'c' || en->ftype == 'b') {
		rc = parse_number(words_next(w), at, en, "major", &en->major, e);
		if (rc == 0)
			rc = parse_number(words_next(w), at, en, "minor", &en->minor, e);
		if (rc < 0)
			return rc;
		/* overlayfs takes it for a whiteout: pkgmap_parse() refuses it too */
		if (en->ftype == 'c' && en->major == 0 && en->minor == 0)
			return error_set(e, E_FORMAT, "%s: <%s>: character device 0,0", at,
					 en->path);
	}
	return parse_attributes(a, w, at, vars, def, ret, e);
}

int proto_entry_parse(struct arena *a, char *text, const char *at,
		      const struct pkginfo *vars, const struct proto_default *def,
		      struct proto_entry *ret, struct error *e)
{
	struct words w;
	const char *type;
	int rc;

	if (!words_split(text, &w))
		return error_set(e, E_FORMAT, "%s: extra tokens on line", at);
	ret->entry = (struct entry){ .mode = MODE_UNSET, .major = NUM_UNSET,
				     .minor = NUM_UNSET };
	rc = parse_part(&w, at, &ret->entry.part, e);
	if (rc < 0)
		return rc;
	type = words_next(&w);
	if (type == NULL || type[1] != '\0' || strchr("fevdxpcbsli", type[0]) == NULL)
		return error_set(e, E_FORMAT, "%s: unknown ftype '%s'", at,
				 type != NULL ? type : "");
	ret->entry.ftype = type[0];
	if (type[0] == 'i')
		return parse_info(a, &w, at, vars, ret, e);
	return parse_object(a, &w, at, vars, def, ret, e);
}
