/*
 * The plan: every step, every op on a path, every problem, before anything is done.
 *
 * plan_build() reads the database and looks at the root; it changes nothing. The plan is
 * immutable once built: what is shown is what is done. stage_build() makes the contents
 * that it names, commit_plan() carries out its ops.
 */
#ifndef COMMPKG_PLAN_H
#define COMMPKG_PLAN_H

#include "cage.h"
#include "dirs.h"
#include "mapping.h"
#include "merge.h"
#include "owners.h"
#include "pkgdb/journal.h"
#include "migrate.h"
#include "services.h"
#include "solve.h"

/* What to do about objects that exist and belong to another package or to nobody. */
enum conflict_policy {
	CONFLICT_REFUSE,	/* a problem (commpkg's default) */
	CONFLICT_OVERWRITE,	/* admin conflict=nocheck; --pkgOverwrite */
	CONFLICT_SKIP,		/* admin conflict=nochange: leave them, only own them */
};

struct plan_setting {
	const char *key, *value;
};

/* A licence of components that come. */
struct plan_licence {
	const char *name;
	const char *file;		/* its text on this host, or NULL */
	const char *components;		/* "MS 7.0, NSS 3.12" */
	struct sha256 digest;		/* of the text, else of the name */
	bool known;			/* the root accepted it before */
	bool accepted;			/* in this run */
};

#define PLAN_NO_MEMORY UINT64_MAX

struct plan_options {
	const char *verb;		/* for history */
	const char *command;		/* command line, for history */
	const char *program;		/* for the closing lines of contents: "pkgadd" */
	enum conflict_policy conflict;
	bool strip_setid;		/* admin setuid=nochange */
	bool any_space;			/* admin space=nocheck: what seems too little is tried */
	bool from_servers;		/* pkgrm -A: paths on file servers go from there, too */
	bool svr4_upgrade;		/* pkgadd: paths the new version dropped stay; editable
					 * files of class none are overwritten; what can't be made
					 * because something is in its way is lost, and the rest
					 * comes */
	bool no_keep;			/* nothing is kept, no way back */
	enum cage_policy cage;		/* how scripts are caged */
	bool mark_partial;		/* pkgadd: what comes while a script warns is marked as
					 * partially installed, as SVR4 leaves it */
	bool warned;			/* one has, before the plan was made */
	bool keep_stopped;		/* pkgadd, pkgrm: where a script ends the one package of
					 * the plan, what is there by then is kept and marked, as
					 * SVR4 leaves it. Not on the root itself (late) */
	bool trace;			/* they run with sh -x */
	const struct pkginfo *flags;	/* of environment.h, or NULL */
	bool script_inside;		/* the root is their `/` */
	bool stage_scripts;		/* also for the live root */
	bool first_boot;		/* postinstall waits for the first boot of the root */
	unsigned script_timeout;	/* seconds for each; 0: SCRIPT_TIME_LIMIT */
	uint64_t script_memory;		/* bytes, where they are caught in memory; 0: what is usual;
					 * PLAN_NO_MEMORY: none, they run late there */
	const struct plan_licence *licences; /* of what comes */
	size_t nlicences;
	const struct plan_setting *remember; /* of the root, written with the transaction */
	size_t nremember;
	enum services_policy services;
	bool unmigrated;		/* a switch to what was not migrated, too */
	const char *part, *only;	/* of a migration beside: beside.h; NULL: all */
	const char *answers;		/* of the run, for hooks: text of a state file, or NULL */
	const char *remember_answers;	/* for those of later runs, or NULL */
	const struct state_edit *edits;	/* configuration of another host (plan_carry.c) */
	size_t nedits;
};

/* What is going to be at one path. */
enum change_kind {
	CHANGE_CREATE = 1,	/* nothing is there */
	CHANGE_REPLACE,		/* new contents, type or target */
	CHANGE_ATTR,		/* mode, owner, group, time only */
	CHANGE_REMOVE,
	CHANGE_SAME,		/* right as it is: no op */
	CHANGE_KEEP,		/* edited: stays; what came is queued beside (NAME.new) */
	CHANGE_SKIP,		/* conflict policy: left alone */
	CHANGE_SCRIPT,		/* a class action script decides what becomes of it */
};

/* What the manifest of a component says of a configuration file. */
struct config_rule {
	const char *path;		/* client path */
	const char *component, *version, *base;
	enum manifest_merge merge;
	const char *validate;		/* a command that looks at a merged text, or NULL */
};

/* An `e` whose text was made of three; attributes that were changed on disk stay, too. */
struct plan_merged {
	struct text text;
	uint32_t mode, uid, gid;
	const struct config_rule *rule;	/* or NULL */
};

