/* switch: another version of a component, which is beside it, becomes the current one; and back. */
#include "writer.h"

static int wish_for_all(struct writer *w)
{
	struct wish *all = arena_alloc(w->run->arena, sizeof(*all));

	all->kind = WISH_SWITCH;
	w->request.wishes = all;
	w->request.nwishes = 1;
	return 0;
}

int verb_switch(struct run *r, struct error *e)
{
	struct writer w;
	int rc;

	writer_init(&w, r, "Switch in", "current");
	w.request.plan.unmigrated = r->o->unmigrated;
	rc = r->operands->nnames == 0 ? wish_for_all(&w) : writer_wishes(&w, WISH_SWITCH, e);
	return rc < 0 ? rc : writer_run(&w, e);
}
