/*
 * What the procedures*.c files share and nobody else sees.
 *
 *	procedures.c		package by package: its view, its objects, its scripts
 *	procedures_class.c	classes, and what belongs to their scripts
 *	procedures_env.c	the environment of a script
 *	procedures_view.c	`contents` as scripts see it
 *	procedures_requests.c	what installf and removef asked for
 *	procedures_data.c	the package, where it is read from
 *	procedures_links.c	its files with several names
 */
#ifndef COMMPKG_PROCEDURES_INTERNAL_H
#define COMMPKG_PROCEDURES_INTERNAL_H

#include "pkgdb/svr4edit.h"
#include "overlay.h"
#include "procedures.h"

struct procedure_run {
	struct stage *s;
	struct pkgdb *db;
	const struct procedures_watch *watch;
	struct procedures *result;
	size_t step;
	const struct plan_step *ps;
	const char *script;		/* the one that runs */
	struct late_recorder *late;	/* it runs later: only noted (late_seal.c) */
	bool ran_class;			/* a class script of this step has run */
	struct svr4edit *view;		/* `contents` so far */
	struct pkgdb_package *packages;	/* procedures_command(): those installed */
	size_t npackages;
	struct overlay_wish wish;	/* of layers for scripts of linked_step */
	const struct plan_step *linked_step;
};

struct procedure_call {
	const struct infofile *file;
	const char *arg;		/* or NULL */
	const struct strbuf *input;	/* or NULL */
	bool in_package;		/* in its var/sadm/pkg/INST/install */
};

/* In the cage; what it did is judged, noted and folded into the stage. 1: it ended the package,
 * and what is there is kept; all of these functions hand that on. */
int procedure_run_script(struct procedure_run *r, const struct procedure_call *call,
			 struct error *e);
/* A script of the step by its name, if there is one. */
int procedure_run_named(struct procedure_run *r, const char *name, struct error *e);
/* Is what there is kept when a script ends the package? */
bool procedure_keeps(const struct procedure_run *r);
/* The object is in the stage as it is to be. */
void procedure_settled(struct procedure_run *r, const struct change_item *it);
/* A line of ours among those of the script that ran last, which counts as its warning. */
void procedure_complain(struct procedure_run *r, const char *text);
/* Does the item bring something for this step? */
bool procedure_is_mine(const struct procedure_run *r, const struct change_item *it);
/* What a script made at path gives way. */
int procedure_clear(struct procedure_run *r, struct rpath path, struct error *e);
/* The directories above path, in the stage. */
int procedure_parent(struct procedure_run *r, struct rpath path, struct error *e);

/* ---- procedures_view.c */

int procedure_view_open(struct procedure_run *r, struct error *e);
/* The step's rows; `done`: as they will be. */
void procedure_view_comes(struct procedure_run *r, bool done);
void procedure_view_goes(struct procedure_run *r, bool done);
int procedure_view_write(struct procedure_run *r, struct error *e);
/* Is it `contents`, or what installf makes on the way to it? */
bool procedure_view_owns(const struct procedure_run *r, const char *path);

/* ---- procedures_requests.c */

int procedure_requests(struct procedure_run *r, const char *bytes, size_t len,
		       struct error *e);

/* ---- procedures_links.c */

/* What a layer for the next script is to be like: with the hard links of its package. */
const struct overlay_wish *procedure_wish(struct procedure_run *r);

/* ---- procedures_data.c */

/* pkginfo, pkgmap and install/ of the step, in INST_DATADIR. */
int procedure_data(struct procedure_run *r, struct error *e);

/* ---- procedures_class.c */

/* Objects of classes with a script, part by part, class by class. */
int procedure_classes_install(struct procedure_run *r, struct error *e);
/* The same backwards, then classes that are not in the list. NULL: it is `none`. */
int procedure_classes_remove(struct procedure_run *r, const char *classes, struct error *e);

/* ---- late_seal.c, in place of running and dressing */

int late_record_script(struct procedure_run *r, const struct procedure_call *call,
		       const struct script *script, struct error *e);
void late_record_object(struct procedure_run *r, const struct change_item *it);

#endif
