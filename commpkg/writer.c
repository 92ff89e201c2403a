/* What the verbs that write share. */
#include "writer.h"

#include <stdlib.h>
#include <unistd.h>

#include "audit.h"
#include "dist.h"
#include "published.h"
#include "answer.h"
#include "script.h"
#include "show.h"
#include "signals.h"
#include "verb_apply.h"
#include "verdict.h"

static const struct column result_columns[] = {
	{ "transaction", NULL, COLUMN_NUMBER },
	{ "nothing_to_do", NULL, COLUMN_FLAG },
	{ "dry_run", NULL, COLUMN_FLAG },
	{ "pending_config", NULL, COLUMN_NUMBER },
	{ "first_boot", NULL, COLUMN_NUMBER },
};
#define NRESULT (sizeof(result_columns) / sizeof(result_columns[0]))

/* ---- what the engine tells */

void writer_waiting(void *ctx, const char *holder)
{
	const struct writer *w = ctx;

	report_note("waiting for %s (at most %d s)", holder, w->run->o->lock_wait);
}

void writer_recovered(void *ctx, const char *words)
{
	(void)ctx;
	report_mark(MARK_WARN, "%s", words);
}

static const char *phase_name(enum change_phase p)
{
	static const char *const names[] = {
		[PHASE_READ] = "read", [PHASE_SOLVE] = "solve",
		[PHASE_TRUST] = "signatures", [PHASE_PLAN] = "plan",
		[PHASE_STAGE] = "stage", [PHASE_SCRIPT] = "scripts", [PHASE_SEAL] = "seal",
		[PHASE_APPLY] = "apply",
		[PHASE_SETTLE] = "settle", [PHASE_DONE] = "done",
	};

	return names[p];
}

static void on_progress(void *ctx, enum change_phase phase, uint64_t done, uint64_t total)
{
	struct writer *w = ctx;

	if (phase != w->phase)
		report_verbose("phase %s", phase_name(phase));
	w->phase = phase;
	report_progress(phase_name(phase), done, total);
}

/* Every line goes to the log; with -v it is shown, and that of a question always. */
static void on_script_line(void *ctx, const char *instance, const char *script, const char *text)
{
	(void)ctx;
	if (str_eq(script, "request"))
		report_note("%s", text);
	else
		report_verbose("%s %s: %s", instance, script, text);
}

static void on_script_prompt(void *ctx, const char *instance, const char *script,
			     const char *text)
{
	(void)ctx;
	(void)instance;
	(void)script;
	report_prompt(text);
}

static void on_answer_refused(void *ctx, const char *name)
{
	(void)ctx;
	report_warning("an answer can't change parameter '%s'", name);
}

static void on_script_ended(void *ctx, const char *instance, const char *script, int status)
{
	(void)ctx;
	if (status == SCRIPT_FINE)
		report_verbose("%s %s: done", instance, script);
	else
		report_warning("script '%s' of package '%s' ended with status %d", script,
			       instance, status);
}

static void on_hook_progress(void *ctx, const char *component, const char *hook,
			     unsigned percent, const char *text)
{
	struct writer *w = ctx;

	report_step(arena_printf(w->run->arena, "%s of %s", hook, component), percent, text);
}

static void on_no_solution(void *ctx, const struct solution *s)
{
	struct writer *w = ctx;

	show_solution_problems(w->run->arena, s);
}

static void on_nothing(void *ctx, const struct solution *s)
{
	const struct writer *w = ctx;

	report_mute(w->run->o->quiet);
	show_solution_notes(w->run->arena, s);
	report_mute(false);
}

static void on_trusted(void *ctx, const struct medium *m, const struct trust_finding *f)
{
	struct writer *w = ctx;

	if (f->warning != NULL)
		report_warning("%s", f->warning);
	else if (f->is_signed)
		report_verbose("'%s' is signed by '%s'", medium_path(m), f->verdict.signer);
	if (f->is_signed)
		show_json_table(verdict_table(w->run->arena, medium_path(m), &f->verdict));
}

