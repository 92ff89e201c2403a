/* hold: what is installed is to stay as it is; without names, what does. */
#include "hold.h"
#include "session.h"
#include "show.h"
#include "view.h"
#include "writer.h"

static const struct column hold_columns[] = {
	{ "name", "NAME", COLUMN_TEXT },
	{ "kind", "KIND", COLUMN_TEXT },
	{ "version", "VERSION", COLUMN_TEXT },
	{ "title", "TITLE", COLUMN_TEXT },
};
#define NCOLUMNS (sizeof(hold_columns) / sizeof(hold_columns[0]))
static const struct column change_columns[] = {
	{ "name", NULL, COLUMN_TEXT },
	{ "kind", NULL, COLUMN_TEXT },
	{ "held", NULL, COLUMN_FLAG },
	{ "changed", NULL, COLUMN_FLAG },
};
#define NCHANGES (sizeof(change_columns) / sizeof(change_columns[0]))

struct holding {
	struct writer writer;
	struct session session;
	struct view view;		/* of the session */
	const char *const *holds;	/* as they are */
	size_t nholds;
	const char **names;		/* as they are noted: "component:MS" */
	size_t nnames;
};

/* ---- what is held */

static void add_row(struct run *r, const struct view *v, const char *hold, struct table *t)
{
	bool component = str_has_prefix(hold, HOLD_COMPONENT);
	const char *name = strchr(hold, ':') != NULL ? strchr(hold, ':') + 1 : hold;
	struct pkgdb_component c = { .name = NULL };
	struct pkgdb_package p = { .instance = NULL };
	int rc = component ? pkgdb_component_find(v->db, r->arena, name, PKGDB_NOW, &c, NULL) :
			     pkgdb_package_find(v->db, r->arena, name, PKGDB_NOW, &p, NULL);

	table_add(t, (struct cell[]){
		CELL_S(name), CELL_S(component ? "component" : "package"),
		CELL_S(rc <= 0 ? NULL : component ? c.version : p.version),
		CELL_S(rc <= 0 ? "not installed any more" : component ? c.title : p.title) });
}

static int list(struct run *r, struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	struct table *t = table_new(r->arena, "holds", hold_columns, NCOLUMNS);
	const char *const *holds = NULL;
	size_t n = 0, i;
	int rc = view_open(r->target->path, &v, e);

	if (rc == 0 && v.db != NULL)
		rc = holds_read(v.db, r->arena, &holds, &n, e);
	if (rc < 0)
		return rc;
	for (i = 0; i < n; i++)
		add_row(r, &v, holds[i], t);
	show_table(t);
	if (n == 0)
		report_note("nothing is held in '%s'", r->target->path);
	return EXIT_DONE;
}

/* ---- holding, and lifting it */

/* What is not installed any more can still be lifted by the name that the list has. */
static const char *noted_name(const struct holding *h, const char *word)
{
	struct arena *a = h->writer.run->arena;
	const char *plain = strchr(word, ':') != NULL ? strchr(word, ':') + 1 : word;

	if (holds_have(h->holds, h->nholds, HOLD_COMPONENT, plain) &&
	    !str_has_prefix(word, HOLD_PACKAGE))
		return arena_printf(a, HOLD_COMPONENT "%s", plain);
	if (holds_have(h->holds, h->nholds, HOLD_PACKAGE, plain) &&
	    !str_has_prefix(word, HOLD_COMPONENT))
		return arena_printf(a, HOLD_PACKAGE "%s", plain);
	return NULL;
}

static int find_name(struct holding *h, const char *word, const char **ret, struct error *e)
{
	struct run *r = h->writer.run;
	struct pkgdb_component c;
	struct pkgdb_package p;
	int rc;

	*ret = r->o->lift ? noted_name(h, word) : NULL;
	if (*ret != NULL)
		return 0;
	rc = view_component(&h->view, r->arena, word, &c, e);
	if (rc > 0)
		*ret = arena_printf(r->arena, HOLD_COMPONENT "%s", c.name);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = view_package(&h->view, r->arena, word, &p, e);
	if (rc == 0)
		*ret = arena_printf(r->arena, HOLD_PACKAGE "%s", p.instance);
	return rc;
}

