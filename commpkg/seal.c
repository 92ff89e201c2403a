/*
 * The moment: everything about a transaction goes into the database in one commit.
 *
 *	look again at what the plan looked at
 *	BEGIN  packages, files, pristine texts; `contents` from the rows, into the stage
 *	       syncfs; history and ops
 *	COMMIT
 */
#include <errno.h>
#include <stdlib.h>

#include "boot.h"
#include "change_consent.h"
#include "commit.h"
#include "fixed.h"
#include "formats/cleanup.h"
#include "history_words.h"
#include "hook_answers.h"
#include "late.h"
#include "ops.h"
#include "pkgdb/scripts.h"
#include "pkgdb/svr4view.h"
#include "procedures.h"
#include "seal_rows.h"
#include "setid.h"
#include "stage_migrate.h"
#include "volumes.h"
#include "xattrs.h"

/* ---- was somebody quicker? */

static int stale(const struct change_item *it, struct error *e)
{
	(void)error_set(e, E_STALE, "'/%s' changed while the transaction was being prepared",
			rpath_str(it->path));
	return error_hint(e, "type the same again: the plan is made anew");
}

static bool same_object(const struct change_item *it, const struct stat *st)
{
	struct op_attr now;

	op_attr_of(st, &now);
	if (now.dev != it->was.dev || now.ino != it->was.ino || now.mode != it->was.mode)
		return false;
	/* Names come and go in a directory that stays; one that goes must not get new ones. */
	if (S_ISDIR(st->st_mode) && it->kind == CHANGE_ATTR)
		return true;
	if (now.size != it->was.size || now.mtime != it->was.mtime ||
	    now.mtime_nsec != it->was.mtime_nsec)
		return false;
	/* A file with several names: the stage may have linked another one of them. */
	if (S_ISREG(st->st_mode) && st->st_nlink > 1)
		return true;
	return st->st_ctim.tv_sec == it->was_ctime.tv_sec &&
	       st->st_ctim.tv_nsec == it->was_ctime.tv_nsec;
}

static int check_item(const struct plan *plan, const struct change_item *it, struct error *e)
{
	struct stat st;
	int rc;

	if (it->kind == CHANGE_SAME || it->kind == CHANGE_SKIP || it->kind == CHANGE_KEEP)
		return 0;
	if (it->kind == CHANGE_CREATE &&
	    !dirs_exists(plan->dirs, dirs_parent(plan->dirs, rpath_str(it->real))))
		return 0; /* its directory comes whole, and never replaces anything */
	rc = tree_stat(plan->root->tree, it->real, &st, e);
	if (rc == -ENOENT)
		return it->was.known ? stale(it, e) : 0;
	if (rc < 0)
		return rc;
	return it->was.known && same_object(it, &st) ? 0 : stale(it, e);
}

/* A text that was edited, or a link that was made, meanwhile. */
static int check_put(const struct plan *plan, const struct plan_put *put, struct error *e)
{
	const struct change_item it = { .kind = CHANGE_REPLACE, .path = put->path,
					.was = put->was, .was_ctime = put->was_ctime };
	struct stat st;
	int rc = tree_stat(plan->root->tree, put->path, &st, e);

	if (rc == -ENOENT || rc == -ENOTDIR) {
		error_clear(e);
		return put->was.known ? stale(&it, e) : 0;
	}
	return rc < 0 ? rc : put->was.known && same_object(&it, &st) ? 0 : stale(&it, e);
}

int commit_check(const struct plan *plan, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->nitems; i++)
		rc = check_item(plan, &plan->items[i], e);
	for (i = 0; rc == 0 && i < plan->nputs; i++)
		rc = check_put(plan, &plan->puts[i], e);
	return rc == 0 ? tree_trouble(plan->root->tree, e) : rc;
}

/* ---- rows */

static void row_contents(struct pkgdb_file *f, const struct entry *en)
{
	f->size = en->size;
	f->sum = en->sum;
	f->mtime = en->mtime;
}

