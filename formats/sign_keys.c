/* Files of certificates and private keys: PEM, DER, PKCS#12. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include "sign_internal.h"

#define PEM_BEGIN "-----BEGIN "
#define PEM_END "-----END "
#define FRIENDLY "friendlyName:"
#define ALIAS_MAX 256u

struct key_file {
	struct sign_keys *k;
	const char *name, *passphrase;
	enum sign_use use;
	char *alias;		/* friendly name in front of the next block */
	bool asked;		/* a passphrase was wanted */
	int found;
};

struct sign_keys *sign_keys_new(void)
{
	struct sign_keys *k = xcalloc(1, sizeof(*k));

	k->trusted = sk_X509_new_null();
	k->others = sk_X509_new_null();
	k->crls = sk_X509_CRL_new_null();
	if (k->trusted == NULL || k->others == NULL || k->crls == NULL)
		abort();
	return k;
}

void sign_keys_free(struct sign_keys *k)
{
	size_t i;

	if (k == NULL)
		return;
	sk_X509_pop_free(k->trusted, X509_free);
	sk_X509_pop_free(k->others, X509_free);
	sk_X509_CRL_pop_free(k->crls, X509_CRL_free);
	for (i = 0; i < k->identities.n; i++) {
		EVP_PKEY_free(k->identities.v[i].key);
		X509_free(k->identities.v[i].cert);
		free(k->identities.v[i].alias);
		free(k->identities.v[i].file);
	}
	VEC_FREE(&k->identities);
	free(k);
}

size_t sign_keys_trusted(const struct sign_keys *k)
{
	return (size_t)sk_X509_num(k->trusted);
}

void sign_keys_describe(const struct sign_keys *k, size_t i, struct arena *a,
			struct sha256 *ret, const char **ret_subject)
{
	const X509 *x = sk_X509_value(k->trusted, (int)i);
	unsigned int n = SHA256_SIZE;

	if (X509_digest(x, EVP_sha256(), ret->bytes, &n) != 1)
		abort();
	*ret_subject = sign_name_text(a, X509_get_subject_name(x));
}

static int broken(const struct key_file *f, const char *what, struct error *e)
{
	char why[256];

	return error_set(e, E_FORMAT, "'%s' has %s that can't be read: %s", f->name, what,
			 sign_openssl_says(why, sizeof(why)));
}

/* Takes the certificate over. */
static int keep_certificate(struct key_file *f, X509 *x, struct error *e)
{
	STACK_OF(X509) *to = f->use == SIGN_TRUST ? f->k->trusted : f->k->others;

	if (f->k->ncertificates++ == SIGN_MAX_CERTIFICATES) {
		X509_free(x);
		return error_set(e, E_LIMIT, "more than %u certificates", SIGN_MAX_CERTIFICATES);
	}
	if (f->alias != NULL)
		(void)X509_alias_set1(x, (unsigned char *)f->alias, -1); /* for signer_new() */
	if (sk_X509_push(to, x) <= 0)
		abort();
	f->found++;
	return 0;
}

static char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = xstrdup(slash != NULL ? slash + 1 : path), *dot = strrchr(name, '.');

	if (dot != NULL && dot != name)
		*dot = '\0';
	return name;
}

/* Takes the key over. */
static void keep_key(struct key_file *f, EVP_PKEY *key)
{
	*VEC_PUSH(&f->k->identities) = (struct sign_identity){
		.key = key, .alias = f->alias != NULL ? xstrdup(f->alias) : NULL,
		.file = base_name(f->name),
	};
	f->found++;
}

/* ---- PEM */

static int give_passphrase(char *buf, int size, int rwflag, void *ctx)
{
	struct key_file *f = ctx;
	size_t len = f->passphrase != NULL ? strlen(f->passphrase) : 0;

	(void)rwflag;
	f->asked = true;
	if (f->passphrase == NULL || len > (size_t)size)
		return -1;
	memcpy(buf, f->passphrase, len);
	return (int)len;
}

static int refuse_passphrase(const struct key_file *f, struct error *e)
{
	ERR_clear_error();
	if (f->passphrase == NULL)
		return error_set(e, E_NEEDS_ANSWER, "'%s' needs a passphrase", f->name);
	return error_set(e, E_TRUST, "'%s' does not open with this passphrase", f->name);
}

