/* The scripts of a plan, in order. See procedures.h. */
#include "procedures_internal.h"

#include <errno.h>

#include "contents.h"
#include "effects.h"
#include "environment.h"
#include "history_words.h"
#include "overlay.h"
#include "report.h"
#include "signals.h"

/* ---- one script */

static void on_line(void *ctx, const char *text)
{
	struct procedure_run *r = ctx;
	struct procedure_output *out = &r->result->outputs.v[r->result->outputs.n - 1];

	strbuf_addf(&out->text, "%s\n", text);
	if (r->watch->line != NULL)
		r->watch->line(r->watch->ctx, r->ps->instance, r->script, text);
}

static bool on_stop(void *ctx)
{
	(void)ctx;
	return signals_check(NULL) < 0;
}

static void remember(struct procedure_run *r, const struct effects *effects)
{
	size_t i;

	for (i = 0; i < effects->n; i++)
		if (!procedure_view_owns(r, effects->v[i].path))
			*VEC_PUSH(&r->result->effects) = (struct procedure_effect){
			.instance = r->ps->instance, .script = r->script,
			.effect = effects->v[i],
		};
}

/* The view of SVR4 is written when the scripts have ended, where it was found. */
static int check_view(const struct procedure_run *r, const struct effects *effects,
		      struct error *e)
{
	const struct plan *plan = r->s->plan;

	for (size_t i = 0; i < effects->n; i++) {
		const struct effect *f = &effects->v[i];
		const struct rpath p = { f->path };

		if (S_ISDIR(f->mode) || (!rpath_below(plan->contents, p) &&
					 !rpath_below(plan->sadm_pkg, p) &&
					 !str_eq(f->path, rpath_str(plan->sadm_pkg))))
			continue;
		(void)error_set(e, E_UNSUPPORTED, "the script took away the directory '/%s', where "
				"the database of SVR4 lies", f->path);
		return error_hint(e, "the root is as it was");
	}
	return 0;
}

static int take_up(struct procedure_run *r, const struct cage_stage *stage, unsigned layers,
		   struct error *e)
{
	struct root *root = r->s->plan->root;
	struct effects_rules rules = { .layers = layers };
	struct effects effects;
	int rc = effects_read(r->s->a, root, r->s->new, stage->fx, &rules, &effects, e);

	for (size_t i = 0; rc == 0 && i < effects.nnotes; i++)
		on_line(r, effects.notes[i]);
	if (rc == 0)
		rc = check_view(r, &effects, e);
	if (rc == 0)
		rc = effects_fold(&effects, root, r->s->new, stage->fx, e);
	if (rc == 0)
		remember(r, &effects);
	return rc;
}

/* What the script said with its exit code. */
static int judge(struct procedure_run *r, const struct script *script,
		 const struct script_result *result, struct error *e)
{
	struct procedure_output *out = &r->result->outputs.v[r->result->outputs.n - 1];
	int status = result->status % 10;

	out->status = result->status;
	out->ended = history_now();
	if (r->watch->ended != NULL)
		r->watch->ended(r->watch->ctx, r->ps->instance, r->script, result->status);
	if (result->stopped && signals_check(e) < 0)
		return -E_INTERRUPTED;
	if (!script_goes_on(result->status)) {
		(void)error_set(e, E_SCRIPT, "script '%s' of package '%s' failed: %s", script->name,
				r->ps->instance, script_words(r->s->a, script, result));
		return error_hint(e, "the root is as it was; what the script said is in the log");
	}
	r->result->warning |= status == SCRIPT_WARNING;
	r->result->reboot |= result->status >= SCRIPT_REBOOT && result->status < SCRIPT_INTERNAL;
	return 0;
}

/* Without ULIMIT: what there is room for. A hole of a petabyte takes no room, but whoever reads
 * it (we do, for its digest) would never end. */
static uint64_t file_limit(struct procedure_run *r, const struct pkginfo *env)
{
	uint64_t limit = environment_file_limit(env);
	struct tree_space have;

	if (limit != 0)
		return limit;
	return tree_statfs(r->s->plan->root->tree, rpath_root(), &have, NULL) < 0 ? 0 : have.bytes;
}

