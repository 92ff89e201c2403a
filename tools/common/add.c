/* One package, from the medium to its last message. */
#include "tools/common/add.h"

#include <errno.h>
#include <strings.h>

#include "commpkg/furniture.h"
#include "commpkg/response.h"
#include "tools/common/ask.h"
#include "tools/common/dependcheck.h"
#include "tools/common/mail.h"
#include "tools/common/runlevel.h"
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

static bool is_true(const char *value)
{
	return value != NULL && strcasecmp(value, "true") == 0;
}

static enum outcome obey(const struct add *ad, enum admin_policy policy)
{
	const char *question = arena_printf(ad->a, "Do you want to continue with the installation "
					    "of <%s>", ad->instance);

	if (policy == ADMIN_NOCHECK)
		return OUTCOME_OK;
	if (policy == ADMIN_QUIT)
		return OUTCOME_ADMIN;
	if (ad->o->noninteractive)
		return OUTCOME_INTERACTION;
	return ask_yes_no(question) == ASK_YES ? OUTCOME_OK : OUTCOME_QUIT;
}

static bool has_lock(const struct add *ad, const char *name)
{
	const char *at = arena_printf(ad->a, "var/sadm/pkg/%s/%s", ad->instance, name);
	struct rpath path;

	return rpath_parse(ad->a, at, &path, NULL) == 0 && tree_exists(ad->in.root->tree, path);
}

/* What another run left unfinished: ours, or one of another implementation in this root. */
static enum outcome check_partial(const struct add *ad)
{
	bool removal;

	if (ad->old == NULL || ad->o->admin.partial == ADMIN_NOCHECK)
		return OUTCOME_OK;
	removal = ad->old->state == 'R' || has_lock(ad, "!R-Lock!");
	if (removal)
		say_paragraph("The removal of this package was terminated at some point in time, "
			      "and package removal was only partially completed.");
	else if (ad->old->state != 0 || has_lock(ad, "!I-Lock!"))
		say_paragraph("The installation of this package was previously terminated and "
			      "installation was never successfully completed.");
	else
		return OUTCOME_OK;
	return obey(ad, ad->o->admin.partial);
}

static enum outcome check_depend(const struct add *ad, struct error *e)
{
	int warnings;

	if (ad->o->admin.idepend == ADMIN_NOCHECK)
		return OUTCOME_OK;
	warnings = dependcheck_install(&ad->in, ad->p, e);
	if (warnings < 0)
		return OUTCOME_INTERNAL;
	return warnings == 0 ? OUTCOME_OK : obey(ad, ad->o->admin.idepend);
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
	return obey(ad, ad->o->admin.action);
}

/* Which zones of a system have the package must not change by installing it again. */
static enum outcome check_zones(const struct add *ad, struct error *e)
{
	static const char *const names[] = { "SUNW_PKG_ALLZONES", "SUNW_PKG_HOLLOW",
					     "SUNW_PKG_THISZONE" };
	struct pkginfo old;
	size_t i;

	if (ad->old == NULL)
		return OUTCOME_OK;
	if (pkgdb_params(ad->in.db, ad->a, ad->old->id, &old, e) < 0)
		return OUTCOME_INTERNAL;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool was = is_true(pkginfo_get(&old, names[i]));

		if (was == is_true(add_param(ad, names[i])))
			continue;
		say_error("package <%s> is installed with %s=%s, and this one has it the other way",
			  ad->instance, names[i], was ? "true" : "false");
		return OUTCOME_FAILED;
	}
	return OUTCOME_OK;
}

/* Combinations that mean nothing (svr4.md 3.2). */
static enum outcome check_zone_values(const struct add *ad)
{
	bool all = is_true(add_param(ad, "SUNW_PKG_ALLZONES"));

	if (all && is_true(add_param(ad, "SUNW_PKG_THISZONE"))) {
		say_error("package <%s> has both SUNW_PKG_ALLZONES and SUNW_PKG_THISZONE",
			  ad->instance);
		return OUTCOME_FAILED;
	}
	if (!all && is_true(add_param(ad, "SUNW_PKG_HOLLOW"))) {
		say_error("package <%s> has SUNW_PKG_HOLLOW without SUNW_PKG_ALLZONES",
			  ad->instance);
		return OUTCOME_FAILED;
	}
	return OUTCOME_OK;
}

static enum outcome check_ulimit(const struct add *ad)
{
	const char *value = add_param(ad, "ULIMIT");
	uint64_t n;