/* A script ended its package before its turn came. */
static bool waits_for_ever(const struct stage *s, const struct change_item *it)
{
	return s->procedures != NULL && s->procedures->stopped != NULL &&
	       !s->settled[it - s->plan->items];
}

void commit_row(const struct stage *s, size_t step, const struct mapped *m, int64_t package,
		struct pkgdb_file *f)
{
	const struct plan_step *ps = &s->plan->steps[step];
	const struct change_item *it = strmap_find(s->items, rpath_str(m->path));
	size_t index = (size_t)(m->entry - ps->step->package->map.entries);
	bool winner = it != NULL && it->what == m;

	*f = (struct pkgdb_file){
		.package = package, .path = rpath_str(m->path), .ftype = m->entry->ftype,
		.class = m->entry->class, .target = m->target, .major = m->entry->major,
		.minor = m->entry->minor, .mode = m->entry->mode, .owner = m->owner,
		.group = m->group, .arrival = package, .added = s->plan->txn,
	};
	f->ruling = winner && (it->rules || s->promoted[it - s->plan->items] || !it->shared);
	if (winner && (s->missing[it - s->plan->items] || it->lost != NULL))
		f->status = '!';
	else if (winner && waits_for_ever(s, it))
		f->status = procedures_to_come(it);
	if (winner && it->ftype != 's' && it->ftype != 'l') {
		f->mode = it->mode;
		f->owner = it->owner;
		f->group = it->group;
	}
	if (!ftype_has_payload(f->ftype))
		return;
	row_contents(f, m->entry);
	f->has_sha256 = f->status != '*' && s->digested[step][index];
	f->sha256 = s->digests[step][index];
}

static int mapped_order(const void *a, const void *b)
{
	return strcmp(rpath_str((*(const struct mapped *const *)a)->path),
		      rpath_str((*(const struct mapped *const *)b)->path));
}

static int add_files(struct stage *s, struct pkgdb *db, size_t step, int64_t package,
		     struct error *e)
{
	const struct plan_step *ps = &s->plan->steps[step];
	const struct mapped **sorted = arena_calloc(s->a, ps->mapping.n, sizeof(*sorted));
	struct pkgdb_file f;
	size_t i;
	int rc = 0;

	for (i = 0; i < ps->mapping.n; i++)
		sorted[i] = &ps->mapping.v[i];
	if (ps->mapping.n > 0)
		qsort(sorted, ps->mapping.n, sizeof(*sorted), mapped_order);
	for (i = 0; rc == 0 && i < ps->mapping.n; i++) {
		const struct pkgdb_file *old;

		commit_row(s, step, sorted[i], package, &f);
		old = plan_step_row(ps, f.path);
		if (old != NULL)
			f.arrival = old->arrival;
		if (seal_registered_row(s, ps->instance, &f) >= 0)
			rc = pkgdb_file_add(db, &f, e);
	}
	for (i = 0; rc == 0 && i < ps->ncarried; i++) {
		f = *ps->carried[i];
		f.package = package;
		f.added = s->plan->txn;
		if (seal_registered_row(s, ps->instance, &f) >= 0)
			rc = pkgdb_file_add(db, &f, e);
	}
	return rc == 0 ? seal_registered_add(s, db, ps, package, e) : rc;
}

static int add_package(struct stage *s, struct pkgdb *db, size_t step, struct error *e)
{
	const struct plan_step *ps = &s->plan->steps[step];
	const struct package *pkg = ps->step->package;
	const struct pkgdb_package *was = ps->step->installed;
	struct pkgdb_package p = {
		.instance = ps->instance, .pkg = pkg->pkg, .title = pkg->title,
		.arch = pkg->arch, .version = pkg->version, .category = pkg->category,
		.basedir = ps->mapping.basedir, .added = s->plan->txn,
		.first = was != NULL ? was->first : 0,
		.manual = ps->step->manual || (was != NULL && was->manual),
		.payload_bytes = pkg->payload_bytes, .state = s->partial ? 'I' : 0,
		.nfiles = ps->mapping.n + ps->ncarried,
	};
	int rc = pkgdb_package_add(db, &p, &ps->params, pkg->infofiles, pkg->ninfofiles, e);

	return rc < 0 ? rc : add_files(s, db, step, p.id, e);
}

