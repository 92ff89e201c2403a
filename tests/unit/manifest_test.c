/* Manifests: what is read, what is refused, and in which words. */
#include "text_fixture.h"

#include "formats/manifest.h"

#define HEAD "<component xmlns=\"urn:commpkg:component:1\" id=\"MS\" version=\"7.0\">\n"
#define TITLE "<title>T</title>\n"

static int parse(const char *text, struct manifest *m)
{
	error_clear(&e);
	return manifest_parse(a, text, strlen(text), "x.xml", m, &e);
}

static void the_example_of_the_design(void **state)
{
	AUTO_FILE FILE *f = fopen("tests/corpus/manifest/MS", "rb");
	char text[8192];
	struct manifest m;
	size_t n;

	(void)state;
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	if (parse(text, &m) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(m.id, "MS");
	assert_int_equal(m.kind, COMPONENT_PRODUCT);
	assert_string_equal(m.title, "Messaging Server");
	assert_int_equal(m.npackages, 2);
	assert_string_equal(m.packages[1].when, "l10n");
	assert_int_equal(m.nrequires, 2);
	assert_false(m.requires[0].remote);
	assert_true(m.requires[1].remote);
	assert_true(version_range_holds(&m.requires[0].range, "3.12"));
	assert_false(version_range_holds(&m.requires[0].range, "3.11"));
	assert_int_equal(m.paths[0].recommended, STRATEGY_SIDE_BY_SIDE);
	assert_int_equal(m.paths[1].strategies, STRATEGY_SIDE_BY_SIDE | STRATEGY_COEXISTENT);
	assert_int_equal(m.paths[1].recommended, STRATEGY_COEXISTENT);
	assert_int_equal(m.ports[0].number, 143);
	assert_true(m.data[0].oneway);
	assert_string_equal(m.data[0].save[1], "mboxlist");
	assert_string_equal(m.migrations[0].undo, "lib/migrate-config -u");
	assert_string_equal(version_range_text(a, &m.conflicts[0].range), "< 6.0");
}

static const struct {
	const char *what, *text;
	unsigned line;
	const char *words;
} rows[] = {
	{ "nothing", "", 1, "" },
	{ "no xml", "hello", 1, "Start tag expected" },
	{ "cut", HEAD TITLE, 3, "" },
	{ "other root", "<x/>", 1, "expected <component xmlns=\"urn:commpkg:component:1\">" },
	{ "no namespace", "<component id=\"A\" version=\"1\"/>", 1, "expected <component xmlns=" },
	{ "no title", HEAD "</component>", 1, "there is no <title>" },
	{ "two titles", HEAD TITLE TITLE "</component>", 3, "a second <title>" },
	{ "no id", "<component xmlns=\"urn:commpkg:component:1\" version=\"1\">" TITLE "</component>",
	  1, "lacks the attribute 'id'" },
	{ "unknown element", HEAD TITLE "\n<pakage/></component>", 4, "expected: title, description" },
	{ "foreign element", HEAD TITLE "<package xmlns=\"urn:x\" name=\"A\"/></component>", 3,
	  "of another namespace" },
	{ "unknown attribute", HEAD TITLE "<base dir=\"x\" path=\"y\"/></component>", 3,
	  "no attribute 'path' (there are: dir, relocatable)" },
	{ "text", HEAD TITLE "words</component>", 1, "no text between its elements" },
	{ "child", HEAD TITLE "<base dir=\"x\"><a/></base></component>", 3, "no elements within" },
	{ "absolute", HEAD TITLE "<base dir=\"/x\"/></component>", 3, "without a leading '/'" },
	{ "up", HEAD TITLE "<config file=\"../x\"/></component>", 3, "without '..'" },
	{ "command up", HEAD TITLE "<service name=\"s\" stop=\"../x -a\" start=\"y\"/></component>", 3,
	  "a program below the base" },
	{ "port", HEAD TITLE "<port default=\"0\"/></component>", 3, "from 1 to 65535" },
	{ "port twice", HEAD TITLE "<port default=\"25\"/>\n<port default=\"25\"/></component>", 4,
	  "named already in line 3" },
	{ "package twice", HEAD TITLE "<package name=\"A\"/>\n<package name=\"A\"/></component>", 4,
	  "named already in line 3" },
	{ "bad package", HEAD TITLE "<package name=\"a b\"/></component>", 3, "no name of a package" },
	{ "range", HEAD TITLE "<requires component=\"B\" version=\"&gt;&lt; 1\"/></component>", 3,
	  "expected versions like" },
	{ "itself", HEAD TITLE "<requires component=\"MS\"/></component>", 3, "requires itself" },
	{ "against itself", HEAD TITLE "<conflicts component=\"MS\" version=\"&lt; 8\"/></component>", 3,
	  "conflicts with itself" },
	{ "scope", HEAD TITLE "<requires component=\"B\" scope=\"far\"/></component>", 3,
	  "none of: local remote" },
	{ "strategy", HEAD TITLE "<path from=\"1\" strategy=\"\"/></component>", 3, "is empty" },
	{ "recommended", HEAD TITLE "<path from=\"1\" strategy=\"in-place\" recommended=\"coexistent\"/>"
	  "</component>", 3, "none of its strategies" },
	{ "l10n", "<component xmlns=\"urn:commpkg:component:1\" id=\"A\" version=\"1\" kind=\"l10n\">" TITLE
	  "</component>", 1, "names what it 'translates'" },
	{ "license", HEAD TITLE "<license/></component>", 3, "wants a 'file', a 'name', or both" },
	{ "two kinds", "<component xmlns=\"urn:commpkg:component:1\" id=\"A\" version=\"1\" "
	  "kind=\"shared product\">" TITLE "</component>", 1, "" }, /* the schema knows */
	{ "doctype", "<!DOCTYPE component>\n" HEAD TITLE "</component>", 1, "DOCTYPE is not allowed" },
	{ "entity", "<!DOCTYPE c [<!ENTITY x SYSTEM \"/etc/passwd\">]>\n" HEAD "<title>&x;</title></component>",
	  1, "DOCTYPE is not allowed" },
	{ "unknown entity", HEAD "<title>&x;</title></component>", 2, "x" },
	{ "latin1", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n" HEAD TITLE "</component>", 1,
	  "only UTF-8" },
	{ "bad utf-8", HEAD "<title>\xff</title></component>", 2, "" },
};

static void what_is_refused(void **state)
{
	struct manifest m;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		rc = parse(rows[i].text, &m);
		if (rc != -E_FORMAT || m.nproblems == 0 ||
		    strstr(m.problems[0].text, rows[i].words) == NULL ||
		    (rows[i].words[0] != '\0' && m.problems[0].line != rows[i].line))
			fail_msg("%s: %d line %u: %s", rows[i].what, rc,
				 m.nproblems > 0 ? m.problems[0].line : 0, e.text);
	}
}

