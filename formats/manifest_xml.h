/*
 * XML as a small tree of our own; the border to libxml2 for manifest.c.
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
/* By manifests/component.rng. */
bool xml_validate(struct xml_doc *d, xml_complain *complain, void *ctx);
void xml_close(struct xml_doc *d); /* takes NULL */

#endif
