/* The signature made. */
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "sign_internal.h"

#define CHAIN_MAX 16

struct signer {
	CMS_ContentInfo *cms;
	CMS_SignerInfo *si;
	X509 *cert;
	BIO *digest;
};

void signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	BIO_free_all(s->digest);
	CMS_ContentInfo_free(s->cms);
	X509_free(s->cert);
	free(s);
}

static int fail(const char *what, struct error *e)
{
	char why[256];

	return error_set(e, E_UNSUPPORTED, "cannot sign: %s: %s", what,
			 sign_openssl_says(why, sizeof(why)));
}

/* ---- whose key */

static bool is_called(struct arena *a, const struct sign_identity *id, const char *alias)
{
	const char *cn = sign_common_name(a, id->cert);

	return (id->alias != NULL && str_eq(id->alias, alias)) ||
	       (cn != NULL && str_eq(cn, alias)) || str_eq(id->file, alias);
}

static const char *name_of(struct arena *a, const struct sign_identity *id)
{
	const char *cn = sign_common_name(a, id->cert);

	return id->alias != NULL ? id->alias : cn != NULL ? cn : id->file;
}

static int none_called(struct arena *a, const struct sign_keys *k, const char *alias,
		       struct error *e)
{
	AUTO_STRBUF struct strbuf names = STRBUF_INIT;
	size_t i, n = 0;

	for (i = 0; i < k->identities.n; i++)
		if (k->identities.v[i].cert != NULL)
			strbuf_addf(&names, "%s'%s'", n++ > 0 ? ", " : "",
				    name_of(a, &k->identities.v[i]));
	if (n == 0)
		return error_set(e, E_NOT_FOUND, "the key store has no private key with its "
				 "certificate");
	if (alias == NULL)
		return error_set(e, E_NOT_FOUND, "the key store has several keys: %s",
				 strbuf_str(&names));
	return error_set(e, E_NOT_FOUND, "the key store has no key '%s'; it has %s", alias,
			 strbuf_str(&names));
}

static int choose(struct arena *a, const struct sign_keys *k, const char *alias,
		  const struct sign_identity **ret, struct error *e)
{
	const struct sign_identity *found = NULL;
	size_t i;

	for (i = 0; i < k->identities.n; i++) {
		const struct sign_identity *id = &k->identities.v[i];

		if (id->cert == NULL || (alias != NULL && !is_called(a, id, alias)))
			continue;
		if (found != NULL && X509_cmp(found->cert, id->cert) != 0)
			return none_called(a, k, NULL, e);
		found = id;
	}
	if (found == NULL)
		return none_called(a, k, alias, e);
	*ret = found;
	return 0;
}

/* ---- the structure */

/* The certificates between the signer's and the root, which the others have themselves. */
static void add_chain(struct signer *s, const struct sign_keys *k)
{
	X509 *at = s->cert;
	int depth, i;

	for (depth = 0; depth < CHAIN_MAX && X509_self_signed(at, 0) == 0; depth++) {
		X509 *issuer = NULL;

		for (i = 0; issuer == NULL && i < sk_X509_num(k->others); i++)
			if (X509_check_issued(sk_X509_value(k->others, i), at) == X509_V_OK)
				issuer = sk_X509_value(k->others, i);
		if (issuer == NULL || X509_self_signed(issuer, 0) == 1)
			return;
		(void)CMS_add1_cert(s->cms, issuer); /* there twice: fine */
		at = issuer;
	}
}

