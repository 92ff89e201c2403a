/*
 * What is to run on the root itself, from a plan: the same procedures as for staged scripts,
 * only noted instead of run, and the plan's ops put into phases around them (late.h).
 */
#include "late.h"

#include <errno.h>

#include "cage.h"
#include "formats/cleanup.h"
#include "history_words.h"
#include "procedures_internal.h"

#define PHASE_BEFORE 1		/* scripts that run before the other ops */
#define PHASE_AFTER 2		/* the first of those after them */

struct late_recorder {
	VEC(struct txn_script) scripts;
	VEC(struct op) ops;		/* of the phases after the plan's own */
	int64_t phase;
	bool ops_came;			/* since the last script */
};

/* ---- scripts, noted */

const char *late_env_text(struct arena *a, const struct pkginfo *env, size_t *ret_len)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	for (i = 0; i < env->n; i++) {
		strbuf_addf(&b, "%s=%s", env->params[i].name, env->params[i].value);
		strbuf_add(&b, "", 1);
	}
	*ret_len = b.len;
	return arena_memdup(a, strbuf_str(&b), b.len + 1, 1);
}

/* What comes after ops runs after them: in the next phase. */
static void next_phase(struct late_recorder *rec)
{
	if (rec->ops_came)
		rec->phase++;
	rec->ops_came = false;
}

int late_record_script(struct procedure_run *r, const struct procedure_call *call,
		       const struct script *script, struct error *e)
{
	const struct plan_options *o = r->s->plan->options;
	struct txn_script_job *job = arena_alloc(r->s->a, sizeof(*job));
	struct late_recorder *rec = r->late;
	struct pkginfo env;
	struct txn_script *s;
	int rc = procedures_env(r->s, r->db, r->ps, call->file->name, &env, e);

	if (rc < 0)
		return rc;
	next_phase(rec);
	*job = (struct txn_script_job){
		.arg = call->arg, .bytes = call->file->bytes, .len = call->file->len,
		.cwd = script->cwd, .gid = script->gid, .trace = o->trace,
		.policy = (int)o->cage, .time_limit = o->script_timeout,
		.inside = o->script_inside && !r->s->plan->root->live,
	};
	job->env = late_env_text(r->s->a, &env, &job->env_len);
	if (call->input != NULL) {
		job->input = arena_strndup(r->s->a, strbuf_str(call->input), call->input->len);
		job->input_len = call->input->len;
	}
	s = VEC_PUSH(&rec->scripts);
	*s = (struct txn_script){
		.seq = (int64_t)rec->scripts.n, .phase = rec->phase, .status = -1,
		.instance = r->ps->instance, .name = call->file->name,
		.state = SCRIPT_PENDING, .job = job,
	};
	return 0;
}

/* Owner, mode and time of what a class action script made, as the package says. */
void late_record_object(struct procedure_run *r, const struct change_item *it)
{
	struct op *op = VEC_PUSH(&r->late->ops);

	*op = (struct op){ .kind = OP_ATTR, .path = rpath_str(it->real) };
	op->seq = TXN_SEQ(r->late->phase, 0);
	op->now = (struct op_attr){
		.known = true, .mode = S_IFREG | it->mode, .uid = it->uid, .gid = it->gid,
		.mtime = it->what->entry->mtime,
	};
	r->late->ops_came = true;
}

/* ---- the steps, twice: before the ops, and after them */

static int before_step(struct procedure_run *r, struct error *e)
{
	struct pkginfo params = { 0 };
	int rc;

	if (r->ps->step->package != NULL)
		return procedure_run_named(r, "preinstall", e);
	rc = pkgdb_params(r->db, r->s->a, r->ps->step->installed->id, &params, e);
	if (rc == 0)
		rc = procedure_run_named(r, "preremove", e);
	return rc < 0 ? rc : procedure_classes_remove(r, pkginfo_get(&params, "CLASSES"), e);
}

static int after_step(struct procedure_run *r, struct error *e)
{
	int rc;

	if (r->ps->step->package == NULL)
		return procedure_run_named(r, "postremove", e);
	rc = procedure_classes_install(r, e);
	return rc < 0 ? rc : procedure_run_named(r, "postinstall", e);
}

