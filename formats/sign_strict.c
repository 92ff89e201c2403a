/*
 * The one form of our own signatures. What a signature covers can't be changed unseen,
 * but a structure around it can be written in many ways: other spellings in base64, a
 * version number, certificates and attributes that nobody signed. Whoever says that every
 * byte counts has one form, and refuses the others.
 *
 *	ContentInfo { signedData, [0] SignedData {
 *		version 1, digestAlgorithms { the one of the signer }, { data },
 *		[0] certificates, signerInfos { SignerInfo { version 1, ... } } } }
 */
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "sign_internal.h"

struct der {
	const unsigned char *p;
	long len;
};

/* Takes the next element: its contents, and (whole) all of it. */
static bool der_take(struct der *d, int tag, int class, struct der *ret, struct der *whole)
{
	const unsigned char *p = d->p;
	int got_tag, got_class, flags;
	long len;

	if (d->len <= 0)
		return false;
	flags = ASN1_get_object(&p, &len, &got_tag, &got_class, d->len);
	if ((flags & 0x81) != 0 || got_tag != tag || got_class != class)
		return false;
	if (whole != NULL)
		*whole = (struct der){ d->p, (long)(p - d->p) + len };
	*ret = (struct der){ p, len };
	d->len -= (long)(p - d->p) + len;
	d->p = p + len;
	return true;
}

static bool der_take_universal(struct der *d, int tag, struct der *ret, struct der *whole)
{
	return der_take(d, tag, V_ASN1_UNIVERSAL, ret, whole);
}

static bool der_is_one(const struct der *d)
{
	return d->len == 1 && d->p[0] == 1;
}

/* Is d the algorithm of that number, with NULL for its parameters, or none? */
static bool der_is_algorithm(const struct der *d, int nid, int parameters)
{
	X509_ALGOR *alg = X509_ALGOR_new();
	unsigned char *der = NULL;
	int len = -1;
	bool same;

	if (alg != NULL && X509_ALGOR_set0(alg, OBJ_nid2obj(nid), parameters, NULL) == 1)
		len = i2d_X509_ALGOR(alg, &der);
	same = len > 0 && d->len == len && memcmp(d->p, der, (size_t)len) == 0;
	OPENSSL_free(der);
	X509_ALGOR_free(alg);
	return same;
}

/* As OpenSSL writes it for the kind of key. */
static bool der_is_signature_algorithm(const struct der *d, CMS_SignerInfo *si, int digest)
{
	EVP_PKEY *key = NULL;
	int nid, kind;

	CMS_SignerInfo_get0_algs(si, &key, NULL, NULL, NULL);
	kind = key != NULL ? EVP_PKEY_get_base_id(key) : NID_undef;
	if (kind == EVP_PKEY_RSA)
		return der_is_algorithm(d, NID_rsaEncryption, V_ASN1_NULL);
	return OBJ_find_sigid_by_algs(&nid, digest, kind) == 1 &&
	       der_is_algorithm(d, nid, V_ASN1_UNDEF);
}

