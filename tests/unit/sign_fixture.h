/*
 * Certificates made here: who, by whom, from when to when, for what.
 *
 *	struct issued root = issue(&(struct request){ .name = "Root", .ca = true });
 *	struct issued leaf = issue(&(struct request){ .name = "Leaf", .by = &root });
 *	trust(keys, &root);
 *	sign_with(keys, &leaf, NULL);
 *
 * Times are days from NOW. Everything is freed at the end of the process.
 */
#ifndef TESTS_UNIT_SIGN_FIXTURE_H
#define TESTS_UNIT_SIGN_FIXTURE_H

#include "medium_fixture.h"

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "formats/medium_verify.h"

#define NOW ((int64_t)1800000000)	/* 2027-01-15 */
#define DAY ((int64_t)86400)

struct issued {
	EVP_PKEY *key;
	X509 *cert;
};

struct request {
	const char *name;
	const struct issued *by;	/* NULL: self-signed */
	int from, to;			/* days; both 0: -100 to 100 */
	bool ca;
	int rsa;			/* bits; 0: P-256 */
	const char *digest;		/* of the issuer's signature; NULL: SHA256 */
	const char *usage, *extended;	/* extensions as openssl.cnf has them, or NULL */
	int serial;
};

static inline void extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	if (value == NULL)
		return;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(ext);
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static VEC(struct issued) all_issued = VEC_INIT;

static inline void free_issued(void)
{
	size_t i;

	for (i = 0; i < all_issued.n; i++) {
		EVP_PKEY_free(all_issued.v[i].key);
		X509_free(all_issued.v[i].cert);
	}
	VEC_FREE(&all_issued);
}

static inline struct issued issue(const struct request *r)
{
	bool usual = r->from == 0 && r->to == 0;
	int64_t from = NOW + (usual ? -100 : r->from) * DAY, to = NOW + (usual ? 100 : r->to) * DAY;
	struct issued ret = { .cert = X509_new() };
	static int serial = 100;
	X509_NAME *name = X509_NAME_new();

	ret.key = r->rsa > 0 ? EVP_RSA_gen((unsigned)r->rsa) : EVP_EC_gen("P-256");
	assert_non_null(ret.key);
	X509_set_version(ret.cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(ret.cert), r->serial > 0 ? r->serial : serial++);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)r->name, -1,
				   -1, 0);
	X509_set_subject_name(ret.cert, name);
	X509_set_issuer_name(ret.cert, r->by != NULL ? X509_get_subject_name(r->by->cert) : name);
	X509_NAME_free(name);
	ASN1_TIME_set(X509_getm_notBefore(ret.cert), (time_t)from);
	ASN1_TIME_set(X509_getm_notAfter(ret.cert), (time_t)to);
	X509_set_pubkey(ret.cert, ret.key);
	extend(ret.cert, ret.cert, NID_basic_constraints,
	       r->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	extend(ret.cert, ret.cert, NID_key_usage, r->usage);
	extend(ret.cert, ret.cert, NID_ext_key_usage, r->extended);
	assert_true(X509_sign(ret.cert, r->by != NULL ? r->by->key : ret.key,
			      EVP_get_digestbyname(r->digest != NULL ? r->digest : "SHA256")) > 0);
	if (all_issued.n == 0)
		assert_int_equal(atexit(free_issued), 0);
	*VEC_PUSH(&all_issued) = ret;
	return ret;
}

static inline struct strbuf pem_of(X509 *cert, EVP_PKEY *key, const char *passphrase)
{
	struct strbuf text = STRBUF_INIT;
	BIO *b = BIO_new(BIO_s_mem());
	char *p;
	long n;

	if (cert != NULL)
		assert_int_equal(PEM_write_bio_X509(b, cert), 1);
	if (key != NULL)
		assert_int_equal(PEM_write_bio_PrivateKey(b, key,
			passphrase != NULL ? EVP_aes_128_cbc() : NULL, NULL, 0, NULL,
			(void *)passphrase), 1);
	n = BIO_get_mem_data(b, &p);
	strbuf_add(&text, p, (size_t)n);
	BIO_free(b);
	return text;
}

static inline void trust(struct sign_keys *k, const struct issued *i)
{
	AUTO_STRBUF struct strbuf pem = pem_of(i->cert, NULL, NULL);

	if (sign_keys_add(k, pem.p, pem.len, "trusted.pem", NULL, SIGN_TRUST, &e) != 1)
		fail_msg("%s", e.text);
}

/* NULL-terminated list of those whose certificates lie beside the key. */
static inline struct signer *signer_of(const struct issued *i, const struct issued *more,
				       const char *digest)
{
	AUTO_STRBUF struct strbuf pem = pem_of(i->cert, i->key, NULL);
	struct sign_keys *k = sign_keys_new();
	struct signer *s = NULL;

	if (more != NULL) {
		struct strbuf chain = pem_of(more->cert, NULL, NULL);

		strbuf_add(&pem, chain.p, chain.len);
		strbuf_free(&chain);
	}
	if (sign_keys_add(k, pem.p, pem.len, "store.pem", NULL, SIGN_WITH, &e) < 0 ||
	    signer_new(k, NULL, digest, &s, &e) < 0)
		fail_msg("%s", e.text);
	sign_keys_free(k);
	return s;
}

static inline const char *sign_text(const struct issued *i, const struct issued *more,
				    const char *digest, const char *text, int64_t at)
{
	struct signer *s = signer_of(i, more, digest);
	const char *pem;

	assert_int_equal(signer_add(s, text, strlen(text), &e), 0);
	if (signer_finish(s, NULL, at, a, &pem, &e) < 0)
		fail_msg("%s", e.text);
	signer_free(s);
	return pem;
}

static inline struct verdict verdict_of(const struct sign_keys *k, const char *pem,
					const char *text, int64_t now)
{
	struct signature *s;
	struct verdict v;

	if (signature_parse(pem, strlen(pem), "it", &s, &e) < 0 ||
	    signature_add(s, text, strlen(text), &e) < 0 ||
	    signature_finish(s, k, now, a, &v, &e) < 0)
		fail_msg("%s", e.text);
	signature_free(s);
	return v;
}

#endif