static int begin_layer(struct procedure_run *r, struct cage_stage *ret, struct error *e)
{
	return overlay_begin(r->s->plan->root, r->s->dir.txn, r->s->new, procedure_wish(r), ret,
			     e);
}

static int run_in_cage(struct procedure_run *r, struct script *script, struct cage_stage *stage,
		       struct script_result *ret, struct error *e)
{
	const struct cage_bind data = { .tree = r->s->dir.data, .name = "data" };
	const struct script_place place = {
		.root = r->s->plan->root, .stage = stage, .policy = r->s->plan->options->cage,
		.chroot = r->s->plan->options->script_inside && !r->s->plan->root->live,
		.binds = &data, .nbinds = 1, .tools = true, .line = on_line,
		.stop = on_stop, .ctx = r,
	};

	return script_run(r->s->a, script, &place, ret, e);
}

static const char *work_directory(struct procedure_run *r, bool in_package)
{
	return in_package ? arena_printf(r->s->a, "%s/%s/install", rpath_str(r->s->plan->sadm_pkg),
					 r->ps->instance) : "var/sadm/install";
}

/* SVR4's is `other`; where the root has it, what scripts make belongs to it. */
static gid_t group_of_scripts(const struct plan *plan)
{
	gid_t gid;
	const char *name;

	if (!plan->root->owners || owners_gid(plan->owners, "other", &gid) == 0)
		return 0;
	name = owners_group_name(plan->owners, gid);
	return name != NULL && str_eq(name, "other") ? gid : 0;
}

bool procedure_keeps(const struct procedure_run *r)
{
	return r->s->plan->options->keep_stopped && r->s->plan->nsteps == 1;
}

/* Whatever it said: something of what it wrote may be lost. */
static int lost_room(struct procedure_run *r, const struct script *script,
		     const struct cage_stage *stage, struct error *e)
{
	char size[32];

	error_clear(e);
	(void)error_set(e, E_SCRIPT, "script '%s' of package '%s' had no space left: on a root "
			"like this one what scripts write is caught in memory, and the %s it may "
			"take are full", script->name, r->ps->instance,
			report_size(stage->memory, size));
	return error_hint(e, "the root is as it was; " OVERLAY_MEMORY_HINT);
}

/* 1: it ended the package, and that is no failure of the transaction. */
static int judge_or_keep(struct procedure_run *r, const struct script *script,
			 const struct cage_stage *stage, const struct script_result *result,
			 struct error *e)
{
	int rc = judge(r, script, result, e);

	if ((rc == 0 || rc == -E_SCRIPT) && overlay_is_full(stage))
		return lost_room(r, script, stage, e);
	if (rc != -E_SCRIPT || !procedure_keeps(r))
		return rc;
	error_clear(e);
	r->result->stopped = r->ps;
	return 1;
}

int procedure_run_script(struct procedure_run *r, const struct procedure_call *call,
			 struct error *e)
{
	const struct infofile *file = call->file;
	struct script script = { .name = file->name, .bytes = file->bytes, .len = file->len,
				 .args = &call->arg, .nargs = call->arg != NULL,
				 .input = call->input != NULL ? strbuf_str(call->input) : NULL,
				 .input_len = call->input != NULL ? call->input->len : 0,
				 .cwd = work_directory(r, call->in_package),
				 .cwd_in_root = true,
				 .time_limit = r->s->plan->options->script_timeout };
	struct script_result result;
	struct pkginfo env;
	struct cage_stage stage = { .memory_fd = -EBADF };
	int rc, stopped = 0;

