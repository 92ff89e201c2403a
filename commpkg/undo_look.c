/*
 * The ops of N, backwards, against what is there now.
 *
 *	N did		now					M does
 *	PUT, new	as N left it				REMOVE
 *	PUT, replaced	as N left it				PUT from old
 *	TREE		ours alone				REMOVE_TREE
 *	TREE		with things of others			REMOVE of ours, the rest stays
 *	ATTR		there					ATTR as it was
 *	REMOVE		nothing there				PUT from old
 *	REMOVE_TREE	nothing there				TREE from old
 *	COPY		there					as PUT
 *	RMDIR		nothing there				TREE from old, what was in it apart
 *	any		changed since				that, and PUT NAME.after-N
 */
#include "undo_look.h"

#include "contents.h"
#include "formats/cleanup.h"

static struct undo_action *action(struct undo *u, enum op_kind kind, const char *path)
{
	struct undo_action *act = VEC_PUSH(&u->actions);

	act->kind = kind;
	act->path = path;
	return act;
}

static struct undo_item *item(struct undo *u, int kind, const char *path, const char *why)
{
	struct undo_item *it = VEC_PUSH(&u->items);

	it->kind = kind;
	it->path = path;
	it->why = why;
	return it;
}

static const char *child_of(struct undo *u, const char *dir, const char *name)
{
	return arena_printf(u->a, "%s/%s", dir, name);
}

static int stat_now(struct undo *u, const char *path, struct stat *ret, struct error *e)
{
	return world_stat(u->world, path, ret, e);
}

static int stat_old(struct undo *u, const char *path, struct stat *ret, struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(u->a, path, &p, e);

	return rc < 0 ? rc : tree_stat(u->old, p, ret, e);
}

static int names_old(struct undo *u, const char *dir, const char ***ret, size_t *ret_n,
		     struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(u->a, dir, &p, e);

	return rc < 0 ? rc : tree_list(u->old, u->a, p, ret, ret_n, e);
}

/* ---- changed since? */

static int digest_now(struct undo *u, const char *path, struct sha256 *ret, struct error *e)
{
	struct world_source source;
	struct rpath p;
	struct stat st;
	int rc = world_source(u->world, path, &source, &st, e);

	if (rc == 0)
		rc = rpath_parse(u->a, source.path, &p, e);
	return rc < 0 ? rc : contents_digest(source.tree, p, ret, NULL, e);
}

/* The note of an effect begins with the digest of what the script left there. What the package
 * put there after that (or before it, and somebody did again) is not the administrator's. */
static int changed_since_script(struct undo *u, const char *path,
				const struct pkgdb_file *row, bool *ret, struct error *e)
{
	const struct txn_note *note = strmap_find(u->effects, path);
	struct sha256 then, now;
	bool was_file = strlen(note->text) >= 2 * SHA256_SIZE &&
			sha256_from_hex(arena_strndup(u->a, note->text, (size_t)2 * SHA256_SIZE),
					&then) == 0;
	int rc;

	if (!was_file && str_eq(note->kind, "repair"))
		return 0; /* of a hard link the other name has the digest */
	rc = digest_now(u, path, &now, e);
	if (rc == 0) /* a file in the place of something else is somebody's */
		*ret = (!was_file || !sha256_equal(&then, &now)) &&
		       (row == NULL || !row->has_sha256 || !sha256_equal(&row->sha256, &now));
	return rc;
}

/* Is the regular file there other than what N put? Time and size are enough to say no;
 * the digest decides the rest. What no package row tells of is taken as it is. */
static int changed_since(struct undo *u, const char *path, const struct stat *st, bool *ret,
			 struct error *e)
{
	const struct pkgdb_file *row = strmap_find(u->mine, path);
	struct sha256 sha;
	int rc;

	*ret = false;
	if (S_ISREG(st->st_mode) && strmap_find(u->effects, path) != NULL)
		return changed_since_script(u, path, row, ret, e);
	if (row == NULL || !row->has_sha256 || !S_ISREG(st->st_mode))
		return 0;
	if (row->ftype != 'e' && (uint64_t)st->st_size == row->size &&
	    st->st_mtim.tv_sec == row->mtime)
		return 0;
	rc = digest_now(u, path, &sha, e);
	if (rc == 0)
		*ret = !sha256_equal(&sha, &row->sha256);
	return rc;
}

