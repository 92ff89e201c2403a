/* info: components of a root. */
#include "verb_info_components.h"

#include "formats/manifest.h"
#include "hold.h"
#include "show.h"

static const struct column component_columns[] = {
	{ "component", "COMPONENT", COLUMN_TEXT },
	{ "version", NULL, COLUMN_TEXT },
	{ "label", "VERSION", COLUMN_TEXT },
	{ "current", NULL, COLUMN_FLAG },
	{ "kind", "KIND", COLUMN_TEXT },
	{ "count", "PACKAGES", COLUMN_NUMBER },
	{ "packages", NULL, COLUMN_LIST },
	{ "bytes", "SIZE", COLUMN_SIZE },
	{ "base", "INSTALLED IN", COLUMN_TEXT },
	{ "title", "TITLE", COLUMN_TEXT },
	{ "manual", NULL, COLUMN_FLAG },
	{ "transaction", NULL, COLUMN_NUMBER },
	{ "missing", NULL, COLUMN_LIST },
	{ "held", NULL, COLUMN_FLAG },
};
static const struct column detail_columns[] = {
	{ "component", "Component", COLUMN_TEXT },
	{ "version", NULL, COLUMN_TEXT },
	{ "label", "Version", COLUMN_TEXT },
	{ "current", NULL, COLUMN_FLAG },
	{ "kind", "Kind", COLUMN_TEXT },
	{ "count", NULL, COLUMN_NUMBER },
	{ "packages", "Packages", COLUMN_LIST },
	{ "bytes", "Size", COLUMN_SIZE },
	{ "base", "Installed in", COLUMN_TEXT },
	{ "title", "Title", COLUMN_TEXT },
	{ "manual", "Named by a user", COLUMN_FLAG },
	{ "transaction", "Transaction", COLUMN_NUMBER },
	{ "missing", "Missing packages", COLUMN_LIST },
	{ "held", "Held", COLUMN_FLAG },
	{ "requires", "Needs", COLUMN_LIST },
	{ "needed_by", "Needed by", COLUMN_LIST },
	{ "services", "Services", COLUMN_LIST },
	{ "ports", "Ports", COLUMN_LIST },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define COMPONENT_CELLS COUNT(component_columns)

static const char *kind_name(char kind)
{
	return kind == 'S' ? "shared" : kind == 'L' ? "l10n" : "product";
}

static const struct pkgdb_package *package_of(const struct pkgdb_package *p, size_t n,
					      const char *instance)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(p[i].instance, instance))
			return &p[i];
	return NULL;
}

static void component_cells(const struct info_of *o, const struct pkgdb_component *c,
			    struct cell *ret)
{
	const struct pkgdb_package *p = o->packages;
	struct arena *a = o->a;
	size_t n = o->npackages;
	const char **packages = arena_calloc(a, c->npackages + 1, sizeof(*packages));
	const char **missing = arena_calloc(a, c->npackages + 1, sizeof(*missing));
	bool beside = pkgdb_component_beside(c->name);
	uint64_t bytes = 0;
	size_t nmissing = 0;

	for (size_t i = 0; i < c->npackages; i++) {
		const struct pkgdb_package *x = package_of(p, n, c->packages[i]);

		packages[i] = c->packages[i];
		if (x != NULL)
			bytes += x->payload_bytes;
		else
			missing[nmissing++] = c->packages[i];
	}
	const struct cell cells[COMPONENT_CELLS] = {
		CELL_S(pkgdb_component_plain(a, c->name)), CELL_S(c->version),
		CELL_S(beside ? arena_printf(a, "%s (beside)", c->version) : c->version),
		CELL_N(!beside), CELL_S(kind_name(c->kind)),
		CELL_N(c->npackages), CELL_L(packages), CELL_N(bytes), CELL_S(c->base),
		CELL_S(c->title), CELL_N(c->manual), CELL_N(c->added), CELL_L(missing),
		CELL_N(holds_have(o->holds, o->nholds, HOLD_COMPONENT, c->name)),
	};

	memcpy(ret, cells, sizeof(cells));
}

int info_read(struct arena *a, const struct view *v, struct info_of *ret, struct error *e)
{
	int rc;

	*ret = (struct info_of){ .a = a };
	rc = view_packages(v, a, &ret->packages, &ret->npackages, e);
	if (rc == 0)
		rc = view_components(v, a, &ret->components, &ret->ncomponents, e);
	if (rc == 0 && v->db != NULL)
		rc = holds_read(v->db, a, &ret->holds, &ret->nholds, e);
	return rc;
}

