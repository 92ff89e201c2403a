/*
 * Signed packages of what is installed: of each installed package, the same PKG, ARCH and VERSION
 * in a distribution or a file that was given, when a signature that is trusted covers all its
 * bytes: its own, of a datastream, or that of a published distribution.
 *
 * A distribution that has expired since, or that is older than the root has seen, is a witness of
 * what was signed as good as ever. One whose signature does not fit is none, whatever is allowed.
 */
#ifndef COMMPKG_EVIDENCE_H
#define COMMPKG_EVIDENCE_H

#include "pkgdb/pkgdb.h"
#include "trust.h"

struct dist;
struct evidence_search;

struct evidence {
	const struct package *package;	/* open to be read, until d is freed; NULL: there is none */
	const char *origin;		/* the medium, for people; or NULL */
	const char *signer;		/* and its certificate's SHA-256; NULL with no package */
	const char *certificate;
	const char *why;		/* there is none */
};

/* t and d stay the caller's; what is found lives in a. watch: while streams are read for their
 * signature. */
struct evidence_search *evidence_begin(struct arena *a, const struct dist *d, struct trust *t,
				       medium_watch *watch, void *ctx);
/* 0 also when there is none. Negative: it could not be looked for. */
int evidence_find(struct evidence_search *s, const struct pkgdb_package *installed,
		  struct evidence *ret, struct error *e);
/* Is what was found still what was judged? Call it when it was read. */
int evidence_untouched(const struct evidence_search *s, struct error *e);
void evidence_end(struct evidence_search *s); /* takes NULL */

#endif