static void save_beside(struct undo *u, const char *path)
{
	const char *beside = arena_printf(u->a, "%s.after-%lld", path, (long long)u->txn.n);
	struct undo_action *act = action(u, OP_PUT, beside);
	struct stat st;

	if (world_source(u->world, path, &act->source, &st, NULL) < 0) /* it was there just now */
		act->source = (struct world_source){ .tree = u->root, .path = path };
	act->source.copy = true;
	item(u, UNDO_SAVE, path, "changed since")->beside = beside;
}

static int save_if_changed(struct undo *u, const char *path, const struct stat *st,
			   bool *ret_saved, struct error *e)
{
	int rc = changed_since(u, path, st, ret_saved, e);

	if (rc == 0 && *ret_saved)
		save_beside(u, path);
	return rc;
}

/* ---- what N made goes */

/* Does an action that came earlier take the path away, itself or with its directory? */
static bool is_gone(const struct undo *u, const char *path)
{
	const char *slash = path;

	while ((slash = strchr(slash, '/')) != NULL) {
		if (strmap_find(u->gone, arena_strndup(u->a, path,
						       (size_t)(slash - path))) != NULL)
			return true;
		slash++;
	}
	return strmap_find(u->gone, path) != NULL;
}

static void goes(struct undo *u, const char *path, enum op_kind kind, const struct stat *st)
{
	struct undo_action *act = action(u, kind, path);

	op_attr_of(st, &act->was);
	(void)strmap_put(u->gone, path, (void *)path);
}

static bool is_view(const struct undo *u, const char *path)
{
	const char *slash = path;

	/* below var/sadm/pkg/INST of an instance that N made, or beside contents */
	while ((slash = strchr(slash, '/')) != NULL) {
		const char *dir = arena_strndup(u->a, path, (size_t)(slash - path));

		if (strmap_find(u->instances, dir) != NULL)
			return true;
		slash++;
	}
	return strmap_find(u->instances, path) != NULL;
}

static bool is_ours(const struct undo *u, const char *path)
{
	return strmap_find(u->mine, path) != NULL || str_eq(path, u->contents) ||
	       strmap_find(u->effects, path) != NULL || is_view(u, path);
}

/* Everything in a directory that N brought: *ret_all says whether nothing else is in it.
 * Actions for its parts are collected in any case; the caller drops them when the whole
 * directory goes in one. */
static int look_inside(struct undo *u, const char *dir, bool *ret_all, struct error *e);

static int look_at_file(struct undo *u, const char *path, const struct stat *st, bool *ret_all,
			struct error *e)
{
	bool saved;
	int rc;

	if (!is_ours(u, path)) {
		*ret_all = false;
		return 0;
	}
	rc = save_if_changed(u, path, st, &saved, e);
	if (rc < 0)
		return rc;
	if (saved)
		*ret_all = false; /* NAME.after-N keeps the directory */
	if (str_eq(path, u->contents))
		u->contents_goes = true;
	goes(u, path, OP_REMOVE, st);
	return 0;
}

/* A directory that goes as a whole replaces the actions for what is in it, but for the
 * bits that no kept file may have. */
static void fold_into(struct undo *u, size_t first, const char *dir, const struct stat *st)
{
	size_t i, n = first;

	for (i = first; i < u->actions.n; i++) {
		struct undo_action *act = &u->actions.v[i];

		if (act->kind == OP_ATTR) {
			u->actions.v[n++] = *act;
		} else if (S_ISREG(act->was.mode) && (act->was.mode & 06000) != 0) {
			act->kind = OP_ATTR;
			act->now = act->was;
			act->now.mode &= ~06000u;
			u->actions.v[n++] = *act;
		}
	}
	u->actions.n = n;
	goes(u, dir, OP_REMOVE_TREE, st);
}

static int look_at_directory(struct undo *u, const char *path, const struct stat *st,
			     bool *ret_all, struct error *e)
{
	size_t first = u->actions.n, n;
	bool all = true;
	const char **names;
	int rc = world_list(u->world, path, &names, &n, e);

	if (rc == 0)
		rc = look_inside(u, path, &all, e);
	if (rc < 0)
		return rc;
	/* An empty directory that no package brought may be anybody's. */
	if (all && n == 0 && !is_ours(u, path))
		all = false;
	if (all)
		fold_into(u, first, path, st);
	else
		*ret_all = false;
	return 0;
}

