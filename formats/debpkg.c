#include "debpkg.h"

#include "digest.h"
#include "pkgmap.h"

#define PKG_MAX 32u
#define HASH_DIGITS 8u
#define DEB_PREFIX "deb:"

/* ---- names */

static bool pkg_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '-';
}

const char *debpkg_name(struct arena *a, const char *deb_name)
{
	char hex[SHA256_HEX_SIZE], *out;
	struct sha256 sum;
	size_t n = strlen(deb_name), i;

	if (pkginfo_name_ok(deb_name))
		return arena_strdup(a, deb_name);
	sha256_of(deb_name, n, &sum);
	sha256_hex(&sum, hex);
	/* a letter in front where there is none */
	out = arena_printf(a, "%s%s", n > 0 && deb_name[0] >= 'a' ? "" : "d", deb_name);
	n = strlen(out);
	if (n > PKG_MAX - HASH_DIGITS - 1)
		n = PKG_MAX - HASH_DIGITS - 1;
	for (i = 0; i < n; i++)
		if (!pkg_char(out[i]))
			out[i] = '-';
	return arena_printf(a, "%.*s-%.*s", (int)n, out, (int)HASH_DIGITS, hex);
}

const char *debpkg_provider(struct arena *a, const char *provided)
{
	return str_has_prefix(provided, DEB_PREFIX) ?
	       debpkg_name(a, provided + strlen(DEB_PREFIX)) : NULL;
}

const char *debpkg_arch(struct arena *a, const char *deb_arch)
{
	static const char *const map[][2] = {
		{ "amd64", "x86_64" }, { "arm64", "aarch64" }, { "armhf", "armv7l" },
		{ "ppc64el", "ppc64le" }, { "x32", "x86_64" },
	};

	for (size_t i = 0; i < sizeof(map) / sizeof(*map); i++)
		if (str_eq(deb_arch, map[i][0]))
			return map[i][1];
	return arena_strndup(a, deb_arch, strnlen(deb_arch, 16)); /* ARCH words end at 16 */
}

/* ---- pkginfo */

/* As pkginfo reads it back: no quote in front, no backslash or blank at the end, and
 * ASCII where the parameter has to be. */
static const char *value_text(struct arena *a, const char *s, size_t max, bool ascii)
{
	size_t n = strcspn(s, "\n"), i;
	char *out;

	while (n > 0 && strchr("'\" \t", s[0]) != NULL) {
		s++;
		n--;
	}
	if (n > max)
		n = max;
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--; /* not within a character */
	while (n > 0 && strchr("\\ \t", s[n - 1]) != NULL)
		n--;
	out = arena_strndup(a, s, n);
	for (i = 0; i < n; i++)
		if (out[i] == '\t' || (ascii && (unsigned char)out[i] >= 0x80))
			out[i] = out[i] == '\t' ? ' ' : '?';
	return out;
}

/* Section `non-free/libs` is libs; only letters and digits, at most 16. */
static const char *category(struct arena *a, const struct deb_control *c)
{
	const char *section = deb_control_get(c, "Section"), *slash;
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	if (section == NULL)
		return "application";
	slash = strrchr(section, '/');
	for (const char *p = slash != NULL ? slash + 1 : section; *p != '\0' && b.len < 16; p++)
		if (pkg_char(*p) && *p != '+' && *p != '-')
			strbuf_addch(&b, *p);
	return b.len > 0 ? arena_printf(a, "application,%s", strbuf_str(&b)) : "application";
}

static void set(struct arena *a, struct pkginfo *info, const char *name, const char *value,
		size_t max)
{
	if (value != NULL && value[0] != '\0')
		pkginfo_set(a, info, name, value_text(a, value, max, false));
}

static const char *joined(struct arena *a, const char *const *words, size_t n)
{
	const char *s = "";

	for (size_t i = 0; i < n; i++)
		s = arena_printf(a, "%s%s%s", s, i > 0 ? " " : "", words[i]);
	return s;
}

int debpkg_pkginfo(struct arena *a, const struct deb_control *control,
		   const char *const *scripts, size_t nscripts, const char *file,
		   struct pkginfo *ret, struct error *e)
{
	const char *name = deb_control_get(control, "Package");
	const char *version = deb_control_get(control, "Version");
	const char *title = deb_control_get(control, "Description");
	struct pkginfo info = { .n = 0 };
	int rc;