static int write_rows(struct stage *s, struct pkgdb *db, struct error *e)
{
	const struct plan *plan = s->plan;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->nsteps; i++)
		if (plan->steps[i].step->installed != NULL)
			rc = pkgdb_package_end(db, plan->steps[i].step->installed->id,
					       plan->txn, e);
	for (i = 0; rc == 0 && i < plan->nsteps; i++)
		if (plan->steps[i].step->package != NULL)
			rc = add_package(s, db, i, e);
	if (rc == 0 && s->procedures != NULL && s->procedures->lingers)
		rc = seal_lingers(s, db, &plan->steps[0], e);
	/* Of a removal that was stopped the objects are still its own. */
	if (s->procedures != NULL && s->procedures->lingers && s->procedures->stopped != NULL)
		return rc;
	for (i = 0; rc == 0 && i < plan->nrows; i++) {
		struct pkgdb_file f = plan->rows[i];

		f.added = plan->txn;
		f.removed = 0;
		rc = pkgdb_file_replace(db, &f, plan->txn, e);
	}
	return rc == 0 ? seal_registered(s, db, e) : rc;
}

static int write_pristine(struct stage *s, struct pkgdb *db, struct error *e)
{
	const struct plan *plan = s->plan;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->nitems; i++)
		if (plan->items[i].was_editable && !waits_for_ever(s, &plan->items[i]))
			rc = pkgdb_pristine_drop(db, rpath_str(plan->items[i].path), e);
	for (i = 0; rc == 0 && i < s->texts.n; i++) {
		const struct change_item *it = strmap_find(s->items, s->texts.v[i].path);

		if (it == NULL || !waits_for_ever(s, it))
			rc = pkgdb_pristine_set(db, s->texts.v[i].path, s->texts.v[i].bytes,
						s->texts.v[i].len, e);
	}
	return rc;
}

/* ---- contents */

static int render_contents(struct stage *s, struct pkgdb *db, struct strbuf *out,
			   struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct plan *plan = s->plan;
	const struct procedures *p = s->procedures;
	const char *program = p != NULL && p->program != NULL ? p->program :
								plan->options->program;
	const char *last = plan->nsteps > 0 ? plan->steps[plan->nsteps - 1].instance :
			   p != NULL && p->registry.v.n > 0 ?
			   p->registry.v.v[p->registry.v.n - 1]->instance : "no";
	char *old;
	size_t len;
	int rc;

	rc = tree_read(plan->root->tree, a, plan->contents, (size_t)1 << 30, &old, &len, NULL);
	if (rc == 0)
		rc = svr4view_contents_merge(db, old, len, plan->txn, program, last, history_now(),
					     out, e);
	else
		rc = 0;
	return rc != 0 ? (rc < 0 ? rc : 0) :
	       svr4view_contents(db, program, last, history_now(), out, e);
}

static int put_contents(struct stage *s, struct pkgdb *db, const struct strbuf *text,
			struct error *e)
{
	char hex[SHA256_HEX_SIZE];
	struct sha256 sha;
	int rc = 0;

	if (s->procedures != NULL && tree_exists(s->new, s->plan->contents))
		rc = tree_unlink(s->new, s->plan->contents, e); /* what scripts were shown */
	if (rc == 0)
		rc = stage_text(s, s->plan->contents, strbuf_str(text), text->len, 0644, e);
	if (rc < 0)
		return rc;
	sha256_of(strbuf_str(text), text->len, &sha);
	sha256_hex(&sha, hex);
	return pkgdb_setting_set(db, SVR4VIEW_DIGEST, hex, e);
}

/* With late scripts it is made when they have ended (late_view.c); what they are shown until
 * then is in the stage already. */
static int write_contents(struct stage *s, struct pkgdb *db, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	int rc;

	if (s->late != NULL)
		return pkgdb_setting_set(db, SVR4VIEW_DIGEST, NULL, e);
	rc = render_contents(s, db, &text, e);
	return rc < 0 ? rc : put_contents(s, db, &text, e);
}

