/* A root opened for work. */
#include "session.h"

#include <stdlib.h>

#include "formats/cleanup.h"
#include "recover.h"
#include "sadm.h"

struct waiter {
	const struct session_options *o;
};

static void waiting(const char *holder, void *ctx)
{
	const struct session_options *o = ((struct waiter *)ctx)->o;

	if (o->waiting != NULL)
		o->waiting(o->ctx, holder);
}

/* A dry run makes no root: what it would find there is an empty directory. */
static int open_stand_in(struct session *s, struct error *e)
{
	char path[] = "/tmp/commpkg-empty-XXXXXX";

	if (mkdtemp(path) == NULL)
		return error_errno(e, errno, "cannot make an empty directory below /tmp");
	s->stand_in = xstrdup(path);
	return root_open(path, false, &s->root, e);
}

/* Without `create`: nothing was ever installed there. */
static int no_database(const char *path, const char *word, struct error *e)
{
	char at[1024];

	(void)error_set(e, E_NOT_FOUND, "'%.1500s' has no package database", path);
	if (str_eq(path, "/") && word != NULL)
		return error_hint(e, "'%.100s' is no name of a root; another root: -R PATH or "
				  "@NAME; to install into the running system itself: commpkg "
				  "install -R / ...", word);
	if (str_eq(path, "/"))
		return error_hint(e, "another root: -R PATH or @NAME; to install into the running "
				  "system itself: commpkg install -R / ...");
	(void)snprintf(at, sizeof(at), "%s", path);
	return error_hint(e, "nothing was ever installed there; commpkg install -R %s ...", at);
}

/* Messages name paths as the root sees them: which root is said in front. */
static int in_root(const char *path, int rc, struct error *e)
{
	bool rights = rc == -EACCES || rc == -EPERM;

	if (rc >= 0 || rc == -E_LOCKED || rc == -E_RECOVERY)
		return rc;
	rc = str_eq(path, "/") ? rc : error_prefix(e, "root '%.1000s'", path);
	if (rights && (e == NULL || e->hint[0] == '\0'))
		return error_hint(e, "a root is changed by the user that it belongs to");
	return session_hint(path, rc, e);
}

int session_hint(const char *path, int rc, struct error *e)
{
	if (rc != -E_DB || (e != NULL && e->hint[0] != '\0'))
		return rc;
	return error_hint(e, "put %.300s/" ROOT_STATE_DIR " back from a backup; or move "
			  "pkgdb.sqlite away, and have a new one made from var/sadm: commpkg adopt "
			  "-R %.300s",
			  str_eq(path, "/") ? "" : path, path);
}

static int open_read_only(const char *path, const struct session_options *o, struct session *s,
			  struct error *e)
{
	int rc = root_open(path, false, &s->root, e);

	if (root_may_write(path, o->create, &s->cannot) < 0 && rc == 0)
		(void)in_root(path, -s->cannot.code, &s->cannot);
	if (rc == -ENOENT && o->create)
		return open_stand_in(s, e);
	if (rc < 0)
		return rc;
	rc = root_state(s->root, false, &s->state, e);
	if (rc == 0)
		rc = pkgdb_open(tree_fd(s->state), PKGDB_READ, &s->db, e);
	if (rc != -ENOENT && rc != -E_NOT_FOUND)
		return in_root(path, rc, e);
	if (!o->create)
		return no_database(path, o->word, e);
	error_clear(e);
	return 0;
}

/* ---- what a root gets when it is new */

static const char *const state_dirs[] = { ROOT_STATE_DIR, "var/lib", "var" };
#define NDIRS (sizeof(state_dirs) / sizeof(*state_dirs))

static int make_root(const char *path, struct session *s, struct error *e)
{
	int rc = root_open(path, false, &s->root, e);

	if (rc != -ENOENT)
		return rc;
	s->made.root = true;
	return root_open(path, true, &s->root, e);
}

static unsigned count_missing(const struct session *s)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct rpath p;
	struct stat st;
	unsigned n = 0;

	while (n < NDIRS && rpath_parse(a, state_dirs[n], &p, NULL) == 0 &&
	       tree_stat(s->root->tree, p, &st, NULL) == -ENOENT)
		n++;
	return n;
}

