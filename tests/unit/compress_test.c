/* Sources and sinks: round trips, limits, damage, the thread that reads ahead. */
#include "medium_fixture.h"

#include "formats/compress.h"
#include "formats/crc32.h"
#include "formats/readahead.h"

static const enum compression all[] = {
	COMPRESSION_NONE, COMPRESSION_ZSTD, COMPRESSION_GZIP, COMPRESSION_BZIP2, COMPRESSION_XZ,
};

/* Bytes that do not compress well, always the same. */
static void noise(struct strbuf *b, size_t len)
{
	uint64_t x = 88172645463325252ull;

	while (b->len < len) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		strbuf_add(b, &x, 7);
	}
}

static int open_source(const char *name, unsigned flags, const struct source_limits *limits,
		       int *ret_fd, struct source **ret)
{
	*ret_fd = open(in_top(name), O_RDONLY | O_CLOEXEC);
	assert_true(*ret_fd >= 0);
	return source_open(*ret_fd, name, flags, limits, ret, &e);
}

static int read_source(const char *name, unsigned flags, const struct source_limits *limits,
		       struct strbuf *out)
{
	const unsigned char *bytes;
	AUTO_FD int fd = -EBADF;
	struct source *s;
	size_t len;
	int rc;

	rc = open_source(name, flags, limits, &fd, &s);
	if (rc < 0)
		return rc;
	while ((rc = source_fill(s, &bytes, &len, &e)) > 0) {
		len = len > 1000 ? 1000 + len % 7 : len;
		strbuf_add(out, bytes, len);
		source_take(s, len);
	}
	assert_int_equal(source_offset(s), out->len);
	if (rc < 0)
		assert_int_equal(source_fill(s, &bytes, &len, &e), rc); /* still */
	source_close(s);
	return rc;
}

static void assert_same_bytes(const struct strbuf *x, const struct strbuf *y)
{
	assert_int_equal(x->len, y->len);
	assert_memory_equal(strbuf_str(x), strbuf_str(y), x->len);
}

static void every_compression_there_and_back(void **state)
{
	static const size_t sizes[] = { 1, 511, SOURCE_BLOCK - 1, SOURCE_BLOCK, 700001 };
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(all); i++) {
		for (k = 0; k < COUNT(sizes); k++) {
			AUTO_STRBUF struct strbuf b = STRBUF_INIT, out = STRBUF_INIT;

			noise(&b, sizes[k]);
			write_bytes("x", b.p, b.len);
			compress_file("x", "y", all[i]);
			if (read_source("y", 0, NULL, &out) < 0)
				fail_msg("%s %zu: %s", compression_name(all[i]), sizes[k], e.text);
			assert_same_bytes(&b, &out);
		}
	}
}

static void the_same_bytes_give_the_same_file(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(all); i++) {
		AUTO_STRBUF struct strbuf b = STRBUF_INIT, x = STRBUF_INIT, y = STRBUF_INIT;

		noise(&b, 300000);
		write_bytes("x", b.p, b.len);
		compress_file("x", "y", all[i]);
		compress_file("x", "z", all[i]);
		x = read_bytes(in_top("y"));
		y = read_bytes(in_top("z"));
		assert_same_bytes(&x, &y);
		if (all[i] == COMPRESSION_GZIP)
			assert_memory_equal(x.p + 4, "\0\0\0\0", 4); /* no time */
	}
}

static void names_of_compressions(void **state)
{
	enum compression c;
	size_t i;

	(void)state;
	assert_null(compression_name(COMPRESSION_NONE));
	for (i = 1; i < COUNT(all); i++) {
		assert_true(compression_from_name(compression_name(all[i]), &c));
		assert_int_equal(c, all[i]);
	}
	assert_true(compression_from_name("none", &c));
	assert_int_equal(c, COMPRESSION_NONE);
	assert_false(compression_from_name("lz4", &c));
	assert_false(compression_from_name("", &c));
}

