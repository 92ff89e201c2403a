/*
 * What the files of the plan share while it is being built; nobody else includes this.
 *
 * Everything said about one path is gathered in a `struct claim`: what comes (several
 * packages may bring it), what goes, who else has it, what lies there now. Deciding is
 * then a look at one claim at a time:
 *
 *	plan_steps()	instances, parameters, mappings
 *	plan_claims()	gather, from pkgmaps and database
 *	plan_scripts()	which scripts run
 *	plan_cage()	how scripts will run
 *	plan_strategy()	may components come to their versions in place
 *	plan_services()	services of components around it
 *	plan_ports()	two of them on one port
 *	plan_migrate()	what is migrated, and what of its data is saved
 *	plan_rules()	what their manifests say of configuration files
 *	plan_carry()	configuration that was edited on another host
 *	plan_decide()	what comes: create, replace, same, conflict, configuration
 *	plan_beside()	versions of components side by side
 *	plan_beside_migrate()	and what is migrated from one to the other
 *	plan_merge()	edited configuration: the decision table, three texts into one
 *	plan_stale()	NAME.new of decisions that are over
 *	plan_removals()	what goes: files, then directories that become empty
 *	plan_mounts()	on which file systems, and can it be done there
 *	plan_fixed()	does it let itself be changed
 *	plan_space()	is there room
 */
#ifndef COMMPKG_PLANNER_H
#define COMMPKG_PLANNER_H

#include "merge.h"
#include "plan.h"
#include "ports.h"

struct claim_new {
	struct claim_new *next;		/* in the order of the steps */
	size_t step;
	const struct mapped *what;
};

struct claim_row {
	struct claim_row *next;		/* those that go in the order of the steps; those that
					 * stay as the database orders owners: ruling first */
	const struct pkgdb_file *row;
	const struct pkgdb_package *package;
	size_t step;			/* that ends it, of those that go */
};

struct claim {
	const char *path;		/* client path */
	struct rpath client, real;
	struct claim_new *news;
	struct claim_new *winner;	/* the one of news whose object will be there */
	struct claim_row *going;	/* rows of packages that this plan ends, by step */
	struct claim_row *staying;	/* rows of packages that stay */
	struct stat st;			/* what is there now */
	uint64_t mount;
	enum tree_fixed fixed;
	bool exists;
	struct claim *twin;		/* at the same place under another name: a ring; or NULL */
	struct alias *alias;		/* plan_alias() has looked */
	struct change_item item;	/* the outcome; kind 0 = nothing to do or say */
	bool undecided;			/* an edited `e`: plan_merge() decides */
	const struct manifest_port *port; /* what comes has it, and there it is to be */
	uint32_t shift;			/* ... this, because another version is beside it */
	const struct state_edit *carried; /* nothing is there, and this was, elsewhere */
};

/* Who stays and has the place of a claim under another name; package NULL: nobody. */
struct alias {
	const struct pkgdb_package *package;
	const char *path;	/* as that package has it */
};

struct planner {
	struct arena *a;		/* of the plan */
	struct arena *scratch;		/* claims: until the plan is built */
	struct root *root;
	struct pkgdb *db;		/* NULL: the root has none yet */
	struct owners *owners;
	const struct solution *solution;
	const struct plan_options *options;
	struct plan *plan;
	const struct service_change *changes; /* of components */
	size_t nchanges;
	struct strmap *rules;		/* client path -> struct config_rule */
	struct pkgdb_package *installed;
	size_t ninstalled;
	bool anyone_stays;		/* of them */
	struct pkgdb_component *components; /* installed */
	size_t ncomponents;
	struct strmap *by_path;		/* client path -> claim */
	struct strmap *by_real;		/* canonical path -> claim, where it differs */
	VEC(struct claim *) claims;
	struct strmap *real_dirs;	/* client directory -> canonical, when all is done */
	struct strmap *real_dirs_now;	/* ... and as it is now */
	struct strmap *links;		/* canonical directory -> links in it (plan_aliases.c) */
	VEC(struct problem) problems;
	VEC(struct decision) decisions;
	VEC(const char *) notes;
	VEC(struct pkgdb_file) rows;
	VEC(struct plan_put) puts;
	VEC(struct plan_directory) directories;	/* deepest first */
};

int plan_steps(struct planner *p, struct error *e);
int plan_claims(struct planner *p, struct error *e);
/* What comes there can't be made: as SVR4 has it, the rest comes all the same. */
void plan_lose(struct claim *c, const char *why);
int plan_scripts(struct planner *p, struct error *e);
int plan_cage(struct planner *p, struct error *e);
int plan_services(struct planner *p, struct error *e);
int plan_strategy(struct planner *p, struct error *e);
int plan_ports(struct planner *p, struct error *e);
int plan_migrate(struct planner *p, struct error *e);
int plan_rules(struct planner *p, struct error *e);
int plan_decide(struct planner *p, struct error *e);
int plan_beside(struct planner *p, struct error *e);
int plan_beside_migrate(struct planner *p, struct error *e);
int plan_check_migrated(struct planner *p, const struct component_step *cs, struct error *e);
/* What a port is set to in the configuration below a base; 0: that is not known. */
int plan_port_now(struct planner *p, const char *base, const struct manifest_port *port,
		  uint32_t *ret, struct error *e);
/* The same port as another version, with this manifest, has it. */
int plan_port_of(struct planner *p, const struct pkgdb_component *row, const struct manifest *m,
		 const struct manifest_port *port, uint32_t *ret, struct error *e);
