/* upgrade: packages to what the distribution or the files have; all when none is named. */
#include "verb_upgrade.h"

#include "strategy.h"
#include "writer.h"

static int wish_for_all(struct writer *w, struct error *e)
{
	struct wish *all = arena_alloc(w->run->arena, sizeof(*all));

	if (dist_count(w->run->dist) == 0 && dist_component_count(w->run->dist) == 0) {
		error_set(e, E_NOT_FOUND, "no distribution to upgrade from");
		return error_hint(e, "--distro PATH or COMMPKG_DISTRO names one");
	}
	all->kind = WISH_UPGRADE;
	w->request.wishes = all;
	w->request.nwishes = 1;
	return 0;
}

static int check_strategy(const struct options *o, struct error *e)
{
	if (o->strategy == NULL || str_eq(o->strategy, strategy_name(STRATEGY_IN_PLACE)))
		return 0;
	if (!str_eq(o->strategy, strategy_name(STRATEGY_SIDE_BY_SIDE)) &&
	    !str_eq(o->strategy, strategy_name(STRATEGY_COEXISTENT)))
		return error_set(e, E_USAGE, "'--strategy' is 'in-place', 'side-by-side' or "
				 "'coexistent', not '%s'", o->strategy);
	(void)error_set(e, E_UNSUPPORTED, "this version upgrades in place only, not %s",
			o->strategy);
	return error_hint(e, "commpkg upgrade --advise shows what the manifests allow");
}

int verb_upgrade(struct run *r, struct error *e)
{
	struct writer w;
	int rc = check_strategy(r->o, e);

	if (rc < 0 || r->o->advise)
		return rc < 0 ? rc : upgrade_advise(r, e);
	writer_init(&w, r, "Upgrade", "upgraded");
	if (r->operands->nnames == 0 && r->operands->nfiles == 0)
		rc = wish_for_all(&w, e);
	else
		rc = writer_wishes(&w, WISH_UPGRADE, e);
	return rc < 0 ? rc : writer_run(&w, e);
}
