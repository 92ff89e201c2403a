/*
 * prototype(4): what pkgmk builds a package from.
 *
 *	[part] ftype class path[=contents or target] [major minor] [mode owner group]
 *	[part] i name[=contents]
 *	!search dir...   !rsearch dir...   !include file   !default mode owner group   !VAR=value
 *
 * Source: prototype(4) of illumos and svr4.md 4.4; golden ones in tests/corpus/svr4/src.
 *
 *	rc = prototype_parse(a, "prototype", &files, &given, &proto, &faults, e);
 *	rc = prototype_find(a, &proto, &where, &faults, e);  contents: source, size, sum, mtime
 *	rc = prototype_map(a, &proto, &map, &notes, e);	merged, sorted, checked
 *
 * Build variables (`$lower`) are replaced while parsing; install variables
 * (`$Upper`) stay. Includes and search directories are relative to the directory of
 * the file that names them; !search, !rsearch and !default do not cross from one file
 * to another, variables do. Errors name file and line. All strings live in the arena.
 */
#ifndef FORMATS_PROTOTYPE_H
#define FORMATS_PROTOTYPE_H

#include "pkginfo.h"
#include "pkgmap.h"

#define PROTOTYPE_MAX_BYTES ((size_t)64 << 20)	/* of one file */
#define PROTOTYPE_MAX_LINE 8191u
#define PROTOTYPE_MAX_DEPTH 20u			/* of !include */
#define PROTOTYPE_MAX_FILES 1024u		/* includes in all */
#define PROTOTYPE_MAX_SEARCH 64u		/* directories in one !search */
#define PROTOTYPE_MAX_VARS 1024u
#define PROTOTYPE_MAX_ROOTS 8u			/* -r */

/* Where the contents of entries are looked for: of one file, as of one line. */
struct proto_scope {
	const char *file;	/* for messages */
	const char *dir;	/* that file lies in; "" = here */
	const char **search, **rsearch;
	size_t nsearch, nrsearch;
};

struct proto_entry {
	struct entry entry;	/* target of f e v i stays NULL; line is set */
	const struct proto_scope *scope;
	const char *local;	/* after '=' of f e v i, or NULL */
	bool unsaid;		/* not all attributes, and no default: ? for the others */
	bool extra;		/* words after the last field, which say nothing */
	bool garbled;		/* of one that can't be read: its words, not what they say */
	const char *source;	/* found contents: path to open, or NULL */
};

struct prototype {
	struct proto_entry *v;
	size_t n;
	struct pkginfo vars;	/* given ones first, then !VAR=value */
};

/* What is wrong, entry by entry, for those who tell it in SVR4's way. */
struct proto_fault {
	const char *file;
	unsigned line;		/* 0: of the file as a whole */
	const char *path;	/* of the entry, or NULL when not even that could be read */
	const char *text;	/* without a final newline */
	bool garbled;		/* SVR4 says "garbled entry" */
};
struct proto_faults {
	struct proto_fault *v;	/* in the arena */
	size_t n;
};

/* How files are read, so that the parser needs no file system. */
struct proto_files {
	int (*read)(void *ctx, struct arena *a, const char *path, const char **ret_bytes,
		    size_t *ret_len, struct error *e);
	void *ctx;
};
/* From disk; "-" is standard input. */
extern const struct proto_files proto_files_disk;

/* `given` are the variables of the command line; they win over !VAR=value. Reading ends
 * at the first fault; `faults` (may be NULL) is then set, and e says the same. */
int prototype_parse(struct arena *a, const char *path, const struct proto_files *files,
		    const struct pkginfo *given, struct prototype *ret,
		    struct proto_faults *faults, struct error *e);

struct proto_where {
	const char *const *roots;	/* -r */
	size_t nroots;
	const char *base;		/* -b, or NULL */
};
/* Fills source and the contents (size, sum, mtime) of f e v i, and numbers of
 * devices that were not said. All entries are looked at: `faults` (may be NULL) has
 * every one whose contents are not there, and e the first. */
int prototype_find(struct arena *a, struct prototype *p, const struct proto_where *where,
		   struct proto_faults *faults, struct error *e);

/* One warning each, in SVR4's words without "WARNING: ". */
struct proto_notes {
	const char **v;
	size_t n;
};
/* Sorted entries, directories named twice merged; nparts is 1 and maxblocks 0.
 * ret_source[i] belongs to map.entries[i]. -E_CONFLICT: a duplicate path. */
int prototype_map(struct arena *a, const struct prototype *p, struct pkgmap *ret,
		  const char ***ret_source, struct error *e);
/* `missing directory entry for <dir>`, by path, each once. `map` is sorted. */
void prototype_missing_dirs(struct arena *a, const struct pkgmap *map,
			    struct proto_notes *ret);

/* Text with $NAME components replaced by variables; `lower` and `upper` say which kind.
 * *ret_unknown (may be NULL) is set when a build variable is not known. */
const char *proto_expand(struct arena *a, const char *text, const struct pkginfo *vars,
			 bool lower, bool upper, bool *ret_unknown);
/* The entry on one line, without commands: prototype_entry.c. `text` is cut up. */
struct proto_default {
	bool set;
	uint32_t mode;
	const char *owner, *group;
};
bool proto_account_ok(const char *name); /* an owner or a group */
/* One more; f may be NULL. */
void proto_fault_add(struct arena *a, struct proto_faults *f, const struct proto_fault *one);
/* On failure e has the problem alone, and ret->garbled and ret->entry.path what was read
 * so far. */
int proto_entry_parse(struct arena *a, char *text, const struct pkginfo *vars,
		      const struct proto_default *def, struct proto_entry *ret,
		      struct error *e);

#endif
