/*
 * Strange files: what lies in directories that belong to one package alone and is owned
 * by nobody. Directories that every system has are nobody's own, and what several
 * packages share is a meeting place, not a home.
 */
#include "verify_internal.h"

#include <errno.h>

#include "volumes.h"

static bool is_system_directory(const char *path)
{
	static const char *const names[] = {
		"", "bin", "boot", "dev", "etc", "etc/init.d", "etc/opt", "export", "export/home",
		"home", "lib", "lib64", "mnt", "opt", "proc", "root", "run", "sbin", "srv",
		"sys", "tmp", "usr", "usr/bin", "usr/include", "usr/lib", "usr/lib64",
		"usr/local", "usr/local/bin", "usr/local/lib", "usr/local/sbin", "usr/sbin",
		"usr/share", "usr/share/doc", "usr/share/man", "usr/src", "var", "var/adm",
		"var/cache", "var/lib", "var/log", "var/mail", "var/opt", "var/run", "var/sadm",
		"var/spool", "var/tmp", ROOT_STATE_DIR,
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq(path, names[i]))
			return true;
	return str_has_prefix(path, "var/sadm/");
}

/* A directory on the way to an owned path is accounted for, though no package names it. */
static void add_with_parents(struct arena *a, struct strmap *m, const char *path)
{
	const char *slash;

	while (strmap_find(m, path) == NULL) {
		(void)strmap_put(m, path, (void *)path);
		slash = strrchr(path, '/');
		if (slash == NULL)
			break;
		path = arena_strndup(a, path, (size_t)(slash - path));
	}
}

static int owned_paths(struct arena *a, struct pkgdb *db, struct strmap **ret, struct error *e)
{
	const char **paths;
	size_t n, i;
	struct strmap *m;
	int rc = pkgdb_below(db, a, "", &paths, &n, e);

	if (rc < 0)
		return rc;
	m = strmap_new(n);
	for (i = 0; i < n; i++)
		add_with_parents(a, m, paths[i]);
	*ret = m;
	return 0;
}

static int has_one_owner(struct pkgdb *db, const char *path, bool *ret, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct pkgdb_file *rows;
	size_t n;
	int rc = pkgdb_owners(db, a, path, PKGDB_NOW, &rows, &n, e);

	*ret = rc == 0 && n == 1;
	return rc;
}

struct strangers {
	struct arena *a;
	struct tree *tree;
	const struct strmap *owned, *effects;
	const char **v;
	size_t n, cap;
};

static void add_stranger(struct strangers *s, const char *path)
{
	if (s->n == s->cap) {
		const char **more = arena_calloc(s->a, s->cap * 2 + 16, sizeof(*more));

		if (s->n > 0)
			memcpy(more, s->v, s->n * sizeof(*more));
		s->cap = s->cap * 2 + 16;
		s->v = more;
	}
	s->v[s->n++] = path;
}

/* A script that was recorded made it, or something in it. */
static bool is_effect(struct strangers *s, const char *path)
{
	struct rpath p, real;
	const char *key;
	size_t i = 0;

	if (strmap_count(s->effects) == 0 || rpath_parse(s->a, path, &p, NULL) < 0 ||
	    tree_canonical(s->tree, s->a, p, &real, NULL) < 0)
		return false;
	if (strmap_find(s->effects, rpath_str(real)) != NULL)
		return true;
	while (strmap_next(s->effects, &i, &key) != NULL) {
		size_t n = strlen(rpath_str(real));

		if (strncmp(key, rpath_str(real), n) == 0 && key[n] == '/')
			return true;
	}
	return false;
}

/* What we keep at the top of another file system. */
static bool is_ours(struct strangers *s, struct rpath dir, const char *name)
{
	struct tree_look above, at;

	return str_eq(name, VOLUME_DIR) &&
	       tree_look(s->tree, rpath_parent(s->a, dir), &above, NULL) == 0 &&
	       tree_look(s->tree, dir, &at, NULL) == 0 && above.mount != at.mount;
}

static int look_into(struct strangers *s, const char *dir, struct error *e)
{
	const char **names;
	size_t n, i;
	struct rpath p;
	int rc = rpath_parse(s->a, dir, &p, e);

	if (rc == 0)
		rc = tree_list(s->tree, s->a, p, &names, &n, e);
	if (rc == -ENOENT || rc == -ENOTDIR || rc == -ELOOP || rc == -EACCES)
		return 0; /* missing, another type, unreadable: said by the check itself */
	for (i = 0; rc == 0 && i < n; i++) {
		const char *path = arena_printf(s->a, "%s/%s", dir, names[i]);

		if (strmap_find(s->owned, path) == NULL && !is_effect(s, path) &&
		    !is_ours(s, p, names[i]))
			add_stranger(s, path);
	}
	return rc;
}

int verify_unowned(struct arena *a, struct root *root, struct pkgdb *db,
		   const struct expected *v, size_t n, const struct strmap *effects,
		   const char ***ret, size_t *ret_n, struct error *e)
{
	struct strangers s = { .a = a, .tree = root->tree, .effects = effects };
	struct strmap *owned = NULL;
	size_t i;
	bool own;
	int rc = owned_paths(a, db, &owned, e);

	s.owned = owned;
	for (i = 0; rc == 0 && i < n; i++) {
		if (!ftype_is_dir(v[i].ftype) || is_system_directory(v[i].path))
			continue;
		rc = has_one_owner(db, v[i].path, &own, e);
		if (rc == 0 && own)
			rc = look_into(&s, v[i].path, e);
	}
	strmap_free(owned);
	if (rc < 0)
		return rc;
	*ret = s.v;
	*ret_n = s.n;
	return 0;
}
