/* One package, from the medium to its last message. */
#include "tools/common/add.h"

#include <errno.h>

#include "commpkg/response.h"
#include "tools/common/ask.h"
#include "tools/common/dependcheck.h"
#include "tools/common/say.h"

#define LOCK_WAIT 200	/* seconds: SVR4 tries ten times, twenty seconds apart */

const char *add_param(const struct add *ad, const char *name)
{
	const char *value = pkginfo_get(&ad->answers, name);

	return value != NULL ? value : pkginfo_get(&ad->p->info, name);
}

/* ---- the root as it is */

static int look_at_root(struct add *ad, struct error *e)
{
	struct error why = ERROR_INIT;
	int rc = installed_open(ad->o->root_path, &ad->in, &why);

	if (rc == -ENOENT)
		return 0; /* it will be made */
	if (rc < 0 && e != NULL)
		*e = why;
	return rc;
}

/* ---- what admin(4) decides before there is a plan */

/* `question` NULL: nothing can be asked, only refused or passed. */
static enum outcome obey(const struct add *ad, enum admin_policy policy, const char *question)
{
	if (policy == ADMIN_NOCHECK)
		return OUTCOME_OK;
	if (policy == ADMIN_QUIT)
		return OUTCOME_ADMIN;
	if (ad->o->noninteractive)
		return OUTCOME_INTERACTION;
	return ask_yes_no(question) == ASK_YES ? OUTCOME_OK : OUTCOME_QUIT;
}

static enum outcome check_partial(const struct add *ad)
{
	if (ad->old == NULL || ad->old->state == 0 || ad->o->admin.partial == ADMIN_NOCHECK)
		return OUTCOME_OK;
	say_paragraph("The installation of this package was previously terminated and "
		      "installation was never successfully completed.");
	return obey(ad, ad->o->admin.partial,
		    "Do you want to continue with the installation of this package");
}

static enum outcome check_depend(const struct add *ad, struct error *e)
{
	int warnings;

	if (ad->o->admin.idepend == ADMIN_NOCHECK)
		return OUTCOME_OK;
	warnings = dependcheck_install(&ad->in, ad->p, e);
	if (warnings < 0)
		return OUTCOME_INTERNAL;
	return warnings == 0 ? OUTCOME_OK : obey(ad, ad->o->admin.idepend,
		"Do you want to continue with the installation of this package");
}

static bool is_action(const char *name)
{
	return str_eq(name, "preinstall") || str_eq(name, "postinstall") ||
	       str_has_prefix(name, "i.");
}

static enum outcome check_action(const struct add *ad)
{
	bool action = false;
	size_t i;

	for (i = 0; i < ad->p->ninfofiles; i++)
		action = action || is_action(ad->p->infofiles[i].name);
	if (!action || ad->o->admin.action == ADMIN_NOCHECK)
		return OUTCOME_OK;
	say_err("\nThis package contains scripts which will be executed with super-user\n"
		"permission during the process of installing this package.\n");
	return obey(ad, ad->o->admin.action,
		    "Do you want to continue with the installation of this package");
}

/* ---- the change */

static int on_plan(void *ctx, const struct plan *plan, struct error *e)
{
	return add_look_at_plan(ctx, plan, e);
}

static void on_waiting(void *ctx, const char *holder)
{
	(void)ctx;
	say_err("NOTE: Waiting for %s to complete.\n", holder);
}

static void on_recovered(void *ctx, const char *text)
{
	(void)ctx;
	say_err("NOTE: %s\n", text);
}

static void on_script_begins(void *ctx, const char *instance, const char *script)
{
	(void)instance;
	add_show_script(ctx, script);
}

static void on_script_ended(void *ctx, const char *instance, const char *script, int status)
{
	struct add *ad = ctx;

	(void)instance;
	outcome_script_ended(&ad->scripts, script, status);
	if (ad->scripts.failed == OUTCOME_OK)
		add_show_parts(ad);
}

