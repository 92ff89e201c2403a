/* What is held is not taken back either. */
#include "hold.h"
#include "pkgdb/component.h"
#include "undo_look.h"

struct held {
	struct undo *u;
	const char *const *holds;
	size_t nholds;
	struct pkgdb_component *components;
	size_t ncomponents;
};

static int refuse(const struct held *h, const char *name, const char *what, struct error *e)
{
	const char *root = h->u->session->root->path;

	(void)error_set(e, E_CONFLICT, "'%s' is held, and %s", name, what);
	return error_hint(e, "'commpkg hold -R %s --remove %s' lifts it",
			  str_shell(h->u->a, root), name);
}

/* The component that is held and has it, or NULL. */
static const char *holder(const struct held *h, const char *instance)
{
	for (size_t i = 0; i < h->ncomponents; i++) {
		const struct pkgdb_component *c = &h->components[i];

		if (holds_have(h->holds, h->nholds, HOLD_COMPONENT, c->name) &&
		    pkgdb_component_has(c, instance))
			return c->name;
	}
	return NULL;
}

static const char *what_text(const struct held *h, const struct txn_change *c)
{
	if (c->to == NULL)
		return arena_printf(h->u->a, "that would remove %s %s", c->instance, c->from);
	return arena_printf(h->u->a, "that would change %s %s to %s", c->instance, c->from, c->to);
}

static int look(const struct held *h, struct error *e)
{
	const struct undo_changes *v = &h->u->turned_components;

	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].from != NULL &&
		    holds_have(h->holds, h->nholds, HOLD_COMPONENT, v->v[i].instance))
			return refuse(h, v->v[i].instance, what_text(h, &v->v[i]), e);
	v = &h->u->turned;
	for (size_t i = 0; i < v->n; i++) {
		const char *by = holder(h, v->v[i].instance);

		if (by == NULL && holds_have(h->holds, h->nholds, HOLD_PACKAGE, v->v[i].instance))
			by = v->v[i].instance;
		if (v->v[i].from != NULL && by != NULL)
			return refuse(h, by, what_text(h, &v->v[i]), e);
	}
	return 0;
}

int undo_holds(struct undo *u, struct error *e)
{
	struct held h = { .u = u };
	int rc = holds_read(u->session->db, u->a, &h.holds, &h.nholds, e);

	if (rc < 0 || h.nholds == 0)
		return rc;
	rc = pkgdb_components(u->session->db, u->a, PKGDB_NOW, &h.components, &h.ncomponents, e);
	return rc < 0 ? rc : look(&h, e);
}
