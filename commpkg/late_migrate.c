/*
 * Migrations (migrate.h): run over the root as it is by now, caught, and turned into ops.
 *
 * What one wrote is folded into new/ of the stage, from which the ops of an earlier phase have
 * moved all that was there, but for directories. Nothing of it is in the root before all of a
 * phase are done, so where one was interrupted all begin anew, over an empty new/: half of a
 * fold (a directory without its mode) can't be told from what a hook wanted.
 */
#include "late.h"

#include <errno.h>

#include "effect_note.h"
#include "effects.h"
#include "formats/cleanup.h"
#include "hooks.h"
#include "oplist.h"
#include "overlay.h"

static int open_txn(struct late *l, struct tree **ret, struct error *e)
{
	return volumes_tree(&l->ap->volumes, arena_printf(l->a, "txn/%s", l->txn->stage), 0,
			    false, ret, e);
}

static int take_up(struct late *l, struct tree *fx, unsigned layers, struct error *e)
{
	struct effects_rules rules = { .layers = layers };
	struct effects effects;
	int rc = effects_read(l->a, l->root, l->ap->new, fx, &rules, &effects, e);

	return rc < 0 ? rc : effects_fold(&effects, l->root, l->ap->new, fx, e);
}

int late_migrate(struct late *l, const struct script *script, const struct script_place *place,
		 struct script_result *ret, struct error *e)
{
	struct script_place where = *place;
	const struct overlay_wish wish = { .memory = 0 };
	struct cage_stage stage = { .memory_fd = -EBADF };
	struct tree *txn = NULL;
	struct cage_bind bind = { .name = HOOKS_REPLACED, .tree = l->ap->old };
	int rc = open_txn(l, &txn, e);

	if (rc == 0)
		rc = overlay_dress(l->root, l->ap->new, e);
	if (rc == 0)
		rc = overlay_begin(l->root, txn, l->ap->new, &wish, &stage, e);
	where.stage = &stage;
	where.binds = &bind;
	where.nbinds = bind.tree != NULL;
	if (rc == 0)
		rc = script_run(l->a, script, &where, ret, e);
	if (rc == 0 && ret->status == SCRIPT_FINE)
		rc = take_up(l, stage.fx, ret->layers, e);
	overlay_end(&stage);
	tree_close(txn);
	return rc;
}

/* Does an op of that phase or a later one take something out of new/? */
static bool is_needed(const struct late *l, int64_t phase)
{
	size_t i;

	for (i = 0; i < l->nops; i++)
		if (TXN_PHASE(l->ops[i].seq) >= phase &&
		    (l->ops[i].kind == OP_PUT || l->ops[i].kind == OP_TREE))
			return true;
	return false;
}

static int empty_new(struct late *l, struct error *e)
{
	const char **names;
	size_t n = 0, i;
	int rc = tree_list(l->ap->new, l->a, rpath_root(), &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;

		rc = rpath_parse(l->a, names[i], &p, e);
		if (rc == 0)
			rc = tree_remove_all(l->ap->new, p, e);
	}
	return rc;
}

int late_migrate_anew(struct late *l, int64_t phase, struct error *e)
{
	bool interrupted = false;
	size_t i;
	int rc;

	for (i = 0; i < l->nscripts; i++)
		interrupted |= l->scripts[i].phase == phase &&
			       l->scripts[i].role == ROLE_MIGRATE &&
			       l->scripts[i].state == SCRIPT_STARTED;
	if (!interrupted || is_needed(l, phase))
		return 0;
	rc = empty_new(l, e);
	for (i = 0; rc == 0 && i < l->nscripts; i++)
		if (l->scripts[i].phase == phase && l->scripts[i].role == ROLE_MIGRATE &&
		    l->scripts[i].state == SCRIPT_DONE)
			l->scripts[i].state = SCRIPT_PENDING;
	return rc;
}

/* ---- ops */

