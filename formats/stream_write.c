#include "stream_write.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cpio_write.h"
#include "digest.h"
#include "listing.h"
#include "package_load.h"
#include "stream.h"
#include "stream_signature.h"

struct stream_writer {
	const char *name;
	const struct stream_item *items;
	size_t n;
	const struct stream_write_options *o;
	struct sink *k;
	const char *signature;		/* PEM, once it is made */
	bool rehearsal;			/* nothing is written yet, only signed */

	/* the package being written */
	const struct package *p;
	struct cpio_writer cpio;
	uint32_t part;			/* open archive, 0 = none */
	struct arena *a;
	struct strmap *dirs;		/* written in this part */
};

static const struct package *item_package(const struct stream_item *it)
{
	return medium_package(it->m, it->index);
}

static const char *item_name(const struct stream_item *it)
{
	return it->instance != NULL ? it->instance : item_package(it)->dirname;
}

/* Loading has made sure that there is such a line. */
static int64_t package_mtime(const struct package *p)
{
	return package_info_entry(p, "pkginfo")->mtime;
}

static int check_names(const struct stream_writer *w, struct error *e)
{
	struct strmap *names = strmap_new(w->n);
	size_t i;
	int rc = 0;

	for (i = 0; i < w->n && rc == 0; i++)
		if (strmap_put(names, item_name(&w->items[i]), names) != NULL)
			rc = error_set(e, E_USAGE, "'%s' can't hold package %s twice", w->name,
				       item_name(&w->items[i]));
	strmap_free(names);
	return rc;
}

/* Before anything is written, so that nothing is written in vain. */
static int check_sizes(const struct stream_writer *w, struct error *e)
{
	const struct pkgmap *map;
	size_t i, k;

	for (i = 0; i < w->n; i++) {
		map = &item_package(&w->items[i])->map;
		for (k = 0; k < map->n; k++)
			if (ftype_has_payload(map->entries[k].ftype) &&
			    map->entries[k].size > CPIO_MAX_SIZE)
				return error_set(e, E_UNSUPPORTED, "%s: '%s' is too large for a "
						 "datastream: %llu bytes, at most %llu",
						 item_name(&w->items[i]), map->entries[k].path,
						 (unsigned long long)map->entries[k].size,
						 (unsigned long long)CPIO_MAX_SIZE);
	}
	return 0;
}

static int write_header(struct stream_writer *w, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	size_t i;
	int rc;

	strbuf_adds(&text, STREAM_MAGIC "\n");
	for (i = 0; i < w->n; i++) {
		const struct pkgmap *map = &item_package(&w->items[i])->map;

		strbuf_addf(&text, "%s %u %llu\n", item_name(&w->items[i]), map->nparts,
			    (unsigned long long)(map->maxcompressed != 0 ? map->maxcompressed :
						 map->maxblocks));
	}
	strbuf_adds(&text, STREAM_END "\n");
	rc = sink_write(w->k, text.p, text.len, e);
	return rc < 0 ? rc : cpio_pad(w->k, STREAM_BLOCK, e);
}

static int write_text(struct stream_writer *w, const char *name, const char *bytes, size_t len,
		      int64_t mtime, struct error *e)
{
	int rc;

	rc = cpio_writer_member(&w->cpio, name, S_IFREG | 0644, len, mtime, e);
	return rc < 0 ? rc : cpio_writer_data(&w->cpio, bytes, len, e);
}

/* The members of A0 that every stream has. */
static int write_head_texts(struct stream_writer *w, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *name;
	size_t i;
	int rc = 0;

	cpio_writer_begin(&w->cpio, w->k);
	for (i = 0; i < w->n && rc == 0; i++) {
		const struct package *p = item_package(&w->items[i]);

		name = arena_printf(a, "%s/pkginfo", item_name(&w->items[i]));
		rc = write_text(w, name, p->pkginfo_bytes, p->pkginfo_len, package_mtime(p), e);
		if (rc < 0)
			break;
		name = arena_printf(a, "%s/pkgmap", item_name(&w->items[i]));
		rc = write_text(w, name, p->pkgmap_bytes, p->pkgmap_len, package_mtime(p), e);
	}
	return rc;
}

