/*
 * XML that is too large for a tree: elements one by one, as they come; the border to libxml2
 * for catalog.c. The same is refused as by manifest_xml.h: a DOCTYPE, other encodings than
 * UTF-8, tags without end, what is not well-formed.
 */
#ifndef FORMATS_CATALOG_XML_H
#define FORMATS_CATALOG_XML_H

#include "manifest_xml.h"

#define XML_MAX_ATTRIBUTES 16u

struct xml_attribute {
	const char *name;
	const char *value;	/* len bytes, no NUL behind them; a '&' is "&#38;" */
	size_t len;
};
/* Its value as it was meant. */
char *xml_attribute_text(struct arena *a, const struct xml_attribute *at);

/* What is called while it is read; false stops (the callee has complained). */
struct xml_handler {
	bool (*begin)(void *ctx, unsigned line, const char *name,
		      const struct xml_attribute *attributes, size_t n);
	bool (*end)(void *ctx, unsigned line);
	void *ctx;
	xml_complain *complain;	/* the same ctx */
};

/* Elements of the namespace only: others are complained of, and text that is not blank. True:
 * it was well-formed, and nobody stopped. */
bool xml_stream(const char *bytes, size_t len, const char *namespace,
		const struct xml_handler *h);
/* By manifests/catalog.rng, in the memory of one element. */
bool xml_stream_validate(const char *bytes, size_t len, xml_complain *complain, void *ctx);

#endif
