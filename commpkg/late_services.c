/* Hooks of services: which run, and what they do on the way back. */
#include "late.h"

#include "formats/str.h"

static const struct txn_script *other(const struct late *l, const struct txn_script *s,
				      enum script_role role)
{
	size_t i;

	for (i = 0; i < l->nscripts; i++)
		if (l->scripts[i].role == role && str_eq(l->scripts[i].name, s->name) &&
		    str_eq(l->scripts[i].instance, s->instance))
			return &l->scripts[i];
	return NULL;
}

static bool has_begun(const struct txn_script *s)
{
	return s != NULL && s->state != SCRIPT_PENDING && s->state != SCRIPT_SKIPPED;
}

/* It has none to be stopped, because only the version that comes knows it: what of its component
 * was stopped says whether the component runs. */
static bool others_stopped(const struct late *l, const struct txn_script *s)
{
	size_t i;

	for (i = 0; i < l->nscripts; i++)
		if (l->scripts[i].role == ROLE_STOP && has_begun(&l->scripts[i]) &&
		    str_eq(l->scripts[i].instance, s->instance))
			return true;
	return false;
}

bool late_service_wanted(const struct late *l, const struct txn_script *s)
{
	const struct txn_script *before;

	switch (s->role) {
	case ROLE_STOP: /* not known: it may */
		before = other(l, s, ROLE_WAS);
		return before == NULL || before->status == SCRIPT_FINE;
	case ROLE_START:
		before = other(l, s, ROLE_STOP);
		return before != NULL ? has_begun(before) : others_stopped(l, s);
	case ROLE_CHECK:
	case ROLE_BACK_STOP:
		return has_begun(other(l, s, ROLE_START));
	case ROLE_BACK_START:
		return has_begun(other(l, s, ROLE_STOP));
	default:
		return true;
	}
}

/* ---- the way back */

static const char *by_hand(struct late *l, const struct txn_script *s)
{
	const char *text = strstr(s->job->bytes, "exec ");
	const char *base = s->job->cwd != NULL ? s->job->cwd : "";

	return arena_printf(l->a, "cd %s && %.*s", root_host_path(l->a, l->root, base),
			    text != NULL ? (int)strcspn(text + 5, "\n") : 0,
			    text != NULL ? text + 5 : "");
}

static void run_back(struct late *l, struct txn_script *s,
		     void (*told)(void *ctx, const char *words), void *ctx)
{
	const struct script script = { .name = s->name };
	struct script_result result;
	struct error e = ERROR_INIT;
	const char *why = NULL;

	if (s->job == NULL || s->state == SCRIPT_DONE || !late_service_wanted(l, s))
		return;
	if (late_run_one(l, s, &result, &e) < 0)
		why = e.text;
	else if (result.status != SCRIPT_FINE)
		why = script_words(l->a, &script, &result);
	if (told == NULL)
		return;
	if (why == NULL)
		told(ctx, arena_printf(l->a, "service '%s' of '%s' is %s", s->name, s->instance,
				       s->role == ROLE_BACK_START ? "started again" : "stopped"));
	else
		told(ctx, arena_printf(l->a, "service '%s' of '%s' could not be %s: %s; by hand: "
				       "%s", s->name, s->instance, s->role == ROLE_BACK_START ?
				       "started again" : "stopped", why, by_hand(l, s)));
}

static void run_all(struct late *l, enum script_role role,
		    void (*told)(void *ctx, const char *words), void *ctx)
{
	size_t i;

	for (i = 0; i < l->nscripts; i++)
		if (l->scripts[i].role == role)
			run_back(l, &l->scripts[i], told, ctx);
}

void late_services_stop(struct late *l, void (*told)(void *ctx, const char *words), void *ctx)
{
	run_all(l, ROLE_BACK_STOP, told, ctx);
}

void late_services_start(struct late *l, void (*told)(void *ctx, const char *words), void *ctx)
{
	run_all(l, ROLE_BACK_START, told, ctx);
}