	title = value_text(a, title != NULL ? title : name, 256, true);
	pkginfo_set(a, &info, "PKG", debpkg_name(a, name));
	pkginfo_set(a, &info, "NAME", title[0] != '\0' ? title : name);
	pkginfo_set(a, &info, "ARCH", debpkg_arch(a, deb_control_get(control, "Architecture")));
	pkginfo_set(a, &info, "VERSION", version);
	pkginfo_set(a, &info, "CATEGORY", category(a, control));
	set(a, &info, "DESC", deb_control_get(control, "Description"), 256);
	set(a, &info, "VENDOR", deb_control_get(control, "Maintainer"), 256);
	pkginfo_set(a, &info, "BASEDIR", "/");
	pkginfo_set(a, &info, "CLASSES", "none");
	pkginfo_set(a, &info, "PSTAMP", arena_printf(a, "deb2pkg:%s_%s", name, version));
	pkginfo_set(a, &info, "DEB_PACKAGE", name);
	set(a, &info, "DEB_ARCHITECTURE", deb_control_get(control, "Architecture"), 64);
	set(a, &info, "DEB_SOURCE", deb_control_get(control, "Source"), 256);
	set(a, &info, "DEB_MULTI_ARCH", deb_control_get(control, "Multi-Arch"), 64);
	set(a, &info, "DEB_HOMEPAGE", deb_control_get(control, "Homepage"), 256);
	if (nscripts > 0)
		pkginfo_set(a, &info, "DEB_SCRIPTS", joined(a, scripts, nscripts));
	rc = pkginfo_check_new(&info, file, e);
	if (rc == 0)
		*ret = info;
	return rc;
}

/* ---- relations */

struct lister {
	struct arena *a;
	const char *file, *field;
	VEC(struct relation) v;
	VEC(struct relation_alt) alts;
	size_t count;
	struct error *e;
};

static int bad(struct lister *l, const char *at, const char *what)
{
	return error_set(l->e, E_FORMAT, "%s: %s: %s near '%.40s'", l->file, l->field, what, at);
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t\n\r");
}

static const struct {
	const char *text;
	enum relation_op op;
} ops[] = {
	/* longer ones first; < and > are old spellings of <= and >= (policy 7.1) */
	{ "<<", CMP_LT }, { "<=", CMP_LE }, { ">=", CMP_GE }, { ">>", CMP_GT },
	{ "=", CMP_EQ }, { "<", CMP_LE }, { ">", CMP_GE },
};

/* `(OP VERSION)` at *p, which is moved behind it. */
static int read_constraint(struct lister *l, const char **p, struct relation_alt *alt)
{
	const char *s = skip_blanks(*p + 1);
	size_t i, n;

	for (i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (str_has_prefix(s, ops[i].text))
			break;
	if (i == sizeof(ops) / sizeof(*ops))
		return bad(l, *p, "no operator");
	alt->op = ops[i].op;
	s = skip_blanks(s + strlen(ops[i].text));
	n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-~:");
	if (n == 0 || n > 256)
		return bad(l, *p, "no version");
	alt->version = arena_strndup(l->a, s, n);
	s = skip_blanks(s + n);
	if (*s != ')')
		return bad(l, *p, "no ')'");
	*p = s + 1;
	return 0;
}

/* `NAME[:ARCH] [(OP VERSION)]`; the architecture is of no interest here. */
static int read_one(struct lister *l, const char **p)
{
	struct relation_alt *alt = VEC_PUSH(&l->alts);
	const char *s = skip_blanks(*p);
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.");

	if (n == 0 || n > 200 || strchr("+-.", s[0]) != NULL)
		return bad(l, s, "no package name");
	if (l->count++ == DEBPKG_MAX_RELATIONS)
		return error_set(l->e, E_LIMIT, "%s: more than %u relations", l->file,
				 DEBPKG_MAX_RELATIONS);
	alt->name = arena_printf(l->a, DEB_PREFIX "%.*s", (int)n, s);
	s += n;
	if (*s == ':')
		s += 1 + strspn(s + 1, "abcdefghijklmnopqrstuvwxyz0123456789-");
	*p = skip_blanks(s);
	return **p == '(' ? read_constraint(l, p, alt) : 0;
}

static void push(struct lister *l, enum relation_kind kind)
{
	struct relation *r = VEC_PUSH(&l->v);

	r->kind = kind;
	r->n = l->alts.n;
	r->alts = arena_calloc(l->a, r->n, sizeof(*r->alts));
	memcpy(r->alts, l->alts.v, r->n * sizeof(*r->alts));
	l->alts.n = 0;
}

/* `A | B, C`: alternatives only where they mean something. */
static int read_list(struct lister *l, const char *text, enum relation_kind kind)
{
	bool may_choose = kind == REL_REQUIRES || kind == REL_RECOMMENDS;
	const char *p = skip_blanks(text);
	int rc;

	while (*p != '\0') {
		if (*p == ',') { /* dpkg takes empty members */
			p = skip_blanks(p + 1);
			continue;
		}
		rc = read_one(l, &p);
		if (rc < 0)
			return rc;
		p = skip_blanks(p);
		if (*p == '|' && may_choose) {
			p++;
			continue;
		}
		if (*p != ',' && *p != '\0')
			return bad(l, p, "no ',' or '|'");
		push(l, kind);
	}
	return l->alts.n == 0 ? 0 : bad(l, text, "nothing after '|'");
}

static const struct {
	const char *field;
	enum relation_kind kind;
} fields[] = {
	{ "Provides", REL_PROVIDES },	  { "Pre-Depends", REL_REQUIRES },
	{ "Depends", REL_REQUIRES },	  { "Recommends", REL_RECOMMENDS },
	{ "Conflicts", REL_CONFLICTS },	  { "Breaks", REL_CONFLICTS },
	{ "Replaces", REL_REPLACES },
};

static void provide_self(struct lister *l, const struct deb_control *control)
{
	*VEC_PUSH(&l->alts) = (struct relation_alt){
		.name = arena_printf(l->a, DEB_PREFIX "%s", deb_control_get(control, "Package")),
		.op = CMP_EQ, .version = deb_control_get(control, "Version"),
	};
	push(l, REL_PROVIDES);
}

/* Only `= VERSION` can be provided; dpkg refuses to build others. */
static int check_provides(struct lister *l)
{
	for (size_t i = 0; i < l->v.n; i++)
		if (l->v.v[i].kind == REL_PROVIDES && l->v.v[i].alts[0].op != CMP_ANY &&
		    l->v.v[i].alts[0].op != CMP_EQ)
			return bad(l, l->v.v[i].alts[0].name, "provided, but not with '='");
	return 0;
}

int debpkg_relations(struct arena *a, const struct deb_control *control, const char *file,
		     struct relations *ret, struct error *e)
{
	struct lister l = { .a = a, .file = file, .e = e };
	int rc = 0;

	provide_self(&l, control);
	for (size_t i = 0; rc == 0 && i < sizeof(fields) / sizeof(*fields); i++) {
		const char *text = deb_control_get(control, fields[i].field);

		l.field = fields[i].field;
		if (text != NULL)
			rc = read_list(&l, text, fields[i].kind);
	}
	l.field = "Provides";
	if (rc == 0)
		rc = check_provides(&l);
	if (rc == 0) {
		*ret = (struct relations){ .present = true, .scheme = SCHEME_DEB };
		ret->n = l.v.n;
		ret->v = arena_calloc(a, l.v.n, sizeof(*ret->v));
		memcpy(ret->v, l.v.v, l.v.n * sizeof(*ret->v));
	}
	VEC_FREE(&l.v);
	VEC_FREE(&l.alts);
	return rc;
}

/* ---- depend */

static bool provided(const struct relations *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].kind == REL_PROVIDES && str_eq(r->v[i].alts[0].name, name))
			return true;
	return false;
}

