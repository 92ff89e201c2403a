/* The scripts of a plan, in order. See procedures.h. */
#include "procedures.h"

#include <errno.h>

#include "effects.h"
#include "overlay.h"
#include "signals.h"

#define FILE_LIMIT_BLOCK 512u	/* ULIMIT counts in these */

struct run {
	struct stage *s;
	struct pkgdb *db;
	const struct procedures_watch *watch;
	struct procedures *result;
	size_t step;
	const struct plan_step *ps;
	const char *script;		/* the one that runs */
};

static struct arena *arena_of(struct run *r)
{
	return r->s->a;
}

/* ---- one script */

static void on_line(void *ctx, const char *text)
{
	struct run *r = ctx;
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

static void remember(struct run *r, const struct effects *effects)
{
	size_t i;

	for (i = 0; i < effects->n; i++)
		*VEC_PUSH(&r->result->effects) = (struct procedure_effect){
			.instance = r->ps->instance, .script = r->script,
			.effect = effects->v[i],
		};
}

static int take_up(struct run *r, struct tree *fx, unsigned layers, struct error *e)
{
	struct root *root = r->s->plan->root;
	struct effects_rules rules = { .layers = layers };
	struct effects effects;
	int rc = effects_read(arena_of(r), root, r->s->new, fx, &rules, &effects, e);

	if (rc == 0)
		rc = effects_fold(&effects, root, r->s->new, fx, e);
	if (rc == 0)
		remember(r, &effects);
	return rc;
}

/* What the script said with its exit code. */
static int judge(struct run *r, const struct script *script, const struct script_result *result,
		 struct error *e)
{
	int status = result->status % 10;

	r->result->outputs.v[r->result->outputs.n - 1].status = result->status;
	if (r->watch->ended != NULL)
		r->watch->ended(r->watch->ctx, r->ps->instance, r->script, result->status);
	if (result->stopped && signals_check(e) < 0)
		return -E_INTERRUPTED;
	if (!script_goes_on(result->status)) {
		(void)error_set(e, E_SCRIPT, "script '%s' of package '%s' failed: %s", script->name,
				r->ps->instance, script_words(arena_of(r), script, result));
		return error_hint(e, "the root is as it was; what the script said is in the log");
	}
	r->result->warning |= status == SCRIPT_WARNING;
	r->result->reboot |= result->status >= SCRIPT_REBOOT && result->status < SCRIPT_INTERNAL;
	return 0;
}

static uint64_t file_limit(const struct pkginfo *env)
{
	const char *blocks = pkginfo_get(env, "ULIMIT");
	uint64_t n;

	if (blocks == NULL || !str_to_u64(blocks, strlen(blocks), 10, UINT64_MAX / 512, &n))
		return 0;
	return n * FILE_LIMIT_BLOCK;
}

static int run_in_cage(struct run *r, struct script *script, struct tree *fx,
		       struct script_result *ret, struct error *e)
{
	const struct cage_stage stage = { .txn = r->s->dir.txn, .new = r->s->new, .fx = fx };
	const struct cage_bind data = { .tree = r->s->dir.data, .name = "data" };
	const struct script_place place = {
		.root = r->s->plan->root, .stage = &stage, .policy = r->s->plan->options->cage,
		.binds = &data, .nbinds = 1, .line = on_line, .stop = on_stop, .ctx = r,
	};

	return script_run(arena_of(r), script, &place, ret, e);
}

static int run_script(struct run *r, const struct infofile *file, const char *arg,
		      const struct strbuf *input, struct error *e)
{
	struct script script = { .name = file->name, .bytes = file->bytes, .len = file->len,
				 .args = &arg, .nargs = arg != NULL,
				 .input = input != NULL ? strbuf_str(input) : NULL,
				 .input_len = input != NULL ? input->len : 0,
				 .cwd = "var/sadm/install", .cwd_in_root = true };
	struct script_result result;
	struct pkginfo env;
	struct tree *fx = NULL;
	int rc = procedures_env(r->s, r->db, r->ps, file->name, &env, e);

	r->script = file->name;
	*VEC_PUSH(&r->result->outputs) = (struct procedure_output){
		.instance = r->ps->instance, .script = file->name,
	};
	script.env = &env;
	script.file_limit = file_limit(&env);
	if (rc == 0)
		rc = overlay_begin(r->s->plan->root, r->s->dir.txn, &fx, e);
	if (rc == 0)
		rc = run_in_cage(r, &script, fx, &result, e);
	if (rc == 0)
		rc = judge(r, &script, &result, e);
	if (rc == 0)
		rc = take_up(r, fx, result.layers, e);
	overlay_end(r->s->dir.txn, fx);
	return rc < 0 ? error_prefix(e, "package '%s', script '%s'", r->ps->instance, file->name) :
			0;
}

static int run_named(struct run *r, const char *name, struct error *e)
{
	const struct infofile *file = plan_script(r->ps, name);

	return file != NULL ? run_script(r, file, NULL, NULL, e) : 0;
}

/* ---- what the package itself brings */

static bool is_mine(const struct run *r, const struct change_item *it)
{
	return it->what != NULL && it->step_index == r->step;
}

/* Something that a script made there gives way: what the package delivers is meant. */
static int clear_place(struct run *r, struct rpath path, struct error *e)
{
	struct stat st;
	int rc = tree_stat(r->s->new, path, &st, e);

	if (rc == -ENOENT)
		return 0;
	return rc < 0 ? rc : S_ISDIR(st.st_mode) ? tree_remove_all(r->s->new, path, e) :
						    tree_unlink(r->s->new, path, e);
}

static int make_parent(struct run *r, struct rpath path, struct error *e)
{
	struct rpath parent = rpath_parent(arena_of(r), path);

	return rpath_is_root(parent) ? 0 :
	       overlay_mkdirs(r->s->plan->root, r->s->new, parent, e);
}

static int place_directory(struct run *r, const struct change_item *it, struct error *e)
{
	struct stat st;
	int rc = tree_stat(r->s->new, it->real, &st, e);

	if (rc == 0 && !S_ISDIR(st.st_mode))
		rc = tree_unlink(r->s->new, it->real, e) == 0 ? -ENOENT : -EEXIST;
	if (rc == -ENOENT) {
		rc = make_parent(r, it->real, e);
		if (rc == 0)
			rc = tree_mkdir(r->s->new, it->real, 0755, e);
	}
	return rc < 0 ? rc : stage_dress(r->s, it, e);
}

static int place_object(struct run *r, const struct change_item *it, struct rpath path,
			struct error *e)
{
	int rc = make_parent(r, path, e);

	(void)it;
	if (rc == 0)
		rc = clear_place(r, path, e);
	return rc < 0 ? rc : tree_rename(r->s->dir.pay, path, r->s->new, path, 0, e);
}

static int place_item(struct run *r, const struct change_item *it, struct error *e)
{
	int rc = 0;

	if (!rpath_is_root(it->beside))
		rc = place_object(r, it, it->beside, e);
	if (rc < 0 || it->kind == CHANGE_SCRIPT || !stage_writes(r->s, it))
		return rc;
	return ftype_is_dir(it->ftype) ? place_directory(r, it, e) :
					 place_object(r, it, it->real, e);
}

static int place_items(struct run *r, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->s->plan->nitems; i++)
		if (is_mine(r, &r->s->plan->items[i]))
			rc = place_item(r, &r->s->plan->items[i], e);
	return rc;
}

