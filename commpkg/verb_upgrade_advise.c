/* upgrade --advise: from what is installed to what the distribution has, and how. */
#include "formats/version.h"
#include "migrate.h"
#include "services.h"
#include "show.h"
#include "strategy.h"
#include "verb_upgrade.h"
#include "view.h"

static const struct column columns[] = {
	{ "component", "COMPONENT", COLUMN_TEXT },
	{ "from", "INSTALLED", COLUMN_TEXT },
	{ "to", "AVAILABLE", COLUMN_TEXT },
	{ "change", "CHANGE", COLUMN_TEXT },
	{ "strategies", "STRATEGIES", COLUMN_LIST },
	{ "recommended", "RECOMMENDED", COLUMN_TEXT },
	{ "services", NULL, COLUMN_LIST },
	{ "migrate", NULL, COLUMN_TEXT },
	{ "oneway", NULL, COLUMN_LIST },
	{ "saved", NULL, COLUMN_LIST },
};

struct advising {
	struct run *r;
	struct table *t;
	struct pkgdb_package *packages;	/* installed */
	size_t npackages;
};

/* What an upgrade in place does besides. */
struct steps {
	struct service *services;
	size_t nservices;
	struct migration *migrations;
	size_t nmigrations;
	struct data_save *saves;
	size_t nsaves;
};

static void find_steps(struct arena *a, const struct service_change *c, struct steps *ret)
{
	services_find(a, c, 1, &ret->services, &ret->nservices);
	migrations_find(a, c, 1, &ret->migrations, &ret->nmigrations);
	data_saves_find(a, c, 1, &ret->saves, &ret->nsaves);
}

static const char *const *service_names(struct arena *a, const struct steps *s)
{
	const char **list = arena_calloc(a, s->nservices + 1, sizeof(*list));
	size_t i;

	for (i = 0; i < s->nservices; i++)
		list[i] = s->services[i].name;
	return list;
}

static const char *const *data_paths(struct arena *a, const struct steps *s, bool oneway)
{
	VEC(const char *) v = VEC_INIT;
	const char *const *list;
	size_t i, k;

	for (i = 0; i < s->nsaves; i++)
		for (k = 0; k == 0 || (!oneway && s->saves[i].save[k] != NULL); k++)
			if (!oneway || s->saves[i].oneway)
				*VEC_PUSH(&v) = arena_printf(a, "/%s", oneway ? s->saves[i].path :
							     s->saves[i].save[k]);
	*VEC_PUSH(&v) = NULL;
	list = arena_memdup(a, v.v, v.n, sizeof(*v.v));
	VEC_FREE(&v);
	return list;
}

/* In the order in which it would be done. */
static void tell_steps(struct arena *a, const struct service_change *c, const struct steps *s)
{
	const char *const *oneway = data_paths(a, s, true);
	size_t i;

	report_out("%s", "");
	report_heading("%s %s to %s, in place", c->component, c->from.version, c->to.version);
	for (i = 0; i < s->nservices; i++)
		if (s->services[i].stop != NULL)
			report_out("  stop     %s: %s", s->services[i].name, s->services[i].stop);
	report_out("  replace  its packages; edited configuration is merged");
	for (i = 0; i < s->nmigrations; i++)
		report_out("  migrate  %s", s->migrations[i].exec);
	for (i = 0; i < s->nservices; i++)
		if (s->services[i].start != NULL)
			report_out("  start    %s: %s", s->services[i].name, s->services[i].start);
	report_out("  undo     packages, configuration%s", s->nsaves > 0 ?
		   ", and what is saved of its data" : s->nmigrations > 0 ?
		   ", and what the migration changed" : "");
	for (i = 0; oneway[i] != NULL; i++)
		report_marked(MARK_WARN, "%s becomes what %s can't read: what arrives afterwards "
			      "is not in what undo brings back", oneway[i], c->from.version);
}

/* Another host is made of this one, which goes on as it is. */
static void tell_coexistent(const struct service_change *c, const struct steps *s)
{
	size_t i;

	report_out("%s", "");
	report_heading("%s %s to %s, coexistent", c->component, c->from.version, c->to.version);
	report_out("  state    commpkg info --state >FILE, here; nothing is changed");
	report_out("  install  commpkg install --silent FILE, there, without its line "
		   "COMPONENT_VERSIONS; edited configuration is %s",
		   s->nmigrations > 0 ? "merged, then migrated" : "merged");
	for (i = 0; i < s->nmigrations; i++)
		report_out("  data     commpkg migrate %s --from DIRECTORY --only \"NAMES\", "
			   "there, a portion at a time; both serve", c->component);
	report_out("  undo     this host is as it was");
}

static void advise_one(struct advising *x, const struct service_change *c,
		       struct strategy_from there)
{
	struct arena *a = x->r->arena;
	const char *from = c->from.version;
	unsigned may = strategy_allowed(c->to.manifest, there);
	struct steps s;

	find_steps(a, c, &s);
	table_add(x->t, (struct cell[]){
		CELL_S(c->component), CELL_S(from), CELL_S(c->to.version),
		CELL_S(version_compare(from, c->to.version) < 0 ? "upgrade" : "downgrade"),
		CELL_L(strategy_list(a, may)),
		CELL_S(strategy_name(strategy_recommended(c->to.manifest, there))),
		CELL_L(service_names(a, &s)),
		CELL_S(s.nmigrations > 0 ? s.migrations[0].exec : NULL),
		CELL_L(data_paths(a, &s, true)), CELL_L(data_paths(a, &s, false)) });
}

