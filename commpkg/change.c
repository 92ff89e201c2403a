/*
 * One change of one root. This function is the table of contents of the program:
 *
 *	session	open the root, take the lock, recover
 *	believe	whose distributions these are
 *	solve	what has to be done
 *	trust	whose packages that takes
 *	agree	to licences of components
 *	ask	what packages want to know before it can be planned
 *	plan	what that means, path by path; shown, and asked
 *	stage	everything new, beside the root
 *	script	scripts of packages, caged over the stage
 *	seal	one commit: the moment
 *	apply	renames
 *	settle	synced and recorded
 */
#include "change.h"

#include "beside.h"
#include "change_ask.h"
#include "change_consent.h"
#include "change_dist.h"
#include "commit.h"
#include "dryrun.h"
#include "editable.h"
#include "hook_answers.h"
#include "late.h"
#include "procedures.h"
#include "retention.h"
#include "session.h"
#include "signals.h"
#include "stage_migrate.h"
#include "system.h"
#include "take.h"
#include "validate.h"

#include <unistd.h>

#define DEFAULT_THREADS_MAX 4

struct change {
	const struct change_request *req;
	const struct change_watch *watch;
	struct change_result *result;
	struct arena *a;
	struct session session;
	struct trust *trust;
	struct plan_options plan_options; /* as asked for, and what distributions add */
	struct solve_system system;
	struct solve_options options;	/* as asked for, and the system */
	struct solution solution;
	struct plan plan;
	enum change_phase phase;
};

static void on_waiting(void *ctx, const char *holder)
{
	const struct change_watch *w = ((struct change *)ctx)->watch;

	if (w->waiting != NULL)
		w->waiting(w->ctx, holder);
}

static void on_recovered(void *ctx, const char *words)
{
	const struct change_watch *w = ((struct change *)ctx)->watch;

	if (w->recovered != NULL)
		w->recovered(w->ctx, words);
}

static void on_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct change *c = ctx;

	if (c->watch->progress != NULL)
		c->watch->progress(c->watch->ctx, c->phase, done, total);
}

static void enter(struct change *c, enum change_phase phase)
{
	c->phase = phase;
	on_progress(c, 0, 0);
}

static int change_open(struct change *c, struct error *e)
{
	struct session_options o = {
		.who = c->req->plan.command, .lock_wait = c->req->lock_wait,
		.create = c->req->create_root, .read_only = c->req->dry_run,
		.policy = c->req->policy, .waiting = on_waiting, .told = on_recovered, .ctx = c,
		.word = c->req->nwishes > 0 ? c->req->wishes[0].name : NULL,
	};

	return session_open(c->req->root_path, &o, &c->session, e);
}

/* A saved plan is for the root as it was then. */
static int change_check_generation(struct change *c, struct error *e)
{
	int64_t next = 1;
	int rc = 0;

	if (!c->req->planned)
		return 0;
	if (c->session.db != NULL)
		rc = txn_next(c->session.db, &next, e);
	if (rc < 0 || next - 1 == c->req->generation)
		return rc;
	(void)error_set(e, E_STALE, "the plan is stale: it was made after transaction %lld of "
			"'%s', which is at %lld now", (long long)c->req->generation,
			c->req->root_path, (long long)next - 1);
	return error_hint(e, "make and look at a new one: commpkg VERB ... -n --save FILE");
}

/* Is there a way with shared components upgraded, and are they to be? Else what stood in the way
 * is what is told. */
static int change_solve_shared(struct change *c, const struct pkgdb_package *installed, size_t n,
			       struct error *e)
{
	struct solve_options options = c->options;
	struct solution solution;
	int rc;

	options.upgrade_shared = true;
	rc = solve(c->a, installed, n, c->session.db, c->req->dist, c->req->wishes,
		   c->req->nwishes, &options, &solution, NULL);
	if (rc == 0)
		rc = change_shared(c->watch, &solution, e);
	else
		rc = 0;
	if (rc <= 0)
		return rc < 0 ? rc : -E_NO_SOLUTION;
	error_clear(e);
	c->options = options;
	c->solution = solution;
	return 0;
}

static bool upgrades_all(const struct change_request *req)
{
	for (size_t i = 0; i < req->nwishes; i++)
		if (req->wishes[i].kind == WISH_UPGRADE && req->wishes[i].name == NULL &&
		    req->wishes[i].package == NULL)
			return true;
	return false;
}