static int look_inside(struct undo *u, const char *dir, bool *ret_all, struct error *e)
{
	const char **names;
	size_t n, i;
	int rc = world_list(u->world, dir, &names, &n, e);

	for (i = 0; rc == 0 && i < n; i++) {
		const char *path = child_of(u, dir, names[i]);
		struct stat st;

		rc = stat_now(u, path, &st, e);
		if (rc == 0)
			rc = S_ISDIR(st.st_mode) ? look_at_directory(u, path, &st, ret_all, e) :
						   look_at_file(u, path, &st, ret_all, e);
	}
	return rc;
}

static int undo_tree(struct undo *u, const char *path, struct error *e)
{
	struct stat st;
	bool all = true;
	int rc = stat_now(u, path, &st, e);

	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	if (!S_ISDIR(st.st_mode)) {
		(void)item(u, UNDO_LEAVE, path, "is no directory any more");
		return 0;
	}
	rc = look_at_directory(u, path, &st, &all, e);
	if (rc == 0)
		(void)item(u, all ? UNDO_REMOVE : UNDO_LEAVE, path,
			   all ? "came with it" : "has things in it that did not come with it");
	return rc;
}

/* ---- what N took away or replaced comes back */

static void comes_back(struct undo *u, enum op_kind kind, const char *path, uint32_t mode)
{
	struct undo_action *act = action(u, kind, path);

	act->source = (struct world_source){
		.tree = u->old, .path = path,
		.mode = S_ISREG(mode) && (mode & 06000) != 0 ? mode & 07777 : 0,
	};
}

/* Is what is there what the op put there, of which no row tells? */
static bool is_put(const struct op *op, const struct stat *st)
{
	return op->kind == OP_PUT && op->now.known && op->now.size == (uint64_t)st->st_size &&
	       (op->now.mode & S_IFMT) == (st->st_mode & S_IFMT) &&
	       op->now.mtime == st->st_mtim.tv_sec && op->now.mtime_nsec == st->st_mtim.tv_nsec;
}

/* `op`: what took it away or replaced it. */
static int restore_file(struct undo *u, const char *path, const struct op *op, uint32_t mode,
			struct error *e)
{
	struct stat st;
	bool saved;
	int rc = is_gone(u, path) ? -ENOENT : stat_now(u, path, &st, e);

	if (rc == -ENOENT) {
		comes_back(u, OP_PUT, path, mode);
		return 0;
	}
	if (rc < 0)
		return rc;
	if (S_ISDIR(st.st_mode)) {
		(void)item(u, UNDO_LEAVE, path, "is a directory now; the old file stays kept");
		return 0;
	}
	rc = save_if_changed(u, path, &st, &saved, e);
	if (rc == 0 && !saved && S_ISREG(st.st_mode) && !is_ours(u, path) && !is_put(op, &st))
		save_beside(u, path); /* somebody put it there since */
	if (rc == 0)
		comes_back(u, OP_PUT, path, mode);
	return rc;
}

/* A directory comes back whole where nothing is; else what was in it, one by one. */
static int restore_tree(struct undo *u, const char *path, const struct op *op, struct error *e)
{
	const char **names;
	struct stat now, then;
	size_t n, i;
	int rc = is_gone(u, path) ? -ENOENT : stat_now(u, path, &now, e);

	if (rc == -ENOENT) {
		comes_back(u, OP_TREE, path, 0);
		return 0;
	}
	if (rc == 0 && !S_ISDIR(now.st_mode)) {
		(void)item(u, UNDO_LEAVE, path, "is no directory any more; the old one stays kept");
		return 0;
	}
	if (rc == 0)
		rc = names_old(u, path, &names, &n, e);
	for (i = 0; rc == 0 && i < n; i++) {
		const char *child = child_of(u, path, names[i]);

		rc = stat_old(u, child, &then, e);
		if (rc == 0)
			rc = S_ISDIR(then.st_mode) ? restore_tree(u, child, op, e) :
				restore_file(u, child, op, then.st_mode, e);
	}
	return rc;
}

