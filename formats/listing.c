#include "listing.h"

#include <sys/stat.h>

static int name_refuse(const char *pkg, const char *name, const char *why, struct error *e)
{
	return error_set(e, E_FORMAT, "%s: '%s' %s", pkg, name, why);
}

static bool component_ok(const char *s, size_t len)
{
	return len > 0 && !(len == 1 && s[0] == '.') &&
	       !(len == 2 && s[0] == '.' && s[1] == '.');
}

/* Relative, without empty, "." and ".." components. A directory may end in '/'. */
static bool name_ok(const char *name, bool dir)
{
	const char *slash;

	for (;; name = slash + 1) {
		slash = strchr(name, '/');
		if (slash == NULL)
			return (dir && name[0] == '\0') || component_ok(name, strlen(name));
		if (!component_ok(name, (size_t)(slash - name)))
			return false;
	}
}

/* Is [name, name+len) `area`, or `area.N` with N = part? */
static bool is_area(const char *name, size_t len, const char *area, uint32_t part)
{
	size_t alen = strlen(area);
	uint64_t n;

	if (len < alen || memcmp(name, area, alen) != 0)
		return false;
	if (len == alen)
		return true;
	return name[alen] == '.' && str_to_u64(name + alen + 1, len - alen - 1, 10, part, &n) &&
	       n == part;
}

/* svr4.md 1: payload of old media as one file instead of a directory. */
static bool is_archived(const char *name)
{
	static const char *const suffixes[] = { "", ".cpio", ".Z", ".cpio.Z" };
	size_t i;

	if (str_has_prefix(name, "reloc"))
		name += 5;
	else if (str_has_prefix(name, "root"))
		name += 4;
	else
		return false;
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (str_eq(name, suffixes[i]))
			return true;
	return false;
}

int name_refuse_archive(const char *pkg, const char *name, struct error *e)
{
	return error_set(e, E_UNSUPPORTED,
			 "%s: '%s' is archived payload, which is read in package directories only",
			 pkg, name);
}

static int classify_top(const char *pkg, const char *name, bool dir, uint32_t part,
			enum name_kind *ret, struct error *e)
{
	size_t len = strcspn(name, "/");

	if (dir) {
		*ret = NAME_DIR;
		if (is_area(name, len, "reloc", part) || is_area(name, len, "root", part) ||
		    is_area(name, len, "archive", part) || is_area(name, len, "install", 1))
			return 0;
		return name_refuse(pkg, name, "is no directory of a package", e);
	}
	*ret = NAME_META;
	if (str_eq(name, "pkginfo") || str_eq(name, "pkgmap"))
		return 0;
	*ret = NAME_ARCHIVE;
	if (is_archived(name))
		return 0;
	return name_refuse(pkg, name, "is not listed in pkgmap", e);
}

static int classify_file(const char *pkg, const char *name, uint32_t part,
			 enum name_kind *ret, const char **ret_rest, struct error *e)
{
	size_t len = strcspn(name, "/");

	*ret = NAME_PAYLOAD;
	if (is_area(name, len, "reloc", part)) {
		*ret_rest = name + len + 1;
		return 0;
	}
	if (is_area(name, len, "root", part)) {
		*ret_rest = name + len; /* with the slash */
		return 0;
	}
	if (is_area(name, len, "archive", part))
		return error_set(e, E_UNSUPPORTED,
				 "%s: '%s' is a class archive, which can't be read", pkg, name);
	if (len != strlen("install") || memcmp(name, "install", len) != 0 ||
	    strchr(name + len + 1, '/') != NULL)
		return name_refuse(pkg, name, "is not listed in pkgmap", e);
	*ret = NAME_INFO;
	*ret_rest = name + len + 1;
	return 0;
}

uint32_t name_part(const char *name, uint32_t nparts)
{
	size_t len = strcspn(name, "/");
	const char *dot = memchr(name, '.', len);
	uint64_t n = 0;

	if (dot != NULL)
		(void)str_to_u64(dot + 1, len - (size_t)(dot + 1 - name), 10, nparts, &n);
	return (uint32_t)n;
}

int name_classify(const char *pkg, const char *name, uint32_t mode, uint32_t part,
		  enum name_kind *ret, const char **ret_rest, struct error *e)
{
	bool dir = S_ISDIR(mode);