/* ---- components */

static int write_component(struct stage *s, struct pkgdb *db, const struct component_step *cs,
			   struct error *e)
{
	static const char kinds[] = { [COMPONENT_PRODUCT] = 'P', [COMPONENT_SHARED] = 'S',
				      [COMPONENT_L10N] = 'L' };
	struct pkgdb_component c = {
		.name = cs->name, .version = cs->version, .title = cs->manifest->title,
		.kind = kinds[cs->manifest->kind], .base = cs->base, .manual = cs->manual,
		.added = s->plan->txn, .packages = cs->packages, .npackages = cs->npackages,
	};
	int rc = 0;

	if (cs->kind == STEP_MIGRATE)
		return 0;
	if (cs->installed != NULL)
		rc = pkgdb_component_end(db, cs->installed->id, s->plan->txn, e);
	if (rc < 0 || !component_step_stays(cs))
		return rc;
	c.manifest = cs->comes != NULL ? cs->comes->bytes : cs->takes->manifest;
	c.manifest_len = cs->comes != NULL ? cs->comes->len : cs->takes->manifest_len;
	return pkgdb_component_add(db, &c, e);
}

static int write_components(struct stage *s, struct pkgdb *db, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->plan->ncomponents; i++)
		rc = write_component(s, db, &s->plan->components[i], e);
	return rc;
}

/* ---- history and journal */

static const char *const step_words[] = {
	[STEP_INSTALL] = "install", [STEP_UPGRADE] = "upgrade",
	[STEP_DOWNGRADE] = "downgrade", [STEP_REINSTALL] = "reinstall",
	[STEP_REMOVE] = "remove", [STEP_SWITCH] = "switch",
	[STEP_MIGRATE] = "migrate",
};

/* Components are what people speak of. */
static const char *component_summary(const struct stage *s)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i, n = s->plan->nsteps;

	for (i = 0; i < s->plan->ncomponents; i++) {
		const struct component_step *cs = &s->plan->components[i];

		if (cs->renames)
			continue;
		if (b.len > 512) {
			strbuf_addf(&b, " and %zu more", s->plan->ncomponents - i);
			break;
		}
		strbuf_addf(&b, "%s%s %s %s", b.len > 0 ? ", " : "", step_words[cs->kind],
			    pkgdb_component_plain(s->a, cs->name), cs->version);
	}
	if (n > 0 || !component_step_aside(&s->plan->components[0]))
		strbuf_addf(&b, " (%zu package%s)", n, n == 1 ? "" : "s");
	return arena_strdup(s->a, strbuf_str(&b));
}

static const char *summary(const struct stage *s)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	if (s->plan->ncomponents > 0)
		return component_summary(s);
	if (s->plan->nsteps == 0)
		return s->plan->options->command;
	for (i = 0; i < s->plan->nsteps; i++) {
		const struct plan_step *ps = &s->plan->steps[i];
		const char *version = ps->step->package != NULL ? ps->step->package->version :
								   ps->step->installed->version;

		if (b.len > 512) {
			strbuf_addf(&b, " and %zu more", s->plan->nsteps - i);
			break;
		}
		strbuf_addf(&b, "%s%s %s %s", i > 0 ? ", " : "", step_words[ps->step->kind],
			    ps->instance, version);
	}
	if (s->procedures != NULL && s->procedures->stopped != NULL)
		strbuf_addf(&b, " (stopped by its %s)",
			    s->procedures->outputs.v[s->procedures->outputs.n - 1].script);
	return arena_strdup(s->a, strbuf_str(&b));
}

/* " (MODE UID GID XATTR...)" of what is there afterwards. Another script may have taken it away. */
static const char *effect_attributes(struct stage *s, const struct effect *f)
{
	const char *xattrs = "";
	struct rpath p;

	if (f->mode == 0 || S_ISLNK(f->mode))
		return "";
	if (rpath_parse(s->a, f->path, &p, NULL) == 0)
		(void)xattrs_words(s->a, s->new, p, &xattrs, NULL);
	return arena_printf(s->a, " (%04o %u %u%s)", (unsigned)f->mode & 07777, f->uid, f->gid,
			    xattrs);
}

