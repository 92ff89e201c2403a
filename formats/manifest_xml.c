#include "manifest_xml.h"

#include <ctype.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/tree.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"

/* libxml2 2.9.14 takes time by the square of the number of attributes. */
#define XML_MAX_TAG 16384u
#define XML_OPTIONS (XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_BIG_LINES)

struct xml_doc {
	xmlDocPtr doc;
	struct xnode *root;
};

struct complaint {
	xml_complain *complain;
	void *ctx;
	bool doctype;
	bool said;
};

/* manifests/, in the program: there is no path to it that could be wrong. */
__asm__(".section .rodata\n"
	".global commpkg_component_rng\n"
	"commpkg_component_rng:\n"
	".incbin \"manifests/component.rng\"\n"
	".byte 0\n"
	".global commpkg_catalog_rng\n"
	"commpkg_catalog_rng:\n"
	".incbin \"manifests/catalog.rng\"\n"
	".byte 0\n"
	".previous\n");
extern const char commpkg_component_rng[], commpkg_catalog_rng[];

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void)
{
	xmlInitParser();
}

void xml_ready(void)
{
	(void)pthread_once(&once, start); /* can't fail with a valid argument */
}

static void say(struct complaint *c, unsigned line, const char *text)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	while (*text != '\0') {
		strbuf_addch(&b, *text == '\n' ? ' ' : *text);
		text++;
	}
	while (b.len > 0 && b.p[b.len - 1] == ' ')
		b.p[--b.len] = '\0';
	c->said = true;
	c->complain(c->ctx, line, strbuf_str(&b));
}

static void on_error(void *ctx, xmlErrorPtr err)
{
	struct complaint *c = ctx;

	if (err->level == XML_ERR_NONE || err->message == NULL || c->doctype)
		return;
	say(c, err->line > 0 ? (unsigned)err->line : 0, err->message);
}

static void on_parse_error(void *p, xmlErrorPtr err)
{
	on_error(((xmlParserCtxtPtr)p)->_private, err);
}

/* Before anything in it is read. */
static void on_doctype(void *p, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	xmlParserCtxtPtr x = p;
	struct complaint *c = x->_private;

	(void)name;
	(void)external;
	(void)system;
	say(c, (unsigned)xmlSAX2GetLineNumber(x), "a DOCTYPE is not allowed here");
	c->doctype = true;
	xmlStopParser(x);
}

/* Of the text around: what libxml2 should not even see. */
static bool harmless(const char *bytes, size_t len, struct complaint *c)
{
	unsigned line = 1;
	size_t i, begin = 0;

	for (i = 0; i < len; i++) {
		if (bytes[i] == '\0') {
			say(c, line, "a NUL byte: only UTF-8 is read here");
			return false;
		}
		line += bytes[i] == '\n';
		if (bytes[i] == '<' || bytes[i] == '>')
			begin = i;
		else if (i - begin > XML_MAX_TAG) {
			say(c, line, "a tag or text of more than 16384 bytes");
			return false;
		}
	}
	if (len >= 2 && (unsigned char)bytes[0] >= 0xfe) {
		say(c, 1, "only UTF-8 is read here");
		return false;
	}
	return true;
}

bool xml_harmless(const char *bytes, size_t len, xml_complain *complain, void *ctx)
{
	return harmless(bytes, len, &(struct complaint){ .complain = complain, .ctx = ctx });
}

static bool encoding_right(const xmlDoc *doc, struct complaint *c)
{
	const char *name = (const char *)doc->encoding;

	if (name == NULL || strcasecmp(name, "UTF-8") == 0 || strcasecmp(name, "US-ASCII") == 0)
		return true;
	say(c, 1, "only UTF-8 is read here, not the encoding it declares");
	return false;
}

/* ---- the tree */

struct maker {
	struct arena *a;
	const char *namespace;
};

static const char *trimmed(struct arena *a, const struct strbuf *b)
{
	const char *s = strbuf_str(b);
	size_t n;

	while (*s != '\0' && isspace((unsigned char)*s))
		s++;
	for (n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]); n--)
		;
	return arena_strndup(a, s, n);
}

static bool ours(const struct maker *m, const xmlNs *ns)
{
	return ns != NULL && ns->href != NULL && str_eq((const char *)ns->href, m->namespace);
}