static void on_published(void *ctx, const struct published *p, const struct trust_published *f)
{
	struct arena *a = ((struct writer *)ctx)->run->arena;
	size_t i;

	if (p->offline)
		report_warning("'%s' can't be reached: it is taken as it was the last time",
			       p->place);
	for (i = 0; f->warnings[i] != NULL; i++)
		report_warning("%s", f->warnings[i]);
	if (f->is_signed && f->verdict.state == SIGNER_TRUSTED)
		report_verbose("distribution %s, serial %llu, is signed by '%s'", p->repo.id,
			       (unsigned long long)p->repo.serial, f->verdict.signer);
	if (f->is_signed)
		show_json_table(verdict_table(a, arena_printf(a, "%s/" REPO_NAME, p->place),
					      &f->verdict));
}

static double seconds_since(const struct timespec *t)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) + (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

int writer_ask(struct writer *w, const char *question, struct error *e)
{
	struct timespec before;
	int rc;

	if (w->run->o->yes || w->asked)
		return 1;
	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	rc = report_ask(question, "'-y'", e);
	w->thinking += seconds_since(&before);
	if (rc == 0)
		rc = signals_check(e); /* ctrl-C is no "no" */
	w->refused = rc == 0;
	return rc;
}

static int on_licence(void *ctx, const struct plan_licence *l, struct error *e)
{
	struct writer *w = ctx;
	struct arena *a = w->run->arena;
	const char *where = l->file != NULL ? arena_printf(a, ", to be read in %s", l->file) : "";
	const char *question = arena_printf(a, "Accept the licence '%s' of %s%s?", l->name,
					    l->components, where);
	struct timespec before;
	int rc;

	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	rc = report_ask(str_escaped(a, question), "'--acceptLicense'", e);
	w->thinking += seconds_since(&before);
	if (rc == 0)
		rc = signals_check(e);
	w->refused = rc == 0;
	w->agreed = rc > 0;
	return rc;
}

static int on_shared(void *ctx, const struct component_step *cs, struct error *e)
{
	struct writer *w = ctx;
	struct arena *a = w->run->arena;
	const char *question = arena_printf(a, "Upgrade the shared component %s from %s to %s "
					    "(%s)?", cs->name, cs->installed->version,
					    cs->version, cs->why);
	struct timespec before;
	int rc;

	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	rc = report_ask(str_escaped(a, question), "'--upgradeSC y'", e);
	w->thinking += seconds_since(&before);
	w->shared_yes |= rc > 0;
	w->shared_no |= rc == 0;
	return rc == 0 ? signals_check(e) : rc;
}

static const char *step_words(struct arena *a, const struct plan_step *s)
{
	const char *version = s->step->package != NULL ? s->step->package->version :
			      s->step->installed != NULL ? s->step->installed->version : "";

	return arena_printf(a, "%s %s", s->instance, version);
}

/* What a user named, or all when he named none. */
static const char *component_words(struct arena *a, const struct plan *plan)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t named = 0, i;

	for (i = 0; i < plan->ncomponents; i++)
		named += str_eq(plan->components[i].why, "named");
	if (named > 4)
		return arena_printf(a, "%zu components, %zu packages", plan->ncomponents,
				    plan->nsteps);
	for (i = 0; i < plan->ncomponents; i++) {
		const struct component_step *cs = &plan->components[i];

		if (!cs->renames && (named == 0 || str_eq(cs->why, "named")))
			strbuf_addf(&b, "%s%s %s", b.len > 0 ? ", " : "",
				    pkgdb_component_plain(a, cs->name), cs->version);
	}
	if (plan->nsteps > 0 || !component_step_aside(&plan->components[0]))
		strbuf_addf(&b, " (%zu package%s)", plan->nsteps, plan->nsteps == 1 ? "" : "s");
	return arena_strdup(a, strbuf_str(&b));
}

static int ask(struct writer *w, struct error *e)
{
	const char *question = arena_printf(w->run->arena, "%s '%s'?", w->asking,
					    w->run->target->path);

	return writer_ask(w, question, e);
}

