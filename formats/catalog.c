/* catalog.xml, read: one pass, and what the schema says is checked by hand, with its line. */
#include "catalog.h"

#include <stdarg.h>
#include <stdio.h>

#include "catalog_xml.h"

#define NAME_MAX_BYTES 255u
#define VERSION_MAX_BYTES 256u
#define PATH_MAX_BYTES 1024u
#define DEPTH_MAX 6

enum element {
	EL_CATALOG, EL_MEDIUM, EL_COMPONENT, EL_PACKAGE, EL_DEPEND, EL_COMPVER, EL_RELATIONS,
	EL_FILE, EL_ON, EL_PROVIDES, EL_REQUIRES, EL_RECOMMENDS, EL_CONFLICTS, EL_REPLACES,
	EL_OR, EL_NONE,
};

struct reader {
	struct arena *a;
	const char *file;
	struct error *e;
	int rc;
	unsigned line;
	enum element stack[DEPTH_MAX];
	unsigned depth;
	const struct xml_attribute *at;
	size_t nat;
	unsigned used;			/* attributes, a bit each */
	struct strmap *paths;
	VEC(struct catalog_medium) media;
	VEC(struct catalog_package) packages;
	VEC(struct catalog_component) components;
	VEC(struct catalog_file) files;
	/* of the package at hand */
	VEC(struct depend) depends;
	VEC(struct depend_alt) ons;
	VEC(const char *) compver;
	VEC(struct relation) relations;
	VEC(struct relation_alt) alts;
};

static bool fail(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool fail(struct reader *r, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->rc = error_set(r->e, E_FORMAT, "%s:%u: %s", r->file, r->line, text);
	return false;
}

static void on_complaint(void *ctx, unsigned line, const char *text)
{
	struct reader *r = ctx;

	r->line = line;
	(void)fail(r, "%s", text);
}

/* ---- attributes */

static const struct xml_attribute *find(struct reader *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nat; i++)
		if (str_eq(r->at[i].name, name)) {
			r->used |= 1u << i;
			return &r->at[i];
		}
	return NULL;
}

/* NULL when it is not there; then *ok tells whether it had to be. */
static const char *text(struct reader *r, const char *name, size_t max, bool needed, bool *ok)
{
	const struct xml_attribute *at = find(r, name);

	if (at == NULL && needed)
		*ok = fail(r, "attribute '%s' is missing", name);
	if (at != NULL && (at->len > max || (needed && at->len == 0 && max != SIZE_MAX)))
		*ok = fail(r, "attribute '%s' has %zu bytes (%s)", name, at->len,
			   at->len == 0 ? "at least 1" : "too many");
	return at != NULL && *ok ? xml_attribute_text(r->a, at) : NULL;
}

static bool name_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       memchr("+-._:", c, 5) != NULL;
}

static const char *name_text(struct reader *r, const char *attribute, bool *ok)
{
	const char *s = text(r, attribute, NAME_MAX_BYTES, true, ok), *p;

	for (p = s; *ok && *p != '\0'; p++)
		if (!name_char(*p))
			*ok = fail(r, "'%s' can't be a name", s);
	return s;
}

