/* The signature read: parsed, fed with what was signed, judged. */
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "sign_internal.h"

#define SIGNATURE_MAX_CERTIFICATES 32

struct signature {
	char *name;
	CMS_ContentInfo *cms;
	CMS_SignerInfo *si;
	BIO *digest;			/* the octets go in here */
	bool has_head;
	struct sha256 head, certificates;
};

void signature_free(struct signature *s)
{
	if (s == NULL)
		return;
	BIO_free_all(s->digest);
	CMS_ContentInfo_free(s->cms);
	free(s->name);
	free(s);
}

static int refuse(const struct signature *s, int code, const char *what, struct error *e)
{
	ERR_clear_error();
	return error_set(e, code, "the signature of '%s' %s", s->name, what);
}

/* ---- bytes to CMS */

static bool label_known(const char *label)
{
	return str_eq(label, SIGN_PEM_LABEL) || str_eq(label, "CMS") ||
	       str_eq(label, "PKCS #7 SIGNED DATA");
}

/* DER of it, to be freed by OPENSSL_free(); NULL: it is no PEM. */
static unsigned char *pem_open(const void *bytes, size_t len, long *ret_len, bool *known)
{
	BIO *b = BIO_new_mem_buf(bytes, (int)len);
	char *label = NULL, *header = NULL;
	unsigned char *der = NULL;

	if (b == NULL)
		abort();
	*known = PEM_read_bio(b, &label, &header, &der, ret_len) == 1 && label_known(label) &&
		 *header == '\0';
	BIO_free(b);
	OPENSSL_free(label);
	OPENSSL_free(header);
	ERR_clear_error();
	return der;
}

/* A chain is short; looking for one among many takes long. */
static int check_certificates(const struct signature *s, struct error *e)
{
	STACK_OF(X509) *all = CMS_get1_certs(s->cms);
	int n = sk_X509_num(all);

	sk_X509_pop_free(all, X509_free);
	if (n > SIGNATURE_MAX_CERTIFICATES)
		return error_set(e, E_LIMIT, "the signature of '%s' has %d certificates, at most "
				 "%d are read", s->name, n, SIGNATURE_MAX_CERTIFICATES);
	return 0;
}

static int parse_der(struct signature *s, const unsigned char *der, long len, struct error *e)
{
	const unsigned char *p = der;

	s->cms = CMS_ContentInfo_new_ex(sign_context(), NULL);
	if (s->cms == NULL)
		abort();
	if (d2i_CMS_ContentInfo(&s->cms, &p, len) == NULL || p != der + len)
		return refuse(s, E_FORMAT, "can't be read: it is no PKCS#7 structure", e);
	if (OBJ_obj2nid(CMS_get0_type(s->cms)) != NID_pkcs7_signed)
		return refuse(s, E_FORMAT, "can't be read: it holds no signed data", e);
	if (OBJ_obj2nid(CMS_get0_eContentType(s->cms)) != NID_pkcs7_data)
		return refuse(s, E_UNSUPPORTED, "is for something else than plain data", e);
	if (CMS_is_detached(s->cms) != 1)
		return refuse(s, E_UNSUPPORTED, "holds contents of its own", e);
	return check_certificates(s, e);
}

static int parse_any(struct signature *s, const void *bytes, size_t len, struct error *e)
{
	unsigned char *der;
	bool known = false;
	long der_len = 0;
	int rc;

	if (len > SIGN_MAX_BYTES)
		return error_set(e, E_LIMIT, "the signature of '%s' is larger than %zu bytes",
				 s->name, SIGN_MAX_BYTES);
	if (len > 0 && *(const unsigned char *)bytes == 0x30)
		return parse_der(s, bytes, (long)len, e);
	der = pem_open(bytes, len, &der_len, &known);
	if (der == NULL || !known)
		rc = refuse(s, E_FORMAT, "can't be read: it is no PKCS#7 in PEM", e);
	else
		rc = parse_der(s, der, der_len, e);
	OPENSSL_free(der);
	return rc;
}

/* ---- the one signer */

