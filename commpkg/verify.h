/*
 * The checking engine: a root against its database.
 *
 * Looked at for each owned path: that it is there, type, contents (SHA-256; size first; SVR4's
 * sum where no digest was ever known), mode, owner, group, target of links, identity of hard
 * links, device numbers; extended attributes that scripts gave, and capabilities of files. What
 * the package left open ('?') is not compared. Of several owners
 * the ruling one counts.
 *
 * Contents of `e` and `v` files may differ: that is an edit (allowed), and nothing to
 * fail for; their other attributes count.
 *
 * What scripts made and no package owns is looked at as `v` files are; what was there before
 * they changed it is nobody's still. What they made of an owned path counts as what was put
 * there.
 *
 * Reading and digesting is done by threads, each with a tree handle of its own and a run
 * of neighbouring paths at a time, so that parents stay cached. Findings come sorted by
 * path and do not depend on the number of threads.
 */
#ifndef COMMPKG_VERIFY_H
#define COMMPKG_VERIFY_H

#include "owners.h"
#include "pkgdb/pkgdb.h"
#include "root.h"

enum verify_kind {
	VERIFY_MISSING = 1,
	VERIFY_TYPE,
	VERIFY_CONTENT,		/* expected and found: SHA-256, or sizes when they differ */
	VERIFY_MODE,
	VERIFY_OWNER,
	VERIFY_GROUP,
	VERIFY_TARGET,		/* of a symbolic link */
	VERIFY_LINK,		/* not the same inode as what it is linked to */
	VERIFY_DEVICE,
	VERIFY_ATTRIBUTE,	/* an extended one that a script gave; a capability nobody did */
	VERIFY_TIME,		/* of modification; seconds; allowed, and only when asked for */
	VERIFY_UNREADABLE,	/* found: the system's words */
	VERIFY_UNOWNED,
};

/* The digest of contents that agree with what is expected, for whoever has none yet. */
struct seen {
	bool known;
	struct sha256 sha256;
};

/* What one path should be: its ruling row, or what a script made of it. */
struct expected {
	const char *path;
	char ftype;		/* '?': made by a script, of a type that is not recorded */
	const char *target;
	uint32_t major, minor, mode;
	const char *owner, *group;
	uint64_t size;
	uint32_t sum;
	int64_t mtime;
	struct sha256 sha256;
	bool digest;		/* sha256 is known */
	bool content;		/* size, sum and mtime are */
	bool volatile_;		/* contents may change: e, v, and what scripts made */
	const char *script;	/* that left it so; NULL: the package's payload */
	const char *xattrs;		/* that it gave (xattrs.h); NULL: none */
	bool made;		/* by a script, where nothing had been */
	const char *instance;
	struct seen *seen;	/* NULL: not wanted */
};

struct finding {
	const char *path;		/* without leading slash */
	enum verify_kind kind;
	bool allowed;			/* an edit of an e or v file */
	const char *expected, *found;	/* texts, or NULL */
	const char *instance;		/* ruling owner; NULL with VERIFY_UNOWNED */
	const char *script;		/* of instance, that made or changed it; or NULL */
	const struct expected *row;	/* NULL with VERIFY_UNOWNED */
};

/* "content", "mode", ...: for people and for JSON. */
const char *verify_kind_name(enum verify_kind k);

struct verify_options {
	unsigned threads;		/* 0: one per core, at most 16 */
	bool unowned;			/* look for strange files too */
	bool times;			/* tell of times that differ */
	const char *const *instances;	/* only paths of these; n = 0: all */
	size_t n;
	/* Bytes digested so far of all; called by the calling thread; may be NULL. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

struct verify_result {
	struct finding *v;
	size_t n;
	size_t npaths;			/* compared */
	uint64_t bytes;			/* digested */
	size_t ndamaged, nedited, nunowned;	/* paths, not findings */
	bool owners_skipped;		/* the root does not set owners */
};

/* 0 also with findings. Negative: could not be done (database, threads, interrupted). */
int verify_root(struct arena *a, struct root *root, struct pkgdb *db,
		const struct owners *owners, const struct verify_options *options,
		struct verify_result *ret, struct error *e);

/* The same for a list that the caller made, by path; without a database. */
int verify_list(struct arena *a, struct root *root, const struct owners *owners,
		const struct expected *v, size_t n, const struct verify_options *options,
		struct verify_result *ret, struct error *e);

/* What scripts of transactions that are in force made or changed, and of which no later one
 * says otherwise: canonical path -> struct expected, in the arena. The caller frees the map. */
int verify_effects(struct arena *a, struct pkgdb *db, struct strmap **ret, struct error *e);

/* The other name of a hard link, as its target has it: absolute below the root, or relative
 * to the directory of the link (svr4.md 4.1), where `..` takes a component back. */
bool verify_linked_to(struct arena *a, const char *path, const char *target,
		      struct rpath *ret);

#endif
