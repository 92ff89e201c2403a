/*
 * The questions of one step, between the solution and the plan. For change.c only.
 */
#ifndef COMMPKG_CHANGE_ASK_H
#define COMMPKG_CHANGE_ASK_H

#include "change.h"
#include "session.h"

struct change_asked {
	bool warning, reboot;	/* some script ended so */
};

/* Nothing for a step that asks nothing, or whose caller has asked already. Errors of
 * questions_ask(), and of response files. */
int change_ask_step(struct arena *a, const struct change_request *req,
		    const struct change_watch *watch, const struct session *session,
		    struct step *step, struct change_asked *ret, struct error *e);

#endif