	*ret_rest = name;
	if (!name_ok(name, dir))
		return name_refuse(pkg, name, "is a name that leads out of the package", e);
	if (!dir && !S_ISREG(mode))
		return name_refuse(pkg, name, "is neither a regular file nor a directory", e);
	if (dir || strchr(name, '/') == NULL)
		return classify_top(pkg, name, dir, part, ret, e);
	return classify_file(pkg, name, part, ret, ret_rest, e);
}

int listing_init(struct listing *l, const struct package *p, struct error *e)
{
	const char *path;
	size_t i;
	int rc;

	*l = (struct listing){ .p = p };
	l->a = arena_new();
	l->paths = strmap_new(p->map.n);
	l->seen = arena_calloc(l->a, p->map.n, sizeof(*l->seen));
	l->left = arena_calloc(l->a, (size_t)p->map.nparts + 1, sizeof(*l->left));
	for (i = 0; i < p->map.n; i++) {
		struct entry *en = &p->map.entries[i];

		if (!ftype_has_payload(en->ftype) || en->ftype == 'i')
			continue;
		rc = path_canonical(l->a, en->path, &path, e);
		if (rc == 0 && strmap_put(l->paths, path, en) != NULL)
			rc = error_set(e, E_FORMAT, "'%s' is there twice", path);
		if (rc < 0) {
			listing_free(l);
			return error_prefix(e, "%s/pkgmap:%u", p->dirname, en->line);
		}
		l->left[entry_part(en)]++;
	}
	return 0;
}

void listing_free(struct listing *l)
{
	strmap_free(l->paths);
	arena_free(l->a);
	*l = (struct listing){ .p = NULL };
}

static int twice(const struct listing *l, const char *name, struct error *e)
{
	return error_set(e, E_FORMAT, "%s: '%s' comes twice", l->p->dirname, name);
}

int listing_see_meta(struct listing *l, const char *name, struct error *e)
{
	bool *seen = str_eq(name, "pkginfo") ? &l->seen_pkginfo : &l->seen_pkgmap;

	if (*seen)
		return twice(l, name, e);
	*seen = true;
	return 0;
}

int listing_see_info(struct listing *l, const char *name, struct error *e)
{
	const struct infofile *f = package_infofile(l->p, name);
	size_t i;

	if (f == NULL)
		return error_set(e, E_FORMAT, "%s: 'install/%s' is not listed in pkgmap",
				 l->p->dirname, name);
	i = (size_t)(f->entry - l->p->map.entries);
	if (l->seen[i])
		return twice(l, name, e);
	l->seen[i] = true;
	return 0;
}

int listing_unlisted(struct listing *l, const char *name, struct error *e)
{
	if (l->note == NULL && !l->pass)
		return name_refuse(l->p->dirname, name, "is not listed in pkgmap", e);
	if (l->note != NULL)
		l->note(l->p, NULL, PAYLOAD_UNLISTED, name, l->note_ctx);
	if (l->passed != NULL)
		l->passed(l->p, NULL, PAYLOAD_UNLISTED, name, l->passed_ctx);
	return 0;
}

int listing_see_payload(struct listing *l, const char *name, const char *path, uint32_t part,
			const struct entry **ret, struct error *e)
{
	const struct entry *en = strmap_find(l->paths, path);
	size_t i;

	if (en == NULL)
		return listing_unlisted(l, name, e);
	if (part != 0 && entry_part(en) != part)
		return error_set(e, E_FORMAT, "%s: '%s' is in part %u, pkgmap says %u",
				 l->p->dirname, name, part, entry_part(en));
	i = (size_t)(en - l->p->map.entries);
	if (l->seen[i])
		return twice(l, name, e);
	l->seen[i] = true;
	l->left[entry_part(en)]--;
	*ret = en;
	return 1;
}

int listing_missing(struct listing *l, const struct entry *en, struct error *e)
{
	if (l->note == NULL)
		return error_set(e, E_FORMAT, "%s: '%s' is missing from the payload", l->p->dirname,
				 en->path);
	l->note(l->p, en, PAYLOAD_MISSING, en->path, l->note_ctx);
	return 0;
}

int listing_check_part(struct listing *l, uint32_t part, struct error *e)
{
	size_t i;
	int rc;

	l->seen_pkginfo = l->seen_pkgmap = false;
	for (i = 0; i < l->p->map.n && l->left[part] > 0; i++) {
		const struct entry *en = &l->p->map.entries[i];

		if (l->seen[i] || !ftype_has_payload(en->ftype) || en->ftype == 'i' ||
		    entry_part(en) != part)
			continue;
		rc = listing_missing(l, en, e);
		if (rc < 0)
			return rc;
		l->left[part]--;
	}
	return 0;
}
