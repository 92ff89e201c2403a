/* SHA-256 and the sum of System V. */
#include "text_fixture.h"

#include "formats/digest.h"
#include "formats/pkgmap.h"

static const char abc_hex[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char empty_hex[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void known_digests(void **state)
{
	struct sha256 s;
	char hex[SHA256_HEX_SIZE];

	(void)state;
	sha256_of("abc", 3, &s);
	sha256_hex(&s, hex);
	assert_string_equal(hex, abc_hex);
	sha256_of("", 0, &s);
	sha256_hex(&s, hex);
	assert_string_equal(hex, empty_hex);
}

static void one_pass_gives_both(void **state)
{
	struct digest *d = digest_new();
	struct sha256 s, whole;
	uint32_t sum;
	char *text = repeated("\xff\x01x", 50000);

	(void)state;
	for (size_t at = 0, n = 0; at < 150000; at += n) {
		n = at % 777 + 1 < 150000 - at ? at % 777 + 1 : 150000 - at;
		digest_add(d, text + at, n);
	}
	digest_add(d, NULL, 0);
	digest_finish(d, &s, &sum);
	sha256_of(text, 150000, &whole);
	assert_true(sha256_equal(&s, &whole));
	assert_int_equal(sum, svr4_sum_fold(50000u * (255 + 1 + 'x')));
	digest_reset(d);
	digest_finish(d, NULL, &sum);
	assert_int_equal(sum, 0);
	digest_reset(d);
	digest_add(d, "abc", 3);
	digest_finish(d, &s, NULL);
	sha256_of("abc", 3, &whole);
	assert_true(sha256_equal(&s, &whole));
	digest_free(d);
	digest_free(NULL);
}

static void hex_is_strict(void **state)
{
	struct sha256 s, want, before;
	char hex[SHA256_HEX_SIZE];

	(void)state;
	sha256_of("abc", 3, &want);
	assert_int_equal(sha256_from_hex(abc_hex, &s), 0);
	assert_true(sha256_equal(&s, &want));
	before = s;
	for (size_t i = 0; i < 64; i++) {
		static const char bad[] = "AFgG/:`@ \n\xff";

		for (size_t k = 0; k < sizeof(bad); k++) {
			memcpy(hex, abc_hex, sizeof(hex));
			hex[i] = bad[k];
			assert_int_equal(sha256_from_hex(hex, &s), -E_FORMAT);
		}
	}
	assert_int_equal(sha256_from_hex(arena_printf(a, "%s0", abc_hex), &s), -E_FORMAT);
	assert_int_equal(sha256_from_hex("", &s), -E_FORMAT);
	assert_true(sha256_equal(&s, &before));
	s.bytes[31] ^= 1;
	assert_false(sha256_equal(&s, &before));
}

static uint32_t plain_sum(const unsigned char *p, size_t len)
{
	uint32_t s = 0;

	while (len-- > 0)
		s += *p++;
	s = (s & 0xffff) + (s >> 16);
	return (s & 0xffff) + (s >> 16);
}

/* Every length around the pieces of the fast loop, at every alignment. */
static void the_sum_of_any_length(void **state)
{
	unsigned char *p = (unsigned char *)repeated("\xff\x80\x00\x7f\x01", 600);

	(void)state;
	for (size_t at = 0; at < 17; at++)
		for (size_t len = 0; len < 1100; len++)
			assert_int_equal(svr4_sum_fold(svr4_sum_add(0, p + at, len)),
					 plain_sum(p + at, len));
}

/* Sums that pkgmk wrote, of contents that we know. */
static void golden_sums(void **state)
{
	static const char *const files[] = { "abs", "basic", "req", "part" };

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		struct pkgmap map;
		size_t len, ninfo, k;
		char *text = read_corpus(arena_printf(a, "svr4/text/%s/pkgmap", files[i]), &len);
		char *info = read_corpus(arena_printf(a, "svr4/text/%s/pkginfo", files[i]), &ninfo);

		assert_int_equal(pkgmap_parse(a, text, len, "pkgmap", &map, &e), 0);
		for (k = 0; k < map.n && !str_eq(map.entries[k].path, "pkginfo"); k++)
			;
		assert_int_equal(map.entries[k].size, ninfo);
		assert_int_equal(map.entries[k].sum, svr4_sum_fold(svr4_sum_add(0, info, ninfo)));
	}
}

static void the_sum_wraps_at_32_bits(void **state)
{
	assert_int_equal(svr4_sum_add(0xffffffff, "\x02", 1), 1);
	assert_int_equal(svr4_sum_fold(0xffff), 0xffff);
	assert_int_equal(svr4_sum_fold(0x10000), 1);
	assert_int_equal(svr4_sum_fold(0xffffffff), 0xffff);
	assert_int_equal(svr4_sum_fold(0), 0);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(known_digests),
		TEST(one_pass_gives_both),
		TEST(hex_is_strict),
		TEST(the_sum_of_any_length),
		TEST(golden_sums),
		TEST(the_sum_wraps_at_32_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
