/*
 * pkgchk's look at objects: as they should be, by database or pkgmap, and as they are
 * in a root (svr4.md 11.1).
 *
 *	check_source.c	objects out of a database or a pkgmap
 *	check_object.c	one object compared
 *	check_fix.c	what -f puts right
 *	check_list.c	the long listing of -l
 *	check_exclusive.c  foreign files in `x` directories
 *	check_medium.c	packages that are not installed (-d)
 */
#ifndef TOOLS_COMMON_CHECK_H
#define TOOLS_COMMON_CHECK_H

#include "commpkg/owners.h"
#include "formats/medium.h"
#include "tools/common/installed.h"

/* As it should be. */
struct check_object {
	const char *path;	/* client path without the leading slash */
	char ftype;
	const char *target;	/* s l */
	uint32_t major, minor, mode;
	const char *owner, *group;	/* NULL: not looked at */
	bool has_content;
	uint64_t size;
	uint32_t sum;
	int64_t mtime;
	const char **instances;	/* packages that have it */
	const char *statuses;	/* one character each, ' ' = none */
	size_t n;
};

struct check {
	struct arena *a;
	struct root *root;
	struct owners *owners;
	const char *prefix;	/* "" or /altroot, for people */
	bool attributes, contents;	/* what is compared */
	bool skip_edited;	/* -n: not the contents of e and v */
	bool fix, quiet, verbose, list;
	size_t faults;
};

/* One object: listed, or compared (and put right) with its faults said and counted. */
int check_one(struct check *c, const struct check_object *o, struct error *e);

/* ---- for check_*.c */
struct check_seen {
	struct rpath real;	/* where it lies */
	bool exists;
	struct stat st;
};
int check_look(struct check *c, const struct check_object *o, struct check_seen *ret,
	       struct error *e);
/* Faults, a line each with four blanks in front. */
int check_compare(struct check *c, const struct check_object *o, struct strbuf *faults,
		  struct error *e);
/* -f: the time of a file; the rest was done by check_repair(). */
int check_fix_time(struct check *c, const struct check_object *o, struct error *e);
/* As SVR4 writes it. */
const char *check_time_text(struct check *c, int64_t when);
/* Is the hard link where it should be? */
int check_is_linked(struct check *c, const struct check_object *o,
		    const struct check_seen *seen, bool *ret, struct error *e);
/* Canonical path of what a hard link leads to. */
int check_link_target(struct check *c, const struct check_object *o, struct rpath *ret,
		      struct error *e);
int check_sum(struct check *c, struct rpath path, uint64_t *ret_size, uint32_t *ret_sum,
	      struct error *e);
void check_list(const struct check *c, const struct check_object *o);

/* ---- where objects come from */
struct check_filter {
	char **packages;	/* operands; none: all */
	size_t npackages;
	const char **paths;	/* client paths, or parts of them */
	size_t npaths;
	bool partial;		/* -P: a part of the path or of what a link leads to */
	const char *category;	/* -Y, or NULL */
	bool quiet;		/* nothing is told of paths that matched nothing */
};
/* Does path `i` of the filter mean this one? A `*` at its end stands for anything. */
bool check_path_matches(const struct check_filter *f, size_t i, const char *client_path,
			const char *target);
/* -f, before anything is compared: a transaction. Takes the lock, and gives it back. */
struct check_repair {
	const struct installed *in;
	const struct check_filter *f;
	bool attributes;		/* and links, and what else has no contents */
	const char *const *gone;	/* client paths of foreign files */
	size_t ngone;
	int lock_wait;			/* seconds */
};
int check_repair(const char *root_path, const struct check_repair *how, struct error *e);
/* Operands and paths that matched nothing are told as warnings. */
int check_installed(struct check *c, const struct installed *in,
		    const struct check_filter *f, struct error *e);
int check_pkgmap(struct check *c, const char *map_file, const char *env_file,
		 struct error *e);
/* -x: names in exclusive directories that no package has, each told as a fault. */
int check_exclusive(struct check *c, const struct installed *in,
		    const struct check_filter *f, struct error *e);
/* The same, only found: for check_repair(). */
int check_exclusive_find(struct check *c, const struct installed *in,
			 const struct check_filter *f, const char *const **ret, size_t *ret_n,
			 struct error *e);
/* -d: the packages of a medium that the filter names: control files, scripts, payload. */
int check_medium(struct check *c, const char *device, const struct check_filter *f,
		 struct error *e);

#endif
