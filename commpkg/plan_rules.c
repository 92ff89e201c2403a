/* What manifests of components say of configuration files: how they are merged, and what looks at
 * the outcome. Of a component that the plan changes the new version's counts. */
#include "planner.h"

static void add_rules(struct planner *p, const char *component, const char *version,
		      const char *base, const struct manifest *m)
{
	size_t i;

	base = base != NULL ? base + strspn(base, "/") : "";
	for (i = 0; i < m->nconfigs; i++) {
		struct config_rule *rule = arena_alloc(p->a, sizeof(*rule));

		*rule = (struct config_rule){
			.path = arena_printf(p->a, "%s%s%s", base, base[0] != '\0' ? "/" : "",
					     m->configs[i].file),
			.component = component, .version = version, .base = base,
			.merge = m->configs[i].merge, .validate = m->configs[i].validate,
		};
		(void)strmap_put(p->rules, rule->path, rule);
	}
}

static bool is_changed(const struct planner *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->plan->ncomponents; i++)
		if (str_eq(p->plan->components[i].name, name))
			return true;
	return false;
}

static int add_installed(struct planner *p, struct error *e)
{
	struct manifest m;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < p->ncomponents; i++) {
		const struct pkgdb_component *c = &p->components[i];

		if (is_changed(p, c->name))
			continue;
		rc = pkgdb_component_manifest(p->a, c, &m, e);
		if (rc == 0)
			add_rules(p, pkgdb_component_plain(p->a, c->name), c->version, c->base,
				  &m);
	}
	return rc;
}

int plan_rules(struct planner *p, struct error *e)
{
	size_t i;
	int rc = add_installed(p, e);

	for (i = 0; i < p->plan->ncomponents; i++) {
		const struct component_step *cs = &p->plan->components[i];

		if (component_step_stays(cs))
			add_rules(p, pkgdb_component_plain(p->a, cs->name), cs->version, cs->base,
				  cs->manifest);
	}
	return rc;
}
