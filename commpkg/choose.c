/* The numbered list of components, and the question under it. */
#include "choose.h"

#include "dist.h"
#include "formats/manifest.h"
#include "formats/version.h"
#include "menu.h"
#include "show.h"
#include "signals.h"
#include "view.h"

#define ANSWER_MAX 1024

static const struct column columns[] = {
	{ "number", " ", COLUMN_NUMBER },
	{ "name", "COMPONENT", COLUMN_TEXT },
	{ "version", "VERSION", COLUMN_TEXT },
	{ "installed", "INSTALLED", COLUMN_TEXT },
	{ "title", "TITLE", COLUMN_TEXT },
};
#define NCOLUMNS (sizeof(columns) / sizeof(columns[0]))

struct choices {
	struct arena *a;
	const struct manifest **v;	/* the newest of each, products first */
	size_t n;
	const struct pkgdb_component *installed;
	size_t ninstalled;
};

/* People choose products and translations; what is shared comes with them. */
static bool is_choice(const struct manifest *m)
{
	return m->kind != COMPONENT_SHARED;
}

bool choose_possible(const struct run *r)
{
	size_t i;

	for (i = 0; r->dist != NULL && i < dist_component_count(r->dist); i++)
		if (is_choice(dist_component(r->dist, i)->manifest))
			return true;
	return false;
}

static void add_newest(struct choices *c, const struct manifest *m)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (str_eq(c->v[i]->id, m->id)) {
			if (version_compare(m->version, c->v[i]->version) > 0)
				c->v[i] = m;
			return;
		}
	c->v[c->n++] = m;
}

static int by_kind_and_id(const void *a, const void *b)
{
	const struct manifest *x = *(const struct manifest *const *)a;
	const struct manifest *y = *(const struct manifest *const *)b;

	return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind) :
				    strcmp(x->id, y->id);
}

static void collect(struct choices *c, const struct dist *d)
{
	size_t i, n = dist_component_count(d);

	c->v = arena_calloc(c->a, n + 1, sizeof(*c->v));
	for (i = 0; i < n; i++)
		if (is_choice(dist_component(d, i)->manifest))
			add_newest(c, dist_component(d, i)->manifest);
	qsort(c->v, c->n, sizeof(*c->v), by_kind_and_id);
}

static const char *installed_version(const struct choices *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->ninstalled; i++)
		if (str_eq(c->installed[i].name, id))
			return c->installed[i].version;
	return NULL;
}

/* A root that is not there yet has nothing in it. */
static void look_at_root(struct choices *c, const char *path)
{
	AUTO_VIEW struct view v = { .root = NULL };
	struct pkgdb_component *installed;
	size_t n;

	if (view_open(path, &v, NULL) < 0 ||
	    view_components(&v, c->a, &installed, &n, NULL) < 0)
		return;
	c->installed = installed;
	c->ninstalled = n;
}

static void show(const struct choices *c)
{
	struct table *t = table_new(c->a, "choices", columns, NCOLUMNS);
	size_t i;

	for (i = 0; i < c->n; i++)
		table_add(t, (struct cell[]){
			CELL_N(i + 1), CELL_S(c->v[i]->id), CELL_S(c->v[i]->version),
			CELL_S(installed_version(c, c->v[i]->id)), CELL_S(c->v[i]->title) });
	show_table(t);
}

static int take(const struct choices *c, const enum menu_pick *picks, const char ***ret,
		size_t *ret_n)
{
	const char **names = arena_calloc(c->a, c->n + 1, sizeof(*names));
	size_t i, n = 0;

	for (i = 0; i < c->n; i++)
		if (picks[i] != MENU_NOT)
			names[n++] = arena_printf(c->a, "%s%s", picks[i] == MENU_NEEDS ? "~" : "",
						  c->v[i]->id);
	*ret = names;
	*ret_n = n;
	return n > 0;
}

static int ask(const struct choices *c, const char ***ret, size_t *ret_n, struct error *e)
{
	char typed[ANSWER_MAX];
	enum menu_pick *picks;
	int rc;

	for (;;) {
		rc = report_ask_line("Which? (numbers; ~3: only what 3 needs; q: none)",
				     "name components: commpkg install NAME...; "
				     "'--silent FILE' has answers", typed, sizeof(typed), e);
		if (rc >= 0 && signals_check(e) < 0)
			return -e->code;
		if (rc <= 0)
			return rc;
		if (str_eq(typed, "q") || str_eq(typed, ""))
			return 0;
		rc = menu_parse(c->a, typed, c->n, &picks, e);
		if (rc == 0)
			return take(c, picks, ret, ret_n);
		report_warning("%s", e->text);
		error_clear(e);
	}
}

int choose_components(struct run *r, const char ***ret, size_t *ret_n, struct error *e)
{
	struct choices c = { .a = r->arena };
	int rc;

	collect(&c, r->dist);
	look_at_root(&c, r->target->path);
	report_heading("Components for '%s'", r->target->path);
	show(&c);
	rc = ask(&c, ret, ret_n, e);
	if (rc == 0)
		report_note("nothing was done");
	return rc;
}