/* Of what comes and was not dragged along, for the state file. */
static const char *versions(struct arena *a, const struct plan *plan)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	for (i = 0; i < plan->ncomponents; i++)
		if (plan->components[i].comes != NULL)
			strbuf_addf(&b, "%s%s=%s", b.len > 0 ? " " : "",
				    pkgdb_component_plain(a, plan->components[i].name),
				    plan->components[i].version);
	for (i = 0; i < plan->nsteps; i++) {
		const struct step *s = plan->steps[i].step;

		if (s->package != NULL && s->manual && strchr(s->package->version, ' ') == NULL)
			strbuf_addf(&b, "%s%s=%s", b.len > 0 ? " " : "", s->package->pkg,
				    s->package->version);
	}
	return arena_strdup(a, strbuf_str(&b));
}

/* Some shared components were to be upgraded and some not: a file says so by naming what comes. */
static const char *names_that_come(const struct writer *w, const struct plan *plan)
{
	struct arena *a = w->run->arena;
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	if (!w->shared_yes || !w->shared_no)
		return NULL;
	for (size_t i = 0; i < plan->ncomponents; i++)
		if (plan->components[i].comes != NULL)
			strbuf_addf(&b, "%s%s", b.len > 0 ? " " : "", plan->components[i].name);
	for (size_t i = 0; i < plan->nsteps; i++)
		if (plan->steps[i].step->package != NULL && plan->steps[i].step->manual)
			strbuf_addf(&b, "%s%s", b.len > 0 ? " " : "",
				    plan->steps[i].step->package->pkg);
	return arena_strdup(a, strbuf_str(&b));
}

static bool upgrades_shared(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->ncomponents; i++)
		if (plan->components[i].kind == STEP_UPGRADE &&
		    plan->components[i].manifest->kind == COMPONENT_SHARED)
			return true;
	return false;
}

/* One that can't be carried out was shown; there is nothing to carry out later. */
static int save_plan(struct writer *w, const struct plan *plan, struct error *e)
{
	int rc;

	if (plan->nproblems > 0) {
		report_warning("the plan is not saved: it can't be carried out");
		return 0;
	}
	rc = apply_save(w->run, plan, e);
	if (rc == 0)
		report_note("the plan is in '%s': commpkg apply %s", w->run->o->save,
			    str_shell(w->run->arena, w->run->o->save));
	return rc;
}

static int on_plan(void *ctx, const struct plan *plan, struct error *e)
{
	struct writer *w = ctx;
	struct arena *a = w->run->arena;
	int rc = 0, recorded;

	w->summary = plan->ncomponents > 0 ? component_words(a, plan) :
		     plan->nsteps == 1 ? step_words(a, &plan->steps[0]) :
					 arena_printf(a, "%zu packages", plan->nsteps);
	w->plan_shown = true;
	w->forgotten = plan->forgets >= plan->txn;
	report_mute(w->run->o->quiet && plan->nproblems == 0);
	report_heading("%s '%s'", w->asking, w->run->target->path);
	show_plan(a, plan);
	report_mute(false);
	if (w->run->plan != NULL)
		rc = planfile_match(a, w->run->plan, plan, e);
	if (rc == 0 && plan->nproblems == 0 && !w->run->o->dry_run)
		rc = ask(w, e);
	if (rc == 0 && w->run->o->save != NULL)
		rc = save_plan(w, plan, e);
	if (rc < 0 || w->refused)
		return rc;
	recorded = answer_save(w->run, &(struct answer_decided){
					.versions = versions(a, plan),
					.license_accepted = w->agreed,
					.shared_upgraded = upgrades_shared(plan) && !w->shared_no,
					.names = names_that_come(w, plan) }, e);
	return recorded < 0 ? recorded : rc;
}

/* ---- the request */

const enum cage_policy *writer_cage(const struct options *o)
{
	static const enum cage_policy policies[] = { CAGE_TRY, CAGE_REQUIRE, CAGE_OFF };

	return o->script_cage > 0 ? &policies[o->script_cage - 1] : NULL;
}

