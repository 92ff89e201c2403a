/* Services of components that change with an undo (services.h). */
#include "undo_look.h"

#include "pkgdb/component.h"

static int side_of(struct undo *u, const char *name, int64_t at, struct service_side *ret,
		   struct error *e)
{
	struct manifest *m = arena_alloc(u->a, sizeof(*m));
	struct pkgdb_component c;
	int rc = pkgdb_component_find(u->session->db, u->a, name, at, &c, e);

	if (rc <= 0)
		return rc;
	rc = pkgdb_component_manifest(u->a, &c, m, e);
	if (rc == 0)
		*ret = (struct service_side){ .version = c.version, .manifest = m,
					      .base = services_base(c.base) };
	return rc;
}

/* A switch and its way back. */
static bool is_same(const struct service_change *c)
{
	return c->from.manifest != NULL && c->to.manifest != NULL &&
	       str_eq(c->from.version, c->to.version) && str_eq(c->from.base, c->to.base);
}

/* Side by side: the other half of a switch, which is told of the current one. */
static bool is_renamed(const struct undo *u, const struct txn_change *c)
{
	const char *plus = strchr(c->instance, '+');

	for (size_t i = 0; plus != NULL && i < u->turned_components.n; i++) {
		const struct txn_change *x = &u->turned_components.v[i];

		if (strlen(x->instance) == (size_t)(plus - c->instance) &&
		    str_has_prefix(c->instance, x->instance) &&
		    ((x->to != NULL && str_eq(x->to, plus + 1)) ||
		     (x->from != NULL && str_eq(x->from, plus + 1))))
			return true;
	}
	return false;
}

int undo_services(struct undo *u, enum services_policy policy, struct error *e)
{
	size_t n = u->turned_components.n, i;
	struct service_change *changes = arena_calloc(u->a, n + 1, sizeof(*changes));
	int64_t then = u->list[u->nlist - 1].n - 1;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		const struct txn_change *c = &u->turned_components.v[i];

		changes[i].component = pkgdb_component_plain(u->a, c->instance);
		if (is_renamed(u, c))
			continue;
		if (c->from != NULL)
			rc = side_of(u, c->instance, PKGDB_NOW, &changes[i].from, e);
		if (rc == 0 && c->to != NULL)
			rc = side_of(u, c->instance, then, &changes[i].to, e);
		if (rc == 0 && is_same(&changes[i]))
			changes[i].from = changes[i].to = (struct service_side){ .base = NULL };
	}
	if (rc < 0)
		return rc;
	services_order(u->a, changes, n);
	services_find(u->a, changes, n, &u->services, &u->nservices);
	u->services_why = services_why_not(policy, u->session->root->live);
	return 0;
}