	script.gid = group_of_scripts(r->s->plan);
	if (r->late != NULL)
		return late_record_script(r, call, &script, e);
	rc = procedures_env(r->s, r->db, r->ps, file->name, &env, e);
	r->script = file->name;
	*VEC_PUSH(&r->result->outputs) = (struct procedure_output){
		.instance = r->ps->instance, .script = file->name, .began = history_now(),
	};
	if (rc == 0 && r->watch->begins != NULL)
		r->watch->begins(r->watch->ctx, r->ps->instance, file->name);
	script.env = &env;
	script.file_limit = file_limit(r, &env);
	script.trace = r->s->plan->options->trace;
	if (rc == 0)
		rc = begin_layer(r, &stage, e);
	if (rc == 0)
		rc = run_in_cage(r, &script, &stage, &result, e);
	if (rc == 0)
		rc = stopped = judge_or_keep(r, &script, &stage, &result, e);
	if (rc >= 0)
		rc = take_up(r, &stage, result.layers, e);
	if (rc == 0 && result.requests != NULL)
		rc = procedure_requests(r, result.requests, result.requests_len, e);
	overlay_end(&stage);
	return rc < 0 ? error_prefix(e, "package '%s', script '%s'", r->ps->instance, file->name) :
			stopped;
}

/* Those of a package that goes run in its directory; postinstall, where the class scripts
 * did (svr4.md 8.2). */
int procedure_run_named(struct procedure_run *r, const char *name, struct error *e)
{
	struct procedure_call call = {
		.file = r->ps->waits && str_eq(name, "postinstall") ? NULL :
			plan_script(r->ps, name),
		.in_package = r->ps->step->package == NULL || r->ran_class,
	};

	return call.file != NULL ? procedure_run_script(r, &call, e) : 0;
}

void procedure_complain(struct procedure_run *r, const char *text)
{
	on_line(r, text);
	r->result->warning = true;
}

/* ---- what the package itself brings */

bool procedure_is_mine(const struct procedure_run *r, const struct change_item *it)
{
	return it->what != NULL && it->step_index == r->step;
}

/* What scripts made of something that gives way, and below it, is no effect of theirs any more. */
static void forget(struct procedure_run *r, struct rpath path)
{
	size_t i, n = 0;

	for (i = 0; i < r->result->effects.n; i++) {
		const struct rpath p = { r->result->effects.v[i].effect.path };

		if (!rpath_below(p, path) && !str_eq(p.s, rpath_str(path)))
			r->result->effects.v[n++] = r->result->effects.v[i];
	}
	r->result->effects.n = n;
}

/* Something that a script made there gives way: what the package delivers is meant. */
int procedure_clear(struct procedure_run *r, struct rpath path, struct error *e)
{
	struct stat st;
	int rc = tree_stat(r->s->new, path, &st, e);

	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	forget(r, path);
	return S_ISDIR(st.st_mode) ? tree_remove_all(r->s->new, path, e) :
				     tree_unlink(r->s->new, path, e);
}

/* A directory that a script took away comes again, for what is to be in it. What it put in the
 * place of one, a link perhaps, may lead anywhere. */
static int make_directory(struct procedure_run *r, struct rpath dir, struct error *e)
{
	int rc = overlay_remake(r->s->plan->root, r->s->new, dir, e);

	if (rc != -EEXIST)
		return rc;
	(void)error_prefix(e, "package '%s': cannot make '/%s'", r->ps->instance, rpath_str(dir));
	return error_hint(e, "the root is as it was; 'commpkg inspect' shows the scripts of a "
			  "package");
}

int procedure_parent(struct procedure_run *r, struct rpath path, struct error *e)
{
	return make_directory(r, rpath_parent(r->s->a, path), e);
}

static int place_directory(struct procedure_run *r, const struct change_item *it, struct error *e)
{
	struct stat st;
	int rc = tree_stat(r->s->new, it->real, &st, e);

	if (rc == 0 && !S_ISDIR(st.st_mode))
		rc = tree_unlink(r->s->new, it->real, e) == 0 ? -ENOENT : -EEXIST;
	if (rc == -ENOENT) {
		rc = procedure_parent(r, it->real, e);
		if (rc == 0)
			rc = tree_mkdir(r->s->new, it->real, 0755, e);
	}
	return rc < 0 ? rc : stage_dress(r->s, it, e);
}

/* One that is in the root. It may come into the stage for what lies in it, and would come
 * as it is. */
static int attribute_directory(struct procedure_run *r, const struct change_item *it,
			       struct error *e)
{
	int rc = make_directory(r, it->real, e);

