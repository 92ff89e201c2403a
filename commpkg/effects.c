/*
 * The walk through the layer that caught a script.
 *
 * It goes down fx/ with two flags: is this directory one of new/ too, and of ROOT, so that
 * what they hold could be seen through it? A whiteout, or something else than a directory,
 * ends that for all below. In an opaque directory every name that fx/ does not have is
 * gone, and all directories below are opaque as well, because the kernel merges nothing
 * there.
 */
#include "effects_internal.h"

#include <errno.h>

#include "overlay.h"

/* Where the walk is. */
struct level {
	struct rpath dir;
	bool in_new, in_root;	/* a directory there, seen through this one */
	bool root_dir;		/* ROOT has a directory of that path, seen or not */
	bool opaque;
};

static int walk_level(struct walk *w, const struct level *l, struct error *e);

const char *effect_kind_word(enum effect_kind kind)
{
	static const char *const words[] = {
		[EFFECT_ADDED] = "added", [EFFECT_CHANGED] = "changed",
		[EFFECT_ATTRIBUTES] = "attributes", [EFFECT_REMOVED] = "removed",
	};

	return words[kind];
}

int effects_push(struct walk *w, const struct effect *ef, struct error *e)
{
	size_t max = w->rules->max != 0 ? w->rules->max : EFFECTS_MAX;

	if (w->effects.n >= max)
		return error_set(e, E_LIMIT, "the script changed over %zu paths", max);
	*VEC_PUSH(&w->effects) = *ef;
	return 0;
}

/* ---- before the script */

/* Is there something, if what it is in can be looked into at all? */
static int stat_in(struct tree *t, bool in, struct rpath p, bool *ret_has, struct stat *ret,
		   struct error *e)
{
	int rc = in ? tree_stat(t, p, ret, e) : -ENOENT;

	*ret_has = rc == 0;
	return rc == -ENOENT ? 0 : rc;
}

static int find_lower(struct walk *w, const struct level *l, struct rpath p,
		      struct lower *ret, struct error *e)
{
	struct lower low = { .tree = NULL };
	struct stat in_new, in_root;
	bool has_new = false, has_root = false, root_seen;
	int rc = stat_in(w->new, l->in_new, p, &has_new, &in_new, e);

	if (rc == 0)
		rc = stat_in(w->root->tree, l->root_dir, p, &has_root, &in_root, e);
	if (rc < 0)
		return rc;
	has_root = has_root && !overlay_is_whiteout(&in_root);
	root_seen = has_root && l->in_root;
	low.over_dir = has_root && S_ISDIR(in_root.st_mode);
	if (has_new && !overlay_marks_gone(&in_new)) {
		low.tree = w->new;
		low.st = in_new;
		low.new_dir = S_ISDIR(in_new.st_mode);
		low.root_dir = low.new_dir && root_seen && low.over_dir;
	} else if (!has_new && root_seen) {
		low.tree = w->root->tree;
		low.st = in_root;
		low.root_dir = low.over_dir;
	}
	*ret = low;
	return 0;
}

/* ---- removed */

/* The names of a directory as the script found them. */
static int lower_names(struct walk *w, const struct lower *low, struct rpath p,
		       const char ***ret, size_t *ret_n, struct error *e)
{
	const char **a = NULL, **b = NULL;
	size_t n = 0, na = 0, nb = 0, i = 0, j = 0;
	int rc = 0;

	if (low->new_dir)
		rc = tree_list(w->new, w->a, p, &a, &na, e);
	if (rc == 0 && low->root_dir)
		rc = tree_list(w->root->tree, w->a, p, &b, &nb, e);
	if (rc < 0)
		return rc;
	*ret = arena_calloc(w->a, na + nb, sizeof(**ret));
	while (i < na || j < nb) { /* both are sorted */
		int order = i == na ? 1 : j == nb ? -1 : strcmp(a[i], b[j]);

		(*ret)[n++] = order <= 0 ? a[i] : b[j];
		i += order <= 0;
		j += order >= 0;
	}
	*ret_n = n;
	return 0;
}

static int push_removed(struct walk *w, struct rpath p, const struct lower *low, bool top,
			struct error *e);

static int push_removed_below(struct walk *w, struct rpath p, const struct lower *low,
			      struct error *e)
{
	struct level l = { .dir = p, .in_new = low->new_dir, .in_root = low->root_dir,
			   .root_dir = low->over_dir };
	const char **names;
	size_t n = 0, i;
	int rc = lower_names(w, low, p, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct lower child;
		struct rpath c;

		rc = rpath_join(w->a, p, names[i], &c, e);
		if (rc == 0)
			rc = find_lower(w, &l, c, &child, e);
		if (rc == 0)
			rc = push_removed(w, c, &child, false, e);
	}
	return rc;
}