static void levels_that_are_not_there(void **state)
{
	AUTO_FD int fd = open(in_top("x"), O_WRONLY | O_CREAT, 0600);
	struct sink *k;

	(void)state;
	assert_int_equal(sink_open(fd, "x", COMPRESSION_ZSTD, 99, &k, &e), -E_USAGE);
	assert_int_equal(sink_open(fd, "x", COMPRESSION_XZ, 10, &k, &e), -E_USAGE);
	assert_int_equal(sink_open(fd, "x", COMPRESSION_GZIP, -1, &k, &e), -E_USAGE);
	assert_int_equal(sink_open(fd, "x", COMPRESSION_BZIP2, 9, &k, &e), 0);
	sink_abort(k);
}

static void twice(struct strbuf *b)
{
	size_t len = b->len;
	char *copy = xmalloc(len);

	memcpy(copy, b->p, len);
	strbuf_add(b, copy, len);
	free(copy);
}

static void two_frames_are_one_file(void **state)
{
	size_t i;

	(void)state;
	for (i = 1; i < COUNT(all); i++) {
		AUTO_STRBUF struct strbuf b = STRBUF_INIT, z = STRBUF_INIT, out = STRBUF_INIT;

		noise(&b, 5000);
		write_bytes("x", b.p, b.len);
		compress_file("x", "y", all[i]);
		z = read_bytes(in_top("y"));
		twice(&z);
		write_bytes("y", z.p, z.len);
		twice(&b);
		if (read_source("y", 0, NULL, &out) < 0)
			fail_msg("%s", e.text);
		assert_same_bytes(&b, &out);
	}
}

/* One layer only: what is inside stays as it is. */
static void only_one_layer_is_taken_off(void **state)
{
	size_t i;

	(void)state;
	for (i = 1; i < COUNT(all); i++) {
		AUTO_STRBUF struct strbuf out = STRBUF_INIT, inner = STRBUF_INIT;

		write_bytes("x", "hello", 5);
		compress_file("x", "y", COMPRESSION_GZIP);
		compress_file("y", "z", all[i]);
		inner = read_bytes(in_top("y"));
		assert_int_equal(read_source("z", 0, NULL, &out), 0);
		assert_same_bytes(&inner, &out);
	}
}

static void cut_anywhere_is_noticed(void **state)
{
	size_t i, len;

	(void)state;
	for (i = 1; i < COUNT(all); i++) {
		AUTO_STRBUF struct strbuf b = STRBUF_INIT, z = STRBUF_INIT;

		noise(&b, 300);
		write_bytes("x", b.p, b.len);
		compress_file("x", "y", all[i]);
		z = read_bytes(in_top("y"));
		for (len = COMPRESSION_MAGIC_LEN; len < z.len; len++) {
			AUTO_STRBUF struct strbuf out = STRBUF_INIT;

			write_bytes("y", z.p, len);
			if (read_source("y", 0, NULL, &out) != -E_FORMAT)
				fail_msg("%s cut at %zu of %zu", compression_name(all[i]), len,
					 z.len);
			if (strstr(e.text, "byte") == NULL)
				fail_msg("no offset in '%s'", e.text);
		}
	}
}

/* It has no checksum, so that damage is not seen here: the sums of pkgmap see it. */
static void compress_is_read(void **state)
{
	static const size_t sizes[] = { 1, 511, SOURCE_BLOCK, 700001 };
	size_t k;

	(void)state;
	for (k = 0; k < COUNT(sizes); k++) {
		AUTO_STRBUF struct strbuf b = STRBUF_INIT, out = STRBUF_INIT;

		while (b.len < sizes[k])
			strbuf_addf(&b, "line %zu of a text\n", b.len);
		write_bytes("x", strbuf_str(&b), b.len);
		compress_file("x", "y", COMPRESSION_COMPRESS);
		if (read_source("y", SOURCE_AHEAD, NULL, &out) < 0)
			fail_msg("%zu: %s", sizes[k], e.text);
		assert_same_bytes(&b, &out);
	}
}

