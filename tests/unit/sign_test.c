/* Signatures and what is found out about them. */
#include "sign_fixture.h"

static struct sign_keys *keys;

static int setup(void **state)
{
	keys = sign_keys_new();
	return medium_setup(state);
}

static int teardown(void **state)
{
	sign_keys_free(keys);
	return medium_teardown(state);
}

#undef TEST
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void a_signature_fits_what_was_signed(void **state)
{
	struct issued me = issue(&(struct request){ .name = "Me" });
	const char *pem = sign_text(&me, NULL, "sha256", "some text", NOW - DAY);
	struct verdict v;

	(void)state;
	trust(keys, &me);
	assert_int_equal(sign_keys_trusted(keys), 1);
	v = verdict_of(keys, pem, "some text", NOW);
	assert_true(v.intact);
	assert_null(v.damage);
	assert_int_equal(v.state, SIGNER_TRUSTED);
	assert_string_equal(v.signer, "CN=Me");
	assert_string_equal(v.digest, "SHA-256");
	assert_string_equal(v.key, "EC 256");
	assert_int_equal(v.signed_at, NOW - DAY);
	assert_int_equal(v.not_after, NOW + 100 * DAY);
	assert_int_equal(strlen(v.fingerprint), 64);
	assert_null(v.weak[0]);
	v = verdict_of(keys, pem, "some Text", NOW);
	assert_false(v.intact);
	assert_non_null(strstr(v.damage, "what was signed is not what is here"));
	v = verdict_of(keys, pem, "some text\n", NOW);
	assert_false(v.intact);
	v = verdict_of(keys, pem, "", NOW);
	assert_false(v.intact);
}

struct stand {
	const char *what;
	struct request leaf;
	bool trusted;
	enum signer_state state;
	const char *words;
};

static void how_a_signer_stands(void **state)
{
	struct issued root = issue(&(struct request){ .name = "Root", .ca = true });
	struct issued old = issue(&(struct request){ .name = "Old root", .ca = true, .from = -900,
						     .to = -10 });
	struct issued other = issue(&(struct request){ .name = "Other", .ca = true });
	struct issued weak = issue(&(struct request){ .name = "No CA" });
	const struct stand rows[] = {
		{ "root", { .name = "A", .by = &root }, true, SIGNER_TRUSTED, NULL },
		{ "expired", { .name = "B", .by = &root, .from = -9, .to = -3 }, true, SIGNER_EXPIRED,
		  "of 'CN=B' expired on 2027-01-12" },
		{ "then valid", { .name = "B", .by = &root, .from = -9, .to = -3 }, true, SIGNER_EXPIRED,
		  "made on 2027-01-10, when it was valid" },
		{ "future", { .name = "C", .by = &root, .from = 3, .to = 9 }, true, SIGNER_NOT_YET,
		  "of 'CN=C' is valid only from 2027-01-18 on" },
		{ "old root", { .name = "D", .by = &old }, true, SIGNER_EXPIRED, "of 'CN=Old root'" },
		{ "unknown", { .name = "E" }, false, SIGNER_UNKNOWN, "self-signed certificate of 'CN=E'" },
		{ "other", { .name = "F", .by = &other }, false, SIGNER_UNKNOWN,
		  "issued by 'CN=Other', which is not among the keys" },
		{ "no ca", { .name = "G", .by = &weak }, true, SIGNER_UNFIT, "is not fit" },
		{ "server", { .name = "H", .by = &root, .extended = "serverAuth" }, true, SIGNER_UNFIT,
		  "other purposes" },
		{ "code", { .name = "I", .by = &root, .extended = "codeSigning",
			    .usage = "critical,digitalSignature" }, true, SIGNER_TRUSTED, NULL },
		{ "mail", { .name = "J", .by = &root, .extended = "emailProtection" }, true,
		  SIGNER_TRUSTED, NULL },
		{ "usage", { .name = "K", .by = &root, .usage = "critical,keyEncipherment" }, true,
		  SIGNER_UNFIT, "not made for signatures" },
	};
	size_t i;

	(void)state;
	trust(keys, &root);
	trust(keys, &old);
	trust(keys, &weak);
	for (i = 0; i < COUNT(rows); i++) {
		struct issued leaf = issue(&rows[i].leaf);
		const char *pem = sign_text(&leaf, NULL, "sha256", "text", NOW - 5 * DAY);
		struct verdict v = verdict_of(keys, pem, "text", NOW);

		assert_true(v.intact);
		if (v.state != rows[i].state ||
		    (rows[i].words != NULL && strstr(v.why, rows[i].words) == NULL))
			fail_msg("%s: %d %s", rows[i].what, v.state, v.why);
		assert_true((v.why == NULL) == (v.state == SIGNER_TRUSTED));
	}
}