/* ---- what goes with the step */

static int take_away_item(struct run *r, const struct change_item *it, struct error *e)
{
	int rc = 0;

	if (it->kind != CHANGE_REMOVE || it->step != r->ps->step)
		return 0;
	if (!rpath_is_root(it->beside))
		rc = place_object(r, it, it->beside, e);
	return rc < 0 ? rc : overlay_whiteout(r->s->plan->root, r->s->new, it->real, e);
}

static int take_away(struct run *r, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = r->s->plan->nitems; rc == 0 && i-- > 0;)
		rc = take_away_item(r, &r->s->plan->items[i], e);
	return rc;
}

/* Is nothing left in a directory, in the root as the stage makes it? */
static int is_empty_now(struct run *r, struct rpath dir, bool *ret, struct error *e)
{
	struct tree *root = r->s->plan->root->tree;
	const char **names;
	struct stat st;
	size_t n, i;
	int rc = tree_list(root, arena_of(r), dir, &names, &n, e);

	*ret = false;
	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;

		rc = rpath_join(arena_of(r), dir, names[i], &p, e);
		if (rc == 0 && (tree_stat(r->s->new, p, &st, NULL) < 0 ||
				!overlay_is_whiteout(&st)))
			return 0;
	}
	if (rc == 0)
		rc = tree_list(r->s->new, arena_of(r), dir, &names, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;

		rc = rpath_join(arena_of(r), dir, names[i], &p, e);
		if (rc == 0 && (tree_stat(r->s->new, p, &st, NULL) < 0 ||
				!overlay_is_whiteout(&st)))
			return 0;
	}
	*ret = rc == 0 || rc == -ENOENT;
	return rc == -ENOENT ? 0 : rc;
}

