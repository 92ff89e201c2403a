#include "zippkg.h"

#include <sys/stat.h>

#include "listing.h"
#include "package_load.h"
#include "stream.h"

struct zip_package {
	const char *name;
	struct text pkginfo, pkgmap;
};

struct zip_info {		/* install/NAME */
	size_t package;
	const char *name;
	struct text text;
};

struct zip_loader {
	struct arena *a;
	struct zip *z;
	const char *name;
	VEC(struct zip_package) packages;
	VEC(struct zip_info) infos;
	uint64_t metadata;
	size_t members;
};

bool zippkg_split(const char *name, char pkg[64], const char **ret_rest)
{
	size_t len = strcspn(name, "/");

	if (name[len] == '\0' || len >= 64)
		return false;
	memcpy(pkg, name, len);
	pkg[len] = '\0';
	*ret_rest = name + len + 1;
	return pkginfo_instance_ok(pkg);
}

int zippkg_probe(int fd, const char *name)
{
	struct error e = ERROR_INIT;
	struct zip_member m;
	const char *rest;
	struct zip *z;
	char pkg[64];
	int found = 0;

	if (zip_open(fd, name, &z, &e) < 0)
		return 0;
	while (!found && zip_next(z, &m, &e) > 0)
		found = zippkg_split(m.name, pkg, &rest) && str_eq(rest, "pkginfo");
	zip_close(z);
	return found;
}

static int read_text(struct zip_loader *l, const struct zip_member *m, uint64_t max,
		     struct text *ret, struct error *e)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	const void *bytes;
	size_t len;
	int rc;

	if (ret->bytes != NULL)
		return error_set(e, E_FORMAT, "'%s' comes twice", m->name);
	while ((rc = zip_read(l->z, &bytes, &len, e)) > 0) {
		strbuf_add(&text, bytes, len);
		l->metadata += len;
		if (text.len > max)
			return error_set(e, E_LIMIT, "'%s' is larger than %llu bytes", m->name,
					 (unsigned long long)max);
		if (l->metadata > STREAM_MAX_METADATA)
			return error_set(e, E_LIMIT, "'%s' has more than %llu bytes of metadata",
					 l->name, (unsigned long long)STREAM_MAX_METADATA);
	}
	if (rc == 0)
		*ret = (struct text){ arena_strndup(l->a, strbuf_str(&text), text.len), text.len };
	return rc;
}

/* The package that a name belongs to, a new one when it is the first of it. */
static int find_package(struct zip_loader *l, const char *pkg, size_t *ret, struct error *e)
{
	for (*ret = 0; *ret < l->packages.n; ++*ret)
		if (str_eq(l->packages.v[*ret].name, pkg))
			return 0;
	if (l->packages.n == ZIPPKG_MAX_PACKAGES)
		return error_set(e, E_LIMIT, "'%s' has more than %u packages", l->name,
				 ZIPPKG_MAX_PACKAGES);
	VEC_PUSH(&l->packages)->name = arena_strdup(l->a, pkg);
	return 0;
}

static int load_info(struct zip_loader *l, const struct zip_member *m, size_t package,
		     const char *name, struct error *e)
{
	struct zip_info *i;

	if (l->infos.n == PACKAGE_MAX_INFOFILES)
		return error_set(e, E_LIMIT, "'%s' has more than %u information files", l->name,
				 PACKAGE_MAX_INFOFILES);
	i = VEC_PUSH(&l->infos);
	i->package = package;
	i->name = arena_strdup(l->a, name);
	return read_text(l, m, INFOFILE_MAX_BYTES, &i->text, e);
}

static int load_member(struct zip_loader *l, const struct zip_member *m, enum medium_depth depth,
		       struct error *e)
{
	struct zip_package *zp;
	const char *rest, *name;
	enum name_kind kind;
	char pkg[64];
	size_t i;
	int rc;

