/* Our context of OpenSSL, and words for what it knows. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "sign_internal.h"

#define WEAK_RSA_BITS 2048
#define WEAK_EC_BITS 224

static pthread_once_t loaded = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *modern, *legacy;

/* The providers stay for as long as the process does. */
static void load(void)
{
	modern = OSSL_LIB_CTX_new();
	if (modern == NULL || OSSL_PROVIDER_load(modern, "default") == NULL) {
		fprintf(stderr, "commpkg: OpenSSL has no default provider\n");
		abort();
	}
	legacy = OSSL_LIB_CTX_new();
	if (legacy != NULL && (OSSL_PROVIDER_load(legacy, "default") == NULL ||
			       OSSL_PROVIDER_load(legacy, "legacy") == NULL)) {
		OSSL_LIB_CTX_free(legacy);
		legacy = NULL;
	}
	ERR_clear_error();
}

OSSL_LIB_CTX *sign_context(void)
{
	(void)pthread_once(&loaded, load); /* can't fail with a valid argument */
	return modern;
}

OSSL_LIB_CTX *sign_legacy_context(void)
{
	(void)pthread_once(&loaded, load);
	return legacy;
}

const char *sign_openssl_says(char *buffer, size_t size)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	snprintf(buffer, size, "%s", reason != NULL ? reason : "OpenSSL does not say why");
	ERR_clear_error();
	return buffer;
}

const char *sign_name_text(struct arena *a, const X509_NAME *name)
{
	BIO *b = BIO_new(BIO_s_mem());
	const char *text = "?";
	char *p;
	long n;

	if (b == NULL)
		abort();
	/* UTF-8 stays readable; control bytes, quotes and the like are escaped by it */
	if (X509_NAME_print_ex(b, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		n = BIO_get_mem_data(b, &p);
		text = n > 0 ? arena_strndup(a, p, (size_t)n) : "(no name)";
	}
	BIO_free(b);
	return text;
}

const char *sign_common_name(struct arena *a, const X509 *cert)
{
	const X509_NAME *name = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	const char *text = NULL;
	int n = -1;

	if (at >= 0)
		n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(
						       X509_NAME_get_entry(name, at)));
	if (n > 0)
		text = arena_strndup(a, (const char *)utf8, (size_t)n);
	OPENSSL_free(utf8);
	return text;
}

const char *sign_key_text(struct arena *a, EVP_PKEY *key)
{
	const char *kind = key != NULL ? EVP_PKEY_get0_type_name(key) : NULL;

	if (kind == NULL)
		return "of an unknown kind";
	return arena_printf(a, "%s %d", kind, EVP_PKEY_get_bits(key));
}

const char *sign_digest_text(struct arena *a, int nid)
{
	static const struct { int nid; const char *text; } table[] = {
		{ NID_md5, "MD5" }, { NID_sha1, "SHA-1" }, { NID_sha224, "SHA-224" },
		{ NID_sha256, "SHA-256" }, { NID_sha384, "SHA-384" }, { NID_sha512, "SHA-512" },
		{ NID_sha3_256, "SHA3-256" }, { NID_ripemd160, "RIPEMD-160" },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].nid == nid)
			return table[i].text;
	return nid == NID_undef ? "?" : arena_strdup(a, OBJ_nid2ln(nid));
}

bool sign_weak_digest(int nid)
{
	return nid == NID_md5 || nid == NID_md4 || nid == NID_md2 || nid == NID_sha1 ||
	       nid == NID_mdc2 || nid == NID_ripemd160 || nid == NID_md5_sha1;
}

const char *sign_weak_key(struct arena *a, EVP_PKEY *key)
{
	const char *kind = key != NULL ? EVP_PKEY_get0_type_name(key) : NULL;
	int bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;

	if (kind == NULL)
		return NULL;
	if (str_has_prefix(kind, "RSA") && bits < WEAK_RSA_BITS)
		return arena_printf(a, "%s key of %d bits", kind, bits);
	if (str_eq(kind, "DSA"))
		return arena_printf(a, "DSA key of %d bits", bits);
	if (str_eq(kind, "EC") && bits < WEAK_EC_BITS)
		return arena_printf(a, "EC key of %d bits", bits);
	return NULL;
}

bool sign_time(const ASN1_TIME *t, int64_t *ret)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*ret = (int64_t)timegm(&tm);
	return true;
}

const char *sign_date_text(struct arena *a, int64_t t)
{
	time_t tt = (time_t)t;
	struct tm tm;

	if (gmtime_r(&tt, &tm) == NULL)
		return "?";
	return arena_printf(a, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}
