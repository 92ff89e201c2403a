/* May each component come to its version in place (strategy.h)? The solver looks for newer ones
 * that may; going back is what somebody has asked for. */
#include "planner.h"

#include "strategy.h"

int plan_strategy(struct planner *p, struct error *e)
{
	size_t i;

	(void)e;
	for (i = 0; i < p->plan->ncomponents; i++) {
		const struct component_step *cs = &p->plan->components[i];
		unsigned may;

		if (cs->installed == NULL || cs->comes == NULL || cs->kind == STEP_REINSTALL)
			continue;
		may = strategy_allowed(cs->comes->manifest,
				       strategy_from(p->a, cs->installed, p->installed,
						     p->ninstalled));
		if (may & STRATEGY_IN_PLACE)
			continue;
		plan_problem(p, NULL, NULL, "commpkg upgrade --advise shows from which version it "
			     "can come, and how", "%s %s can't become %s in place: %s",
			     cs->name, cs->installed->version, cs->version, may == 0 ?
			     "its manifest has no path from that version" :
			     arena_printf(p->a, "its manifest allows %s only",
					  strategy_words(p->a, may)));
	}
	return 0;
}
