#include "package_load.h"

#include "digest.h"

const struct entry *package_info_entry(const struct package *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->map.n; i++)
		if (p->map.entries[i].ftype == 'i' && str_eq(p->map.entries[i].path, name))
			return &p->map.entries[i];
	return NULL;
}

int package_check_text(const struct package *p, const struct entry *en, struct text bytes,
		       struct error *e)
{
	uint32_t sum;

	if (bytes.len != en->size)
		return error_set(e, E_DIGEST, "%s: '%s' has %zu bytes, pkgmap says %llu",
				 p->dirname, en->path, bytes.len, (unsigned long long)en->size);
	sum = svr4_sum_fold(svr4_sum_add(0, bytes.bytes, bytes.len));
	if (sum != en->sum)
		return error_set(e, E_DIGEST, "%s: '%s' has the sum %u, pkgmap says %u", p->dirname,
				 en->path, sum, en->sum);
	return 0;
}

/* PKG is the name of the directory, but for the suffix of an instance. */
static int check_name(const struct package *p, struct error *e)
{
	size_t len = strlen(p->pkg);

	if (strncmp(p->dirname, p->pkg, len) != 0 ||
	    (p->dirname[len] != '\0' && p->dirname[len] != '.'))
		return error_set(e, E_FORMAT, "%s: PKG is '%s', which does not fit the name of the "
				 "package in its medium", p->dirname, p->pkg);
	return 0;
}

/* A path=local of a finished package would take contents from anywhere (hazard 15);
 * pkgmk leaves none behind. */
static int check_entry(const struct package *p, const struct entry *en, struct error *e)
{
	if (!ftype_has_payload(en->ftype))
		return 0;
	if (!en->has_content)
		return error_set(e, E_FORMAT, "%s/pkgmap:%u: '%s' has no size and sum", p->dirname,
				 en->line, en->path);
	if (en->target != NULL && !str_eq(en->target, en->path))
		return error_set(e, E_UNSUPPORTED,
				 "%s/pkgmap:%u: '%s' takes its contents from '%s': "
				 "only its own are allowed",
				 p->dirname, en->line, en->path, en->target);
	if (en->ftype == 'i' && (strchr(en->path, '/') != NULL || en->path[0] == '.'))
		return error_set(e, E_FORMAT,
				 "%s/pkgmap:%u: '%s' is no name of an information file", p->dirname,
				 en->line, en->path);
	return 0;
}

static int check_entries(struct package *p, size_t *ret_ninfo, struct error *e)
{
	size_t i, ninfo = 0;
	int rc;

	for (i = 0; i < p->map.n; i++) {
		const struct entry *en = &p->map.entries[i];

		rc = check_entry(p, en, e);
		if (rc < 0)
			return rc;
		if (en->ftype == 'i') {
			ninfo++;
		} else if (ftype_has_payload(en->ftype)) {
			if (__builtin_add_overflow(p->payload_bytes, en->size,
						   &p->payload_bytes))
				return error_set(e, E_LIMIT, "%s/pkgmap:%u: sizes add up to more "
						 "than 2^64", p->dirname, en->line);
		}
	}
	if (ninfo > PACKAGE_MAX_INFOFILES)
		return error_set(e, E_LIMIT, "%s/pkgmap: more than %u information files",
				 p->dirname, PACKAGE_MAX_INFOFILES);
	*ret_ninfo = ninfo;
	return 0;
}

/* One slot per line, pkginfo's excepted; bytes are NULL until they come. */
static int prepare_infofiles(struct arena *a, struct package *p, size_t ninfo,
			     struct error *e)
{
	size_t i;

	p->infofiles = arena_calloc(a, ninfo, sizeof(*p->infofiles));
	for (i = 0; i < p->map.n; i++) {
		const struct entry *en = &p->map.entries[i];

		if (en->ftype != 'i' || str_eq(en->path, "pkginfo"))
			continue;
		if (en->size > INFOFILE_MAX_BYTES)
			return error_set(e, E_LIMIT, "%s/pkgmap:%u: '%s' is larger than %zu bytes",
					 p->dirname, en->line, en->path, INFOFILE_MAX_BYTES);
		p->infofiles[p->ninfofiles++] = (struct infofile){
			.name = en->path, .mtime = en->mtime, .entry = en,
		};
	}
	return 0;
}