static void an_impostor_is_not_the_one_it_is_called_like(void **state)
{
	struct issued root = issue(&(struct request){ .name = "Root", .ca = true });
	struct issued fake = issue(&(struct request){ .name = "Root", .ca = true });
	struct issued leaf = issue(&(struct request){ .name = "Leaf", .by = &fake });
	struct verdict v;

	(void)state;
	trust(keys, &root);
	v = verdict_of(keys, sign_text(&leaf, &fake, "sha256", "text", NOW), "text", NOW);
	assert_true(v.intact);
	assert_int_equal(v.state, SIGNER_UNKNOWN);
	v = verdict_of(keys, sign_text(&fake, NULL, "sha256", "text", NOW), "text", NOW);
	assert_int_equal(v.state, SIGNER_UNKNOWN);
}

static void a_chain_comes_with_the_signature(void **state)
{
	struct issued root = issue(&(struct request){ .name = "Root", .ca = true });
	struct issued mid = issue(&(struct request){ .name = "Mid", .by = &root, .ca = true });
	struct issued leaf = issue(&(struct request){ .name = "Leaf", .by = &mid });
	struct verdict v;

	(void)state;
	trust(keys, &root);
	v = verdict_of(keys, sign_text(&leaf, &mid, "sha256", "text", NOW), "text", NOW);
	assert_int_equal(v.state, SIGNER_TRUSTED);
	v = verdict_of(keys, sign_text(&leaf, NULL, "sha256", "text", NOW), "text", NOW);
	assert_int_equal(v.state, SIGNER_UNKNOWN);
	assert_non_null(strstr(v.why, "issued by 'CN=Mid'"));
}

static void a_certificate_among_the_keys_needs_no_root(void **state)
{
	struct issued root = issue(&(struct request){ .name = "Root", .ca = true });
	struct issued leaf = issue(&(struct request){ .name = "Leaf", .by = &root });
	struct issued sister = issue(&(struct request){ .name = "Sister", .by = &root });

	(void)state;
	trust(keys, &leaf);
	assert_int_equal(verdict_of(keys, sign_text(&leaf, NULL, "sha256", "t", NOW), "t",
				    NOW).state, SIGNER_TRUSTED);
	assert_int_equal(verdict_of(keys, sign_text(&sister, NULL, "sha256", "t", NOW), "t",
				    NOW).state, SIGNER_UNKNOWN);
}

static bool listed(const struct verdict *v, const char *words)
{
	size_t i;

	for (i = 0; v->weak[i] != NULL; i++)
		if (strstr(v->weak[i], words) != NULL)
			return true;
	return false;
}

static void what_is_weak_is_named(void **state)
{
	struct issued root = issue(&(struct request){ .name = "Root", .ca = true, .rsa = 2048, .digest = "MD5" });
	struct issued mid = issue(&(struct request){ .name = "Mid", .by = &root, .ca = true,
						     .rsa = 1024, .digest = "SHA1" });
	struct issued leaf = issue(&(struct request){ .name = "Leaf", .by = &mid, .rsa = 1024,
						      .digest = "MD5" });
	struct issued fine = issue(&(struct request){ .name = "Fine", .by = &root, .rsa = 2048 });
	struct verdict v;

	(void)state;
	trust(keys, &root);
	v = verdict_of(keys, sign_text(&leaf, &mid, "sha1", "text", NOW), "text", NOW);
	assert_true(v.intact);
	assert_int_equal(v.state, SIGNER_TRUSTED);
	assert_true(listed(&v, "SHA-1 digest"));
	assert_true(listed(&v, "RSA key of 1024 bits"));
	assert_true(listed(&v, "certificate of 'CN=Leaf' signed with MD5"));
	assert_true(listed(&v, "certificate of 'CN=Mid' signed with SHA-1"));
	assert_true(listed(&v, "certificate of 'CN=Mid' with an RSA key of 1024 bits"));
	assert_false(listed(&v, "CN=Root"));
	v = verdict_of(keys, sign_text(&leaf, &mid, "md5", "text", NOW), "text", NOW);
	assert_true(v.intact);
	assert_true(listed(&v, "MD5 digest"));
	v = verdict_of(keys, sign_text(&fine, NULL, "sha512", "text", NOW), "text", NOW);
	assert_null(v.weak[0]);
}