/* A changed byte is refused, or changes nothing (names and flags in a gzip header do not). */
static void flipped_anywhere_is_noticed(void **state)
{
	size_t i, at;

	(void)state;
	for (i = 1; i < COUNT(all); i++) {
		AUTO_STRBUF struct strbuf b = STRBUF_INIT, z = STRBUF_INIT;

		noise(&b, 300);
		write_bytes("x", b.p, b.len);
		compress_file("x", "y", all[i]);
		z = read_bytes(in_top("y"));
		for (at = COMPRESSION_MAGIC_LEN; at < z.len; at++) {
			AUTO_STRBUF struct strbuf out = STRBUF_INIT;

			/* in gzip the size at the end tells several members from damage */
			if (all[i] == COMPRESSION_GZIP && at >= z.len - 4)
				continue;
			z.p[at] ^= 0x04;
			write_bytes("y", z.p, z.len);
			if (read_source("y", 0, NULL, &out) == 0)
				assert_same_bytes(&b, &out);
			z.p[at] ^= 0x04;
		}
	}
}

static void the_checksum_of_gzip_is_compared(void **state)
{
	AUTO_STRBUF struct strbuf z = STRBUF_INIT, out = STRBUF_INIT;

	(void)state;
	write_bytes("x", "hello, world\n", 13);
	compress_file("x", "y", COMPRESSION_GZIP);
	z = read_bytes(in_top("y"));
	z.p[z.len - 8] ^= 1;
	write_bytes("y", z.p, z.len);
	assert_int_equal(read_source("y", 0, NULL, &out), -E_FORMAT);
	assert_non_null(strstr(e.text, "checksum"));
}

static void bytes_behind_the_data_are_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 1; i < COUNT(all); i++) {
		AUTO_STRBUF struct strbuf z = STRBUF_INIT, out = STRBUF_INIT;

		write_bytes("x", "hello, world\n", 13);
		compress_file("x", "y", all[i]);
		z = read_bytes(in_top("y"));
		strbuf_adds(&z, "and more");
		write_bytes("y", z.p, z.len);
		if (read_source("y", 0, NULL, &out) != -E_FORMAT)
			fail_msg("%s: accepted", compression_name(all[i]));
	}
}

