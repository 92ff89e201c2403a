/* One package, from the question to its last message. */
#include "tools/common/rm.h"

#include <stdlib.h>

#include "tools/common/ask.h"
#include "tools/common/dependcheck.h"
#include "tools/common/mail.h"
#include "tools/common/operand.h"
#include "tools/common/runlevel.h"
#include "tools/common/say.h"

#define LOCK_WAIT 200	/* seconds */

struct rm {
	const struct rm_options *o;
	struct arena *a;
	struct installed in;
	const struct pkgdb_package *p;
	struct pkginfo params;
	struct outcome_scripts scripts;
	const struct plan *plan;	/* that is shown; while it is carried out */
	bool paths_shown;
	int64_t txn;			/* that was made; 0: none */
};

static enum outcome obey(const struct rm *r, enum admin_policy policy)
{
	if (policy == ADMIN_NOCHECK)
		return OUTCOME_OK;
	if (policy == ADMIN_QUIT)
		return OUTCOME_ADMIN;
	if (r->o->noninteractive)
		return OUTCOME_INTERACTION;
	return ask_yes_no("Do you want to continue with the removal of this package") == ASK_YES
		? OUTCOME_OK : OUTCOME_QUIT;
}

static enum outcome confirm(const struct rm *r)
{
	int width = (int)strlen(r->p->instance);

	if (r->o->noninteractive)
		return OUTCOME_OK;
	say_err("\nThe following package is currently installed:\n   %s  %s\n   %*s  (%s) %s\n",
		r->p->instance, r->p->title, width, "", r->p->arch, r->p->version);
	if (ask_yes_no("Do you want to remove this package?") != ASK_YES)
		return OUTCOME_QUIT;
	if (word_in_list("system", r->p->category, true) &&
	    ask_yes_no("This is a system package.  Do you really want to remove it?") != ASK_YES)
		return OUTCOME_QUIT;
	say_err("\n## Removing installed package instance <%s>\n", r->p->instance);
	return OUTCOME_OK;
}

static enum outcome check_runlevel(const struct rm *r)
{
	const char *states = pkginfo_get(&r->params, "RSTATES");
	char level = r->o->admin.runlevel != ADMIN_NOCHECK && r->in.root->live ?
		     runlevel_now() : '\0';

	if (states == NULL || level == '\0' || strchr(states, level) != NULL)
		return OUTCOME_OK;
	say_paragraph("The current run-level of this machine is <%c>, which is not one of the "
		      "run-levels suggested for the removal of this package: %s", level, states);
	return obey(r, r->o->admin.runlevel);
}

static enum outcome check_depend(const struct rm *r, struct error *e)
{
	int warnings;

	if (r->o->admin.rdepend == ADMIN_NOCHECK)
		return OUTCOME_OK;
	if (!r->o->noninteractive)
		say_err("## Verifying package dependencies.\n");
	warnings = dependcheck_remove(&r->in, r->p, e);
	if (warnings < 0) {
		say_failure(e);
		return OUTCOME_INTERNAL;
	}
	return warnings == 0 ? OUTCOME_OK : obey(r, r->o->admin.rdepend);
}

static bool is_removal_script(const char *name)
{
	return str_eq(name, "preremove") || str_eq(name, "postremove") ||
	       str_has_prefix(name, "r.");
}

static enum outcome check_scripts(const struct rm *r, struct error *e)
{
	struct infofile *files;
	bool action = false;
	size_t n, i;

	if (pkgdb_infofiles(r->in.db, r->a, r->p->id, &files, &n, e) < 0) {
		say_failure(e);
		return OUTCOME_INTERNAL;
	}
	for (i = 0; i < n; i++)
		action = action || is_removal_script(files[i].name);
	if (!action || r->o->admin.action == ADMIN_NOCHECK)
		return OUTCOME_OK;
	say_err("\nThis package contains scripts which will be executed with super-user\n"
		"permission during the process of removing this package.\n");
	return obey(r, r->o->admin.action);
}

/* ---- what is printed */

static const char *classes_of(const struct rm *r)
{
	const char *classes = pkginfo_get(&r->params, "CLASSES");

	return classes != NULL ? classes : "none";
}