/* What scripts said and did belongs to history; undo and verify read the effects. */
static int write_effects(struct stage *s, struct pkgdb *db, struct error *e)
{
	const struct procedures *p = s->procedures;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < p->effects.n; i++) {
		const struct procedure_effect *pe = &p->effects.v[i];
		char hex[SHA256_HEX_SIZE] = "-";

		if (pe->effect.digested)
			sha256_hex(&pe->effect.digest, hex);
		rc = txn_note_add(db, s->plan->txn, "effect", pe->effect.path,
				  arena_printf(s->a, "%s %s by %s of %s%s",
					       hex, effect_kind_word(pe->effect.kind),
					       pe->script, pe->instance,
					       effect_attributes(s, &pe->effect)), e);
	}
	return rc;
}

/* Is it a directory that comes, empty, and of which no row tells? */
static int is_emptied(struct stage *s, struct rpath dir, bool *ret, struct error *e)
{
	const struct change_item *it = strmap_find(s->coming, rpath_str(dir));
	const char **names;
	size_t n = 0;
	int rc;

	*ret = false;
	if (rpath_is_root(dir) || (it != NULL && ftype_is_dir(it->ftype)) ||
	    tree_exists(s->plan->root->tree, dir) || !tree_exists(s->new, dir))
		return 0;
	rc = tree_list(s->new, s->a, dir, &names, &n, e);
	*ret = rc == 0 && n == 0;
	return rc;
}

/* Directories that came for what a script took away again. Undo takes an empty one for anybody's,
 * unless it is told that it came with this. */
static int write_emptied(struct stage *s, struct pkgdb *db, struct error *e)
{
	const struct procedures *p = s->procedures;
	struct strmap *seen = strmap_new(16);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->effects.n; i++) {
		const struct effect *f = &p->effects.v[i].effect;
		struct rpath dir;
		bool emptied;

		if (f->kind != EFFECT_REMOVED || !f->top)
			continue;
		dir = rpath_parent(s->a, (struct rpath){ f->path });
		if (strmap_put(seen, rpath_str(dir), (void *)f) != NULL)
			continue;
		rc = is_emptied(s, dir, &emptied, e);
		if (rc == 0 && emptied)
			rc = stage_note(s, db, rpath_str(dir), e);
	}
	strmap_free(seen);
	return rc;
}

/* Whose word the digests of its files are: the signature covers them, and was verified. */
static int write_signers(struct stage *s, struct pkgdb *db, struct error *e)
{
	const struct plan *plan = s->plan;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->nsteps; i++)
		if (plan->steps[i].step->signer != NULL)
			rc = txn_note_add(db, plan->txn, "signed", plan->steps[i].instance,
					  arena_printf(s->a, "by %s",
						       plan->steps[i].step->signer), e);
	return rc;
}

/* Configuration: what was decided, and of merged files what was put there, which undo compares. */
static int write_decisions(struct stage *s, struct pkgdb *db, struct error *e)
{
	const struct plan *plan = s->plan;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->ndecisions; i++) {
		const struct decision *d = &plan->decisions[i];

		if (d->kind != DECISION_NEW && d->kind != DECISION_TAKE_NEW &&
		    d->kind != DECISION_MERGE)
			rc = txn_note_add(db, plan->txn, "config", rpath_str(d->path),
					  arena_printf(s->a, "%s: %s", plan_decision_words(d),
						       d->why), e);
	}
	for (i = 0; rc == 0 && i < plan->nitems; i++) {
		const struct change_item *it = &plan->items[i];
		char hex[SHA256_HEX_SIZE];
		struct sha256 sha;

		if (it->merged == NULL)
			continue;
		sha256_of(it->merged->text.bytes, it->merged->text.len, &sha);
		sha256_hex(&sha, hex);
		rc = txn_note_add(db, plan->txn, "merged", rpath_str(it->real),
				  arena_printf(s->a, "%s merged: %s", hex, it->note), e);
	}
	return rc;
}

