/*
 * Entries of a pkgmap to paths below a root (svr4.md 4.3).
 *
 * A component of the form $NAME is replaced by the value of that parameter, when NAME does
 * not begin with a lower case letter (those are pkgmk's) and the value is not empty. Values
 * are not looked through again. Absolute paths stand for themselves, others go below the
 * base directory, which is BASEDIR with its own variables replaced, and `/` without one.
 */
#include "mapping.h"

#include <ctype.h>
#include <stdlib.h>

#define MAX_TEXT ((size_t)128 << 20)	/* of all paths and targets, variables replaced */

#define SCRATCH_ENTRIES 64

struct context {
	struct arena *a;	/* of what is kept */
	struct arena *scratch;	/* of one entry */
	struct strmap *params;	/* values, by name */
	const char *basedir;	/* canonical, absolute */
	struct strmap *classes;	/* of those wanted, NULL: all */
	size_t text;		/* so far */
	bool relocatable;	/* something is below the base directory */
	struct strmap *by_path;	/* struct mapped, by path below the root */
	const struct entry *entry;	/* now, for messages */
};

static int refuse(const struct context *c, struct error *e, const char *why)
{
	return error_set(e, E_FORMAT, "pkgmap:%u: '%.1000s': %s", c->entry->line, c->entry->path,
			 why);
}

/* ---- variables */

/* The value of the variable called name[0..len), or NULL. */
static const char *variable(const struct context *c, const char *name, size_t len)
{
	const char *value;
	char *key;

	if (len == 0 || islower((unsigned char)name[0]))
		return NULL;
	key = arena_strndup(c->scratch, name, len);
	value = c->basedir != NULL && str_eq(key, "BASEDIR") ? c->basedir
							     : strmap_find(c->params, key);
	return value != NULL && value[0] != '\0' ? value : NULL;
}

static void expand_component(const struct context *c, const char *s, size_t len,
			     struct strbuf *out)
{
	const char *value = s[0] == '$' ? variable(c, s + 1, len - 1) : NULL;

	if (value != NULL)
		strbuf_adds(out, value);
	else
		strbuf_add(out, s, len);
}

/* NULL: over RPATH_MAX bytes. */
static const char *expand(const struct context *c, const char *path)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;

	if (strchr(path, '$') == NULL)
		return path;
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len > 0)
			expand_component(c, path, len, &out);
		if (out.len > RPATH_MAX)
			return NULL;
		if (path[len] == '\0')
			return arena_strdup(c->scratch, strbuf_str(&out));
		strbuf_addch(&out, '/');
		path += len + 1;
	}
}

static bool field_ok(const char *s)
{
	size_t len = strlen(s);

	for (const char *p = s; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == ':' || *p == '/')
			return false;
	return len > 0 && len <= PKGMAP_MAX_FIELD;
}

/* Owner or group: all of it a variable, or none. What comes in by a variable has not
 * passed the pkgmap's parser. */
static int expand_owner(const struct context *c, const char *name, const char **ret,
			struct error *e)
{
	const char *value;

	*ret = name;
	if (name == NULL || name[0] != '$')
		return 0;
	value = variable(c, name + 1, strlen(name) - 1);
	if (value == NULL)
		return 0;
	if (!field_ok(value))
		return refuse(c, e, "its owner's or group's variable has no usable name");
	*ret = str_eq(value, "?") ? NULL : value;
	return 0;
}

/* ---- paths */

/* The path below the root of a client path, or of one below the base directory. */
static int place(struct context *c, const char *path, struct rpath *ret, struct error *e)
{
	const char *canon;
	int rc;

	if (str_has_prefix(path, "$BASEDIR") && (path[8] == '\0' || path[8] == '/'))
		c->relocatable = true;
	path = expand(c, path);
	if (path == NULL)
		return refuse(c, e, "its variables make it over 4095 bytes");
	if (path[0] != '/') {
		c->relocatable = true;
		path = arena_printf(c->scratch, "%s/%s", c->basedir, path);
	}
	rc = path_canonical(c->scratch, path, &canon, e);
	if (rc == 0)
		rc = rpath_parse(c->a, canon, ret, e);
	if (rc < 0)
		return error_prefix(e, "pkgmap:%u", c->entry->line);
	return 0;
}

/* Doubled slashes become one: what pkgadd does to a link's text, and all it does. */
static const char *squeeze(struct arena *a, const char *s)
{
	char *ret = arena_strdup(a, s), *out = ret;

	for (const char *p = ret; *p != '\0'; p++)
		if (p[0] != '/' || p[1] != '/')
			*out++ = *p;
	*out = '\0';
	return ret;
}

/* The components of `s` appended to `dir`; `.` is dropped, `..` goes up. False: above the
 * root. */
static bool walk_text(struct strbuf *dir, const char *s)
{
	while (*s != '\0') {
		size_t len = strcspn(s, "/");
		const char *slash;

		if (len == 2 && memcmp(s, "..", 2) == 0) {
			if (dir->len == 0)
				return false;
			slash = strrchr(dir->p, '/');
			dir->len = slash != NULL ? (size_t)(slash - dir->p) : 0;
			dir->p[dir->len] = '\0';
		} else if (len > 0 && !(len == 1 && s[0] == '.')) {
			if (dir->len > 0)
				strbuf_addch(dir, '/');
			strbuf_add(dir, s, len);
		}
		s += len + (s[len] == '/');
	}
	return true;
}