void info_components(const struct info_of *o)
{
	struct table *t = table_new(o->a, "components", component_columns, COMPONENT_CELLS);
	struct cell cells[COMPONENT_CELLS];

	for (size_t i = 0; i < o->ncomponents; i++) {
		component_cells(o, &o->components[i], cells);
		table_add(t, cells);
	}
	if (o->ncomponents > 0)
		report_out("%s", "");
	show_table(t);
}

/* ---- one */

/* The database of a root is input: a manifest that can't be read says nothing. */
static void read_manifest(struct arena *a, const struct pkgdb_component *c, struct manifest *ret)
{
	if (pkgdb_component_manifest(a, c, ret, NULL) < 0)
		*ret = (struct manifest){ .id = pkgdb_component_plain(a, c->name) };
}

static const char *const *needs(struct arena *a, const struct manifest *m)
{
	const char **list = arena_calloc(a, m->nrequires + 2, sizeof(*list));
	size_t k = 0;

	if (m->translates != NULL)
		list[k++] = m->translates;
	for (size_t i = 0; i < m->nrequires; i++) {
		const struct manifest_relation *x = &m->requires[i];
		const char *range = x->range.n > 0 ? version_range_text(a, &x->range) : "";

		list[k++] = arena_printf(a, "%s%s%s%s%s", x->component, *range != '\0' ? " " : "",
					 range, x->remote ? " (may be on another host)" : "",
					 x->soft ? " (better with it)" : "");
	}
	return list;
}

static bool needs_it(const struct manifest *m, const char *id)
{
	if (m->translates != NULL && str_eq(m->translates, id))
		return true;
	for (size_t i = 0; i < m->nrequires; i++)
		if (str_eq(m->requires[i].component, id) && !m->requires[i].remote)
			return true;
	return false;
}

static const char *const *needed_by(struct arena *a, const struct pkgdb_component *all, size_t n,
				    const char *id)
{
	const char **list = arena_calloc(a, n + 1, sizeof(*list));
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		struct manifest m;

		read_manifest(a, &all[i], &m);
		if (needs_it(&m, id))
			list[k++] = pkgdb_component_plain(a, all[i].name);
	}
	return list;
}

static const char *const *services(struct arena *a, const struct manifest *m)
{
	const char **list = arena_calloc(a, m->nservices + 1, sizeof(*list));

	for (size_t i = 0; i < m->nservices; i++)
		list[i] = m->services[i].name;
	return list;
}

static const char *const *ports(struct arena *a, const struct manifest *m)
{
	const char **list = arena_calloc(a, m->nports + 1, sizeof(*list));

	for (size_t i = 0; i < m->nports; i++)
		list[i] = arena_printf(a, "%u/%s", m->ports[i].number,
				       m->ports[i].udp ? "udp" : "tcp");
	return list;
}

void info_component(const struct info_of *o, const struct pkgdb_component *c)
{
	struct table *t = table_new(o->a, "components", detail_columns, COUNT(detail_columns));
	struct cell cells[COUNT(detail_columns)] = { { .text = NULL } };
	struct manifest m;

	read_manifest(o->a, c, &m);
	component_cells(o, c, cells);
	cells[COMPONENT_CELLS] = (struct cell)CELL_L(needs(o->a, &m));
	cells[COMPONENT_CELLS + 1] =
		(struct cell)CELL_L(needed_by(o->a, o->components, o->ncomponents, m.id));
	cells[COMPONENT_CELLS + 2] = (struct cell)CELL_L(services(o->a, &m));
	cells[COMPONENT_CELLS + 3] = (struct cell)CELL_L(ports(o->a, &m));
	table_add(t, cells);
	show_entry(t);
}

const char *const *info_users(struct arena *a, const struct pkgdb_component *c, size_t n,
			      const char *instance)
{
	const char **list = arena_calloc(a, n + 1, sizeof(*list));
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (pkgdb_component_has(&c[i], instance))
				list[k++] = pkgdb_component_beside(c[i].name) ?
					arena_printf(a, "%s %s",
						     pkgdb_component_plain(a, c[i].name),
						     c[i].version) : c[i].name;
	return list;
}