/* Options that have to be typed again with another wish. */
static const char *typed_options(struct run *r)
{
	const struct options *o = r->o;
	const char *installroot = r->target->installroot;

	return arena_printf(r->arena, "%s%s%s%s%s%s%s", o->accept_license ? " --acceptLicense" : "",
			    o->allow_unsigned ? " --allow-unsigned" : "",
			    o->upgrade_shared > 0 ? " --upgradeSC y" : "",
			    o->exclude_shared ? " --excludeSC" : "",
			    o->any_os_version || o->any_os_level ? " --OSversionOverride" : "",
			    installroot != NULL ? " --installroot " : "",
			    installroot != NULL ? str_shell(r->arena, installroot) : "");
}

void writer_init(struct writer *w, struct run *r, const char *asking, const char *done)
{
	const struct options *o = r->o;

	*w = (struct writer){ .run = r, .asking = asking, .done = done };
	w->request = (struct change_request){
		.root_path = r->target->path,
		.create_root = (r->target->given || r->target->installroot != NULL) &&
			       (o->verb->flags & VERB_CREATES) != 0,
		.dist = r->dist, .lock_wait = o->lock_wait, .policy = writer_cage(o),
		.threads = (unsigned)o->jobs,
		.planned = r->plan != NULL,
		.generation = r->plan != NULL ? r->plan->generation : 0,
		.dry_run = o->dry_run, .accept_licences = o->accept_license,
		.answers = { .response = o->response, .save = o->save_response,
			     .ask = !o->yes && isatty(STDIN_FILENO) },
		.solve = { .autoremove = o->autoremove, .allow_downgrade = o->allow_downgrade,
			   .dependents = o->dependents, .reinstall = o->reinstall,
			   .nodeps = o->nodeps, .beside = o->beside, .distro = o->distro,
			   .any_system = o->any_os_version || o->any_os_level,
			   .upgrade_shared = o->upgrade_shared > 0,
			   .exclude_shared = o->exclude_shared, .remove_shared = o->all,
			   .installroot = r->target->installroot, .typed = typed_options(r),
			   .root = r->target->given ? r->target->path : NULL },
		.plan = { .verb = o->verb->name, .command = r->command, .program = "commpkg",
			  .conflict = o->overwrite ? CONFLICT_OVERWRITE : CONFLICT_REFUSE,
			  .no_keep = o->no_keep, .stage_scripts = o->stage_scripts,
			  .script_inside = o->script_root == 1,
			  .script_timeout = (unsigned)o->script_timeout,
			  .script_memory = o->script_memory,
			  .first_boot = o->first_boot,
			  .services = (enum services_policy)o->services,
			  .cage = writer_cage(o) != NULL ? *writer_cage(o) : CAGE_TRY },
	};
	w->trust = (struct trust_options){ .allow_unsigned = o->allow_unsigned,
					   .allow_older = o->allow_older };
	w->request.trust = &w->trust;
	w->watch = (struct change_watch){
		.ctx = w, .waiting = writer_waiting, .recovered = writer_recovered,
		.plan = on_plan, .progress = on_progress, .no_solution = on_no_solution,
		.nothing = on_nothing,
		.trusted = on_trusted, .published = on_published,
		.script_line = on_script_line, .script_prompt = on_script_prompt,
		.script_ended = on_script_ended, .answer_refused = on_answer_refused,
		.hook_progress = on_hook_progress,
		.told = writer_recovered, .licence = o->silent == NULL ? on_licence : NULL,
	};
	/* "y" is for the plan; nobody there means no */
	if (!o->yes && o->upgrade_shared == 0 && !o->exclude_shared && isatty(STDIN_FILENO))
		w->watch.shared = on_shared;
	(void)clock_gettime(CLOCK_MONOTONIC, &w->started); /* can't fail on Linux */
}

static size_t named_files(const struct dist *d)
{
	size_t i, n = 0;

	for (i = 0; d != NULL && i < dist_count(d); i++)
		n += dist_package(d, i)->named;
	return n;
}

void writer_wish_all(struct writer *w, enum wish_kind kind)
{
	struct wish *all = arena_alloc(w->run->arena, sizeof(*all));

	all->kind = kind;
	w->request.wishes = all;
	w->request.nwishes = 1;
}