static void crc_of_the_standard(void **state)
{
	(void)state;
	assert_int_equal(crc32_add(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_add(crc32_add(0, "1234", 4), "56789", 5), 0xcbf43926);
	assert_int_equal(crc32_add(0, "", 0), 0);
}

/* ---- limits */

static void write_zeros(const char *name, size_t len, enum compression c)
{
	char *zeros = xcalloc(1, len);

	write_bytes("zeros", zeros, len);
	compress_file("zeros", name, c);
	free(zeros);
}

static void bombs_are_refused(void **state)
{
	static const struct source_limits ratio = { 1 << 30, 1 << 20, 20 };
	static const struct source_limits total = { 3 << 20, 1 << 30, 20 };
	static const struct source_limits enough = { 8 << 20, 8 << 20, 1 };
	size_t i;

	(void)state;
	for (i = 1; i < COUNT(all); i++) {
		AUTO_STRBUF struct strbuf x = STRBUF_INIT, y = STRBUF_INIT, z = STRBUF_INIT;

		write_zeros("bomb", 8 << 20, all[i]);
		assert_int_equal(read_source("bomb", 0, &ratio, &x), -E_LIMIT);
		assert_non_null(strstr(e.text, "20 times"));
		assert_true(x.len <= 2 << 20);
		assert_int_equal(read_source("bomb", 0, &total, &y), -E_LIMIT);
		assert_true(y.len <= 3 << 20);
		assert_int_equal(read_source("bomb", 0, &enough, &z), 0);
		assert_int_equal(z.len, 8 << 20);
	}
}

/* The default limits meet a real bomb: 512 MiB of zeros are 16 KB of zstd. */
static void a_bomb_meets_the_default_limits(void **state)
{
	AUTO_FD int fd = open(in_top("bomb"), O_RDWR | O_CREAT, 0600), in = -EBADF;
	const unsigned char *bytes;
	char *zeros = xcalloc(1, 1 << 20);
	struct source *s;
	struct sink *k;
	size_t len, i;
	int rc;

	(void)state;
	assert_int_equal(sink_open(fd, "bomb", COMPRESSION_ZSTD, 1, &k, &e), 0);
	for (i = 0; i < 512; i++)
		assert_int_equal(sink_write(k, zeros, 1 << 20, &e), 0);
	assert_int_equal(sink_finish(k, &e), 0);
	free(zeros);
	assert_int_equal(open_source("bomb", 0, NULL, &in, &s), 0);
	while ((rc = source_fill(s, &bytes, &len, &e)) > 0)
		source_take(s, len);
	assert_int_equal(rc, -E_LIMIT);
	assert_true(source_offset(s) < (uint64_t)400 << 20);
	source_close(s);
}

/* RFC 8878: a frame header that asks for a window of 2^31 bytes. */
static void a_huge_window_is_refused(void **state)
{
	AUTO_STRBUF struct strbuf out = STRBUF_INIT;

	(void)state;
	/* magic, descriptor 0, window descriptor exponent 21, a raw last block "a" */
	write_bytes("z", "\x28\xb5\x2f\xfd\x00\xa8\x09\x00\x00" "a", 10);
	assert_int_equal(read_source("z", 0, NULL, &out), -E_FORMAT);
	assert_non_null(strstr(e.text, "memory"));
	write_bytes("z", "\x28\xb5\x2f\xfd\x00\x88\x09\x00\x00" "a", 10); /* 2^27 */
	assert_int_equal(read_source("z", 0, NULL, &out), 0);
	assert_string_equal(out.p, "a");
}

/* ---- reading ahead */

static void a_thread_reads_ahead(void **state)
{
	size_t i;

	(void)state;
	for (i = COMPRESSION_ZSTD; i <= COMPRESSION_GZIP; i++) { /* the others are slow */
		AUTO_STRBUF struct strbuf b = STRBUF_INIT, out = STRBUF_INIT;

		noise(&b, SOURCE_AHEAD_MIN + 300000);
		write_bytes("x", b.p, b.len);
		compress_file("x", "y", all[i]);
		if (read_source("y", SOURCE_AHEAD, NULL, &out) < 0)
			fail_msg("%s", e.text);
		assert_same_bytes(&b, &out);
	}
}

static void the_thread_stops_early(void **state)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT;
	const unsigned char *bytes;
	struct source *s;
	size_t len, i;

	(void)state;
	noise(&b, SOURCE_AHEAD_MIN + 300000);
	write_bytes("x", b.p, b.len);
	compress_file("x", "y", COMPRESSION_ZSTD);
	for (i = 0; i < 20; i++) {
		AUTO_FD int fd = -EBADF;

		assert_int_equal(open_source("y", SOURCE_AHEAD, NULL, &fd, &s), 0);
		if (i % 2 == 0)
			assert_int_equal(source_fill(s, &bytes, &len, &e), 1);
		source_close(s);
	}
}

static void the_thread_s_error_arrives(void **state)
{
	AUTO_STRBUF struct strbuf b = STRBUF_INIT, z = STRBUF_INIT, out = STRBUF_INIT;

	(void)state;
	noise(&b, SOURCE_AHEAD_MIN + 300000);
	write_bytes("x", b.p, b.len);
	compress_file("x", "y", COMPRESSION_ZSTD);
	z = read_bytes(in_top("y"));
	z.p[z.len - 2] ^= 1;	/* in the checksum */
	write_bytes("y", z.p, z.len);
	assert_int_equal(read_source("y", SOURCE_AHEAD, NULL, &out), -E_FORMAT);
	assert_non_null(strstr(e.text, "checksum"));
	assert_true(out.len > SOURCE_AHEAD_MIN);
}