static const struct change_item *find_item(const struct plan *plan, const char *path)
{
	size_t low = 0, high = plan->nitems;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = strcmp(path, rpath_str(plan->items[mid].path));

		if (d == 0)
			return &plan->items[mid];
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static int show_path(const struct rm *r, const struct plan *plan, const struct pkgdb_file *f,
		     struct error *e)
{
	const struct change_item *it = find_item(plan, f->path);
	const char *why = "";
	struct pkgdb_file *owners;
	size_t n;
	int rc = pkgdb_owners(plan->db, r->a, f->path, PKGDB_NOW, &owners, &n, e);

	if (rc < 0)
		return rc;
	if (it == NULL || it->kind != CHANGE_REMOVE)
		why = n > 1 ? " <shared pathname not removed>" : ftype_is_dir(f->ftype) ?
			" <non-empty directory not removed>" : " <not there>";
	say_err("%s/%s%s\n", r->in.prefix, f->path, why);
	return 0;
}

static int show_class(const struct rm *r, const struct plan *plan,
		      const struct pkgdb_file *files, size_t n, const char *class,
		      struct error *e)
{
	int rc = 0;

	say_err("## Removing pathnames in class <%s>\n", class);
	while (rc == 0 && n-- > 0)
		if (str_eq(files[n].class, class))
			rc = show_path(r, plan, &files[n], e);
	return rc;
}

/* Classes backwards, and paths backwards in each. */
static int show_plan(const struct rm *r, const struct plan *plan, struct error *e)
{
	const char *classes = classes_of(r), *end = classes + strlen(classes);
	struct pkgdb_file *files;
	size_t n;
	int rc = pkgdb_files(plan->db, r->a, r->p->id, PKGDB_NOW, &files, &n, e);

	while (rc >= 0 && end > classes) {
		const char *start;

		while (end > classes && end[-1] == ' ')
			end--;
		for (start = end; start > classes && start[-1] != ' '; start--)
			continue;
		if (start < end)
			rc = show_class(r, plan, files, n,
					arena_strndup(r->a, start, (size_t)(end - start)), e);
		end = start;
	}
	return rc < 0 ? rc : 0;
}

static void show_paths(struct rm *r)
{
	if (r->plan != NULL && !r->paths_shown && show_plan(r, r->plan, NULL) < 0)
		say_warning("the paths of <%s> can't be listed", r->p->instance);
	r->paths_shown = true;
}

/* ---- the change */

static int on_plan(void *ctx, const struct plan *plan, struct error *e)
{
	struct rm *r = ctx;
	size_t i;

	(void)e;
	for (i = 0; i < plan->nproblems; i++)
		say_error("%s", plan->problems[i].text);
	if (plan->nproblems > 0 || r->o->noninteractive)
		return 1;
	say_err("## Processing package information.\n");
	r->plan = plan;
	if (plan_script(&plan->steps[0], "preremove") == NULL)
		show_paths(r);
	return 1;
}

static void on_script_begins(void *ctx, const char *instance, const char *script)
{
	struct rm *r = ctx;
	bool first = str_eq(script, "preremove");

	(void)instance;
	if (!first)
		show_paths(r);
	if (!r->o->noninteractive && (first || str_eq(script, "postremove")))
		say_err("## Executing %s script.\n", script);
}

/* What a script of a removal wants at once is wanted when all is done (svr4.md 8.5); one
 * that failed has said so as it is. */
static void on_script_ended(void *ctx, const char *instance, const char *script, int status)
{
	struct rm *r = ctx;

	(void)instance;
	outcome_script_ended(&r->scripts, script, status);
	if (r->scripts.failed == OUTCOME_OK)
		show_paths(r);
}

static void on_waiting(void *ctx, const char *holder)
{
	(void)ctx;
	say_err("NOTE: Waiting for %s to complete.\n", holder);
}

static enum outcome carry_out(struct rm *r, struct error *e)
{
	struct wish wish = { .kind = WISH_REMOVE, .name = r->p->instance };
	struct change_watch watch = { .ctx = r, .plan = on_plan, .waiting = on_waiting,
				      .script_begins = on_script_begins,
				      .script_line = outcome_script_line,
				      .script_ended = on_script_ended };
	struct change_request req = { .root_path = r->o->root_path, .wishes = &wish,
		.nwishes = 1, .lock_wait = LOCK_WAIT, .solve = { .nodeps = true, .any_hold = true },
		.plan = { .verb = "uninstall", .command = r->o->command, .program = "pkgrm",
			  .svr4_upgrade = true, .keep_stopped = true, .trace = r->o->trace,
			  .from_servers = r->o->from_servers,
			  .flags = &r->o->flags } };
	struct change_result result;
	struct dist *dist = dist_new();
	int rc;

	req.dist = dist;
	rc = change_run(&req, &watch, &result, e);
	dist_free(dist);
	if (rc == 0) {
		r->txn = result.txn;
		r->scripts.reboot |= !result.stopped && r->scripts.reboot_now;
		if (!r->o->noninteractive && !result.stopped)
			say_err("## Updating system information.\n");
		return r->scripts.failed;
	}
	if (rc == -E_SCRIPT)
		return r->scripts.failed;
	say_failure(e);
	if (rc == -E_INTERRUPTED)
		return OUTCOME_QUIT;
	return rc == -E_LOCKED || rc == -E_DB || rc == -E_RECOVERY ? OUTCOME_INTERNAL
								   : OUTCOME_FAILED;
}

static enum outcome rm_steps(struct rm *r, struct error *e)
{
	enum outcome o = confirm(r);

	if (o == OUTCOME_OK)
		o = check_runlevel(r);
	if (o == OUTCOME_OK)
		o = check_depend(r, e);
	if (o == OUTCOME_OK)
		o = check_scripts(r, e);
	return o == OUTCOME_OK ? carry_out(r, e) : o;
}

int rm_package(const struct rm_options *o, const char *instance)
{
	struct rm r = { .o = o, .a = arena_new() };
	struct outcome_done done = { .instance = instance, .removal = true,
				     .root_path = o->root_path };
	struct error e = ERROR_INIT;
	int result = OUTCOME_FAILED;

	if (installed_open(o->root_path, &r.in, &e) < 0) {
		say_failure(&e);
	} else {
		r.p = installed_find(&r.in, instance);
		if (r.p == NULL)
			say_error("no package associated with <%s>", instance);
		else if (pkgdb_params(r.in.db, r.a, r.p->id, &r.params, &e) < 0)
			say_failure(&e);
		else
			result = outcome_with(&r.scripts, rm_steps(&r, &e));
	}
	done.txn = r.txn;
	outcome_say(result, &done);
	mail_outcome(r.a, o->admin.mail, result, &done);
	installed_close(&r.in);
	arena_free(r.a);
	return result;
}