static int begin(struct signer *s, const struct sign_keys *k, const struct sign_identity *id,
		 const char *digest, struct error *e)
{
	const unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP | CMS_PARTIAL;
	EVP_MD *md = EVP_MD_fetch(sign_context(), digest, NULL);

	if (md == NULL) {
		ERR_clear_error();
		return error_set(e, E_USAGE, "no digest is called '%s'", digest);
	}
	(void)X509_up_ref(id->cert); /* can't fail */
	s->cert = id->cert;
	s->cms = CMS_sign_ex(NULL, NULL, NULL, NULL, flags, sign_context(), NULL);
	if (s->cms != NULL)
		s->si = CMS_add1_signer(s->cms, id->cert, id->key, md, flags);
	EVP_MD_free(md);
	if (s->si == NULL)
		return fail("a key of this kind can't sign PKCS#7", e);
	add_chain(s, k);
	s->digest = CMS_dataInit(s->cms, NULL);
	return s->digest != NULL ? 0 : fail("digest", e);
}

int signer_new(const struct sign_keys *k, const char *alias, const char *digest,
	       struct signer **ret, struct error *e)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct sign_identity *id = NULL;
	struct signer *s;
	int rc = choose(a, k, alias, &id, e);

	if (rc < 0)
		return rc;
	s = xcalloc(1, sizeof(*s));
	rc = begin(s, k, id, digest, e);
	ERR_clear_error();
	if (rc < 0) {
		signer_free(s);
		return rc;
	}
	*ret = s;
	return 0;
}

const char *signer_doubt(const struct signer *s, int64_t now, struct arena *a)
{
	const char *name = sign_name_text(a, X509_get_subject_name(s->cert));
	const char *weak = sign_weak_key(a, X509_get0_pubkey(s->cert));
	int64_t begins = 0, ends = 0;

	if (sign_time(X509_get0_notAfter(s->cert), &ends) && ends < now)
		return arena_printf(a, "the certificate of '%s' expired on %s", name,
				    sign_date_text(a, ends));
	if (sign_time(X509_get0_notBefore(s->cert), &begins) && begins > now)
		return arena_printf(a, "the certificate of '%s' is valid only from %s on", name,
				    sign_date_text(a, begins));
	return weak != NULL ? arena_printf(a, "the certificate of '%s' has an %s, which is weak",
					   name, weak) : NULL;
}

int signer_add(struct signer *s, const void *bytes, size_t len, struct error *e)
{
	while (len > 0) {
		int n = len < INT_MAX ? (int)len : INT_MAX;

		if (BIO_write(s->digest, bytes, n) != n)
			return fail("digest", e);
		bytes = (const char *)bytes + n;
		len -= (size_t)n;
	}
	return 0;
}

/* Of the head only what lies in front of the signature is known by now. */
static int add_attributes(struct signer *s, const struct sha256 *head, int64_t signed_at)
{
	ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)signed_at);
	struct sha256 both[2];
	int ok = t != NULL && CMS_signed_add1_attr_by_NID(s->si, NID_pkcs9_signingTime, t->type,
							  t, -1) == 1;

	ASN1_TIME_free(t);
	if (!ok || head == NULL)
		return ok;
	both[0] = *head;
	sign_certificates(s->cms, &both[1]);
	return CMS_signed_add1_attr_by_txt(s->si, SIGN_HEAD_OID, V_ASN1_OCTET_STRING, both,
					   SIGN_HEAD_SIZE) == 1;
}

static const char *write_pem(struct signer *s, struct arena *a)
{
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(s->cms, &der);
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	long n;

	if (len <= 0 || b == NULL || PEM_write_bio(b, SIGN_PEM_LABEL, "", der, len) <= 0)
		abort();
	n = BIO_get_mem_data(b, &text);
	text = arena_strndup(a, text, (size_t)n);
	BIO_free(b);
	OPENSSL_free(der);
	return text;
}

int signer_finish(struct signer *s, const struct sha256 *head, int64_t signed_at,
		  struct arena *a, const char **ret_pem, struct error *e)
{
	if (!add_attributes(s, head, signed_at))
		return fail("attributes", e);
	if (BIO_flush(s->digest) != 1 || CMS_dataFinal(s->cms, s->digest) != 1)
		return fail("the key", e);
	*ret_pem = write_pem(s, a);
	return 0;
}
