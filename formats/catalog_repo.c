/* repo.xml, read: small, so by the tree and by the schema. */
#include <stdio.h>
#include <time.h>

#include "catalog.h"
#include "manifest_xml.h"

#define SERIAL_MAX ((uint64_t)1000000000000000)

struct reader {
	struct arena *a;
	const char *file;
	struct error *e;
	int rc;
};

static void complain(void *ctx, unsigned line, const char *text)
{
	struct reader *r = ctx;

	if (r->rc == 0) /* the first is enough */
		r->rc = error_set(r->e, E_FORMAT, "%s:%u: %s", r->file, line, text);
}

static const char *attribute(const struct xnode *x, const char *name)
{
	size_t i;

	for (i = 0; i < x->nattrs; i++)
		if (str_eq(x->attrs[i].name, name))
			return x->attrs[i].value;
	return NULL;
}

static const struct xnode *child(const struct xnode *x, const char *name)
{
	size_t i;

	for (i = 0; i < x->nchildren; i++)
		if (!x->children[i]->foreign && str_eq(x->children[i]->name, name))
			return x->children[i];
	return NULL;
}

static uint64_t number(struct reader *r, const struct xnode *x, const char *name, uint64_t max)
{
	const char *s = attribute(x, name);
	uint64_t n = 0;

	if (s == NULL || !str_to_u64(s, strlen(s), 10, max, &n))
		complain(r, x->line, arena_printf(r->a, "'%s' is no number up to %llu", name,
						  (unsigned long long)max));
	return n;
}

static void digest(struct reader *r, const struct xnode *x, struct sha256 *ret)
{
	const char *hex = attribute(x, "sha256");

	if (hex == NULL || sha256_from_hex(hex, ret) < 0)
		complain(r, x->line, "'sha256' is no SHA-256");
}

static void file(struct reader *r, const struct xnode *x, uint64_t max, struct catalog_file *ret)
{
	ret->path = attribute(x, "path");
	if (ret->path == NULL || !catalog_path_ok(ret->path))
		complain(r, x->line, "'path' is no path in a distribution");
	ret->size = number(r, x, "size", max);
	digest(r, x, &ret->sha);
}

/* Years 1970 to 9999. */
static int64_t time_of(struct reader *r, const struct xnode *x, const char *name)
{
	const char *s = attribute(x, name);
	struct tm tm = { .tm_isdst = 0 };
	const char *end = s != NULL ? strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;
	int64_t t = end != NULL && *end == '\0' ? timegm(&tm) : -1;

	if (t < 0 || !str_eq(repo_time_text(r->a, t), s)) {
		complain(r, x->line, arena_printf(r->a, "'%s' is no time", name));
		return 0;
	}
	return t;
}

const char *repo_time_text(struct arena *a, int64_t t)
{
	time_t seconds = (time_t)t;
	char text[32] = "?";
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return arena_strdup(a, text);
}

bool repo_id_ok(const char *id)
{
	size_t i;

	for (i = 0; id[i] != '\0'; i++)
		if (!((id[i] >= '0' && id[i] <= '9') || (id[i] >= 'A' && id[i] <= 'Z') ||
		      (id[i] >= 'a' && id[i] <= 'z') ||
		      (i > 0 && memchr("._-", id[i], 3) != NULL)))
			return false;
	return i > 0 && i <= 64;
}

static void read_repo(struct reader *r, const struct xnode *x, struct repo *ret)
{
	const struct xnode *c;

	ret->id = attribute(x, "id");
	ret->name = attribute(x, "name");
	if (ret->id == NULL || !repo_id_ok(ret->id))
		complain(r, x->line, "'id' is no name of a distribution");
	ret->serial = number(r, x, "serial", SERIAL_MAX);
	if (ret->serial == 0)
		complain(r, x->line, "'serial' begins at 1");
	ret->issued = time_of(r, x, "issued");
	ret->expires = time_of(r, x, "expires");
	c = child(x, "catalog");
	if (c != NULL)
		file(r, c, CATALOG_MAX_BYTES, &ret->catalog);
	c = child(x, "certificates");
	if (c != NULL)
		file(r, c, REPO_MAX_BYTES * 64, &ret->certificates);
	c = child(x, "root-certificate");
	if (c == NULL)
		return;
	ret->has_root = true;
	digest(r, c, &ret->root);
	ret->root_subject = attribute(c, "subject");
}

int repo_parse(struct arena *a, const char *bytes, size_t len, const char *name,
	       struct repo *ret, struct error *e)
{
	struct reader r = { .a = a, .file = name, .e = e };
	struct repo repo = { .serial = 0 };
	struct xml_doc *doc;

	if (len > REPO_MAX_BYTES)
		return error_set(e, E_LIMIT, "%s: larger than %zu bytes", name, REPO_MAX_BYTES);
	doc = xml_read(a, bytes, len, CATALOG_NAMESPACE, complain, &r);
	if (doc == NULL && r.rc == 0)
		complain(&r, 1, "it is not well-formed");
	if (doc != NULL && (xml_root(doc)->foreign || !str_eq(xml_root(doc)->name, "repo")))
		complain(&r, xml_root(doc)->line, "'repo' is expected here");
	if (doc != NULL && r.rc == 0 && xml_validate(doc, XML_CATALOG, complain, &r))
		read_repo(&r, xml_root(doc), &repo);
	xml_close(doc);
	if (r.rc == 0)
		*ret = repo;
	return r.rc;
}
