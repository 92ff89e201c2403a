/*
 * The payload of package directories: part after part, reloc before root, each in the
 * order of pkgmap. Before a package is begun its whole tree is looked through, so that
 * links, devices and files that no line lists are refused before anything is given.
 *
 * Old media have the payload of an area as one file beside or instead of the directory
 * (svr4.md 1): `reloc` or `root`, with .cpio, .Z or .cpio.Z; a cpio archive of the paths
 * below the area, perhaps compressed. What no directory has comes from there, last.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "carrier.h"
#include "cleanup.h"
#include "cpio.h"
#include "spool.h"

struct spool_carrier {
	const struct medium *m;
	struct listing *l;
	struct arena *a;		/* of the package */
	const struct entry **order;
	size_t n, at;
	int dir, file;
	unsigned char *buf;
	VEC(const char *) archives;	/* names of archived payload */
	size_t archive;			/* the next to open */
	const char *area;		/* of the one being read: reloc or root */
	struct source *source;		/* of it, reading `file` */
	struct cpio *cpio;
};

static int spool_carrier_open(const struct medium *m, void **ret, struct error *e)
{
	struct spool_carrier *sc = xcalloc(1, sizeof(*sc));

	(void)e;
	sc->m = m;
	sc->dir = sc->file = -EBADF;
	sc->buf = xmalloc(SOURCE_BLOCK);
	*ret = sc;
	return 0;
}

static void leave_archive(struct spool_carrier *sc)
{
	cpio_close(sc->cpio);
	source_close(sc->source);
	sc->cpio = NULL;
	sc->source = NULL;
}

static void leave_package(struct spool_carrier *sc)
{
	leave_archive(sc);
	sc->archives.n = sc->archive = 0;
	cleanup_fd(&sc->file);
	cleanup_fd(&sc->dir);
	sc->dir = sc->file = -EBADF;
	arena_free(sc->a);
	sc->a = NULL;
}

static void spool_carrier_close(void *p)
{
	struct spool_carrier *sc = p;

	leave_package(sc);
	VEC_FREE(&sc->archives);
	free(sc->buf);
	free(sc);
}

static int compare_order(const void *pa, const void *pb)
{
	const struct entry *a = *(const struct entry *const *)pa;
	const struct entry *b = *(const struct entry *const *)pb;
	int aroot = a->path[0] == '/', broot = b->path[0] == '/';

	if (entry_part(a) != entry_part(b))
		return entry_part(a) < entry_part(b) ? -1 : 1;
	if (aroot != broot)
		return aroot - broot;
	return a < b ? -1 : a > b;
}

static void make_order(struct spool_carrier *sc)
{
	const struct pkgmap *map = &sc->l->p->map;
	size_t i;

	sc->order = arena_calloc(sc->a, map->n, sizeof(*sc->order));
	sc->n = sc->at = 0;
	for (i = 0; i < map->n; i++)
		if (ftype_has_payload(map->entries[i].ftype) && map->entries[i].ftype != 'i')
			sc->order[sc->n++] = &map->entries[i];
	qsort(sc->order, sc->n, sizeof(*sc->order), compare_order);
}

struct scan {
	VEC(const char *) dirs;		/* to be looked at */
	size_t names;
};

static int scan_name(struct spool_carrier *sc, struct scan *scan, const char *name,
		     struct error *e)
{
	const char *pkg = sc->l->p->dirname, *rest;
	uint32_t part = name_part(name, sc->l->p->map.nparts);
	enum name_kind kind;
	struct stat st;
	int rc;

