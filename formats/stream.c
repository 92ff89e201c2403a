#include "stream.h"

#include <string.h>

#include "cpio.h"

struct header_parser {
	struct arena *a;
	const char *name;	/* of the stream */
	unsigned line;
	struct strmap *names;
	VEC(struct stream_package) packages;
};

static int header_error(const struct header_parser *p, struct error *e, const char *what)
{
	return error_set(e, E_FORMAT, "'%s': line %u of the datastream header %s", p->name,
			 p->line, what);
}

/* The next word of a line, or false. */
static bool word_next(const char **s, const char *end, const char **ret, size_t *ret_len)
{
	const char *p = *s;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	*ret = p;
	while (p < end && *p != ' ' && *p != '\t')
		p++;
	*ret_len = (size_t)(p - *ret);
	*s = p;
	return *ret_len > 0;
}

static bool number_next(const char **s, const char *end, uint64_t max, uint64_t *ret)
{
	const char *word;
	size_t len;

	return word_next(s, end, &word, &len) && str_to_u64(word, len, 10, max, ret);
}

static int check_volumes(const struct header_parser *p, const struct stream_package *pkg,
			 const char *s, const char *end, struct error *e)
{
	const char *rest = s, *word;
	uint64_t here;
	size_t len;

	if (!word_next(&rest, end, &word, &len))
		return 0; /* all on one volume, as nearly always */
	if (!number_next(&s, end, PKGMAP_MAX_PARTS, &here))
		return header_error(p, e, "has a bad number of parts of a volume");
	if (here < pkg->nparts)
		return error_set(e, E_UNSUPPORTED,
				 "'%s': package %s is spread over several volumes: "
				 "%llu of its %u parts are here",
				 p->name, pkg->name, (unsigned long long)here, pkg->nparts);
	return 0;
}

static int parse_package(struct header_parser *p, const char *s, const char *end,
			 struct error *e)
{
	struct stream_package pkg = { .first = 0 };
	const char *word;
	uint64_t nparts;
	size_t len;

	if (!word_next(&s, end, &word, &len))
		return header_error(p, e, "is blank");
	pkg.name = arena_strndup(p->a, word, len);
	if (!pkginfo_instance_ok(pkg.name))
		return header_error(p, e, "has a bad package name");
	if (strmap_put(p->names, pkg.name, (void *)pkg.name) != NULL)
		return header_error(p, e, "names a package a second time");
	if (!number_next(&s, end, PKGMAP_MAX_PARTS, &nparts) || nparts == 0)
		return header_error(p, e, "has a bad number of parts");
	pkg.nparts = (uint32_t)nparts;
	if (!number_next(&s, end, UINT64_MAX, &pkg.maxblocks))
		return header_error(p, e, "has a bad size");
	if (p->packages.n == MEDIUM_MAX_PACKAGES)
		return error_set(e, E_LIMIT, "'%s' has more than %u packages", p->name,
				 MEDIUM_MAX_PACKAGES);
	*VEC_PUSH(&p->packages) = pkg;
	return check_volumes(p, &pkg, s, end, e);
}

/* The suffix of the magic line names variants; the one with zip members can't be read
 * by anybody's cpio. */
static int check_magic(const struct header_parser *p, const char *s, size_t len,
		       struct error *e)
{
	if (len < STREAM_MAGIC_LEN || memcmp(s, STREAM_MAGIC, STREAM_MAGIC_LEN) != 0)
		return error_set(e, E_FORMAT, "'%s' is not a datastream", p->name);
	s += STREAM_MAGIC_LEN;
	len -= STREAM_MAGIC_LEN;
	if (len >= 4 && memcmp(s, ":zip", 4) == 0)
		return error_set(e, E_UNSUPPORTED, "'%s' is a zip datastream, which can't be read "
				 "(pkgtrans of its system makes a plain one)", p->name);
	return 0;
}

/* 1: that was the last line. */
static int parse_line(struct header_parser *p, const char *s, size_t len, struct error *e)
{
	p->line++;
	if (memchr(s, '\0', len) != NULL)
		return header_error(p, e, "has a NUL byte");
	if (p->line == 1)
		return check_magic(p, s, len, e);
	if (len == strlen(STREAM_END) && memcmp(s, STREAM_END, len) == 0)
		return 1;
	if (len == 0 || s[0] == '#')
		return 0;
	return parse_package(p, s, s + len, e);
}

/* What is shorter than a block and begins otherwise is no cut one, but something else. */
static bool begins_otherwise(const char *block, uint64_t len)
{
	return len > 0 && memcmp(block, STREAM_MAGIC, len < STREAM_MAGIC_LEN ? len :
						      STREAM_MAGIC_LEN) != 0;
}

/* Reads block after block and hands out lines, until the last one. */
static int parse_blocks(struct header_parser *p, struct source *s, struct strbuf *text,
			struct error *e)
{
	char block[STREAM_BLOCK];
	const char *nl;
	size_t at = 0;
	int rc;

	for (;;) {
		rc = source_read(s, block, sizeof(block), e);
		if (rc == -E_FORMAT && text->len == 0 && source_offset(s) < STREAM_BLOCK &&
		    begins_otherwise(block, source_offset(s)))
			return error_set(e, E_FORMAT, "'%s' is not a datastream", p->name);
		if (rc < 0)
			return error_prefix(e, "in the datastream header");
		strbuf_add(text, block, sizeof(block));
		if (text->len == STREAM_BLOCK &&
		    memcmp(text->p, STREAM_MAGIC, STREAM_MAGIC_LEN) != 0)
			return error_set(e, E_FORMAT, "'%s' is not a datastream", p->name);
		while ((nl = memchr(text->p + at, '\n', text->len - at)) != NULL) {
			rc = parse_line(p, text->p + at, (size_t)(nl - (text->p + at)), e);
			if (rc != 0)
				return rc;
			at = (size_t)(nl - text->p) + 1;
		}
		if (text->len - at > STREAM_MAX_LINE)
			return header_error(p, e, "is followed by one that is too long");
		if (text->len > STREAM_MAX_HEADER)
			return error_set(e, E_LIMIT, "the datastream header of '%s' is longer than "
					 "%zu bytes", p->name, STREAM_MAX_HEADER);
	}
}

int stream_header_read(struct arena *a, struct source *s, const char *name,
		       struct stream_header *ret, struct error *e)
{
	struct header_parser p = { .a = a, .name = name };
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	int rc;

	p.names = strmap_new(64);
	rc = parse_blocks(&p, s, &text, e);
	if (rc == 1 && p.packages.n == 0)
		rc = error_set(e, E_FORMAT, "the datastream header of '%s' names no package", name);
	if (rc == 1) {
		ret->n = p.packages.n;
		ret->v = arena_calloc(a, ret->n, sizeof(*ret->v));
		memcpy(ret->v, p.packages.v, ret->n * sizeof(*ret->v));
		ret->size = source_offset(s);
	}
	VEC_FREE(&p.packages);
	strmap_free(p.names);
	return rc < 0 ? rc : 0;
}
