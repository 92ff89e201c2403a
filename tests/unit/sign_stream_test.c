/* Signed datastreams: what they cover, to the byte. */
#include "sign_fixture.h"

#include <sys/mman.h>

#include "formats/stream.h"
#include "formats/stream_write.h"

static struct issued me;
static struct sign_keys *keys;

static int group_setup(void **state)
{
	(void)state;
	me = issue(&(struct request){ .name = "Me" });
	a = arena_new();
	keys = sign_keys_new();
	trust(keys, &me);
	arena_free(a);
	return 0;
}

static void fill(const char *to, const void *bytes, size_t len)
{
	write_bytes(to, bytes, len);
}

/* Two small packages in a stream of ours, signed. */
static struct strbuf signed_stream(enum compression c)
{
	struct made one = make_package("TSTa"), two = make_package("TSTb");
	struct members p1 = part_members(&one), p2 = part_members(&two);
	struct stream_item items[2];
	struct medium *m1, *m2;
	struct stream_write_options o = { .compression = c, .signed_at = NOW };
	int fd;

	write_made("one.pkg", &one, &p1, "070701");
	write_made("two.pkg", &two, &p2, "070701");
	assert_int_equal(medium_open(AT_FDCWD, in_top("one.pkg"), MEDIUM_ALL, &m1, &e), 0);
	assert_int_equal(medium_open(AT_FDCWD, in_top("two.pkg"), MEDIUM_ALL, &m2, &e), 0);
	items[0] = (struct stream_item){ m1, 0, NULL };
	items[1] = (struct stream_item){ m2, 0, NULL };
	o.signer = signer_of(&me, NULL, "sha256");
	fd = open(in_top("signed.pkg"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (stream_write(fd, "signed.pkg", items, 2, &o, &e) < 0)
		fail_msg("%s", e.text);
	close(fd);
	signer_free(o.signer);
	medium_close(m1);
	medium_close(m2);
	made_free(&one);
	made_free(&two);
	return read_bytes(in_top("signed.pkg"));
}

/* 1: accepted; 0: a bad verdict; negative: can't be read. */
static int look(const char *path, struct verdict *v)
{
	struct medium *m;
	int rc = medium_open(AT_FDCWD, path, MEDIUM_ALL, &m, &e);

	if (rc < 0)
		return rc;
	rc = medium_signed(m) ? medium_verify(m, keys, NOW, NULL, NULL, a, v, &e) : -E_NOT_FOUND;
	medium_close(m);
	return rc < 0 ? rc : v->intact && v->state == SIGNER_TRUSTED;
}

static int look_at(const void *bytes, size_t len, struct verdict *v)
{
	fill("look.pkg", bytes, len);
	return look(in_top("look.pkg"), v);
}

static void a_stream_of_ours_verifies(void **state)
{
	static const enum compression all[] = { COMPRESSION_NONE, COMPRESSION_GZIP,
						COMPRESSION_ZSTD, COMPRESSION_XZ };
	struct verdict v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(all); i++) {
		AUTO_STRBUF struct strbuf s = signed_stream(all[i]);

		if (look(in_top("signed.pkg"), &v) != 1)
			fail_msg("%zu: %s", i, e.text);
		assert_true(v.whole);
		assert_string_equal(v.signer, "CN=Me");
		assert_int_equal(v.signed_at, NOW);
	}
}

static void every_byte_counts(void **state)
{
	AUTO_STRBUF struct strbuf s = signed_stream(COMPRESSION_NONE);
	const char *pem = memmem(s.p, s.len, "-----BEGIN PKCS7", 16);
	const char *end = memmem(s.p, s.len, "-----END PKCS7", 14);
	struct verdict v;
	size_t i;
	int bit, fd = memfd_create("flip", MFD_CLOEXEC);
	char path[64];

	(void)state;
	assert_int_equal(write(fd, s.p, s.len), s.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(look(path, &v), 1);
	for (i = 0; i < s.len; i++) {
		bool in_pem = s.p + i >= pem && s.p + i < end;

		/* in base64 each bit may mean something else */
		for (bit = 0; bit < (in_pem ? 6 : 1); bit++) {
			char c = (char)(s.p[i] ^ (1 << (in_pem ? (size_t)bit : i % 8)));

			assert_int_equal(pwrite(fd, &c, 1, (off_t)i), 1);
			if (look(path, &v) == 1)
				fail_msg("bit %d of byte %zu of %zu is not covered", bit, i, s.len);
		}
		assert_int_equal(pwrite(fd, s.p + i, 1, (off_t)i), 1);
	}
	assert_int_equal(look(path, &v), 1);
	close(fd);
}

static void nothing_may_be_added_or_cut(void **state)
{
	AUTO_STRBUF struct strbuf s = signed_stream(COMPRESSION_NONE);
	struct verdict v;
	size_t i, len = s.len;

	(void)state;
	for (i = 0; i < 512; i++)
		strbuf_addch(&s, '\0');
	assert_int_equal(look_at(s.p, s.len, &v), 0);
	assert_non_null(strstr(v.damage, "what was signed is not what is here"));
	for (i = 1; i < len; i += 100)
		assert_true(look_at(s.p, len - i, &v) != 1);
}

static void what_was_verified_is_what_is_read(void **state)
{
	AUTO_STRBUF struct strbuf s = signed_stream(COMPRESSION_NONE);
	AUTO_FD int fd = open(in_top("signed.pkg"), O_RDWR | O_CLOEXEC);
	struct stat before, after;
	struct payload *p;
	struct medium *m;
	struct verdict v;
	size_t i;
	int rc;

	(void)state;
	assert_int_equal(fstat(fd, &before), 0);
	assert_int_equal(medium_open(AT_FDCWD, in_top("signed.pkg"), MEDIUM_ALL, &m, &e), 0);
	assert_int_equal(medium_verify(m, keys, NOW, NULL, NULL, a, &v, &e), 0);
	assert_true(v.intact);
	do { /* until the clock of the file system has gone on */
		assert_int_equal(pwrite(fd, s.p, s.len, 0), s.len);
		assert_int_equal(futimens(fd, (struct timespec[]){ before.st_atim,
								   before.st_mtim }), 0);
		assert_int_equal(fstat(fd, &after), 0);
	} while (after.st_ctim.tv_sec == before.st_ctim.tv_sec &&
		 after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
	assert_int_equal(payload_open(m, NULL, &p, &e), 0);
	while ((rc = payload_next_package(p, &i, &e)) > 0)
		;
	assert_int_equal(rc, -E_DIGEST);
	assert_non_null(strstr(e.text, "was changed while it was read"));
	payload_close(p);
	medium_close(m);
}

/* ---- a stream as others sign it: no attribute of ours, other numbers in A0 */

static struct strbuf foreign_stream(const char *signature_text, bool behind)
{
	struct made one = make_package("TSTa");
	struct members head = { .n = 0 }, part = part_members(&one);
	struct strbuf header = STRBUF_INIT, body = STRBUF_INIT, all = STRBUF_INIT;
	AUTO_STRBUF struct strbuf octets = STRBUF_INIT;
	const char *pem = signature_text;

	put_header(&header, "TSTa 1 10\n");
	put_archive(&body, &part, "070701");
	if (pem == NULL) {
		struct signer *s = signer_of(&me, NULL, "sha1");

		assert_int_equal(signer_add(s, header.p, header.len, &e), 0);
		assert_int_equal(signer_add(s, body.p, body.len, &e), 0);
		assert_int_equal(signer_finish(s, NULL, NOW, a, &pem, &e), 0);
		signer_free(s);
	}
	if (behind)
		add_member(&head, "signature", pem);
	add_member(&head, "TSTa/pkginfo", arena_strdup(a, one.pkginfo.p));
	add_member(&head, "TSTa/pkgmap", arena_strdup(a, one.pkgmap.p));
	if (!behind)
		add_member(&head, "signature", pem);
	strbuf_add(&all, header.p, header.len);
	put_archive(&all, &head, "070701");
	strbuf_add(&all, body.p, body.len);
	strbuf_free(&header);
	strbuf_free(&body);
	made_free(&one);
	return all;
}

static void a_stream_of_others_verifies(void **state)
{
	AUTO_STRBUF struct strbuf s = foreign_stream(NULL, false);
	struct verdict v;
	char *at;

	(void)state;
	if (look_at(s.p, s.len, &v) != 1)
		fail_msg("%s", e.text);
	assert_false(v.whole);
	assert_non_null(v.weak[0]);
	at = memmem(s.p, s.len, "contents of x", 13);
	at[0] = 'K'; /* and the sum of pkgmap right again: only the signature knows */
	at[1] = 'g';
	at[2] = 'v';
	assert_int_equal(look_at(s.p, s.len, &v), 0);
}

static void the_signature_is_the_last_of_the_head(void **state)
{
	AUTO_STRBUF struct strbuf s = foreign_stream("nonsense", true);
	AUTO_STRBUF struct strbuf t = foreign_stream("nonsense", false);
	AUTO_STRBUF struct strbuf u = foreign_stream("", false);
	struct verdict v;

	(void)state;
	assert_int_equal(look_at(s.p, s.len, &v), -E_FORMAT);
	assert_non_null(strstr(e.text, "comes behind the signature"));
	assert_int_equal(look_at(t.p, t.len, &v), -E_FORMAT);
	assert_non_null(strstr(e.text, "no PKCS#7"));
	assert_int_equal(look_at(u.p, u.len, &v), -E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stream_of_ours_verifies),
		TEST(every_byte_counts),
		TEST(nothing_may_be_added_or_cut),
		TEST(what_was_verified_is_what_is_read),
		TEST(a_stream_of_others_verifies),
		TEST(the_signature_is_the_last_of_the_head),
	};

	return cmocka_run_group_tests_name("signed streams", tests, group_setup, NULL);
}
