/*
 * What scripts left in the root, as the history tells it: the notes of transactions that are
 * in force, oldest first, less what later transactions did to the same paths.
 */
#include "verify_internal.h"

#include "formats/cleanup.h"
#include "pkgdb/journal.h"
#include "undo.h"

struct reading {
	struct arena *a;
	struct pkgdb *db;
	const struct txn *all;
	size_t n;
	size_t steps;			/* a forged history may lead round and round */
	struct strmap *instances;	/* that are installed */
	struct strmap *found;		/* path -> the last word on it; ftype 0: nothing any more */
};

static int read_instances(struct reading *r, struct error *e)
{
	struct pkgdb_package *p;
	size_t n, i;
	int rc = pkgdb_packages(r->db, r->a, PKGDB_NOW, &p, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		(void)strmap_put(r->instances, p[i].instance, (void *)p[i].instance);
	return rc;
}

/* "added by postinstall of PKG (0644 0 0 user.a=76)": the words after the digest. */
static bool effect_words(struct arena *a, const char *words, struct expected *x)
{
	const char *by = strstr(words, " by "), *of = by != NULL ? strstr(by, " of ") : NULL;
	const char *open = of != NULL ? strstr(of, " (") : NULL;
	const char *close;
	unsigned mode, uid, gid;
	int len = 0;

	if (of == NULL)
		return false;
	x->script = arena_strndup(a, by + 4, (size_t)(of - by) - 4);
	x->instance = open != NULL ? arena_strndup(a, of + 4, (size_t)(open - of) - 4) :
				     arena_strdup(a, of + 4);
	if (open == NULL || sscanf(open, " (%o %u %u%n", &mode, &uid, &gid, &len) != 3 ||
	    mode > 07777)
		return true;
	close = strchr(open + len, ')');
	if (close == NULL || (open[len] != ' ' && open[len] != ')'))
		return true;
	if (open[len] == ' ')
		x->xattrs = arena_strndup(a, open + len, (size_t)(close - open) - (size_t)len);
	x->mode = mode;
	x->owner = arena_printf(a, "%u", uid);
	x->group = arena_printf(a, "%u", gid);
	return true;
}

static void take_effect(struct reading *r, const struct txn_note *note)
{
	const char *text = note->text, *words = strchr(text, ' ');
	struct expected *x = arena_alloc(r->a, sizeof(*x));
	const struct expected *before = strmap_find(r->found, note->subject);

	*x = (struct expected){ .path = note->subject, .ftype = '?', .mode = MODE_UNSET,
				.major = NUM_UNSET, .minor = NUM_UNSET, .volatile_ = true };
	if (words == NULL || !effect_words(r->a, words, x))
		return;
	x->made = str_has_prefix(words, " added ") || (before != NULL && before->made);
	if (str_has_prefix(words, " removed ") || strmap_find(r->instances, x->instance) == NULL)
		x->ftype = 0;
	else if (words - text == 2 * SHA256_SIZE &&
	    sha256_from_hex(arena_strndup(r->a, text, (size_t)2 * SHA256_SIZE), &x->sha256) == 0) {
		x->digest = true;
		x->ftype = 'v';
	}
	(void)strmap_put(r->found, x->path, x);
}

static bool touched(struct reading *r, const struct strmap *ops, const char *path)
{
	const struct op *op = strmap_find(ops, path);
	const char *slash = path;

	if (op != NULL && op->kind != OP_ATTR)
		return true;
	while ((slash = strchr(slash, '/')) != NULL) {
		op = strmap_find(ops, arena_strndup(r->a, path, (size_t)(slash - path)));
		if (op != NULL && (op->kind == OP_REMOVE_TREE || op->kind == OP_TREE))
			return true;
		slash++;
	}
	return false;
}

/* What a later transaction put there or took away is its own business. */
static int forget_touched(struct reading *r, const struct txn *t, struct error *e)
{
	struct expected *x;
	struct strmap *map;
	struct op *ops;
	size_t n, i;
	int rc;

	if (strmap_count(r->found) == 0 || str_eq(t->verb, "repair"))
		return 0;
	rc = txn_ops(r->db, r->a, t->n, &ops, &n, e);
	if (rc < 0)
		return rc;
	map = strmap_new(n);
	for (i = 0; i < n; i++)
		(void)strmap_put(map, ops[i].path, &ops[i]);
	for (i = 0; (x = strmap_next(r->found, &i, NULL)) != NULL;)
		if (touched(r, map, x->path))
			x->ftype = 0;
	strmap_free(map);
	return 0;
}

static int read_notes(struct reading *r, const struct txn *t, struct error *e)
{
	struct txn_note *notes;
	size_t n, i;
	int rc = txn_notes(r->db, r->a, t->n, &notes, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		if (str_eq(notes[i].kind, "effect"))
			take_effect(r, &notes[i]);
	return rc;
}

/* The undo of an undo does again what that one had taken back, and has no notes of its own. */
static int read_told(struct reading *r, const struct txn *t, struct error *e)
{
	const struct txn **list;
	size_t i, k, n;
	int rc = 0;

	for (i = 0; i < r->n && r->all[i].n != t->undoes; i++)
		;
	if (t->undoes == 0 || i == r->n || r->all[i].undoes == 0)
		return read_notes(r, t, e);
	list = arena_calloc(r->a, r->n, sizeof(*list));
	n = undo_undone_by(r->all, r->n, i, list);
	for (k = 0; rc == 0 && k < n && r->steps++ <= r->n; k++)
		rc = read_told(r, list[k], e);
	return rc;
}

static int read_one(struct reading *r, const struct txn *t, struct error *e)
{
	int rc = forget_touched(r, t, e);

	r->steps = 0;
	return rc == 0 ? read_told(r, t, e) : rc;
}

/* Without those that are gone. */
static struct strmap *left_over(const struct strmap *found)
{
	struct strmap *left = strmap_new(strmap_count(found));
	struct expected *x;
	size_t i = 0;

	while ((x = strmap_next(found, &i, NULL)) != NULL)
		if (x->ftype != 0)
			(void)strmap_put(left, x->path, x);
	return left;
}

int verify_effects(struct arena *a, struct pkgdb *db, struct strmap **ret, struct error *e)
{
	struct reading r = { .a = a, .db = db, .instances = strmap_new(64),
			     .found = strmap_new(64) };
	const struct txn **stack = NULL;
	struct txn *all;
	size_t depth = 0, i;
	int rc = txn_list(db, a, &all, &r.n, e);

	if (rc == 0) {
		r.all = all;
		stack = arena_calloc(a, r.n + 1, sizeof(*stack));
		depth = undo_effective(all, r.n, stack);
		rc = read_instances(&r, e);
	}
	for (i = 0; rc == 0 && i < depth; i++)
		rc = read_one(&r, stack[i], e);
	strmap_free(r.instances);
	if (rc == 0)
		*ret = left_over(r.found);
	strmap_free(r.found);
	return rc;
}