static int undo_attr(struct undo *u, const struct op *op, struct error *e)
{
	struct undo_action *act;
	struct stat st;

	(void)e;
	if (!op->was.known)
		return 0;
	act = action(u, OP_ATTR, op->path);
	act->now = op->was;
	act->was = op->now;
	if (stat_now(u, op->path, &st, NULL) == 0)
		op_attr_of(&st, &act->was);
	return 0;
}

/* ---- one op */

/* With late scripts `contents` is put twice, or kept and put: what was before is what the first
 * one tells of. */
static bool is_put_again(const struct undo *u, const struct op *op)
{
	const struct op *earlier;
	size_t n;

	for (earlier = u->ops; earlier < op; earlier++) {
		n = strlen(earlier->path);
		if ((earlier->kind == OP_PUT || earlier->kind == OP_TREE ||
		     earlier->kind == OP_COPY) && strncmp(earlier->path, op->path, n) == 0 &&
		    (op->path[n] == '/' || op->path[n] == '\0'))
			return true;
	}
	return false;
}

/* What is kept can be lost: by a disk, or whoever clears up. Nobody may believe then that all is as
 * it was. */
static int find_kept(struct undo *u, const struct op *op, struct error *e)
{
	const struct root *root = u->session->root;
	struct stat st;
	int rc = stat_old(u, op->path, &st, e);

	if ((rc != -ENOENT && rc != -ENOTDIR) || is_put_again(u, op))
		return rc == -ENOENT || rc == -ENOTDIR ? 0 : rc;
	(void)error_set(e, E_NOT_FOUND, "transaction %lld can't be taken back: the kept '/%s' is "
			"gone from undo/%lld", (long long)u->txn.n, op->path,
			(long long)u->txn.n);
	return error_hint(e, "put it back from a backup; 'commpkg verify --database -R %s' names "
			  "all that is gone", str_shell(u->a, root->path));
}

static int undo_put(struct undo *u, const struct op *op, struct error *e)
{
	struct stat st;
	bool all = true;
	int rc;

	if (str_eq(op->path, u->contents) && is_put_again(u, op))
		return 0;
	if (str_eq(op->path, u->contents) && op->was.known) {
		/* To the byte what it was, or made anew when others have changed it since. */
		if (u->is_last)
			return restore_file(u, op->path, op, op->was.mode, e);
		u->contents_stays = true;
		return 0;
	}
	if (op->was.known) {
		rc = find_kept(u, op, e);
		if (rc < 0)
			return rc;
		(void)item(u, UNDO_RESTORE, op->path, "as it was");
		return restore_file(u, op->path, op, op->was.mode, e);
	}
	rc = stat_now(u, op->path, &st, e);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	if (S_ISDIR(st.st_mode)) {
		(void)item(u, UNDO_LEAVE, op->path, "is a directory now");
		return 0;
	}
	if (!is_ours(u, op->path)) {
		if (S_ISREG(st.st_mode) && op->now.known && !is_put(op, &st))
			save_beside(u, op->path); /* edited since */
		goes(u, op->path, OP_REMOVE, &st);
		return 0;
	}
	(void)item(u, UNDO_REMOVE, op->path, "came with it");
	return look_at_file(u, op->path, &st, &all, e);
}

/* Was it this transaction that had put there what the op took away? Then nothing was before. In
 * the first phase a path has one op. */
static bool was_made(const struct undo *u, const struct op *op)
{
	const struct op *earlier;

	if (TXN_PHASE(op->seq) == 0)
		return false;
	for (earlier = u->ops; earlier < op; earlier++)
		if (str_eq(earlier->path, op->path))
			return !earlier->was.known &&
			       (earlier->kind == OP_PUT || earlier->kind == OP_COPY);
	return false;
}

static int undo_remove(struct undo *u, const struct op *op, struct error *e)
{
	struct stat st;
	int rc;

	if (was_made(u, op))
		return 0;
	rc = stat_old(u, op->path, &st, e);
	if (rc == -ENOENT) {
		(void)item(u, UNDO_LEAVE, op->path, "is not kept: it was not there when it was to "
			   "be removed, or has been lost since");
		return 0;
	}
	if (rc < 0)
		return rc;
	(void)item(u, UNDO_RESTORE, op->path, "as it was");
	return S_ISDIR(st.st_mode) ? restore_tree(u, op->path, op, e) :
				     restore_file(u, op->path, op, op->was.mode, e);
}

