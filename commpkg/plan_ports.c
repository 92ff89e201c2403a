/* Two components on one port: the second of their servers would not come up. That is no problem of
 * the plan (a number in their configuration mends it), but it is said beforehand. */
#include "planner.h"

struct taker {
	const char *name, *version;
	uint32_t number;
	bool udp;
};

struct taken {
	struct planner *p;
	VEC(struct taker) v;
};

static void take(struct taken *t, const char *name, const char *version,
		 const struct manifest_port *port, uint32_t number)
{
	*VEC_PUSH(&t->v) = (struct taker){ name, version, number != 0 ? number : port->number,
					   port->udp };
}

/* As their configuration has them now. */
static int take_installed(struct taken *t, struct error *e)
{
	struct planner *p = t->p;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->ncomponents; i++) {
		const struct pkgdb_component *row = &p->components[i];
		struct manifest m;

		if (plan_component_ends(p, row))
			continue;
		rc = pkgdb_component_manifest(p->a, row, &m, e);
		for (size_t k = 0; rc == 0 && k < m.nports; k++) {
			uint32_t n;

			rc = plan_port_now(p, row->base, &m.ports[k], &n, e);
			take(t, pkgdb_component_plain(p->a, row->name), row->version, &m.ports[k],
			     n);
		}
	}
	return rc;
}

static const char *where(struct planner *p, const struct component_step *cs,
			 const struct manifest_port *port)
{
	return port->file == NULL ? "" :
	       arena_printf(p->a, ": another number goes into %s/%s",
			    cs->base != NULL ? cs->base : "", port->file);
}

static void note_shared(struct taken *t, const struct component_step *cs,
			const struct manifest_port *port)
{
	for (size_t i = 0; i < t->v.n; i++)
		if (t->v.v[i].number == port->number && t->v.v[i].udp == port->udp &&
		    !str_eq(t->v.v[i].name, cs->manifest->id))
			plan_note(t->p, "%s %s has port %u (%s) as %s %s does%s", cs->name,
				  cs->version, port->number, port->udp ? "udp" : "tcp",
				  t->v.v[i].name, t->v.v[i].version, where(t->p, cs, port));
}

int plan_ports(struct planner *p, struct error *e)
{
	struct taken t = { .p = p };
	int rc = 0;
	bool any = false;

	for (size_t i = 0; i < p->plan->ncomponents; i++)
		any |= p->plan->components[i].kind == STEP_INSTALL;
	if (any)
		rc = take_installed(&t, e);
	for (size_t i = 0; rc == 0 && i < p->plan->ncomponents; i++) {
		const struct component_step *cs = &p->plan->components[i];

		for (size_t k = 0; cs->kind == STEP_INSTALL && k < cs->manifest->nports; k++) {
			note_shared(&t, cs, &cs->manifest->ports[k]);
			take(&t, cs->manifest->id, cs->version, &cs->manifest->ports[k], 0);
		}
	}
	VEC_FREE(&t.v);
	return rc;
}