static int parse_head(struct arena *a, struct package *p, struct error *e)
{
	const char *file = arena_printf(a, "%s/pkginfo", p->dirname);
	int rc;

	rc = pkginfo_parse(a, p->pkginfo_bytes, p->pkginfo_len, file, &p->info, e);
	if (rc < 0)
		return rc;
	rc = pkginfo_check(&p->info, file, e);
	if (rc < 0)
		return rc;
	p->pkg = pkginfo_get(&p->info, "PKG");
	p->title = pkginfo_get(&p->info, "NAME");
	p->arch = pkginfo_get(&p->info, "ARCH");
	p->version = pkginfo_get(&p->info, "VERSION");
	p->category = pkginfo_get(&p->info, "CATEGORY");
	p->basedir = pkginfo_get(&p->info, "BASEDIR");
	rc = check_name(p, e);
	if (rc < 0)
		return rc;
	file = arena_printf(a, "%s/pkgmap", p->dirname);
	return pkgmap_parse(a, p->pkgmap_bytes, p->pkgmap_len, file, &p->map, e);
}

int package_load_head(struct arena *a, struct package *p, const char *dirname,
		      struct text pkginfo, struct text pkgmap, struct error *e)
{
	const struct entry *en;
	size_t ninfo = 0;
	int rc;

	p->dirname = dirname;
	p->pkginfo_bytes = pkginfo.bytes;
	p->pkginfo_len = pkginfo.len;
	p->pkgmap_bytes = pkgmap.bytes;
	p->pkgmap_len = pkgmap.len;
	rc = parse_head(a, p, e);
	if (rc < 0)
		return rc;
	rc = check_entries(p, &ninfo, e);
	if (rc < 0)
		return rc;
	en = package_info_entry(p, "pkginfo");
	if (en == NULL)
		return error_set(e, E_FORMAT, "%s/pkgmap: there is no line for pkginfo", dirname);
	rc = package_check_text(p, en, pkginfo, e);
	if (rc < 0)
		return rc;
	return prepare_infofiles(a, p, ninfo, e);
}

int package_load_infofile(struct package *p, const char *name, struct text bytes,
			  struct error *e)
{
	struct infofile *f = NULL;
	size_t i;
	int rc;

	for (i = 0; i < p->ninfofiles && f == NULL; i++)
		if (str_eq(p->infofiles[i].name, name))
			f = &p->infofiles[i];
	if (f == NULL)
		return error_set(e, E_FORMAT, "%s: 'install/%s' is not listed in pkgmap",
				 p->dirname, name);
	if (f->bytes != NULL)
		return error_set(e, E_FORMAT, "%s: 'install/%s' comes twice", p->dirname, name);
	rc = package_check_text(p, f->entry, bytes, e);
	if (rc < 0)
		return rc;
	f->bytes = bytes.bytes;
	f->len = bytes.len;
	return 0;
}

static const char *words(const char *text)
{
	return text != NULL ? text : "";
}

void package_load_broken(struct arena *a, struct package *p, const char *dirname,
			 const struct error *why)
{
	p->broken = arena_memdup(a, why, 1, sizeof(*why));
	p->dirname = dirname;
	p->pkg = p->pkg != NULL ? p->pkg : dirname;
	p->title = words(p->title);
	p->arch = words(p->arch);
	p->version = words(p->version);
	p->category = words(p->category);
	p->map = (struct pkgmap){ .nparts = 1 };
	p->ninfofiles = 0;
	p->payload_bytes = 0;
}

bool package_load_is_fault(int code)
{
	return code == -E_FORMAT || code == -E_LIMIT || code == -E_DIGEST ||
	       code == -E_UNSUPPORTED;
}

bool package_load_complete(const struct package *p)
{
	size_t i;

	for (i = 0; i < p->ninfofiles; i++)
		if (p->infofiles[i].bytes == NULL)
			return false;
	return true;
}

static int check_complete(const struct package *p, struct error *e)
{
	size_t i;

	for (i = 0; i < p->ninfofiles; i++)
		if (p->infofiles[i].bytes == NULL)
			return error_set(e, E_FORMAT, "%s: 'install/%s' is missing", p->dirname,
					 p->infofiles[i].name);
	return 0;
}

int package_load_done(struct arena *a, struct package *p, struct error *e)
{
	const struct infofile *f;
	const char *file;
	size_t i;
	int rc;

	rc = check_complete(p, e);
	for (i = 0; i < p->ninfofiles && rc == 0; i++) {
		f = &p->infofiles[i];
		file = arena_printf(a, "%s/install/%s", p->dirname, f->name);
		if (str_eq(f->name, "depend"))
			rc = depend_parse(a, f->bytes, f->len, file, &p->depend, e);
		else if (str_eq(f->name, "compver"))
			rc = compver_parse(a, f->bytes, f->len, file, &p->compver, e);
		else if (str_eq(f->name, "space"))
			rc = space_parse(a, f->bytes, f->len, file, &p->space, e);
		else if (str_eq(f->name, "relations"))
			rc = relations_parse(a, f->bytes, f->len, file, &p->relations, e);
	}
	return rc;
}