	if (value == NULL || str_to_u64(value, strlen(value), 10, UINT64_MAX / 512, &n))
		return OUTCOME_OK;
	say_error("ULIMIT is no number of blocks: <%s>", value);
	return OUTCOME_INTERNAL;
}

static enum outcome check_runlevel(const struct add *ad)
{
	const char *states = add_param(ad, "ISTATES");
	char level = ad->o->admin.runlevel != ADMIN_NOCHECK && ad->in.root != NULL &&
		     ad->in.root->live ? runlevel_now() : '\0';

	if (states == NULL || level == '\0' || strchr(states, level) != NULL)
		return OUTCOME_OK;
	say_paragraph("The current run-level of this machine is <%c>, which is not one of the "
		      "run-levels suggested for the installation of this package: %s", level,
		      states);
	return obey(ad, ad->o->admin.runlevel);
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
		.solve = { .nodeps = true, .any_hold = true, .reinstall = true,
			   .allow_downgrade = true },
		.plan = { .verb = "install", .command = ad->o->command, .program = "pkgadd",
			  .conflict = ad->conflict, .strip_setid = ad->strip_setid,
			  .any_space = ad->any_space,
			  .svr4_upgrade = true, .mark_partial = true, .keep_stopped = true,
			  .warned = ad->scripts.warning, .trace = ad->o->trace,
			  .flags = &ad->o->flags } };
	struct change_result result;
	struct dist *dist = dist_new();
	int rc;

	dist_add_package(dist, ad->p, ad->o->device, true);
	req.dist = dist;
	rc = change_run(&req, &watch, &result, e);
	dist_free(dist);
	if (rc == 0)
		ad->txn = result.txn;
	return rc;
}

static enum outcome outcome_of(int rc)
{
	switch (rc) {
	case -E_INTERRUPTED: return OUTCOME_QUIT;
	case -E_LOCKED: case -E_DB: case -E_RECOVERY: case -E_FORMAT: case -E_DIGEST:
		return OUTCOME_INTERNAL;
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
	if (rc == 0 || rc == -E_SCRIPT)
		return ad->scripts.failed;
	say_failure(e);
	return outcome_of(rc);
}

/* ---- the order of things */

static enum outcome prepare(struct add *ad, struct error *e)
{
	enum outcome o = check_zones(ad, e);

	if (o == OUTCOME_OK)
		o = check_zone_values(ad);
	if (o == OUTCOME_OK)
		o = check_partial(ad);
	if (o == OUTCOME_OK)
		o = check_runlevel(ad);
	if (o == OUTCOME_OK)
		o = add_ask(ad, e);
	if (o == OUTCOME_OK)
		o = check_ulimit(ad);
	if (o == OUTCOME_OK)
		o = add_choose_basedir(ad);
	if (o != OUTCOME_OK)
		return o;
	ad->mapped = true;
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
	if (ad->o->ask_only == NULL) {
		const struct infofile *f = package_infofile(ad->p, "copyright");

		ad->instance = ad->p->dirname; /* for what is said if there is no more */
		o = add_check_stream(ad);
		if (o != OUTCOME_OK)
			return o;
		ad->instance = NULL;
		add_show_legal(ad->o, f != NULL ? f->bytes : NULL,
			       pkginfo_get(&ad->p->info, "VENDOR"));
	}
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
		.strip_setid = o->admin.setuid == ADMIN_NOCHANGE,
		.any_space = o->admin.space == ADMIN_NOCHECK };
}

/* A root that is not there is not made for it. */
void add_leave_database(const char *root_path, bool mapped)
{
	struct installed in;

	if (installed_open(root_path, &in, NULL) < 0)
		return;
	furniture_leave(in.root, in.n > 0, mapped);
	installed_close(&in);
}

static void tell(const struct add *ad, int result)
{
	struct outcome_done done = { .instance = ad->instance, .root_path = ad->o->root_path,
				     .txn = ad->txn };

	outcome_say(result, &done);
	mail_outcome(ad->a, ad->o->admin.mail, result, &done);
}

static int add_whole(const struct add_options *o, const struct package *p)
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
		tell(&ad, result);
	installed_close(&ad.in);
	if (outcome_in(result) != OUTCOME_OK && ad.txn == 0 && o->ask_only == NULL)
		add_leave_database(o->root_path, ad.mapped);
	arena_free(ad.a);
	return result;
}

int add_package(const struct add_options *o, const struct package *p)
{
	return p->broken != NULL ? add_broken(o, p) : add_whole(o, p);
}
