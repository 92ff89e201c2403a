/* Migrations from a version to the one beside it: what runs, and which ports wait for a switch. */
#include "planner.h"

#include "beside.h"
#include "services.h"

static const char *command_of(const struct manifest_migrate *m, const char *part)
{
	return str_eq(part, "prepare") ? m->prepare : str_eq(part, "install") ? m->install :
									      m->exec;
}

/* Where the old version's tree has another version of the component's port. */
static int find_ports(struct planner *p, const struct component_step *cs,
		      struct beside_migration *m, struct error *e)
{
	struct beside_port *v = arena_calloc(p->a, cs->manifest->nports + 1, sizeof(*v));
	struct manifest from;
	const uint32_t *taken;
	size_t ntaken;
	int rc;

	if (cs->old == NULL)
		return 0;
	rc = pkgdb_component_manifest(p->a, cs->old, &from, e);
	if (rc == 0)
		rc = plan_ports_taken(p, cs->installed, &taken, &ntaken, e);

	for (size_t i = 0; rc == 0 && i < cs->manifest->nports; i++) {
		const struct manifest_port *port = &cs->manifest->ports[i];
		uint32_t old = 0, now = 0, shift;

		if (port->beside == 0)
			continue;
		rc = plan_port_of(p, cs->old, &from, port, &old, e);
		if (rc == 0)
			rc = plan_port_now(p, cs->base, port, &now, e);
		shift = now != 0 && now != old ? now : ports_free(port->beside, taken, ntaken);
		if (rc < 0 || old == 0 || shift == 0)
			continue;
		v[m->nports++] = (struct beside_port){
			.path = arena_printf(p->a, "%s/%s", services_base(cs->base), port->file),
			.key = port->key, .taken = old, .shift = shift,
		};
	}
	m->ports = v;
	return rc;
}

static int plan_one(struct planner *p, const struct component_step *cs,
		    struct beside_migration *ret, struct error *e)
{
	const char *id = pkgdb_component_plain(p->a, cs->name);
	const char *part = p->options->part != NULL ? p->options->part : "all";
	const struct manifest_migrate *m = migrate_from(cs->manifest, cs->from);
	const char *command = m != NULL ? command_of(m, part) : NULL;

	if (command == NULL) {
		plan_problem(p, NULL, NULL, m != NULL ? "commpkg migrate does both at once" :
			     "commpkg upgrade --advise shows from which version it can come, and "
			     "how", m != NULL ? "the migration of %s %s from %s has no two steps" :
			     "%s %s has no migration from %s", id, cs->version, cs->from);
		return 0;
	}
	*ret = (struct beside_migration){
		.component = id, .from = cs->from, .to = cs->version,
		.base = services_base(cs->base),
		.old_base = cs->old != NULL ? services_base(cs->old->base) : NULL,
		.outside = cs->outside, .command = command, .both = !str_eq(part, "install"),
		.part = part, .only = p->options->only, .dry = { .known = m->dry_run },
	};
	return find_ports(p, cs, ret, e);
}

int plan_beside_migrate(struct planner *p, struct error *e)
{
	struct plan *plan = p->plan;
	int rc = 0;

	plan->besides = arena_calloc(p->a, plan->ncomponents + 1, sizeof(*plan->besides));
	for (size_t i = 0; rc == 0 && i < plan->ncomponents; i++) {
		struct beside_migration *m = &plan->besides[plan->nbesides];

		if (plan->components[i].kind != STEP_MIGRATE)
			continue;
		rc = plan_one(p, &plan->components[i], m, e);
		plan->nbesides += rc == 0 && m->command != NULL;
	}
	if (rc == 0 && plan->nbesides > 0)
		plan_check_caught(p, plan->besides[0].component, plan->besides[0].from,
				  plan->besides[0].to);
	return rc;
}

/* A switch to what has the configuration and the data of nobody. */
int plan_check_migrated(struct planner *p, const struct component_step *cs, struct error *e)
{
	int64_t *v;
	size_t n;
	int rc;

	if (p->options->unmigrated || cs->installed == NULL ||
	    migrate_from(cs->manifest, cs->installed->version) == NULL)
		return 0;
	rc = beside_migrated(p->a, p->db, cs->name, cs->version, false, &v, &n, e);
	if (rc == 0 && n == 0)
		plan_problem(p, NULL, NULL, arena_printf(p->a, "commpkg migrate %s; or "
			     "--unmigrated, to begin without what the old version has",
			     cs->name), "%s %s has not been migrated from %s", cs->name,
			     cs->version, cs->installed->version);
	return rc;
}
