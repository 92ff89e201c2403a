/* The inside of struct trust, for the files of trust.h. */
#ifndef COMMPKG_TRUST_INTERNAL_H
#define COMMPKG_TRUST_INTERNAL_H

#include "trust.h"

struct trust {
	struct arena *a;
	struct trust_options o;
	struct sign_keys *keys;
	const char *place;	/* the first keys.d */
	struct conf conf;	/* of the host and of the root */
};

/* The keys and the policy of this host and user. */
int trust_read_host(struct trust *t, struct error *e);

/* "MD5 digest, RSA 1024 key" */
const char *trust_list_text(struct arena *a, const char *const *list);

#endif