static int each_step(struct procedure_run *r, int64_t phase,
		     int (*each)(struct procedure_run *, struct error *), struct error *e)
{
	const struct plan *plan = r->s->plan;
	int rc = 0;

	r->late->phase = phase;
	for (r->step = 0; rc == 0 && r->step < plan->nsteps; r->step++) {
		r->ps = &plan->steps[r->step];
		r->ran_class = false;
		rc = each(r, e);
	}
	return rc;
}

/* `contents` while they run: of what comes as it will be, of what goes marked. installf and removef
 * change it where it lies, and what they asked for becomes rows (late_requests.c). */
static int stage_contents(struct procedure_run *r, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	const struct plan *plan = r->s->plan;
	const char *program = plan->options->program;
	int rc = procedure_view_open(r, e);

	for (r->step = 0; rc == 0 && r->step < plan->nsteps; r->step++) {
		bool comes = plan->steps[r->step].step->package != NULL;

		r->ps = &plan->steps[r->step];
		if (comes)
			procedure_view_comes(r, false);
		if (comes)
			procedure_view_comes(r, true);
		else
			procedure_view_goes(r, false);
	}
	if (rc == 0)
		svr4edit_render(r->view, program != NULL ? program : "commpkg",
				plan->nsteps > 0 ? r->ps->instance : "no", history_now(), &text);
	svr4edit_close(r->view);
	return rc < 0 ? rc : stage_text(r->s, plan->contents, strbuf_str(&text), text.len, 0644,
					e);
}

int late_record(struct stage *s, struct pkgdb *db, struct late_recorder **ret, struct error *e)
{
	struct late_recorder *rec = arena_alloc(s->a, sizeof(*rec));
	static const struct procedures_watch nobody = { .ctx = NULL };
	struct procedures nothing = { .warning = false };
	struct procedure_run r = { .s = s, .db = db, .late = rec, .watch = &nobody,
				   .result = &nothing };
	int rc;

	*rec = (struct late_recorder){ .phase = PHASE_BEFORE };
	rc = each_step(&r, PHASE_BEFORE, before_step, e);
	if (rc == 0)
		rc = each_step(&r, PHASE_AFTER, after_step, e);
	if (rec->scripts.n > 0 && rec->scripts.v[rec->scripts.n - 1].phase == PHASE_BEFORE)
		rec->phase = PHASE_BEFORE; /* nothing comes after the ops */
	if (rc == 0)
		rc = stage_contents(&r, e);
	*ret = rec;
	return rc;
}

void late_recorder_free(struct late_recorder *rec)
{
	if (rec == NULL)
		return;
	VEC_FREE(&rec->scripts);
	VEC_FREE(&rec->ops);
}

/* ---- ops in their phases */

struct arranging {
	struct stage *s;
	struct late_recorder *rec;
	VEC(struct op) v;
};

static void take(struct arranging *g, const struct op *op, int64_t phase)
{
	struct op *new = VEC_PUSH(&g->v);

	*new = *op;
	new->seq = TXN_SEQ(phase, g->v.n);
}

static bool at_or_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* The instance of a step whose directory of the view that path is, is in, or holds. */
static const struct plan_step *step_of_view(const struct arranging *g, const char *path)
{
	const struct plan *plan = g->s->plan;
	const char *all = rpath_str(plan->sadm_pkg);
	size_t i;

	if (!at_or_below(path, all) && !at_or_below(all, path))
		return NULL;
	for (i = 0; i < plan->nsteps; i++) {
		const char *dir = arena_printf(g->s->a, "%s/%s", all,
					       plan->steps[i].instance);

		if (at_or_below(path, dir) || at_or_below(dir, path))
			return &plan->steps[i];
	}
	return NULL;
}

/* The view of what comes is there when its first script runs, that of what goes until after
 * its last. `contents` is there from the first on, and once more after the last. */
static int64_t phase_of(const struct arranging *g, const struct op *op)
{
	const struct plan_step *ps = step_of_view(g, op->path);

	if ((ps != NULL && (op->kind == OP_PUT || op->kind == OP_TREE)) ||
	    at_or_below(rpath_str(g->s->plan->contents), op->path))
		return 0;
	if (ps != NULL)
		return g->rec->phase;
	return PHASE_BEFORE;
}