static void other_encodings_hide_nothing(void **state)
{
	static const char utf16[] = "\xff\xfe<\0!\0D\0O\0C\0T\0Y\0P\0E\0 \0x\0>\0";
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct manifest m;
	size_t i;

	(void)state;
	assert_int_equal(manifest_parse(a, utf16, sizeof(utf16) - 1, "x", &m, &e), -E_FORMAT);
	assert_int_equal(manifest_parse(a, utf16 + 2, sizeof(utf16) - 3, "x", &m, &e), -E_FORMAT);
	strbuf_adds(&b, HEAD TITLE);
	while (b.len <= MANIFEST_MAX_BYTES)
		strbuf_adds(&b, "<!-- a comment -->\n");
	assert_int_equal(manifest_parse(a, b.p, b.len, "x", &m, &e), -E_LIMIT);
	strbuf_reset(&b);
	strbuf_adds(&b, "<component ");
	for (i = 0; i < 4000; i++)
		strbuf_addf(&b, "a%zu=\"\" ", i);
	strbuf_adds(&b, "/>");
	assert_int_equal(manifest_parse(a, b.p, b.len, "x", &m, &e), -E_FORMAT);
	assert_non_null(strstr(e.text, "a tag or text of more than 16384 bytes"));
	strbuf_reset(&b);
	for (i = 0; i < 1000; i++)
		strbuf_adds(&b, "<a>");
	assert_int_equal(manifest_parse(a, b.p, b.len, "x", &m, &e), -E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_example_of_the_design),
		TEST(what_is_refused),
		TEST(other_encodings_hide_nothing),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
