/*
 * A plan in a file: what was asked, of which root, and what that came to.
 *
 * The file holds the command as words (absolute paths, no options that only say how to talk),
 * the generation of the root (its last transaction), the digest of every medium that something
 * is taken from, the steps for people, and a digest of the whole plan. `apply` gives the same
 * command again; what comes of it has to be the same plan, or it is stale. So a file can ask
 * for nothing that its words would not do, and what it says of steps is never believed.
 *
 *	planfile_save(a, path, &what, plan, e)		after a dry run
 *	planfile_load(a, path, &p, e)			words -> options_parse()
 *	planfile_match(a, &p, plan, e)			-E_STALE, with what is different
 */
#ifndef COMMPKG_PLANFILE_H
#define COMMPKG_PLANFILE_H

#include "plan.h"

#define PLANFILE_MAX_BYTES ((size_t)64 << 20)
#define PLANFILE_MAX_WORDS 4096u

struct planfile_medium {
	const char *path, *sha256;
};

struct planfile {
	const char **words;		/* verb, options, operands; ends with NULL */
	size_t nwords;
	const char *root;		/* absolute */
	int64_t generation;
	const char *digest;
	struct planfile_medium *media;
	size_t nmedia;
};

int planfile_save(struct arena *a, const char *path, const char *const *words, size_t nwords,
		  const struct plan *plan, struct error *e);
/* -E_FORMAT, -E_LIMIT; -E_UNSUPPORTED: of a newer commpkg. */
int planfile_load(struct arena *a, const char *path, struct planfile *ret, struct error *e);
int planfile_match(struct arena *a, const struct planfile *p, const struct plan *plan,
		   struct error *e);

/* Of everything a plan will do, and of what it has looked at (plan_digest.c). */
void plan_digest(const struct plan *plan, struct sha256 *ret);

#endif
