/*
 * Making a distribution out of a directory: catalog.xml, repo.xml, repo.xml.p7s.
 *
 *	rc = publish_create("/dist", &options, watch, ctx, a, &repo, e);
 *	rc = publish_sign("/dist", &keys, a, &repo, e);
 *
 * Files are written beside and renamed, repo.xml last. The old signature goes first: whoever
 * looks in between finds a distribution that is refused, never one that is half new.
 */
#ifndef COMMPKG_PUBLISH_H
#define COMMPKG_PUBLISH_H

#include "formats/catalog.h"
#include "formats/medium_verify.h"

#define PUBLISH_DAYS 90

struct publish_options {
	const char *id;		/* NULL: that of the repo.xml there is, or the directory's name */
	const char *name;	/* for people; NULL: as before */
	uint64_t serial;	/* 0: one more than before */
	int64_t now;		/* seconds */
	unsigned days;		/* until it expires */
};

struct publish_counts {
	size_t media, packages, components;
};

/* Media and manifests in the directory and in those in it, in the order of their names; the
 * same package twice, and what is broken, is refused. */
int publish_create(const char *dir, const struct publish_options *o, medium_watch *watch,
		   void *ctx, struct arena *a, struct repo *ret, struct publish_counts *counts,
		   struct error *e);

struct publish_keys {
	const char *key, *certificate;	/* files; the certificate may be in the key's: NULL */
	const char *root;		/* root certificate, or NULL: none is shipped */
	const char *passphrase;		/* of the key, or NULL */
	int64_t now;
};
/* *ret_doubt: what those who verify will not like, or NULL. */
int publish_sign(const char *dir, const struct publish_keys *k, struct arena *a,
		 struct repo *ret, const char **ret_doubt, struct error *e);

#endif