/* Directories that only what scripts have removed kept there. */
static int remove_directories(struct run *r, struct error *e)
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

static int view_path(struct run *r, const char *below, struct rpath *ret, struct error *e)
{
	return rpath_parse(arena_of(r), arena_printf(arena_of(r), "%s/%s%s",
						     rpath_str(r->s->plan->sadm_pkg),
						     r->ps->instance, below), ret, e);
}

/* ---- the view of a package, before its first script */

static int move_pspool(struct run *r, const char *what, struct error *e)
{
	struct rpath from;
	const char *below = arena_printf(arena_of(r), "/save/pspool/%s/%s", r->ps->instance, what);
	int rc = view_path(r, below, &from, e);

	if (rc < 0 || !tree_exists(r->s->dir.pay, from))
		return rc;
	return tree_rename(r->s->dir.pay, from, r->s->new, from, 0, e);
}

static int prepare_view(struct run *r, struct error *e)
{
	struct rpath dir;
	int rc = view_path(r, "", &dir, e);

	if (rc == 0 && r->ps->step->installed != NULL)
		rc = overlay_whiteout(r->s->plan->root, r->s->new, dir, e);
	if (rc == 0)
		rc = clear_place(r, dir, e);
	if (rc == 0)
		rc = make_parent(r, dir, e);
	if (rc == 0)
		rc = stage_view_step(r->s, r->ps, e);
	if (rc == 0)
		rc = move_pspool(r, "reloc", e);
	if (rc == 0)
		rc = move_pspool(r, "root", e);
	return rc;
}

/* ---- class action scripts */

/* `source destination`, one object a line. */
static int class_line(struct run *r, const struct change_item *it, struct strbuf *out,
		      struct error *e)
{
	struct rpath source;
	int rc = stage_data_path(r->s, arena_of(r), r->step, it->what->entry, &source, e);

	if (rc == 0)
		strbuf_addf(out, CAGE_DIR "/data/%s %s\n", rpath_str(source),
			    procedures_path(r->s, rpath_str(it->path)));
	return rc;
}

static bool in_class(const struct run *r, const struct change_item *it, const char *class)
{
	return is_mine(r, it) && it->kind == CHANGE_SCRIPT &&
	       str_eq(it->what->entry->class, class);
}

static int class_parents(struct run *r, const struct change_item *it, struct error *e)
{
	return make_parent(r, it->real, e);
}

/* After its script: owner, mode and time as the package says, wherever the object is. */
static int class_attributes(struct run *r, const struct change_item *it, struct error *e)
{
	struct tree *root = r->s->plan->root->tree;
	struct stat st;
	struct op *op;
	int rc;

	if (tree_stat(r->s->new, it->real, &st, NULL) == 0) {
		rc = S_ISREG(st.st_mode) ? stage_dress(r->s, it, e) : 0;
		if (rc == 0 && S_ISREG(st.st_mode))
			rc = tree_utime(r->s->new, it->real, it->what->entry->mtime, 0, e);
		return rc;
	}
	if (tree_stat(root, it->real, &st, NULL) < 0) {
		on_line(r, arena_printf(arena_of(r), "commpkg: the script did not make '/%s'",
					rpath_str(it->path)));
		r->result->warning = true;
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return 0;
	op = VEC_PUSH(&r->s->attrs);
	op->kind = OP_ATTR;
	op->path = rpath_str(it->real);
	op_attr_of(&st, &op->was);
	op->now = op->was;
	op->now.mode = (op->was.mode & ~07777u) | it->mode;
	if (r->s->plan->root->owners) {
		op->now.uid = it->uid;
		op->now.gid = it->gid;
	}
	return 0;
}

static int each_in_class(struct run *r, const char *class,
			 int (*each)(struct run *, const struct change_item *, struct error *),
			 struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->s->plan->nitems; i++)
		if (in_class(r, &r->s->plan->items[i], class))
			rc = each(r, &r->s->plan->items[i], e);
	return rc;
}

