#include "catalog_foreign.h"

#include <stdio.h>

#include "catalog_package.h"
#include "lines.h"
#include "pkginfo.h"
#include "str.h"

#define MD5_HEX 32u
#define PGP_BEGIN "-----BEGIN PGP SIGNED MESSAGE-----"
#define PGP_END "-----BEGIN PGP SIGNATURE-----"
#define FIELDS 10

struct reader {
	struct arena *a;
	struct lines l;
	enum foreign_kind kind;
	struct strmap *seen;
	VEC(struct catalog_medium) media;
	VEC(struct catalog_package) packages;
	VEC(struct depend) depends;
	struct error *e;
};

const char *catalog_foreign_word(enum foreign_kind kind)
{
	return kind == FOREIGN_OPENCSW ? "OpenCSW" : kind == FOREIGN_TRIBBLIX ? "Tribblix" : "?";
}

/* ---- fields */

static size_t split_words(struct span s, struct span v[FIELDS])
{
	size_t n = 0;

	while (n < FIELDS && span_word(&s, &v[n]))
		n++;
	return n;
}

static size_t split_bars(struct span s, struct span v[FIELDS])
{
	size_t n = 0;

	while (n < FIELDS) {
		const char *bar = s.len > 0 ? memchr(s.p, '|', s.len) : NULL;
		size_t len = bar != NULL ? (size_t)(bar - s.p) : s.len;

		v[n++] = span_trim((struct span){ s.p, len });
		if (bar == NULL)
			break;
		s.p += len + 1;
		s.len -= len + 1;
	}
	return n;
}

static bool is_md5(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (strchr("0123456789abcdef", s.p[i]) == NULL || s.p[i] == '\0')
			return false;
	return s.len == MD5_HEX;
}

static void md5_value(struct span s, struct sha256 *ret)
{
	char hex[SHA256_HEX_SIZE];

	memset(hex, '0', sizeof(hex) - 1);
	hex[sizeof(hex) - 1] = '\0';
	memcpy(hex, s.p, MD5_HEX);
	(void)sha256_from_hex(hex, ret); /* is_md5() */
}

/* ---- what kind it is */

static enum foreign_kind kind_of(struct span line)
{
	struct span v[FIELDS];

	if (split_bars(line, v) >= 5 && is_md5(v[4]))
		return FOREIGN_TRIBBLIX;
	if (split_words(line, v) >= 8 && is_md5(v[4]))
		return FOREIGN_OPENCSW;
	return FOREIGN_NONE;
}

static bool is_entry(struct span line)
{
	line = span_trim(line);
	return line.len > 0 && line.p[0] != '#';
}

/* 1: an entry; 0: the end. What PGP puts around is passed over. */
static int next_entry(struct lines *l, struct span *ret)
{
	while (lines_next(l, ret)) {
		if (span_eq(span_trim(*ret), PGP_END))
			return 0;
		if (span_eq(span_trim(*ret), PGP_BEGIN)) {
			while (lines_next(l, ret) && span_trim(*ret).len > 0)
				; /* Hash: ... */
			continue;
		}
		if (ret->len > 2 && memcmp(ret->p, "- ", 2) == 0) { /* RFC 4880, 7.1 */
			ret->p += 2;
			ret->len -= 2;
		}
		if (is_entry(*ret))
			return 1;
	}
	return 0;
}

enum foreign_kind catalog_foreign_probe(const char *bytes, size_t len)
{
	struct span line;
	struct lines l;

	if (lines_open(&l, bytes, len, FOREIGN_MAX_BYTES, FOREIGN_NAME, NULL) < 0 ||
	    next_entry(&l, &line) == 0)
		return FOREIGN_NONE;
	return kind_of(line);
}

/* ---- an entry */

static int add_depend(struct reader *r, char type, struct span name)
{
	const char *pkg = span_dup(r->a, name);

	if (!pkginfo_name_ok(pkg))
		return lines_error(&r->l, r->e, "bad package abbreviation " SPAN_FMT,
				   SPAN_ARG(name));
	*VEC_PUSH(&r->depends) = (struct depend){ .type = type, .pkg = pkg, .name = "",
						  .line = r->l.line };
	return 0;
}

/* `none`, A|B, or A B. */
static int add_depends(struct reader *r, char type, struct span list)
{
	size_t i = 0, from;
	int rc = 0;

	if (span_eq(list, "none"))
		return 0;
	while (rc == 0 && i < list.len) {
		for (from = i; i < list.len && memchr("| \t,", list.p[i], 4) == NULL; i++)
			;
		if (i > from)
			rc = add_depend(r, type, (struct span){ list.p + from, i - from });
		i++;
	}
	return rc;
}

/* ...-SunOS5.8-sparc-CSW.pkg.gz */
static const char *arch_of_file(const char *file)
{
	static const char *const arches[] = { "sparc", "i386", "all" };
	size_t i;

	for (i = 0; i < sizeof(arches) / sizeof(arches[0]); i++) {
		char part[16];

		(void)snprintf(part, sizeof(part), "-%s-", arches[i]);
		if (strstr(file, part) != NULL)
			return arches[i];
	}
	return "all";
}