static int pem_key(struct key_file *f, BIO *b, struct error *e)
{
	EVP_PKEY *key;

	if (f->use != SIGN_WITH)
		return 0;
	f->asked = false;
	key = PEM_read_bio_PrivateKey_ex(b, NULL, give_passphrase, f, sign_context(), NULL);
	if (key == NULL)
		return f->asked ? refuse_passphrase(f, e) : broken(f, "a private key", e);
	keep_key(f, key);
	return 0;
}

static int pem_certificate(struct key_file *f, BIO *b, struct error *e)
{
	X509 *x = X509_new_ex(sign_context(), NULL);

	if (x == NULL)
		abort();
	if (PEM_read_bio_X509(b, &x, NULL, NULL) == NULL) {
		X509_free(x);
		return broken(f, "a certificate", e);
	}
	return keep_certificate(f, x, e);
}

static int pem_crl(struct key_file *f, BIO *b, struct error *e)
{
	X509_CRL *crl = X509_CRL_new_ex(sign_context(), NULL);

	if (crl == NULL)
		abort();
	if (PEM_read_bio_X509_CRL(b, &crl, NULL, NULL) == NULL) {
		X509_CRL_free(crl);
		return broken(f, "a revocation list", e);
	}
	if (sk_X509_CRL_push(f->k->crls, crl) <= 0)
		abort();
	f->found++;
	return 0;
}

static int pem_block(struct key_file *f, const char *bytes, size_t len, struct error *e)
{
	const char *label = bytes + strlen(PEM_BEGIN);
	size_t n = (size_t)((const char *)memchr(bytes, '\n', len) - label);
	BIO *b = BIO_new_mem_buf(bytes, (int)len);
	int rc = 0;

	if (b == NULL)
		abort();
	if (memmem(label, n, "PRIVATE KEY", 11) != NULL)
		rc = pem_key(f, b, e);
	else if (memmem(label, n, "CRL", 3) != NULL)
		rc = pem_crl(f, b, e);
	else if (memmem(label, n, "CERTIFICATE-----", 16) != NULL)
		rc = pem_certificate(f, b, e);
	BIO_free(b); /* other blocks (parameters, requests) are nobody's business */
	return rc;
}

/* Between the blocks openssl pkcs12 writes attributes of the next one. */
static void read_alias(struct key_file *f, const char *bytes, size_t len)
{
	const char *p = memmem(bytes, len, FRIENDLY, strlen(FRIENDLY));
	size_t left, n = 0;

	free(f->alias);
	f->alias = NULL;
	if (p == NULL)
		return;
	p += strlen(FRIENDLY);
	left = len - (size_t)(p - bytes);
	while (left > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		left--;
	}
	while (n < left && p[n] != '\n')
		n++;
	while (n > 0 && (p[n - 1] == '\r' || p[n - 1] == ' '))
		n--;
	if (n > 0 && n < ALIAS_MAX)
		f->alias = strndup(p, n);
}

static const char *line_find(const char *bytes, size_t len, const char *what)
{
	const char *p = bytes;

	while ((p = memmem(p, len - (size_t)(p - bytes), what, strlen(what))) != NULL) {
		if (p == bytes || p[-1] == '\n')
			return p;
		p++;
	}
	return NULL;
}

static int read_pem(struct key_file *f, const char *bytes, size_t len, struct error *e)
{
	const char *begin, *end, *next, *limit = bytes + len;
	int rc = 0;

	while (rc == 0 &&
	       (begin = line_find(bytes, (size_t)(limit - bytes), PEM_BEGIN)) != NULL) {
		read_alias(f, bytes, (size_t)(begin - bytes));
		end = line_find(begin, (size_t)(limit - begin), PEM_END);
		if (end == NULL)
			return error_set(e, E_FORMAT, "'%s' is cut off within a PEM block",
					 f->name);
		next = memchr(end, '\n', (size_t)(limit - end));
		next = next != NULL ? next + 1 : limit;
		rc = pem_block(f, begin, (size_t)(next - begin), e);
		bytes = next;
	}
	return rc;
}

/* ---- PKCS#12 */

/* 1: opened. Some files have no passphrase, others an empty one, which is not the same. */
static int pkcs12_open(PKCS12 *p, const char *passphrase, EVP_PKEY **key, X509 **cert,
		       STACK_OF(X509) **more)
{
	*more = NULL;
	if (PKCS12_parse(p, passphrase, key, cert, more) == 1)
		return 1;
	return *passphrase == '\0' && PKCS12_parse(p, NULL, key, cert, more) == 1;
}

