/* From the tree of a manifest to its model; everything that is wrong is told. */
#include "manifest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest_xml.h"
#include "pkginfo.h"
#include "pkgmap.h"
#include "version.h"

#define MAX_TEXT 1024u
#define MAX_ID 64u

struct reader {
	struct arena *a;
	struct manifest *m;
	VEC(struct manifest_problem) problems;
	unsigned more;			/* problems that are not kept */
	unsigned line;			/* of the element being read */
	VEC(struct manifest_license) licenses;
	VEC(struct manifest_package) packages;
	VEC(struct manifest_relation) requires, conflicts;
	VEC(struct manifest_os) os;
	VEC(struct manifest_path) paths;
	VEC(struct manifest_service) services;
	VEC(struct manifest_port) ports;
	VEC(struct manifest_config) configs;
	VEC(struct manifest_data) data;
	VEC(struct manifest_migrate) migrations;
};

static void complain_at(void *ctx, unsigned line, const char *text)
{
	struct reader *r = ctx;

	if (r->problems.n == MANIFEST_MAX_PROBLEMS) {
		r->more++;
		return;
	}
	*VEC_PUSH(&r->problems) = (struct manifest_problem){
		.line = line, .text = arena_strdup(r->a, text),
	};
}

__attribute__((format(printf, 2, 3)))
static void complain(struct reader *r, const char *fmt, ...)
{
	va_list ap;
	char text[1024];

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut: still the right line */
	va_end(ap);
	complain_at(r, r->line, text);
}

/* ---- values */

enum value_kind { TEXT, ID, VERSION, RANGE, FILE_PATH, COMMAND, YES_NO, PORT, WORDS };

struct rule {
	const char *name;
	enum value_kind kind;
	bool required;
	const char *words;	/* WORDS: those there are, with blanks between */
};

static bool id_ok(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = strlen(s);

	return n > 0 && n <= MAX_ID && strchr(letters, s[0]) != NULL &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == n;
}

static bool word_known(const char *words, const char *s, size_t len)
{
	while (*words != '\0') {
		size_t n = strcspn(words, " ");

		if (n == len && memcmp(words, s, n) == 0)
			return true;
		words += n + (words[n] == ' ');
	}
	return false;
}

/* ">= 6.0", "5.2": false for what is none. */
static bool parse_bound(struct arena *a, const char *s, size_t len, struct version_bound *ret)
{
	static const struct { const char *text; enum relation_op op; } ops[] = {
		{ ">=", CMP_GE }, { "<=", CMP_LE }, { ">", CMP_GT }, { "<", CMP_LT },
		{ "=", CMP_EQ }, { "", CMP_EQ },
	};
	size_t i, n = 0;

	for (; len > 0 && *s == ' '; s++, len--)
		;
	for (; len > 0 && s[len - 1] == ' '; len--)
		;
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		n = strlen(ops[i].text);
		if (len >= n && memcmp(s, ops[i].text, n) == 0)
			break;
	}
	for (s += n, len -= n; len > 0 && *s == ' '; s++, len--)
		;
	if (len == 0 || memchr(s, ' ', len) != NULL || strchr("<>=", *s) != NULL)
		return false;
	*ret = (struct version_bound){ ops[i].op, arena_strndup(a, s, len) };
	return true;
}

static bool parse_range(struct arena *a, const char *s, struct version_range *ret)
{
	VEC(struct version_bound) v = VEC_INIT;
	bool right = true;

	for (;;) {
		size_t n = strcspn(s, ",");

		right = right && parse_bound(a, s, n, VEC_PUSH(&v));
		if (s[n] == '\0')
			break;
		s += n + 1;
	}
	*ret = (struct version_range){ arena_memdup(a, v.v, v.n, sizeof(*v.v)), v.n };
	VEC_FREE(&v);
	return right;
}

static bool path_ok(struct arena *a, const char *s)
{
	const char *clean;

	return s[0] != '/' && path_canonical(a, s, &clean, NULL) == 0 && str_eq(s, clean);
}

/* A path, then arguments. */
static bool command_ok(struct arena *a, const char *s)
{
	return path_ok(a, arena_strndup(a, s, strcspn(s, " ")));
}

