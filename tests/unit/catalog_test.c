/* catalog.xml and repo.xml: what is written is read back, and what is refused has its line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/catalog.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<catalog xmlns=\"urn:commpkg:catalog:1\">\n"
#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MEDIUM " <medium path=\"a.pkg\" size=\"5\" sha256=\"" SHA "\">\n"
#define PACKAGE "  <package name=\"SUNWa\" arch=\"all\" version=\"1.0\">\n"
#define TAIL "  </package>\n </medium>\n</catalog>\n"

static int parse(struct arena *a, const char *text, struct catalog *c, struct error *e)
{
	return catalog_parse(a, text, strlen(text), "catalog.xml", c, e);
}

static void what_is_written_is_read(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STRBUF struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;
	struct error e = ERROR_INIT;
	const char *text = HEAD
		" <medium path=\"x&amp;y/a.pkg\" size=\"5\" sha256=\"" SHA "\">\n"
		"  <package name=\"SUNWa\" arch=\"sparc,i386\" version=\"1.0,REV=2\" category=\"system\""
		" title=\"A&amp;&amp;B &amp;lt; &lt;b&gt; &quot;c&quot;&#9;d\" basedir=\"/opt\" payload=\"77\" "
		  "files=\"" SHA "\">\n"
		"   <depend type=\"P\" name=\"SUNWb\" title=\"Bee\"><on arch=\"sparc\" version=\"2\"/><on "
		  "version=\"3\"/></depend>\n"
		"   <depend type=\"I\" name=\"SUNWc\"/>\n"
		"   <compver version=\"0.9\"/>\n"
		"   <relations scheme=\"deb\">\n"
		"    <provides name=\"mail\" op=\"=\" version=\"1\"/>\n"
		"    <requires name=\"x\" op=\"&gt;=\" version=\"1:2~3\"><or name=\"y\"/><or name=\"z\" "
		  "op=\"&lt;&lt;\" version=\"9\"/></requires>\n"
		"    <replaces name=\"old\"/>\n"
		"   </relations>\n"
		"  </package>\n"
		"  <package name=\"SUNWd\" arch=\"\" version=\"1\" payload=\"0\"/>\n"
		" </medium>\n"
		" <medium path=\"b\" form=\"tree\" size=\"0\" sha256=\"" SHA "\">\n </medium>\n"
		" <component id=\"MS\" version=\"7.0\" path=\"ms.xml\" size=\"9\" sha256=\"" SHA "\"/>\n"
		" <file path=\"x/LICENSE\" size=\"3\" sha256=\"" SHA "\"/>\n"
		"</catalog>\n";
	struct catalog c;

	(void)state;
	strbuf_adds(&one, text);
	assert_int_equal(parse(a, strbuf_str(&one), &c, &e), 0);
	assert_int_equal(c.nmedia, 2);
	assert_int_equal(c.npackages, 2);
	assert_int_equal(c.ncomponents, 1);
	assert_string_equal(c.media[0].file.path, "x&y/a.pkg");
	assert_true(c.media[1].tree);
	assert_string_equal(c.packages[0].package.title, "A&&B &lt; <b> \"c\"\td");
	assert_int_equal(c.packages[0].package.payload_bytes, 77);
	assert_int_equal(c.packages[0].package.depend.n, 2);
	assert_string_equal(c.packages[0].package.depend.v[0].alts[1].version, "3");
	assert_int_equal(c.packages[0].package.relations.v[1].n, 3);
	assert_int_equal(c.packages[0].package.relations.v[1].alts[2].op, CMP_LT);
	assert_string_equal(c.packages[1].package.title, "SUNWd");
	assert_int_equal(catalog_render(&c, &two, &e), 0);
	assert_string_equal(strbuf_str(&one), strbuf_str(&two));
	assert_int_equal(catalog_validate(strbuf_str(&two), two.len, "catalog.xml", &e), 0);
}

/* Each is refused by the reader and, where XML has words for it, by the schema. */
static void what_is_refused(void **state)
{
	static const struct {
		const char *text, *words;
		bool schema;	/* the schema says so too */
	} cases[] = {
		{ "", "catalog.xml:", true },
		{ "<catalog/>", "another namespace", true },
		{ "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><catalog "
		  "xmlns=\"urn:commpkg:catalog:1\"/>", "only UTF-8", true },
		{ "<!DOCTYPE x [<!ENTITY a \"b\">]>" "<catalog xmlns=\"urn:commpkg:catalog:1\"/>", "a DOCTYPE is "
		  "not allowed", true },
		{ "<repo xmlns=\"urn:commpkg:catalog:1\"/>", "where 'catalog' is expected", true },
		{ HEAD " <medium path=\"a\" size=\"5\"/></catalog>", "catalog.xml:3: attribute 'sha256' is "
		  "missing", true },
		{ HEAD " <medium path=\"../a\" size=\"5\" sha256=\"" SHA "\"/></catalog>", "'../a' is no "
		  "path", false },
		{ HEAD " <medium path=\"/a\" size=\"5\" sha256=\"" SHA "\"/></catalog>", "'/a' is no path", false },
		{ HEAD " <medium path=\"a/\" size=\"5\" sha256=\"" SHA "\"/></catalog>", "'a/' is no path", false },
		{ HEAD " <medium path=\"a\" size=\"-5\" sha256=\"" SHA "\"/></catalog>", "'size' is no "
		  "number", true },
		{ HEAD " <medium path=\"a\" size=\"5\" sha256=\"0123\"/></catalog>", "no SHA-256: '0123'", true },
		{ HEAD " <medium path=\"a\" size=\"5\" sha256=\"" SHA "\" x=\"y\"/></catalog>", "unknown "
		  "attribute 'x'", true },
		{ HEAD MEDIUM " </medium>\n" MEDIUM " </medium></catalog>", "'a.pkg' is there twice", false },
		{ HEAD " <package name=\"SUNWa\" arch=\"all\" version=\"1\"/></catalog>", "unknown element "
		  "'package' in 'catalog'", true },
		{ HEAD MEDIUM "text</medium></catalog>", "text where only elements", true },
		{ HEAD MEDIUM "  <package name=\"a b\" arch=\"all\" version=\"1\"/></medium></catalog>", "'a b' "
		  "can't be a name", false },
		{ HEAD MEDIUM "  <package name=\"\" arch=\"all\" version=\"1\"/></medium></catalog>", "attribute "
		  "'name' has 0 bytes", true },
		{ HEAD MEDIUM "  <package name=\"a\" arch=\"all\" version=\"1 \"/></medium></catalog>", "can't be "
		  "a version", false },
		{ HEAD MEDIUM "  <package name=\"a\" arch=\"all\" "
		  "version=\"1&#10;2\"/></medium></catalog>", "control byte", false },
		{ HEAD MEDIUM PACKAGE "   <depend type=\"Q\" name=\"x\"/>" TAIL, "'type' can't be 'Q'", true },
		{ HEAD MEDIUM PACKAGE "   <depend name=\"x\"/>" TAIL, "'type' is missing", true },
		{ HEAD MEDIUM PACKAGE "   <relations><provides name=\"x\" op=\"&lt;&lt;\" "
		  "version=\"1\"/></relations>" TAIL, "only '='", false },
		{ HEAD MEDIUM PACKAGE "   <relations><requires name=\"x\" op=\"=\"/></relations>" TAIL, "come "
		  "together", true },
		{ HEAD MEDIUM PACKAGE "   <relations><conflicts name=\"x\"><or "
		  "name=\"y\"/></conflicts></relations>" TAIL, "unknown element 'or'", true },
		{ HEAD MEDIUM PACKAGE TAIL "<catalog/>", "catalog.xml:8:", true },
		{ HEAD MEDIUM PACKAGE, "catalog.xml:", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_ARENA struct arena *a = arena_new();
		struct error e = ERROR_INIT;
		struct catalog c;

		if (parse(a, cases[i].text, &c, &e) != -E_FORMAT || strstr(e.text, cases[i].words) == NULL)
			fail_msg("case %zu: '%s' instead of '%s'", i, e.text, cases[i].words);
		if (cases[i].schema &&
		    catalog_validate(cases[i].text, strlen(cases[i].text), "catalog.xml", &e) == 0)
			fail_msg("case %zu: the schema has nothing against it", i);
	}
}

static void what_xml_cannot_hold(void **state)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;
	struct catalog_medium m = { .file = { .path = "a", .size = 1 } };
	struct catalog_package p = { .package = { .pkg = "SUNWa", .arch = "all", .version = "1",
						  .title = "\xe9t\xe9 \x01 \xed\xa0\x80 \xf4\x90\x80\x80" } };
	struct catalog c = { .media = &m, .nmedia = 1, .packages = &p, .npackages = 1 };
	struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(catalog_render(&c, &out, &e), 0);
	assert_non_null(strstr(strbuf_str(&out), "title=\"?t? ? ??? ????\""));
	p.package.version = "1\xff";
	assert_int_equal(catalog_render(&c, &out, &e), -E_FORMAT);
	assert_non_null(strstr(e.text, "SUNWa: the version"));
	p.package.version = "1";
	m.file.path = "../a";
	assert_int_equal(catalog_render(&c, &out, &e), -E_FORMAT);
}

