/*
 * Signatures: PKCS#7 SignedData (RFC 2315, CMS of RFC 5652), detached, one signer.
 *
 * A verdict, no policy: here is found out who signed, whether the signature fits what was
 * signed, and how the signer's certificate stands with the keys given. Whether that is
 * good enough is commpkg/trust.h's to say.
 *
 *	keys = sign_keys_new();
 *	rc = sign_keys_add(keys, bytes, len, "keys.d/acme.pem", NULL, SIGN_TRUST, e);
 *	rc = signature_parse(pem, pem_len, "foo.pkg", &sig, e);
 *	rc = signature_add(sig, bytes, len, e);		the signed octets, piece after piece
 *	rc = signature_finish(sig, keys, time(NULL), a, &verdict, e);
 *	signature_free(sig);
 *
 *	rc = signer_new(keys, "alias or NULL", "sha256", &signer, e);
 *	rc = signer_add(signer, bytes, len, e);
 *	rc = signer_finish(signer, NULL, time, a, &pem, e);
 *	signer_free(signer);
 *
 * Both need memory for the signature alone, never for the octets.
 *
 * OpenSSL is used in a library context of our own: the host's openssl.cnf neither adds
 * to nor takes from what is known here, so an old signature can be looked at and named.
 * Algorithms that only the legacy provider has (RC2 in old PKCS#12 files) come from a
 * second context, for key stores alone.
 */
#ifndef FORMATS_SIGN_H
#define FORMATS_SIGN_H

#include <stdbool.h>

#include "arena.h"
#include "digest.h"
#include "error.h"

#define SIGN_MAX_BYTES ((size_t)1 << 20)	/* a signature */
#define SIGN_MAX_STORE ((size_t)4 << 20)	/* a file of keys */
#define SIGN_MAX_CERTIFICATES 1024u

struct sign_keys;
enum sign_use {
	SIGN_TRUST,	/* its certificates are trusted; private keys are passed over */
	SIGN_WITH,	/* its private keys and certificates are to sign with */
	SIGN_BETWEEN,	/* its certificates are trusted for nothing, but may stand between a
			 * signer and a key: what came beside a signature */
};
struct sign_keys *sign_keys_new(void);
void sign_keys_free(struct sign_keys *k); /* takes NULL */
/*
 * One file: PEM (any number of certificates, revocation lists and private keys), a
 * certificate in DER, or PKCS#12. Returns how many certificates and keys were in it.
 * -E_FORMAT: none of these, or broken; -E_NEEDS_ANSWER: it needs a passphrase (NULL was
 * given); -E_TRUST: not that one.
 */
int sign_keys_add(struct sign_keys *k, const void *bytes, size_t len, const char *name,
		  const char *passphrase, enum sign_use use, struct error *e);
size_t sign_keys_trusted(const struct sign_keys *k);
/* The SHA-256 of a trusted certificate, and its subject in `a`; i < sign_keys_trusted(). */
void sign_keys_describe(const struct sign_keys *k, size_t i, struct arena *a,
			struct sha256 *ret, const char **ret_subject);

/* How the signer stands with the keys, worst last. */
enum signer_state {
	SIGNER_TRUSTED,
	SIGNER_EXPIRED,		/* its certificate, or one above it */
	SIGNER_NOT_YET,		/* valid only in the future */
	SIGNER_REVOKED,
	SIGNER_UNFIT,		/* a certificate that was not made for this */
	SIGNER_UNKNOWN,		/* no way from it to a key */
};

struct verdict {
	bool intact;			/* the signature fits the octets */
	const char *damage;		/* why it does not */
	bool whole;			/* covers the rest of the stream too (medium_verify.h) */
	enum signer_state state;
	const char *why;		/* of a state but SIGNER_TRUSTED, for a person */
	const char *signer, *issuer;	/* distinguished names; NULL: no certificate came */
	const char *serial;		/* hexadecimal */
	const char *fingerprint;	/* SHA-256 of the certificate, hexadecimal */
	const char *key, *digest;	/* "RSA 2048", "SHA-256" */
	int64_t not_before, not_after;	/* of the certificate, seconds */
	int64_t signed_at;		/* as the signature says; 0: it does not say */
	const char *const *weak;	/* what makes it legacy, NULL-terminated */
};

struct signature;
/* PEM (PKCS7, CMS) or DER. -E_FORMAT, -E_UNSUPPORTED: no such thing, or with contents of
 * its own, no or several signers, an algorithm that nobody here knows. */
int signature_parse(const void *bytes, size_t len, const char *name, struct signature **ret,
		    struct error *e);
void signature_free(struct signature *s); /* takes NULL */
int signature_add(struct signature *s, const void *bytes, size_t len, struct error *e);
/* `now` is the time to look at certificates. Texts live in `a`. Once per signature. */
int signature_finish(struct signature *s, const struct sign_keys *keys, int64_t now,
		     struct arena *a, struct verdict *ret, struct error *e);
/*
 * Signatures of ours say, as a signed attribute, the digest of what lies in front of
 * them in their stream (of its head): true when this one does. Such a signature is in the
 * one form that signer_finish() writes: signature_parse() refuses it with another byte
 * anywhere in it (-E_TRUST).
 */
bool signature_head(const struct signature *s, struct sha256 *ret);

struct signer;
/* alias: the friendly name, the name of the file, or the common name of the certificate;
 * NULL when there is only one key. digest: "sha256", "sha384", "sha512", "sha1".
 * -E_NOT_FOUND names those there are. */
int signer_new(const struct sign_keys *k, const char *alias, const char *digest,
	       struct signer **ret, struct error *e);
void signer_free(struct signer *s); /* takes NULL */
/* NULL, or what those who verify will not like, at `now`. */
const char *signer_doubt(const struct signer *s, int64_t now, struct arena *a);
int signer_add(struct signer *s, const void *bytes, size_t len, struct error *e);
/* head: see signature_head(), or NULL. signed_at: seconds. The text is PEM, in `a`. */
int signer_finish(struct signer *s, const struct sha256 *head, int64_t signed_at,
		  struct arena *a, const char **ret_pem, struct error *e);

#endif