static int push_removed(struct walk *w, struct rpath p, const struct lower *low, bool top,
			struct error *e)
{
	struct effect ef = { .kind = EFFECT_REMOVED, .path = rpath_str(p), .top = top };
	int rc = 0;

	if (low->tree == NULL)
		return 0; /* there was nothing */
	if (S_ISDIR(low->st.st_mode))
		rc = push_removed_below(w, p, low, e);
	ef.old_mode = low->st.st_mode;
	effects_note_parted(w, ef.path, low, false);
	return rc < 0 ? rc : effects_push(w, &ef, e);
}

/* ---- there afterwards */

static struct effect effect_of(enum effect_kind kind, struct rpath p, const struct stat *st,
			       const struct lower *low)
{
	return (struct effect){
		.kind = kind, .path = rpath_str(p), .mode = st->st_mode,
		.old_mode = low->tree != NULL ? low->st.st_mode : 0, .uid = st->st_uid,
		.gid = st->st_gid, .size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0,
		.mtime = st->st_mtim, .rdev = st->st_rdev, .over_dir = low->over_dir,
	};
}

/* Names that the directory had and has no more. */
static int push_missing(struct walk *w, const struct level *l, const struct lower *low,
			struct error *e)
{
	const char **names;
	size_t n = 0, i;
	int rc = lower_names(w, low, l->dir, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct lower child;
		struct rpath c;

		rc = rpath_join(w->a, l->dir, names[i], &c, e);
		if (rc < 0 || tree_exists(w->fx, c))
			continue;
		rc = find_lower(w, l, c, &child, e);
		if (rc == 0)
			rc = push_removed(w, c, &child, true, e);
	}
	return rc;
}

/* A directory that its owner, who is not root, could not look into. The layer is thrown
 * away; what the mode was is in the effect. */
static int unlock(struct walk *w, struct rpath p, const struct stat *st, struct error *e)
{
	return (st->st_mode & 0700) == 0700 ? 0 : tree_chmod(w->fx, p, 0700, e);
}

static int visit_dir(struct walk *w, const struct level *up, struct rpath p,
		     const struct stat *st, const struct lower *low, struct error *e)
{
	bool was_dir = low->tree != NULL && S_ISDIR(low->st.st_mode);
	struct level l = { .dir = p, .in_new = low->new_dir, .in_root = low->root_dir,
			   .root_dir = low->over_dir };
	struct effect ef = effect_of(EFFECT_ATTRIBUTES, p, st, low);
	int rc = effects_is_opaque(w, p, &l.opaque, e);

	if (rc < 0)
		return rc;
	l.opaque = l.opaque || up->opaque;
	if (!was_dir)
		ef.kind = low->tree != NULL ? EFFECT_CHANGED : EFFECT_ADDED;
	rc = was_dir ? effects_same_attributes(w, p, st, low, e) : 0;
	if (rc == 0)
		rc = effects_push(w, &ef, e);
	if (rc >= 0)
		rc = unlock(w, p, st, e);
	if (rc == 0 && was_dir && l.opaque)
		rc = push_missing(w, &l, low, e);
	return rc < 0 ? rc : walk_level(w, &l, e);
}

static int visit_leaf(struct walk *w, struct rpath p, const struct stat *st,
		      const struct lower *low, struct error *e)
{
	struct effect ef = effect_of(EFFECT_CHANGED, p, st, low);
	int rc = 0;

	if (low->tree == NULL)
		ef.kind = EFFECT_ADDED;
	else if (S_ISDIR(low->st.st_mode))
		rc = push_removed_below(w, p, low, e);
	if (rc == 0)
		rc = effects_same_content(w, p, st, low, &ef, e);
	if (rc == 1) {
		ef.kind = EFFECT_ATTRIBUTES;
		rc = effects_same_attributes(w, p, st, low, e);
		if (rc == 1 && (!S_ISREG(st->st_mode) || st->st_nlink < 2))
			return 0; /* it is what it was */
		ef.same = rc == 1;
	}
	if (rc < 0)
		return rc;
	effects_note_link(w, st, low, &ef);
	effects_note_copy(w, st, low, &ef);
	effects_note_parted(w, ef.path, low, ef.kind == EFFECT_CHANGED);
	return effects_push(w, &ef, e);
}

