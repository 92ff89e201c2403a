/* The directory that pkgmk makes: whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "commpkg/signals.h"
#include "formats/cleanup.h"
#include "formats/digest.h"
#include "formats/spool_write.h"
#include "tools/common/make.h"

struct writer {
	const struct make_write *w;
	struct arena *a;
	struct spool_writer *out;
};

static void tell(const struct writer *w, uint32_t part, const char *path)
{
	if (w->w->told != NULL)
		w->w->told(w->w->ctx, part, path);
}

static int copy(struct writer *w, int in, const struct entry *en, const char *source,
		struct error *e)
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
		rc = signals_check(e);
		if (rc == 0)
			rc = spool_writer_add(w->out, buf, (size_t)n, e);
		if (rc < 0)
			return rc;
	}
	if (size != en->size || svr4_sum_fold(sum) != en->sum)
		return error_set(e, E_STALE, "'%s' changed while it was read", source);
	return 0;
}

static int payload_name(struct writer *w, const struct entry *en, const char **ret,
			struct error *e)
{
	if (en->ftype != 'i')
		return entry_payload_name(w->a, w->w->map, en, ret, e);
	*ret = arena_printf(w->a, "install/%s", en->path);
	return 0;
}

/* Whatever directory it is looked at from. */
static int link_object(struct writer *w, const char *name, const char *source, struct error *e)
{
	AUTO_FREE char *whole = realpath(source, NULL);

	if (whole == NULL)
		return error_errno(e, errno, "cannot find '%s'", source);
	return spool_writer_link(w->out, name, whole, e);
}

static int write_object(struct writer *w, const struct entry *en, const char *source,
			struct error *e)
{
	AUTO_FD int in = -EBADF;
	const char *name;
	int rc = payload_name(w, en, &name, e);

	if (rc < 0)
		return rc;
	tell(w, entry_part(en), name);
	if (w->w->link && en->ftype != 'i')
		return link_object(w, name, source, e);
	in = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (in < 0)
		return error_errno(e, errno, "cannot open '%s'", source);
	rc = spool_writer_begin(w->out, name, en->ftype == 'i' ? 0644 : entry_payload_mode(en),
				en->mtime, e);
	if (rc == 0)
		rc = copy(w, in, en, source, e);
	return rc == 0 ? spool_writer_end(w->out, e) : rc;
}

static int write_part(struct writer *w, uint32_t part, struct error *e)
{
	const struct pkgmap *map = w->w->map;
	size_t i;

	for (i = 0; i < map->n; i++) {
		const struct entry *en = &map->entries[i];
		int rc;

		if (en->part != part || !ftype_has_payload(en->ftype) ||
		    (en->ftype == 'i' && str_eq(en->path, "pkginfo")))
			continue;
		rc = write_object(w, en, w->w->source[i], e);
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
	rc = spool_writer_put(w->out, "pkgmap", map.p, map.len, 0644, w->w->pkginfo_mtime, e);
	if (rc == 0)
		rc = spool_writer_put(w->out, "pkginfo", w->w->pkginfo, w->w->pkginfo_len, 0644,
				      w->w->pkginfo_mtime, e);
	for (part = 1; rc == 0 && part <= w->w->map->nparts; part++) {
		tell(w, part, "pkginfo");
		rc = write_part(w, part, e);
	}
	return rc;
}

int make_write(const struct make_write *mw, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct writer w = { .w = mw, .a = a };
	AUTO_FD int dir = open(mw->device, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (dir < 0)
		return error_errno(e, errno, "cannot open directory '%s'", mw->device);
	rc = spool_writer_open(dir, mw->instance, &w.out, e);
	if (rc < 0)
		return rc;
	rc = write_package(&w, e);
	if (rc < 0) {
		spool_writer_abort(w.out);
		return rc;
	}
	rc = spool_writer_close(w.out, mw->overwrite ? SPOOL_REPLACE : SPOOL_NEW, e);
	if (rc == -EEXIST)
		return error_set(e, E_CONFLICT, "must use -o option to overwrite <%s/%s>",
				 mw->device, mw->instance);
	return rc;
}
