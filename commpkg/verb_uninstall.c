/* uninstall: packages out of a root. */
#include "view.h"
#include "writer.h"

static int all_packages(struct run *r, const struct view *v, struct error *e)
{
	struct operands *ops = arena_alloc(r->arena, sizeof(*ops));
	struct pkgdb_package *p;
	size_t n, i;
	int rc = view_packages(v, r->arena, &p, &n, e);

	if (rc < 0)
		return rc;
	*ops = *r->operands;
	ops->names = arena_calloc(r->arena, n + 1, sizeof(*ops->names));
	ops->nnames = n;
	for (i = 0; i < n; i++)
		ops->names[i] = p[i].instance;
	r->operands = ops;
	return 0;
}

/* Names as typed to instances. */
static int named_packages(struct run *r, const struct view *v, struct error *e)
{
	struct operands *ops = arena_alloc(r->arena, sizeof(*ops));
	struct pkgdb_package p;
	size_t i;
	int rc = 0;

	*ops = *r->operands;
	ops->names = arena_calloc(r->arena, ops->nnames + 1, sizeof(*ops->names));
	for (i = 0; rc == 0 && i < ops->nnames; i++) {
		rc = view_package(v, r->arena, r->operands->names[i], &p, e);
		if (rc == 0)
			ops->names[i] = p.instance;
	}
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
		return error_set(e, E_USAGE, "'--all' and names of packages exclude each other");
	if (!r->o->all && given->nnames == 0) {
		error_set(e, E_USAGE, "'uninstall' wants a package");
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