static int install_class(struct run *r, const char *class, struct error *e)
{
	const struct infofile *file = plan_class_script(r->ps, 'i', class);
	AUTO_STRBUF struct strbuf input = STRBUF_INIT;
	size_t i;
	int rc = 0;

	if (file == NULL)
		return 0;
	/* In pkgmap order, as the mapping has them. */
	for (i = 0; rc == 0 && i < r->ps->mapping.n; i++) {
		const struct change_item *it = strmap_find(r->s->items,
							   rpath_str(r->ps->mapping.v[i].path));

		if (it != NULL && it->what == &r->ps->mapping.v[i] && in_class(r, it, class))
			rc = class_line(r, it, &input, e);
	}
	if (rc == 0)
		rc = each_in_class(r, class, class_parents, e);
	if (rc == 0)
		rc = run_script(r, file, "ENDOFCLASS", &input, e);
	return rc == 0 ? each_in_class(r, class, class_attributes, e) : rc;
}

/* Calls `each` for every class, in the order of CLASSES or backwards. */
static int each_class(struct run *r, const char *classes, bool backwards,
		      int (*each)(struct run *, const char *, struct error *), struct error *e)
{
	VEC(const char *) names = VEC_INIT;
	const char *word = classes != NULL ? classes : "none";
	size_t i;
	int rc = 0;

	while (*(word += strspn(word, " \t")) != '\0') {
		size_t len = strcspn(word, " \t");

		*VEC_PUSH(&names) = arena_strndup(arena_of(r), word, len);
		word += len;
	}
	for (i = 0; rc == 0 && i < names.n; i++)
		rc = each(r, names.v[backwards ? names.n - 1 - i : i], e);
	VEC_FREE(&names);
	return rc;
}

static int remove_class(struct run *r, const char *class, struct error *e)
{
	const struct infofile *file = plan_class_script(r->ps, 'r', class);
	AUTO_STRBUF struct strbuf input = STRBUF_INIT;
	size_t i;

	if (file == NULL)
		return 0;
	for (i = r->s->plan->nitems; i-- > 0;) {
		const struct change_item *it = &r->s->plan->items[i];

		if (it->kind == CHANGE_SCRIPT && it->what == NULL && it->step == r->ps->step &&
		    str_eq(it->class, class))
			strbuf_addf(&input, "%s\n", procedures_path(r->s, rpath_str(it->path)));
	}
	return run_script(r, file, NULL, &input, e);
}

/* ---- a package */

static int package_comes(struct run *r, struct error *e)
{
	const char *classes = pkginfo_get(&r->ps->params, "CLASSES");
	int rc = prepare_view(r, e);

	if (rc == 0)
		rc = run_named(r, "preinstall", e);
	if (rc == 0)
		rc = take_away(r, e);
	if (rc == 0)
		rc = place_items(r, e);
	if (rc == 0)
		rc = each_class(r, classes, false, install_class, e);
	return rc == 0 ? run_named(r, "postinstall", e) : rc;
}

static int package_goes(struct run *r, struct error *e)
{
	struct pkginfo params = { 0 };
	struct rpath view;
	int rc = pkgdb_params(r->db, arena_of(r), r->ps->step->installed->id, &params, e);

	if (rc == 0)
		rc = run_named(r, "preremove", e);
	if (rc == 0)
		rc = each_class(r, pkginfo_get(&params, "CLASSES"), true, remove_class, e);
	if (rc == 0)
		rc = take_away(r, e);
	if (rc == 0)
		rc = remove_directories(r, e);
	if (rc == 0)
		rc = run_named(r, "postremove", e);
	if (rc == 0)
		rc = view_path(r, "", &view, e);
	return rc == 0 ? overlay_whiteout(r->s->plan->root, r->s->new, view, e) : rc;
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

int procedures_run(struct stage *s, struct pkgdb *db, const struct procedures_watch *watch,
		   struct procedures *ret, struct error *e)
{
	struct run r = { .s = s, .db = db, .watch = watch, .result = ret };
	int rc = turn_to_new(s, e);

	for (r.step = 0; rc == 0 && r.step < s->plan->nsteps; r.step++) {
		r.ps = &s->plan->steps[r.step];
		rc = r.ps->step->package != NULL ? package_comes(&r, e) : package_goes(&r, e);
	}
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
}
