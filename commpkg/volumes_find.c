/* Which file systems a plan changes. */
#include "volumes_find.h"

#include "formats/cleanup.h"

static size_t add(struct volumes_found *f, const char *path, uint64_t id)
{
	const struct mount *m = mounts_find(f->mounts, f->nmounts, id);
	struct txn_volume *v;
	size_t i;

	for (i = 0; i < f->v.n; i++)
		if (str_eq(f->v.v[i].path, path))
			return i;
	v = VEC_PUSH(&f->v);
	*v = (struct txn_volume){ .k = (uint32_t)(f->v.n - 1), .path = path, .store = f->store,
				  .what = m != NULL ? m->what : "" };
	return f->v.n - 1;
}

size_t volumes_find_add(struct volumes_found *f, const char *dir)
{
	uint64_t id;
	const char *path = dirs_mount(f->dirs, dir, &id);

	return add(f, path, id);
}

int volumes_find_begin(struct arena *a, struct root *root, struct dirs *dirs, struct pkgdb *db,
		       struct volumes_found *ret, struct error *e)
{
	int rc;

	*ret = (struct volumes_found){ .a = a, .root = root, .dirs = dirs };
	rc = mounts_list(a, root->tree, &ret->mounts, &ret->nmounts, e);
	if (rc == 0)
		rc = volumes_store(a, db, &ret->store, e);
	if (rc < 0)
		return rc;
	(void)volumes_find_add(ret, ROOT_STATE_DIR);
	(void)volumes_find_add(ret, "");
	return 0;
}

static bool is_among(const char *word, const char *const *words, size_t n)
{
	while (n-- > 0)
		if (str_eq(words[n], word))
			return true;
	return false;
}

/* Not what programs of the host have there for as long as they run. */
static bool is_for_hosts(const char *path)
{
	static const char *const tops[] = { "dev", "proc", "sys", "run", "tmp" };
	size_t len = strcspn(path, "/");

	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops); i++)
		if (strlen(tops[i]) == len && strncmp(tops[i], path, len) == 0)
			return true;
	return false;
}

static bool may_hold(const struct mount *m)
{
	static const char *const types[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs",
					     "zfs", "bcachefs", "tmpfs", "overlay" };

	return m->path[0] != '\0' && !is_for_hosts(m->path) &&
	       is_among(m->type, types, sizeof(types) / sizeof(*types));
}

void volumes_find_writable(struct volumes_found *f)
{
	for (size_t i = 0; i < f->nmounts; i++) {
		const struct mount *m = &f->mounts[i];
		struct rpath p;
		uint64_t id;

		/* A file, or hidden by what was mounted later: nothing to write to. */
		if (!may_hold(m) || rpath_parse(f->a, m->path, &p, NULL) < 0 ||
		    !dirs_exists(f->dirs, m->path) ||
		    !str_eq(dirs_mount(f->dirs, m->path, &id), m->path) || id != m->id ||
		    volumes_may_make(f->root, p, NULL) < 0)
			continue;
		(void)add(f, m->path, m->id);
	}
}