/* The parts that OpenSSL reads and does not look at again. */
static bool structure_right(struct der all, CMS_SignerInfo *info, int digest)
{
	struct der content, sd, algorithms, set, alg, skip, infos, si, si_alg, sig_alg;
	struct der version;

	return der_take_universal(&all, V_ASN1_SEQUENCE, &content, NULL) && all.len == 0 &&
	       der_take_universal(&content, V_ASN1_OBJECT, &skip, NULL) &&
	       der_take(&content, 0, V_ASN1_CONTEXT_SPECIFIC, &sd, NULL) && content.len == 0 &&
	       der_take_universal(&sd, V_ASN1_SEQUENCE, &content, NULL) && sd.len == 0 &&
	       der_take_universal(&content, V_ASN1_INTEGER, &version, NULL) &&
	       der_is_one(&version) &&
	       der_take_universal(&content, V_ASN1_SET, &algorithms, NULL) &&
	       der_take_universal(&algorithms, V_ASN1_SEQUENCE, &set, &alg) &&
	       algorithms.len == 0 &&
	       der_take_universal(&content, V_ASN1_SEQUENCE, &skip, NULL) &&
	       der_take(&content, 0, V_ASN1_CONTEXT_SPECIFIC, &skip, NULL) &&
	       der_take_universal(&content, V_ASN1_SET, &infos, NULL) && content.len == 0 &&
	       der_take_universal(&infos, V_ASN1_SEQUENCE, &si, NULL) && infos.len == 0 &&
	       der_take_universal(&si, V_ASN1_INTEGER, &version, NULL) && der_is_one(&version) &&
	       der_take_universal(&si, V_ASN1_SEQUENCE, &skip, NULL) &&
	       der_take_universal(&si, V_ASN1_SEQUENCE, &skip, &si_alg) &&
	       der_is_algorithm(&alg, digest, V_ASN1_UNDEF) &&
	       der_is_algorithm(&si_alg, digest, V_ASN1_UNDEF) &&
	       der_take(&si, 0, V_ASN1_CONTEXT_SPECIFIC, &skip, NULL) &&
	       der_take_universal(&si, V_ASN1_SEQUENCE, &skip, &sig_alg) &&
	       der_is_signature_algorithm(&sig_alg, info, digest);
}

/* Names are compared without regard to case and kind of string; here they are spelt as the
 * certificate spells them. */
static bool names_its_certificate(CMS_SignerInfo *si)
{
	const unsigned char *x, *y;
	size_t nx, ny;
	X509_NAME *issuer = NULL;
	X509 *cert = NULL;

	CMS_SignerInfo_get0_algs(si, NULL, &cert, NULL, NULL);
	return cert != NULL && CMS_SignerInfo_get0_signer_id(si, NULL, &issuer, NULL) == 1 &&
	       X509_NAME_get0_der(issuer, &x, &nx) == 1 &&
	       X509_NAME_get0_der(X509_get_issuer_name(cert), &y, &ny) == 1 && nx == ny &&
	       memcmp(x, y, nx) == 0;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_SIZE);
}

/* A certificate that the keys have too is not looked at where it lies in the signature. */
void sign_certificates(CMS_ContentInfo *cms, struct sha256 *ret)
{
	STACK_OF(X509) *all = CMS_get1_certs(cms);
	int i, n = sk_X509_num(all), k = 0;
	struct sha256 *each = xcalloc((size_t)(n > 0 ? n : 0) + 1, sizeof(*each));

	for (i = 0; i < n; i++) {
		unsigned char *der = NULL;
		int len = i2d_X509(sk_X509_value(all, i), &der);

		if (len > 0)
			sha256_of(der, (size_t)len, &each[k++]);
		OPENSSL_free(der);
	}
	qsort(each, (size_t)k, sizeof(*each), by_bytes);
	sha256_of(each, (size_t)k * sizeof(*each), ret);
	free(each);
	sk_X509_pop_free(all, X509_free);
}

bool sign_strict(CMS_ContentInfo *cms, CMS_SignerInfo *si, const struct sha256 *certificates,
		 const void *bytes, size_t len)
{
	struct sha256 got;
	const ASN1_OBJECT *type;
	X509_ALGOR *digest;
	unsigned char *der = NULL;
	int der_len = i2d_CMS_ContentInfo(cms, &der);
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	bool same;

	if (der_len <= 0 || b == NULL)
		abort();
	same = PEM_write_bio(b, SIGN_PEM_LABEL, "", der, der_len) > 0 &&
	       BIO_get_mem_data(b, &text) == (long)len && memcmp(text, bytes, len) == 0;
	(void)CMS_set1_signers_certs(cms, NULL, 0); /* for the kind of its key */
	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, NULL);
	X509_ALGOR_get0(&type, NULL, NULL, digest);
	same = same && names_its_certificate(si) && CMS_unsigned_get_attr_count(si) <= 0 &&
	       structure_right((struct der){ der, der_len }, si, OBJ_obj2nid(type));
	sign_certificates(cms, &got);
	same = same && sha256_equal(&got, certificates);
	BIO_free(b);
	OPENSSL_free(der);
	ERR_clear_error();
	return same;
}
