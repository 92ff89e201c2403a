/* catalog.xml, written: one line for each element, attributes in the order of the schema. */
#include "catalog.h"

struct writer {
	struct strbuf *out;
	const char *subject;	/* of what a refusal speaks */
	struct error *e;
	int rc;
};

/* How many bytes of UTF-8 stand at s, as XML takes them; 0: none. */
static size_t character(const unsigned char *s)
{
	static const unsigned char begins[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf5 ? 0 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 :
		   s[0] >= 0xc2 ? 2 : 0, i;
	unsigned long c;

	if (n <= 1)
		return n == 1 && (s[0] >= ' ' || s[0] == '\t' || s[0] == '\n' || s[0] == '\r');
	c = s[0] - begins[n];
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff)) ||
	    (c >= 0xd800 && c <= 0xdfff) || c == 0xfffe || c == 0xffff)
		return 0;
	return n;
}

static void put_character(struct strbuf *out, const char *s, size_t n)
{
	switch (*s) {
	case '&':
		strbuf_adds(out, "&amp;");
		return;
	case '<':
		strbuf_adds(out, "&lt;");
		return;
	case '>':
		strbuf_adds(out, "&gt;");
		return;
	case '"':
		strbuf_adds(out, "&quot;");
		return;
	case '\t':
	case '\n':
	case '\r': /* blanks otherwise, in attributes */
		strbuf_addf(out, "&#%d;", *s);
		return;
	default:
		strbuf_add(out, s, n);
	}
}

/* strict: what can't be said is refused, else it becomes '?'. */
static void put(struct writer *w, const char *name, const char *value, bool strict)
{
	size_t n;

	strbuf_addf(w->out, " %s=\"", name);
	for (; *value != '\0'; value += n) {
		n = character((const unsigned char *)value);
		if (n > 0) {
			put_character(w->out, value, n);
			continue;
		}
		if (strict && w->rc == 0)
			w->rc = error_set(w->e, E_FORMAT, "%s: the %s can't be in a catalog: it "
					  "has control bytes, or is not UTF-8", w->subject, name);
		strbuf_addch(w->out, '?');
		n = 1;
	}
	strbuf_addch(w->out, '"');
}

static void put_number(struct writer *w, const char *name, uint64_t n)
{
	strbuf_addf(w->out, " %s=\"%llu\"", name, (unsigned long long)n);
}

static void put_digest(struct writer *w, const char *name, const struct sha256 *sha)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(sha, hex);
	strbuf_addf(w->out, " %s=\"%s\"", name, hex);
}

static void put_file(struct writer *w, const struct catalog_file *f, bool tree)
{
	w->subject = f->path;
	if (w->rc == 0 && !catalog_path_ok(f->path))
		w->rc = error_set(w->e, E_FORMAT, "'%s' can't be the path of a file in a catalog",
				  f->path);
	put(w, "path", f->path, true);
	if (tree)
		put(w, "form", "tree", true);
	put_number(w, "size", f->size);
	put_digest(w, "sha256", &f->sha);
}

static void put_depend(struct writer *w, const struct depend *d)
{
	const char type[2] = { d->type, '\0' };
	size_t i;

	strbuf_adds(w->out, "   <depend");
	put(w, "type", type, true);
	put(w, "name", d->pkg, true);
	if (d->name[0] != '\0')
		put(w, "title", d->name, false);
	strbuf_adds(w->out, d->n > 0 ? ">" : "/>\n");
	for (i = 0; i < d->n; i++) {
		strbuf_adds(w->out, "<on");
		if (d->alts[i].arch != NULL)
			put(w, "arch", d->alts[i].arch, true);
		if (d->alts[i].version != NULL)
			put(w, "version", d->alts[i].version, true);
		strbuf_adds(w->out, "/>");
	}
	if (d->n > 0)
		strbuf_adds(w->out, "</depend>\n");
}

static void put_alternative(struct writer *w, const struct relation_alt *alt)
{
	static const char *const ops[] = {
		[CMP_LT] = "<<", [CMP_LE] = "<=", [CMP_EQ] = "=", [CMP_GE] = ">=",
		[CMP_GT] = ">>",
	};

	put(w, "name", alt->name, true);
	if (alt->op == CMP_ANY)
		return;
	put(w, "op", ops[alt->op], true);
	put(w, "version", alt->version, true);
}