static void take_phase(struct arranging *g, const struct op *ops, size_t n, int64_t phase)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (phase_of(g, &ops[i]) == phase)
			take(g, &ops[i], phase);
}

/* What a class action script may change in place or remove. Backwards, so that what is in a
 * directory stands before it, and on the way back after it. */
static void take_copies(struct arranging *g, bool comes, int64_t phase)
{
	const struct plan *plan = g->s->plan;
	size_t i;

	for (i = plan->nitems; i-- > 0;) {
		const struct change_item *it = &plan->items[i];
		struct op op = { .kind = OP_COPY, .path = rpath_str(it->real), .was = it->was };

		if (it->kind == CHANGE_SCRIPT && (it->what != NULL) == comes &&
		    (comes || it->was.known))
			take(g, &op, phase);
	}
}

static void take_directories(struct arranging *g)
{
	const struct plan *plan = g->s->plan;
	size_t i;

	for (i = 0; i < plan->ndirectories; i++) {
		struct op op = { .kind = OP_RMDIR, .path = rpath_str(plan->directories[i].real) };

		take(g, &op, PHASE_BEFORE);
	}
}

static void take_recorded(struct arranging *g)
{
	size_t i;

	for (i = 0; i < g->rec->ops.n; i++)
		take(g, &g->rec->ops.v[i], TXN_PHASE(g->rec->ops.v[i].seq));
}

/* ---- files of the view that the version that comes has no more; save/ is the scripts' */

static bool is_saved(const char *below)
{
	return str_has_prefix(below, "save/") && !str_has_prefix(below, "save/pspool");
}

static int take_stale(struct arranging *g, struct rpath dir, const char *below, struct error *e)
{
	struct tree *root = g->s->plan->root->tree;
	struct arena *a = g->s->a;
	const char **names;
	size_t n = 0, i;
	int rc = tree_list(root, a, dir, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		const char *name = arena_printf(a, "%s%s", below, names[i]);
		struct op op = { .kind = OP_REMOVE };
		struct stat st;
		struct rpath p;

		rc = rpath_join(a, dir, names[i], &p, e);
		if (rc == 0)
			rc = tree_stat(root, p, &st, e);
		if (rc < 0 || is_saved(name))
			continue;
		if (S_ISDIR(st.st_mode)) {
			rc = take_stale(g, p, arena_printf(a, "%s/", name), e);
		} else if (!tree_exists(g->s->new, p)) {
			op.path = rpath_str(p);
			op_attr_of(&st, &op.was);
			take(g, &op, 0);
		}
	}
	return rc == -ENOENT || rc == -ENOTDIR ? 0 : rc;
}

static int take_all_stale(struct arranging *g, struct error *e)
{
	const struct plan *plan = g->s->plan;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->nsteps; i++) {
		const struct plan_step *ps = &plan->steps[i];
		struct rpath dir;

		if (ps->step->package == NULL || ps->step->installed == NULL)
			continue;
		rc = rpath_parse(g->s->a, arena_printf(g->s->a, "%s/%s",
						       rpath_str(plan->sadm_pkg), ps->instance),
				 &dir, e);
		if (rc == 0)
			rc = take_stale(g, dir, "", e);
	}
	return rc;
}

int late_arrange(struct stage *s, struct late_recorder *rec, const struct op *ops, size_t nops,
		 struct late_plan *ret, struct error *e)
{
	const struct op contents = { .kind = OP_PUT, .path = rpath_str(s->plan->contents) };
	struct arranging g = { .s = s, .rec = rec };
	int rc;

	take_phase(&g, ops, nops, 0);
	rc = take_all_stale(&g, e);
	take_copies(&g, false, 0);
	take_phase(&g, ops, nops, PHASE_BEFORE);
	take_directories(&g);
	take_copies(&g, true, PHASE_BEFORE);
	take_recorded(&g);
	if (rec->phase != PHASE_BEFORE)
		take_phase(&g, ops, nops, rec->phase);
	take(&g, &contents, rec->phase);
	*ret = (struct late_plan){
		.scripts = rec->scripts.v, .nscripts = rec->scripts.n,
		.ops = arena_memdup(s->a, g.v.v, g.v.n, sizeof(*g.v.v)), .nops = g.v.n,
	};
	VEC_FREE(&g.v);
	return rc;
}