/* What a hard link is linked to: an absolute one is below the root, a relative one below
 * the directory of the link (svr4.md 4.3). */
static int place_link(const struct context *c, const char *target, struct mapped *m,
		      struct error *e)
{
	AUTO_STRBUF struct strbuf path = STRBUF_INIT;

	if (target[0] != '/')
		strbuf_adds(&path, rpath_str(rpath_parent(c->scratch, m->path)));
	if (!walk_text(&path, target) || path.len == 0)
		return refuse(c, e, "is linked to something outside of the root");
	if (rpath_parse(c->a, strbuf_str(&path), &m->link, e) < 0)
		return error_prefix(e, "pkgmap:%u", c->entry->line);
	if (str_eq(m->link.s, m->path.s))
		return refuse(c, e, "is linked to itself");
	return 0;
}

static int map_target(const struct context *c, struct mapped *m, struct error *e)
{
	const char *target = m->entry->target;

	if (m->entry->ftype != 's' && m->entry->ftype != 'l')
		return 0;
	target = target != NULL ? expand(c, target) : NULL;
	if (target == NULL || target[0] == '\0')
		return refuse(c, e, "is a link without a target, or with one over 4095 bytes");
	m->target = squeeze(c->a, target);
	return m->entry->ftype == 'l' ? place_link(c, m->target, m, e) : 0;
}

/* ---- what no package may have */

static int check_place(const struct context *c, const struct mapped *m, struct error *e)
{
	const struct rpath state = { ROOT_STATE_DIR };
	char ftype = m->entry->ftype;

	if (rpath_is_root(m->path) && ftype != 'd')
		return refuse(c, e, "the root itself can only be a directory");
	if (rpath_below(m->path, state) || (str_eq(m->path.s, state.s) && ftype != 'd'))
		return refuse(c, e, "that place is commpkg's own");
	if (ftype == 'l' && (rpath_below(m->link, state) || str_eq(m->link.s, state.s)))
		return refuse(c, e, "is linked to what is commpkg's own");
	return 0;
}

static bool same_or_unset(const char *a, const char *b)
{
	return a == NULL || b == NULL || str_eq(a, b);
}

/* A directory that two entries name (by variables; the parser merges the others) is one,
 * when nothing contradicts. */
static int merge_dirs(const struct context *c, struct mapped *old, const struct mapped *m,
		      struct error *e)
{
	struct entry *both;

	if (!ftype_is_dir(old->entry->ftype) || old->entry->ftype != m->entry->ftype ||
	    !same_or_unset(old->entry->class, m->entry->class) ||
	    !same_or_unset(old->owner, m->owner) || !same_or_unset(old->group, m->group) ||
	    (old->entry->mode != m->entry->mode && old->entry->mode != MODE_UNSET &&
	     m->entry->mode != MODE_UNSET))
		return error_set(e, E_FORMAT, "pkgmap:%u: '/%.1000s' is the place of line %u, too",
				 c->entry->line, m->path.s, old->entry->line);
	both = arena_alloc(c->a, sizeof(*both));
	*both = *old->entry;
	if (both->mode == MODE_UNSET)
		both->mode = m->entry->mode;
	old->entry = both;
	old->owner = old->owner != NULL ? old->owner : m->owner;
	old->group = old->group != NULL ? old->group : m->group;
	return 0;
}

/* By path, with what is below a directory right behind it. */
static int compare_paths(const void *a, const void *b)
{
	const char *s = (*(const struct mapped *const *)a)->path.s;
	const char *t = (*(const struct mapped *const *)b)->path.s;
	unsigned char x, y;

	while (*s != '\0' && *s == *t)
		s++, t++;
	x = *s == '/' ? 1 : (unsigned char)*s; /* no path has a byte 1 */
	y = *t == '/' ? 1 : (unsigned char)*t;
	return x < y ? -1 : x > y;
}

static int refuse_below(const struct mapped *m, const struct mapped *above, struct error *e)
{
	return error_set(e, E_FORMAT,
			 "pkgmap:%u: '/%.1000s' is below '/%.500s', no directory (line %u)",
			 m->entry->line, m->path.s, above->path.s, above->entry->line);
}

/* An object below one that is no directory would go wherever that leads (hazard 3). */
static int check_parents(const struct context *c, const struct mapping *map, struct error *e)
{
	const struct mapped **v = arena_calloc(c->scratch, map->n, sizeof(*v));
	const struct mapped *file = NULL; /* the last one that is no directory */

	for (size_t i = 0; i < map->n; i++)
		v[i] = &map->v[i];
	if (map->n > 0)
		qsort(v, map->n, sizeof(*v), compare_paths);
	for (size_t i = 0; i < map->n; i++) {
		if (file != NULL && rpath_below(v[i]->path, file->path))
			return refuse_below(v[i], file, e);
		if (!ftype_is_dir(v[i]->entry->ftype))
			file = v[i];
	}
	return 0;
}

