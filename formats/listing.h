/*
 * What a pkgmap lists against what is found in a medium; for the readers of media.
 *
 * A name inside of a package (`reloc/usr/bin/x`, `install/depend`) is first sorted by
 * name_classify(), which also refuses names that lead elsewhere, then looked up in
 * the listing, where each object is found once.
 *
 * Payload of relative (also parametric) paths is below reloc, of absolute ones below
 * root; in a package of several parts below reloc.N and root.N, or the plain ones
 * (svr4.md 1).
 */
#ifndef FORMATS_LISTING_H
#define FORMATS_LISTING_H

#include "medium.h"

enum name_kind {
	NAME_META,	/* pkginfo, pkgmap */
	NAME_INFO,	/* install/x: rest is x */
	NAME_PAYLOAD,	/* rest is the path as in pkgmap, canonical, "/..." below root */
	NAME_DIR,	/* a directory that may be there */
	NAME_ARCHIVE,	/* payload of an old medium as one file: reloc.cpio.Z and the like */
};

/* `mode` has the type bits. -E_FORMAT: no name of a package, or no regular file;
 * -E_UNSUPPORTED: class archives. Both name `pkg` and the name. */
int name_classify(const char *pkg, const char *name, uint32_t mode, uint32_t part,
		  enum name_kind *ret, const char **ret_rest, struct error *e);

/* For media in which archived payload can't be read. */
int name_refuse_archive(const char *pkg, const char *name, struct error *e);
/* The part that a name says it is in (`reloc.N/...`); 0 when it says none. */
uint32_t name_part(const char *name, uint32_t nparts);

struct listing {
	const struct package *p;
	struct arena *a;
	struct strmap *paths;		/* canonical path -> entry with payload */
	bool *seen;			/* by index of the entry */
	size_t *left;			/* by part: payload not seen yet */
	bool seen_pkginfo, seen_pkgmap;	/* in the present part */
	payload_note *note;		/* NULL: refuse */
	void *note_ctx;
	bool pass;			/* unlisted payload is only told, if to anybody */
	payload_note *passed;
	void *passed_ctx;
};

int listing_init(struct listing *l, const struct package *p, struct error *e);
void listing_free(struct listing *l);
/* Marks pkginfo, pkgmap and install/x: -E_FORMAT when unlisted or seen before. */
int listing_see_meta(struct listing *l, const char *name, struct error *e);
int listing_see_info(struct listing *l, const char *name, struct error *e);
/* 1 and the entry, marked; 0: unlisted, and noted; -E_FORMAT: unlisted, in another part
 * or seen before. */
int listing_see_payload(struct listing *l, const char *name, const char *path, uint32_t part,
			const struct entry **ret, struct error *e);
/* Is every payload entry of this part seen? -E_FORMAT names the first that is not. */
int listing_check_part(struct listing *l, uint32_t part, struct error *e);
/* Both refused, or noted and 0. */
int listing_unlisted(struct listing *l, const char *name, struct error *e);
int listing_missing(struct listing *l, const struct entry *en, struct error *e);

#endif