/* -3: only when it is there once, with one value. */
static void read_head(struct signature *s)
{
	ASN1_OBJECT *type = OBJ_txt2obj(SIGN_HEAD_OID, 1);
	const ASN1_OCTET_STRING *text;

	if (type == NULL)
		abort();
	text = CMS_signed_get0_data_by_OBJ(s->si, type, -3, V_ASN1_OCTET_STRING);
	ASN1_OBJECT_free(type);
	if (text == NULL || ASN1_STRING_length(text) != SIGN_HEAD_SIZE)
		return;
	memcpy(s->head.bytes, ASN1_STRING_get0_data(text), SHA256_SIZE);
	memcpy(s->certificates.bytes, ASN1_STRING_get0_data(text) + SHA256_SIZE, SHA256_SIZE);
	s->has_head = true;
}

static int digest_nid(const struct signature *s)
{
	const ASN1_OBJECT *type;
	X509_ALGOR *algorithm;

	CMS_SignerInfo_get0_algs(s->si, NULL, NULL, &algorithm, NULL);
	X509_ALGOR_get0(&type, NULL, NULL, algorithm);
	return OBJ_obj2nid(type);
}

static int find_signer(struct signature *s, struct error *e)
{
	STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(s->cms);

	if (sk_CMS_SignerInfo_num(all) <= 0)
		return refuse(s, E_FORMAT, "has no signer", e);
	if (sk_CMS_SignerInfo_num(all) > 1)
		return refuse(s, E_UNSUPPORTED, "has several signers", e);
	s->si = sk_CMS_SignerInfo_value(all, 0);
	read_head(s);
	s->digest = CMS_dataInit(s->cms, NULL);
	if (s->digest == NULL) {
		ERR_clear_error();
		return error_set(e, E_UNSUPPORTED, "the signature of '%s' needs the digest %s, "
				 "which is not known here", s->name,
				 OBJ_nid2ln(digest_nid(s)));
	}
	return 0;
}

int signature_parse(const void *bytes, size_t len, const char *name, struct signature **ret,
		    struct error *e)
{
	struct signature *s = xcalloc(1, sizeof(*s));
	int rc;

	s->name = xstrdup(name);
	rc = parse_any(s, bytes, len, e);
	if (rc == 0)
		rc = find_signer(s, e);
	if (rc == 0 && s->has_head)
		rc = sign_strict(s->cms, s->si, &s->certificates, bytes, len) ? 0 :
		     refuse(s, E_TRUST, "is not as it was written", e);
	if (rc < 0) {
		signature_free(s);
		return rc;
	}
	*ret = s;
	return 0;
}

bool signature_head(const struct signature *s, struct sha256 *ret)
{
	if (s->has_head)
		*ret = s->head;
	return s->has_head;
}

int signature_add(struct signature *s, const void *bytes, size_t len, struct error *e)
{
	while (len > 0) {
		int n = len < INT_MAX ? (int)len : INT_MAX;

		if (BIO_write(s->digest, bytes, n) != n)
			return refuse(s, E_UNSUPPORTED, "can't be computed", e);
		bytes = (const char *)bytes + n;
		len -= (size_t)n;
	}
	return 0;
}

/* ---- the verdict */

static void describe_signer(struct arena *a, X509 *cert, struct verdict *v)
{
	unsigned char sha[SHA256_SIZE];
	struct sha256 digest;
	unsigned int n = sizeof(sha);
	char *serial, hex[SHA256_HEX_SIZE];
	BIGNUM *bn = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);

	v->signer = sign_name_text(a, X509_get_subject_name(cert));
	v->issuer = sign_name_text(a, X509_get_issuer_name(cert));
	serial = bn != NULL ? BN_bn2hex(bn) : NULL;
	v->serial = serial != NULL ? arena_strdup(a, serial) : "?";
	OPENSSL_free(serial);
	BN_free(bn);
	if (X509_digest(cert, EVP_sha256(), sha, &n) == 1) {
		memcpy(digest.bytes, sha, sizeof(sha));
		sha256_hex(&digest, hex);
		v->fingerprint = arena_strdup(a, hex);
	}
	v->key = sign_key_text(a, X509_get0_pubkey(cert));
	(void)sign_time(X509_get0_notBefore(cert), &v->not_before);
	(void)sign_time(X509_get0_notAfter(cert), &v->not_after);
}