	if (++scan->names > 2 * (size_t)PKGMAP_MAX_ENTRIES)
		return error_set(e, E_LIMIT, "%s: too many files", pkg);
	if (fstatat(sc->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(e, errno, "cannot look at '%s'", name);
	rc = name_classify(pkg, name, st.st_mode, part == 0 ? 1 : part, &kind, &rest, e);
	if (rc < 0)
		return rc;
	if (kind == NAME_DIR)
		*VEC_PUSH(&scan->dirs) = name;
	if (kind == NAME_ARCHIVE)
		*VEC_PUSH(&sc->archives) = name;
	if (kind != NAME_PAYLOAD || strmap_find(sc->l->paths, rest) != NULL)
		return 0;
	return listing_unlisted(sc->l, name, e);
}

static int scan_dir(struct spool_carrier *sc, struct scan *scan, const char *dir,
		    struct error *e)
{
	const char **names, *name;
	size_t i, n;
	int rc;

	if (strlen(dir) > PKGMAP_MAX_PATH + 32)
		return error_set(e, E_LIMIT, "%s: '%s' is too deep", sc->l->p->dirname, dir);
	rc = spool_list(sc->a, sc->dir, dir, &names, &n, e);
	for (i = 0; i < n && rc == 0; i++) {
		name = str_eq(dir, ".") ? names[i] : arena_printf(sc->a, "%s/%s", dir, names[i]);
		rc = scan_name(sc, scan, name, e);
	}
	return rc;
}

static int scan_package(struct spool_carrier *sc, struct error *e)
{
	struct scan scan = { .names = 0 };
	int rc = 0;

	*VEC_PUSH(&scan.dirs) = ".";
	while (scan.dirs.n > 0 && rc == 0)
		rc = scan_dir(sc, &scan, scan.dirs.v[--scan.dirs.n], e);
	VEC_FREE(&scan.dirs);
	return rc;
}

static int spool_carrier_package(void *p, size_t index, struct listing *l, struct error *e)
{
	struct spool_carrier *sc = p;
	const struct package *pkg = &sc->m->packages[index];
	const char *path = sc->m->kind == MEDIUM_PACKAGE_DIR ? "." : pkg->dirname;
	uint32_t mode;
	uint64_t size;
	int rc;

	leave_package(sc);
	sc->a = arena_new();
	sc->l = l;
	make_order(sc);
	rc = spool_open_beneath(sc->m->fd, path, &sc->dir, &mode, &size, e);
	return rc < 0 ? rc : scan_package(sc, e);
}

/* Where the contents of an entry may be: the plain name first (svr4.md 1). */
static int open_entry(struct spool_carrier *sc, const struct entry *en, uint64_t *ret_size,
		      struct error *e)
{
	const char *area = en->path[0] == '/' ? "root" : "reloc", *path, *name;
	uint32_t mode;
	int rc;

	rc = path_canonical(sc->a, en->path, &path, e);
	if (rc < 0)
		return rc;
	path += path[0] == '/';
	name = arena_printf(sc->a, "%s/%s", area, path);
	rc = spool_open_beneath(sc->dir, name, &sc->file, &mode, ret_size, e);
	if (rc == -ENOENT || rc == -ENOTDIR) {
		name = arena_printf(sc->a, "%s.%u/%s", area, entry_part(en), path);
		rc = spool_open_beneath(sc->dir, name, &sc->file, &mode, ret_size, e);
	}
	if (rc < 0)
		return rc;
	if (!S_ISREG(mode))
		return error_set(e, E_FORMAT, "%s: '%s' is not a regular file",
				 sc->l->p->dirname, name);
	return 1;
}

/* ---- archived payload */

/* 1: an archive is open; 0: there are no more. */
static int next_archive(struct spool_carrier *sc, struct error *e)
{
	const char *pkg = sc->l->p->dirname, *name;
	uint32_t mode;
	uint64_t size;
	int rc;

	leave_archive(sc);
	if (sc->archive == sc->archives.n)
		return 0;
	name = sc->archives.v[sc->archive++];
	if (sc->l->p->map.nparts > 1)
		return error_set(e, E_UNSUPPORTED, "%s: '%s' is archived payload of several "
				 "parts, which can't be read", pkg, name);
	cleanup_fd(&sc->file);
	sc->file = -EBADF;
	rc = spool_open_beneath(sc->dir, name, &sc->file, &mode, &size, e);
	if (rc == 0)
		rc = source_open(sc->file, name, 0, NULL, &sc->source, e);
	if (rc == 0)
		rc = cpio_open(sc->source, name, &sc->cpio, e);
	if (rc == 0)
		return error_set(e, E_FORMAT, "%s: '%s' is empty", pkg, name);
	sc->area = str_has_prefix(name, "root") ? "root" : "reloc";
	return rc < 0 ? error_prefix(e, "%s: archived payload", pkg) : 1;
}

/* 1: payload of the package. */
static int archive_member(struct spool_carrier *sc, const struct cpio_member *m,
			  const struct entry **ret, struct error *e)
{
	const char *pkg = sc->l->p->dirname, *name = m->name, *path;
	enum name_kind kind;
	int rc;

	if (S_ISDIR(m->mode) && str_eq(name, "."))
		return 0;
	name = arena_printf(sc->a, "%s/%s", sc->area, name);
	rc = name_classify(pkg, name, m->mode, 1, &kind, &path, e);
	if (rc < 0 || kind == NAME_DIR)
		return rc;
	return listing_see_payload(sc->l, name, path, 0, ret, e);
}

/* What neither a directory nor an archive has. */
static int check_missing(struct spool_carrier *sc, struct error *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; sc->archives.n > 0 && rc == 0 && i < sc->n; i++) {
		size_t index = (size_t)(sc->order[i] - sc->l->p->map.entries);

		if (!sc->l->seen[index])
			rc = listing_missing(sc->l, sc->order[i], e);
	}
	return rc;
}

static int archived_next(struct spool_carrier *sc, const struct entry **ret, uint64_t *ret_size,
			 struct error *e)
{
	struct cpio_member m;
	int rc;

