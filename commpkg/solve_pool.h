/*
 * What the files of solve share, and nobody else: members (every package that is
 * installed or can be had), the pool libsolv works on, and one attempt to solve.
 *
 * Names in the pool: an installed PKG is `PKG`; a further instance is `PKG.n` and
 * provides `PKG`, so that a new version takes the place of the first instance only.
 * What has one of several architectures is also provided as `PKG (ARCH)`, a name
 * that no package can have, for the `(arch)version` of depend(4).
 *
 * A component is a package `component:ID` without contents: its packages and what else its
 * manifest asks for are its relations. What a component runs on and this root is not is a
 * requirement `system:WORDS` that nothing provides (solve_component.c). `component:~ID` is what
 * the component ID needs of others, as something that can be wished for.
 *
 * Side by side: a component that comes beside the one that is there is `component:ID+VERSION`, as
 * its row in the database will be, and provides `component:ID`. Its packages are members a second
 * time, as the instances that they will be. Of an installed package the instance that belongs to
 * the current component is `PKG`, whatever its number (solve_beside.c).
 *
 * Members are sorted before they get their numbers, so the order of the inputs has
 * no influence on the solution.
 */
#ifndef COMMPKG_SOLVE_POOL_H
#define COMMPKG_SOLVE_POOL_H

#include <solv/pool.h>
#include <solv/queue.h>
#include <solv/repo.h>
#include <solv/solver.h>

#include "commpkg/solve.h"
#include "commpkg/solve_rank.h"
#include "commpkg/strategy.h"

struct attempt;

/* An installed package with its dependencies, as read from the database. */
struct solve_installed {
	const struct pkgdb_package *row;
	struct depends depend;
	struct compver compver;
	struct relations relations;
};

/* All that one solve knows. */
struct solve_ask {
	const struct solve_installed *installed;
	size_t ninstalled;
	const struct pkgdb_component *components; /* installed */
	size_t ncomponents;
	const char *arches;	/* setting `arch` of the root: what it takes; NULL = all */
	const char *const *holds; /* names as in hold.h */
	size_t nholds;
	const struct dist *dist;
	const struct wish *wishes;
	size_t nwishes;
	const struct solve_options *options;
	const struct solve_beside *beside; /* NULL: all take the place of what is there */
};

/* What of it is in the database (NULL: only the rows given). */
int solve_ask_read(struct arena *a, const struct pkgdb_package *installed, size_t n,
		   struct pkgdb *db, struct solve_ask *ret, struct error *e);
struct why;
/* solve_why() after the database was read. */
int solve_why_ask(struct arena *a, const struct solve_ask *ask, const char *name, struct why *ret,
		  struct error *e);
/* solve() after the database was read; what the tests speak to. */
int solve_ask(struct arena *a, const struct solve_ask *ask, struct solution *ret,
	      struct error *e);

/* What a component of the root is, for tables of manifests (strategy.h). */
struct strategy_from solve_from(struct arena *a, const struct solve_ask *ask,
				const struct pkgdb_component *c);

/* ---- members and pool */

#define COMPONENT_PREFIX "component:"
#define PACKAGE_PREFIX "package:"
#define SYSTEM_PREFIX "system:"

/* A component among the members. */
struct solve_component {
	const struct manifest *manifest;	/* of an installed one that can't be read any more:
						 * with a name only */
	const struct dist_component *dist;	/* one of these two */
	const struct pkgdb_component *row;
	const char **packages;			/* names of those it has here */
	size_t npackages;
	bool needs_only;			/* `~ID`: what it needs, and not it itself */
	const struct beside_one *beside;	/* it comes beside the one that is there; or NULL */
};

struct member {
	const char *name;		/* in the pool */
	const char *pkg;		/* what it is an instance of; NULL: name */
	const char *version, *arch;
	const char *path;		/* of the medium, or NULL */
	const struct solve_installed *installed; /* one of these two */
	const struct package *package;
	const struct solve_component *component; /* or NULL; beside one of these two */
	const char *barred;		/* why it can't take the place of what is installed */
	bool named;			/* given as a package file */
	bool copy;			/* to come as another instance: `name` */
	bool foreign;			/* an architecture that the root does not take */
	bool shadowed;			/* the same version is there for the architecture
					 * that is installed */
	bool held;			/* installed: a user said that it stays as it is */
	const struct member *holder;	/* ... or the component that is held and has it; or NULL */
	bool reached;			/* this solve can have to do with it */
	Id id;				/* in the pool; 0 = not in it, for these reasons */
	unsigned rank;
};

struct solve_pool {
	struct arena *a;
	Pool *pool;
	struct ranks *ranks;
	struct member *members;		/* installed ones first, each part sorted */
	size_t n, ninstalled;
	struct solve_component *components; /* installed ones first */
	size_t ncomponents;
	const struct solve_system *system; /* of the root, or NULL */
	struct member **by_id;		/* pool->nsolvables elements */
};

