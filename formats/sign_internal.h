/*
 * What the files of sign.h share: our context of OpenSSL, keys, words for certificates.
 */
#ifndef FORMATS_SIGN_INTERNAL_H
#define FORMATS_SIGN_INTERNAL_H

#include <openssl/cms.h>
#include <openssl/x509.h>

#include "sign.h"
#include "str.h"

/* The attribute of signature_head(): an OCTET STRING with two SHA-256, of the head and of
 * the certificates beside the signature (sign_certificates()). The number is a UUID
 * (ITU-T X.667), which needs nobody's leave. */
#define SIGN_HEAD_SIZE (2 * SHA256_SIZE)
#define SIGN_HEAD_OID "2.25.262381950067232490408148636520975878185"
#define SIGN_PEM_LABEL "PKCS7"

struct sign_identity {
	EVP_PKEY *key;
	X509 *cert;		/* NULL: none fits */
	char *alias;		/* friendly name or NULL */
	char *file;		/* name without directory and suffix */
};

struct sign_keys {
	STACK_OF(X509) *trusted;
	STACK_OF(X509) *others;		/* came with private keys: for chains only */
	STACK_OF(X509_CRL) *crls;
	VEC(struct sign_identity) identities;
	size_t ncertificates;
};

/* Never NULL: without it nothing here can work, so that aborts. */
OSSL_LIB_CTX *sign_context(void);
/* With the legacy provider; NULL when that is not installed. */
OSSL_LIB_CTX *sign_legacy_context(void);
/* "why" of OpenSSL's queue, which is emptied. */
const char *sign_openssl_says(char *buffer, size_t size);

/* A name as RFC 2253 writes it, control bytes escaped. */
const char *sign_name_text(struct arena *a, const X509_NAME *name);
const char *sign_common_name(struct arena *a, const X509 *cert);
const char *sign_key_text(struct arena *a, EVP_PKEY *key);
/* "SHA-256" for a NID. */
const char *sign_digest_text(struct arena *a, int nid);
/* NULL, or the words for a key or digest too weak for today. */
const char *sign_weak_key(struct arena *a, EVP_PKEY *key);
bool sign_weak_digest(int nid);
/* Seconds; false for what is no time. */
bool sign_time(const ASN1_TIME *t, int64_t *ret);
/* "2009-06-30" */
const char *sign_date_text(struct arena *a, int64_t t);

/* Is it, byte for byte, in the one form of our own signatures? Beside `certificates`. */
bool sign_strict(CMS_ContentInfo *cms, CMS_SignerInfo *si, const struct sha256 *certificates,
		 const void *bytes, size_t len);
/* Of all certificates in it, whatever their order. */
void sign_certificates(CMS_ContentInfo *cms, struct sha256 *ret);

/* Fills state, why, and adds to weak, for the certificate of a signer. */
typedef VEC(const char *) sign_words;
int sign_judge(struct arena *a, const struct sign_keys *k, X509 *cert, STACK_OF(X509) *more,
	       int64_t now, struct verdict *v, sign_words *weak, struct error *e);

#endif
