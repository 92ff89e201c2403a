/* The .solv cache: what is stored is loaded; what is not whole is no cache. */
#include "commpkg/solve_cache.h"

#include "medium_fixture.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Everything the solver reads, in the order of catalog_package_sort(). */
static const char catalog_text[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<catalog xmlns=\"urn:commpkg:catalog:1\">\n"
	" <medium path=\"a b.pkg\" size=\"5\" sha256=\"" SHA "\">\n"
	"  <package name=\"SUNWa\" arch=\"sparc,i386\" version=\"1.0,REV=2\" category=\"system\""
	" title=\"A &lt;b&gt;&#9;c\" basedir=\"/opt\" payload=\"77\" priority=\"4\" files=\"" SHA "\">\n"
	"   <depend type=\"I\" name=\"SUNWc\"><on version=\"1\"/></depend>\n"
	"   <depend type=\"P\" name=\"SUNWb\"><on arch=\"sparc\" version=\"2\"/>"
	"<on version=\"3\"/><on arch=\"i386\"/></depend>\n"
	"   <depend type=\"P\" name=\"SUNWd\"/>\n"
	"   <depend type=\"R\" name=\"SUNWr\"/>\n"
	"   <compver version=\"0.8\"/>\n"
	"   <compver version=\"0.9\"/>\n"
	"  </package>\n"
	"  <package name=\"SUNWd\" arch=\"\" version=\"1\" basedir=\"\" payload=\"0\"/>\n"
	" </medium>\n"
	" <medium path=\"empty\" form=\"tree\" size=\"0\" sha256=\"" SHA "\">\n </medium>\n"
	" <medium path=\"c\" size=\"17592186044416\" sha256=\"" SHA "\">\n"
	"  <package name=\"deb\" arch=\"all\" version=\"1:2-3\" payload=\"9223372036854775807\">\n"
	"   <relations scheme=\"deb\">\n"
	"    <provides name=\"mail\" op=\"=\" version=\"1\"/>\n"
	"    <requires name=\"w\" op=\"&lt;=\" version=\"1\"/>\n"
	"    <requires name=\"x\" op=\"&gt;=\" version=\"1:2~3\"><or name=\"y\"/>"
	"<or name=\"z\" op=\"&lt;&lt;\" version=\"9\"/></requires>\n"
	"    <recommends name=\"v\" op=\"&gt;&gt;\" version=\"1\"><or name=\"u\"/></recommends>\n"
	"    <conflicts name=\"t\"/>\n"
	"    <replaces name=\"old\"/>\n"
	"   </relations>\n"
	"  </package>\n"
	"  <package name=\"none\" arch=\"all\" version=\"1\" payload=\"0\">\n"
	"   <relations>\n   </relations>\n"
	"  </package>\n"
	" </medium>\n"
	" <component id=\"MS\" version=\"7.0\" path=\"ms.xml\" size=\"9\" sha256=\"" SHA "\"/>\n"
	" <file path=\"x/LICENSE\" size=\"3\" sha256=\"" SHA "\"/>\n"
	"</catalog>\n";

static struct sha256 key;

static void stored(void)
{
	struct catalog c;

	assert_int_equal(setenv("COMMPKG_STATE", top, 1), 0);
	sha256_of(catalog_text, sizeof(catalog_text) - 1, &key);
	if (catalog_parse(a, catalog_text, sizeof(catalog_text) - 1, "it", &c, &e) < 0)
		fail_msg("%s", e.text);
	solve_cache_store(&key, &c);
}

static const char *file(void)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(&key, hex);
	return arena_printf(a, "cache/catalogs/%s.solv", hex);
}

static bool loads(void)
{
	struct solve_cache *held;
	struct catalog c;

	if (!solve_cache_load(&key, &c, &held))
		return false;
	solve_cache_free(held);
	return true;
}

static void there_and_back(void **state)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct solve_cache *held;
	struct catalog c;

	(void)state;
	stored();
	assert_true(solve_cache_load(&key, &c, &held));
	assert_int_equal(catalog_render(&c, &text, &e), 0);
	assert_string_equal(strbuf_str(&text), catalog_text);
	assert_int_equal(c.packages[2].medium, 2);
	assert_int_equal(c.media[2].first, 2);
	solve_cache_free(held);
}

static void an_empty_catalog(void **state)
{
	struct solve_cache *held;
	struct catalog c = { .nmedia = 0 };

	(void)state;
	assert_int_equal(setenv("COMMPKG_STATE", top, 1), 0);
	solve_cache_store(&key, &c);
	assert_true(solve_cache_load(&key, &c, &held));
	assert_int_equal(c.npackages, 0);
	solve_cache_free(held);
}

static void damaged_ones_are_none(void **state)
{
	AUTO_STRBUF struct strbuf text = STRBUF_INIT;
	struct sha256 other = key;

	(void)state;
	stored();
	text = read_bytes(in_top(file()));
	for (size_t i = 0; i < text.len; i++) {
		text.p[i] ^= 1;
		write_bytes(file(), text.p, text.len);
		text.p[i] ^= 1;
		if (loads())
			fail_msg("byte %zu", i);
	}
	for (size_t n = 0; n < text.len; n += 1 + n / 7) {
		write_bytes(file(), text.p, n);
		assert_false(loads());
	}
	write_bytes(file(), text.p, text.len);
	assert_true(loads());
	/* the right file under another name */
	other = key;
	other.bytes[0] ^= 1;
	key = other;
	write_bytes(file(), text.p, text.len);
	assert_false(loads());
}

/* What others can write to is not read. */
static void a_cache_of_others(void **state)
{
	(void)state;
	stored();
	assert_int_equal(chmod(in_top("cache/catalogs"), 0777), 0);
	assert_false(loads());
	assert_int_equal(chmod(in_top("cache/catalogs"), 0755), 0);
	assert_true(loads());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(there_and_back),
		TEST(an_empty_catalog),
		TEST(damaged_ones_are_none),
		TEST(a_cache_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