static PKCS12 *pkcs12_read(OSSL_LIB_CTX *ctx, const unsigned char *bytes, size_t len)
{
	PKCS12 *p = PKCS12_init_ex(NID_pkcs7_data, ctx, NULL);

	if (p == NULL)
		abort();
	if (d2i_PKCS12(&p, &bytes, (long)len) == NULL) {
		PKCS12_free(p);
		return NULL;
	}
	return p;
}

static int pkcs12_keep(struct key_file *f, EVP_PKEY *key, X509 *cert, STACK_OF(X509) *more,
		       struct error *e)
{
	unsigned char *alias;
	int n = 0, rc = 0;

	alias = cert != NULL ? X509_alias_get0(cert, &n) : NULL;
	free(f->alias);
	f->alias = alias != NULL && n > 0 && (unsigned)n < ALIAS_MAX ?
		   strndup((char *)alias, (size_t)n) : NULL;
	if (key != NULL && f->use == SIGN_WITH)
		keep_key(f, key);
	else
		EVP_PKEY_free(key);
	if (cert != NULL)
		rc = keep_certificate(f, cert, e);
	while (sk_X509_num(more) > 0) {
		X509 *x = sk_X509_shift(more);

		if (rc == 0)
			rc = keep_certificate(f, x, e);
		else
			X509_free(x);
	}
	sk_X509_free(more);
	return rc;
}

/*
 * Old stores are encrypted with what only the legacy provider has. Without a passphrase
 * none is tried: how often it is hashed is for the file to say, which may be a stranger's.
 */
static int read_pkcs12(struct key_file *f, const unsigned char *bytes, size_t len,
		       struct error *e)
{
	OSSL_LIB_CTX *contexts[] = { sign_context(), sign_legacy_context() };
	STACK_OF(X509) *more = NULL;
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	PKCS12 *p;
	size_t i;
	int opened = 0;

	for (i = 0; i < 2 && !opened; i++) {
		if (contexts[i] == NULL)
			continue;
		p = pkcs12_read(contexts[i], bytes, len);
		if (p == NULL)
			return 0;
		if (f->passphrase == NULL) {
			PKCS12_free(p);
			break;
		}
		opened = pkcs12_open(p, f->passphrase, &key, &cert, &more);
		PKCS12_free(p);
	}
	if (!opened)
		return refuse_passphrase(f, e);
	ERR_clear_error();
	return pkcs12_keep(f, key, cert, more, e);
}

static int read_der(struct key_file *f, const unsigned char *bytes, size_t len, struct error *e)
{
	const unsigned char *p = bytes;
	X509 *x = X509_new_ex(sign_context(), NULL);

	if (x == NULL)
		abort();
	if (d2i_X509(&x, &p, (long)len) != NULL && p == bytes + len)
		return keep_certificate(f, x, e);
	X509_free(x);
	ERR_clear_error();
	return read_pkcs12(f, bytes, len, e);
}

/* ---- keys find their certificates */

static void pair(struct sign_keys *k)
{
	size_t i;
	int j;

	for (i = 0; i < k->identities.n; i++) {
		struct sign_identity *id = &k->identities.v[i];

		for (j = 0; id->cert == NULL && j < sk_X509_num(k->others); j++) {
			X509 *x = sk_X509_value(k->others, j);

			if (X509_check_private_key(x, id->key) != 1)
				continue;
			(void)X509_up_ref(x); /* can't fail */
			id->cert = x;
		}
	}
	ERR_clear_error();
}

int sign_keys_add(struct sign_keys *k, const void *bytes, size_t len, const char *name,
		  const char *passphrase, enum sign_use use, struct error *e)
{
	struct key_file f = { .k = k, .name = name, .passphrase = passphrase, .use = use };
	int rc;

	if (len > SIGN_MAX_STORE)
		return error_set(e, E_LIMIT, "'%s' is larger than %zu bytes", name,
				 SIGN_MAX_STORE);
	if (line_find(bytes, len, PEM_BEGIN) != NULL)
		rc = read_pem(&f, bytes, len, e);
	else
		rc = read_der(&f, bytes, len, e);
	free(f.alias);
	ERR_clear_error();
	if (rc < 0)
		return rc;
	if (f.found == 0)
		return error_set(e, E_FORMAT, "'%s' holds no certificate (PEM, DER or PKCS#12)",
				 name);
	pair(k);
	return f.found;
}
