/* verify: components to the packages they are made of. */
#include "verify_components.h"

#include "show.h"

static const struct column incomplete_columns[] = {
	{ "component", NULL, COLUMN_TEXT },
	{ "version", NULL, COLUMN_TEXT },
	{ "package", NULL, COLUMN_TEXT },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct names {
	VEC(const char *) v;
};

static bool is_installed(const struct pkgdb_package *p, size_t n, const char *instance)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(p[i].instance, instance))
			return true;
	return false;
}

static void add_packages(struct names *l, const struct pkgdb_component *c,
			 const struct pkgdb_package *p, size_t n)
{
	for (size_t i = 0; i < c->npackages; i++)
		if (is_installed(p, n, c->packages[i]))
			*VEC_PUSH(&l->v) = c->packages[i];
}

static int add_name(struct run *r, const struct view *v, const char *word,
		    const struct pkgdb_package *p, size_t n, struct names *l, struct error *e)
{
	struct pkgdb_component c;
	struct pkgdb_package one;
	int rc = view_component(v, r->arena, word, &c, e);

	if (rc > 0)
		add_packages(l, &c, p, n);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = view_package(v, r->arena, word, &one, e);
	if (rc == 0)
		*VEC_PUSH(&l->v) = one.instance;
	return rc;
}

/* Does some shared component have it, and no other? */
static bool only_shared(const struct pkgdb_component *c, size_t n, const char *instance)
{
	bool shared = false;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < c[i].npackages; k++) {
			if (!str_eq(c[i].packages[k], instance))
				continue;
			if (c[i].kind != 'S')
				return false;
			shared = true;
		}
	return shared;
}

static int add_others(struct run *r, const struct view *v, const struct pkgdb_package *p, size_t n,
		      struct names *l, struct error *e)
{
	struct pkgdb_component *c;
	size_t ncomponents;
	int rc = view_components(v, r->arena, &c, &ncomponents, e);

	for (size_t i = 0; rc == 0 && i < n; i++)
		if (!only_shared(c, ncomponents, p[i].instance))
			*VEC_PUSH(&l->v) = p[i].instance;
	return rc;
}

int verify_instances(struct run *r, const struct view *v, const char *const **ret, size_t *ret_n,
		     struct error *e)
{
	struct names l = { { NULL, 0, 0 } };
	struct pkgdb_package *p;
	size_t n;
	int rc = view_packages(v, r->arena, &p, &n, e);

	for (size_t i = 0; rc == 0 && i < r->operands->nnames; i++)
		rc = add_name(r, v, r->operands->names[i], p, n, &l, e);
	if (rc == 0 && r->operands->nnames == 0 && r->o->exclude_shared)
		rc = add_others(r, v, p, n, &l, e);
	if (rc == 0) {
		*ret = arena_memdup(r->arena, l.v.v, l.v.n, sizeof(*l.v.v));
		*ret_n = l.v.n;
	}
	VEC_FREE(&l.v);
	return rc;
}

static bool is_meant(const struct run *r, const struct pkgdb_component *c)
{
	bool meant = r->operands->nnames == 0 && !(r->o->exclude_shared && c->kind == 'S');

	for (size_t i = 0; i < r->operands->nnames; i++) {
		const char *word = r->operands->names[i];

		word += str_has_prefix(word, "component:") ? strlen("component:") : 0;
		meant = meant || str_eq(word, c->name) || pkgdb_component_is(c, word);
	}
	return meant;
}

int verify_missing(struct run *r, const struct view *v, size_t *ret, struct error *e)
{
	struct table *t = table_new(r->arena, "incomplete", incomplete_columns,
				    COUNT(incomplete_columns));
	struct pkgdb_component *c;
	struct pkgdb_package *p;
	size_t n, ncomponents;
	int rc = view_packages(v, r->arena, &p, &n, e);

	if (rc == 0)
		rc = view_components(v, r->arena, &c, &ncomponents, e);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < ncomponents; i++)
		for (size_t k = 0; is_meant(r, &c[i]) && k < c[i].npackages; k++) {
			if (is_installed(p, n, c[i].packages[k]))
				continue;
			report_marked(MARK_BAD, "component %s %s: package '%s' is not installed",
				      pkgdb_component_plain(r->arena, c[i].name), c[i].version,
				      c[i].packages[k]);
			table_add(t, (struct cell[]){
				CELL_S(pkgdb_component_plain(r->arena, c[i].name)),
				CELL_S(c[i].version), CELL_S(c[i].packages[k]) });
		}
	show_json_table(t);
	*ret = t->nrows;
	return 0;
}