/* ---- which */

static bool is_wanted(const struct run *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->operands->nnames; i++)
		if (str_eq(r->operands->names[i], name))
			return true;
	return r->operands->nnames == 0;
}

static int change_to(struct run *r, const struct pkgdb_component *c,
		     const struct dist_component *to, struct service_change *ret, struct error *e)
{
	struct manifest *m = arena_alloc(r->arena, sizeof(*m));
	int rc = pkgdb_component_manifest(r->arena, c, m, e);

	*ret = (struct service_change){
		.component = c->name,
		.from = { .version = c->version, .base = services_base(c->base), .manifest = m },
		.to = { .version = to->manifest->version, .base = services_base(c->base),
			.manifest = to->manifest },
	};
	return rc;
}

/* Does a switch back bring what has arrived since? */
static bool brings_back(const struct service_change *c)
{
	const struct manifest_migrate *m = migrate_from(c->from.manifest, c->to.version);

	return m != NULL && m->again != NULL;
}

/* Another version in a directory of its own, which takes over when it is looked at. */
static void tell_beside(const struct service_change *c, const struct steps *s)
{
	report_out("%s", "");
	report_heading("%s %s to %s, side by side", c->component, c->from.version, c->to.version);
	if (c->to.manifest->kind == COMPONENT_SHARED) {
		report_out("  beside   where what is installed beside another version needs it; "
			   "both serve");
		return;
	}
	report_out("  install  commpkg install %s=%s --beside %s; the old one goes on as it is",
		   c->component, c->to.version, c->from.version);
	for (size_t i = 0; i < s->nmigrations; i++)
		report_out("  migrate  commpkg migrate %s (%s); the old one is read only",
			   c->component, s->migrations[i].exec);
	report_out("  switch   commpkg switch %s: servers, ports, and the link current/%s",
		   c->component, c->component);
	report_out("  undo     commpkg switch %s=%s%s%s", c->component, c->from.version,
		   s->nmigrations > 0 ? "; commpkg migrate --undo " : "",
		   s->nmigrations > 0 ? c->component : "");
	for (size_t i = 0; !brings_back(c) && i < s->nsaves; i++)
		report_marked(MARK_WARN, "what arrives after the switch stays with %s: nothing "
			      "brings it to /%s, which %s goes on with", c->to.version,
			      s->saves[i].path, c->from.version);
}

static int each_version(struct advising *x, const struct pkgdb_component *c, bool steps,
			struct error *e)
{
	struct run *r = x->r;
	const struct strategy_from from = strategy_from(r->arena, c, x->packages, x->npackages);
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < dist_component_count(r->dist); i++) {
		const struct dist_component *to = dist_component(r->dist, i);
		unsigned may = strategy_allowed(to->manifest, from);
		struct service_change change;
		struct steps s;

		if (!str_eq(to->manifest->id, c->name) ||
		    version_compare(to->manifest->version, c->version) == 0)
			continue;
		rc = change_to(r, c, to, &change, e);
		if (rc < 0)
			break;
		if (!steps) {
			advise_one(x, &change, from);
			continue;
		}
		find_steps(r->arena, &change, &s);
		if (may & STRATEGY_COEXISTENT)
			tell_coexistent(&change, &s);
		if (may & STRATEGY_SIDE_BY_SIDE)
			tell_beside(&change, &s);
		if (may & STRATEGY_IN_PLACE)
			tell_steps(r->arena, &change, &s);
	}
	return rc;
}

static int check_names(const struct run *r, const struct pkgdb_component *c, size_t n,
		       struct error *e)
{
	size_t i, k;

	for (i = 0; i < r->operands->nnames; i++) {
		for (k = 0; k < n && !str_eq(c[k].name, r->operands->names[i]); k++)
			continue;
		if (k < n)
			continue;
		(void)error_set(e, E_NOT_FOUND, "component '%s' is not installed in '%s'",
				r->operands->names[i], r->target->path);
		return error_hint(e, "commpkg info shows what is");
	}
	return 0;
}

int upgrade_advise(struct run *r, struct error *e)
{
	struct advising x = { .r = r };
	AUTO_VIEW struct view v = { .root = NULL };
	struct pkgdb_component *c;
	size_t n = 0, i, pass;
	int rc = view_open(r->target->path, &v, e);

	x.t = table_new(r->arena, "advice", columns, sizeof(columns) / sizeof(columns[0]));
	if (rc == 0 && v.db != NULL)
		rc = view_components(&v, r->arena, &c, &n, e);
	if (rc == 0 && v.db != NULL)
		rc = view_packages(&v, r->arena, &x.packages, &x.npackages, e);
	if (rc == 0)
		rc = check_names(r, c, n, e);
	for (pass = 0; rc == 0 && pass < 2; pass++) {
		for (i = 0; rc == 0 && i < n; i++)
			if (is_wanted(r, c[i].name))
				rc = each_version(&x, &c[i], pass > 0, e);
		if (rc == 0 && pass == 0)
			show_table(x.t);
	}
	if (rc == 0 && x.t->nrows == 0)
		report_note("the distribution has no other version of what is installed in '%s'",
			    r->target->path);
	return rc < 0 ? rc : EXIT_DONE;
}
