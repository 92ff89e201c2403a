/* The payload of packages in a zip archive: one pass over it for each package. */
#include <stdlib.h>

#include "carrier.h"
#include "zippkg.h"

struct zip_carrier {
	const struct medium *m;
	struct listing *l;
	struct zip *z;
};

static int zip_carrier_open(const struct medium *m, void **ret, struct error *e)
{
	struct zip_carrier *zc = xcalloc(1, sizeof(*zc));

	(void)e;
	zc->m = m;
	*ret = zc;
	return 0;
}

static void zip_carrier_close(void *p)
{
	struct zip_carrier *zc = p;

	zip_close(zc->z);
	free(zc);
}

static int zip_carrier_package(void *p, size_t index, struct listing *l, struct error *e)
{
	struct zip_carrier *zc = p;

	(void)index;
	zip_close(zc->z);
	zc->z = NULL;
	zc->l = l;
	return zip_open(zc->m->fd, zc->m->path, &zc->z, e);
}

/* 1: payload of this package. */
static int carrier_member(struct zip_carrier *zc, const struct zip_member *m,
			  const struct entry **ret, struct error *e)
{
	const char *dirname = zc->l->p->dirname, *rest, *path;
	uint32_t nparts = zc->l->p->map.nparts, part;
	enum name_kind kind;
	char pkg[64];
	int rc;

	if (!zippkg_split(m->name, pkg, &rest) || !str_eq(pkg, dirname))
		return 0;
	part = name_part(rest, nparts);
	rc = name_classify(dirname, rest, m->mode, part == 0 ? 1 : part, &kind, &path, e);
	if (rc < 0 || kind != NAME_PAYLOAD)
		return rc;
	return listing_see_payload(zc->l, rest, path, part, ret, e);
}

static int check_parts(struct zip_carrier *zc, struct error *e)
{
	uint32_t part;
	int rc = 0;

	for (part = 1; rc == 0 && part <= zc->l->p->map.nparts; part++)
		rc = listing_check_part(zc->l, part, e);
	return rc;
}

static int zip_carrier_next(void *p, const struct entry **ret, uint64_t *ret_size,
			    struct error *e)
{
	struct zip_carrier *zc = p;
	struct zip_member m;
	int rc;

	while ((rc = zip_next(zc->z, &m, e)) > 0) {
		rc = carrier_member(zc, &m, ret, e);
		if (rc < 0)
			return rc;
		*ret_size = m.size;
		if (rc > 0)
			return 1;
	}
	return rc < 0 ? rc : check_parts(zc, e);
}

static int zip_carrier_read(void *p, const void **ret, size_t *ret_len, struct error *e)
{
	struct zip_carrier *zc = p;

	return zip_read(zc->z, ret, ret_len, e);
}

static int zip_carrier_finish(void *p, bool last, struct error *e)
{
	(void)p;
	(void)last;
	(void)e;
	return 0;
}

const struct carrier_ops zip_carrier = {
	.open = zip_carrier_open,
	.close = zip_carrier_close,
	.package = zip_carrier_package,
	.next = zip_carrier_next,
	.read = zip_carrier_read,
	.finish = zip_carrier_finish,
};