static bool printable(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static void check_words(struct reader *r, const struct rule *rule, const char *value)
{
	size_t n = strspn(value, " ");

	if (value[n] == '\0')
		complain(r, "'%s' is empty (one or more of: %s)", rule->name, rule->words);
	for (value += n; *value != '\0'; value += n + strspn(value + n, " ")) {
		n = strcspn(value, " ");
		if (!word_known(rule->words, value, n))
			complain(r, "'%s' has '%.*s', which is none of: %s", rule->name, (int)n,
				 value, rule->words);
	}
}

static void check_value(struct reader *r, const struct rule *rule, const char *value)
{
	struct version_range range;
	const char *want = NULL;
	uint64_t n;

	if (!printable(value) || strlen(value) > MAX_TEXT) {
		complain(r, "'%s' has control characters, or more than %u bytes", rule->name,
			 MAX_TEXT);
		return;
	}
	switch (rule->kind) {
	case TEXT: want = value[0] != '\0' ? NULL : "a text"; break;
	case ID: want = id_ok(value) ? NULL : "a letter, then letters, digits, _ . -"; break;
	case VERSION: want = value[0] != '\0' && strchr(value, ' ') == NULL &&
			     strlen(value) <= 256 ? NULL : "a version, without blanks"; break;
	case RANGE: want = parse_range(r->a, value, &range) ? NULL :
			   "versions like '5.2' or '>= 6.0, < 8'"; break;
	case FILE_PATH: want = path_ok(r->a, value) ? NULL :
			       "a path without a leading '/' and without '..'"; break;
	case COMMAND: want = command_ok(r->a, value) ? NULL :
			     "a program below the base, without a leading '/' and '..'"; break;
	case YES_NO: want = word_known("yes no", value, strlen(value)) ? NULL : "yes or no"; break;
	case PORT: want = str_to_u64(value, strlen(value), 10, 65535, &n) && n > 0 ? NULL :
			  "a number from 1 to 65535"; break;
	case WORDS: check_words(r, rule, value); break;
	}
	if (want != NULL)
		complain(r, "'%s' is '%s', expected %s", rule->name, value, want);
}

static const char *attribute(const struct xnode *x, const char *name)
{
	size_t i;

	for (i = 0; i < x->nattrs; i++)
		if (str_eq(x->attrs[i].name, name))
			return x->attrs[i].value;
	return NULL;
}

static const char *names_of(struct arena *a, const struct rule *rules)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;

	for (; rules->name != NULL; rules++)
		strbuf_addf(&b, "%s%s", b.len > 0 ? ", " : "", rules->name);
	return arena_strdup(a, b.len > 0 ? b.p : "none");
}

static void check_attributes(struct reader *r, const struct xnode *x, const struct rule *rules)
{
	const struct rule *rule;
	size_t i;

	for (i = 0; i < x->nattrs; i++) {
		for (rule = rules; rule->name != NULL; rule++)
			if (str_eq(rule->name, x->attrs[i].name))
				break;
		if (rule->name == NULL)
			complain(r, "<%s> has no attribute '%s' (there are: %s)", x->name,
				 x->attrs[i].name, names_of(r->a, rules));
		else
			check_value(r, rule, x->attrs[i].value);
	}
	for (rule = rules; rule->name != NULL; rule++)
		if (rule->required && attribute(x, rule->name) == NULL)
			complain(r, "<%s> lacks the attribute '%s'", x->name, rule->name);
}

static struct version_range range_of(struct reader *r, const struct xnode *x, const char *name)
{
	const char *value = attribute(x, name);
	struct version_range range = { .n = 0 };

	if (value != NULL)
		(void)parse_range(r->a, value, &range); /* told by check_value() */
	return range;
}

static bool is(const struct xnode *x, const char *name, const char *value)
{
	const char *have = attribute(x, name);

	return have != NULL && str_eq(have, value);
}

static const char *const *words_of(struct arena *a, const char *value)
{
	size_t n = 0, len;
	const char **list = arena_calloc(a, (value != NULL ? strlen(value) : 0) + 1, sizeof(*list));

	while (value != NULL && *(value += strspn(value, " ")) != '\0') {
		len = strcspn(value, " ");
		list[n++] = arena_strndup(a, value, len);
		value += len;
	}
	return list;
}

/* ---- elements */

