/*
 * Making a distribution out of a directory: catalog.xml, repo.xml, repo.xml.p7s.
 *
 *	rc = publish_create("/dist", &options, watch, ctx, a, &repo, &counts, &doubt, e);
 *	rc = publish_sign("/dist", &keys, a, &repo, &doubt, e);
 *
 * All are written beside, then renamed, one after the other. Readers on the same host wait
 * meanwhile (turns.h), and so do others who publish: each has a serial of its own. Readers of a
 * server look again when what they got does not fit together. After a crash between the renames
 * there is neither the old distribution nor the new one, and it is refused until the same is done
 * again; what was written beside and not renamed stays, and no scan looks at it.
 * Created with keys, it is signed at once: readers find the old one or the new one, never one
 * without a signature.
 */
#ifndef COMMPKG_PUBLISH_H
#define COMMPKG_PUBLISH_H

#include "formats/catalog.h"
#include "formats/medium_verify.h"

#define PUBLISH_DAYS 90

struct publish_keys {
	const char *key, *certificate;	/* files; the certificate may be in the key's: NULL */
	const char *root;		/* root certificate, or NULL: none is shipped */
	const char *passphrase;		/* of the key, or NULL */
	int64_t now;
};

struct publish_options {
	const char *id;		/* NULL: that of the repo.xml there is, or the directory's name */
	const char *name;	/* for people; NULL: as before */
	uint64_t serial;	/* 0: one more than before */
	int64_t now;		/* seconds */
	unsigned days;		/* until it expires */
	const struct publish_keys *keys; /* to sign it with at once; NULL: it is not signed */
};

struct publish_counts {
	size_t media, packages, components;
};

/* Media and manifests in the directory and in those in it, in the order of their names; the
 * same package twice, and what is broken, is refused; keys that can't sign are, before any of
 * that is read. *ret_doubt as below. */
int publish_create(const char *dir, const struct publish_options *o, medium_watch *watch,
		   void *ctx, struct arena *a, struct repo *ret, struct publish_counts *counts,
		   const char **ret_doubt, struct error *e);

/* *ret_doubt: what those who verify will not like, or NULL. */
int publish_sign(const char *dir, const struct publish_keys *k, struct arena *a,
		 struct repo *ret, const char **ret_doubt, struct error *e);

#endif
