/*
 * Is a published distribution whole? Every file that its catalog names is there, has its size
 * and SHA-256, and is what the catalog says: packages in their versions, manifests that can
 * be read. All that is wrong is found, not the first thing only.
 *
 * Whether it is signed, and by whom, is for trust_published() to say.
 */
#ifndef COMMPKG_AUDIT_H
#define COMMPKG_AUDIT_H

#include "formats/medium_verify.h"

struct dist;
struct published;

struct audit_finding {
	const char *file;
	const char *problem;
	int code;		/* enum error_code, or errno */
	bool remark;		/* nothing is wrong: a file that nobody knows */
};

struct audit {
	struct arena *a;
	medium_watch *watch;
	void *ctx;
	struct audit_finding *findings;
	size_t n;
	size_t nmedia, npackages, nmanifests;	/* looked at */
};

/* Negative only when watch says so. The media stay open, as if they were taken. */
int audit_published(struct audit *au, struct published *p, struct error *e);
/* A directory as it is: every package that a manifest names is there, in its version; licences;
 * what packages contain has the sizes and sums that they say. */
int audit_directory(struct audit *au, const struct dist *d, struct error *e);
/* Findings that are no remarks. */
size_t audit_problems(const struct audit *au);
/* Refused (-E_DIGEST), with the first, when there is one. `all`: they were shown. */
int audit_verdict(const struct audit *au, const char *place, bool all, struct error *e);
/* One more. */
void audit_add(struct audit *au, const char *file, const struct error *why, bool remark);

#endif