static void a_revoked_signer_is_refused(void **state)
{
	struct issued root = issue(&(struct request){ .name = "Root", .ca = true });
	struct issued bad = issue(&(struct request){ .name = "Bad", .by = &root, .serial = 7 });
	struct issued good = issue(&(struct request){ .name = "Good", .by = &root });
	X509_CRL *crl = X509_CRL_new();
	X509_REVOKED *rev = X509_REVOKED_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)(NOW - 50 * DAY));
	BIO *b = BIO_new(BIO_s_mem());
	char *pem;
	long n;

	(void)state;
	ASN1_INTEGER_set(serial, 7);
	X509_REVOKED_set_serialNumber(rev, serial);
	X509_REVOKED_set_revocationDate(rev, t);
	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(root.cert));
	X509_CRL_set1_lastUpdate(crl, t);
	X509_CRL_set1_nextUpdate(crl, ASN1_TIME_set(t, (time_t)(NOW - 20 * DAY))); /* old */
	X509_CRL_add0_revoked(crl, rev);
	assert_true(X509_CRL_sign(crl, root.key, EVP_sha256()) > 0);
	PEM_write_bio_X509_CRL(b, crl);
	n = BIO_get_mem_data(b, &pem);
	trust(keys, &root);
	assert_int_equal(sign_keys_add(keys, pem, (size_t)n, "x.crl", NULL, SIGN_TRUST, &e), 1);
	assert_int_equal(verdict_of(keys, sign_text(&bad, NULL, "sha256", "t", NOW), "t",
				    NOW).state, SIGNER_REVOKED);
	assert_int_equal(verdict_of(keys, sign_text(&good, NULL, "sha256", "t", NOW), "t",
				    NOW).state, SIGNER_TRUSTED);
	BIO_free(b);
	X509_CRL_free(crl);
	ASN1_INTEGER_free(serial);
	ASN1_TIME_free(t);
}

/* ---- signatures of others */

static const char *cms_pem(const struct issued *i, const char *text, unsigned flags,
			   bool second)
{
	BIO *in = BIO_new_mem_buf(text, -1), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = CMS_sign(i->cert, i->key, NULL, in,
					flags | CMS_BINARY | (second ? CMS_PARTIAL : 0));
	const char *pem;
	char *p;
	long n;

	assert_non_null(cms);
	if (second) {
		assert_non_null(CMS_add1_signer(cms, i->cert, i->key, NULL,
						CMS_PARTIAL | CMS_NOCERTS));
		assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY | CMS_DETACHED), 1);
	}
	PEM_write_bio_CMS_stream(out, cms, NULL, 0);
	n = BIO_get_mem_data(out, &p);
	pem = arena_strndup(a, p, (size_t)n);
	BIO_free(in);
	BIO_free(out);
	CMS_ContentInfo_free(cms);
	return pem;
}

static void signatures_of_others(void **state)
{
	struct issued me = issue(&(struct request){ .name = "Me" });
	const char *plain = cms_pem(&me, "text", CMS_DETACHED, false);
	const char *bare = cms_pem(&me, "text", CMS_DETACHED | CMS_NOATTR, false);
	const char *without = cms_pem(&me, "text", CMS_DETACHED | CMS_NOCERTS, false);
	struct signature *s;
	struct verdict v;

	(void)state;
	v = verdict_of(keys, without, "text", NOW);
	assert_false(v.intact);
	assert_int_equal(v.state, SIGNER_UNKNOWN);
	assert_non_null(strstr(v.damage, "neither in it nor among the keys"));
	trust(keys, &me);
	assert_true(verdict_of(keys, plain, "text", NOW).intact);
	assert_true(verdict_of(keys, bare, "text", NOW).intact);
	assert_false(verdict_of(keys, bare, "texT", NOW).intact);
	assert_true(verdict_of(keys, without, "text", NOW).intact);
	plain = cms_pem(&me, "text", 0, false);
	assert_int_equal(signature_parse(plain, strlen(plain), "x", &s, &e), -E_UNSUPPORTED);
	assert_non_null(strstr(e.text, "contents of its own"));
	plain = cms_pem(&me, "text", CMS_DETACHED, true);
	assert_int_equal(signature_parse(plain, strlen(plain), "x", &s, &e), -E_UNSUPPORTED);
	assert_non_null(strstr(e.text, "several signers"));
}