	return rc < 0 ? rc : stage_dress(r->s, it, e);
}

/* What the plan found right as it is in the root, and preinstall took away: it comes again. */
static int bring_back(struct procedure_run *r, const struct change_item *it, struct error *e)
{
	int rc;

	if (!overlay_hides(r->s->new, it->real))
		return 0;
	if (ftype_is_dir(it->ftype))
		return attribute_directory(r, it, e);
	rc = procedure_parent(r, it->real, e);
	return rc < 0 ? rc : procedure_clear(r, it->real, e);
}

static int place_object(struct procedure_run *r, const struct change_item *it, struct rpath path,
			struct error *e)
{
	int rc = procedure_parent(r, path, e);

	(void)it;
	if (rc == 0)
		rc = procedure_clear(r, path, e);
	return rc < 0 ? rc : tree_rename(r->s->dir.pay, path, r->s->new, path, 0, e);
}

static int place_item(struct procedure_run *r, const struct change_item *it, struct error *e)
{
	int rc = 0;

	if (!rpath_is_root(it->beside))
		rc = place_object(r, it, it->beside, e);
	if (rc == 0 && it->kind == CHANGE_ATTR && ftype_is_dir(it->ftype))
		return attribute_directory(r, it, e);
	if (rc == 0 && (it->kind == CHANGE_ATTR || it->kind == CHANGE_SAME) &&
	    !stage_writes(r->s, it))
		return bring_back(r, it, e);
	if (rc < 0 || it->kind == CHANGE_SCRIPT || !stage_writes(r->s, it) ||
	    stage_link_waits(r->s, it))
		return rc;
	return ftype_is_dir(it->ftype) ? place_directory(r, it, e) :
					 place_object(r, it, it->real, e);
}

void procedure_settled(struct procedure_run *r, const struct change_item *it)
{
	r->s->settled[it - r->s->plan->items] = true;
}

static int place_items(struct procedure_run *r, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->s->plan->nitems; i++) {
		const struct change_item *it = &r->s->plan->items[i];

		if (!procedure_is_mine(r, it))
			continue;
		rc = place_item(r, it, e);
		if (it->kind != CHANGE_SCRIPT && !stage_link_waits(r->s, it))
			procedure_settled(r, it);
	}
	return rc;
}

/* ---- what goes with the step */

static int take_away_item(struct procedure_run *r, const struct change_item *it, struct error *e)
{
	int rc = 0;

	if (it->kind != CHANGE_REMOVE || it->step != r->ps->step)
		return 0;
	if (!rpath_is_root(it->beside))
		rc = place_object(r, it, it->beside, e);
	return rc < 0 ? rc : overlay_whiteout(r->s->plan->root, r->s->new, it->real, e);
}

static int take_away(struct procedure_run *r, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = r->s->plan->nitems; rc == 0 && i-- > 0;)
		rc = take_away_item(r, &r->s->plan->items[i], e);
	return rc;
}

/* Is nothing left in a directory, in the root as the stage makes it? */
static int is_empty_now(struct procedure_run *r, struct rpath dir, bool *ret, struct error *e)
{
	struct tree *root = r->s->plan->root->tree;
	const char **names;
	struct stat st;
	size_t n, i;
	int rc = tree_list(root, r->s->a, dir, &names, &n, e);

	*ret = false;
	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;

		rc = rpath_join(r->s->a, dir, names[i], &p, e);
		if (rc == 0 && (tree_stat(r->s->new, p, &st, NULL) < 0 ||
				!overlay_marks_gone(&st)))
			return 0;
	}
	if (rc == 0)
		rc = tree_list(r->s->new, r->s->a, dir, &names, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;

		rc = rpath_join(r->s->a, dir, names[i], &p, e);
		if (rc == 0 && (tree_stat(r->s->new, p, &st, NULL) < 0 ||
				!overlay_marks_gone(&st)))
			return 0;
	}
	*ret = rc == 0 || rc == -ENOENT;
	return rc == -ENOENT ? 0 : rc;
}

