/* root list|add|remove|rename|group: the software list. */
#include "formats/str.h"
#include "places.h"
#include "show.h"
#include "verb.h"
#include "view.h"

static const struct column root_columns[] = {
	{ "name", "NAME", COLUMN_TEXT },
	{ "path", "PATH", COLUMN_TEXT },
	{ "packages", "PACKAGES", COLUMN_NUMBER },
	{ "state", "STATE", COLUMN_TEXT },
};
static const struct column group_columns[] = {
	{ "name", "GROUP", COLUMN_TEXT },
	{ "roots", "ROOTS", COLUMN_LIST },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What can be said of it without failing the list. */
static void look(struct run *r, const char *path, struct cell *ret_packages,
		 const char **ret_state)
{
	AUTO_VIEW struct view v = { .root = NULL };
	struct pkgdb_package *p;
	struct error e = ERROR_INIT;
	size_t n;
	int rc = view_open(path, &v, &e);

	*ret_packages = (struct cell)CELL_NONE;
	if (rc == 0)
		rc = view_packages(&v, r->arena, &p, &n, &e);
	if (rc == 0)
		*ret_packages = (struct cell)CELL_N(n);
	*ret_state = rc == 0 ? v.db != NULL ? "ok" : "empty" :
		     rc == -E_NOT_FOUND ? "gone" : arena_strdup(r->arena, e.text);
}

static int list(struct run *r, struct error *e)
{
	struct table *t = table_new(r->arena, "roots", root_columns, COUNT(root_columns));
	struct table *g = table_new(r->arena, "groups", group_columns, COUNT(group_columns));
	struct softlist l;
	size_t i;
	int rc = softlist_load(r->arena, r->statedir, &l, e);

	if (rc < 0)
		return rc;
	for (i = 0; i < l.nroots; i++) {
		struct cell packages;
		const char *state;

		look(r, l.roots[i].path, &packages, &state);
		table_add(t, (struct cell[]){ CELL_S(l.roots[i].name), CELL_S(l.roots[i].path),
					      packages, CELL_S(state) });
	}
	for (i = 0; i < l.ngroups; i++) {
		const char **names = arena_calloc(r->arena, l.groups[i].n + 1, sizeof(*names));

		if (l.groups[i].n > 0)
			memcpy(names, l.groups[i].roots, l.groups[i].n * sizeof(*names));
		table_add(g, (struct cell[]){ CELL_S(l.groups[i].name), CELL_L(names) });
	}
	show_table(t);
	show_table(g);
	if (l.nroots == 0)
		report_note("the software list is empty: 'commpkg root add NAME PATH' adds a root");
	return EXIT_DONE;
}

static int add(struct run *r, struct error *e)
{
	const char *name = r->operands->names[1], *path;
	int rc = places_absolute(r->arena, r->operands->names[2], &path, e);

	if (rc == 0)
		rc = softlist_add(r->statedir, name, path, e);
	if (rc < 0)
		return rc;
	report_mark(MARK_OK, "root '%s' is '%s'", name, path);
	if (places_look(path) == PLACE_GONE)
		report_note("  '%s' is not there yet: install makes it", path);
	return EXIT_DONE;
}

static int drop(struct run *r, struct error *e)
{
	const char *name = r->operands->names[1];
	int rc = softlist_remove(r->statedir, name + (name[0] == '@'), e);

	if (rc == 0)
		report_mark(MARK_OK, "'%s' is no longer in the software list; its directory stays",
			    name);
	return rc;
}

static int rename_root(struct run *r, struct error *e)
{
	const char *from = r->operands->names[1], *to = r->operands->names[2];
	int rc = softlist_rename(r->statedir, from + (from[0] == '@'), to, e);

	if (rc == 0)
		report_mark(MARK_OK, "'%s' is '%s' now", from, to);
	return rc;
}

static int group(struct run *r, struct error *e)
{
	size_t i, n = r->operands->nnames - 2;
	const char **roots = arena_calloc(r->arena, n + 1, sizeof(*roots));
	const char *name = r->operands->names[1];
	int rc;

	for (i = 0; i < n; i++)
		roots[i] = r->operands->names[i + 2] + (r->operands->names[i + 2][0] == '@');
	rc = softlist_group_set(r->statedir, name, roots, n, e);
	if (rc == 0 && n > 0)
		report_mark(MARK_OK, "group '%s' has %zu root%s", name, n, n == 1 ? "" : "s");
	else if (rc == 0)
		report_mark(MARK_OK, "group '%s' is gone", name);
	return rc;
}

static const struct {
	const char *name, *usage;
	size_t min, max;	/* operands, itself included */
	int (*run)(struct run *r, struct error *e);
} subverbs[] = {
	{ "list", "list", 1, 1, list },
	{ "add", "add NAME PATH", 3, 3, add },
	{ "remove", "remove NAME", 2, 2, drop },
	{ "rename", "rename NAME NEW", 3, 3, rename_root },
	{ "group", "group NAME [ROOT...]", 2, SIZE_MAX, group },
};

int verb_root(struct run *r, struct error *e)
{
	const char *word = r->operands->nnames > 0 ? r->operands->names[0] : "list";
	size_t i, n = r->operands->nnames > 0 ? r->operands->nnames : 1;

	for (i = 0; i < COUNT(subverbs); i++) {
		if (!str_eq(word, subverbs[i].name))
			continue;
		if (n < subverbs[i].min || n > subverbs[i].max)
			return error_set(e, E_USAGE, "usage: commpkg root %s",
					 subverbs[i].usage);
		return subverbs[i].run(r, e);
	}
	error_set(e, E_USAGE, "unknown verb 'root %s'", word);
	for (i = 0; i < COUNT(subverbs); i++)
		if (options_distance(word, subverbs[i].name, 2) <= 2)
			return error_hint(e, "did you mean 'root %s'?", subverbs[i].name);
	return error_hint(e, "see 'commpkg root --help'");
}
