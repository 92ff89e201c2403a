/* Scripts on the root itself: run, each marked before and after, phase by phase. */
#include "late.h"

#include <time.h>

#include "commit.h"
#include "environment.h"
#include "formats/cleanup.h"
#include "history_words.h"
#include "hooks.h"
#include "pkgdb/svr4view.h"
#include "setid.h"
#include "signals.h"

struct running {
	struct late *l;
	const struct txn_script *s;
	struct strbuf said;
};

/* ---- commits, of which an error says nothing */

struct wanted {
	int64_t n, phase, seq;
	enum script_state state;
};

static int is_in_phase(struct pkgdb *db, const void *ctx, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct wanted *w = ctx;
	struct txn t;
	int rc = txn_find(db, a, w->n, &t, e);

	return rc > 0 ? t.phase == w->phase : rc;
}

static int is_in_state(struct pkgdb *db, const void *ctx, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct wanted *w = ctx;
	struct txn_script *v;
	size_t n, i;
	int rc = txn_scripts(db, a, w->n, &v, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		if (v[i].seq == w->seq)
			return v[i].state == w->state;
	return rc;
}

/* What was begun, with rc of what was written since. */
static int commit(struct late *l, int rc, commit_answer *there, const struct wanted *w,
		  struct error *e)
{
	if (rc == 0)
		return commit_ask(l->db, there, w, l->ap->new, e);
	pkgdb_abort(l->db);
	return rc;
}

static int commit_script(struct late *l, int rc, const struct txn_script *s,
			 enum script_state state, struct error *e)
{
	const struct wanted w = { .n = l->txn->n, .seq = s->seq, .state = state };

	return commit(l, rc, is_in_state, &w, e);
}

static int commit_phase(struct late *l, int rc, int64_t phase, struct error *e)
{
	const struct wanted w = { .n = l->txn->n, .phase = phase };

	return commit(l, rc, is_in_phase, &w, e);
}

/* ---- one script */

static void on_line(void *ctx, const char *text)
{
	struct running *r = ctx;
	const struct procedures_watch *w = r->l->watch;
	unsigned percent;
	const char *words;

	if (r->s->role != ROLE_PACKAGE && hooks_progress(text, &percent, &words)) {
		if (w != NULL && w->progress != NULL)
			w->progress(w->ctx, r->s->instance, services_name(r->l->a, r->s), percent,
				    words);
		return;
	}
	strbuf_addf(&r->said, "%s\n", text);
	if (w != NULL && w->line != NULL)
		w->line(w->ctx, r->s->instance, services_name(r->l->a, r->s), text);
}

/* On the way back nothing is cut short. */
static bool on_stop(void *ctx)
{
	const struct running *r = ctx;
	bool back = r->s->role == ROLE_BACK_STOP || r->s->role == ROLE_BACK_START;

	return !back && signals_check(NULL) < 0;
}

static int open_data(struct late *l, struct tree **ret, struct error *e)
{
	const struct rpath data = { "data" };
	struct tree *txn;
	int rc = volumes_tree(&l->ap->volumes, arena_printf(l->a, "txn/%s", l->txn->stage), 0,
			      false, &txn, e);

	if (rc == 0) {
		rc = tree_open_below(txn, data, 0, false, ret, e);
		tree_close(txn);
	}
	return rc == -ENOENT ? 0 : rc;
}

/* A hook's bases are where the root is now, as whoever recovers it sees it. What packages' scripts
 * have as input is its answers. */
static void make_hook(struct late *l, const struct txn_script *s, struct script *script,
		      struct pkginfo *env, struct cage_file *answers)
{
	hooks_places(l->a, l->root, s->job->cwd != NULL ? s->job->cwd : "", NULL, env);
	if (s->role == ROLE_MIGRATE)
		pkginfo_set(l->a, env, "COMMPKG_REPLACED", CAGE_DIR "/" HOOKS_REPLACED);
	*answers = hooks_answers(l->a, arena_strndup(l->a, script->input_len > 0 ? script->input :
						     "", script->input_len), env);
	script->input = NULL;
	script->input_len = 0;
	script->cwd = NULL;
}

static int run_on_root(struct running *r, struct tree *data, struct script_result *ret,
		       struct error *e)
{
	bool hook = r->s->role != ROLE_PACKAGE;
	struct late *l = r->l;
	const struct txn_script_job *job = r->s->job;
	const struct cage_bind bind = { .tree = data, .name = "data" };
	struct cage_file answers;
	const struct script_place place = {
		.root = l->root, .policy = l->policy != NULL && !hook ? *l->policy :
			  (enum cage_policy)job->policy,
		.chroot = job->inside, .binds = &bind, .nbinds = data != NULL,
		.files = &answers, .nfiles = hook, .tools = !hook,
		.line = on_line, .stop = on_stop, .ctx = r,
	};
	struct pkginfo env = { 0 };
	struct script script = {
		.name = r->s->name, .bytes = job->bytes, .len = job->len, .args = &job->arg,
		.nargs = job->arg != NULL, .input = job->input, .input_len = job->input_len,
		.env = &env, .cwd = job->cwd, .cwd_in_root = true,
		.gid = (gid_t)job->gid, .trace = job->trace, .time_limit = job->time_limit,
	};

	hooks_env_read(l->a, job->env, job->env_len, &env);
	if (hook)
		make_hook(l, r->s, &script, &env, &answers);
	script.file_limit = environment_file_limit(&env);
	return r->s->role == ROLE_MIGRATE ? late_migrate(l, &script, &place, ret, e) :
					    script_run(l->a, &script, &place, ret, e);
}

/* That a service does not run is an answer like the other. */
static bool is_fine(const struct txn_script *s, const struct script_result *result)
{
	if (result->stopped)
		return false;
	if (s->role == ROLE_WAS)
		return result->code >= 0;
	return s->role == ROLE_PACKAGE ? script_goes_on(result->status) :
					 result->status == SCRIPT_FINE;
}

static int judge_script(struct late *l, const struct txn_script *s,
			const struct script_result *result, struct error *e)
{
	const struct script script = { .name = s->name, .time_limit = s->job->time_limit };

	if (l->watch != NULL && l->watch->ended != NULL)
		l->watch->ended(l->watch->ctx, s->instance, s->name, result->status);
	if (result->stopped && signals_check(e) < 0)
		return -E_INTERRUPTED;
	if (script_goes_on(result->status))
		return 0;
	(void)error_set(e, E_SCRIPT, "script '%s' of package '%s' failed: %s", s->name,
			s->instance, script_words(l->a, &script, result));
	return error_hint(e, "what the script said is in the log, and in the history");
}

static int judge_hook(struct late *l, const struct txn_script *s,
		      const struct script_result *result, struct error *e)
{
	const struct script script = { .name = s->name };

	if (result->stopped && signals_check(e) < 0)
		return -E_INTERRUPTED;
	if (is_fine(s, result))
		return 0;
	if (s->role == ROLE_MIGRATE) {
		(void)error_set(e, E_SCRIPT, "the migration of '%s' failed: %s", s->instance,
				script_words(l->a, &script, result));
		return error_hint(e, "what it said is in the log, and in the history");
	}
	(void)error_set(e, E_SCRIPT, "service '%s' of '%s' %s: %s", s->name, s->instance,
			s->role == ROLE_STOP ? "could not be stopped" :
			s->role == ROLE_START ? "could not be started" :
			s->role == ROLE_CHECK ? "does not answer" : "could not be looked at",
			script_words(l->a, &script, result));
	return error_hint(e, "what its hook said is in the log, and in the history; --services=no "
			  "leaves services alone");
}

/* What it wrote is on the disk before anybody reads that it is done; what it asked for is
 * recorded with that. */
static int note_end(struct running *r, const struct script_result *result, struct error *e)
{
	enum script_state state = is_fine(r->s, result) ? SCRIPT_DONE : SCRIPT_FAILED;
	struct late *l = r->l;
	int rc = tree_sync(l->ap->new, e);

	if (rc == 0)
		rc = pkgdb_begin(l->db, e);
	if (rc < 0)
		return rc;
	if (state == SCRIPT_DONE && result->requests != NULL)
		rc = late_requests(l, r->s, result, e);
	if (rc == 0)
		rc = txn_script_end(l->db, l->txn->n, r->s->seq, state, result->status,
				    history_now(), strbuf_str(&r->said), e);
	return commit_script(l, rc, r->s, state, e);
}

static int note_begin(struct late *l, const struct txn_script *s, struct error *e)
{
	int rc = pkgdb_begin(l->db, e);

	if (rc < 0)
		return rc;
	rc = txn_script_begin(l->db, l->txn->n, s->seq, history_now(), e);
	return commit_script(l, rc, s, SCRIPT_STARTED, e);
}

static int note_skip(struct late *l, const struct txn_script *s, struct error *e)
{
	int rc = pkgdb_begin(l->db, e);

	if (rc < 0)
		return rc;
	rc = txn_script_skip(l->db, l->txn->n, s->seq, e);
	return commit_script(l, rc, s, SCRIPT_SKIPPED, e);
}

int late_run_one(struct late *l, struct txn_script *s, struct script_result *ret,
		 struct error *e)
{
	struct running r = { .l = l, .s = s, .said = STRBUF_INIT };
	struct tree *data = NULL;
	int rc = 0;

	if (s->job == NULL)
		return error_set(e, E_DB, "there is nothing to run for %s",
				 services_words(l->a, s));
	if (s->role == ROLE_PACKAGE)
		rc = open_data(l, &data, e);
	if (rc == 0)
		rc = note_begin(l, s, e);
	if (rc == 0)
		s->state = SCRIPT_STARTED;
	if (rc == 0 && l->watch != NULL && l->watch->begins != NULL)
		l->watch->begins(l->watch->ctx, s->instance, services_name(l->a, s));
	if (rc == 0)
		rc = run_on_root(&r, data, ret, e);
	tree_forget(l->root->tree);
	if (rc == 0)
		rc = note_end(&r, ret, e);
	if (rc == 0)
		s->status = ret->status;
	tree_close(data);
	strbuf_free(&r.said);
	return rc;
}

static int run_script(struct late *l, struct txn_script *s, struct error *e)
{
	struct script_result result;
	int rc = late_run_one(l, s, &result, e);

	if (rc == 0)
		rc = s->role == ROLE_PACKAGE ? judge_script(l, s, &result, e) :
					       judge_hook(l, s, &result, e);
	if (rc == 0)
		s->state = SCRIPT_DONE;
	return rc;
}

void late_outcome(const struct txn_script *scripts, size_t n, bool *ret_warning, bool *ret_reboot)
{
	size_t i;

	for (i = 0; i < n; i++) {
		int status = scripts[i].status;

		if (scripts[i].state != SCRIPT_DONE || status < 0 ||
		    scripts[i].role != ROLE_PACKAGE)
			continue;
		*ret_warning |= status % 10 == SCRIPT_WARNING;
		*ret_reboot |= status >= SCRIPT_REBOOT && status < SCRIPT_INTERNAL;
	}
}

/* ---- phases */

int late_open(struct late *l, struct error *e)
{
	int rc = txn_scripts(l->db, l->a, l->txn->n, &l->scripts, &l->nscripts, e);

	return rc < 0 ? rc : txn_ops(l->db, l->a, l->txn->n, &l->ops, &l->nops, e);
}

/* The first op of a phase, by number in ops. */
static size_t first_of(const struct late *l, int64_t phase)
{
	size_t i = 0;

	while (i < l->nops && TXN_PHASE(l->ops[i].seq) < phase)
		i++;
	return i;
}

size_t late_nops(const struct late *l)
{
	return first_of(l, l->txn->phase + 1);
}

/* Hooks for the way back are of no phase, nor is what waits for a boot. */
static bool is_ahead(const struct txn_script *s)
{
	return s->role != ROLE_BACK_STOP && s->role != ROLE_BACK_START &&
	       s->state != SCRIPT_WAITING;
}

static int64_t last_phase(const struct late *l)
{
	int64_t last = l->nops > 0 ? TXN_PHASE(l->ops[l->nops - 1].seq) : 0;
	size_t i;

	for (i = 0; i < l->nscripts; i++)
		if (l->scripts[i].phase > last && is_ahead(&l->scripts[i]))
			last = l->scripts[i].phase;
	return last;
}

/* Then all before it is done, and must not be done again: a script may have changed it. */
static bool has_begun(const struct late *l, int64_t phase)
{
	size_t i;

	for (i = 0; i < l->nscripts; i++)
		if (l->scripts[i].phase == phase && is_ahead(&l->scripts[i]) &&
		    l->scripts[i].state != SCRIPT_PENDING)
			return true;
	return false;
}

static int run_next(struct late *l, struct txn_script *s, struct error *e)
{
	int rc = signals_check(e);

	if (rc == 0 && !late_service_wanted(l, s)) {
		s->state = SCRIPT_SKIPPED;
		return note_skip(l, s, e);
	}
	if (rc == 0 && s->role == ROLE_PACKAGE && l->began.tv_sec == 0)
		(void)clock_gettime(CLOCK_REALTIME_COARSE, &l->began);
	return rc < 0 ? rc : run_script(l, s, e);
}

static int run_scripts(struct late *l, int64_t phase, struct error *e)
{
	size_t i;
	int rc = late_migrate_anew(l, phase, e);

	for (i = 0; rc == 0 && i < l->nscripts; i++) {
		struct txn_script *s = &l->scripts[i];

		if (s->phase == phase && is_ahead(s) && s->state != SCRIPT_DONE &&
		    s->state != SCRIPT_SKIPPED)
			rc = run_next(l, s, e);
	}
	return rc;
}

static int write_ops(struct late *l, int64_t phase, const struct op *ops, size_t n,
		     struct error *e)
{
	size_t i;
	int rc = txn_ops_drop(l->db, l->txn->n, phase, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct op op = ops[i];

		op.volume = volumes_of(&l->ap->volumes, op.path)->row.k;
		rc = txn_op_add(l->db, l->txn->n, &op, e);
	}
	return rc == 0 ? setid_share(l->a, l->root, l->db, l->txn->n, e) : rc;
}

/* One commit: the phase, with its ops as they are to be. */
static int write_phase(struct late *l, int64_t phase, const struct op *ops, size_t n,
		       const char *view, struct error *e)
{
	int rc = pkgdb_begin(l->db, e);

	if (rc < 0)
		return rc;
	rc = write_ops(l, phase, ops, n, e);
	if (rc == 0)
		rc = txn_set_phase(l->db, l->txn->n, phase, e);
	if (rc == 0 && view[0] != '\0')
		rc = pkgdb_setting_set(l->db, SVR4VIEW_DIGEST, view, e);
	if (rc == 0 && late_migrates(l, phase))
		rc = late_migrate_notes(l, ops, n, e);
	if (rc == 0 && phase == last_phase(l))
		rc = late_note_effects(l, e);
	return commit_phase(l, rc, phase, e);
}

/* Scripts of packages were staged, and hooks of services change nothing that is ours. */
static bool has_hooks_only(const struct late *l)
{
	size_t i;

	for (i = 0; i < l->nscripts; i++)
		if (l->scripts[i].role == ROLE_PACKAGE && l->scripts[i].phase > 0 &&
		    l->scripts[i].state != SCRIPT_WAITING)
			return false;
	return true;
}

static int write_number(struct late *l, int64_t phase, struct error *e)
{
	int rc = pkgdb_begin(l->db, e);

	if (rc < 0)
		return rc;
	return commit_phase(l, txn_set_phase(l->db, l->txn->n, phase, e), phase, e);
}

static int enter_phase(struct late *l, int64_t phase, struct error *e)
{
	char view[SHA256_HEX_SIZE] = "";
	struct op *ops;
	size_t n;
	int rc;

	rc = late_view(l, phase, view, e);
	if (rc < 0)
		return rc;
	if (view[0] == '\0' && !late_migrates(l, phase) && has_hooks_only(l)) {
		rc = write_number(l, phase, e);
	} else {
		rc = late_migrates(l, phase) ? late_migrate_ops(l, phase, &ops, &n, e) :
					       late_ops_anew(l, phase, &ops, &n, e);
		if (rc == 0)
			rc = write_phase(l, phase, ops, n, view, e);
	}
	if (rc == 0)
		l->txn->phase = phase;
	return rc < 0 ? rc : txn_ops(l->db, l->a, l->txn->n, &l->ops, &l->nops, e);
}

int late_run(struct late *l, struct error *e)
{
	int64_t last = last_phase(l);

	for (;;) {
		int64_t phase = l->txn->phase;
		size_t first = first_of(l, phase);
		int rc = 0;

		if (!has_begun(l, phase + 1))
			rc = apply_forward(l->ap, l->ops + first, late_nops(l) - first, e);
		if (rc < 0 || phase >= last)
			return rc;
		rc = tree_sync(l->ap->new, e);
		if (rc == 0)
			rc = run_scripts(l, phase + 1, e);
		if (rc == 0)
			rc = enter_phase(l, phase + 1, e);
		if (rc < 0)
			return rc;
	}
}
