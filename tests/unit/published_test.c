/*
 * A signed distribution in which any byte of any file is another one: refused, each, before a
 * package of it is handed out. And those who open, compare and remember.
 */
#include "commpkg/dist.h"
#include "commpkg/publish.h"
#include "commpkg/published.h"
#include "commpkg/take.h"
#include "commpkg/trust.h"
#include "sign_fixture.h"

static void write_text(const char *path, const char *bytes, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static const char manifest[] =
	"<component xmlns=\"urn:commpkg:component:1\" id=\"T\" version=\"1\" kind=\"product\">\n"
	"  <title>Test</title><license file=\"LICENCE\"/><package name=\"TSTa\"/>\n"
	"</component>\n";
static const char licence[] = "Do what you like, as long as nobody changes a byte of it.\n"
			      "Nobody is liable for anything.\n" "This is the end of the text.\n";

/* top/dist, signed by a leaf of a root whose certificate is in top/state/keys.d. */
static const char *make_distribution(void)
{
	struct issued root = issue(&(struct request){ .name = "Root", .ca = true });
	struct issued leaf = issue(&(struct request){ .name = "Leaf", .by = &root });
	struct strbuf pem = pem_of(leaf.cert, leaf.key, NULL), ca = pem_of(root.cert, NULL, NULL);
	const char *dir = in_top("dist"), *doubt;
	struct made p = make_package("TSTa");
	struct members part = part_members(&p);
	struct publish_counts n;
	struct repo r;

	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(mkdir(in_top("state"), 0755), 0);
	assert_int_equal(mkdir(in_top("state/keys.d"), 0755), 0);
	assert_int_equal(setenv("COMMPKG_STATE", in_top("state"), 1), 0);
	write_made("dist/a.pkg", &p, &part, "070701");
	write_text(in_top("dist/T.xml"), manifest, strlen(manifest));
	write_text(in_top("dist/LICENCE"), licence, strlen(licence));
	made_free(&p);
	write_text(in_top("leaf.pem"), pem.p, pem.len);
	write_text(in_top("root.pem"), ca.p, ca.len);
	write_text(in_top("state/keys.d/root.pem"), ca.p, ca.len);
	strbuf_free(&pem);
	strbuf_free(&ca);
	if (publish_create(dir, &(struct publish_options){ .id = "d", .now = NOW, .days = 9 }, NULL,
			   NULL, a, &r, &n, &doubt, &e) < 0 ||
	    publish_sign(dir, &(struct publish_keys){ .key = in_top("leaf.pem"), .root = in_top("root.pem"),
						      .now = NOW }, a, &r, &doubt, &e) < 0)
		fail_msg("%s", e.text);
	return dir;
}

/* As a change does it: read, believed, taken. */
static int use(const char *dir, uint64_t seen, int64_t now)
{
	struct trust_options o = { .allow_unsigned = false };
	struct step step = { .kind = STEP_INSTALL };
	struct dist *d = dist_new();
	struct trust_published f;
	struct trust *t = NULL;
	int rc = trust_open(&o, &t, &e);

	if (rc == 0)
		rc = dist_add_directory(d, dir, &e);
	if (rc == 0 && dist_published_count(d) != 1)
		rc = error_set(&e, E_TRUST, "taken for a directory as it is");
	if (rc == 0)
		rc = trust_published(t, dist_published(d, 0), seen, now, a, &f, &e);
	if (rc == 0) {
		step.package = dist_package(d, 0)->package;
		assert_null(step.package->medium);
		rc = take_steps(d, &step, 1, 2, NULL, NULL, &e);
	}
	if (rc == 0)
		assert_string_equal(medium_path(step.package->medium),
				    arena_printf(a, "%s/a.pkg", dir));
	trust_close(t);
	dist_free(d);
	return rc;
}

static void as_it_is(void **state)
{
	const char *dir = make_distribution();

	(void)state;
	if (use(dir, 0, NOW) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(use(dir, 1, NOW), 0);
	assert_int_equal(use(dir, 2, NOW), -E_TRUST);
	assert_non_null(strstr(e.text, "serial 1, and 2"));
	assert_int_equal(use(dir, 0, NOW + 9 * DAY - 1), 0);
	assert_int_equal(use(dir, 0, NOW + 9 * DAY), -E_TRUST);
	assert_non_null(strstr(e.text, "expired"));
}

static void every_byte(void **state)
{
	static const char *const files[] = { "repo.xml", "repo.xml.p7s", "repo.certs", "catalog.xml", "T.xml",
					     "LICENCE", "a.pkg" };
	const char *dir = make_distribution();

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		const char *path = arena_printf(a, "%s/%s", dir, files[i]);
		AUTO_STRBUF struct strbuf text = read_bytes(path);
		/* of a package one in seven: its digest does not know them apart */
		size_t step = str_eq(files[i], "a.pkg") ? 7 : 1;

		assert_true(text.len > 100);
		for (size_t at = 0; at < text.len; at += step) {
			int rc;

			text.p[at] ^= 1 << (at % 8);
			write_text(path, text.p, text.len);
			rc = use(dir, 0, NOW);
			text.p[at] ^= 1 << (at % 8);
			if (rc != -E_TRUST && rc != -E_DIGEST && rc != -E_FORMAT && rc != -E_LIMIT &&
			    rc != -ENOENT && rc != -E_NOT_FOUND)
				fail_msg("byte %zu of %s: %d %s", at, files[i], rc, e.text);
			error_clear(&e);
		}
		write_text(path, text.p, text.len);
	}
	assert_int_equal(use(dir, 0, NOW), 0);
}

/* The sums of SVR4 do not know the order of bytes; sizes and file lists are right, too. */
static void what_only_the_digest_knows(void **state)
{
	const char *dir = make_distribution(), *path = arena_printf(a, "%s/a.pkg", dir);
	AUTO_STRBUF struct strbuf text = read_bytes(path);
	char *contents = memmem(text.p, text.len, "contents of x", 13);

	(void)state;
	assert_non_null(contents);
	memcpy(contents, "ocntents of x", 13);
	write_text(path, text.p, text.len);
	assert_reads(path);
	assert_int_equal(use(dir, 0, NOW), -E_DIGEST);
	assert_non_null(strstr(e.text, "its SHA-256 differs"));
}

static void cut_off_and_longer(void **state)
{
	static const char *const files[] = { "repo.xml", "repo.xml.p7s", "repo.certs", "catalog.xml", "T.xml",
					     "LICENCE", "a.pkg" };
	const char *dir = make_distribution();

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		const char *path = arena_printf(a, "%s/%s", dir, files[i]);
		AUTO_STRBUF struct strbuf text = read_bytes(path);
		size_t len = text.len;

		write_text(path, text.p, len - 1);
		assert_true(use(dir, 0, NOW) < 0);
		write_text(path, text.p, 0);
		assert_true(use(dir, 0, NOW) < 0);
		strbuf_adds(&text, "\n");
		write_text(path, text.p, text.len);
		assert_true(use(dir, 0, NOW) < 0);
		assert_int_equal(unlink(path), 0);
		assert_true(use(dir, 0, NOW) < 0);
		write_text(path, text.p, len);
	}
	assert_int_equal(use(dir, 0, NOW), 0);
}

/* Who comes between what was compared and what is sealed. */
static void touched_afterwards(void **state)
{
	const char *dir = make_distribution();
	struct dist *d = dist_new();
	const struct package *p;
	AUTO_STRBUF struct strbuf text = read_bytes(arena_printf(a, "%s/a.pkg", dir));

	(void)state;
	assert_int_equal(dist_add_directory(d, dir, &e), 0);
	assert_int_equal(take_package(d, dist_package(d, 0)->package, &p, &e), 0);
	assert_string_equal(p->pkg, "TSTa");
	assert_int_equal(published_untouched(dist_published(d, 0), &e), 0);
	write_text(arena_printf(a, "%s/a.pkg", dir), text.p, text.len);
	assert_int_equal(published_untouched(dist_published(d, 0), &e), -E_DIGEST);
	assert_non_null(strstr(e.text, "was changed while it was read"));
	dist_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(as_it_is),
		TEST(every_byte),
		TEST(what_only_the_digest_knows),
		TEST(cut_off_and_longer),
		TEST(touched_afterwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