	while (sc->cpio != NULL || (rc = next_archive(sc, e)) > 0) {
		while ((rc = cpio_next(sc->cpio, &m, e)) > 0) {
			rc = archive_member(sc, &m, ret, e);
			if (rc < 0)
				return rc;
			*ret_size = m.size;
			if (rc > 0)
				return 1;
		}
		if (rc < 0)
			return rc;
		leave_archive(sc);
	}
	return rc < 0 ? rc : check_missing(sc, e);
}

/* 1: here it is; 0: not in a directory, and noted or looked for in an archive later. */
static int plain_next(struct spool_carrier *sc, const struct entry *en, uint64_t *ret_size,
		      struct error *e)
{
	int rc = open_entry(sc, en, ret_size, e);

	if ((rc == -ENOENT || rc == -ENOTDIR) && sc->archives.n > 0)
		return 0;
	if (rc == -ENOENT || rc == -ENOTDIR)
		return listing_missing(sc->l, en, e);
	if (rc > 0)
		sc->l->seen[en - sc->l->p->map.entries] = true;
	return rc;
}

static int spool_carrier_next(void *p, const struct entry **ret, uint64_t *ret_size,
			      struct error *e)
{
	struct spool_carrier *sc = p;
	int rc;

	for (; sc->at < sc->n; ) {
		cleanup_fd(&sc->file);
		sc->file = -EBADF;
		*ret = sc->order[sc->at++];
		rc = plain_next(sc, *ret, ret_size, e);
		if (rc != 0)
			return rc;
	}
	return archived_next(sc, ret, ret_size, e);
}

static int spool_carrier_read(void *p, const void **ret, size_t *ret_len, struct error *e)
{
	struct spool_carrier *sc = p;
	ssize_t n;

	if (sc->cpio != NULL)
		return cpio_read(sc->cpio, ret, ret_len, e);
	do
		n = read(sc->file, sc->buf, SOURCE_BLOCK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(e, errno, "cannot read '%s'", sc->order[sc->at - 1]->path);
	*ret = sc->buf;
	*ret_len = (size_t)n;
	return n > 0;
}

static int spool_carrier_finish(void *p, bool last, struct error *e)
{
	(void)p;
	(void)last;
	(void)e;
	return 0;
}

const struct carrier_ops spool_carrier = {
	.open = spool_carrier_open,
	.close = spool_carrier_close,
	.package = spool_carrier_package,
	.next = spool_carrier_next,
	.read = spool_carrier_read,
	.finish = spool_carrier_finish,
};
