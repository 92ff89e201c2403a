/*
 * Key stores and passphrases as pkgtrans -g and pkgadd take them (-k, -a, -P), and the
 * check of a signed stream.
 *
 * A passphrase is pass:TEXT, env:NAME, file:PATH (its first line), console (asked on the
 * terminal), or, as scripts write it, the text itself.
 */
#ifndef TOOLS_COMMON_KEYSTORE_H
#define TOOLS_COMMON_KEYSTORE_H

#include "commpkg/trust.h"

/* arg NULL: *ret is NULL. The text lives in a. */
int keystore_passphrase(struct arena *a, const char *arg, const char **ret, struct error *e);
/* The key `alias` (NULL: the only one) of the store, ready to sign. The passphrase is asked
 * for on a terminal when the store needs one and arg is NULL. What those who verify will
 * not like is said as a warning. */
int keystore_signer(struct arena *a, const char *path, const char *alias, const char *arg,
		    const char *digest, struct signer **ret, struct error *e);
/* What pkgadd looks at. */
struct keystore_check {
	const char *root_path;
	const char *keystore;	/* -k, or NULL */
	const char *usual;	/* keystore= of the admin file, or NULL: used where it is there */
	const char *passphrase;	/* -P, or NULL */
};
/* The signature of m by the policy of commpkg/trust.h; warnings are said. -E_TRUST. */
int keystore_check(struct arena *a, const struct keystore_check *k, const struct medium *m,
		   struct error *e);
/* Does the signature of m, if there is one, fit? Nobody is asked whether the signer is
 * trusted: for tools that only bring packages from one form to another. */
int keystore_check_intact(struct arena *a, const struct medium *m, struct error *e);

#endif