int writer_wishes(struct writer *w, enum wish_kind kind, struct error *e)
{
	const struct operands *ops = w->run->operands;
	const struct dist *d = w->run->dist;
	size_t nfiles = named_files(d), i, k = 0;
	struct wish *v = arena_calloc(w->run->arena, ops->nnames + nfiles + 1, sizeof(*v));

	if (d != NULL && ops->nnames > 0 && dist_count(d) == 0 &&
	    dist_component_count(d) == 0) {
		error_set(e, E_NOT_FOUND, "no distribution to take '%s' from", ops->names[0]);
		return error_hint(e, "--distro PATH or COMMPKG_DISTRO names one; './%s' a package "
				  "file", ops->names[0]);
	}
	for (i = 0; i < ops->nnames; i++)
		v[k++] = (struct wish){ .kind = kind, .name = ops->names[i] };
	for (i = 0; nfiles > 0 && i < dist_count(d); i++)
		if (dist_package(d, i)->named)
			v[k++] = (struct wish){ .kind = kind,
						.package = dist_package(d, i)->package };
	w->request.wishes = v;
	w->request.nwishes = k;
	return 0;
}

/* ---- the end */

static void show_result(struct writer *w, const struct change_result *result)
{
	struct table *t = table_new(w->run->arena, "result", result_columns, NRESULT);

	table_add(t, (struct cell[]){
		{ .number = (uint64_t)result->txn, .none = result->txn == 0 },
		CELL_N(result->nothing_to_do), CELL_N(w->run->o->dry_run),
		CELL_N(result->pending_config), CELL_N(result->waiting) });
	show_json_record(t);
}

static void say_done(struct writer *w, const struct change_result *result)
{
	const char *root = run_root_option(w->run);

	report_mark(MARK_OK, "%s: %s in '%s' (transaction %lld, %.1f s)",
		    w->summary != NULL ? w->summary : "done", w->done, w->run->target->path,
		    (long long)result->txn, seconds_since(&w->started) - w->thinking);
	if (result->waiting > 0)
		report_note("%zu script%s for the first boot of the root", result->waiting,
			    result->waiting == 1 ? " waits" : "s wait");
	if (result->pending_config > 0)
		report_note("  %zu configuration file%s kept as edited; what came lies beside as "
			    "NAME.new: commpkg config list%s", result->pending_config,
			    result->pending_config == 1 ? " was" : "s were", root);
	if (!w->request.plan.no_keep && !w->forgotten)
		report_note("  to take it back: commpkg undo%s%s",
			    w->by_number ? arena_printf(w->run->arena, " %lld",
							(long long)result->txn) : "", root);
}

int writer_finish(struct writer *w, int rc, const struct change_result *result,
		  struct error *e)
{
	show_result(w, result);
	if (rc < 0)
		return rc;
	if (w->refused) {
		report_note("nothing was done");
		return EXIT_FAILED;
	}
	if (result->nothing_to_do)
		report_note("nothing to do in '%s'", w->run->target->path);
	else if (w->run->o->dry_run)
		report_note("the plan can be carried out; nothing was done (dry run)");
	else if (result->txn != 0)
		say_done(w, result);
	else
		return error_set(e, E_CONFLICT, "nothing was done");
	if (result->reboot) {
		report_note("a script asks for a restart of the system");
		return EXIT_RESTART;
	}
	if (result->waiting > 0)
		return EXIT_FIRST_BOOT;
	return result->pending_config > 0 ? EXIT_PENDING : EXIT_DONE;
}

/* A name that install registers is in the list before the root is touched, so that a bad
 * one is refused early; a run that does nothing takes it out again. */
static int register_root(struct writer *w, struct error *e)
{
	const struct target *t = w->run->target;
	int rc;

	if (!t->registers || w->run->o->dry_run)
		return 0;
	rc = softlist_add(w->run->statedir, t->name, t->path, e);
	if (rc == 0)
		report_verbose("root '%s' is '%s'", t->name, t->path);
	return rc;
}

static void unregister_root(struct writer *w)
{
	struct error e = ERROR_INIT;

	if (!w->run->target->registers || w->run->o->dry_run)
		return;
	if (softlist_remove(w->run->statedir, w->run->target->name, &e) < 0)
		report_warning("%s", e.text);
}

