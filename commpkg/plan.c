/* The plan, chapter by chapter. */
#include "planner.h"

#include "contents.h"
#include "formats/cleanup.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void plan_problem(struct planner *p, const struct claim *c, const char *instance,
		  const char *fix, const char *fmt, ...)
{
	struct problem *problem = VEC_PUSH(&p->problems);
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	problem->text = arena_strdup(p->a, buf);
	problem->fix = fix;
	problem->path = c != NULL ? c->path : NULL;
	problem->instance = instance;
}

void plan_note(struct planner *p, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	*VEC_PUSH(&p->notes) = arena_strdup(p->a, buf);
}

struct decision *plan_decision(struct planner *p, enum decision_kind kind,
			       const struct claim *c, const char *why)
{
	struct decision *d = VEC_PUSH(&p->decisions);

	d->kind = kind;
	d->path = c->client;
	d->beside = rpath_root();
	d->why = why;
	return d;
}

void op_attr_of(const struct stat *st, struct op_attr *ret)
{
	*ret = (struct op_attr){
		.known = true,
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.mtime = st->st_mtim.tv_sec,
		.mtime_nsec = st->st_mtim.tv_nsec,
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = (uint64_t)st->st_size,
	};
}

int plan_digest_live(struct planner *p, const struct claim *c, struct sha256 *ret,
		     uint32_t *ret_sum, struct error *e)
{
	return contents_digest(p->root->tree, c->real, ret, ret_sum, e);
}

static void count_item(struct plan *plan, const struct change_item *it)
{
	switch (it->kind) {
	case CHANGE_CREATE:
		plan->ncreate++;
		break;
	case CHANGE_REPLACE:
		plan->nreplace++;
		break;
	case CHANGE_ATTR:
		plan->nattr++;
		break;
	case CHANGE_REMOVE:
		plan->nremove++;
		break;
	case CHANGE_SCRIPT:
		plan->nscript++;
		break;
	case CHANGE_SKIP: /* refused: it is among the problems */
		plan->nsame += plan->options->conflict != CONFLICT_REFUSE && it->lost == NULL;
		plan->nlost += it->lost != NULL;
		break;
	case CHANGE_SAME:
	case CHANGE_KEEP:
		plan->nsame++;
		break;
	}
}

/* Hands the gathered lists on to the plan, which is immutable from here. Claims are in the
 * order of their paths. */
static void plan_collect(struct planner *p)
{
	struct plan *plan = p->plan;
	size_t i;

	plan->items = arena_calloc(p->a, p->claims.n, sizeof(*plan->items));
	for (i = 0; i < p->claims.n; i++)
		if (p->claims.v[i]->item.kind != 0)
			plan->items[plan->nitems++] = p->claims.v[i]->item;
	for (i = 0; i < plan->nitems; i++)
		count_item(plan, &plan->items[i]);
#define COLLECT(field) \
	do { \
		plan->field = arena_calloc(p->a, p->field.n, sizeof(*plan->field)); \
		if (p->field.n > 0) \
			memcpy((void *)plan->field, p->field.v, \
			       p->field.n * sizeof(*plan->field)); \
		plan->n##field = p->field.n; \
	} while (0)
	COLLECT(decisions);
	COLLECT(problems);
	COLLECT(notes);
	COLLECT(rows);
	COLLECT(directories);
	COLLECT(puts);
#undef COLLECT
}

static void planner_free(struct planner *p)
{
	strmap_free(p->by_path);
	strmap_free(p->by_real);
	strmap_free(p->links);
	strmap_free(p->rules);
	strmap_free(p->real_dirs);
	strmap_free(p->real_dirs_now);
	VEC_FREE(&p->claims);
	VEC_FREE(&p->problems);
	VEC_FREE(&p->decisions);
	VEC_FREE(&p->notes);
	VEC_FREE(&p->rows);
	VEC_FREE(&p->directories);
	VEC_FREE(&p->puts);
	arena_free(p->scratch);
}

static int plan_places(struct planner *p, struct error *e)
{
	struct rpath contents, pkg;
	int rc = rpath_parse(p->a, "var/sadm/install/contents", &contents, e);

	if (rc == 0)
		rc = rpath_parse(p->a, "var/sadm/pkg", &pkg, e);
	if (rc == 0)
		rc = plan_real(p, contents, &p->plan->contents, e);
	return rc < 0 ? rc : plan_real(p, pkg, &p->plan->sadm_pkg, e);
}

static int plan_chapters(struct planner *p, struct error *e)
{
	static int (*const chapters[])(struct planner *, struct error *) = {
		plan_steps, plan_claims, plan_scripts, plan_cage, plan_strategy,
		plan_services, plan_ports, plan_migrate, plan_rules, plan_carry, plan_decide,
		plan_beside, plan_beside_migrate, plan_merge, plan_stale, plan_removals,
		plan_places, plan_mounts, plan_fixed, plan_space,
	};
	size_t i;
	int rc;

	for (i = 0; i < sizeof(chapters) / sizeof(*chapters); i++) {
		rc = chapters[i](p, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

void plan_add_problem(struct arena *a, struct plan *plan, const char *text, const char *fix)
{
	struct problem *more = arena_calloc(a, plan->nproblems + 1, sizeof(*more));

	if (plan->nproblems > 0)
		memcpy(more, plan->problems, plan->nproblems * sizeof(*more));
	more[plan->nproblems++] = (struct problem){ .text = text, .fix = fix };
	plan->problems = more;
}

void plan_add_note(struct arena *a, struct plan *plan, const char *text)
{
	const char **more = arena_calloc(a, plan->nnotes + 1, sizeof(*more));

	if (plan->nnotes > 0)
		memcpy(more, plan->notes, plan->nnotes * sizeof(*more));
	more[plan->nnotes++] = text;
	plan->notes = more;
}

int plan_build(struct arena *a, struct root *root, struct pkgdb *db, struct owners *owners,
	       const struct solution *solution, const struct plan_options *options,
	       struct plan *ret, struct error *e)
{
	struct planner p = {
		.a = a, .scratch = arena_new(), .root = root, .db = db, .owners = owners,
		.solution = solution, .options = options, .plan = ret,
		.by_path = strmap_new(1024), .by_real = strmap_new(16), .rules = strmap_new(16),
		.real_dirs = strmap_new(256), .real_dirs_now = strmap_new(256),
		.links = strmap_new(16),
	};
	int rc = 0;
	size_t i;

	*ret = (struct plan){ .root = root, .db = db, .owners = owners, .options = options,
			      .components = solution->components,
			      .ncomponents = solution->ncomponents,
			      .txn = 1, .dirs = dirs_new(a, root->tree) };
	for (i = 0; i < solution->nnotes; i++)
		plan_note(&p, "%s", solution->notes[i]);
	if (db != NULL) {
		rc = txn_next(db, &ret->txn, e);
		if (rc == 0)
			rc = pkgdb_packages(db, a, PKGDB_NOW, &p.installed, &p.ninstalled, e);
		if (rc == 0)
			rc = pkgdb_components(db, a, PKGDB_NOW, &p.components, &p.ncomponents, e);
	}
	if (rc == 0)
		rc = plan_chapters(&p, e);
	if (rc == 0)
		plan_collect(&p);
	planner_free(&p);
	return rc;
}