static void read_signing_time(const struct signature *s, struct verdict *v)
{
	static const int types[] = { V_ASN1_UTCTIME, V_ASN1_GENERALIZEDTIME };
	const ASN1_OBJECT *type = OBJ_nid2obj(NID_pkcs9_signingTime);
	size_t i;

	for (i = 0; i < 2; i++) {
		const ASN1_TIME *t = CMS_signed_get0_data_by_OBJ(s->si, type, -3, types[i]);

		if (t != NULL && sign_time(t, &v->signed_at))
			return;
	}
}

/* The attributes name the kind of contents; it is the one that was signed. */
static bool content_type_right(const struct signature *s)
{
	const ASN1_OBJECT *type = CMS_signed_get0_data_by_OBJ(
		s->si, OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT);

	return type != NULL && OBJ_obj2nid(type) == NID_pkcs7_data;
}

static const char *damage(const struct signature *s)
{
	bool attributes = CMS_signed_get_attr_count(s->si) >= 0;

	if (attributes && (!content_type_right(s) || CMS_SignerInfo_verify(s->si) != 1))
		return "it was not made with the key of its certificate, or was changed";
	if (CMS_SignerInfo_verify_content(s->si, s->digest) != 1)
		return "what was signed is not what is here";
	return NULL;
}

static void look_at_signature(struct signature *s, struct arena *a, EVP_PKEY *key,
			      struct verdict *v, sign_words *weak)
{
	int nid = digest_nid(s);
	const char *words = sign_weak_key(a, key);

	v->digest = sign_digest_text(a, nid);
	if (sign_weak_digest(nid))
		*VEC_PUSH(weak) = arena_printf(a, "%s digest", v->digest);
	if (words != NULL)
		*VEC_PUSH(weak) = words;
	v->damage = damage(s);
	v->intact = v->damage == NULL;
	ERR_clear_error();
}

/* Those in the signature, and those that came beside it: none is trusted for that. */
static STACK_OF(X509) *certificates_around(const struct signature *s,
					   const struct sign_keys *keys)
{
	STACK_OF(X509) *all = CMS_get1_certs(s->cms);
	int i;

	if (all == NULL)
		all = sk_X509_new_null();
	for (i = 0; all != NULL && i < sk_X509_num(keys->others); i++) {
		X509 *x = sk_X509_value(keys->others, i);

		if (X509_up_ref(x) != 1 || sk_X509_push(all, x) <= 0)
			abort();
	}
	return all;
}

static int judge_signer(struct signature *s, const struct sign_keys *keys, int64_t now,
			struct arena *a, struct verdict *v, sign_words *weak, struct error *e)
{
	STACK_OF(X509) *more = certificates_around(s, keys);
	X509 *cert = NULL;
	EVP_PKEY *key = NULL;
	int rc = 0;

	(void)CMS_set1_signers_certs(s->cms, keys->trusted, 0); /* what it found: below */
	(void)CMS_set1_signers_certs(s->cms, keys->others, 0);
	CMS_SignerInfo_get0_algs(s->si, &key, &cert, NULL, NULL);
	if (cert == NULL || key == NULL) {
		v->damage = "the certificate of its signer is neither in it nor among the keys";
		v->state = SIGNER_UNKNOWN;
		v->why = v->damage;
		v->digest = sign_digest_text(a, digest_nid(s));
	} else {
		describe_signer(a, cert, v);
		look_at_signature(s, a, key, v, weak);
		rc = sign_judge(a, keys, cert, more, now, v, weak, e);
	}
	sk_X509_pop_free(more, X509_free);
	ERR_clear_error();
	return rc;
}

int signature_finish(struct signature *s, const struct sign_keys *keys, int64_t now,
		     struct arena *a, struct verdict *ret, struct error *e)
{
	struct verdict v = { .state = SIGNER_UNKNOWN };
	sign_words weak = VEC_INIT;
	const char **list;
	int rc;

	read_signing_time(s, &v);
	rc = judge_signer(s, keys, now, a, &v, &weak, e);
	list = arena_calloc(a, weak.n + 1, sizeof(*list));
	if (weak.n > 0)
		memcpy(list, weak.v, weak.n * sizeof(*list));
	v.weak = list;
	VEC_FREE(&weak);
	if (rc == 0)
		*ret = v;
	return rc;
}
