/*
 * Extended attributes in words: those that a script gave to what it left in the root. No SVR4
 * package can carry any.
 *
 * Only those that mean something to whoever installed them are spoken of: file capabilities,
 * access control lists, and `user.*`. Others are the host's own (security labels, integrity), or an
 * overlay's.
 *
 * The words, as notes of the history have them: " NAME=VALUE" for each, by name. The value is in
 * hexadecimal digits; of one longer than 128 bytes it is `sha256:` and a digest, but in the
 * journal, which has to give it back. Bytes of names that would not be plain there are %XX.
 */
#ifndef COMMPKG_XATTRS_H
#define COMMPKG_XATTRS_H

#include "root.h"

/* "" for none. A file system without attributes has none. */
int xattrs_words(struct arena *a, struct tree *t, struct rpath p, const char **ret,
		 struct error *e);
/* Every value whole: for the journal. */
int xattrs_whole(struct arena *a, struct tree *t, struct rpath p, const char **ret,
		 struct error *e);
/* Without a capability. */
const char *xattrs_uncapable(struct arena *a, const char *words);
/* Has each of them its value there, and not the digest of one alone? */
bool xattrs_known(const char *words);
/* Those of `words`, with those of `more` added, or in place of the same ones. */
const char *xattrs_with(struct arena *a, const char *words, const char *more);
/* The first of `words` that p does not have so: its name, and what it should be and is, NULL for
 * not there. Besides, a capability that is not among them. 1 with *ret_name, 0 all as said. */
int xattrs_differ(struct arena *a, struct tree *t, struct rpath p, const char *words,
		  const char **ret_name, const char **ret_expected, const char **ret_found,
		  struct error *e);
/* p has these afterwards, and no others that are spoken of. */
int xattrs_make(struct arena *a, struct tree *t, struct rpath p, const char *words,
		struct error *e);
/* Gives them to p; -E_UNSUPPORTED for one of which only the digest is known. */
int xattrs_set(struct arena *a, struct tree *t, struct rpath p, const char *words,
	       struct error *e);

#endif