/* Everything is to be upgraded: which of the shared components that could be, too? */
static int change_solve_all(struct change *c, const struct pkgdb_package *installed, size_t n,
			    struct error *e)
{
	struct solve_options options = c->options;
	struct solution solution;
	const char **these;
	size_t asked;
	int rc;

	options.upgrade_shared = true;
	if (solve(c->a, installed, n, c->session.db, c->req->dist, c->req->wishes,
		  c->req->nwishes, &options, &solution, NULL) < 0)
		return 0;
	these = arena_calloc(c->a, solution.ncomponents, sizeof(*these));
	options.nupgrade_these = 0;
	rc = change_shared_each(c->watch, &solution, these, &options.nupgrade_these, &asked, e);
	if (rc < 0 || options.nupgrade_these == 0)
		return rc;
	if (options.nupgrade_these < asked) {
		options.upgrade_shared = false;
		options.upgrade_these = these;
		rc = solve(c->a, installed, n, c->session.db, c->req->dist, c->req->wishes,
			   c->req->nwishes, &options, &solution, e);
	}
	c->options = options;
	c->solution = solution;
	return rc;
}

static int change_solve(struct change *c, struct error *e)
{
	struct solve_options *options = &c->options;
	struct pkgdb_package *installed = NULL;
	size_t n = 0;
	int rc = 0;

	enter(c, PHASE_SOLVE);
	if (c->req->nwishes > 0 && c->req->wishes[0].kind == WISH_SWITCH)
		return beside_switch(c->a, c->session.db, c->req->wishes, c->req->nwishes,
				     &c->solution, e);
	if (c->req->migrate != NULL)
		return beside_migrate(c->a, c->session.root, c->session.db, c->req->wishes,
				      c->req->nwishes, c->req->migrate, &c->solution, e);
	*options = c->req->solve;
	if (!options->any_system && !options->nodeps && options->system == NULL) {
		rc = system_read(c->a, c->session.root, &c->system, e);
		options->system = &c->system;
	}
	if (rc == 0 && c->session.db != NULL)
		rc = pkgdb_packages(c->session.db, c->a, PKGDB_NOW, &installed, &n, e);
	if (rc == 0)
		rc = solve(c->a, installed, n, c->session.db, c->req->dist, c->req->wishes,
			   c->req->nwishes, options, &c->solution, e);
	if (rc == -E_NO_SOLUTION && !options->upgrade_shared && c->watch->shared != NULL)
		rc = change_solve_shared(c, installed, n, e);
	else if (rc == 0 && !options->upgrade_shared && !options->exclude_shared &&
		 !c->req->dry_run && c->watch->shared != NULL && upgrades_all(c->req))
		rc = change_solve_all(c, installed, n, e);
	if (rc == -E_NO_SOLUTION && c->watch->no_solution != NULL)
		c->watch->no_solution(c->watch->ctx, &c->solution);
	return rc;
}

static int on_verified(void *ctx, uint64_t done, uint64_t total, struct error *e)
{
	on_progress(ctx, done, total);
	return signals_check(e);
}

static void note_signer(struct change *c, const struct medium *m, const struct verdict *v)
{
	size_t i;

	for (i = 0; i < c->solution.nsteps; i++)
		if (c->solution.steps[i].package != NULL &&
		    c->solution.steps[i].package->medium == m)
			c->solution.steps[i].signer =
				arena_printf(c->a, "%s (certificate %s)", v->signer,
					     v->fingerprint);
}

static int check_medium(struct change *c, const struct trust *t, const struct medium *m,
			struct error *e)
{
	struct trust_finding finding;
	int rc;

	if (change_dist_vouches(c->req->dist, m))
		return 0;
	rc = trust_check(t, m, on_verified, c, c->a, &finding, e);
	if (rc == 0 && finding.is_signed && finding.verdict.state == SIGNER_TRUSTED)
		note_signer(c, m, &finding.verdict);
	if (rc == 0 && c->watch->trusted != NULL)
		c->watch->trusted(c->watch->ctx, m, &finding);
	return rc;
}

/* Each medium that something is taken from, once. */
static int check_media(struct change *c, const struct trust *t, struct error *e)
{
	const struct solution *s = &c->solution;
	size_t i, j;
	int rc = 0;

	for (i = 0; i < s->nsteps && rc == 0; i++) {
		const struct package *p = s->steps[i].package;

		if (p == NULL)
			continue;
		for (j = 0; j < i; j++)
			if (s->steps[j].package != NULL &&
			    s->steps[j].package->medium == p->medium)
				break;
		if (j == i)
			rc = check_medium(c, t, p->medium, e);
	}
	return rc;
}