static int write_outputs(struct stage *s, struct pkgdb *db, struct error *e)
{
	const struct procedures *p = s->procedures;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < p->outputs.n; i++) {
		const struct procedure_output *out = &p->outputs.v[i];
		const struct txn_script row = {
			.seq = (int64_t)i + 1, .instance = out->instance, .name = out->script,
			.state = script_goes_on(out->status) ? SCRIPT_DONE : SCRIPT_FAILED,
			.runs = 1, .status = out->status,
			.began = out->began, .ended = out->ended,
			.output = strbuf_str(&out->text),
		};

		rc = txn_script_add(db, s->plan->txn, &row, e);
	}
	return rc;
}

/* With hooks of services the ops wait for the first of them (late.h). */
static int plan_phases(struct stage *s, struct op *ops, size_t n, struct late_plan *ret,
		       struct error *e)
{
	const struct plan *plan = s->plan;
	size_t i;

	if (s->late != NULL)
		return late_arrange(s, s->late, ops, n, ret, e);
	for (i = 0; plan_runs_services(plan) && i < n; i++)
		ops[i].seq = TXN_SEQ(1, ops[i].seq);
	*ret = (struct late_plan){ .ops = ops, .nops = n };
	return 0;
}

static int64_t last_phase(const struct late_plan *p)
{
	int64_t last = 1;
	size_t i;

	for (i = 0; i < p->nops; i++)
		last = TXN_PHASE(p->ops[i].seq) > last ? TXN_PHASE(p->ops[i].seq) : last;
	for (i = 0; i < p->nscripts; i++)
		last = p->scripts[i].phase > last ? p->scripts[i].phase : last;
	return last;
}

struct saving {
	struct stage *s;
	struct pkgdb *db;
	int64_t seq;
};

/* What is there by then decides the op (late_migrate.c). */
static int write_copy(struct rpath real, const struct stat *st, void *ctx, struct error *e)
{
	struct saving *w = ctx;
	const struct plan *plan = w->s->plan;
	struct op op = { .seq = ++w->seq, .kind = OP_COPY, .path = rpath_str(real) };

	op.volume = volumes_at(plan->volumes, plan->nvolumes, op.path);
	op_attr_of(st, &op.was);
	return txn_op_add(w->db, plan->txn, &op, e);
}

static int write_saves(struct stage *s, struct pkgdb *db, int64_t phase, struct error *e)
{
	struct saving w = { .s = s, .db = db, .seq = TXN_SEQ(phase, 0) };
	const struct plan *plan = s->plan;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->nsaves; i++)
		rc = data_save_each(s->a, plan->root->tree, &plan->saves[i], write_copy, &w, e);
	return rc;
}

static int write_scripts(struct stage *s, struct pkgdb *db, const struct txn_script *v, size_t n,
			 int64_t *seq, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		struct txn_script row = v[i];

		row.seq = ++*seq;
		rc = txn_script_add(db, s->plan->txn, &row, e);
	}
	return rc;
}

static int write_phases(struct stage *s, struct pkgdb *db, struct op *ops, size_t n, int64_t seq,
			struct error *e)
{
	const struct plan *plan = s->plan;
	const struct service_run run = { .answers = plan->options->answers };
	struct service_rows services = { .nbefore = 0 };
	struct txn_script *migrations;
	struct late_plan p;
	int64_t last;
	size_t i;
	int rc = plan_phases(s, ops, n, &p, e);