/* ---- what can't be kept */

static int check_leaf(struct walk *w, struct rpath p, const struct stat *st, struct error *e)
{
	bool opaque;

	if ((S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) && !w->rules->devices)
		return error_set(e, E_UNSUPPORTED, "the script made a device file, '/%s'",
				 rpath_str(p));
	return S_ISREG(st->st_mode) ? effects_is_opaque(w, p, &opaque, e) : 0;
}

static int check_path(struct rpath p, struct error *e)
{
	const struct rpath state = { .s = ROOT_STATE_DIR };

	if (!str_eq(rpath_str(p), rpath_str(state)) && !rpath_below(p, state))
		return 0;
	return error_set(e, E_UNSUPPORTED, "the script changed '/%s', which is ours alone",
			 rpath_str(p));
}

static int drop_socket(struct walk *w, struct rpath p, const struct lower *low,
		       struct error *e)
{
	*VEC_PUSH(&w->notes) = arena_printf(w->a, "the socket '/%s' is not kept", rpath_str(p));
	return push_removed(w, p, low, true, e);
}

/* ---- the walk */

static int visit(struct walk *w, const struct level *l, struct rpath p, struct error *e)
{
	struct lower low;
	struct stat st;
	int rc = check_path(p, e);

	if (rc == 0)
		rc = tree_stat(w->fx, p, &st, e);
	if (rc == 0)
		rc = find_lower(w, l, p, &low, e);
	if (rc < 0)
		return rc;
	if (overlay_is_whiteout(&st))
		return push_removed(w, p, &low, true, e);
	if (S_ISDIR(st.st_mode))
		return visit_dir(w, l, p, &st, &low, e);
	if (S_ISSOCK(st.st_mode))
		return drop_socket(w, p, &low, e);
	rc = check_leaf(w, p, &st, e);
	return rc < 0 ? rc : visit_leaf(w, p, &st, &low, e);
}

static int walk_level(struct walk *w, const struct level *l, struct error *e)
{
	const char **names;
	size_t n = 0, i;
	int rc = tree_list(w->fx, w->a, l->dir, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;

		rc = rpath_join(w->a, l->dir, names[i], &p, e);
		if (rc == 0)
			rc = visit(w, l, p, e);
	}
	return rc;
}

/* The top itself. The journal has no op on the root: who made it says who may enter it. */
static int walk_top(struct walk *w, struct error *e)
{
	struct level l = { .dir = rpath_root(), .in_new = true, .in_root = true,
			   .root_dir = true };
	struct lower low = { .tree = w->new, .new_dir = true, .root_dir = true };
	struct stat st;
	int rc = tree_stat(w->new, l.dir, &low.st, e);

	if (rc == 0)
		rc = tree_stat(w->fx, l.dir, &st, e);
	if (rc == 0)
		rc = effects_is_opaque(w, l.dir, &l.opaque, e);
	if (rc == 0)
		rc = effects_same_attributes(w, l.dir, &st, &low, e);
	if (rc == 0)
		*VEC_PUSH(&w->notes) = "the root itself keeps its mode, owner and attributes";
	if (rc >= 0)
		rc = unlock(w, l.dir, &st, e);
	return rc < 0 ? rc : walk_level(w, &l, e);
}

int effects_read(struct arena *a, struct root *root, struct tree *new, struct tree *fx,
		 const struct effects_rules *rules, struct effects *ret, struct error *e)
{
	struct walk w = { .a = a, .root = root, .new = new, .fx = fx, .rules = rules,
			  .digest = digest_new_sha256(), .links = strmap_new(16),
			  .copies = strmap_new(16), .parted = strmap_new(16) };
	int rc = walk_top(&w, e);

	if (rc == 0)
		rc = effects_link_others(&w, e);
	if (rc == 0)
		*ret = (struct effects){
			.v = arena_memdup(a, w.effects.v, w.effects.n, sizeof(*w.effects.v)),
			.n = w.effects.n,
			.notes = arena_memdup(a, w.notes.v, w.notes.n, sizeof(*w.notes.v)),
			.nnotes = w.notes.n,
		};
	digest_free(w.digest);
	strmap_free(w.links);
	strmap_free(w.copies);
	strmap_free(w.parted);
	VEC_FREE(&w.effects);
	VEC_FREE(&w.notes);
	return rc < 0 ? error_prefix(e, "looking at what a script did") : 0;
}
