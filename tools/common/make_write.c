/* The directory that pkgmk makes: built aside, then renamed into place. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "commpkg/root.h"
#include "formats/cleanup.h"
#include "formats/digest.h"
#include "tools/common/make.h"

struct writer {
	const struct make_write *w;
	struct arena *a;
	struct tree *device;
	struct tree *dir;	/* the package directory, under a private name */
	struct rpath aside;
};

const char *make_payload_path(struct arena *a, const struct pkgmap *map, const struct entry *en)
{
	const char *area = en->path[0] == '/' ? "root" : "reloc";
	const char *path = en->path + (en->path[0] == '/');

	if (en->ftype == 'i')
		return str_eq(en->path, "pkginfo") ? "pkginfo"
						   : arena_printf(a, "install/%s", path);
	if (map->nparts > 1)
		return arena_printf(a, "%s.%u/%s", area, en->part, path);
	return arena_printf(a, "%s/%s", area, path);
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t did = write(fd, p, n);

		if (did < 0 && errno == EINTR)
			continue;
		if (did < 0)
			return -errno;
		p += did;
		n -= (size_t)did;
	}
	return 0;
}

static int open_new(struct writer *w, const char *path, struct rpath *ret_path, int *ret_fd,
		    struct error *e)
{
	struct rpath p;
	int rc = rpath_parse(w->a, path, &p, e);

	if (rc == 0)
		rc = tree_mkdirs(w->dir, rpath_parent(w->a, p), 0755, e);
	if (rc == 0)
		rc = tree_create(w->dir, p, ret_fd, e);
	if (rc == 0)
		*ret_path = p;
	return rc;
}

static int finish(struct writer *w, struct rpath p, int fd, uint32_t mode, int64_t mtime,
		  struct error *e)
{
	int rc;

	if (close(fd) < 0)
		return error_errno(e, errno, "cannot write '%s'", rpath_str(p));
	rc = tree_chmod(w->dir, p, mode, e);
	return rc < 0 ? rc : tree_utime(w->dir, p, mtime, 0, e);
}

static int write_text(struct writer *w, const char *path, const char *text, size_t len,
		      int64_t mtime, struct error *e)
{
	AUTO_FD int fd = -EBADF;
	struct rpath p;
	int rc = open_new(w, path, &p, &fd, e);

	if (rc < 0)
		return rc;
	rc = write_all(fd, text, len);
	if (rc < 0)
		return error_errno(e, -rc, "cannot write '%s'", path);
	return finish(w, p, TAKE_FD(fd), 0644, mtime, e);
}

static int copy(int in, int out, const struct entry *en, const char *source, struct error *e)
{
	char buf[65536];
	uint64_t size = 0;
	uint32_t sum = 0;
	ssize_t n;
	int rc;

	while ((n = read(in, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, errno, "cannot read '%s'", source);
		sum = svr4_sum_add(sum, buf, (size_t)n);
		size += (uint64_t)n;
		rc = write_all(out, buf, (size_t)n);
		if (rc < 0)
			return error_errno(e, -rc, "cannot write a copy of '%s'", source);
	}
	if (size != en->size || svr4_sum_fold(sum) != en->sum)
		return error_set(e, E_STALE, "'%s' changed while it was read", source);
	return 0;
}

/* Modes in the spool don't rule; they only have to let everybody read. */
static uint32_t spool_mode(const struct entry *en)
{
	if (en->ftype == 'i' || en->mode == MODE_UNSET)
		return 0644;
	return (en->mode & 0777) | 0644;
}

static int write_object(struct writer *w, const struct entry *en, const char *source,
			const char *path, struct error *e)
{
	AUTO_FD int in = -EBADF, out = -EBADF;
	struct rpath p;
	int rc;

	in = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (in < 0)
		return error_errno(e, errno, "cannot open '%s'", source);
	rc = open_new(w, path, &p, &out, e);
	if (rc == 0)
		rc = copy(in, out, en, source, e);
	if (rc < 0)
		return rc;
	return finish(w, p, TAKE_FD(out), spool_mode(en), en->mtime, e);
}

static void tell(const struct writer *w, uint32_t part, const char *path)
{
	if (w->w->told != NULL)
		w->w->told(w->w->ctx, part, path);
}

static int write_part(struct writer *w, uint32_t part, struct error *e)
{
	const struct pkgmap *map = w->w->map;
	size_t i;

	for (i = 0; i < map->n; i++) {
		const struct entry *en = &map->entries[i];
		const char *path;
		int rc;

		if (en->part != part || !ftype_has_payload(en->ftype) ||
		    (en->ftype == 'i' && str_eq(en->path, "pkginfo")))
			continue;
		path = make_payload_path(w->a, map, en);
		tell(w, part, path);
		rc = write_object(w, en, w->w->source[i], path, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int write_package(struct writer *w, struct error *e)
{
	AUTO_STRBUF struct strbuf map = STRBUF_INIT;
	uint32_t part;
	int rc;

	pkgmap_render(w->w->map, &map);
	tell(w, 1, "pkgmap");
	rc = write_text(w, "pkgmap", map.p, map.len, w->w->pkginfo_mtime, e);
	for (part = 1; rc == 0 && part <= w->w->map->nparts; part++) {
		tell(w, part, "pkginfo");
		if (part == 1)
			rc = write_text(w, "pkginfo", w->w->pkginfo, w->w->pkginfo_len,
					w->w->pkginfo_mtime, e);
		if (rc == 0)
			rc = write_part(w, part, e);
	}
	return rc;
}

static int make_aside(struct writer *w, struct error *e)
{
	uint64_t random;
	int rc;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return error_errno(e, errno, "cannot get random bytes");
	rc = rpath_parse(w->a, arena_printf(w->a, ".pkgmk-%016llx", (unsigned long long)random),
			 &w->aside, e);
	return rc < 0 ? rc : tree_open_below(w->device, w->aside, 0755, true, &w->dir, e);
}

/* The old package goes only when the new one is whole. */
static int put_in_place(struct writer *w, struct error *e)
{
	struct rpath name;
	bool there;
	int rc = rpath_parse(w->a, w->w->instance, &name, e);

	if (rc < 0)
		return rc;
	there = tree_exists(w->device, name);
	if (there && !w->w->overwrite)
		return error_set(e, E_CONFLICT, "package instance <%s> already exists on "
				 "destination device", w->w->instance);
	return tree_rename(w->device, w->aside, w->device, name,
			   there ? RENAME_EXCHANGE : RENAME_NOREPLACE, e);
}

int make_write(const struct make_write *mw, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct writer w = { .w = mw, .a = a };
	int rc = tree_open(mw->device, &w.device, e);

	if (rc < 0)
		return rc;
	rc = make_aside(&w, e);
	if (rc == 0) {
		rc = write_package(&w, e);
		if (rc == 0)
			rc = put_in_place(&w, e);
		/* what is left under that name is a failed try, or the replaced package */
		(void)tree_remove_all(w.device, w.aside, NULL);
	}
	tree_close(w.dir);
	tree_close(w.device);
	return rc;
}
