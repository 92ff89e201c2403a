/* How a certificate stands with the keys: a chain, its times, its purposes, its strength. */
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "sign_internal.h"

struct judge {
	struct arena *a;
	const struct sign_keys *k;
	int64_t now;
	struct verdict *v;
	sign_words *weak;
};

static const char *subject(const struct judge *j, const X509 *x)
{
	return x != NULL ? sign_name_text(j->a, X509_get_subject_name(x)) : "?";
}

/* A revocation list that is missing or old can't say more, but what it says holds. */
static int on_verify(int ok, X509_STORE_CTX *ctx)
{
	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_CRL_HAS_EXPIRED:
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	default:
		return ok;
	}
}

static X509_STORE *make_store(const struct judge *j)
{
	X509_STORE *store = X509_STORE_new();
	int i;

	if (store == NULL)
		abort();
	for (i = 0; i < sk_X509_num(j->k->trusted); i++) /* one that is there twice is fine */
		(void)X509_STORE_add_cert(store, sk_X509_value(j->k->trusted, i));
	for (i = 0; i < sk_X509_CRL_num(j->k->crls); i++)
		(void)X509_STORE_add_crl(store, sk_X509_CRL_value(j->k->crls, i));
	return store;
}

/*
 * The purpose is looked at by hand (check_purpose): the check of CMS_verify() is for mail
 * and refuses certificates made to sign code. A certificate among the keys is trusted
 * though it is no root: to name exactly that one is the narrowest trust there is.
 */
static X509_STORE_CTX *make_context(const struct judge *j, X509_STORE *store, X509 *cert,
				    STACK_OF(X509) *more)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new_ex(sign_context(), NULL);
	X509_VERIFY_PARAM *param;
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;

	if (ctx == NULL || X509_STORE_CTX_init(ctx, store, cert, more) != 1)
		abort();
	param = X509_STORE_CTX_get0_param(ctx);
	if (sk_X509_CRL_num(j->k->crls) > 0)
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	(void)X509_VERIFY_PARAM_set_flags(param, flags);
	(void)X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	X509_VERIFY_PARAM_set_time(param, (time_t)j->now);
	X509_STORE_CTX_set_verify_cb(ctx, on_verify);
	return ctx;
}

static void say(struct judge *j, enum signer_state state, const char *why)
{
	j->v->state = state;
	j->v->why = why;
}

static void say_expired(struct judge *j, const X509 *x)
{
	int64_t end = 0, signed_at = j->v->signed_at;
	bool then;

	(void)sign_time(X509_get0_notAfter(x), &end);
	then = signed_at > 0 && signed_at <= end;
	say(j, SIGNER_EXPIRED, arena_printf(j->a, "the certificate of '%s' expired on %s%s%s%s",
		subject(j, x), sign_date_text(j->a, end),
		then ? " (the signature says that it was made on " : "",
		then ? sign_date_text(j->a, signed_at) : "", then ? ", when it was valid)" : ""));
}

static void say_error(struct judge *j, int code, const X509 *x)
{
	int64_t t = 0;

	switch (code) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		say_expired(j, x);
		return;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		(void)sign_time(X509_get0_notBefore(x), &t);
		say(j, SIGNER_NOT_YET, arena_printf(j->a, "the certificate of '%s' is valid only "
						    "from %s on", subject(j, x),
						    sign_date_text(j->a, t)));
		return;
	case X509_V_ERR_CERT_REVOKED:
		say(j, SIGNER_REVOKED, arena_printf(j->a, "the certificate of '%s' was revoked",
						    subject(j, x)));
		return;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		say(j, SIGNER_UNKNOWN, arena_printf(j->a, "the self-signed certificate of '%s' is "
						    "not among the keys", subject(j, x)));
		return;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		say(j, SIGNER_UNKNOWN, arena_printf(j->a, "the certificate of '%s' was issued by "
			"'%s', which is not among the keys", subject(j, x),
			x != NULL ? sign_name_text(j->a, X509_get_issuer_name(x)) : "?"));
		return;
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		say(j, SIGNER_UNKNOWN, arena_printf(j->a, "the certificate of '%s' was not signed "
						    "by the one it names as its issuer",
						    subject(j, x)));
		return;
	default:
		say(j, SIGNER_UNFIT, arena_printf(j->a, "the certificate of '%s' is not fit: %s",
						  subject(j, x),
						  X509_verify_cert_error_string(code)));
	}
}

static void check_purpose(struct judge *j, X509 *cert)
{
	uint32_t usage = X509_get_key_usage(cert), extended = X509_get_extended_key_usage(cert);

	/* all bits set: the certificate does not restrict it */
	if ((usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
		say(j, SIGNER_UNFIT, arena_printf(j->a, "the certificate of '%s' is not made for "
						  "signatures", subject(j, cert)));
	else if ((extended & (XKU_CODE_SIGN | XKU_SMIME | XKU_ANYEKU)) == 0)
		say(j, SIGNER_UNFIT, arena_printf(j->a, "the certificate of '%s' is made for other "
						  "purposes than to sign packages",
						  subject(j, cert)));
}

static void add_weak(struct judge *j, const char *words)
{
	if (words != NULL)
		*VEC_PUSH(j->weak) = words;
}

/* Of the signer's own key the caller has told; of the last one, which is trusted by
 * itself, the signature does not matter. */
static void look_for_weakness(struct judge *j, STACK_OF(X509) *chain, bool anchored)
{
	int i, n = sk_X509_num(chain), digest, key;

	for (i = 0; i < n; i++) {
		X509 *x = sk_X509_value(chain, i);
		const char *words = i > 0 ? sign_weak_key(j->a, X509_get0_pubkey(x)) : NULL;

		if (words != NULL)
			add_weak(j, arena_printf(j->a, "certificate of '%s' with an %s",
						 subject(j, x), words));
		if (anchored && i == n - 1)
			break;
		if (OBJ_find_sigid_algs(X509_get_signature_nid(x), &digest, &key) == 1 &&
		    sign_weak_digest(digest))
			add_weak(j, arena_printf(j->a, "certificate of '%s' signed with %s",
						 subject(j, x), sign_digest_text(j->a, digest)));
	}
}

int sign_judge(struct arena *a, const struct sign_keys *k, X509 *cert, STACK_OF(X509) *more,
	       int64_t now, struct verdict *v, sign_words *weak, struct error *e)
{
	struct judge j = { .a = a, .k = k, .now = now, .v = v, .weak = weak };
	X509_STORE *store = make_store(&j);
	X509_STORE_CTX *ctx = make_context(&j, store, cert, more);
	int ok = X509_verify_cert(ctx), rc = 0;

	if (ok == 1) {
		say(&j, SIGNER_TRUSTED, NULL);
		check_purpose(&j, cert);
	} else if (ok == 0) {
		say_error(&j, X509_STORE_CTX_get_error(ctx),
			  X509_STORE_CTX_get_current_cert(ctx));
	} else {
		rc = error_set(e, E_FORMAT, "the certificate of '%s' can't be checked",
			       subject(&j, cert));
	}
	if (rc == 0 && X509_STORE_CTX_get0_chain(ctx) != NULL)
		look_for_weakness(&j, X509_STORE_CTX_get0_chain(ctx), ok == 1);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return rc;
}
