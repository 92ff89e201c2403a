#include "catalog_xml.h"

#include <ctype.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/xmlreader.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "str.h"

#define PIECE ((size_t)64 << 10)
#define STREAM_OPTIONS (XML_PARSE_NONET | XML_PARSE_BIG_LINES)

struct streaming {
	const struct xml_handler *h;
	const char *namespace;
	xmlParserCtxtPtr x;
	bool stopped;
};

/* Without a tree libxml2 leaves that one reference alone. */
char *xml_attribute_text(struct arena *a, const struct xml_attribute *at)
{
	char *text = arena_strndup(a, at->value, at->len), *in, *out;

	out = strstr(text, "&#38;");
	for (in = out; in != NULL && *in != '\0'; out++) {
		bool reference = strncmp(in, "&#38;", 5) == 0;

		*out = *in;
		in += reference ? 5 : 1;
	}
	if (out != NULL)
		*out = '\0';
	return text;
}

static unsigned line_of(const struct streaming *s)
{
	return (unsigned)xmlSAX2GetLineNumber(s->x);
}

static void stop(struct streaming *s)
{
	s->stopped = true;
	xmlStopParser(s->x);
}

/* libxml2's words end with a newline. */
static void say(const struct streaming *s, unsigned line, const char *text)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (; *text != '\0'; text++)
		strbuf_addch(&b, *text == '\n' ? ' ' : *text);
	while (b.len > 0 && b.p[b.len - 1] == ' ')
		b.p[--b.len] = '\0';
	s->h->complain(s->h->ctx, line, strbuf_str(&b));
}

static void on_error(void *ctx, xmlErrorPtr err)
{
	struct streaming *s = ctx;

	if (err->level == XML_ERR_NONE || err->message == NULL || s->stopped)
		return;
	say(s, err->line > 0 ? (unsigned)err->line : 0, err->message);
	stop(s);
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	struct streaming *s = ctx;

	(void)name;
	(void)external;
	(void)system;
	say(s, line_of(s), "a DOCTYPE is not allowed here");
	stop(s);
}

static void on_begin(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int nns, const xmlChar **ns, int n, int ndefaulted, const xmlChar **v)
{
	struct streaming *s = ctx;
	struct xml_attribute at[XML_MAX_ATTRIBUTES];
	int i;

	(void)prefix;
	(void)nns;
	(void)ns;
	(void)ndefaulted;
	if (s->stopped)
		return;
	if (uri == NULL || !str_eq((const char *)uri, s->namespace)) {
		say(s, line_of(s), "an element of another namespace");
		stop(s);
		return;
	}
	if (n > (int)XML_MAX_ATTRIBUTES) {
		say(s, line_of(s), "an element with more than 16 attributes");
		stop(s);
		return;
	}
	for (i = 0; i < n; i++) {
		at[i].name = v[5 * i + 1] == NULL ? (const char *)v[5 * i] : ":";
		at[i].value = (const char *)v[5 * i + 3];
		at[i].len = (size_t)(v[5 * i + 4] - v[5 * i + 3]);
	}
	if (!s->h->begin(s->h->ctx, line_of(s), (const char *)name, at, (size_t)n))
		stop(s);
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct streaming *s = ctx;

	(void)name;
	(void)prefix;
	(void)uri;
	if (!s->stopped && !s->h->end(s->h->ctx, line_of(s)))
		stop(s);
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
	struct streaming *s = ctx;
	int i;

	for (i = 0; i < len && !s->stopped; i++) {
		if (isspace(text[i]))
			continue;
		say(s, line_of(s), "text where only elements are allowed");
		stop(s);
	}
}

/* Of the XML declaration: "UTF-8" or nothing. */
static bool encoding_right(const char *bytes, size_t len)
{
	const char *end = memmem(bytes, len < 512 ? len : 512, "?>", 2), *at, *close;
	size_t n = end != NULL && len > 5 && memcmp(bytes, "<?xml", 5) == 0 ?
		   (size_t)(end - bytes) : 0;

	at = n > 0 ? memmem(bytes, n, "encoding", 8) : NULL;
	if (at == NULL)
		return true;
	at += 8;
	while (at < end && *at != '"' && *at != '\'')
		at++;
	close = at < end ? memchr(at + 1, *at, (size_t)(end - at - 1)) : NULL;
	if (close == NULL)
		return true; /* the parser has words for that */
	n = (size_t)(close - at - 1);
	return (n == 5 && strncasecmp(at + 1, "UTF-8", n) == 0) ||
	       (n == 8 && strncasecmp(at + 1, "US-ASCII", n) == 0);
}

