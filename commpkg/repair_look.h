/*
 * What the files of repair share; nobody else includes this.
 *
 *	repair_look()		findings of verify: what each damaged path needs
 *	repair_gone()		what the caller wants away
 *	repair_view()		the same for the SVR4 view
 *	repair_sources()	where contents come from
 *	repair_ways()		what stands in the way in the root
 *	repair_stage()		made anew in a stage
 *	repair_seal()		history and journal in one commit
 */
#ifndef COMMPKG_REPAIR_LOOK_H
#define COMMPKG_REPAIR_LOOK_H

#include "dirs.h"
#include "formats/str.h"
#include "pkgdb/journal.h"
#include "repair.h"
#include "session.h"
#include "stagedir.h"
#include "verify.h"

enum source_kind {
	SOURCE_NONE,		/* not found, or none needed */
	SOURCE_TEXT,		/* bytes */
	SOURCE_TREE,		/* a copy of `from` in `tree` */
	SOURCE_LINK,		/* another name of what lies, or is staged, at `from` */
	SOURCE_PACKAGE,		/* entry of package number `package` of the distribution */
};

/* One damaged path. */
struct mend {
	struct repair_item item;
	const struct expected *row;	/* NULL: the SVR4 view */
	unsigned kinds;			/* bits 1 << enum verify_kind */
	char ftype;
	struct rpath client, real;
	bool there;			/* something is, as st says */
	bool makes_way;			/* it goes first: a directory for a file, or the reverse */
	struct stat st;
	bool needs;			/* contents: f e v */
	bool has_sha;
	struct sha256 sha;
	enum source_kind source;
	const char *bytes;
	size_t len;
	struct tree *tree;		/* borrowed */
	struct rpath from;
	size_t package;
	const struct entry *entry;
	size_t next_from;		/* index + 1 of the next that comes from the same entry */
	size_t next_same;		/* index + 1 of the next that needs the same contents */
	uint32_t mode;
	uid_t uid;
	gid_t gid;
};

struct repair {
	struct arena *a;
	const struct repair_request *req;
	const struct repair_watch *watch;
	struct session *session;
	struct tree *root;		/* of the session */
	struct dirs *dirs;
	int64_t n;			/* the number of the transaction */
	const char *const *instances;	/* that were named */
	size_t ninstances;
	VEC(struct mend) mends;
	struct strmap *by_real;		/* real path -> index + 1 */
	struct strmap *sizes;		/* "SIZE SUM" that some need: where to look */
	struct strmap *digests;		/* in hex -> index + 1 of the first that needs it */
	struct strmap *entries;		/* "PACKAGE ENTRY" -> index + 1 of the first from it */
	VEC(struct tree *) stores;	/* open undo stores */
	struct txn_volume *volumes;	/* that it changes; none when it is just one */
	size_t nvolumes;
	struct stagedir stage;
	struct strmap *made;		/* directories made in the stage: real path */
	VEC(const char *) made_order;
	struct repair_plan plan;
};

int repair_look(struct repair *r, struct error *e);
int repair_gone(struct repair *r, struct error *e);
int repair_view(struct repair *r, struct error *e);
int repair_sources(struct repair *r, struct error *e);
int repair_ways(struct repair *r, struct error *e);
int repair_stage(struct repair *r, struct error *e);
int repair_seal(struct repair *r, struct error *e);

/* Is the object made anew? */
static inline bool mend_makes(const struct mend *m)
{
	return m->item.kind == REPAIR_PUT || m->item.kind == REPAIR_DIRECTORY;
}
/* Is anything done about it? */
static inline bool mend_acts(const struct mend *m)
{
	return mend_makes(m) || m->item.kind == REPAIR_ATTR || m->item.kind == REPAIR_GONE;
}
struct mend *repair_find(const struct repair *r, const char *real);
/* Adds one, known by its real path. */
struct mend *repair_add(struct repair *r, struct rpath client, struct rpath real);
void mend_cannot(struct mend *m, const char *why, const char *fix);

/* Do some need contents of that size and sum? Asked before anything is digested. */
bool repair_needs_size(const struct repair *r, uint64_t size, uint32_t sum);
/* The first that needs these contents, or NULL; then by repair_next_same(). */
struct mend *repair_first_same(const struct repair *r, const struct sha256 *sha);
struct mend *repair_next_same(const struct repair *r, const struct mend *m);

/* Reads every payload entry that could be one of the mends that have no source yet; with
 * `into` writes those that come from packages there, at their real paths. */
int repair_from_packages(struct repair *r, struct tree *into, struct error *e);

#endif