/* All but the lock: until that has gone nobody else is here. */
static int remove_state(struct session *s, struct arena *a)
{
	const char **names;
	size_t n = 0, i;
	int rc = tree_list(s->state, a, rpath_root(), &names, &n, NULL);

	for (i = 0; rc == 0 && i < n; i++) {
		struct rpath p;

		rc = rpath_parse(a, names[i], &p, NULL);
		if (rc == 0 && !str_eq(names[i], "lock"))
			rc = tree_remove_all(s->state, p, NULL);
	}
	return rc;
}

/* Who waits for the lock finds that its name is gone, and begins anew. What can't be removed
 * stays: it is no damage. */
static void remove_made(struct session *s)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct rpath p;
	int rc = remove_state(s, a);

	if (rc == 0)
		rc = rpath_parse(a, "lock", &p, NULL);
	if (rc == 0)
		rc = tree_unlink(s->state, p, NULL);
	for (unsigned i = 0; rc == 0 && i < s->made.dirs; i++) {
		rc = rpath_parse(a, state_dirs[i], &p, NULL);
		if (rc == 0)
			rc = tree_rmdir(s->root->tree, p, NULL);
	}
	if (rc == 0 && s->made.root)
		(void)rmdir(s->root->path);
}

static bool leaves_nothing(struct session *s)
{
	bool blank = false;

	return s->made.dirs > 0 && s->lock != NULL && s->db != NULL &&
	       pkgdb_is_blank(s->db, &blank, NULL) == 0 && blank;
}

static int take_state(const struct session_options *o, struct session *s, struct error *e)
{
	struct waiter w = { .o = o };
	int rc;

	s->made.dirs = o->create ? count_missing(s) : 0;
	rc = root_state(s->root, o->create, &s->state, e);
	if (rc == 0 && !o->create)
		rc = root_check_state(s->state, e);
	if (rc < 0)
		return rc;
	return pkgdb_lock(tree_fd(s->state), o->who, o->lock_wait, waiting, &w, &s->lock, e);
}

/* Whoever had the root before us may have taken all of it away again: then once more. */
static int take_root(const char *path, const struct session_options *o, struct session *s,
		     struct error *e)
{
	int rc;

	for (;;) {
		rc = o->create ? make_root(path, s, e) : root_open(path, false, &s->root, e);
		if (rc < 0)
			return rc;
		rc = take_state(o, s, e);
		if (rc != -ENOENT)
			return rc;
		if (!o->create)
			return no_database(path, o->word, e);
		tree_close(s->state);
		root_close(s->root);
		*s = (struct session){ .root = NULL };
		error_clear(e);
	}
}

static int open_to_write(const char *path, const struct session_options *o, struct session *s,
			 struct error *e)
{
	int rc = take_root(path, o, s, e);

	if (s->root == NULL || rc == -E_NOT_FOUND) /* which root it is has been said */
		return rc;
	if (rc == 0)
		rc = pkgdb_open(tree_fd(s->state), PKGDB_WRITE, &s->db, e);
	if (rc == 0)
		rc = recover_root(s->root, s->state, s->db, o->policy, o->told, o->ctx, e);
	return in_root(path, rc, e);
}

int session_open(const char *root_path, const struct session_options *o, struct session *ret,
		 struct error *e)
{
	int rc;

	*ret = (struct session){ .root = NULL };
	rc = o->read_only ? open_read_only(root_path, o, ret, e) :
			    open_to_write(root_path, o, ret, e);
	if (rc == 0)
		rc = owners_load(ret->root, &ret->owners, e);
	if (rc < 0)
		session_close(ret);
	return rc;
}

int session_check_adopted(const struct session *s, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct pkgdb_package *v;
	size_t n = 0;
	int rc = 0;

	if (s->db != NULL)
		rc = pkgdb_packages(s->db, a, PKGDB_NOW, &v, &n, e);
	if (rc < 0 || n > 0 || !sadm_in_use(s->root))
		return rc;
	(void)error_set(e, E_CONFLICT, "the packages of '%s' were installed by other tools (or its "
			"database was lost), and are not in its database here", s->root->path);
	return error_hint(e, "first: commpkg adopt -R %s", s->root->path);
}

void session_close(struct session *s)
{
	bool nothing = leaves_nothing(s);

	owners_free(s->owners);
	pkgdb_close(s->db);
	if (nothing)
		remove_made(s);
	pkgdb_unlock(s->lock);
	tree_close(s->state);
	if (s->root != NULL)
		root_close(s->root);
	if (s->stand_in != NULL)
		(void)rmdir(s->stand_in); /* ours, and empty */
	free(s->stand_in);
	*s = (struct session){ .root = NULL };
}