	for (i = 0; rc == 0 && i < p.nops; i++) {
		struct op op = p.ops[i];

		op.volume = volumes_at(plan->volumes, plan->nvolumes, op.path);
		rc = txn_op_add(db, plan->txn, &op, e);
	}
	if (rc < 0)
		return rc;
	last = last_phase(&p) + (plan->nmigrations + plan->nsaves > 0);
	migrations = migrations_rows(s->a, plan->migrations, plan->nmigrations, last,
				     (int)plan->options->cage, run.answers);
	if (plan_runs_services(plan))
		services_rows(s->a, plan->services, plan->nservices, last + 1, &run,
			      &services);
	if (plan->nsaves > 0)
		rc = write_saves(s, db, last, e);
	if (rc == 0)
		rc = write_scripts(s, db, services.before, services.nbefore, &seq, e);
	if (rc == 0)
		rc = write_scripts(s, db, p.scripts, p.nscripts, &seq, e);
	if (rc == 0)
		rc = write_scripts(s, db, migrations, plan->nmigrations, &seq, e);
	if (rc == 0)
		rc = write_scripts(s, db, services.after, services.nafter, &seq, e);
	return rc < 0 ? rc : boot_seal(s, db, seq, e);
}

static int write_journal(struct stage *s, struct pkgdb *db, struct error *e)
{
	const struct plan *plan = s->plan;
	struct txn t = {
		.n = plan->txn,
		.state = TXN_SEALED,
		.verb = plan->options->verb,
		.command = plan->options->command,
		.who = history_caller(s->a),
		.started = history_now(),
		.sealed = history_now(),
		.keeps = !plan->options->no_keep,
		.stage = s->dir.name,
		.summary = summary(s),
	};
	struct op *ops;
	size_t n;
	int rc = ops_build(s, &ops, &n, e);

	if (rc == 0)
		rc = txn_add(db, &t, e);
	if (rc == 0)
		rc = write_signers(s, db, e);
	if (rc == 0)
		rc = write_decisions(s, db, e);
	if (rc == 0)
		rc = stage_puts_notes(s, db, e);
	if (rc == 0)
		rc = stage_migrate_notes(s, db, e);
	if (rc == 0 && s->procedures != NULL)
		rc = write_effects(s, db, e);
	if (rc == 0 && s->procedures != NULL)
		rc = write_emptied(s, db, e);
	if (rc == 0 && s->procedures != NULL)
		rc = write_outputs(s, db, e);
	if (rc == 0)
		rc = write_phases(s, db, ops, n, s->procedures != NULL ?
				  (int64_t)s->procedures->outputs.n : 0, e);
	return rc == 0 ? setid_share(s->a, s->plan->root, db, s->plan->txn, e) : rc;
}

static int write_settings(struct stage *s, struct pkgdb *db, struct error *e)
{
	const struct plan_options *o = s->plan->options;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < o->nremember; i++)
		rc = pkgdb_setting_set(db, o->remember[i].key, o->remember[i].value, e);
	if (rc == 0 && o->remember_answers != NULL)
		rc = pkgdb_setting_set(db, HOOK_ANSWERS_KEY, o->remember_answers, e);
	return rc;
}

int commit_seal(struct stage *s, struct pkgdb *db, struct error *e)
{
	int rc = pkgdb_begin(db, e);

	if (rc == 0)
		rc = write_rows(s, db, e);
	if (rc == 0)
		rc = write_components(s, db, e);
	if (rc == 0)
		rc = write_pristine(s, db, e);
	if (rc == 0)
		rc = write_contents(s, db, e);
	if (rc == 0)
		rc = write_journal(s, db, e);
	if (rc == 0)
		rc = write_settings(s, db, e);
	if (rc == 0)
		rc = change_licences_record(db, s->a, s->plan->txn, s->plan->options, e);
	if (rc == 0)
		rc = stage_directories(s, e);
	if (rc == 0)
		rc = tree_sync(s->new, e);
	if (rc == 0 && s->procedures != NULL) /* of the rest the plan has asked */
		rc = fixed_check(s->a, s->plan->root, db, s->plan->txn, e);
	if (rc == 0)
		rc = commit_check(s->plan, e);
	if (rc < 0)
		pkgdb_abort(db);
	else
		rc = commit_moment(db, s->plan->txn, TXN_SEALED, s->new, e);
	return rc < 0 ? error_prefix(e, "sealing transaction %lld", (long long)s->plan->txn) : 0;
}