static unsigned threads(const struct change *c)
{
	long cores;

	if (c->req->threads > 0)
		return c->req->threads;
	cores = sysconf(_SC_NPROCESSORS_ONLN);
	return cores < 1 ? 1 : cores > DEFAULT_THREADS_MAX ? DEFAULT_THREADS_MAX :
							     (unsigned)cores;
}

/* Whose distributions these are: before the solver believes them. */
static int change_believe(struct change *c, struct error *e)
{
	int rc;

	c->plan_options = c->req->plan;
	if (c->req->trust == NULL)
		return 0;
	enter(c, PHASE_TRUST);
	rc = trust_open(c->req->trust, &c->trust, e);
	if (rc == 0)
		rc = trust_add_root(c->trust, c->session.root, e);
	if (rc == 0 && c->plan_options.script_timeout == 0)
		c->plan_options.script_timeout = trust_conf(c->trust)->script_timeout;
	if (rc == 0)
		rc = change_dist_believe(c->a, c->req->dist, c->trust, c->session.db, c->watch,
					 &c->plan_options, e);
	return rc;
}

/* What hooks of components get of answers, and what the root remembers of them. */
static int change_answers(struct change *c, struct error *e)
{
	const struct change_request *req = c->req;
	struct state_answer *known, *v;
	size_t nknown, n;
	int rc = hook_answers_known(c->session.db, c->a, &known, &nknown, e);

	if (rc < 0)
		return rc;
	hook_answers_join(c->a, known, nknown, req->given, req->ngiven, &v, &n);
	c->plan_options.answers = hook_answers_text(c->a, req->state, v, n);
	if (req->ngiven > 0)
		c->plan_options.remember_answers = hook_answers_text(c->a, NULL, v, n);
	return 0;
}

/* What the catalog promised is opened and compared. */
static int change_take(struct change *c, struct error *e)
{
	enter(c, PHASE_READ);
	return take_steps(c->req->dist, c->solution.steps, c->solution.nsteps, threads(c),
			  on_verified, c, e);
}

/* Before anything of a package is shown as a plan, unpacked or run. */
static int change_trust(struct change *c, struct error *e)
{
	int rc = change_take(c, e);

	if (rc < 0 || c->req->trust == NULL)
		return rc;
	enter(c, PHASE_TRUST);
	return check_media(c, c->trust, e);
}

static int change_agree(struct change *c, struct error *e)
{
	int rc = change_licences(c->a, c->req, c->watch, c->session.db, &c->solution,
				 &c->plan_options, e);

	c->result->refused = rc == 0;
	return rc < 0 ? rc : 0;
}

/* Packages that come and ask: each step gets its answers. */
static int change_ask(struct change *c, struct error *e)
{
	struct change_asked asked = { .warning = false };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->solution.nsteps; i++)
		rc = change_ask_step(c->a, c->req, c->watch, &c->session,
				     &c->solution.steps[i], &asked, e);
	c->result->script_warning |= asked.warning;
	c->result->reboot |= asked.reboot;
	return rc;
}

static int refuse_problems(const struct plan *plan, struct error *e)
{
	if (plan_lacks_space(plan) && plan->nproblems == 1)
		return error_set(e, E_SPACE, "%s", plan->problems[0].text);
	return error_set(e, E_CONFLICT, "the plan can't be carried out: %zu problem%s",
			 plan->nproblems, plan->nproblems == 1 ? "" : "s");
}

/* What hooks say that they would do: the same with a dry run as without. */
static int change_dry_run(struct change *c, struct error *e)
{
	const struct procedures_watch hooks = { .ctx = c->watch->ctx,
						.progress = c->watch->hook_progress };
	const struct dryrun_watch watch = { .hooks = &hooks, .progress = on_progress, .ctx = c };

	return dryrun_ask(c->a, &c->plan,
			  c->session.stand_in != NULL ? c->req->root_path : NULL, threads(c),
			  &watch, e);
}