int solve_pool_new(struct arena *a, const struct solve_ask *ask, struct solve_pool **ret,
		   struct error *e);
/* Adds a member with its dependencies to the pool (solve_deps.c). */
void solve_pool_add(struct solve_pool *sp, Repo *repo, struct member *m);
/* Sets `reached` (solve_reach.c). */
void solve_pool_reach(struct solve_pool *sp, const struct solve_ask *ask);
void solve_pool_free(struct solve_pool *sp); /* takes NULL */

/* Whose versions a name in a relation has: "PKG" of "PKG (ARCH)". */
const char *rank_name(struct arena *a, const char *name);
/* A name for people: without `component:`. */
const char *solve_plain(const char *name);
/* Is it a shared component? */
bool member_shared(const struct member *m);

/* ---- components (solve_component.c) */

/* How many members they can be, and they themselves, appended to sp->members: first the
 * installed ones (available = false). */
size_t components_count(const struct solve_ask *ask);
void components_collect(struct solve_pool *sp, const struct solve_ask *ask, bool available);
/* Sets `barred`, once ranks are known. */
void components_bar(struct solve_pool *sp, const struct solve_ask *ask);
/* ask with wishes whose names say what they are, and notes where that was a choice. */
int wishes_resolve(struct arena *a, const struct solve_ask *ask, struct solve_ask *ret,
		   const char ***ret_notes, size_t *ret_nnotes, struct error *e);
/* Shared components that are to stay as they are (solve_shared.c). */
void shared_lock(struct attempt *t, Queue *job);
/* What a user said is to stay as it is (solve_hold.c): marks members; jobs; and why, with words
 * for people: "it is held", or NULL. */
void holds_mark(struct solve_pool *sp, const struct solve_ask *ask);
void holds_lock(struct attempt *t, Queue *job);
const char *hold_reason(struct arena *a, const struct member *m);
/* -E_CONFLICT with the command that lifts it: that instance is held (nodeps). */
int holds_refuse(const struct solve_ask *ask, const char *instance, struct error *e);
/* Does one of these members (ids) stay because of it? */
bool hold_is_to_blame(const struct solve_pool *sp, const Map *blamed, const char *hold);
/* The steps of components, out of those of members (solve_bases.c): what is left are packages,
 * with their base directories. */
void components_split(struct attempt *t, struct step *steps, const struct member **members,
		      size_t *n, struct solution *ret);

/* ---- side by side (solve_beside.c) */

/* "PKG (current)" is provided by the instance that a new version takes the place of. */
#define CURRENT_INSTANCE "current"

/* A component, of this version, that comes beside the one that is there. */
struct beside_one {
	const char *id, *version;
	const struct manifest *manifest;
	const struct pkgdb_component *old;
	const char *base;		/* client path, or NULL: none */
	bool wished;			/* else it is a shared one, needed in another version */
};

struct solve_beside {
	const struct beside_one *v;
	size_t n;
};

/* ask->options->beside: ask with wishes for what comes beside, and as few shared components doubled
 * as can be; then as solve_ask(). */
int solve_ask_beside(struct arena *a, const struct solve_ask *ask, struct solution *ret,
		     struct error *e);
/* The one with this manifest, or NULL. */
const struct beside_one *beside_find(const struct solve_ask *ask, const struct manifest *m);
/* The instance that a package comes as. */
const char *beside_instance(struct arena *a, const struct solve_ask *ask, const char *pkg);
/* Its packages once more, as those instances, appended to sp->members. */
void beside_copies(struct solve_pool *sp, const struct solve_ask *ask);
/* The name in the pool of an installed package. */
const char *beside_pool_name(struct arena *a, const struct solve_ask *ask,
			     const struct pkgdb_package *row);
/* Another version of that component, which is beside it and which no wish names; or NULL. */
const struct member *beside_of(const struct attempt *t, const struct member *m);
/* Are there components side by side, or are there to be? */
bool beside_any(const struct solve_ask *ask);
/* What is to stay: versions that are not to be replaced while another is beside them. */
void beside_lock(struct attempt *t, Queue *job);

/* What is tried, once the wishes are resolved (solve.c). */
int solve_attempt(struct arena *a, const struct solve_ask *ask, struct solution *ret,
		  struct error *e);

/* PKG, where the name in the pool is PKG.n. */
const char *member_pkg(const struct member *m);
const struct depends *member_depend(const struct member *m);
const struct compver *member_compver(const struct member *m);
const struct relations *member_relations(const struct member *m);
enum version_scheme member_scheme(const struct member *m);
bool member_arch_has(const struct member *m, const char *arch);
bool member_manual(const struct member *m);
/* "SUNWa", "MS". */
const char *member_words(const struct member *m);
/* Not to go because nobody needs it: named by a user, or held by one. */
bool member_kept(const struct member *m);
/* "SUNWa 1.0", and "SUNWa 1.0 (from /dist/x.pkg)". */
const char *member_text(struct arena *a, const struct member *m);
const char *member_text_origin(struct arena *a, const struct member *m);