static bool fit(const char *bytes, size_t len, xml_complain *complain, void *ctx)
{
	xml_ready();
	if (!xml_harmless(bytes, len, complain, ctx))
		return false;
	if (encoding_right(bytes, len))
		return true;
	complain(ctx, 1, "only UTF-8 is read here, not the encoding it declares");
	return false;
}

static bool feed(struct streaming *s, const char *bytes, size_t len)
{
	while (len > 0 && !s->stopped) {
		size_t n = len < PIECE ? len : PIECE;

		(void)xmlParseChunk(s->x, bytes, (int)n, 0); /* tells on_error() */
		bytes += n;
		len -= n;
	}
	if (!s->stopped)
		(void)xmlParseChunk(s->x, NULL, 0, 1);
	if (!s->stopped && !s->x->wellFormed) {
		say(s, line_of(s), "it is not well-formed");
		s->stopped = true;
	}
	return !s->stopped;
}

bool xml_stream(const char *bytes, size_t len, const char *namespace,
		const struct xml_handler *h)
{
	struct streaming s = { .h = h, .namespace = namespace };
	xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC, .startElementNs = on_begin, .endElementNs = on_end,
		.characters = on_text, .cdataBlock = on_text, .internalSubset = on_doctype,
		.serror = on_error,
	};
	bool done;

	if (!fit(bytes, len, h->complain, h->ctx))
		return false;
	s.x = xmlCreatePushParserCtxt(&sax, &s, NULL, 0, NULL);
	if (s.x == NULL)
		abort();
	(void)xmlCtxtUseOptions(s.x, STREAM_OPTIONS);
	done = feed(&s, bytes, len);
	if (s.x->myDoc != NULL)
		xmlFreeDoc(s.x->myDoc);
	xmlFreeParserCtxt(s.x);
	return done;
}

/* ---- the schema */

struct validating {
	xml_complain *complain;
	void *ctx;
	bool said;
};

static void on_invalid(void *ctx, xmlErrorPtr err)
{
	struct validating *v = ctx;
	struct xml_handler h = { .complain = v->complain, .ctx = v->ctx };
	struct streaming s = { .h = &h };

	if (err->level == XML_ERR_NONE || err->message == NULL)
		return;
	v->said = true;
	say(&s, err->line > 0 ? (unsigned)err->line : 0, err->message);
}

static bool read_by(xmlRelaxNGPtr schema, const char *bytes, size_t len)
{
	xmlTextReaderPtr r = xmlReaderForMemory(bytes, (int)len, NULL, NULL, STREAM_OPTIONS);
	int rc = r != NULL && xmlTextReaderRelaxNGSetSchema(r, schema) == 0 ? 1 : -1;

	while (rc == 1) {
		rc = xmlTextReaderRead(r);
		if (rc == 1 && xmlTextReaderNodeType(r) == XML_READER_TYPE_DOCUMENT_TYPE)
			rc = -1;
	}
	if (rc == 0 && xmlTextReaderIsValid(r) != 1)
		rc = -1;
	xmlFreeTextReader(r);
	return rc == 0;
}

bool xml_stream_validate(const char *bytes, size_t len, xml_complain *complain, void *ctx)
{
	struct validating v = { .complain = complain, .ctx = ctx };
	const char *text = xml_schema_text(XML_CATALOG);
	xmlRelaxNGParserCtxtPtr p;
	xmlRelaxNGPtr schema;
	bool valid;

	if (!fit(bytes, len, complain, ctx))
		return false;
	xmlSetStructuredErrorFunc(&v, on_invalid);
	p = xmlRelaxNGNewMemParserCtxt(text, (int)strlen(text));
	schema = p != NULL ? xmlRelaxNGParse(p) : NULL;
	valid = schema != NULL && read_by(schema, bytes, len);
	xmlSetStructuredErrorFunc(NULL, NULL);
	xmlRelaxNGFree(schema);
	xmlRelaxNGFreeParserCtxt(p);
	if (!valid && !v.said)
		complain(ctx, 0, "it does not follow the schema");
	return valid;
}