/* 1: go on. */
static int change_plan(struct change *c, struct error *e)
{
	struct txn coming = { .state = TXN_SETTLED, .keeps = true };
	const struct error *cannot = &c->session.cannot;
	int go = 1, rc;

	enter(c, PHASE_PLAN);
	rc = plan_build(c->a, c->session.root, c->session.db, c->session.owners, &c->solution,
			&c->plan_options, &c->plan, e);
	if (rc == 0)
		rc = tree_trouble(c->session.root->tree, e); /* or it would be no true plan */
	if (rc < 0)
		return rc;
	coming.n = c->plan.txn;
	if (c->session.db != NULL)
		rc = retention_foretell(c->session.root, c->session.db, c->session.state,
					&coming, &c->plan.forgets, e);
	if (rc < 0)
		return rc;
	rc = change_dry_run(c, e);
	if (rc < 0)
		return rc;
	/* What stands in the way of the real run belongs to what a dry run has to tell. */
	if (c->session.cannot.code != 0)
		plan_add_problem(c->a, &c->plan, arena_strdup(c->a, cannot->text),
				 cannot->hint[0] != '\0' ? arena_strdup(c->a, cannot->hint) : NULL);
	if (c->watch->plan != NULL)
		go = c->watch->plan(c->watch->ctx, &c->plan, e);
	if (c->plan.nproblems > 0)
		return refuse_problems(&c->plan, e);
	return c->req->dry_run && go > 0 ? 0 : go;
}

static int change_scripts(struct change *c, struct stage *s, struct error *e)
{
	struct procedures_watch watch = { .ctx = c->watch->ctx,
					  .begins = c->watch->script_begins,
					  .line = c->watch->script_line,
					  .ended = c->watch->script_ended };
	int rc;

	enter(c, PHASE_SCRIPT);
	s->procedures = arena_alloc(c->a, sizeof(*s->procedures));
	rc = procedures_run(s, c->session.db, &watch, s->procedures, e);
	c->result->script_warning |= s->procedures->warning;
	c->result->reboot |= s->procedures->reboot;
	c->result->stopped = s->procedures->stopped != NULL;
	return rc;
}

static int mark_partial(const struct change *c, struct stage *s, struct error *e)
{
	const struct plan_options *o = &c->req->plan;

	s->partial = o->mark_partial &&
		     (o->warned || c->plan.nlost > 0 ||
		      (s->procedures != NULL &&
		       (s->procedures->warning || s->procedures->stopped != NULL)));
	return s->partial ? stage_view_partial(s, e) : 0;
}

/* What the packages make of the stage: with scripts over it, or their view alone, and scripts
 * that run later noted. */
static int change_outcome(struct change *c, struct stage *s, struct error *e)
{
	int rc;

	if (c->plan.scripted && !c->plan.late)
		return change_scripts(c, s, e);
	rc = stage_view(s, e);
	if (rc == 0 && c->plan.late)
		rc = late_record(s, c->session.db, &s->late, e);
	return rc;
}

/* From a version to the one beside it. */
static int change_migrate(struct change *c, struct stage *s, struct error *e)
{
	const struct procedures_watch watch = { .ctx = c->watch->ctx,
						.begins = c->watch->script_begins,
						.line = c->watch->script_line,
						.progress = c->watch->hook_progress,
						.ended = c->watch->script_ended };

	if (c->plan.nbesides > 0)
		enter(c, PHASE_SCRIPT);
	return stage_migrate(s, &watch, e);
}

static void on_told(void *ctx, const char *words)
{
	const struct change_watch *w = ((struct change *)ctx)->watch;

	if (w->told != NULL)
		w->told(w->ctx, words);
}

/* Merged configuration, as its components see it; one that they don't accept is queued. */
static int change_validate(struct change *c, struct stage *s, struct error *e)
{
	const struct procedures_watch watch = { .ctx = c->watch->ctx,
						.line = c->watch->script_line };

	return validate_merged(s, &c->plan, &watch, on_told, c, e);
}

/* Everything up to the moment: a failure here leaves the root untouched. */
static int change_prepare(struct change *c, struct error *e)
{
	struct stage *s;
	int rc = signals_check(e);

	if (rc < 0)
		return rc;
	enter(c, PHASE_STAGE);
	rc = stage_open(c->a, &c->plan, c->session.state, &s, e);
	if (rc < 0)
		return rc;
	rc = stage_fill(s, threads(c), on_progress, c, e);
	if (rc == 0)
		rc = change_outcome(c, s, e);
	if (rc == 0)
		rc = change_migrate(c, s, e);
	if (rc == 0)
		rc = stage_puts(s, e);
	if (rc == 0)
		rc = change_validate(c, s, e);
	if (rc == 0)
		rc = mark_partial(c, s, e);
	if (rc == 0)
		rc = change_dist_untouched(c->req->dist, e);
	if (rc == 0)
		rc = signals_check(e);
	if (rc == 0) {
		enter(c, PHASE_SEAL);
		rc = commit_seal(s, c->session.db, e);
	}
	if (rc < 0 && rc != -E_RECOVERY)
		stage_discard(s);
	procedures_free(s->procedures);
	late_recorder_free(s->late);
	stage_close(s);
	return rc;
}