/* ---- all of it */

static bool class_wanted(const struct context *c, const char *class)
{
	if (c->classes == NULL || class == NULL || str_eq(class, "none"))
		return true; /* none is always in the list (svr4.md 3.2) */
	return strmap_find(c->classes, class) != NULL;
}

static struct strmap *read_classes(struct arena *a, const char *list)
{
	struct strmap *m = strmap_new(16);
	char *s = arena_strdup(a, list), *save = NULL;

	for (s = strtok_r(s, " \t\n", &save); s != NULL; s = strtok_r(NULL, " \t\n", &save))
		strmap_put(m, s, s);
	return m;
}

/* The first of two of one name counts, as in pkginfo_get(). */
static struct strmap *read_params(const struct pkginfo *params)
{
	struct strmap *m = strmap_new(params->n);

	for (size_t i = params->n; i-- > 0;)
		strmap_put(m, params->params[i].name, (void *)params->params[i].value);
	return m;
}

static int count_text(struct context *c, const struct mapped *m, struct error *e)
{
	c->text += strlen(m->path.s) + (m->target != NULL ? strlen(m->target) : 0);
	if (c->text <= MAX_TEXT)
		return 0;
	return error_set(e, E_LIMIT, "pkgmap:%u: its paths have over %zu bytes in all",
			 c->entry->line, MAX_TEXT);
}

static int map_entry(struct context *c, struct mapped *m, struct error *e)
{
	int rc;

	rc = place(c, m->entry->path, &m->path, e);
	if (rc == 0)
		rc = map_target(c, m, e);
	if (rc == 0)
		rc = count_text(c, m, e);
	if (rc == 0)
		rc = check_place(c, m, e);
	if (rc == 0)
		rc = expand_owner(c, m->entry->owner, &m->owner, e);
	if (rc == 0)
		rc = expand_owner(c, m->entry->group, &m->group, e);
	return rc;
}

static int map_entries(struct context *c, const struct pkgmap *map, struct mapping *ret,
		       struct error *e)
{
	int rc;

	ret->v = arena_calloc(c->a, map->n, sizeof(*ret->v));
	ret->n = 0;
	for (size_t i = 0; i < map->n; i++) {
		struct mapped *m = &ret->v[ret->n], *old;

		if (i % SCRATCH_ENTRIES == 0) {
			arena_free(c->scratch);
			c->scratch = arena_new();
		}
		c->entry = m->entry = &map->entries[i];
		if (c->entry->ftype == 'i' || !class_wanted(c, c->entry->class))
			continue;
		rc = map_entry(c, m, e);
		if (rc < 0)
			return rc;
		old = strmap_find(c->by_path, m->path.s);
		if (old == NULL) {
			strmap_put(c->by_path, m->path.s, m);
			ret->n++;
			continue;
		}
		rc = merge_dirs(c, old, m, e);
		if (rc < 0)
			return rc;
		memset(m, 0, sizeof(*m));
	}
	return 0;
}

/* The base directory as a client path; a relative one is taken from the root. */
static int find_basedir(struct context *c, const char *given, struct error *e)
{
	const char *text = given != NULL ? given : strmap_find(c->params, "BASEDIR");
	const char *canon;
	struct rpath p;
	int rc;

	if (text == NULL || text[0] == '\0')
		text = "/";
	text = expand(c, text);
	if (text == NULL)
		return error_set(e, E_LIMIT, "base directory is over %d bytes", RPATH_MAX);
	rc = path_canonical(c->a, arena_printf(c->a, "/%s", text), &canon, e);
	if (rc == 0)
		rc = rpath_parse(c->a, canon, &p, e);
	if (rc < 0)
		return error_prefix(e, "base directory");
	c->basedir = canon;
	return 0;
}

static int build(struct context *c, const struct package *p, const char *basedir,
		 struct mapping *ret, struct error *e)
{
	int rc;

	rc = find_basedir(c, basedir, e);
	if (rc == 0)
		rc = map_entries(c, &p->map, ret, e);
	if (rc == 0)
		rc = check_parents(c, ret, e);
	if (rc < 0)
		return rc;
	if (basedir != NULL || strmap_find(c->params, "BASEDIR") != NULL || c->relocatable)
		ret->basedir = c->basedir;
	return 0;
}

int mapping_build(struct arena *a, const struct package *p, const struct pkginfo *params,
		  const char *basedir, struct mapping *ret, struct error *e)
{
	const char *classes = pkginfo_get(params, "CLASSES");
	struct context c = { .a = a, .scratch = arena_new(), .params = read_params(params) };
	struct mapping m = { .v = NULL };
	int rc;

	c.classes = classes != NULL ? read_classes(a, classes) : NULL;
	c.by_path = strmap_new(p->map.n);
	rc = build(&c, p, basedir, &m, e);
	strmap_free(c.by_path);
	strmap_free(c.classes);
	strmap_free(c.params);
	arena_free(c.scratch);
	if (rc == 0)
		*ret = m;
	return rc;
}
