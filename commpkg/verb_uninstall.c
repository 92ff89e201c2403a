/* uninstall: packages out of a root. */
#include "view.h"
#include "writer.h"

static int all_packages(struct run *r, const struct view *v, struct error *e)
{
	struct operands *ops = arena_alloc(r->arena, sizeof(*ops));
	struct pkgdb_component *c;
	struct pkgdb_package *p;
	size_t n, ncomponents, i;
	int rc = view_packages(v, r->arena, &p, &n, e);

	if (rc == 0)
		rc = view_components(v, r->arena, &c, &ncomponents, e);
	if (rc < 0)
		return rc;
	*ops = *r->operands;
	ops->names = arena_calloc(r->arena, n + ncomponents + 1, sizeof(*ops->names));
	ops->nnames = n + ncomponents;
	for (i = 0; i < n; i++)
		ops->names[i] = arena_printf(r->arena, "package:%s", p[i].instance);
	for (i = 0; i < ncomponents; i++)
		ops->names[n + i] = arena_printf(r->arena, "component:%s", c[i].name);
	r->operands = ops;
	return 0;
}

/* What is there, read once for all names. */
struct known {
	struct pkgdb_component *components;
	struct pkgdb_package *packages;
	size_t ncomponents, npackages;
};

/* A name as typed: a component, or the instance of a package. */
static int find_name(const struct view *v, struct arena *a, const struct known *k, const char *word,
		     const char **ret, struct error *e)
{
	struct pkgdb_component c;
	struct pkgdb_package p;
	int rc = view_component_of(v, k->components, k->ncomponents, word, &c, e);

	if (rc != 0) {
		*ret = word; /* with the note of the solver, if it is a package too */
		if (rc > 0 && strchr(word, '=') != NULL)
			*ret = arena_printf(a, "component:%s", c.name);
		return rc < 0 ? rc : 0;
	}
	rc = view_package_of(v, k->packages, k->npackages, word, &p, e);
	if (rc == 0)
		*ret = p.instance;
	return rc;
}

static int named_packages(struct run *r, const struct view *v, struct error *e)
{
	struct operands *ops = arena_alloc(r->arena, sizeof(*ops));
	struct known k;
	size_t i;
	int rc = view_packages(v, r->arena, &k.packages, &k.npackages, e);

	if (rc == 0)
		rc = view_components(v, r->arena, &k.components, &k.ncomponents, e);
	*ops = *r->operands;
	ops->names = arena_calloc(r->arena, ops->nnames + 1, sizeof(*ops->names));
	for (i = 0; rc == 0 && i < ops->nnames; i++)
		rc = find_name(v, r->arena, &k, r->operands->names[i], &ops->names[i], e);
	r->operands = ops;
	return rc;
}

static int find_packages(struct run *r, struct error *e)
{
	AUTO_VIEW struct view v = { .root = NULL };
	int rc = view_open(r->target->path, &v, e);

	if (rc == 0)
		rc = r->o->all ? all_packages(r, &v, e) : named_packages(r, &v, e);
	return rc;
}

int verb_uninstall(struct run *r, struct error *e)
{
	const struct operands *given = r->operands;
	struct writer w;
	int rc;

	if (r->o->all && given->nnames > 0)
		return error_set(e, E_USAGE, "'--all' and names exclude each other");
	if (!r->o->all && given->nnames == 0) {
		error_set(e, E_USAGE, "'uninstall' wants a component or a package");
		return error_hint(e, "'--all' removes everything");
	}
	rc = find_packages(r, e);
	writer_init(&w, r, "Uninstall from", "removed");
	if (rc == 0)
		rc = writer_wishes(&w, WISH_REMOVE, e);
	if (rc == 0)
		rc = writer_run(&w, e);
	r->operands = given; /* the next root is another one */
	return rc;
}