static void read_title(struct reader *r, const struct xnode *x)
{
	if (r->m->title != NULL)
		complain(r, "a second <title>");
	if (x->text[0] == '\0' || !printable(x->text) || strlen(x->text) > MAX_TEXT)
		complain(r, "<title> is to be one line of text");
	r->m->title = x->text;
}

static void read_description(struct reader *r, const struct xnode *x)
{
	if (r->m->description != NULL)
		complain(r, "a second <description>");
	r->m->description = x->text;
}

static void read_license(struct reader *r, const struct xnode *x)
{
	struct manifest_license *l = VEC_PUSH(&r->licenses);

	*l = (struct manifest_license){ attribute(x, "file"), attribute(x, "name"), x->line };
	if (l->file == NULL && l->name == NULL)
		complain(r, "<license> wants a 'file', a 'name', or both");
}

static void read_base(struct reader *r, const struct xnode *x)
{
	if (r->m->base != NULL)
		complain(r, "a second <base>");
	r->m->base = attribute(x, "dir");
	r->m->fixed_base = is(x, "relocatable", "no");
}

static void read_package(struct reader *r, const struct xnode *x)
{
	struct manifest_package p = { attribute(x, "name"), attribute(x, "version"),
				      attribute(x, "arch"), attribute(x, "when"), x->line };
	size_t i;

	if (p.name == NULL)
		return;
	if (!pkginfo_instance_ok(p.name) || strchr(p.name, '.') != NULL)
		complain(r, "'name' is '%s', which is no name of a package", p.name);
	for (i = 0; i < r->packages.n; i++) {
		const struct manifest_package *q = &r->packages.v[i];

		if (str_eq(q->name, p.name) && ((q->arch == NULL && p.arch == NULL) ||
		    (q->arch != NULL && p.arch != NULL && str_eq(q->arch, p.arch))))
			complain(r, "package '%s' is named already in line %u", p.name, q->line);
	}
	*VEC_PUSH(&r->packages) = p;
}

static struct manifest_relation relation_of(struct reader *r, const struct xnode *x)
{
	return (struct manifest_relation){
		.component = attribute(x, "component"), .range = range_of(r, x, "version"),
		.remote = is(x, "scope", "remote"), .soft = is(x, "strength", "soft"),
		.line = x->line,
	};
}

static void read_requires(struct reader *r, const struct xnode *x)
{
	struct manifest_relation rel = relation_of(r, x);

	if (rel.component != NULL && r->m->id != NULL && str_eq(rel.component, r->m->id))
		complain(r, "'%s' requires itself", r->m->id);
	*VEC_PUSH(&r->requires) = rel;
}

static void read_conflicts(struct reader *r, const struct xnode *x)
{
	struct manifest_relation rel = relation_of(r, x);

	if (rel.component != NULL && r->m->id != NULL && r->m->version != NULL &&
	    str_eq(rel.component, r->m->id) && version_range_holds(&rel.range, r->m->version))
		complain(r, "'%s' %s conflicts with itself", r->m->id, r->m->version);
	*VEC_PUSH(&r->conflicts) = rel;
}

static void read_os(struct reader *r, const struct xnode *x)
{
	*VEC_PUSH(&r->os) = (struct manifest_os){
		attribute(x, "name"), range_of(r, x, "version"), attribute(x, "arch"), x->line };
}

#define STRATEGIES "in-place side-by-side coexistent"

static unsigned strategy_bits(const char *const *words)
{
	static const struct { const char *word; enum manifest_strategy bit; } table[] = {
		{ "in-place", STRATEGY_IN_PLACE }, { "side-by-side", STRATEGY_SIDE_BY_SIDE },
		{ "coexistent", STRATEGY_COEXISTENT },
	};
	unsigned bits = 0;
	size_t i;

	for (; *words != NULL; words++)
		for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
			if (str_eq(table[i].word, *words))
				bits |= table[i].bit;
	return bits;
}