struct fields {
	struct span package, version, file, md5, size, category, title;
	struct span deps, incompatible;
};

static int fields_of(struct reader *r, struct span line, struct fields *f)
{
	struct span v[FIELDS];
	size_t n = r->kind == FOREIGN_TRIBBLIX ? split_bars(line, v) : split_words(line, v);

	if (r->kind == FOREIGN_TRIBBLIX && n >= 5) {
		*f = (struct fields){ .package = v[0], .version = v[1], .deps = v[2], .size = v[3],
				      .md5 = v[4], .title = v[0], .category = { "", 0 },
				      .incompatible = { "none", 4 } };
		return 0;
	}
	if (r->kind == FOREIGN_OPENCSW && n >= 8) {
		*f = (struct fields){ .title = v[0], .version = v[1], .package = v[2], .file = v[3],
				      .md5 = v[4], .size = v[5], .deps = v[6], .category = v[7],
				      .incompatible = n > 8 ? v[8] : (struct span){ "none", 4 } };
		return 0;
	}
	return lines_error(&r->l, r->e, "%zu fields, where %s has %d", n,
			   catalog_foreign_word(r->kind), r->kind == FOREIGN_TRIBBLIX ? 5 : 9);
}

static int add_medium(struct reader *r, const struct fields *f)
{
	struct catalog_medium *m = VEC_PUSH(&r->media);
	const char *path = r->kind == FOREIGN_OPENCSW ? span_dup(r->a, f->file) :
			   arena_printf(r->a, "%.*s.%.*s.zap", (int)f->package.len, f->package.p,
					(int)f->version.len, f->version.p);

	m->file.path = path;
	m->file.md5 = true;
	m->first = r->packages.n;
	m->npackages = 1;
	if (!catalog_path_ok(path))
		return lines_error(&r->l, r->e, "'%.80s' is no path in a distribution", path);
	if (!is_md5(f->md5))
		return lines_error(&r->l, r->e, "no MD5 sum: " SPAN_FMT, SPAN_ARG(f->md5));
	if (!str_to_u64(f->size.p, f->size.len, 10, CATALOG_MAX_FILE, &m->file.size))
		return lines_error(&r->l, r->e, "no size: " SPAN_FMT, SPAN_ARG(f->size));
	md5_value(f->md5, &m->file.sha);
	return 0;
}

static int add_package(struct reader *r, const struct fields *f)
{
	struct catalog_package *cp = VEC_PUSH(&r->packages);
	struct package *p = &cp->package;
	int rc;

	cp->medium = r->media.n - 1;
	p->pkg = p->dirname = span_dup(r->a, f->package);
	p->version = span_dup(r->a, f->version);
	p->title = span_dup(r->a, f->title);
	p->category = span_dup(r->a, f->category);
	p->arch = r->kind == FOREIGN_OPENCSW ? arch_of_file(span_dup(r->a, f->file)) : "all";
	if (!pkginfo_name_ok(p->pkg))
		return lines_error(&r->l, r->e, "bad package abbreviation " SPAN_FMT,
				   SPAN_ARG(f->package));
	if (f->version.len == 0 || f->version.len > 256 || span_has_control(f->version))
		return lines_error(&r->l, r->e, "bad version " SPAN_FMT, SPAN_ARG(f->version));
	if (strmap_put(r->seen, p->pkg, r) != NULL)
		return lines_error(&r->l, r->e, "package %s is there twice", p->pkg);
	r->depends.n = 0;
	rc = add_depends(r, 'P', f->deps);
	if (rc == 0)
		rc = add_depends(r, 'I', f->incompatible);
	p->depend.v = arena_memdup(r->a, r->depends.v, r->depends.n, sizeof(*p->depend.v));
	p->depend.n = r->depends.n;
	return rc;
}

static int read_all(struct reader *r)
{
	struct fields f = { .title = { "", 0 } };
	struct span line;
	int rc = 0;

	while (rc == 0 && next_entry(&r->l, &line) > 0) {
		if (r->kind == FOREIGN_NONE)
			r->kind = kind_of(line);
		if (r->packages.n == CATALOG_MAX_PACKAGES)
			return error_set(r->e, E_LIMIT, "%s: more than %u packages", r->l.file,
					 CATALOG_MAX_PACKAGES);
		rc = fields_of(r, line, &f);
		if (rc == 0)
			rc = add_medium(r, &f);
		if (rc == 0)
			rc = add_package(r, &f);
	}
	return rc;
}

int catalog_foreign_parse(struct arena *a, const char *bytes, size_t len, const char *file,
			  struct catalog *ret, struct error *e)
{
	struct reader r = { .a = a, .e = e };
	int rc = lines_open(&r.l, bytes, len, FOREIGN_MAX_BYTES, file, e);

	if (rc < 0)
		return rc;
	r.seen = strmap_new(1024);
	rc = read_all(&r);
	if (rc == 0)
		rc = catalog_of_index(a, file, r.media.v, r.packages.v, r.packages.n, ret, e);
	strmap_free(r.seen);
	VEC_FREE(&r.media);
	VEC_FREE(&r.packages);
	VEC_FREE(&r.depends);
	return rc;
}