/* Directories that only what scripts have removed kept there. */
static int remove_directories(struct procedure_run *r, struct error *e)
{
	const struct plan *plan = r->s->plan;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->ndirectories; i++) {
		bool empty;

		if (plan->directories[i].step != r->ps->step)
			continue;
		rc = is_empty_now(r, plan->directories[i].real, &empty, e);
		if (rc == 0 && empty)
			rc = overlay_whiteout(plan->root, r->s->new, plan->directories[i].real, e);
	}
	return rc;
}

static int view_path(struct procedure_run *r, const char *below, struct rpath *ret, struct error *e)
{
	return rpath_parse(r->s->a, arena_printf(r->s->a, "%s/%s%s",
						     rpath_str(r->s->plan->sadm_pkg),
						     r->ps->instance, below), ret, e);
}

/* ---- the view of a package, before its first script */

static int move_pspool(struct procedure_run *r, const char *what, struct error *e)
{
	struct rpath from;
	const char *below = arena_printf(r->s->a, "/save/pspool/%s/%s", r->ps->instance, what);
	int rc = view_path(r, below, &from, e);

	if (rc < 0 || !tree_exists(r->s->dir.pay, from))
		return rc;
	return tree_rename(r->s->dir.pay, from, r->s->new, from, 0, e);
}

/* What PKGSAV holds is the scripts' own, and survives an upgrade; our copy for zones does
 * not. */
static bool is_saved(const struct procedure_run *r, struct rpath p)
{
	const char *name = rpath_str(p) + strlen(rpath_str(r->s->plan->sadm_pkg)) + 1 +
			   strlen(r->ps->instance);

	return str_has_prefix(name, "/save/") && !str_has_prefix(name, "/save/pspool");
}

/* Names of the version that was there and that this one has no more. */
static int hide_stale(struct procedure_run *r, struct rpath dir, struct error *e)
{
	struct root *root = r->s->plan->root;
	struct stat old, new;
	const char **names;
	size_t n = 0, i;
	int rc = tree_list(root->tree, r->s->a, dir, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;

		rc = rpath_join(r->s->a, dir, names[i], &p, e);
		if (rc < 0 || is_saved(r, p))
			continue;
		rc = tree_stat(root->tree, p, &old, e);
		if (rc == 0 && tree_stat(r->s->new, p, &new, NULL) < 0)
			rc = overlay_whiteout(root, r->s->new, p, e);
		else if (rc == 0 && S_ISDIR(old.st_mode) && S_ISDIR(new.st_mode))
			rc = hide_stale(r, p, e);
	}
	return rc;
}

/* Directories of the view are made for us alone; what scripts and people see of them is as
 * in the root, or as SVR4 makes them. */
static int open_view(struct procedure_run *r, struct rpath dir, struct error *e)
{
	struct stat was, st;
	const char **names;
	size_t n = 0, i;
	int rc = tree_list(r->s->new, r->s->a, dir, &names, &n, e);

	if (rc == 0)
		rc = tree_chmod(r->s->new, dir,
				tree_stat(r->s->plan->root->tree, dir, &was, NULL) == 0 &&
				S_ISDIR(was.st_mode) ? was.st_mode & 07777 : 0755, e);
	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;

		rc = rpath_join(r->s->a, dir, names[i], &p, e);
		if (rc == 0 && tree_stat(r->s->new, p, &st, NULL) == 0 && S_ISDIR(st.st_mode))
			rc = open_view(r, p, e);
	}
	return rc;
}

static int prepare_view(struct procedure_run *r, struct error *e)
{
	struct stat st;
	struct rpath dir;
	int rc = view_path(r, "", &dir, e);

	if (rc == 0)
		rc = procedure_clear(r, dir, e);
	if (rc == 0)
		rc = procedure_parent(r, dir, e);
	if (rc == 0)
		rc = stage_view_step(r->s, r->ps, e);
	if (rc == 0)
		rc = move_pspool(r, "reloc", e);
	if (rc == 0)
		rc = move_pspool(r, "root", e);
	if (rc == 0)
		rc = open_view(r, dir, e);
	if (rc == 0 && tree_stat(r->s->plan->root->tree, dir, &st, NULL) == 0 &&
	    S_ISDIR(st.st_mode))
		rc = hide_stale(r, dir, e);
	return rc;
}