/* As p's scheme has it: <0, 0, >0 as p is older, equal, newer. */
int package_version_compare(const struct package *p, const char *version);

/* By id; NULL for what is not ours. */
struct member *solve_pool_member(const struct solve_pool *sp, Id id);
/* The member of that package, or NULL. */
struct member *solve_pool_find(const struct solve_pool *sp, const struct package *p);
/* The installed member of that name, or NULL. */
struct member *solve_pool_find_installed(const struct solve_pool *sp, const char *name);
/* The installed member that is this instance, or component row, or NULL. */
struct member *solve_pool_find_instance(const struct solve_pool *sp, const char *instance);
/* The first of those that can be had with that name (newest last); *ret_n of them. */
struct member *solve_pool_available(const struct solve_pool *sp, const char *name,
				    size_t *ret_n);
/* Requirements of a member, one dependency each. */
void solve_pool_requires(const struct solve_pool *sp, const struct member *m, Queue *ret);
/* A dependency for people: "SUNWa >= 1.0 | SUNWb". */
const char *solve_pool_text(const struct solve_pool *sp, Id dep);

/* ---- one attempt */

/* What a wish has become. */
struct goal {
	const struct wish *wish;
	const char *name;	/* without =VERSION; NULL = all */
	const char *version;	/* asked for, or NULL */
	struct member *target;	/* what is to be there, or to go */
	bool nothing;		/* it is so already */
	bool again;		/* it is so already, and comes once more (--reinstall) */
};

/* Who has a part in a problem. */
struct blame {
	bool *goals;		/* one per goal */
	Map installed;		/* ids */
	bool nothing;		/* something is required that nothing provides */
	bool shared;		/* a shared component is not removed by name */
	bool locked;		/* a shared component is to stay */
	Map held;		/* ids: they are held */
	bool system;		/* the root is another system */
	bool only;		/* it is the only problem */
};

/* A goal refused before libsolv was asked. */
struct refusal {
	const struct goal *goal;
	const char *chain[2];
	bool shared;		/* it is a shared component */
	const struct member *there;	/* whose place it can't take, or NULL */
	const struct member *held;	/* it stays, because it is held; or NULL */
	bool foreign;		/* for its architecture */
};

struct attempt {
	struct arena *a;
	const struct solve_ask *ask;
	struct solve_pool *sp;
	struct goal *goals;
	size_t ngoals;
	VEC(struct refusal) refusals;
	VEC(const char *) notes;
	Solver *solver;
	int problems;		/* that libsolv found */
	Map result;		/* ids that are there afterwards */
	Map swept;		/* ids that autoremove took out of it */
};

/* 0: solved or not, see attempt_solved(). Negative: a name that nobody knows. The
 * attempt is to be closed in both cases. */
int attempt_run(struct arena *a, const struct solve_ask *ask, struct attempt *t,
		struct error *e);
void attempt_close(struct attempt *t);
static inline bool attempt_solved(const struct attempt *t)
{
	return t->refusals.n == 0 && t->problems == 0;
}
/* Is it there afterwards? */
static inline bool attempt_stays(const struct attempt *t, const struct member *m)
{
	return m->id != 0 && MAPTST(&t->result, m->id);
}
/* The wish that names it, or NULL. */
const struct goal *attempt_goal_of(const struct attempt *t, const struct member *m);
/* Jobs that prefer first alternatives (solve_favor.c). */
void favor_first_alternatives(struct attempt *t, Queue *job);
/* Is there more than one name to choose from, and which member is meant first (or NULL)? */
bool dep_is_choice(const struct solve_pool *sp, Id dep);
const struct member *dep_first_choice(const struct solve_pool *sp, Id dep);
/* Solves again, with more jobs, while a first alternative was passed over without need
 * (solve_first.c). */
void first_alternatives_prefer(struct attempt *t, Queue *job);
/* Takes what is there afterwards from the solver. */
void attempt_take_result(struct attempt *t);
/* wishes to goals and refusals (solve_wish.c). */
int goals_make(struct attempt *t, struct error *e);

/* ---- what comes of it */

/* Appends problems with chains and fixes. */
void explain_problems(struct attempt *t, struct solution *ret);
/* Commands that were tried and found to work (solve_fix.c). */
void fixes_find(struct attempt *t, const struct blame *blame, struct solve_problem *p);
/* Also drops from t->result what nobody needs any more, when asked to. */
void steps_make(struct attempt *t, struct solution *ret);
/* Warnings and remarks (solve_notes.c). */
void notes_make(struct attempt *t, const struct step *steps,
		const struct member *const *members, size_t n, struct solution *ret);
/* The order to carry steps out; steps[i] belongs to members[i]. */
void steps_order(const struct solve_pool *sp, struct step *steps,
		 const struct member **members, size_t n);
/* nodeps: as wished, in the order wished. */
int steps_as_wished(struct arena *a, const struct solve_ask *ask, struct solution *ret,
		    struct error *e);

#endif