	if (++l->members > 2 * (size_t)PKGMAP_MAX_ENTRIES)
		return error_set(e, E_LIMIT, "'%s' has too many files", l->name);
	if (S_ISDIR(m->mode) && pkginfo_instance_ok(m->name))
		return find_package(l, m->name, &i, e);
	if (!zippkg_split(m->name, pkg, &rest))
		return error_set(e, E_FORMAT, "'%s' belongs to no package", m->name);
	rc = find_package(l, pkg, &i, e);
	if (rc == 0)
		rc = name_classify(pkg, rest, m->mode, name_part(rest, PKGMAP_MAX_PARTS), &kind,
				   &name, e);
	if (rc < 0)
		return rc;
	zp = &l->packages.v[i];
	if (kind == NAME_ARCHIVE)
		return name_refuse_archive(pkg, rest, e);
	if (kind == NAME_META && str_eq(rest, "pkginfo"))
		return read_text(l, m, PKGINFO_MAX_BYTES, &zp->pkginfo, e);
	if (kind == NAME_META)
		return read_text(l, m, PKGMAP_MAX_BYTES, &zp->pkgmap, e);
	return kind == NAME_INFO && depth == MEDIUM_ALL ? load_info(l, m, i, name, e) : 0;
}

static int load_package(struct zip_loader *l, size_t i, enum medium_depth depth,
			struct package *p, struct error *e)
{
	const struct zip_package *zp = &l->packages.v[i];
	size_t k;
	int rc;

	if (zp->pkginfo.bytes == NULL || zp->pkgmap.bytes == NULL)
		return error_set(e, E_FORMAT, "'%s' has no %s/%s", l->name, zp->name,
				 zp->pkginfo.bytes == NULL ? "pkginfo" : "pkgmap");
	rc = package_load_head(l->a, p, zp->name, zp->pkginfo, zp->pkgmap, e);
	if (depth == MEDIUM_HEAD)
		p->ninfofiles = 0;
	for (k = 0; rc == 0 && k < l->infos.n; k++)
		if (l->infos.v[k].package == i)
			rc = package_load_infofile(p, l->infos.v[k].name, l->infos.v[k].text, e);
	return rc < 0 || depth == MEDIUM_HEAD ? rc : package_load_done(l->a, p, e);
}

static int load_one(struct zip_loader *l, size_t i, enum medium_depth depth, bool each,
		    struct package *p, struct error *e)
{
	struct error why = ERROR_INIT;
	int rc = load_package(l, i, depth, p, each ? &why : e);

	if (!each || !package_load_is_fault(rc))
		return rc;
	package_load_broken(l->a, p, l->packages.v[i].name, &why);
	return 0;
}

static int load_all(struct zip_loader *l, enum medium_depth depth, bool each,
		    struct package **ret, struct error *e)
{
	struct zip_member m;
	size_t i;
	int rc;

	while ((rc = zip_next(l->z, &m, e)) > 0) {
		rc = load_member(l, &m, depth, e);
		if (rc < 0)
			return rc;
	}
	if (rc == 0 && l->packages.n == 0)
		return error_set(e, E_FORMAT, "there is no package in it");
	*ret = arena_calloc(l->a, l->packages.n, sizeof(**ret));
	for (i = 0; rc == 0 && i < l->packages.n; i++)
		rc = load_one(l, i, depth, each, &(*ret)[i], e);
	return rc;
}

int zippkg_load(struct arena *a, int fd, const char *name, enum medium_depth depth, bool each,
		struct package **ret, size_t *ret_n, struct error *e)
{
	struct zip_loader l = { .a = a, .name = name };
	int rc = zip_open(fd, name, &l.z, e);

	if (rc < 0)
		return rc;
	rc = load_all(&l, depth, each, ret, e);
	*ret_n = l.packages.n;
	zip_close(l.z);
	VEC_FREE(&l.packages);
	VEC_FREE(&l.infos);
	return rc;
}
