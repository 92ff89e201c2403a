/* switch: another version of a component, which is beside it, becomes the current one; and back. */
#include "writer.h"

int verb_switch(struct run *r, struct error *e)
{
	struct writer w;
	int rc = 0;

	writer_init(&w, r, "Switch in", "current");
	w.request.plan.unmigrated = r->o->unmigrated;
	if (r->operands->nnames == 0)
		writer_wish_all(&w, WISH_SWITCH);
	else
		rc = writer_wishes(&w, WISH_SWITCH, e);
	return rc < 0 ? rc : writer_run(&w, e);
}