/* Larger than any buffer of the parser. */
static void a_large_one(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	struct error e = ERROR_INIT;
	struct catalog c;

	(void)state;
	strbuf_adds(&b, HEAD);
	for (int i = 0; i < 60000; i++)
		strbuf_addf(&b, " <medium path=\"%d.pkg\" size=\"5\" sha256=\"" SHA "\">"
			    "<package name=\"SUNW%d\" arch=\"all\" version=\"1\" files=\"" SHA "\"/>"
			    "</medium>\n", i, i);
	strbuf_adds(&b, "</catalog>\n");
	assert_true(b.len > 10000000);
	assert_int_equal(parse(a, strbuf_str(&b), &c, &e), 0);
	assert_int_equal(c.npackages, 60000);
	assert_string_equal(c.packages[59999].package.pkg, "SUNW59999");
}

#define REPO "<repo xmlns=\"urn:commpkg:catalog:1\" id=\"suite\" serial=\"7\" " \
	"issued=\"2026-01-02T03:04:05Z\" expires=\"2026-04-02T03:04:05Z\" name=\"A suite\">"
#define RCAT "<catalog path=\"catalog.xml\" size=\"5\" sha256=\"" SHA "\"/>"

static void a_repo_there_and_back(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_STRBUF struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;
	const char *text = REPO RCAT "<certificates path=\"repo.certs\" size=\"6\" sha256=\"" SHA "\"/>"
		"<root-certificate sha256=\"" SHA "\" subject=\"CN=r\"/></repo>";
	struct error e = ERROR_INIT;
	struct repo r, again;

	(void)state;
	assert_int_equal(repo_parse(a, text, strlen(text), "repo.xml", &r, &e), 0);
	assert_string_equal(r.id, "suite");
	assert_int_equal(r.serial, 7);
	assert_int_equal(r.issued, 1767323045);
	assert_string_equal(r.certificates.path, "repo.certs");
	assert_true(r.has_root);
	assert_int_equal(repo_render(&r, &one, &e), 0);
	assert_int_equal(repo_parse(a, strbuf_str(&one), one.len, "repo.xml", &again, &e), 0);
	assert_int_equal(repo_render(&again, &two, &e), 0);
	assert_string_equal(strbuf_str(&one), strbuf_str(&two));
}