static void put_relation(struct writer *w, const struct relation *r)
{
	static const char *const kinds[] = {
		[REL_PROVIDES] = "provides", [REL_REQUIRES] = "requires",
		[REL_RECOMMENDS] = "recommends", [REL_CONFLICTS] = "conflicts",
		[REL_REPLACES] = "replaces",
	};
	size_t i;

	strbuf_addf(w->out, "    <%s", kinds[r->kind]);
	put_alternative(w, &r->alts[0]);
	strbuf_adds(w->out, r->n > 1 ? ">" : "/>\n");
	for (i = 1; i < r->n; i++) {
		strbuf_adds(w->out, "<or");
		put_alternative(w, &r->alts[i]);
		strbuf_adds(w->out, "/>");
	}
	if (r->n > 1)
		strbuf_addf(w->out, "</%s>\n", kinds[r->kind]);
}

static void put_relations(struct writer *w, const struct relations *r)
{
	size_t i;

	if (!r->present)
		return;
	strbuf_addf(w->out, "   <relations%s>\n", r->scheme == SCHEME_DEB ? " scheme=\"deb\"" : "");
	for (i = 0; i < r->n; i++)
		put_relation(w, &r->v[i]);
	strbuf_adds(w->out, "   </relations>\n");
}

static void put_package(struct writer *w, const struct catalog_package *cp)
{
	const struct package *p = &cp->package;
	size_t i;

	w->subject = p->pkg;
	strbuf_adds(w->out, "  <package");
	put(w, "name", p->pkg, true);
	put(w, "arch", p->arch != NULL ? p->arch : "", true);
	put(w, "version", p->version, true);
	if (p->category != NULL && p->category[0] != '\0')
		put(w, "category", p->category, false);
	if (p->title != NULL && !str_eq(p->title, p->pkg))
		put(w, "title", p->title, false);
	if (p->basedir != NULL)
		put(w, "basedir", p->basedir, false);
	put_number(w, "payload", p->payload_bytes);
	if (p->priority > 0)
		put_number(w, "priority", p->priority);
	if (cp->has_files)
		put_digest(w, "files", &cp->files);
	if (p->depend.n == 0 && p->compver.n == 0 && !p->relations.present) {
		strbuf_adds(w->out, "/>\n");
		return;
	}
	strbuf_adds(w->out, ">\n");
	for (i = 0; i < p->depend.n; i++)
		put_depend(w, &p->depend.v[i]);
	for (i = 0; i < p->compver.n; i++) {
		strbuf_adds(w->out, "   <compver");
		put(w, "version", p->compver.versions[i], true);
		strbuf_adds(w->out, "/>\n");
	}
	put_relations(w, &p->relations);
	strbuf_adds(w->out, "  </package>\n");
}

int catalog_render(const struct catalog *c, struct strbuf *out, struct error *e)
{
	struct writer w = { .out = out, .e = e };
	size_t i, k = 0;

	strbuf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<catalog xmlns=\"" CATALOG_NAMESPACE "\">\n");
	for (i = 0; i < c->nmedia; i++) {
		strbuf_adds(out, " <medium");
		put_file(&w, &c->media[i].file, c->media[i].tree);
		strbuf_adds(out, ">\n");
		for (; k < c->npackages && c->packages[k].medium == i; k++)
			put_package(&w, &c->packages[k]);
		strbuf_adds(out, " </medium>\n");
	}
	for (i = 0; i < c->ncomponents; i++) {
		w.subject = c->components[i].id;
		strbuf_adds(out, " <component");
		put(&w, "id", c->components[i].id, true);
		put(&w, "version", c->components[i].version, true);
		put_file(&w, &c->components[i].file, false);
		strbuf_adds(out, "/>\n");
	}
	for (i = 0; i < c->nfiles; i++) {
		strbuf_adds(out, " <file");
		put_file(&w, &c->files[i], false);
		strbuf_adds(out, "/>\n");
	}
	strbuf_adds(out, "</catalog>\n");
	return w.rc;
}

/* ---- repo.xml */

int repo_render(const struct repo *r, struct strbuf *out, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct writer w = { .out = out, .e = e, .subject = REPO_NAME };

	strbuf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<repo xmlns=\"" CATALOG_NAMESPACE "\"");
	put(&w, "id", r->id, true);
	put_number(&w, "serial", r->serial);
	put(&w, "issued", repo_time_text(a, r->issued), true);
	put(&w, "expires", repo_time_text(a, r->expires), true);
	if (r->name != NULL)
		put(&w, "name", r->name, true);
	strbuf_adds(out, ">\n <catalog");
	put_file(&w, &r->catalog, false);
	strbuf_adds(out, "/>\n");
	if (r->certificates.path != NULL) {
		strbuf_adds(out, " <certificates");
		put_file(&w, &r->certificates, false);
		strbuf_adds(out, "/>\n");
	}
	if (r->has_root) {
		strbuf_adds(out, " <root-certificate");
		put_digest(&w, "sha256", &r->root);
		put(&w, "subject", r->root_subject, false);
		strbuf_adds(out, "/>\n");
	}
	strbuf_adds(out, "</repo>\n");
	return w.rc;
}
