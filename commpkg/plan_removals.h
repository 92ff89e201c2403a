/*
 * Between plan_removals.c, which decides what goes, and plan_implied.c, about directories above it
 * that no package has.
 */
#ifndef COMMPKG_PLAN_REMOVALS_H
#define COMMPKG_PLAN_REMOVALS_H

#include "planner.h"

/* What the plan does inside of one directory. */
struct inside {
	size_t going, coming;
	size_t scripts;		/* that scripts may take away */
	size_t last_step;	/* that takes something out of it */
};

/* A directory that no package of the plan has, above something that goes. */
struct implied {
	struct rpath real;
	size_t step;
};

struct removals {
	struct planner *p;
	struct strmap **mapped;	/* [step]: what the installed version's pkgmap has */
	bool *looked;		/* [step] */
	struct strmap *inside;	/* canonical directory -> struct inside */
	struct strmap *counted;	/* canonical paths that are counted there */
	struct strmap *above;	/* canonical directories above what goes */
	VEC(struct implied) implied;
	struct strmap *coming;	/* canonical directories above what comes; NULL: not wanted yet */
	struct strmap *owned;	/* canonical directories of packages, with names of implied ones;
				 * NULL: not wanted yet */
};

/* Counted of a canonical directory so far; never NULL. */
struct inside *removals_inside(struct removals *r, const char *dir);
/* An object goes from the directory that it is in, with a step; or scripts may take it away. */
void removals_goes(struct removals *r, struct rpath real, size_t step);
void removals_may_go(struct removals *r, struct rpath real, size_t step);
/* A directory that scripts of the plan may empty goes when they do. */
void removals_leave(struct planner *p, struct rpath real, size_t step);
/* With the last of its owners (own), and not before the last of what is in it: scripts of a later
 * step find what is theirs. */
size_t removals_last_step(struct removals *r, struct rpath real, size_t own);

/* Remembers the directories above what goes, or may go. */
void implied_note(struct removals *r, const struct claim *c);
/* Children before parents. */
void implied_sort(struct removals *r);
/* Claims its removal when it is empty by then, and of our making. */
int implied_remove(struct removals *r, const struct implied *m, struct error *e);

#endif