bool late_migrates(const struct late *l, int64_t phase)
{
	bool copies = false;
	size_t i;

	if (phase < 2) /* copies for class action scripts, which have phases 0 and 1 (late.h) */
		return false;
	for (i = 0; i < l->nscripts; i++) {
		if (l->scripts[i].phase != phase || l->scripts[i].state == SCRIPT_WAITING)
			continue;
		if (l->scripts[i].role == ROLE_MIGRATE)
			return true;
		if (l->scripts[i].role == ROLE_PACKAGE)
			return false;
	}
	for (i = 0; i < l->nops; i++) {
		if (TXN_PHASE(l->ops[i].seq) != phase)
			continue;
		if (l->ops[i].kind != OP_COPY)
			return false;
		copies = true;
	}
	return copies;
}

struct turning {
	struct late *l;
	struct strmap *known;		/* paths that have an op, or are in a directory that has */
	VEC(struct op) v;
};

static bool is_known(const struct turning *t, const char *path)
{
	const char *slash = path;

	while ((slash = strchr(slash, '/')) != NULL) {
		if (strmap_find(t->known, arena_strndup(t->l->a, path,
							(size_t)(slash - path))) != NULL)
			return true;
		slash++;
	}
	return strmap_find(t->known, path) != NULL;
}

/* What is to be saved, and is there still as it is for nobody to have changed it. */
static int take_copy(struct turning *t, const struct op *op, struct error *e)
{
	struct op *now;
	struct rpath p;
	struct stat st;
	int rc = rpath_parse(t->l->a, op->path, &p, e);

	if (rc < 0 || is_known(t, op->path))
		return rc;
	rc = tree_stat(t->l->root->tree, p, &st, e);
	if (rc == -ENOENT || (rc == 0 && !S_ISREG(st.st_mode)))
		return error_clear(e), 0;
	if (rc < 0)
		return rc;
	now = VEC_PUSH(&t->v);
	*now = *op;
	op_attr_of(&st, &now->was);
	return 0;
}

static int take_copies(struct turning *t, int64_t phase, struct error *e)
{
	const struct late *l = t->l;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->nops; i++)
		if (TXN_PHASE(l->ops[i].seq) == phase && l->ops[i].kind == OP_COPY)
			rc = take_copy(t, &l->ops[i], e);
	return rc;
}

/* What the hook wrote in place of a file about which a decision waits is the decision. */
static int take_decision(struct turning *t, const char *path, struct error *e)
{
	struct late *l = t->l;
	const struct view v = { .root = l->root, .state = l->state, .db = l->db };
	const struct op *op;
	struct editable ed;
	struct op *gone;
	int rc = editable_look(&v, l->a, path, &ed, e);

	op = rc > 0 ? strmap_find(t->known, rpath_str(ed.real)) : NULL;
	if (op == NULL || op->kind != OP_PUT || ed.pending == PENDING_NONE)
		return rc < 0 ? rc : 0;
	*VEC_PUSH(&l->decided) = ed;
	if (!ed.queued || is_known(t, rpath_str(ed.beside)))
		return 0;
	gone = VEC_PUSH(&t->v);
	*gone = (struct op){ .kind = OP_REMOVE, .path = rpath_str(ed.beside) };
	op_attr_of(&ed.beside_st, &gone->was);
	return 0;
}

static int take_decisions(struct turning *t, struct error *e)
{
	const char **paths;
	size_t n, i;
	int rc = pkgdb_editable(t->l->db, t->l->a, &paths, &n, e);

	t->l->decided.n = 0;
	for (i = 0; rc == 0 && i < n; i++)
		rc = take_decision(t, paths[i], e);
	return rc;
}

static int write_decisions(struct late *l, struct error *e)
{
	const struct view v = { .root = l->root, .state = l->state, .db = l->db };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->decided.n; i++) {
		const struct editable *ed = &l->decided.v[i];
		struct text text;

		rc = editable_packaged(&v, l->a, ed, &text, e);
		if (rc == 0)
			rc = pkgdb_pristine_set(l->db, ed->path, text.bytes, text.len, e);
		if (rc == 0)
			rc = txn_note_add(l->db, l->txn->n, "config", ed->path,
					  "decided by the migration", e);
	}
	return rc;
}