struct change_item {
	enum change_kind kind;
	const struct mapped *what;	/* what comes; NULL for remove */
	const struct step *step;	/* whose payload */
	size_t step_index;
	struct rpath path;		/* client path */
	struct rpath real;		/* canonical: where it lies in the root */
	struct op_attr was;		/* what is there now */
	char was_type;			/* f d s p c b, or 0 for nothing */
	char ftype;			/* what comes (or went) */
	const char *class;		/* of what goes */
	uint32_t uid, gid, mode;	/* to set */
	const char *owner, *group;	/* for the database; NULL = '?' */
	bool rules;			/* what comes decides type, attributes and contents */
	const struct sha256 *expect;	/* SAME by record: the contents must have this */
	struct rpath link;		/* l: canonical path of the other name */
	struct rpath beside;		/* KEEP: canonical NAME.new; the root = nothing queued */
	bool foreign;			/* SAME by checksum, and nobody's: other contents refuse */
	bool accepted;			/* e: its text becomes the pristine one */
	const struct plan_merged *merged; /* e: this is put there, not what comes; or NULL */
	const struct state_edit *carried; /* e: the edit of another host that it was made of. With
					   * `beside` what was not merged: that text becomes the
					   * pristine one */
	bool was_editable;		/* an `e` by record until now, and no longer */
	struct timespec was_ctime;	/* to see whether somebody was quicker */
	const char *note;		/* for show: why */
	const char *lost;		/* SKIP: why it can't be made; recorded as missing */
	bool shared;			/* another package has the path too */
};

/* A configuration decision, in the words of DESIGN.md 11. */
enum decision_kind {
	DECISION_NEW = 1, DECISION_TAKE_NEW, DECISION_KEEP_LIVE, DECISION_ADOPT,
	DECISION_QUEUE_NEW, DECISION_STAY_REMOVED, DECISION_REMOVE, DECISION_SAVE,
	DECISION_MERGE, DECISION_CARRY,
};
struct decision {
	enum decision_kind kind;
	struct rpath path;
	struct rpath beside;		/* canonical NAME.new or NAME.saved; the root = none */
	const char *why;
};

struct problem {
	const char *text;		/* what, on what, why */
	const char *fix;		/* what to type, or NULL */
	const char *path;		/* or NULL */
	const char *instance;		/* or NULL */
};

struct plan_space {
	uint64_t need_bytes, need_inodes;	/* staged, kept and database */
	uint64_t have_bytes, have_inodes;
};

/* A class of objects, and what puts them there and takes them away. */
struct plan_class {
	const char *name;
	const struct infofile *install, *remove; /* of the package, else ours; NULL: none */
};

struct plan_step {
	const struct step *step;
	const char *instance;		/* PKG or PKG.n: the one it is or will be */
	struct pkginfo params;		/* as the SVR4 view will have them */
	struct mapping mapping;		/* empty for removals */
	uint64_t new_bytes, old_bytes;
	struct pkgdb_file *rows;	/* of the installed one, by path */
	size_t nrows;
	const struct infofile *scripts;	/* where its scripts are: of what comes, or of what goes */
	size_t nscripts;
	struct plan_class *classes;	/* those of its objects that have a script */
	size_t nclasses;
	bool scripted;			/* some script runs for it */
	size_t nrun;			/* how many of its scripts will run */
	bool waits;			/* its postinstall waits for the first boot of the root */
	const struct pkgdb_file **carried; /* old rows the new version keeps (svr4_upgrade) */
	size_t ncarried;
};

/* A directory of a package that goes, with things in it that its scripts may remove. */
struct plan_directory {
	const struct step *step;
	struct rpath real;
};

/* What no package brings: a link, or another text of a file that is there. */
struct plan_put {
	struct rpath path;		/* canonical */
	char type;			/* s, f; 0: it goes */
	const char *target;		/* s */
	struct text text;		/* f */
	uint32_t mode, uid, gid;	/* f */
	struct op_attr was;		/* what is there now */
	struct timespec was_ctime;
	const char *component;
	const char *place;		/* s: below which install root it lies, where that is not
					 * its target's: the root remembers it (PLACE_KEY); or
					 * NULL */
	const char *words;		/* for people */
};
/* Settings of a root: where the link `current` of a component is, PLACE_KEY and its name. */
#define PLACE_KEY "current."

/* A port that the outcome of a migration must not have yet. */
struct beside_port {
	const char *path;		/* client path of the configuration */
	const char *key;
	uint32_t taken, shift;		/* what the old version has, and what comes instead */
};

/* Notes of the history: "MS=7.0", "all 6.3" (or the step of it, beside.h). */
#define MIGRATED_NOTE "migrated"