static int write_head(struct stream_writer *w, struct error *e)
{
	int rc = write_head_texts(w, e);

	if (rc < 0)
		return rc;
	if (w->signature == NULL)
		return cpio_writer_end(&w->cpio, e);
	return stream_signature_write(&w->cpio, w->signature, strlen(w->signature),
				      package_mtime(item_package(&w->items[0])), e);
}

static int write_infofiles(struct stream_writer *w, struct error *e)
{
	const struct package *p = w->p;
	const char *name;
	size_t i;
	int rc = 0;

	if (p->ninfofiles > 0)
		rc = cpio_writer_member(&w->cpio, "install", S_IFDIR | 0755, 0, package_mtime(p),
					e);
	for (i = 0; i < p->ninfofiles && rc == 0; i++) {
		const struct infofile *f = &p->infofiles[i];

		name = arena_printf(w->a, "install/%s", f->name);
		rc = write_text(w, name, f->bytes, f->len, f->mtime, e);
	}
	return rc;
}

static int end_part(struct stream_writer *w, struct error *e)
{
	strmap_free(w->dirs);
	w->dirs = NULL;
	return cpio_writer_end(&w->cpio, e);
}

static int begin_part(struct stream_writer *w, struct error *e)
{
	const struct package *p = w->p;
	int rc;

	w->part++;
	w->dirs = strmap_new(64);
	cpio_writer_begin(&w->cpio, w->k);
	rc = write_text(w, "pkginfo", p->pkginfo_bytes, p->pkginfo_len, package_mtime(p), e);
	if (rc == 0 && w->part == 1)
		rc = write_text(w, "pkgmap", p->pkgmap_bytes, p->pkgmap_len, package_mtime(p), e);
	if (rc == 0 && w->part == 1)
		rc = write_infofiles(w, e);
	return rc;
}

/* Parts in between may have no payload. */
static int go_to_part(struct stream_writer *w, uint32_t part, struct error *e)
{
	int rc = 0;

	while (w->part < part && rc == 0) {
		if (w->part > 0)
			rc = end_part(w, e);
		if (rc == 0)
			rc = begin_part(w, e);
	}
	return rc;
}

/* The directories above `name` that this part has not had. */
static int write_parents(struct stream_writer *w, const char *name, struct error *e)
{
	const char *slash = name, *dir;
	int rc = 0;

	while (rc == 0 && (slash = strchr(slash, '/')) != NULL) {
		dir = arena_strndup(w->a, name, (size_t)(slash - name));
		slash++;
		if (strmap_put(w->dirs, dir, w->dirs) == NULL)
			rc = cpio_writer_member(&w->cpio, dir, S_IFDIR | 0755, 0,
						package_mtime(w->p), e);
	}
	return rc;
}

static int write_entry(struct stream_writer *w, struct payload *pl, const struct entry *en,
		       struct error *e)
{
	const char *name;
	const void *bytes;
	size_t len;
	int rc;

	rc = go_to_part(w, entry_part(en), e);
	if (rc == 0)
		rc = entry_payload_name(w->a, &w->p->map, en, &name, e);
	if (rc == 0)
		rc = write_parents(w, name, e);
	if (rc == 0)
		rc = cpio_writer_member(&w->cpio, name, S_IFREG | entry_payload_mode(en),
					en->size, en->mtime, e);
	while (rc >= 0 && (rc = payload_read(pl, &bytes, &len, e)) > 0)
		rc = cpio_writer_data(&w->cpio, bytes, len, e);
	return rc;
}

static int write_package(struct stream_writer *w, struct payload *pl, const struct package *p,
			 struct error *e)
{
	const struct entry *en;
	int rc;

	if (w->o->progress != NULL && !w->rehearsal)
		w->o->progress(p, w->o->ctx);
	w->p = p;
	w->part = 0;
	w->a = arena_new();
	while ((rc = payload_next(pl, &en, e)) > 0) {
		rc = write_entry(w, pl, en, e);
		if (rc < 0)
			break;
	}
	if (rc == 0)
		rc = go_to_part(w, p->map.nparts, e);
	if (rc == 0)
		rc = end_part(w, e);
	strmap_free(w->dirs);
	w->dirs = NULL;
	arena_free(w->a);
	w->a = NULL;
	return rc;
}