static bool accepted(const char *pem, const struct sha256 *head)
{
	struct signature *s;
	struct sha256 got;
	struct verdict v;
	bool good;

	if (signature_parse(pem, strlen(pem), "x", &s, &e) < 0)
		return false;
	good = signature_add(s, "text", 4, &e) == 0 &&
	       signature_finish(s, keys, NOW, a, &v, &e) == 0 && v.intact &&
	       v.state == SIGNER_TRUSTED && signature_head(s, &got) && sha256_equal(&got, head);
	signature_free(s);
	return good;
}

/* Also of certificates that the keys have themselves, so that nobody looks at these. */
static void every_bit_of_ours_counts(void **state)
{
	struct issued root = issue(&(struct request){ .name = "Root", .ca = true });
	struct issued mid = issue(&(struct request){ .name = "Mid", .by = &root, .ca = true });
	struct issued leaf = issue(&(struct request){ .name = "Leaf", .by = &mid, .rsa = 2048 });
	struct signer *signer = signer_of(&leaf, &mid, "sha256");
	struct sha256 head = { .bytes = { 1, 2, 3 } };
	const char *pem;
	char *copy;
	size_t i;
	int bit;

	(void)state;
	trust(keys, &root);
	trust(keys, &mid);
	trust(keys, &leaf);
	assert_int_equal(signer_add(signer, "text", 4, &e), 0);
	assert_int_equal(signer_finish(signer, &head, NOW, a, &pem, &e), 0);
	signer_free(signer);
	assert_true(accepted(pem, &head));
	copy = arena_strdup(a, pem);
	for (i = 0; i < strlen(pem); i++) {
		for (bit = 0; bit < 6; bit++) {
			copy[i] = (char)(pem[i] ^ (1 << bit));
			if (accepted(copy, &head))
				fail_msg("bit %d of byte %zu is not covered", bit, i);
		}
		copy[i] = pem[i];
	}
	assert_false(accepted(arena_printf(a, "%s\n", pem), &head));
	assert_false(accepted(arena_printf(a, "\n%s", pem), &head));
}

static void what_is_no_signature(void **state)
{
	static const char *const rows[] = {
		"", "hello", "-----BEGIN PKCS7-----\n", "-----BEGIN PKCS7-----\n-----END PKCS7-----\n",
		"-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n", "0", "0\x80", "0\x84\x7f\xff\xff\xff",
	};
	struct issued me = issue(&(struct request){ .name = "Me" });
	AUTO_STRBUF struct strbuf cert = pem_of(me.cert, NULL, NULL);
	struct signature *s;
	const char *pem;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		assert_int_equal(signature_parse(rows[i], strlen(rows[i]), "x", &s, &e), -E_FORMAT);
	assert_int_equal(signature_parse(cert.p, cert.len, "x", &s, &e), -E_FORMAT);
	pem = sign_text(&me, NULL, "sha256", "text", NOW);
	for (i = 0; i < strlen(pem) - 26; i++)
		assert_true(signature_parse(pem, i, "x", &s, &e) < 0);
	assert_int_equal(signature_parse(pem, SIGN_MAX_BYTES + 1, "x", &s, &e), -E_LIMIT);
}

/* ---- keys */

