/* The inside of struct trust, for the files of trust.h. */
#ifndef COMMPKG_TRUST_INTERNAL_H
#define COMMPKG_TRUST_INTERNAL_H

#include "trust.h"

struct trust {
	struct arena *a;
	struct trust_options o;
	struct sign_keys *keys;
	const char *place;	/* the first keys.d */
	const char *required;	/* the file that requires signatures, or NULL */
};

/* The keys and the policy of this host and user. */
int trust_read_host(struct trust *t, struct error *e);

#endif
