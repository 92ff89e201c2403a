/*
 * Taking over a root that real SVR4 tools made: our database, from what they recorded.
 *
 *	var/sadm/install/contents	paths, their attributes, sums, classes, owners, marks
 *	var/sadm/pkg/INST/pkginfo	parameters; answers are among them
 *	var/sadm/pkg/INST/install/	scripts and information files: uninstall runs them
 *	var/sadm/pkg/INST/save/pspool	pristine `e` and `v`
 *	var/sadm/pkg/INST/!I-Lock!	installed only in part (!R-Lock!: removed in part)
 *
 * One transaction in which no byte of the root changes, neither payload nor the view, which
 * stays as the other tools wrote it. Undo forgets the database again.
 *
 * Every file is read once, by threads. A SHA-256 is recorded only of contents whose size and
 * sum agree with those recorded; what differs is reported and stays without one, so that
 * verify goes on naming it and repair takes it from the package.
 *
 * All of it comes from a root of strangers: read with limits, following no link at the end of
 * a path, and refused with file and line where it is damaged.
 */
#ifndef COMMPKG_ADOPT_H
#define COMMPKG_ADOPT_H

#include "verify.h"

struct adopt_plan {
	size_t packages, partial, paths, shared;
	const struct verify_result *found;	/* differences between record and disk */
	const char *const *notes;		/* for people */
	size_t nnotes;
};

struct adopt_request {
	const char *root_path;
	const char *command;
	int lock_wait;
	unsigned threads;
	bool dry_run;
};

struct adopt_watch {
	void *ctx;
	void (*waiting)(void *ctx, const char *holder);
	void (*recovered)(void *ctx, const char *words);
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	/* 1 go on, 0 stop, negative error. */
	int (*plan)(void *ctx, const struct adopt_plan *plan, struct error *e);
};

struct adopt_result {
	int64_t txn;		/* 0: nothing was done */
	bool nothing;		/* the record is there and empty */
	bool same_view;		/* the database says contents to the byte, comments aside */
};

/* 0: done, or stopped, or a dry run. -E_NOT_FOUND: no record at all; -E_CONFLICT: the root
 * is ours already, or its record is in use (pkgserv); -E_FORMAT: damaged, with file and line. */
int adopt_run(const struct adopt_request *req, const struct adopt_watch *watch,
	      struct adopt_result *ret, struct error *e);

#endif