static int on_audit(void *ctx, uint64_t done, uint64_t total, struct error *e)
{
	(void)ctx;
	report_progress("audit", done, total);
	return signals_check(e);
}

static int say_audited(const struct audit *au, const char *place, bool all, struct error *e)
{
	int rc = audit_verdict(au, place, all, e);

	if (rc == 0)
		report_note("the distribution '%s' is whole: %zu package%s, %zu manifest%s", place,
			    au->npackages, au->npackages == 1 ? "" : "s", au->nmanifests,
			    au->nmanifests == 1 ? "" : "s");
	return rc;
}

/* Without a catalog: all that is wrong is said here, as `repo check` is for published ones. */
static int audit_plain(struct writer *w, struct error *e)
{
	struct audit au = { .a = w->run->arena, .watch = on_audit };
	const char *place = w->run->o->distro != NULL ? w->run->o->distro :
			    getenv("COMMPKG_DISTRO");
	int rc = audit_directory(&au, w->run->dist, e);

	for (size_t i = 0; rc == 0 && i < au.n; i++)
		report_warning("%s: %s", au.findings[i].file, au.findings[i].problem);
	return rc < 0 ? rc : say_audited(&au, place != NULL ? place : "that was given", true, e);
}

/* --auditDistro: all of it, before anything is taken from it. */
static int audit(struct writer *w, struct error *e)
{
	size_t i, n = w->run->dist != NULL ? dist_published_count(w->run->dist) : 0;
	int rc = 0;

	if (!w->run->o->audit_distro || w->run->dist == NULL)
		return 0;
	if (n == 0)
		return audit_plain(w, e);
	for (i = 0; rc == 0 && i < n; i++) {
		struct audit au = { .a = w->run->arena, .watch = on_audit };
		struct published *p = dist_published(w->run->dist, i);

		rc = audit_published(&au, p, e);
		if (rc == 0)
			rc = say_audited(&au, p->place, false, e);
	}
	return rc;
}

/* What was possible when the plan was saved is not any more. */
static int impossible_by_now(struct error *e)
{
	if (e != NULL)
		e->code = E_STALE;
	return error_prefix(e, "the plan is stale");
}

/* A plan is of one root, and is looked at before it is carried out. */
static int check_save(const struct writer *w, struct error *e)
{
	if (w->run->o->save != NULL && w->run->ntargets > 1)
		return error_set(e, E_USAGE, "'--save' is for one root: a plan is of one");
	if (w->run->o->save == NULL || w->run->o->dry_run)
		return 0;
	(void)error_set(e, E_USAGE, "'--save' wants '-n'");
	return error_hint(e, "'commpkg apply PLAN' carries it out");
}

int writer_run(struct writer *w, struct error *e)
{
	struct change_result result = { .txn = 0 };
	int rc = check_save(w, e);

	if (rc == 0 && w->run->o->fix_entsys > 0)
		report_note("--fixEntsys: nothing to mend: there is no /usr/jdk/entsys-j2se on "
			    "this platform");
	if (rc == 0)
		rc = audit(w, e);
	if (rc == 0)
		rc = register_root(w, e);
	if (rc < 0)
		return rc;
	w->request.state = answer_text(w->run);
	if (w->run->o->given != NULL) {
		w->request.given = w->run->o->given->answers;
		w->request.ngiven = w->run->o->given->nanswers;
		w->request.plan.edits = w->run->o->given->edits;
		w->request.plan.nedits = w->run->o->given->nedits;
	}
	rc = change_run(&w->request, &w->watch, &result, e);
	if (w->run->plan != NULL && (rc == -E_NO_SOLUTION || rc == -E_NOT_FOUND ||
				     rc == -E_CONFLICT))
		rc = impossible_by_now(e);
	if (w->run->plan != NULL && rc == 0 && result.nothing_to_do)
		return error_set(e, E_STALE, "the plan is stale: there is nothing to do any more");
	if (rc == 0 && result.nothing_to_do)
		rc = answer_save(w->run, &(struct answer_decided){ .versions = NULL }, e);
	if (result.txn == 0 && !result.nothing_to_do)
		unregister_root(w);
	return writer_finish(w, rc, &result, e);
}