/* depend(4) has no order of versions: a P without one says less and is still true; an
 * I without one would say more, and be wrong. */
static bool sayable(const struct relations *r, const struct relation *x, const char *pkg,
		    const char *own)
{
	const struct relation_alt *alt = &x->alts[0];

	if (x->n != 1 || str_eq(pkg, own))
		return false;
	if (x->kind == REL_REQUIRES)
		return true;
	return x->kind == REL_CONFLICTS && (alt->op == CMP_ANY || alt->op == CMP_EQ) &&
	       !provided(r, alt->name);
}

void debpkg_depend(struct arena *a, const struct relations *r, const char *own,
		   struct depends *ret)
{
	struct depend *d = arena_calloc(a, r->n, sizeof(*d));
	struct strmap *seen = strmap_new(r->n);
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct relation_alt *alt = &r->v[i].alts[0];
		const char *pkg = debpkg_name(a, alt->name + strlen(DEB_PREFIX)), *key;

		key = arena_printf(a, "%d%s", r->v[i].kind == REL_REQUIRES, pkg);
		if (!sayable(r, &r->v[i], pkg, own) || strmap_put(seen, key, d) != NULL)
			continue;
		d[n] = (struct depend){
			.type = r->v[i].kind == REL_REQUIRES ? 'P' : 'I', .pkg = pkg,
			.name = alt->name + strlen(DEB_PREFIX),
		};
		if (alt->op == CMP_EQ) {
			d[n].n = 1;
			d[n].alts = arena_alloc(a, sizeof(*d[n].alts));
			d[n].alts->version = alt->version;
		}
		n++;
	}
	strmap_free(seen);
	*ret = (struct depends){ .v = d, .n = n };
}

/* ---- paths */

static const char *unsayable_text(const char *s)
{
	if (strlen(s) > PKGMAP_MAX_PATH)
		return "too long";
	for (const char *p = s; *p != '\0'; p++) {
		if (*p == ' ')
			return "a blank";
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return "a control byte";
		if (*p == '$' && (p == s || p[-1] == '/'))
			return "'$' at the start of a component";
	}
	return NULL;
}

const char *debpkg_unsayable(const struct deb_entry *en)
{
	const char *why = unsayable_text(en->path);

	if (why == NULL && strchr(en->path, '=') != NULL)
		why = "'='";
	if (why == NULL && en->target != NULL)
		why = unsayable_text(en->target);
	if (why == NULL && en->type == 'c' && en->major == 0 && en->minor == 0)
		why = "device 0,0";
	return why;
}