static void read_path(struct reader *r, const struct xnode *x)
{
	const char *const *words = words_of(r->a, attribute(x, "strategy"));
	const char *const *best = words_of(r->a, attribute(x, "recommended"));
	unsigned all = strategy_bits(words), one = strategy_bits(best);

	if (one == 0 && words[0] != NULL)
		one = strategy_bits((const char *const[]){ words[0], NULL });
	if ((all & one) != one)
		complain(r, "'recommended' is '%s', which is none of its strategies", best[0]);
	*VEC_PUSH(&r->paths) = (struct manifest_path){
		.from = range_of(r, x, "from"), .arch = attribute(x, "arch"), .strategies = all,
		.recommended = (enum manifest_strategy)one, .line = x->line };
}

static void read_service(struct reader *r, const struct xnode *x)
{
	struct manifest_service s = { attribute(x, "name"), attribute(x, "stop"),
				      attribute(x, "start"), attribute(x, "check"), x->line };
	size_t i;

	for (i = 0; s.name != NULL && i < r->services.n; i++)
		if (r->services.v[i].name != NULL && str_eq(r->services.v[i].name, s.name))
			complain(r, "service '%s' is named already in line %u", s.name,
				 r->services.v[i].line);
	*VEC_PUSH(&r->services) = s;
}

static void read_port(struct reader *r, const struct xnode *x)
{
	const char *value = attribute(x, "default");
	const char *shifted = attribute(x, "beside");
	struct manifest_port p = { .name = attribute(x, "name"), .udp = is(x, "protocol", "udp"),
				   .file = attribute(x, "file"), .key = attribute(x, "key"),
				   .line = x->line };
	uint64_t n = 0, beside = 0;
	size_t i;

	if (value != NULL)
		(void)str_to_u64(value, strlen(value), 10, 65535, &n); /* told by check_value() */
	p.number = (uint32_t)n;
	if (shifted != NULL)
		(void)str_to_u64(shifted, strlen(shifted), 10, 65535, &beside);
	p.beside = (uint32_t)beside;
	if ((p.file == NULL) != (p.key == NULL) || (p.beside != 0 && p.file == NULL))
		complain(r, "'file' and 'key' go together, and 'beside' wants both");
	for (i = 0; n > 0 && i < r->ports.n; i++)
		if (r->ports.v[i].number == p.number && r->ports.v[i].udp == p.udp)
			complain(r, "port %u is named already in line %u", p.number,
				 r->ports.v[i].line);
	*VEC_PUSH(&r->ports) = p;
}

static void read_config(struct reader *r, const struct xnode *x)
{
	*VEC_PUSH(&r->configs) = (struct manifest_config){
		.file = attribute(x, "file"),
		.merge = is(x, "merge", "keys") ? MERGE_KEYS :
			 is(x, "merge", "none") ? MERGE_NONE : MERGE_TEXT,
		.validate = attribute(x, "validate"), .line = x->line };
}

static void read_data(struct reader *r, const struct xnode *x)
{
	struct manifest_data d = { .path = attribute(x, "path"), .format = attribute(x, "format"),
				   .oneway = is(x, "oneway", "yes"),
				   .save = words_of(r->a, attribute(x, "save")), .line = x->line };
	size_t i;

	for (i = 0; d.save[i] != NULL; i++)
		if (!path_ok(r->a, d.save[i]))
			complain(r, "'save' has '%s', expected a path without a leading '/' and "
				 "without '..'", d.save[i]);
	*VEC_PUSH(&r->data) = d;
}

static void read_migrate(struct reader *r, const struct xnode *x)
{
	*VEC_PUSH(&r->migrations) = (struct manifest_migrate){
		.from = range_of(r, x, "from"), .exec = attribute(x, "exec"),
		.undo = attribute(x, "undo"), .prepare = attribute(x, "prepare"),
		.install = attribute(x, "install"), .again = attribute(x, "again"),
		.dry_run = is(x, "dryrun", "yes"),
		.line = x->line };
	if ((attribute(x, "prepare") == NULL) != (attribute(x, "install") == NULL))
		complain(r, "'prepare' and 'install' go together");
}

#define END { .name = NULL }
static const struct rule component_rules[] = {
	{ "id", ID, true, NULL }, { "version", VERSION, true, NULL },
	{ "kind", WORDS, false, "product shared l10n" }, { "translates", ID, false, NULL },
	{ "languages", TEXT, false, NULL }, END };

