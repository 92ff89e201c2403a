/*
 * From a wish to steps: the only room that speaks to libsolv.
 *
 * One pool per solve: what is installed, what the distribution has, and virtual
 * provides. Packages follow depend(4) (P requires, I conflicts, R is a warning at
 * removal), or install/relations where they have it. Components require their packages
 * and other components, as their manifests say; a package of components goes when the last
 * of them goes, unless a user named it.
 */
#ifndef COMMPKG_SOLVE_H
#define COMMPKG_SOLVE_H

#include "dist.h"
#include "pkgdb/component.h"

enum wish_kind {
	WISH_INSTALL,		/* NAME or NAME=VERSION, and what it needs. A NAME is a component's,
				 * else a package's; package:NAME and component:NAME say which;
				 * ~NAME is what a component needs of others, without it itself */
	WISH_UPGRADE,		/* newest of the distribution; all installed when no name */
	WISH_REMOVE,		/* instance */
	WISH_SWITCH, WISH_MIGRATE, /* beside.h */
};

/* What the caller has decided about a step already (the SVR4 tools: instances, admin
 * files, answers). NULL members: as usual. The solver hands it on untouched. */
struct step_choice {
	const char *instance;		/* install as this instance: PKG or PKG.n */
	const char *basedir;		/* client path, in place of the parameter BASEDIR */
	const struct pkginfo *answers;	/* override and add to the parameters */
	bool asked;			/* its request and checkinstall scripts have run */
	const struct pkginfo *environment; /* LC_*, LANG, TZ: stored in the SVR4 view */
};

struct wish {
	enum wish_kind kind;
	const char *name;	/* NAME, NAME=VERSION or instance; NULL with `package` */
	const struct package *package;	/* this very package, from a file */
	const struct step_choice *choice; /* or NULL; ends up in the step */
};

/* What a root says of its system (os-release(5)). */
struct solve_system {
	const char *name;	/* ID, "debian"; NULL: the root doesn't say */
	const char *like;	/* ID_LIKE: names with blanks between, or NULL */
	const char *version;	/* VERSION_ID, or NULL */
	const char *pretty;	/* for people */
	const char *arch;	/* of the machine, or NULL: not known */
};

struct solve_options {
	bool autoremove;	/* remove also what only the removed needed */
	bool allow_downgrade;
	bool dependents;	/* removing X removes what needs X (else: no solution) */
	bool nodeps;		/* the SVR4 tools: as wished, in the order wished */
	bool reinstall;		/* what is wished for and installed already is installed again, a
				 * component with its packages (else: nothing to do) */
	const struct solve_system *system; /* of the root; NULL: components are not asked what
				 * they run on */
	bool any_system;	/* for the caller: system is not to be filled in */
	bool any_hold;		/* the SVR4 tools: they know of no holds */
	bool upgrade_shared;	/* shared components may be upgraded; else they stay unless named */
	const char *const *upgrade_these; /* ... or are among these ids */
	size_t nupgrade_these;
	bool exclude_shared;	/* as if no component needed a shared one; they stay */
	bool remove_shared;	/* they may be removed by name */
	const char *beside;	/* what is wished for comes beside the installed component of this
				 * version, and has a base directory of its own */
	const char *installroot; /* below it components have their bases; NULL: the usual place */
	const char *root, *distro; /* as the user gave them, for fixes (-R, -d), or NULL */
	const char *typed;	/* other options of his that fixes of `install` and `upgrade`
				 * need as well ("--allow-unsigned"), or NULL */
};

enum step_kind {
	STEP_INSTALL, STEP_UPGRADE, STEP_DOWNGRADE, STEP_REINSTALL, STEP_REMOVE,
	STEP_SWITCH,		/* of a component: another version becomes the current one */
	STEP_MIGRATE,		/* of a component: from the version it is beside, or another */
};

struct step {
	enum step_kind kind;
	const struct package *package;		/* what comes; NULL for remove */
	const struct pkgdb_package *installed;	/* what is there; NULL for install */
	const struct step_choice *choice;	/* of the wish, or NULL */
	bool manual;				/* the user named it */
	const char *why;	/* "named", "needed by X", "nobody needs it any more" */
	const char *signer;	/* who signed the stream that it comes from, trusted; or NULL */
};

#define SOLVE_INSTALLROOT "/opt/commpkg"

/* What becomes of a component; the steps of its packages are among the steps. */
struct component_step {
	enum step_kind kind;
	const struct manifest *manifest;	/* of what comes, else of what goes */
	const struct dist_component *comes;	/* NULL for remove */
	const struct pkgdb_component *installed; /* what is there; NULL for install */
	const struct pkgdb_component *takes;	/* the row becomes what this one is: a switch */
	const struct pkgdb_component *old;	/* of a migration: what it is from, or NULL: */
	const char *from, *outside;		/* its version, and where on the host it is */
	bool renames;				/* the other half of a switch: nothing to tell */
	const char *name, *version;		/* afterwards (or of what goes) */
	const char *base;			/* client path of its base directory, or NULL */
	const char **packages;			/* instances: its packages then, or those it had */
	size_t npackages;
	bool manual;				/* the user named it */
	const char *why;
};

/* Is it there afterwards? */
static inline bool component_step_stays(const struct component_step *cs)
{
	return cs->comes != NULL || cs->takes != NULL || cs->kind == STEP_MIGRATE;
}

/* Has it to do with no package? */
static inline bool component_step_aside(const struct component_step *cs)
{
	return cs->kind == STEP_SWITCH || cs->kind == STEP_MIGRATE;
}

/* A wish that can't be: one block per problem. */
struct solve_problem {
	const char **chain;	/* lines, origins named, from the wish down */
	size_t nchain;
	const char **fixes;	/* commands without the leading "commpkg" */
	size_t nfixes;
};

struct solution {
	struct step *steps;	/* in the order to carry them out: removals first, then what
				 * others need before what needs it */
	size_t nsteps;
	struct component_step *components;	/* in the order of steps */
	size_t ncomponents;
	const char **notes;	/* warnings: R lines, downgrades, recommended and not there */
	size_t nnotes;
	struct solve_problem *problems;
	size_t nproblems;
};

/* 0: *ret has steps or components (none = nothing to do). -E_NO_SOLUTION: ret->problems says why.
 * -E_NOT_FOUND: a name is in neither; the text has close matches. Results live in a. */
int solve(struct arena *a, const struct pkgdb_package *installed, size_t ninstalled,
	  struct pkgdb *db, const struct dist *dist, const struct wish *wishes,
	  size_t nwishes, const struct solve_options *options, struct solution *ret,
	  struct error *e);

/* May files of that package (PKG, VERSION, its relations or NULL) be taken over by p?
 * True when p's relations replace its name or one it provides. */
bool solve_replaces(const struct package *p, const char *pkg, const char *version,
		    const struct relations *relations);

#endif