static void make_attributes(struct maker *m, const xmlNode *n, struct xnode *x)
{
	const xmlAttr *at;
	size_t i = 0;

	for (at = n->properties; at != NULL; at = at->next)
		i++;
	x->attrs = arena_calloc(m->a, i, sizeof(*x->attrs));
	for (at = n->properties; at != NULL; at = at->next) {
		xmlChar *value = xmlNodeListGetString(n->doc, at->children, 1);
		const char *prefix = at->ns != NULL ? (const char *)at->ns->prefix : NULL;

		x->attrs[x->nattrs].name = prefix != NULL ?
			arena_printf(m->a, "%s:%s", prefix, (const char *)at->name) :
			arena_strdup(m->a, (const char *)at->name);
		x->attrs[x->nattrs++].value =
			arena_strdup(m->a, value != NULL ? (const char *)value : "");
		xmlFree(value);
	}
}

/* Depth is bounded by the parser (256). */
static struct xnode *make_node(struct maker *m, const xmlNode *n)
{
	struct xnode *x = arena_calloc(m->a, 1, sizeof(*x));
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	const xmlNode *c;

	x->name = arena_strdup(m->a, (const char *)n->name);
	x->foreign = !ours(m, n->ns);
	x->line = (unsigned)xmlGetLineNo(n);
	make_attributes(m, n, x);
	for (c = n->children; c != NULL; c = c->next)
		x->nchildren += c->type == XML_ELEMENT_NODE;
	x->children = arena_calloc(m->a, x->nchildren, sizeof(struct xnode *));
	x->nchildren = 0;
	for (c = n->children; c != NULL; c = c->next) {
		if (c->type == XML_ELEMENT_NODE)
			x->children[x->nchildren++] = make_node(m, c);
		else if ((c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE) &&
			 c->content != NULL)
			strbuf_adds(&text, (const char *)c->content);
	}
	x->text = trimmed(m->a, &text);
	return x;
}

static xmlDocPtr parse(const char *bytes, size_t len, struct complaint *c)
{
	xmlParserCtxtPtr x = xmlNewParserCtxt();
	xmlDocPtr doc;

	if (x == NULL)
		abort();
	x->_private = c;
	x->sax->internalSubset = on_doctype;
	x->sax->serror = on_parse_error;
	x->userData = x;
	doc = xmlCtxtReadMemory(x, bytes, (int)len, NULL, NULL, XML_OPTIONS);
	if (doc == NULL && !c->said)
		say(c, 1, "it is not well-formed");
	if (c->doctype && doc != NULL) {
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(x);
	return doc;
}

struct xml_doc *xml_read(struct arena *a, const char *bytes, size_t len, const char *namespace,
			 xml_complain *complain, void *ctx)
{
	struct complaint c = { .complain = complain, .ctx = ctx };
	struct maker m = { .a = a, .namespace = namespace };
	struct xml_doc *d;
	xmlDocPtr doc;

	xml_ready();
	if (!harmless(bytes, len, &c))
		return NULL;
	doc = parse(bytes, len, &c);
	if (doc == NULL)
		return NULL;
	if (!encoding_right(doc, &c) || xmlDocGetRootElement(doc) == NULL) {
		xmlFreeDoc(doc);
		return NULL;
	}
	d = xcalloc(1, sizeof(*d));
	d->doc = doc;
	d->root = make_node(&m, xmlDocGetRootElement(doc));
	return d;
}

const struct xnode *xml_root(const struct xml_doc *d)
{
	return d->root;
}

void xml_close(struct xml_doc *d)
{
	if (d == NULL)
		return;
	xmlFreeDoc(d->doc);
	free(d);
}

/* ---- the schema */

const char *xml_schema_text(enum xml_schema schema)
{
	return schema == XML_CATALOG ? commpkg_catalog_rng : commpkg_component_rng;
}

bool xml_validate(struct xml_doc *d, enum xml_schema which, xml_complain *complain, void *ctx)
{
	const char *text = xml_schema_text(which);
	struct complaint c = { .complain = complain, .ctx = ctx };
	xmlRelaxNGParserCtxtPtr p;
	xmlRelaxNGValidCtxtPtr v = NULL;
	xmlRelaxNGPtr schema;
	bool valid = false;

	xmlSetStructuredErrorFunc(&c, on_error);
	p = xmlRelaxNGNewMemParserCtxt(text, (int)strlen(text));
	schema = p != NULL ? xmlRelaxNGParse(p) : NULL;
	if (schema != NULL)
		v = xmlRelaxNGNewValidCtxt(schema);
	if (v != NULL)
		valid = xmlRelaxNGValidateDoc(v, d->doc) == 0;
	xmlSetStructuredErrorFunc(NULL, NULL);
	xmlRelaxNGFreeValidCtxt(v);
	xmlRelaxNGFree(schema);
	xmlRelaxNGFreeParserCtxt(p);
	if (!valid && !c.said)
		say(&c, 0, "it does not follow the schema");
	return valid;
}
