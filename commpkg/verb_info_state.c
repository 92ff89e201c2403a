/*
 * The state file of a root: what users named there, in the versions that it has. `install
 * --silent` makes the same of an empty root, with the configuration that was edited, and the
 * answers for hooks. What a state file can't say is said in comments: what is no text, what is
 * held, and that a licence is to be accepted where it is installed.
 */
#include "verb_info_state.h"

#include "diff.h"
#include "editable.h"
#include "hold.h"
#include "hook_answers.h"
#include "owners.h"
#include "show.h"

typedef VEC(const char *) words;

struct state {
	struct arena *a;
	const struct view *v;
	words names, versions, edited;	/* versions: NAME=VERSION */
	words left;			/* of edited: by hand, and why */
	words held;			/* as 'commpkg hold' takes them */
	VEC(struct state_edit) edits;
	struct owners *owners;
	struct state_answer *answers;
	size_t nanswers;
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

/* A component's name alone, where no package has the same. */
static const char *hold_word(const struct state *s, const char *hold)
{
	const char *name = strchr(hold, ':') + 1;

	if (str_has_prefix(hold, HOLD_PACKAGE) && !is_component(s, name))
		return name;
	return str_has_prefix(hold, HOLD_COMPONENT) ? name : hold;
}

static int add_held(struct state *s, struct error *e)
{
	const char *const *holds;
	size_t n, i;
	int rc = holds_read(s->v->db, s->a, &holds, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		*VEC_PUSH(&s->held) = hold_word(s, holds[i]);
	return rc;
}

/* What lies there is other than the packaged text, or nothing does. */
static bool was_edited(const struct editable *ed)
{
	return !ed->scripted && (!ed->there || !ed->regular || ed->edited);
}

/* A version that would be read as the end of itself is not said. */
static const char *name_and_version(const struct state *s, const struct pkgdb_component *c)
{
	return strchr(c->version, ':') != NULL ? c->name :
	       arena_printf(s->a, "%s=%s", c->name, c->version);
}

/* The component whose package has it, and where it lies below that one's base. */
static const char *label_of(const struct state *s, const struct editable *ed)
{
	size_t i, k;

	for (i = 0; i < s->nc; i++) {
		const struct pkgdb_component *c = &s->c[i];
		const char *base = c->base != NULL ? c->base + strspn(c->base, "/") : "";
		size_t n = strlen(base);

		if (n > 0 && (!str_has_prefix(ed->path, base) || ed->path[n] != '/'))
			continue;
		for (k = 0; k < c->npackages; k++)
			if (str_eq(c->packages[k], ed->instance))
				return arena_printf(s->a, "\t%s:%s", name_and_version(s, c),
						    ed->path + n + (n > 0));
	}
	return "";
}

static const char *name_or_number(struct arena *a, const char *name, unsigned id)
{
	return name != NULL ? name : arena_printf(a, "%u", id);
}

/* "\tMODE OWNER GROUP" where something of it was changed; '-': not that. */
static const char *attributes_of(const struct state *s, const struct editable *ed)
{
	const struct pkgdb_file *row = &ed->row;
	const char *owner = "-", *group = "-";
	uid_t uid;
	gid_t gid;

	if (s->v->root->owners && row->owner != NULL &&
	    owners_uid(s->owners, row->owner, &uid) > 0 && uid != ed->st.st_uid)
		owner = name_or_number(s->a, owners_user_name(s->owners, ed->st.st_uid),
				       ed->st.st_uid);
	if (s->v->root->owners && row->group != NULL &&
	    owners_gid(s->owners, row->group, &gid) > 0 && gid != ed->st.st_gid)
		group = name_or_number(s->a, owners_group_name(s->owners, ed->st.st_gid),
				       ed->st.st_gid);
	if (row->mode != MODE_UNSET && row->mode != (ed->st.st_mode & 07777))
		return arena_printf(s->a, "\t%04o %s %s", ed->st.st_mode & 07777u, owner, group);
	return str_eq(owner, "-") && str_eq(group, "-") ? "" :
	       arena_printf(s->a, "\t- %s %s", owner, group);
}

/* The text that the edit is one of: accepted last, else packaged. */
static int base_of(const struct state *s, const struct editable *ed, struct text *ret,
		   struct error *e)
{
	if (ed->has_pristine) {
		*ret = ed->pristine;
		return 0;
	}
	return editable_packaged(s->v, s->a, ed, ret, e);
}

static bool is_text(struct text t)
{
	return memchr(t.bytes, '\0', t.len) == NULL;
}

static const char *block_of(const struct state *s, const struct editable *ed, struct text base,
			    struct text live)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct diff_text x, y;

	strbuf_addf(&b, "# of %s %s\n--- /%s%s\n+++ ", ed->instance, ed->version, ed->path,
		    label_of(s, ed));
	if (ed->there)
		strbuf_addf(&b, "/%s%s\n", ed->path, attributes_of(s, ed));
	else
		strbuf_adds(&b, "/dev/null\n");
	diff_split(s->a, base.bytes, base.len, &x);
	diff_split(s->a, live.bytes, live.len, &y);
	diff_number(s->a, (struct diff_text *[]){ &x, &y }, 2);
	diff_whole(s->a, &x, &y, &b);
	return arena_strdup(s->a, strbuf_str(&b));
}

/* NULL: it is carried over; else why not. */
static const char *carry(struct state *s, const struct editable *ed)
{
	struct text base, live = { "", 0 };
	struct error e = ERROR_INIT;

	if (ed->there && !ed->regular)
		return "no regular file";
	if (base_of(s, ed, &base, &e) < 0 ||
	    (ed->there && editable_live(s->v, s->a, ed, &live, &e) < 0))
		return arena_strdup(s->a, e.text);
	if (!is_text(base) || !is_text(live) || strpbrk(ed->path, "\t\n") != NULL)
		return "not text";
	*VEC_PUSH(&s->edits) = (struct state_edit){ .path = ed->path,
						    .block = block_of(s, ed, base, live) };
	return NULL;
}

static int add_edited(struct state *s, struct error *e)
{
	struct editable ed;
	const char **paths;
	size_t n, i;
	int rc = pkgdb_editable(s->v->db, s->a, &paths, &n, e);

	if (rc == 0)
		rc = owners_load(s->v->root, &s->owners, e);
	for (i = 0; rc >= 0 && i < n; i++) {
		const char *why;

		rc = editable_look(s->v, s->a, paths[i], &ed, e);
		if (rc <= 0 || !was_edited(&ed))
			continue;
		*VEC_PUSH(&s->edited) = arena_printf(s->a, "/%s", paths[i]);
		why = carry(s, &ed);
		if (why != NULL)
			*VEC_PUSH(&s->left) = arena_printf(s->a, "/%s: %s", paths[i], why);
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
	if (s->left.n > 0)
		strbuf_adds(&b, "# edited or removed in this root, and to be carried over by "
				"hand:\n");
	for (size_t i = 0; i < s->left.n; i++)
		strbuf_addf(&b, "#   %s\n", str_escaped(s->a, s->left.v[i]));
	if (s->held.n > 0)
		strbuf_addf(&b, "# held in this root; afterwards: commpkg hold -R ROOT %s\n",
			    str_escaped(s->a, joined(s->a, &s->held)));
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
		{ "held", NULL, COLUMN_LIST },
	};
	struct table *t = table_new(s->a, "state", columns, sizeof(columns) / sizeof(columns[0]));

	table_add(t, (struct cell[]){
		CELL_L(list_of(s->a, &s->names)), CELL_L(list_of(s->a, &s->versions)),
		CELL_L(list_of(s->a, &s->edited)), CELL_L(list_of(s->a, &s->held)),
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
		.answers = s->answers, .nanswers = s->nanswers,
		.edits = s->edits.v, .nedits = s->edits.n,
	};
	const char *text;
	int rc = statefile_text(s->a, head_of(s, t->path), &file, &text, e);

	if (rc < 0)
		return rc;
	show_json(s);
	report_text(text, strlen(text));
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
	if (rc == 0 && v->db != NULL)
		rc = add_held(&s, e);
	if (rc == 0)
		rc = hook_answers_known(v->db, r->arena, &s.answers, &s.nanswers, e);
	if (rc == 0 && s.names.n == 0)
		rc = error_set(e, E_NOT_FOUND, "nothing was installed by name in '%s'",
			       r->target->path);
	if (rc == 0)
		rc = show_state(&s, r->target, e);
	VEC_FREE(&s.names);
	VEC_FREE(&s.versions);
	VEC_FREE(&s.edited);
	VEC_FREE(&s.held);
	VEC_FREE(&s.left);
	VEC_FREE(&s.edits);
	owners_free(s.owners);
	return rc;
}
