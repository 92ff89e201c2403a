#include "inspect_manifest.h"

#include <errno.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/manifest.h"
#include "places.h"
#include "show.h"

static const struct column component_columns[] = {
	{ "file", "File", COLUMN_TEXT },
	{ "component", "Component", COLUMN_TEXT },
	{ "version", "Version", COLUMN_TEXT },
	{ "kind", "Kind", COLUMN_TEXT },
	{ "title", "Title", COLUMN_TEXT },
	{ "translates", "Translates", COLUMN_TEXT },
	{ "languages", "Languages", COLUMN_LIST },
	{ "base", "Base directory", COLUMN_TEXT },
	{ "licenses", "Licences", COLUMN_LIST },
	{ "packages", "Packages", COLUMN_LIST },
	{ "requires", "Requires", COLUMN_LIST },
	{ "conflicts", "Conflicts", COLUMN_LIST },
	{ "os", "Systems", COLUMN_LIST },
	{ "upgrades", "Upgrades", COLUMN_LIST },
	{ "services", "Services", COLUMN_LIST },
	{ "ports", "Ports", COLUMN_LIST },
	{ "config", "Configuration", COLUMN_LIST },
	{ "data", "Data", COLUMN_LIST },
	{ "migrations", "Migrations", COLUMN_LIST },
};
static const struct column problem_columns[] = {
	{ "file", NULL, COLUMN_TEXT },
	{ "line", "LINE", COLUMN_NUMBER },
	{ "text", "PROBLEM", COLUMN_TEXT },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* One text for each of n things, made by `text`. */
#define LIST(a, n, expression) \
	({ const char **list_ = arena_calloc((a), (n) + 1, sizeof(*list_)); \
	   for (size_t i = 0; i < (n); i++) \
		list_[i] = (expression); \
	   list_; })

static const char *with(struct arena *a, const char *name, const char *more)
{
	return more != NULL && *more != '\0' ? arena_printf(a, "%s %s", name, more) : name;
}

static const char *relation(struct arena *a, const struct manifest_relation *rel)
{
	const char *range = rel->range.n > 0 ? version_range_text(a, &rel->range) : NULL;

	return arena_printf(a, "%s%s%s", with(a, rel->component, range),
			    rel->remote ? " (may be on another host)" : "",
			    rel->soft ? " (better with it)" : "");
}

static const char *strategies(struct arena *a, const struct manifest_path *p)
{
	static const struct { enum manifest_strategy bit; const char *name; } all[] = {
		{ STRATEGY_IN_PLACE, "in-place" }, { STRATEGY_SIDE_BY_SIDE, "side-by-side" },
		{ STRATEGY_COEXISTENT, "coexistent" },
	};
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	for (i = 0; i < COUNT(all); i++)
		if (p->strategies & all[i].bit)
			strbuf_addf(&b, "%s%s%s", b.len > 0 ? " or " : "", all[i].name,
				    p->recommended == all[i].bit ? " (recommended)" : "");
	return arena_printf(a, "from %s%s%s: %s", version_range_text(a, &p->from),
			    p->arch != NULL ? " on " : "", p->arch != NULL ? p->arch : "",
			    strbuf_str(&b));
}

static const char *os_text(struct arena *a, const struct manifest_os *o)
{
	const char *range = o->range.n > 0 ? version_range_text(a, &o->range) : NULL;

	return with(a, with(a, o->name, range), o->arch);
}

static const char *data_text(struct arena *a, const struct manifest_data *d)
{
	return arena_printf(a, "%s%s%s%s", d->path, d->format != NULL ? ", format " : "",
			    d->format != NULL ? d->format : "",
			    d->oneway ? ", no way back to an older one" : "");
}

static void show_component(struct arena *a, const char *path, const struct manifest *m)
{
	static const char *const kinds[] = { [COMPONENT_PRODUCT] = "product",
		[COMPONENT_SHARED] = "shared", [COMPONENT_L10N] = "l10n" };
	struct table *t = table_new(a, "components", component_columns,
				    COUNT(component_columns));

	table_add(t, (struct cell[]){
		CELL_S(path), CELL_S(m->id), CELL_S(m->version), CELL_S(kinds[m->kind]),
		CELL_S(m->title), CELL_S(m->translates), CELL_L(m->languages), CELL_S(m->base),
		CELL_L(LIST(a, m->nlicenses, m->licenses[i].name != NULL ? m->licenses[i].name :
									   m->licenses[i].file)),
		CELL_L(LIST(a, m->npackages, with(a, m->packages[i].name, m->packages[i].version))),
		CELL_L(LIST(a, m->nrequires, relation(a, &m->requires[i]))),
		CELL_L(LIST(a, m->nconflicts, relation(a, &m->conflicts[i]))),
		CELL_L(LIST(a, m->nos, os_text(a, &m->os[i]))),
		CELL_L(LIST(a, m->npaths, strategies(a, &m->paths[i]))),
		CELL_L(LIST(a, m->nservices, m->services[i].name)),
		CELL_L(LIST(a, m->nports, arena_printf(a, "%u/%s", m->ports[i].number,
						       m->ports[i].udp ? "udp" : "tcp"))),
		CELL_L(LIST(a, m->nconfigs, m->configs[i].file)),
		CELL_L(LIST(a, m->ndata, data_text(a, &m->data[i]))),
		CELL_L(LIST(a, m->nmigrations, arena_printf(a, "from %s: %s",
			version_range_text(a, &m->migrations[i].from), m->migrations[i].exec))) });
	show_entry(t);
}

static void show_problems(struct arena *a, const char *path, const struct manifest *m)
{
	struct table *t = table_new(a, "manifest_problems", problem_columns,
				    COUNT(problem_columns));
	size_t i;

	for (i = 0; i < m->nproblems; i++) {
		report_marked(MARK_BAD, "%s:%u: %s", path, m->problems[i].line,
			      m->problems[i].text);
		table_add(t, (struct cell[]){ CELL_S(path), CELL_N(m->problems[i].line),
					      CELL_S(m->problems[i].text) });
	}
	show_json_table(t);
}

/* The file, or the beginning that shows that it is no manifest; 0: not one. */
static int read_manifest(const char *path, struct strbuf *b, struct error *e)
{
	AUTO_FD int fd = -EBADF;
	char block[16384];
	ssize_t n;
	int rc;

	if (places_look(path) != PLACE_FILE)
		return 0;
	rc = places_open(path, &fd, e);
	if (rc < 0)
		return rc;
	while (b->len <= MANIFEST_MAX_BYTES && (n = read(fd, block, sizeof(block))) > 0) {
		strbuf_add(b, block, (size_t)n);
		if (!manifest_probe(b->p, b->len))
			return 0;
	}
	return b->len > 0;
}

int inspect_manifest(struct run *r, const char *path, struct error *e)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct manifest m;
	int rc = read_manifest(path, &b, e);

	if (rc <= 0)
		return rc;
	rc = manifest_parse(r->arena, b.p, b.len, path, &m, e);
	if (rc == -E_LIMIT)
		return rc;
	if (rc < 0) {
		show_problems(r->arena, path, &m);
		return error_set(e, E_FORMAT, "the manifest '%s' has %zu problem%s", path,
				 m.nproblems, m.nproblems == 1 ? "" : "s");
	}
	show_component(r->arena, path, &m);
	report_marked(MARK_OK, "the manifest follows the schema");
	return 1;
}
