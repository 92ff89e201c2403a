#include "debindex.h"

#include "catalog_package.h"
#include "debpkg.h"
#include "str.h"

struct reader {
	struct arena *a;
	const char *file;
	unsigned line;		/* of the paragraph at hand */
	VEC(struct catalog_medium) media;
	VEC(struct catalog_package) packages;
	struct error *e;
};

static int refuse(const struct reader *r, const char *what)
{
	return error_set(r->e, E_FORMAT, "%s:%u: %s", r->file, r->line, what);
}

static int add_medium(struct reader *r, const struct deb_control *c)
{
	const char *path = deb_control_get(c, "Filename"), *size = deb_control_get(c, "Size");
	const char *sha = deb_control_get(c, "SHA256");
	struct catalog_medium *m = VEC_PUSH(&r->media);

	if (path == NULL || size == NULL || sha == NULL)
		return refuse(r, "a package without Filename, Size or SHA256");
	path += str_has_prefix(path, "./") ? 2 : 0;
	m->file.path = path;
	m->first = r->packages.n;
	m->npackages = 1;
	if (!catalog_path_ok(path))
		return refuse(r, "Filename is no path in a distribution");
	if (!str_to_u64(size, strlen(size), 10, CATALOG_MAX_FILE, &m->file.size))
		return refuse(r, "Size is no number");
	return sha256_from_hex(sha, &m->file.sha) == 0 ? 0 : refuse(r, "SHA256 is none");
}

/* Debian policy 2.5; apt chooses among providers by it, too. */
static unsigned priority_of(const char *word)
{
	static const char *const words[] = { "extra", "optional", "standard", "important",
					     "required" };
	unsigned i;

	for (i = 0; word != NULL && i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq(word, words[i]))
			return i;
	return 1;
}

static int add_package(struct reader *r, const struct deb_control *c, const char *where)
{
	struct catalog_package *cp = VEC_PUSH(&r->packages);
	const char *size = deb_control_get(c, "Installed-Size");
	struct package *p = &cp->package;
	struct pkginfo info;
	uint64_t kilobytes = 0;
	int rc = debpkg_pkginfo(r->a, c, NULL, 0, where, &info, r->e);

	if (rc == 0)
		rc = debpkg_relations(r->a, c, where, &p->relations, r->e);
	if (rc < 0)
		return rc;
	cp->medium = r->media.n - 1;
	p->pkg = p->dirname = pkginfo_get(&info, "PKG");
	p->title = pkginfo_get(&info, "NAME");
	p->arch = pkginfo_get(&info, "ARCH");
	p->version = pkginfo_get(&info, "VERSION");
	p->category = pkginfo_get(&info, "CATEGORY");
	p->priority = priority_of(deb_control_get(c, "Priority"));
	if (size != NULL && str_to_u64(size, strlen(size), 10, UINT32_MAX, &kilobytes))
		p->payload_bytes = kilobytes * 1024;
	return 0;
}

static int read_paragraph(struct reader *r, const char *bytes, size_t len)
{
	const char *where = arena_printf(r->a, "%s:%u", r->file, r->line);
	struct deb_control c;
	int rc = deb_control_parse(r->a, bytes, len, where, &c, r->e);

	if (rc == 0)
		rc = deb_control_check(&c, where, r->e);
	if (rc == 0 && r->packages.n == CATALOG_MAX_PACKAGES)
		rc = error_set(r->e, E_LIMIT, "%s: more than %u packages", r->file,
			       CATALOG_MAX_PACKAGES);
	if (rc == 0)
		rc = add_medium(r, &c);
	return rc < 0 ? rc : add_package(r, &c, where);
}

static unsigned count_lines(const char *bytes, const char *end)
{
	unsigned n = 0;

	for (; bytes < end; bytes++)
		n += *bytes == '\n';
	return n;
}

static int read_all(struct reader *r, const char *bytes, size_t len)
{
	const char *end = bytes + len;
	int rc = 0;

	r->line = 1;
	while (rc == 0 && bytes < end) {
		const char *stop = memmem(bytes, (size_t)(end - bytes), "\n\n", 2);
		const char *next = stop != NULL ? stop + 2 : end;

		if (*bytes != '\n')
			rc = read_paragraph(r, bytes, (size_t)((stop != NULL ? stop + 1 : end) -
							       bytes));
		else
			next = bytes + 1;
		r->line += count_lines(bytes, next);
		bytes = next;
	}
	return rc;
}

int debindex_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		   struct catalog *ret, struct error *e)
{
	struct reader r = { .a = a, .file = file, .e = e };
	int rc;

	if (len > DEBINDEX_MAX_BYTES)
		return error_set(e, E_LIMIT, "%s: larger than %zu bytes", file, DEBINDEX_MAX_BYTES);
	rc = read_all(&r, bytes, len);
	if (rc == 0)
		rc = catalog_of_index(a, file, r.media.v, r.packages.v, r.packages.n, ret, e);
	VEC_FREE(&r.media);
	VEC_FREE(&r.packages);
	return rc;
}
