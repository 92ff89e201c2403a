/*
 * From a wish to steps: the only room that speaks to libsolv.
 *
 * One pool per solve: what is installed, what the distribution has, and virtual
 * provides. Packages follow depend(4) (P requires, I conflicts, R is a warning at
 * removal), or install/relations where they have it.
 */
#ifndef COMMPKG_SOLVE_H
#define COMMPKG_SOLVE_H

#include "dist.h"
#include "pkgdb/pkgdb.h"

enum wish_kind {
	WISH_INSTALL,		/* PKG or PKG=VERSION, and what it needs */
	WISH_UPGRADE,		/* newest of the distribution; all installed when no name */
	WISH_REMOVE,		/* instance */
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
	const char *name;	/* PKG, PKG=VERSION or instance; NULL with `package` */
	const struct package *package;	/* this very package, from a file */
	const struct step_choice *choice; /* or NULL; ends up in the step */
};

struct solve_options {
	bool autoremove;	/* remove also what only the removed needed */
	bool allow_downgrade;
	bool dependents;	/* removing X removes what needs X (else: no solution) */
	bool nodeps;		/* the SVR4 tools: as wished, in the order wished */
	bool reinstall;		/* a package file, or NAME=VERSION, that is installed already
				 * is installed again (else: nothing to do) */
	const char *root, *distro; /* as the user gave them, for fixes (-R, -d), or NULL */
};

enum step_kind { STEP_INSTALL, STEP_UPGRADE, STEP_DOWNGRADE, STEP_REINSTALL, STEP_REMOVE };

struct step {
	enum step_kind kind;
	const struct package *package;		/* what comes; NULL for remove */
	const struct pkgdb_package *installed;	/* what is there; NULL for install */
	const struct step_choice *choice;	/* of the wish, or NULL */
	bool manual;				/* the user named it */
	const char *why;	/* "named", "needed by X", "nobody needs it any more" */
};

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
	const char **notes;	/* warnings: R lines, downgrades, recommended and not there */
	size_t nnotes;
	struct solve_problem *problems;
	size_t nproblems;
};

/* 0: *ret has steps (none = nothing to do). -E_NO_SOLUTION: ret->problems says why.
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