/* Queued by the plan, and not decided by a migration since. */
static size_t pending_decisions(struct change *c)
{
	const struct view v = { .root = c->session.root, .state = c->session.state,
				.db = c->session.db };
	const struct plan *plan = &c->plan;
	struct editable ed;
	size_t i, n = 0;

	for (i = 0; i < plan->ndecisions; i++) {
		if (plan->decisions[i].kind != DECISION_QUEUE_NEW)
			continue;
		n += plan->nmigrations == 0 ||
		     editable_look(&v, c->a, rpath_str(plan->decisions[i].path), &ed, NULL) <= 0 ||
		     ed.pending != PENDING_NONE;
	}
	return n;
}

static int taken_back(struct change *c, const struct error *why, struct error *e)
{
	if (e != NULL)
		*e = *why;
	return error_prefix(e, c->plan.late ?
			    "transaction %lld was taken back: files and database are as they were" :
			    "transaction %lld was taken back and the root is as it was",
			    (long long)c->plan.txn);
}

/* What late scripts said with their exit codes; it is in their rows by now. */
static int read_outcome(struct change *c, struct error *e)
{
	struct txn_script *scripts;
	size_t n;
	int rc = txn_scripts(c->session.db, c->a, c->plan.txn, &scripts, &n, e);

	if (rc == 0)
		late_outcome(scripts, n, &c->result->script_warning, &c->result->reboot);
	return rc;
}

static int change_commit(struct change *c, struct error *e)
{
	const struct procedures_watch scripts = { .ctx = c->watch->ctx,
						  .begins = c->watch->script_begins,
						  .line = c->watch->script_line,
						  .progress = c->watch->hook_progress,
						  .ended = c->watch->script_ended };
	const struct commit_watch watch = { .ctx = c, .progress = on_progress, .told = on_told,
					    .scripts = &scripts };
	struct error why = ERROR_INIT;
	int rc;

	enter(c, PHASE_APPLY);
	rc = commit_carry_out(c->session.root, c->session.state, c->session.db, c->plan.txn,
			      &watch, &why, e);
	if (rc < 0)
		return rc;
	if (rc > 0)
		return taken_back(c, &why, e);
	if (c->plan.late)
		rc = read_outcome(c, e);
	if (rc < 0)
		return rc;
	c->result->txn = c->plan.txn;
	c->result->pending_config = pending_decisions(c);
	c->result->waiting = c->plan.nwaiting;
	enter(c, PHASE_DONE);
	return 0;
}

static int change_rooms(struct change *c, struct error *e)
{
	int rc = change_open(c, e);

	if (rc == 0)
		rc = session_check_adopted(&c->session, e);
	if (rc == 0)
		rc = change_check_generation(c, e);
	if (rc == 0)
		rc = change_believe(c, e);
	if (rc == 0)
		rc = change_solve(c, e);
	if (rc == 0 && c->solution.nsteps == 0 && c->solution.ncomponents == 0) {
		c->result->nothing_to_do = true;
		if (c->watch->nothing != NULL)
			c->watch->nothing(c->watch->ctx, &c->solution);
		return 0;
	}
	if (rc == 0)
		rc = change_trust(c, e);
	if (rc == 0)
		rc = change_agree(c, e);
	if (c->result->refused)
		return 0;
	if (rc == 0)
		rc = change_ask(c, e);
	if (rc == 0)
		rc = change_answers(c, e);
	if (rc == 0)
		rc = change_plan(c, e);
	if (rc <= 0)
		return rc;
	rc = change_prepare(c, e);
	if (rc == 0)
		rc = change_commit(c, e);
	return rc;
}

int change_run(const struct change_request *req, const struct change_watch *watch,
	       struct change_result *ret, struct error *e)
{
	struct change_result result = { .txn = 0 };
	struct change c = { .req = req, .watch = watch, .result = &result, .a = arena_new() };
	int rc = change_rooms(&c, e);

	if (c.plan.dirs != NULL)
		dirs_free(c.plan.dirs);
	trust_close(c.trust);
	session_close(&c.session);
	arena_free(c.a);
	if (rc == 0)
		*ret = result;
	return rc;
}