/* A migration from a version to the one beside it, in the stage (stage_migrate.h). */
struct beside_migration {
	const char *component, *from, *to;
	const char *base, *old_base;	/* client paths, no leading slash; old_base NULL: */
	const char *outside;		/* the old tree, a path of this host */
	const char *command;
	bool both;			/* its arguments are the old base and base */
	const char *part;		/* "all", "prepare", "install" */
	const char *only;		/* of the data, this; NULL: all */
	const struct beside_port *ports;
	size_t nports;
	struct dry_run dry;
};

/* A file system that the plan changes. */
struct plan_volume {
	const char *path;		/* where it is mounted below the root; "": the root's */
	const char *what;		/* "/dev/sdb1 (xfs)" */
	struct plan_space space;
};

struct plan {
	struct root *root;
	struct pkgdb *db;
	struct owners *owners;
	const struct plan_options *options;
	int64_t txn;			/* the number it will have */
	struct plan_step *steps;
	size_t nsteps;
	const struct component_step *components; /* of the solution */
	size_t ncomponents;
	struct service *services;	/* of components that were there */
	size_t nservices;
	struct migration *migrations;	/* of components, in place */
	size_t nmigrations;
	struct data_save *saves;	/* of their data */
	size_t nsaves;
	const char *services_why;	/* they are left alone; NULL: stopped and started */
	bool scripted;			/* some step is */
	size_t nwaiting;		/* steps whose postinstall waits (boot.h) */
	bool late;			/* its scripts run on the root itself, after the seal
					 * (late.h) */
	const char *late_why;		/* "the root is the live system", or what is missing */
	unsigned layers, missing;	/* enum cage_layer: of their cage, and not of it */
	const char *in_memory;		/* they are caught there: what the root is on; or NULL */
	uint64_t script_memory;		/* bytes that this may take */
	struct change_item *items;	/* by path */
	size_t nitems;
	struct decision *decisions;
	size_t ndecisions;
	struct pkgdb_file *rows;	/* of packages that stay: to be written anew, because who
					 * rules a shared path changes */
	size_t nrows;
	struct plan_directory *directories; /* that go if scripts leave nothing in them */
	size_t ndirectories;
	struct plan_put *puts;
	size_t nputs;
	struct beside_migration *besides;
	size_t nbesides;
	struct dirs *dirs;		/* what the root has now */
	struct rpath contents;		/* canonical var/sadm/install/contents */
	struct rpath sadm_pkg;		/* canonical var/sadm/pkg */
	struct problem *problems;	/* none: it can be carried out */
	size_t nproblems;
	const char **notes;
	size_t nnotes;
	struct plan_volume *spaces;	/* [0]: where our state directory lies, the root's if
					 * that is another one, then what is mounted below */
	size_t nspaces;
	struct txn_volume *volumes;	/* the same for the database: none when there is just one */
	size_t nvolumes;
	int64_t forgets;		/* transactions up to this can't be undone afterwards, by
					 * the root's retention; 0: none that can be now */
	size_t ncreate, nreplace, nattr, nremove, nsame, nscript;	/* of objects */
	size_t nlost;
	uint64_t stage_bytes;		/* to write */
};

/* How many file systems are too small, in bytes or inodes. */
size_t plan_lacks_space(const struct plan *plan);
/* Are services stopped and started around it? */
static inline bool plan_runs_services(const struct plan *plan)
{
	return plan->nservices > 0 && plan->services_why == NULL;
}
/* The script of that name among those of a step, or NULL. */
const struct infofile *plan_script(const struct plan_step *ps, const char *name);
/* "i.CLASS" or "r.CLASS" for a step, the package's or ours. NULL: the class is as `none`. */
const struct infofile *plan_class_script(const struct plan_step *ps, char which,
					 const char *class);
/* What the installed version has at that client path, or NULL. */
const struct pkgdb_file *plan_step_row(const struct plan_step *ps, const char *path);

/* "kept as edited, new one beside" */
const char *plan_decision_words(const struct decision *d);

/* What lstat saw, as the journal keeps it. */
void op_attr_of(const struct stat *st, struct op_attr *ret);

/* What trying shows, once it is built and before it is shown; fix may be NULL. */
void plan_add_problem(struct arena *a, struct plan *plan, const char *text, const char *fix);
void plan_add_note(struct arena *a, struct plan *plan, const char *text);

/* Results live in a. 0 also with problems: look at nproblems. */
int plan_build(struct arena *a, struct root *root, struct pkgdb *db, struct owners *owners,
	       const struct solution *solution, const struct plan_options *options,
	       struct plan *ret, struct error *e);

#endif