static const struct element {
	const char *name;
	void (*read)(struct reader *r, const struct xnode *x);
	bool text;
	struct rule rules[8];
} elements[] = {
	{ "title", read_title, true, { END } },
	{ "description", read_description, true, { END } },
	{ "license", read_license, false, { { "file", FILE_PATH, false, NULL },
					    { "name", TEXT, false, NULL }, END } },
	{ "base", read_base, false, { { "dir", FILE_PATH, true, NULL },
				      { "relocatable", YES_NO, false, NULL }, END } },
	{ "package", read_package, false, { { "name", TEXT, true, NULL },
		{ "version", VERSION, false, NULL }, { "arch", TEXT, false, NULL },
		{ "when", WORDS, false, "l10n" }, END } },
	{ "requires", read_requires, false, { { "component", ID, true, NULL },
		{ "version", RANGE, false, NULL }, { "scope", WORDS, false, "local remote" },
		{ "strength", WORDS, false, "hard soft" }, END } },
	{ "conflicts", read_conflicts, false, { { "component", ID, true, NULL },
		{ "version", RANGE, false, NULL }, END } },
	{ "os", read_os, false, { { "name", ID, true, NULL }, { "version", RANGE, false, NULL },
				  { "arch", TEXT, false, NULL }, END } },
	{ "path", read_path, false, { { "from", RANGE, true, NULL }, { "arch", TEXT, false, NULL },
		{ "strategy", WORDS, true, STRATEGIES },
		{ "recommended", WORDS, false, STRATEGIES }, END } },
	{ "service", read_service, false, { { "name", ID, true, NULL },
		{ "stop", COMMAND, true, NULL }, { "start", COMMAND, true, NULL },
		{ "check", COMMAND, false, NULL }, END } },
	{ "port", read_port, false, { { "default", PORT, true, NULL }, { "name", ID, false, NULL },
				      { "protocol", WORDS, false, "tcp udp" },
				      { "file", FILE_PATH, false, NULL },
				      { "key", TEXT, false, NULL },
				      { "beside", PORT, false, NULL }, END } },
	{ "config", read_config, false, { { "file", FILE_PATH, true, NULL },
		{ "merge", WORDS, false, "text keys none" },
		{ "validate", COMMAND, false, NULL }, END } },
	{ "data", read_data, false, { { "path", FILE_PATH, true, NULL },
		{ "format", TEXT, false, NULL }, { "oneway", YES_NO, false, NULL },
		{ "save", TEXT, false, NULL }, END } },
	{ "migrate", read_migrate, false, { { "from", RANGE, true, NULL },
		{ "exec", COMMAND, true, NULL }, { "undo", COMMAND, false, NULL },
		{ "prepare", COMMAND, false, NULL }, { "install", COMMAND, false, NULL },
		{ "again", COMMAND, false, NULL }, { "dryrun", YES_NO, false, NULL }, END } },
};

static const char *element_names(struct arena *a)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	for (i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
		strbuf_addf(&b, "%s%s", i > 0 ? ", " : "", elements[i].name);
	return arena_strdup(a, b.p);
}

static void read_element(struct reader *r, const struct xnode *x)
{
	const struct element *el = elements;
	const struct element *end = elements + sizeof(elements) / sizeof(elements[0]);

	r->line = x->line;
	while (el < end && !str_eq(el->name, x->name))
		el++;
	if (el == end || x->foreign) {
		complain(r, "there is no element <%s>%s (expected: %s)", x->name,
			 x->foreign && el < end ? " of another namespace" : "",
			 element_names(r->a));
		return;
	}
	check_attributes(r, x, el->rules);
	if (x->nchildren > 0)
		complain(r, "<%s> has no elements within, not even <%s>", x->name,
			 x->children[0]->name);
	if (!el->text && x->text[0] != '\0')
		complain(r, "<%s> has no text: its words are attributes", x->name);
	el->read(r, x);
}

static void check_kind(struct reader *r)
{
	bool l10n = r->m->kind == COMPONENT_L10N;

	if (l10n && r->m->translates == NULL)
		complain(r, "a component of kind l10n names what it 'translates'");
	if (!l10n && r->m->translates != NULL)
		complain(r, "'translates' is for components of kind l10n");
	if (!l10n && r->m->languages[0] != NULL)
		complain(r, "'languages' is for components of kind l10n");
	if (r->m->title == NULL)
		complain(r, "there is no <title>");
}