static void keys_by_name_and_passphrase(void **state)
{
	struct issued one = issue(&(struct request){ .name = "One" }), two = issue(&(struct request){ .name = "Two" });
	AUTO_STRBUF struct strbuf x = pem_of(one.cert, one.key, NULL);
	AUTO_STRBUF struct strbuf y = pem_of(two.cert, two.key, "geheim");
	AUTO_STRBUF struct strbuf named = STRBUF_INIT;
	struct signer *s;

	(void)state;
	assert_int_equal(signer_new(keys, NULL, "sha256", &s, &e), -E_NOT_FOUND);
	assert_int_equal(sign_keys_add(keys, x.p, x.len, "dir/first.pem", NULL, SIGN_WITH, &e), 2);
	assert_int_equal(sign_keys_add(keys, y.p, y.len, "y", NULL, SIGN_WITH, &e), -E_NEEDS_ANSWER);
	assert_int_equal(sign_keys_add(keys, y.p, y.len, "y", "falsch", SIGN_WITH, &e), -E_TRUST);
	assert_int_equal(signer_new(keys, NULL, "sha256", &s, &e), 0);
	signer_free(s);
	strbuf_addf(&named, "Bag Attributes\n    friendlyName: zwei\n%s", y.p);
	assert_int_equal(sign_keys_add(keys, named.p, named.len, "y", "geheim", SIGN_WITH, &e), 2);
	assert_int_equal(signer_new(keys, NULL, "sha256", &s, &e), -E_NOT_FOUND);
	assert_non_null(strstr(e.text, "several keys: 'One', 'Two'"));
	assert_int_equal(signer_new(keys, "three", "sha256", &s, &e), -E_NOT_FOUND);
	assert_int_equal(signer_new(keys, "first", "sha256", &s, &e), 0);
	signer_free(s);
	assert_int_equal(signer_new(keys, "Two", "sha256", &s, &e), 0);
	signer_free(s);
	assert_int_equal(signer_new(keys, "Two", "rot13", &s, &e), -E_USAGE);
	assert_int_equal(sign_keys_trusted(keys), 0);
	/* trusted: private keys are nobody's business, locked or not */
	assert_int_equal(sign_keys_add(keys, y.p, y.len, "y", NULL, SIGN_TRUST, &e), 1);
	assert_int_equal(sign_keys_trusted(keys), 1);
}

static void a_pkcs12_store(void **state)
{
	static const int pbes[] = { NID_undef, NID_pbe_WithSHA1And40BitRC2_CBC };
	struct issued me = issue(&(struct request){ .name = "Me" });
	OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(NULL, "legacy");
	OSSL_PROVIDER *usual = OSSL_PROVIDER_load(NULL, "default");
	unsigned char *der;
	struct signer *s;
	PKCS12 *p;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < (legacy != NULL ? 2 : 1); i++) {
		struct sign_keys *k = sign_keys_new();

		p = PKCS12_create("geheim", "ich", me.key, me.cert, NULL,
				  i > 0 ? pbes[i] : 0, i > 0 ? pbes[i] : 0, 0, 0, 0);
		assert_non_null(p);
		der = NULL;
		n = i2d_PKCS12(p, &der);
		assert_int_equal(sign_keys_add(k, der, (size_t)n, "x.p12", NULL, SIGN_WITH, &e),
				 -E_NEEDS_ANSWER);
		assert_int_equal(sign_keys_add(k, der, (size_t)n, "x.p12", "no", SIGN_WITH, &e),
				 -E_TRUST);
		assert_int_equal(sign_keys_add(k, der, (size_t)n, "x.p12", "geheim", SIGN_WITH, &e),
				 2);
		assert_int_equal(signer_new(k, "ich", "sha256", &s, &e), 0);
		signer_free(s);
		sign_keys_free(k);
		OPENSSL_free(der);
		PKCS12_free(p);
	}
	if (legacy != NULL)
		OSSL_PROVIDER_unload(legacy);
	OSSL_PROVIDER_unload(usual);
}

static void what_is_no_key(void **state)
{
	static const char *const rows[] = { "", "text", "-----BEGIN CERTIFICATE-----\nx",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "0\x82\x01" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		assert_int_equal(sign_keys_add(keys, rows[i], strlen(rows[i]), "x", NULL,
					       SIGN_TRUST, &e), -E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_signature_fits_what_was_signed),
		TEST(how_a_signer_stands),
		TEST(an_impostor_is_not_the_one_it_is_called_like),
		TEST(a_chain_comes_with_the_signature),
		TEST(a_certificate_among_the_keys_needs_no_root),
		TEST(what_is_weak_is_named),
		TEST(a_revoked_signer_is_refused),
		TEST(signatures_of_others),
		TEST(every_bit_of_ours_counts),
		TEST(what_is_no_signature),
		TEST(keys_by_name_and_passphrase),
		TEST(a_pkcs12_store),
		TEST(what_is_no_key),
	};

	return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