/* A hook whose writes nobody catches could not be taken back: a problem, where that is so. */
void plan_check_caught(struct planner *p, const char *component, const char *from,
		       const char *to);
/* Does a step of the plan end that installed component? */
bool plan_component_ends(const struct planner *p, const struct pkgdb_component *row);
/* Those of all installed components but this one (or NULL). */
int plan_ports_taken(struct planner *p, const struct pkgdb_component *but, const uint32_t **ret,
		     size_t *ret_n, struct error *e);
bool plan_shift_port(struct planner *p, struct claim *c, struct text new, struct text *ret);
/* Of a version that is beside another and goes: does what lies there differ from the text with that
 * digest in a port alone, which was ours to choose? */
int plan_port_ours(struct planner *p, const struct claim *c, const struct sha256 *text, bool *ret,
		   struct error *e);
int plan_merge(struct planner *p, struct error *e);
int plan_stale(struct planner *p, struct error *e);
int plan_removals(struct planner *p, struct error *e);
int plan_mounts(struct planner *p, struct error *e);
int plan_fixed(struct planner *p, struct error *e);
int plan_space(struct planner *p, struct error *e);
/* The paths that the pkgmap of the installed version has; NULL: it is not known. The caller
 * frees it. */
int plan_registered(struct planner *p, const struct plan_step *ps, struct strmap **ret,
		    struct error *e);
/* Is something mounted at the claim's own place? */
bool plan_is_mount(struct planner *p, const struct claim *c);

/* The claim of a client path, made when `make`. */
struct claim *plan_claim(struct planner *p, const char *path, bool make);
/* A claim on what no package owns, that goes with a step of the plan; its item says so. */
struct claim *plan_claim_removal(struct planner *p, struct rpath real, size_t step,
				 const struct tree_look *now);
/* By path again, when there were n of them and some were made since. */
void plan_claims_sort(struct planner *p, size_t n);
/* The claim that decides about a canonical path, or NULL. */
struct claim *plan_claim_real(const struct planner *p, const char *real);
/* Two claims on one place. */
void plan_twins(struct claim *a, struct claim *b);
/* Does another name of the place go, or come, with this plan? */
bool plan_twin_goes(const struct claim *c);
bool plan_twin_comes(const struct claim *c);
/* Never NULL; the planner's. */
int plan_alias(struct planner *p, struct claim *c, const struct alias **ret, struct error *e);
/* The installed package with that id, and whether a step of the plan ends it. */
const struct pkgdb_package *plan_installed(const struct planner *p, int64_t id);
bool plan_ends(const struct planner *p, int64_t id);
/* Where a client path will lie once links that stay are followed. */
int plan_real(struct planner *p, struct rpath client, struct rpath *ret, struct error *e);
/* Where it lies now. */
int plan_real_now(struct planner *p, struct rpath client, struct rpath *ret, struct error *e);
void plan_problem(struct planner *p, const struct claim *c, const char *instance,
		  const char *fix, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void plan_note(struct planner *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
struct decision *plan_decision(struct planner *p, enum decision_kind kind,
			       const struct claim *c, const char *why);
/* Digest and sum of the regular file that lies at the claim's place now. */
int plan_digest_live(struct planner *p, const struct claim *c, struct sha256 *ret,
		     uint32_t *ret_sum, struct error *e);
/* Does the record promise the contents that this entry brings? */
bool plan_row_says_same(const struct pkgdb_file *row, const struct entry *en);
/* The contents are there already, by record or (expect) by digest: attributes at most. */
void plan_contents_same(struct planner *p, struct claim *c, const struct sha256 *expect);

/* Editable files (plan_config.c): one that is there, and one that we put there and that the
 * administrator removed. */
int plan_config_present(struct planner *p, struct claim *c, struct error *e);
void plan_config_absent(struct claim *c);
void plan_config_keep(struct planner *p, struct claim *c, enum decision_kind kind,
		      const char *why);
/* Edits of another host: each to the claim that it is for; and, at the end, those that have
 * none. */
int plan_carry(struct planner *p, struct error *e);
void plan_carry_left(struct planner *p);
/* The text that comes is known (NULL: too large) with its digest: what becomes of it? */
int plan_carry_decide(struct planner *p, struct claim *c, const struct text *new,
		      const struct sha256 *digest, struct error *e);
/* Lines, and then keys where they conflict, by the rule of the claim. */
void plan_merge_by_rule(struct planner *p, const struct claim *c, struct text base,
			struct text live, struct text new, struct merge_result *ret,
			bool *ret_by_key);
/* What is there stays, and what came lies beside it as NAME.new until somebody decides. */
void plan_config_queue(struct planner *p, struct claim *c, const char *why);
/* The text the administrator last accepted. 1; 0: none is known. */
int plan_config_pristine(struct planner *p, const struct claim *c, struct text *ret,
			 struct error *e);
/* Its digest, also of texts too large to be kept, of which the record has it. */
int plan_config_pristine_digest(struct planner *p, const struct claim *c, struct sha256 *ret,
				struct error *e);

/* The row whose attributes are on disk: ruling, else the first. NULL: nobody's. */
const struct pkgdb_file *plan_ruling_row(const struct claim *c);
/* Of those that go, the one of the last step: until then it is somebody's, and there. NULL:
 * none. */
const struct claim_row *plan_going_last(const struct claim *c);

#endif