/* ---- a package */

static int package_comes(struct procedure_run *r, struct error *e)
{
	int rc = prepare_view(r, e);

	procedure_view_comes(r, false);
	if (rc == 0 && r->ps->scripted)
		rc = procedure_view_write(r, e);
	if (rc == 0)
		rc = procedure_data(r, e);
	if (rc == 0)
		rc = procedure_run_named(r, "preinstall", e);
	if (rc == 0)
		rc = take_away(r, e);
	if (rc == 0)
		rc = place_items(r, e);
	if (rc == 0)
		rc = procedure_classes_install(r, e);
	procedure_view_comes(r, true);
	if (rc == 0 && plan_script(r->ps, "postinstall") != NULL && !r->ps->waits)
		rc = procedure_view_write(r, e);
	return rc == 0 ? procedure_run_named(r, "postinstall", e) : rc;
}

/* Its directory in the view goes, or says that the removal is not finished. */
static int end_removal(struct procedure_run *r, bool stopped, struct error *e)
{
	static const char lock[] = "/!R-Lock!";
	struct rpath path;
	int rc;

	r->result->lingers = stopped || (procedure_keeps(r) && r->result->warning);
	r->result->program = NULL;
	if (!stopped)
		procedure_view_goes(r, true);
	rc = view_path(r, r->result->lingers ? lock : "", &path, e);
	if (rc == 0 && !r->result->lingers)
		return overlay_whiteout(r->s->plan->root, r->s->new, path, e);
	if (rc == 0)
		rc = procedure_parent(r, path, e);
	if (rc == 0)
		rc = procedure_clear(r, path, e);
	return rc < 0 ? rc : stage_text(r->s, path, "", 0, 0644, e);
}

static int package_goes(struct procedure_run *r, struct error *e)
{
	struct pkginfo params = { 0 };
	int rc = pkgdb_params(r->db, r->s->a, r->ps->step->installed->id, &params, e);

	procedure_view_goes(r, false);
	if (rc == 0 && r->ps->scripted)
		rc = procedure_view_write(r, e);
	if (rc == 0)
		rc = procedure_run_named(r, "preremove", e);
	if (rc == 0)
		rc = procedure_classes_remove(r, pkginfo_get(&params, "CLASSES"), e);
	if (rc == 0)
		rc = take_away(r, e);
	if (rc == 0)
		rc = remove_directories(r, e);
	if (rc == 0)
		rc = procedure_run_named(r, "postremove", e);
	return rc < 0 ? rc : end_removal(r, rc > 0, e);
}

/* From now on things are staged where the scripts see them. Directories that are in the root
 * look there as in the root; dressed once, because later it would take back what scripts
 * make of them. */
static int turn_to_new(struct stage *s, struct error *e)
{
	int rc;

	strmap_free(s->made);
	s->made = strmap_new(1024);
	s->new = s->dir.new;
	rc = stage_parent(s, s->plan->contents, e);
	if (rc == 0)
		rc = stage_view_furniture(s, e);
	return rc == 0 ? overlay_dress(s->plan->root, s->new, e) : rc;
}

/* What the class scripts left is what the package put there: an edit is what differs from
 * that. Where they left what was in the root, it is not ours. */
static int digest_outcome(struct stage *s, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->plan->nitems; i++) {
		const struct change_item *it = &s->plan->items[i];
		struct stat st;
		size_t entry;

		if (it->kind != CHANGE_SCRIPT || it->what == NULL || !s->settled[i] ||
		    tree_stat(s->new, it->real, &st, NULL) < 0 || !S_ISREG(st.st_mode))
			continue;
		entry = (size_t)(it->what->entry - it->step->package->map.entries);
		rc = contents_digest(s->new, it->real, &s->digests[it->step_index][entry], NULL, e);
		s->digested[it->step_index][entry] = rc == 0;
	}
	return rc;
}