static bool has_hook(const struct late *l, int64_t phase)
{
	size_t i;

	for (i = 0; i < l->nscripts; i++)
		if (l->scripts[i].phase == phase && l->scripts[i].role == ROLE_MIGRATE)
			return true;
	return false;
}

/* Of what the transaction has replaced there, or below, the store keeps the old one: there is no
 * place for another. */
static int check_removal(const struct late *l, const struct op *op, int64_t phase, struct error *e)
{
	size_t i, n = strlen(op->path);

	if (op->kind != OP_REMOVE && op->kind != OP_REMOVE_TREE)
		return 0;
	for (i = 0; i < l->nops; i++) {
		const struct op *was = &l->ops[i];

		if (TXN_PHASE(was->seq) < phase && was->was.known && was->kind != OP_ATTR &&
		    strncmp(was->path, op->path, n) == 0 &&
		    (was->path[n] == '/' || was->path[n] == '\0'))
			return error_set(e, E_UNSUPPORTED, "the migration removed '/%s', and this "
					 "transaction has just replaced '/%s'", op->path,
					 was->path);
	}
	return 0;
}

int late_migrate_ops(struct late *l, int64_t phase, struct op **ret, size_t *ret_n,
		     struct error *e)
{
	struct turning t = { .l = l, .known = strmap_new(64) };
	struct op *walked = NULL;
	size_t n = 0, i;
	int rc = has_hook(l, phase) ? ops_compare(l->a, l->ap->new, l->root, &walked, &n, e) : 0;

	for (i = 0; rc == 0 && i < n; i++) {
		*VEC_PUSH(&t.v) = walked[i];
		(void)strmap_put(t.known, walked[i].path, &walked[i]);
		rc = check_removal(l, &walked[i], phase, e);
	}
	if (rc == 0)
		rc = take_decisions(&t, e);
	if (rc == 0)
		rc = take_copies(&t, phase, e);
	for (i = 0; i < t.v.n; i++)
		t.v.v[i].seq = TXN_SEQ(phase, i + 1);
	*ret = arena_memdup(l->a, t.v.v, t.v.n, sizeof(**ret));
	*ret_n = t.v.n;
	VEC_FREE(&t.v);
	strmap_free(t.known);
	return rc;
}

/* ---- notes, by which undo knows later changes from what was put there */

/* Of a directory all that is in it, too. */
static int note_all(struct late *l, struct rpath p, struct tree *from, const char *words,
		    struct error *e)
{
	const char **names;
	struct stat st;
	size_t n = 0, i;
	int rc = tree_stat(from, p, &st, e);

	if (rc == 0)
		rc = effect_note(l->db, l->a, l->txn->n, from, p, &st, words, e);
	if (rc == 0 && S_ISDIR(st.st_mode))
		rc = tree_list(from, l->a, p, &names, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath q;

		rc = rpath_join(l->a, p, names[i], &q, e);
		if (rc == 0)
			rc = note_all(l, q, from, words, e);
	}
	return rc;
}

int late_migrate_notes(struct late *l, const struct op *ops, size_t n, struct error *e)
{
	size_t i;
	int rc = write_decisions(l, e);

	for (i = 0; rc == 0 && i < n; i++) {
		bool put = ops[i].kind == OP_PUT || ops[i].kind == OP_TREE;
		struct rpath p;

		if (!put && ops[i].kind != OP_COPY)
			continue;
		rc = rpath_parse(l->a, ops[i].path, &p, e);
		if (rc == 0)
			rc = note_all(l, p, put ? l->ap->new : l->root->tree,
				      !put ? "kept before the start" : ops[i].was.known ?
				      "changed by the migration" : "added by the migration", e);
	}
	return rc;
}