/* Items from `i` that one pass over their medium can give: same medium, growing index. */
static size_t run_length(const struct stream_writer *w, size_t i)
{
	size_t k;

	for (k = i + 1; k < w->n; k++)
		if (w->items[k].m != w->items[i].m || w->items[k].index <= w->items[k - 1].index)
			break;
	return k - i;
}

static int write_run(struct stream_writer *w, size_t from, size_t len, struct error *e)
{
	const struct medium *m = w->items[from].m;
	bool *wanted = xcalloc(medium_count(m), sizeof(*wanted));
	struct payload *pl;
	size_t i, index;
	int rc;

	for (i = from; i < from + len; i++)
		wanted[w->items[i].index] = true;
	rc = payload_open(m, wanted, &pl, e);
	free(wanted);
	if (rc < 0)
		return rc;
	while ((rc = payload_next_package(pl, &index, e)) > 0) {
		rc = write_package(w, pl, medium_package(m, index), e);
		if (rc < 0)
			break;
	}
	payload_close(pl);
	return rc;
}

static int write_parts(struct stream_writer *w, struct error *e)
{
	size_t i, len;
	int rc = 0;

	for (i = 0; i < w->n && rc == 0; i += len) {
		len = run_length(w, i);
		rc = write_run(w, i, len, e);
	}
	return rc;
}

static int write_all(struct stream_writer *w, struct error *e)
{
	int rc = write_header(w, e);

	if (rc == 0)
		rc = write_head(w, e);
	return rc < 0 ? rc : write_parts(w, e);
}

/* ---- the signature, which lies in front of what it signs */

static int to_signer(void *ctx, const void *bytes, size_t len, struct error *e)
{
	return signer_add(ctx, bytes, len, e);
}

static int to_digest(void *ctx, const void *bytes, size_t len, struct error *e)
{
	(void)e;
	digest_add(ctx, bytes, len);
	return 0;
}

/* Does `write` into a sink that leads to `tap`. Each begins where a block does, as it will. */
static int rehearse(struct stream_writer *w, int write(struct stream_writer *, struct error *),
		    sink_tap *tap, void *ctx, struct error *e)
{
	int rc;

	w->k = sink_open_tap(w->name, tap, ctx);
	rc = write(w, e);
	if (rc < 0) {
		sink_abort(w->k);
		return rc;
	}
	return sink_finish(w->k, e);
}

static int sign(struct stream_writer *w, struct arena *a, struct error *e)
{
	struct signer *signer = w->o->signer;
	struct digest *d = digest_new_sha256();
	struct sha256 head;
	int rc;

	w->rehearsal = true;
	rc = rehearse(w, write_head_texts, to_digest, d, e);
	if (rc == 0)
		rc = rehearse(w, write_header, to_signer, signer, e);
	if (rc == 0)
		rc = rehearse(w, write_parts, to_signer, signer, e);
	digest_finish(d, &head, NULL);
	digest_free(d);
	w->rehearsal = false;
	if (rc == 0)
		rc = signer_finish(signer, &head, w->o->signed_at, a, &w->signature, e);
	return rc;
}

int stream_write(int fd, const char *name, const struct stream_item *items, size_t n,
		 const struct stream_write_options *o, struct error *e)
{
	static const struct stream_write_options plain;
	AUTO_ARENA struct arena *a = arena_new();
	struct stream_writer w = {
		.name = name, .items = items, .n = n, .o = o != NULL ? o : &plain,
	};
	int rc;

	if (n == 0)
		return error_set(e, E_USAGE, "a datastream needs a package");
	rc = check_names(&w, e);
	if (rc == 0)
		rc = check_sizes(&w, e);
	if (rc == 0 && w.o->signer != NULL)
		rc = sign(&w, a, e);
	if (rc == 0)
		rc = sink_open(fd, name, w.o->compression, w.o->level, &w.k, e);
	if (rc < 0)
		return rc;
	rc = write_all(&w, e);
	if (rc < 0) {
		sink_abort(w.k);
		return rc;
	}
	return sink_finish(w.k, e);
}
