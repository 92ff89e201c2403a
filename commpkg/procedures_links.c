/* Files with several names that a package has, or had: a script that writes to one of them writes
 * to all (overlay_links.h). */
#include "procedures_internal.h"

#include "verify.h"

struct names {
	struct procedure_run *r;
	VEC(struct rpath) v;
};

/* Where it lies in the root, as the layers have it. What can't be found out is not a name. */
static void add(struct names *n, struct rpath client)
{
	struct stage *s = n->r->s;
	struct rpath real;

	if (tree_canonical(s->plan->root->tree, s->a, client, &real, NULL) == 0)
		*VEC_PUSH(&n->v) = real;
}

static void add_row(struct names *n, const struct pkgdb_file *f)
{
	struct rpath path, other;

	if (f->ftype != 'l' || f->target == NULL ||
	    !verify_linked_to(n->r->s->a, f->path, f->target, &other) ||
	    rpath_parse(n->r->s->a, f->path, &path, NULL) < 0)
		return;
	add(n, path);
	add(n, other);
}

const struct overlay_wish *procedure_wish(struct procedure_run *r)
{
	const struct mapping *m = &r->ps->mapping;
	struct names n = { .r = r };
	size_t i;

	r->wish.memory = r->s->plan->options->script_memory;
	if (r->linked_step == r->ps)
		return &r->wish;
	for (i = 0; i < m->n; i++) {
		if (m->v[i].entry->ftype != 'l')
			continue;
		add(&n, m->v[i].path);
		add(&n, m->v[i].link);
	}
	for (i = 0; i < r->ps->nrows; i++)
		add_row(&n, &r->ps->rows[i]);
	r->wish.links = arena_memdup(r->s->a, n.v.v, n.v.n, sizeof(*n.v.v));
	r->wish.nlinks = n.v.n;
	r->linked_step = r->ps;
	VEC_FREE(&n.v);
	return &r->wish;
}