struct slow {
	unsigned n;
};

static int slow_fill(void *ctx, void *buf, size_t cap, size_t *ret_len, struct error *err)
{
	struct slow *s = ctx;

	if (s->n == 50)
		return error_set(err, E_FORMAT, "fifty");
	memset(buf, (int)s->n++, cap);
	*ret_len = cap;
	return 0;
}

static void the_ring_keeps_the_order(void **state)
{
	struct slow s = { 0 };
	struct readahead *ra = readahead_new(slow_fill, &s, 64, 3);
	const unsigned char *bytes;
	size_t len;
	unsigned i;

	(void)state;
	for (i = 0; i < 50; i++) {
		assert_int_equal(readahead_next(ra, &bytes, &len, &e), 1);
		assert_int_equal(len, 64);
		assert_int_equal(bytes[0], i);
		assert_int_equal(bytes[63], i);
	}
	assert_int_equal(readahead_next(ra, &bytes, &len, &e), -E_FORMAT);
	assert_string_equal(e.text, "fifty");
	assert_int_equal(readahead_next(ra, &bytes, &len, &e), -E_FORMAT);
	readahead_free(ra);
	readahead_free(NULL);
}

static void skipping_and_exact_reads(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(all); i++) {
		AUTO_STRBUF struct strbuf b = STRBUF_INIT;
		AUTO_FD int fd = -EBADF;
		struct source *s;
		char buf[100];

		noise(&b, 600000);
		write_bytes("x", b.p, b.len);
		compress_file("x", "y", all[i]);
		assert_int_equal(open_source("y", 0, NULL, &fd, &s), 0);
		assert_int_equal(source_compression(s), all[i]);
		assert_int_equal(source_read(s, buf, 100, &e), 0);
		assert_int_equal(source_skip(s, 400000, &e), 0);
		assert_int_equal(source_offset(s), 400100);
		assert_int_equal(source_read(s, buf, 100, &e), 0);
		assert_memory_equal(buf, b.p + 400100, 100);
		assert_int_equal(source_skip(s, b.len - 400200 - 50, &e), 0);
		assert_int_equal(source_read(s, buf, 100, &e), -E_FORMAT);
		assert_non_null(strstr(e.text, "cut off"));
		assert_int_equal(source_skip(s, UINT64_MAX, &e), 0);
		assert_int_equal(source_offset(s), b.len);
		source_close(s);
	}
}

static void only_regular_files(void **state)
{
	AUTO_FD int fd = open("/dev/null", O_RDONLY);
	struct source *s;

	(void)state;
	assert_int_equal(source_open(fd, "/dev/null", 0, NULL, &s, &e), -E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_compression_there_and_back),
		TEST(the_same_bytes_give_the_same_file),
		TEST(names_of_compressions),
		TEST(levels_that_are_not_there),
		TEST(two_frames_are_one_file),
		TEST(only_one_layer_is_taken_off),
		TEST(cut_anywhere_is_noticed),
		TEST(flipped_anywhere_is_noticed),
		TEST(compress_is_read),
		TEST(the_checksum_of_gzip_is_compared),
		TEST(bytes_behind_the_data_are_refused),
		TEST(crc_of_the_standard),
		TEST(bombs_are_refused),
		TEST(a_bomb_meets_the_default_limits),
		TEST(a_huge_window_is_refused),
		TEST(a_thread_reads_ahead),
		TEST(the_thread_stops_early),
		TEST(the_thread_s_error_arrives),
		TEST(the_ring_keeps_the_order),
		TEST(skipping_and_exact_reads),
		TEST(only_regular_files),
	};

	return cmocka_run_group_tests_name("compress", tests, NULL, NULL);
}