static void read_component(struct reader *r, const struct xnode *x)
{
	size_t i;

	r->line = x->line;
	if (x->foreign || !str_eq(x->name, "component")) {
		complain(r, "it is <%s>, expected <component xmlns=\"" MANIFEST_NAMESPACE "\">",
			 x->name);
		return;
	}
	check_attributes(r, x, component_rules);
	r->m->id = attribute(x, "id");
	r->m->version = attribute(x, "version");
	r->m->kind = is(x, "kind", "shared") ? COMPONENT_SHARED :
		     is(x, "kind", "l10n") ? COMPONENT_L10N : COMPONENT_PRODUCT;
	r->m->translates = attribute(x, "translates");
	r->m->languages = words_of(r->a, attribute(x, "languages"));
	if (x->text[0] != '\0')
		complain(r, "<component> has no text between its elements");
	for (i = 0; i < x->nchildren; i++)
		read_element(r, x->children[i]);
	r->line = x->line;
	check_kind(r);
}

/* ---- the whole */

static int by_line(const void *a, const void *b)
{
	const struct manifest_problem *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

#define KEEP(list) \
	(r->m->n##list = r->list.n, \
	 r->m->list = arena_memdup(r->a, r->list.v, r->list.n, sizeof(*r->list.v)), \
	 VEC_FREE(&r->list))

static void keep_lists(struct reader *r)
{
	if (r->problems.n > 0)
		qsort(r->problems.v, r->problems.n, sizeof(*r->problems.v), by_line);
	KEEP(problems);
	KEEP(licenses);
	KEEP(packages);
	KEEP(requires);
	KEEP(conflicts);
	KEEP(os);
	KEEP(paths);
	KEEP(services);
	KEEP(ports);
	KEEP(configs);
	KEEP(data);
	KEEP(migrations);
}

int manifest_parse(struct arena *a, const char *bytes, size_t len, const char *file,
		   struct manifest *ret, struct error *e)
{
	struct reader r = { .a = a, .m = ret };
	struct xml_doc *doc;
	size_t n;

	*ret = (struct manifest){ .id = NULL };
	if (len > MANIFEST_MAX_BYTES)
		return error_set(e, E_LIMIT, "'%s' is larger than %zu bytes", file,
				 MANIFEST_MAX_BYTES);
	doc = xml_read(a, bytes, len, MANIFEST_NAMESPACE, complain_at, &r);
	if (doc != NULL)
		read_component(&r, xml_root(doc));
	if (doc != NULL && r.problems.n == 0)
		/* what it says is in the problems */
		(void)xml_validate(doc, XML_COMPONENT, complain_at, &r);
	xml_close(doc);
	keep_lists(&r);
	n = ret->nproblems;
	if (n == 0)
		return 0;
	error_set(e, E_FORMAT, "%s:%u: %s", file, ret->problems[0].line, ret->problems[0].text);
	return n > 1 ? error_hint(e, "and %zu more", n - 1 + r.more) : -E_FORMAT;
}

bool manifest_probe(const char *bytes, size_t len)
{
	size_t i = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (i < len && strchr(" \t\r\n", bytes[i]) != NULL && bytes[i] != '\0')
		i++;
	return i < len && bytes[i] == '<';
}

bool version_range_holds(const struct version_range *r, const char *version)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		int c = version_compare(version, r->v[i].version);
		enum relation_op op = r->v[i].op;
		bool holds = op == CMP_GE ? c >= 0 : op == CMP_LE ? c <= 0 : op == CMP_GT ? c > 0 :
			     op == CMP_LT ? c < 0 : c == 0;

		if (!holds)
			return false;
	}
	return true;
}

const char *version_range_text(struct arena *a, const struct version_range *r)
{
	static const char *const ops[] = { [CMP_ANY] = "", [CMP_LT] = "< ", [CMP_LE] = "<= ",
					   [CMP_EQ] = "", [CMP_GE] = ">= ", [CMP_GT] = "> " };
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	size_t i;

	for (i = 0; i < r->n; i++)
		strbuf_addf(&b, "%s%s%s", i > 0 ? ", " : "", ops[r->v[i].op], r->v[i].version);
	return b.len > 0 ? arena_strdup(a, b.p) : "any";
}