static int run_change(struct add *ad, struct error *e)
{
	struct step_choice choice = { .instance = ad->instance, .basedir = ad->basedir,
		.answers = &ad->answers, .asked = true, .environment = &ad->o->environment };
	struct wish wish = { .kind = WISH_INSTALL, .package = ad->p, .choice = &choice };
	struct change_watch watch = { .ctx = ad, .plan = on_plan, .waiting = on_waiting,
				      .recovered = on_recovered,
				      .script_begins = on_script_begins,
				      .script_line = outcome_script_line,
				      .script_ended = on_script_ended };
	struct change_request req = { .root_path = ad->o->root_path, .create_root = true,
		.wishes = &wish, .nwishes = 1, .lock_wait = LOCK_WAIT,
		.solve = { .nodeps = true, .reinstall = true, .allow_downgrade = true },
		.plan = { .verb = "install", .command = ad->o->command, .program = "pkgadd",
			  .conflict = ad->conflict, .strip_setid = ad->strip_setid,
			  .svr4_upgrade = true, .trace = ad->o->trace,
			  .flags = &ad->o->flags } };
	struct change_result result;
	struct dist *dist = dist_new();
	int rc;

	dist_add_package(dist, ad->p, ad->o->device, true);
	req.dist = dist;
	rc = change_run(&req, &watch, &result, e);
	dist_free(dist);
	return rc;
}

static enum outcome outcome_of(int rc)
{
	switch (rc) {
	case -E_INTERRUPTED: return OUTCOME_QUIT;
	case -E_LOCKED: case -E_DB: case -E_RECOVERY: return OUTCOME_INTERNAL;
	default: return OUTCOME_FAILED;
	}
}

static enum outcome carry_out(struct add *ad, struct error *e)
{
	int rc;

	do {
		ad->again = false;
		ad->plan = NULL;
		ad->outcome = OUTCOME_OK;
		rc = run_change(ad, e);
	} while (ad->again);
	if (ad->outcome != OUTCOME_OK)
		return ad->outcome;
	if (rc == 0)
		return OUTCOME_OK;
	if (rc == -E_SCRIPT)
		return ad->scripts.failed;
	say_failure(e);
	return outcome_of(rc);
}

/* ---- the order of things */

static enum outcome prepare(struct add *ad, struct error *e)
{
	enum outcome o = check_partial(ad);

	if (o == OUTCOME_OK)
		o = add_ask(ad, e);
	if (o == OUTCOME_OK)
		o = add_choose_basedir(ad);
	if (o != OUTCOME_OK)
		return o;
	if (!ad->o->noninteractive)
		say_err("## Processing package information.\n"
			"## Processing system information.\n");
	o = check_depend(ad, e);
	return o == OUTCOME_OK ? check_action(ad) : o;
}

/* pkgask: the questions alone, and where the answers go. */
static enum outcome ask_steps(struct add *ad, struct error *e)
{
	enum outcome o;
	const char *file;
	int rc;

	if (package_infofile(ad->p, "request") == NULL) {
		say_error("package does not contain an interactive request script");
		return OUTCOME_FAILED;
	}
	rc = response_place(ad->a, ad->o->ask_only, ad->instance, &file, e);
	if (rc < 0) {
		say_failure(e);
		return OUTCOME_FAILED;
	}
	o = add_ask(ad, e);
	if (o != OUTCOME_OK)
		return o;
	if (response_save(file, ad->answers_text, ad->answers_len, e) < 0) {
		say_failure(e);
		return OUTCOME_FAILED;
	}
	say_err("\nResponse file <%s> was created.\n", file);
	return OUTCOME_OK;
}

static enum outcome add_steps(struct add *ad, struct error *e)
{
	enum outcome o;

	add_show_header(ad);
	if (ad->o->ask_only == NULL)
		add_show_copyright(ad);
	o = add_choose_instance(ad);
	if (o != OUTCOME_OK)
		return o;
	if (ad->o->ask_only != NULL)
		return ask_steps(ad, e);
	o = prepare(ad, e);
	return o == OUTCOME_OK ? carry_out(ad, e) : o;
}

static struct add begin(const struct add_options *o, const struct package *p)
{
	return (struct add){ .o = o, .p = p, .a = arena_new(),
		.conflict = o->admin.conflict == ADMIN_NOCHANGE ? CONFLICT_SKIP
								: CONFLICT_OVERWRITE,
		.strip_setid = o->admin.setuid == ADMIN_NOCHANGE };
}

int add_package(const struct add_options *o, const struct package *p)
{
	struct add ad = begin(o, p);
	struct error e = ERROR_INIT;
	int result;

	if (look_at_root(&ad, &e) < 0) {
		say_failure(&e);
		ad.instance = p->pkg;
		result = OUTCOME_FAILED;
	} else {
		result = outcome_with(&ad.scripts, add_steps(&ad, &e));
	}
	if (ad.instance == NULL) /* no instance was chosen, and why was said */
		say_err("\nNo changes were made to the system.\n");
	else if (o->ask_only != NULL)
		outcome_say_asked(result);
	else
		outcome_say(result, "Installation", ad.instance);
	installed_close(&ad.in);
	arena_free(ad.a);
	return result;
}
