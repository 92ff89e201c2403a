/*
 * XML as a small tree of our own; the border to libxml2 for manifest.c and catalog_repo.c.
 * (What is too large for a tree is read by catalog_xml.h.)
 */
#ifndef FORMATS_MANIFEST_XML_H
#define FORMATS_MANIFEST_XML_H

#include <stdbool.h>

#include "arena.h"
#include "error.h"

struct xnode {
	const char *name;
	bool foreign;			/* not of our namespace */
	unsigned line;
	struct { const char *name, *value; } *attrs;
	size_t nattrs;
	const char *text;		/* of itself, white space trimmed; "" */
	struct xnode **children;	/* elements */
	size_t nchildren;
};

/* Told of everything that is wrong; words without file and line. */
typedef void xml_complain(void *ctx, unsigned line, const char *text);

struct xml_doc;
/* The whole document, well-formed and harmless; NULL: told why. */
struct xml_doc *xml_read(struct arena *a, const char *bytes, size_t len, const char *namespace,
			 xml_complain *complain, void *ctx);
const struct xnode *xml_root(const struct xml_doc *d);
/* By the schemas in manifests/. */
enum xml_schema { XML_COMPONENT, XML_CATALOG };
bool xml_validate(struct xml_doc *d, enum xml_schema schema, xml_complain *complain, void *ctx);
void xml_close(struct xml_doc *d); /* takes NULL */
/* Of the text as bytes: what libxml2 should not even see (xml_read() looks by itself). */
bool xml_harmless(const char *bytes, size_t len, xml_complain *complain, void *ctx);
/* The text of a schema. */
const char *xml_schema_text(enum xml_schema schema);
/* libxml2 is ready for threads; any number of times. */
void xml_ready(void);

#endif
