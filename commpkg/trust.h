/*
 * Whose packages are good enough: the policy, over the verdicts of formats/sign.h.
 *
 *	rc = trust_open(&options, &t, e);	the keys and the policy of this host
 *	rc = trust_add_root(t, root, e);	and of the root
 *	rc = trust_check(t, medium, watch, ctx, a, &finding, e);
 *	trust_close(t);
 *
 * Keys are certificates, in files of PEM or DER (*.pem, *.crt, *.cer; revocation lists
 * *.crl), in keys.d of
 *
 *	/etc/commpkg			this host
 *	ROOT/etc/commpkg		one root: trusted for that root only
 *	~/.config/commpkg		an ordinary user (XDG_CONFIG_HOME)
 *
 * COMMPKG_STATE takes the place of the first and the last. Beside keys.d there may be a
 * `commpkg.conf` (conf.h).
 *
 * What is decided (commpkg-trust(7) says it to people):
 *
 *	unsigned			fine, unless signatures are required
 *	signature does not fit, unreadable	refused, always
 *	signer expired, revoked, unknown ...	refused, unless unsigned ones are allowed
 *	legacy (SHA-1, MD5, short keys)	a warning; where signatures are required it is none
 *
 * A published distribution (published.h) is signed as a whole, and what its catalog names is
 * covered by that signature: packages of it need none of their own. It is refused
 *
 *	unsigned			unless allowed: --allow-unsigned, or in the host's file
 *					`unsigned-distributions = accept`
 *	older than the root has seen, or expired	unless --allow-older
 *
 * Refusals are -E_TRUST with words and a hint.
 */
#ifndef COMMPKG_TRUST_H
#define COMMPKG_TRUST_H

#include "conf.h"
#include "formats/medium_verify.h"
#include "root.h"

struct trust;

struct trust_options {
	bool allow_unsigned;		/* --allow-unsigned */
	bool allow_older;		/* --allow-older */
	const char *keystore;		/* of SVR4, a file or directory, or NULL: its certificates
					 * are trusted beside the keys */
	const char *passphrase;		/* for it, or NULL */
};

int trust_open(const struct trust_options *o, struct trust **ret, struct error *e);
void trust_close(struct trust *t); /* takes NULL */
int trust_add_root(struct trust *t, struct root *r, struct error *e);
const struct sign_keys *trust_keys(const struct trust *t);
/* What the host's files and the root's say. */
const struct conf *trust_conf(const struct trust *t);
/* Where a key would have to go, for hints. */
const char *trust_keys_place(const struct trust *t);

struct trust_finding {
	bool is_signed;
	struct verdict verdict;		/* when it is signed */
	const char *warning;		/* to say aloud, or NULL */
};
/* 0: it may be installed. Texts live in `a`. */
int trust_check(const struct trust *t, const struct medium *m, medium_watch *watch, void *ctx,
		struct arena *a, struct trust_finding *ret, struct error *e);

struct published;
struct trust_published {
	bool is_signed;
	struct verdict verdict;		/* when it is signed */
	const char *warnings[5];	/* what is taken all the same, to be said aloud; ends
					 * with NULL */
};
/* seen: the highest serial that the root has seen of it, 0: none. Certificates that came beside
 * the signature stand among t's keys from now on, trusted for nothing. */
int trust_published(struct trust *t, const struct published *p, uint64_t seen, int64_t now,
		    struct arena *a, struct trust_published *ret, struct error *e);

/*
 * A key store of SVR4, or any file of certificates or keys: PEM, DER, PKCS#12, or a
 * directory with such files (truststore, certstore, keystore as pkgadm makes them, *.pem,
 * *.crt, *.cer, *.key, *.p12, *.pfx).
 */
int trust_read_store(struct sign_keys *keys, const char *path, const char *passphrase,
		     enum sign_use use, struct error *e);

#endif