static void repos_refused(void **state)
{
	static const struct { const char *text, *words; } cases[] = {
		{ "", "repo.xml:" },
		{ "<catalog xmlns=\"urn:commpkg:catalog:1\"/>", "'repo' is expected" },
		{ REPO "</repo>", "repo.xml:1:" },
		{ REPO RCAT RCAT "</repo>", "repo.xml:1:" },
		{ REPO "<catalog path=\"/etc/x\" size=\"5\" sha256=\"" SHA "\"/></repo>", "'path'" },
		{ "<repo xmlns=\"urn:commpkg:catalog:1\" id=\"s\" serial=\"0\" issued=\"2026-01-02T03:04:05Z\" "
		  "expires=\"2026-01-02T03:04:05Z\">" RCAT "</repo>", "'serial' begins at 1" },
		{ "<repo xmlns=\"urn:commpkg:catalog:1\" id=\"s\" serial=\"1\" issued=\"2026-13-02T03:04:05Z\" "
		  "expires=\"2026-01-02T03:04:05Z\">" RCAT "</repo>", "'issued' is no time" },
		{ "<repo xmlns=\"urn:commpkg:catalog:1\" id=\"../s\" serial=\"1\" issued=\"2026-01-02T03:04:05Z\" "
		  "expires=\"2026-01-02T03:04:05Z\">" RCAT "</repo>", "repo.xml:1:" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_ARENA struct arena *a = arena_new();
		struct error e = ERROR_INIT;
		struct repo r;

		if (repo_parse(a, cases[i].text, strlen(cases[i].text), "repo.xml", &r, &e) != -E_FORMAT ||
		    strstr(e.text, cases[i].words) == NULL)
			fail_msg("case %zu: '%s' instead of '%s'", i, e.text, cases[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(what_xml_cannot_hold),
		cmocka_unit_test(a_large_one),
		cmocka_unit_test(a_repo_there_and_back),
		cmocka_unit_test(repos_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