/* Without white space around and control bytes, as pkginfo has it. */
static const char *version_text(struct reader *r, bool needed, bool *ok)
{
	const char *s = text(r, "version", VERSION_MAX_BYTES, needed, ok), *p;

	for (p = s; s != NULL && *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*ok = fail(r, "a control byte in a version");
	if (s != NULL && *ok && (s[0] == ' ' || s[0] == '\0' || s[strlen(s) - 1] == ' '))
		*ok = fail(r, "'%s' can't be a version", s);
	return s;
}

static uint64_t number(struct reader *r, const char *name, uint64_t max, bool needed, bool *ok)
{
	const struct xml_attribute *at = find(r, name);
	uint64_t n = 0;

	if (at == NULL && needed)
		*ok = fail(r, "attribute '%s' is missing", name);
	if (at != NULL && !str_to_u64(at->value, at->len, 10, max, &n))
		*ok = fail(r, "attribute '%s' is no number up to %llu: '%.*s'", name,
			   (unsigned long long)max, (int)(at->len < 64 ? at->len : 64),
			   at->value);
	return n;
}

static bool digest(struct reader *r, const char *name, bool needed, struct sha256 *ret,
		   bool *ok)
{
	bool fine = true;
	const char *hex = text(r, name, 64, needed, &fine);

	if (fine && hex != NULL && sha256_from_hex(hex, ret) < 0)
		fine = fail(r, "attribute '%s' is no SHA-256: '%s'", name, hex);
	*ok = *ok && fine;
	return fine && hex != NULL;
}

bool catalog_path_ok(const char *path)
{
	const char *p = path;
	size_t n;

	if (*path == '\0' || strlen(path) > PATH_MAX_BYTES)
		return false;
	for (; *p != '\0'; p += n + (p[n] == '/')) {
		n = strcspn(p, "/");
		if (n == 0 || n > 255 || (n == 1 && p[0] == '.') ||
		    (n == 2 && p[0] == '.' && p[1] == '.') || (p[n] == '/' && p[n + 1] == '\0'))
			return false;
	}
	for (p = path; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return true;
}

static bool file_attributes(struct reader *r, struct catalog_file *ret)
{
	bool ok = true;

	ret->path = text(r, "path", PATH_MAX_BYTES, true, &ok);
	if (ok && !catalog_path_ok(ret->path))
		ok = fail(r, "'%s' is no path in a distribution", ret->path);
	if (ok && strmap_put(r->paths, ret->path, r) != NULL)
		ok = fail(r, "'%s' is there twice", ret->path);
	ret->size = number(r, "size", CATALOG_MAX_FILE, true, &ok);
	(void)digest(r, "sha256", true, &ret->sha, &ok);
	return ok;
}

/* One of the words, or -1. */
static int word(struct reader *r, const char *name, const char *const *words, bool *ok)
{
	const struct xml_attribute *at = find(r, name);
	int i;

	for (i = 0; at != NULL && words[i] != NULL; i++)
		if (strlen(words[i]) == at->len && memcmp(words[i], at->value, at->len) == 0)
			return i;
	if (at != NULL)
		*ok = fail(r, "attribute '%s' can't be '%.*s'", name,
			   (int)(at->len < 64 ? at->len : 64), at->value);
	return -1;
}

/* ---- elements begin */

static bool begin_medium(struct reader *r)
{
	static const char *const forms[] = { "file", "tree", NULL };
	struct catalog_medium *m = VEC_PUSH(&r->media);
	bool ok = file_attributes(r, &m->file);

	m->tree = word(r, "form", forms, &ok) == 1;
	m->first = r->packages.n;
	return ok;
}

static bool begin_component(struct reader *r)
{
	struct catalog_component *c = VEC_PUSH(&r->components);
	bool ok = file_attributes(r, &c->file);

	c->id = name_text(r, "id", &ok);
	c->version = version_text(r, true, &ok);
	return ok;
}

static bool begin_package(struct reader *r)
{
	struct catalog_package *cp;
	struct package *p;
	bool ok = true;

	if (r->packages.n == CATALOG_MAX_PACKAGES) {
		r->rc = error_set(r->e, E_LIMIT, "%s:%u: more than %u packages", r->file, r->line,
				  CATALOG_MAX_PACKAGES);
		return false;
	}
	cp = VEC_PUSH(&r->packages);
	cp->medium = r->media.n - 1;
	r->media.v[cp->medium].npackages++;
	p = &cp->package;
	p->pkg = name_text(r, "name", &ok);
	p->version = version_text(r, true, &ok);
	p->arch = text(r, "arch", SIZE_MAX, true, &ok);
	p->category = text(r, "category", SIZE_MAX, false, &ok);
	p->title = text(r, "title", SIZE_MAX, false, &ok);
	p->basedir = text(r, "basedir", SIZE_MAX, false, &ok);
	p->payload_bytes = number(r, "payload", INT64_MAX, false, &ok);
	p->priority = (unsigned)number(r, "priority", CATALOG_MAX_PRIORITY, false, &ok);
	cp->has_files = digest(r, "files", false, &cp->files, &ok);
	if (!ok)
		return false;
	p->dirname = p->pkg;
	if (p->title == NULL)
		p->title = p->pkg;
	if (p->category == NULL)
		p->category = "";
	return true;
}

static bool begin_depend(struct reader *r)
{
	static const char *const types[] = { "P", "I", "R", NULL };
	struct depend *d = VEC_PUSH(&r->depends);
	bool ok = true;
	int type = word(r, "type", types, &ok);

	if (ok && type < 0)
		ok = fail(r, "attribute 'type' is missing");
	if (!ok)
		return false;
	d->type = types[type][0];
	d->line = r->line;
	d->pkg = name_text(r, "name", &ok);
	d->name = text(r, "title", SIZE_MAX, false, &ok);
	if (d->name == NULL)
		d->name = "";
	r->ons.n = 0;
	return ok;
}

static bool begin_on(struct reader *r)
{
	struct depend_alt *alt = VEC_PUSH(&r->ons);
	bool ok = true;

	alt->arch = text(r, "arch", SIZE_MAX, false, &ok);
	alt->version = version_text(r, false, &ok);
	return ok;
}

static bool begin_compver(struct reader *r)
{
	bool ok = true;

	*VEC_PUSH(&r->compver) = version_text(r, true, &ok);
	return ok;
}

static bool begin_relations(struct reader *r)
{
	static const char *const schemes[] = { "svr4", "deb", NULL };
	struct relations *rel = &r->packages.v[r->packages.n - 1].package.relations;
	bool ok = true;

	if (rel->present)
		return fail(r, "a second 'relations' in a package");
	rel->present = true;
	rel->scheme = word(r, "scheme", schemes, &ok) == 1 ? SCHEME_DEB : SCHEME_SVR4;
	return ok;
}

static bool alternative(struct reader *r)
{
	static const char *const ops[] = { "<<", "<=", "=", ">=", ">>", NULL };
	struct relation_alt *alt = VEC_PUSH(&r->alts);
	bool ok = true;
	int op;

	alt->name = name_text(r, "name", &ok);
	op = word(r, "op", ops, &ok);
	alt->op = (enum relation_op)(op + 1);
	alt->version = ok ? version_text(r, false, &ok) : NULL;
	if (ok && (alt->op == CMP_ANY) != (alt->version == NULL))
		ok = fail(r, "'op' and 'version' come together");
	return ok;
}

static bool begin_relation(struct reader *r, enum relation_kind kind)
{
	struct relation *rel = VEC_PUSH(&r->relations);

	rel->kind = kind;
	rel->line = r->line;
	r->alts.n = 0;
	if (!alternative(r))
		return false;
	if (kind == REL_PROVIDES && r->alts.v[0].op != CMP_ANY && r->alts.v[0].op != CMP_EQ)
		return fail(r, "only '=' may stand in 'provides'");
	return true;
}

/* ---- elements end */

static void end_relation(struct reader *r)
{
	struct relation *rel = &r->relations.v[r->relations.n - 1];

	rel->alts = arena_memdup(r->a, r->alts.v, r->alts.n, sizeof(*rel->alts));
	rel->n = r->alts.n;
}

static void end_depend(struct reader *r)
{
	struct depend *d = &r->depends.v[r->depends.n - 1];

	d->alts = arena_memdup(r->a, r->ons.v, r->ons.n, sizeof(*d->alts));
	d->n = r->ons.n;
}

static bool end_package(struct reader *r)
{
	struct package *p = &r->packages.v[r->packages.n - 1].package;

	if (r->depends.n + r->relations.n + r->compver.n > DEPEND_MAX_ENTRIES)
		return fail(r, "more than %u dependencies", DEPEND_MAX_ENTRIES);
	p->depend.v = arena_memdup(r->a, r->depends.v, r->depends.n, sizeof(*p->depend.v));
	p->depend.n = r->depends.n;
	p->compver.versions = arena_memdup(r->a, r->compver.v, r->compver.n,
					   sizeof(*p->compver.versions));
	p->compver.n = r->compver.n;
	p->relations.v = arena_memdup(r->a, r->relations.v, r->relations.n,
				      sizeof(*p->relations.v));
	p->relations.n = r->relations.n;
	r->depends.n = r->compver.n = r->relations.n = 0;
	return true;
}

/* ---- the walk */

static const struct {
	const char *name;
	enum element parents[3];
} elements[] = {
	[EL_CATALOG] = { "catalog", { EL_NONE, EL_NONE, EL_NONE } },
	[EL_MEDIUM] = { "medium", { EL_CATALOG, EL_NONE, EL_NONE } },
	[EL_COMPONENT] = { "component", { EL_CATALOG, EL_NONE, EL_NONE } },
	[EL_PACKAGE] = { "package", { EL_MEDIUM, EL_NONE, EL_NONE } },
	[EL_DEPEND] = { "depend", { EL_PACKAGE, EL_NONE, EL_NONE } },
	[EL_COMPVER] = { "compver", { EL_PACKAGE, EL_NONE, EL_NONE } },
	[EL_RELATIONS] = { "relations", { EL_PACKAGE, EL_NONE, EL_NONE } },
	[EL_FILE] = { "file", { EL_CATALOG, EL_NONE, EL_NONE } },
	[EL_ON] = { "on", { EL_DEPEND, EL_NONE, EL_NONE } },
	[EL_PROVIDES] = { "provides", { EL_RELATIONS, EL_NONE, EL_NONE } },
	[EL_REQUIRES] = { "requires", { EL_RELATIONS, EL_NONE, EL_NONE } },
	[EL_RECOMMENDS] = { "recommends", { EL_RELATIONS, EL_NONE, EL_NONE } },
	[EL_CONFLICTS] = { "conflicts", { EL_RELATIONS, EL_NONE, EL_NONE } },
	[EL_REPLACES] = { "replaces", { EL_RELATIONS, EL_NONE, EL_NONE } },
	[EL_OR] = { "or", { EL_REQUIRES, EL_RECOMMENDS, EL_NONE } },
};
#define ELEMENTS (sizeof(elements) / sizeof(elements[0]))

static bool may_stand(enum element el, enum element parent)
{
	const enum element *p = elements[el].parents;

	if (parent == EL_NONE)
		return el == EL_CATALOG;
	return p[0] == parent || p[1] == parent;
}

static enum element element_of(const char *name, enum element parent)
{
	size_t i;

	for (i = 0; i < ELEMENTS; i++)
		if (str_eq(elements[i].name, name) && may_stand((enum element)i, parent))
			return (enum element)i;
	return EL_NONE;
}

static bool begin_element(struct reader *r, enum element el)
{
	switch (el) {
	case EL_MEDIUM:
		return begin_medium(r);
	case EL_COMPONENT:
		return begin_component(r);
	case EL_FILE:
		return file_attributes(r, VEC_PUSH(&r->files));
	case EL_PACKAGE:
		return begin_package(r);
	case EL_DEPEND:
		return begin_depend(r);
	case EL_COMPVER:
		return begin_compver(r);
	case EL_RELATIONS:
		return begin_relations(r);
	case EL_ON:
		return begin_on(r);
	case EL_PROVIDES:
		return begin_relation(r, REL_PROVIDES);
	case EL_REQUIRES:
		return begin_relation(r, REL_REQUIRES);
	case EL_RECOMMENDS:
		return begin_relation(r, REL_RECOMMENDS);
	case EL_CONFLICTS:
		return begin_relation(r, REL_CONFLICTS);
	case EL_REPLACES:
		return begin_relation(r, REL_REPLACES);
	case EL_OR:
		return alternative(r);
	default:
		return true; /* the catalog itself */
	}
}

static bool all_used(struct reader *r)
{
	size_t i;

	for (i = 0; i < r->nat; i++)
		if ((r->used & (1u << i)) == 0)
			return fail(r, "unknown attribute '%.64s'", r->at[i].name);
	return true;
}

static bool on_begin(void *ctx, unsigned line, const char *name,
		     const struct xml_attribute *attributes, size_t n)
{
	struct reader *r = ctx;
	enum element parent = r->depth > 0 ? r->stack[r->depth - 1] : EL_NONE, el;

	r->line = line;
	r->at = attributes;
	r->nat = n;
	r->used = 0;
	el = element_of(name, parent);
	if (el == EL_NONE)
		return parent == EL_NONE ? fail(r, "'%.64s' where 'catalog' is expected", name) :
			fail(r, "unknown element '%.64s' in '%s'", name, elements[parent].name);
	r->stack[r->depth++] = el; /* parents bound the depth */
	return begin_element(r, el) && all_used(r);
}

static bool on_end(void *ctx, unsigned line)
{
	struct reader *r = ctx;
	enum element el = r->stack[--r->depth];

	r->line = line;
	if (el == EL_PACKAGE)
		return end_package(r);
	if (el == EL_DEPEND)
		end_depend(r);
	else if (el >= EL_PROVIDES && el <= EL_REPLACES)
		end_relation(r);
	return true;
}

static void hand_over(struct reader *r, struct catalog *ret)
{
	*ret = (struct catalog){
		.media = arena_memdup(r->a, r->media.v, r->media.n, sizeof(*ret->media)),
		.nmedia = r->media.n,
		.packages = arena_memdup(r->a, r->packages.v, r->packages.n,
					 sizeof(*ret->packages)),
		.npackages = r->packages.n,
		.components = arena_memdup(r->a, r->components.v, r->components.n,
					   sizeof(*ret->components)),
		.ncomponents = r->components.n,
		.files = arena_memdup(r->a, r->files.v, r->files.n, sizeof(*ret->files)),
		.nfiles = r->files.n,
	};
}

int catalog_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		  struct catalog *ret, struct error *e)
{
	struct reader r = { .a = a, .file = file, .e = e };
	struct xml_handler h = { .begin = on_begin, .end = on_end, .ctx = &r,
				 .complain = on_complaint };

	if (len > CATALOG_MAX_BYTES)
		return error_set(e, E_LIMIT, "%s: larger than %zu bytes", file, CATALOG_MAX_BYTES);
	r.paths = strmap_new(1024);
	if (xml_stream(bytes, len, CATALOG_NAMESPACE, &h))
		hand_over(&r, ret);
	else if (r.rc == 0)
		(void)fail(&r, "it is not well-formed");
	strmap_free(r.paths);
	VEC_FREE(&r.media);
	VEC_FREE(&r.packages);
	VEC_FREE(&r.components);
	VEC_FREE(&r.files);
	VEC_FREE(&r.depends);
	VEC_FREE(&r.ons);
	VEC_FREE(&r.compver);
	VEC_FREE(&r.relations);
	VEC_FREE(&r.alts);
	return r.rc;
}

const struct catalog_file *catalog_find_file(const struct catalog *c, const char *path)
{
	size_t i;

	for (i = 0; i < c->nfiles; i++)
		if (str_eq(c->files[i].path, path))
			return &c->files[i];
	return NULL;
}

/* ---- the schema */

struct first {
	const char *file;
	struct error *e;
	int rc;
};

static void keep_first(void *ctx, unsigned line, const char *words)
{
	struct first *f = ctx;

	if (f->rc == 0)
		f->rc = error_set(f->e, E_FORMAT, "%s:%u: %s", f->file, line, words);
}

int catalog_validate(const char *bytes, size_t len, const char *file, struct error *e)
{
	struct first f = { .file = file, .e = e };

	if (xml_stream_validate(bytes, len, keep_first, &f))
		return 0;
	return f.rc < 0 ? f.rc : error_set(e, E_FORMAT, "%s: it does not follow the schema", file);
}