static int find_names(struct holding *h, struct error *e)
{
	const struct operands *ops = h->writer.run->operands;
	int rc = 0;

	h->names = arena_calloc(h->writer.run->arena, ops->nnames + 1, sizeof(*h->names));
	for (; rc == 0 && h->nnames < ops->nnames; h->nnames++)
		rc = find_name(h, ops->names[h->nnames], &h->names[h->nnames], e);
	return rc;
}

static bool is_so(const struct holding *h, const char *name)
{
	return holds_have(h->holds, h->nholds, "", name) == !h->writer.run->o->lift;
}

/* An error does not say which side of the commit we are on: the rows do. */
static int commit(struct holding *h, struct error *e)
{
	struct session *s = &h->session;
	struct error syncing = ERROR_INIT;
	int rc = pkgdb_commit(s->db, e);

	if (rc == 0)
		return 0;
	pkgdb_abort(s->db);
	if (holds_read(s->db, h->writer.run->arena, &h->holds, &h->nholds, NULL) < 0)
		return rc;
	for (size_t i = 0; i < h->nnames; i++)
		if (!is_so(h, h->names[i]))
			return rc;
	if (tree_sync(s->state, &syncing) < 0)
		return rc;
	error_clear(e);
	return 0;
}

static int write_all(struct holding *h, struct error *e)
{
	int rc = pkgdb_begin(h->session.db, e);

	for (size_t i = 0; rc == 0 && i < h->nnames; i++)
		rc = hold_set(h->session.db, h->names[i], !h->writer.run->o->lift, e);
	if (rc == 0)
		return commit(h, e);
	pkgdb_abort(h->session.db);
	return rc;
}

static void tell(const struct holding *h)
{
	const struct run *r = h->writer.run;
	struct table *t = table_new(r->arena, "held", change_columns, NCHANGES);
	bool lift = r->o->lift;

	for (size_t i = 0; i < h->nnames; i++) {
		const char *name = strchr(h->names[i], ':') + 1;
		bool changes = !is_so(h, h->names[i]);
		bool component = str_has_prefix(h->names[i], HOLD_COMPONENT);

		table_add(t, (struct cell[]){ CELL_S(name),
				CELL_S(component ? "component" : "package"),
				CELL_N(changes ? !lift && !r->o->dry_run : !lift),
				CELL_N(changes && !r->o->dry_run) });
		if (!changes)
			report_note(lift ? "'%s' is not held" : "'%s' is held already", name);
		else if (r->o->dry_run)
			report_out(lift ? "the hold of '%s' would be lifted in '%s'" :
				   "'%s' would be held in '%s'", name, r->target->path);
		else
			report_mark(MARK_OK, lift ? "'%s' is not held any more in '%s'" :
				    "'%s' is held in '%s': it stays as it is", name,
				    r->target->path);
	}
	show_json_table(t);
}

static int hold(struct holding *h, struct error *e)
{
	struct run *r = h->writer.run;
	struct session *s = &h->session;
	int rc = 0;

	h->view = (struct view){ .root = s->root, .state = s->state, .db = s->db };
	if (s->db != NULL)
		rc = holds_read(s->db, r->arena, &h->holds, &h->nholds, e);
	if (rc == 0)
		rc = find_names(h, e);
	if (rc == 0 && r->o->dry_run && s->cannot.code != 0) {
		if (e != NULL)
			*e = s->cannot;
		return -s->cannot.code;
	}
	if (rc == 0 && !r->o->dry_run) {
		const char *const *before = h->holds;
		size_t n = h->nholds;

		rc = write_all(h, e);
		h->holds = before;
		h->nholds = n;
	}
	if (rc == 0)
		tell(h);
	return rc;
}

int verb_hold(struct run *r, struct error *e)
{
	struct holding h = { .holds = NULL };
	struct session_options o = { .who = r->command, .lock_wait = r->o->lock_wait,
				     .read_only = r->o->dry_run, .waiting = writer_waiting,
				     .told = writer_recovered, .ctx = &h.writer };
	int rc;

	if (r->operands->nnames == 0 && r->o->lift)
		return error_set(e, E_USAGE, "'hold --remove' wants a component or a package");
	if (r->operands->nnames == 0)
		return list(r, e);
	writer_init(&h.writer, r, "Hold in", "held");
	rc = session_open(r->target->path, &o, &h.session, e);
	if (rc < 0)
		return rc;
	rc = hold(&h, e);
	session_close(&h.session);
	return rc;
}
