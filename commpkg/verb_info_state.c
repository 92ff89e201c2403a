/*
 * The state file of a root: what users named there, in the versions that it has. `install
 * --silent` makes the same of an empty root. What a state file can't say is said in comments:
 * the configuration that was edited, and that a licence is to be accepted where it is installed.
 */
#include "verb_info_state.h"

#include "editable.h"
#include "formats/statefile.h"
#include "show.h"

typedef VEC(const char *) words;

struct state {
	struct arena *a;
	const struct view *v;
	words names, versions, edited;	/* versions: NAME=VERSION */
	struct pkgdb_component *c;
	size_t nc;
};

/* A version with a blank in it can't be one of a list. */
static void add_name(struct state *s, const char *name, const char *version)
{
	*VEC_PUSH(&s->names) = name;
	if (strpbrk(version, " \t") == NULL)
		*VEC_PUSH(&s->versions) = arena_printf(s->a, "%s=%s", name, version);
}

static bool is_component(const struct state *s, const char *name)
{
	for (size_t i = 0; i < s->nc; i++)
		if (str_eq(s->c[i].name, name))
			return true;
	return false;
}

static int add_components(struct state *s, struct error *e)
{
	int rc = view_components(s->v, s->a, &s->c, &s->nc, e);

	for (size_t i = 0; rc == 0 && i < s->nc; i++)
		if (s->c[i].manual && !pkgdb_component_beside(s->c[i].name))
			add_name(s, s->c[i].name, s->c[i].version);
	return rc;
}

static int add_packages(struct state *s, struct error *e)
{
	struct pkgdb_package *p;
	size_t n, i;
	int rc = view_packages(s->v, s->a, &p, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		if (p[i].manual)
			add_name(s, is_component(s, p[i].pkg) ?
				    arena_printf(s->a, "package:%s", p[i].pkg) : p[i].pkg,
				 p[i].version);
	return rc;
}

/* What lies there is other than the packaged text, or nothing does. */
static bool was_edited(const struct editable *ed)
{
	return !ed->scripted && (!ed->there || !ed->regular || ed->edited);
}

static int add_edited(struct state *s, struct error *e)
{
	struct editable ed;
	const char **paths;
	size_t n, i;
	int rc = pkgdb_editable(s->v->db, s->a, &paths, &n, e);

	for (i = 0; rc >= 0 && i < n; i++) {
		rc = editable_look(s->v, s->a, paths[i], &ed, e);
		if (rc > 0 && was_edited(&ed))
			*VEC_PUSH(&s->edited) = arena_printf(s->a, "/%s", paths[i]);
	}
	return rc < 0 ? rc : 0;
}

/* ---- as text, and for programs */

static const char *joined(struct arena *a, const words *w)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < w->n; i++)
		strbuf_addf(&b, "%s%s", i > 0 ? " " : "", w->v[i]);
	return w->n > 0 ? arena_strdup(a, strbuf_str(&b)) : NULL;
}

static const char *head_of(const struct state *s, const char *path)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	strbuf_addf(&b, "# what is installed in '%s', for commpkg install --silent\n"
			"# a licence is accepted where it is installed (--acceptLicense)\n", path);
	if (s->edited.n > 0)
		strbuf_adds(&b, "# edited or removed in this root, and to be carried over by "
				"hand:\n");
	for (size_t i = 0; i < s->edited.n; i++)
		strbuf_addf(&b, "#   %s\n", s->edited.v[i]);
	return arena_strdup(s->a, strbuf_str(&b));
}

static const char *const *list_of(struct arena *a, const words *w)
{
	const char **list = arena_calloc(a, w->n + 1, sizeof(*list));

	for (size_t i = 0; i < w->n; i++)
		list[i] = w->v[i];
	return list;
}

static void show_json(const struct state *s)
{
	static const struct column columns[] = {
		{ "components", NULL, COLUMN_LIST },
		{ "versions", NULL, COLUMN_LIST },
		{ "edited", NULL, COLUMN_LIST },
	};
	struct table *t = table_new(s->a, "state", columns, sizeof(columns) / sizeof(columns[0]));

	table_add(t, (struct cell[]){
		CELL_L(list_of(s->a, &s->names)), CELL_L(list_of(s->a, &s->versions)),
		CELL_L(list_of(s->a, &s->edited)),
	});
	show_json_record(t);
}

static int show_state(const struct state *s, const struct target *t, struct error *e)
{
	bool alternate = !str_eq(t->path, "/");
	const struct statefile file = {
		.verb = "install", .rootdir = t->path, .name = t->name,
		.altroot = alternate ? STATE_YES : STATE_NO,
		.installroot = alternate ? t->path : t->installroot,
		.components = joined(s->a, &s->names), .versions = joined(s->a, &s->versions),
	};
	const char *text, *line, *end;
	int rc = statefile_text(s->a, head_of(s, t->path), &file, &text, e);

	if (rc < 0)
		return rc;
	show_json(s);
	for (line = text; *line != '\0'; line = end + (*end == '\n')) {
		end = line + strcspn(line, "\n");
		report_out("%.*s", (int)(end - line), line);
	}
	return EXIT_DONE;
}

int info_state(struct run *r, const struct view *v, struct error *e)
{
	struct state s = { .a = r->arena, .v = v };
	int rc = 0;

	if (v->db != NULL)
		rc = add_components(&s, e);
	if (rc == 0 && v->db != NULL)
		rc = add_packages(&s, e);
	if (rc == 0 && v->db != NULL)
		rc = add_edited(&s, e);
	if (rc == 0 && s.names.n == 0)
		rc = error_set(e, E_NOT_FOUND, "nothing was installed by name in '%s'",
			       r->target->path);
	if (rc == 0)
		rc = show_state(&s, r->target, e);
	VEC_FREE(&s.names);
	VEC_FREE(&s.versions);
	VEC_FREE(&s.edited);
	return rc;
}