/* The directory, if it is gone; what was in it has ops of its own. */
static int undo_directory(struct undo *u, const struct op *op, struct error *e)
{
	struct stat now, then;
	int rc = is_gone(u, op->path) ? -ENOENT : stat_now(u, op->path, &now, e);

	if (rc != -ENOENT)
		return rc;
	rc = stat_old(u, op->path, &then, e);
	if (rc < 0 || !S_ISDIR(then.st_mode))
		return rc == -ENOENT ? 0 : rc;
	comes_back(u, OP_TREE, op->path, 0);
	u->actions.v[u->actions.n - 1].alone = true;
	(void)item(u, UNDO_RESTORE, op->path, "as it was");
	return 0;
}

/* Does the way back of another op take the path away with its directory? */
static bool goes_with_tree(const struct undo *u, const char *path)
{
	size_t i, len;

	for (i = 0; i < u->nops; i++) {
		len = strlen(u->ops[i].path);
		if (u->ops[i].kind == OP_TREE && strncmp(u->ops[i].path, path, len) == 0 &&
		    path[len] == '/')
			return true;
	}
	return false;
}

static int undo_copy(struct undo *u, const struct op *op, struct error *e)
{
	struct stat st;
	int rc;

	if (!op->was.known)
		return goes_with_tree(u, op->path) ? 0 : undo_put(u, op, e);
	if (S_ISDIR(op->was.mode))
		return undo_directory(u, op, e);
	rc = stat_old(u, op->path, &st, e);
	if (rc == -ENOENT)
		(void)item(u, UNDO_LEAVE, op->path, "was not kept");
	return rc < 0 ? (rc == -ENOENT ? 0 : rc) : undo_put(u, op, e);
}

static int undo_op(struct undo *u, const struct op *op, struct error *e)
{
	switch (op->kind) {
	case OP_PUT:
		return undo_put(u, op, e);
	case OP_TREE:
		return undo_tree(u, op->path, e);
	case OP_ATTR:
		return undo_attr(u, op, e);
	case OP_REMOVE:
	case OP_REMOVE_TREE:
		return undo_remove(u, op, e);
	case OP_COPY:
		return undo_copy(u, op, e);
	case OP_RMDIR:
		return undo_directory(u, op, e);
	}
	return error_set(e, E_DB, "the journal has an op of unknown kind %d", (int)op->kind);
}

/* ---- the way to it */

static bool has_op(const struct undo *u, const char *path)
{
	for (size_t i = 0; i < u->nops; i++)
		if (str_eq(u->ops[i].path, path))
			return true;
	return false;
}

/* Paths are those of N. Behind a link that came since lies something else, or the same under a
 * name that N does not know. */
static int check_way(struct undo *u, const struct op *op, const char *dir, struct strmap *seen,
		     struct error *e)
{
	struct stat st;
	int rc;

	if (dir[0] == '\0' || strmap_find(seen, dir) != NULL)
		return 0;
	rc = check_way(u, op, dirs_parent(u->dirs, dir), seen, e);
	if (rc < 0)
		return rc;
	(void)strmap_put(seen, dir, (void *)dir);
	if (stat_now(u, dir, &st, NULL) < 0 || !S_ISLNK(st.st_mode) || has_op(u, dir))
		return 0;
	(void)error_set(e, E_CONFLICT, "transaction %lld can't be taken back: it changed '/%s', "
			"and '/%s', which was a directory then, is a link now",
			(long long)u->txn.n, op->path, dir);
	return error_hint(e, "put the directory back in the place of the link for the while, then "
			  "type the same again");
}

static int check_ways(struct undo *u, struct error *e)
{
	struct strmap *seen = strmap_new(64);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < u->nops; i++)
		rc = check_way(u, &u->ops[i], dirs_parent(u->dirs, u->ops[i].path), seen, e);
	strmap_free(seen);
	return rc;
}

int undo_look(struct undo *u, struct error *e)
{
	size_t i;
	int rc = check_ways(u, e);

	for (i = u->nops; rc == 0 && i-- > 0;)
		rc = undo_op(u, &u->ops[i], e);
	return rc == 0 ? undo_mounts(u, e) : rc;
}