int procedures_run(struct stage *s, struct pkgdb *db, const struct procedures_watch *watch,
		   struct procedures *ret, struct error *e)
{
	struct procedure_run r = { .s = s, .db = db, .watch = watch, .result = ret };
	int rc = turn_to_new(s, e);

	registry_open(s->a, &ret->registry);
	if (rc == 0)
		rc = procedure_view_open(&r, e);
	for (r.step = 0; rc == 0 && r.step < s->plan->nsteps; r.step++) {
		r.ps = &s->plan->steps[r.step];
		r.ran_class = false;
		rc = r.ps->step->package != NULL ? package_comes(&r, e) : package_goes(&r, e);
	}
	svr4edit_close(r.view);
	return rc >= 0 ? digest_outcome(s, e) : rc;
}

/* Entries that an earlier installf or removef left with `+` or `-`. */
static int load_unfinished_one(const struct pkgdb_file *f, void *ctx, struct error *e)
{
	struct procedure_run *r = ctx;
	struct pkgdb_package *p = r->packages;

	(void)e;
	if (f->status != '+' && f->status != '-')
		return 0;
	while (p < r->packages + r->npackages && p->id != f->package)
		p++;
	if (p < r->packages + r->npackages)
		registry_load(&r->result->registry, p->instance, f);
	return 0;
}

static int load_unfinished(struct procedure_run *r, struct error *e)
{
	int rc = pkgdb_packages(r->db, r->s->a, PKGDB_NOW, &r->packages, &r->npackages, e);

	return rc < 0 ? rc : pkgdb_walk(r->db, PKGDB_NOW, load_unfinished_one, r, e);
}

/* Its own status is the caller's to judge, unless it was stopped. */
static int run_command(struct procedure_run *r, const struct procedures_command *c,
		       struct cage_stage *stage, struct error *e)
{
	struct pkginfo env = { 0 };
	struct script script = { .name = c->name, .bytes = c->text, .len = strlen(c->text),
				 .args = c->args, .nargs = c->nargs, .input = c->input,
				 .input_len = c->input_len, .env = &env,
				 .time_limit = r->s->plan->options->script_timeout };
	struct script_result result;
	int rc = run_in_cage(r, &script, stage, &result, e);

	if (rc < 0)
		return rc;
	if (result.stopped || result.code < 0)
		return signals_check(e) < 0 ? -E_INTERRUPTED :
		       error_set(e, E_SCRIPT, "%s: %s", c->name,
				 script_words(r->s->a, &script, &result));
	r->watch->ended(r->watch->ctx, NULL, c->name, result.code);
	rc = take_up(r, stage, result.layers, e);
	if (rc == 0 && result.requests != NULL)
		rc = procedure_requests(r, result.requests, result.requests_len, e);
	return rc;
}

int procedures_command(struct stage *s, struct pkgdb *db, const struct procedures_watch *watch,
		       const struct procedures_command *c, struct procedures *ret,
		       struct error *e)
{
	const struct plan_step none = { .instance = "-" };
	struct procedure_run r = { .s = s, .db = db, .watch = watch, .result = ret, .ps = &none,
				   .script = c->name };
	struct cage_stage stage = { .memory_fd = -EBADF };
	int rc = turn_to_new(s, e);

	registry_open(s->a, &ret->registry);
	*VEC_PUSH(&ret->outputs) = (struct procedure_output){
		.instance = "-", .script = c->name,
	};
	if (rc == 0)
		rc = procedure_view_open(&r, e);
	if (rc == 0)
		rc = load_unfinished(&r, e);
	if (rc == 0)
		rc = procedure_view_write(&r, e);
	if (rc == 0)
		rc = begin_layer(&r, &stage, e);
	if (rc == 0)
		rc = run_command(&r, c, &stage, e);
	overlay_end(&stage);
	svr4edit_close(r.view);
	return rc;
}

void procedures_free(struct procedures *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->outputs.n; i++)
		strbuf_free(&p->outputs.v[i].text);
	VEC_FREE(&p->outputs);
	VEC_FREE(&p->effects);
	registry_close(&p->registry);
}
